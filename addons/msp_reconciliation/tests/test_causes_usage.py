import csv
import io
from datetime import date

from odoo.tests import freeze_time, tagged

from odoo.addons.msp_cloud_import.tests.common import microsoft_csv
from odoo.addons.msp_cloud_import.tests.usage_common import PLAN, daily_csv, used

from .common import TENANT, ReconciliationCommon

FEBRUARY, MARCH, APRIL = (date(2026, month, 1) for month in (2, 3, 4))


class UsageCommon(ReconciliationCommon):
    """A contract that passes usage on with 20 %, and files of all kinds about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.azure = cls._product("Azure Usage", 0.0, msp_recurring=True)
        markup = cls.env["msp.pricing"].create(
            {"name": "Azure + 20 %", "model": "amounts", "markup": 20.0}
        )
        cls.provider.write(
            {"usage_product_id": cls.azure.id, "usage_pricing_id": markup.id}
        )
        arrears = {"billing_timing": "arrears"}
        cls.contract = cls._contract(FEBRUARY, [(cls.seats, 5, 20.0)], terms=arrears)
        cls.position = cls.env["msp.contract.position"].create(
            {"contract_id": cls.contract.id, "product_id": cls.azure.id}
        )
        begin = cls.position._prepare_begin_vals(
            1.0, 0.0, "0", pricing=markup._to_data()
        )
        cls._version(cls.contract, FEBRUARY, [begin])
        cls.money = cls.currency.name

    def _used(self, day, cost, **cells):
        first = day.replace(day=1)
        last = {2: 28, 3: 31, 4: 30}[day.month]
        return used(
            day,
            cost,
            **{
                "BillingCurrency": self.money,
                "PricingCurrency": self.money,
                "InvoiceNumber": f"G{day.month}",
                "ChargeStartDate": first,
                "ChargeEndDate": first.replace(day=last),
                **cells,
            },
        )

    def _daily(self, *rows, name="usage.csv", apply=True):
        return self._take(daily_csv(*rows), name, apply)

    def _take(self, content, name, apply=True, provider=None):
        provider = provider or self.provider
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(provider.id, name, content)
        import_.action_assign()
        import_.action_prepare()
        if apply:
            import_.action_apply()
        return import_

    def _bill(self, until=APRIL, kind="regular"):
        return self._run(until, kind, contracts=self.contract)

    def _invoiced(self, cost, quantity="10", price="10.00", **cells):
        return self._row(
            1,
            3,
            price=price,
            Subtotal=cost,
            BillableQuantity=quantity,
            **{
                "ProductId": "DZH318Z0BQ4B",
                "SkuId": "0001",
                "ChargeType": "new",
                "TermAndBillingCycle": "1 Hour",
                "MeterDescription": "Virtual Machines - D2 v5",
                "SubscriptionStartDate": "",
                "SubscriptionEndDate": "",
                "BillingFrequency": "",
                "SubscriptionId": PLAN,
                "CustomerId": TENANT,
                **cells,
            },
        )

    def _invoice(self, cost, **cells):
        """Read the invoice's line of usage, of which nothing is passed on."""
        content = microsoft_csv(self._invoiced(cost, **cells))
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(self.provider.id, "invoice.csv", content)
        import_.action_assign()
        import_.provider_charge_ids._ignore("Billed by the daily usage")
        import_.action_prepare()
        return import_

    def _azure_export(self, cost):
        cells = {
            "InvoiceId": "G3",
            "CustomerTenantId": TENANT,
            "CustomerName": self.customer.name,
            "SubscriptionId": "e-0001",
            "Date": "03/01/2026",
            "MeterCategory": "Virtual Machines",
            "MeterId": "m-0001",
            "MeterName": "D2 v5",
            "ProductId": "DZH318Z0BPS6",
            "Quantity": "24",
            "EffectivePrice": "0.10",
            "CostInBillingCurrency": cost,
            "BillingCurrency": self.money,
            "ChargeType": "Usage",
            "Frequency": "UsageBased",
            "PricingModel": "OnDemand",
        }
        stream = io.StringIO()
        writer = csv.DictWriter(stream, cells)
        writer.writeheader()
        writer.writerow(cells)
        provider = self.env["msp.provider"].create(
            {"name": "Cost Management", "code": "costs", "format_id": "azure_cost"}
        )
        imports = self.env["msp.import"].with_user(self.clerk)
        return imports.import_file(provider.id, "costs.csv", stream.getvalue().encode())


@freeze_time("2026-05-20 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageCauses(UsageCommon):
    """Usage: late, rated anew, not passed on, without credit, or not as invoiced."""

    # What is right

    def test_usage_that_was_passed_on_is_no_finding(self):
        self._daily(self._used(MARCH, "60.00"), self._used(date(2026, 3, 2), "40.00"))
        self._bill()
        one = self._compare(month=3)
        self.assertEqual(self._found(one), {})
        line = one.line_ids.filtered(lambda each: each.position_id == self.position)
        self.assertEqual((line.value, line.billed_value), (120.0, 120.0))
        self.assertEqual(line.result, "agrees")

    # Not passed on

    def test_pitfall_100_usage_that_is_applied_and_on_no_invoice(self):
        self._daily(self._used(MARCH, "100.00"))
        one = self._compare(month=3)
        self.assertEqual(self._found(one), {"not_passed_on": 120.0})
        self.assertRecordValues(
            one.finding_ids,
            [{"direction": "leakage", "position_id": self.position.id}],
        )
        self.assertIn("next regular run", one.finding_ids.explanation)
        self._bill()
        one.action_compare()
        self.assertEqual(self._found(one), {})

    def test_half_a_cent_is_found_as_the_run_bills_it(self):
        """The price of a unit, 1,428.765 / 35, cannot be written in full."""
        days = [date(2026, 3, day) for day in (1, 2, 9, 11, 30)]
        costs = ["400.1234", "90.2571", "100", "300", "300.2570"]
        rows = [
            self._used(day, cost, MeterId=f"m-{day.day}", Quantity="7")
            for day, cost in zip(days, costs, strict=True)
        ]
        self._daily(*rows)
        one = self._compare(month=3)
        # 1,190.6375 x 1.2 = 1,428.765
        self.assertEqual(self._found(one), {"not_passed_on": 1428.77})
        self._bill()
        one.action_compare()
        line = one.line_ids.filtered(lambda each: each.position_id == self.position)
        self.assertEqual((line.value, line.billed_value), (1428.77, 1428.77))

    # Late, and rated anew

    def test_pitfall_078_late_usage_is_what_the_difference_run_bills(self):
        self._daily(self._used(MARCH, "100.00"))
        self._bill()
        late = self._used(date(2026, 3, 30), "10.00", MeterId="m-2", InvoiceNumber="G9")
        import_ = self._daily(late, name="late.csv")
        one = self._compare(month=3)
        self.assertEqual(self._found(one), {"late_usage": 12.0})
        finding = one.finding_ids
        self.assertEqual(finding.direction, "timing")
        self.assertIn(import_.name, finding.explanation)
        self.assertIn("next differential run", finding.explanation)
        self.assertEqual(finding.charge_ids, import_.provider_charge_ids)
        self._bill(kind="differential")
        one.action_compare()
        self.assertEqual(self._found(one), {})
        self.assertEqual(finding.state, "gone")

    def test_usage_of_an_earlier_month_comes_with_the_file_of_a_later_one(self):
        self._daily(self._used(MARCH, "100.00"))
        self._bill()
        late = self._used(date(2026, 3, 30), "10.00", MeterId="m-2", InvoiceNumber="G4")
        days = [date(2026, 4, day) for day in (1, 2, 3)]
        april = [self._used(day, "20.00", MeterId=f"m-{day.day + 2}") for day in days]
        self._daily(late, *april, name="april.csv")
        self._bill(date(2026, 5, 1))
        one = self._compare(month=4)
        self.assertEqual(self._found(one), {"late_usage": 12.0})
        self.assertEqual(one.finding_ids.date_start, MARCH)

    def test_pitfall_078_usage_rated_anew_is_credited_by_the_difference(self):
        self._daily(self._used(MARCH, "100.00"))
        self._bill()
        self._daily(self._used(MARCH, "80.00"), name="again.csv")
        one = self._compare(month=3)
        # (80.00 - 100.00) x 1.2
        self.assertEqual(self._found(one), {"rerated_usage": -24.0})
        self.assertIn("rated anew", one.finding_ids.explanation)
        self._bill(kind="differential")
        one.action_compare()
        self.assertEqual(self._found(one), {})

    # Partner earned credit

    def test_pitfall_106_a_subscription_that_earns_nothing_any_more(self):
        earning = {"PartnerEarnedCreditPercentage": "15"}
        for day, cost, cells in (
            (FEBRUARY, "4.08", earning),
            (MARCH, "4.80", {"PartnerEarnedCreditPercentage": "0"}),
        ):
            self._daily(self._used(day, cost, **cells), name=f"{day}.csv")
        self._bill()
        one = self._compare(month=3)
        # 24 hours at a list price of 0.20, of which 15 % were earned
        self.assertEqual(self._found(one), {"partner_credit_lost": 0.72})
        finding = one.finding_ids
        self.assertEqual((finding.direction, finding.is_cost), ("cost", True))
        self.assertEqual(finding.partner_id, self.customer)
        self.assertEqual(finding.subscription_label, "e-0001")
        self.assertIn("15 %", finding.explanation)
        # The month before earned it.
        self.assertEqual(self._found(self._compare(month=2)), {})

    def test_a_subscription_with_some_credit_left_has_not_lost_it(self):
        for day in (FEBRUARY, MARCH):
            rows = [
                self._used(day, "4.08", PartnerEarnedCreditPercentage="15"),
                self._used(
                    day, "1.00", PartnerEarnedCreditPercentage="0", MeterId="m-2"
                ),
            ]
            self._daily(*rows, name=f"{day}.csv")
        self._bill()
        self.assertEqual(self._found(self._compare(month=3)), {})

    # Usage, invoice and Cost Management

    def test_usage_and_invoice_that_agree_are_no_finding(self):
        self._daily(self._used(MARCH, "60.00"), self._used(date(2026, 3, 2), "40.00"))
        self._invoice("100.00")
        self._azure_export("100.00")
        self._bill()
        self.assertEqual(self._found(self._compare(month=3)), {})

    def test_an_invoice_above_the_daily_usage_is_a_gap(self):
        self._daily(self._used(MARCH, "60.00"), self._used(date(2026, 3, 2), "40.00"))
        self._invoice("107.50", price="10.75")
        self._bill()
        one = self._compare(month=3)
        self.assertEqual(self._found(one), {"usage_gap": 7.5})
        finding = one.finding_ids
        self.assertEqual(
            (finding.direction, finding.partner_id), ("cost", self.customer)
        )
        self.assertIn("107.50", finding.explanation)
        self.assertIn("100.00", finding.explanation)

    def test_cost_management_below_the_daily_usage_is_a_gap(self):
        self._daily(self._used(MARCH, "60.00"), self._used(date(2026, 3, 2), "40.00"))
        self._azure_export("88.00")
        self._bill()
        one = self._compare(month=3)
        self.assertEqual(self._found(one), {"usage_gap": 12.0})
        self.assertIn("Azure Cost Management 88.00", one.finding_ids.explanation)

    def test_an_invoices_usage_that_the_daily_file_passes_on_is_no_leak(self):
        self._daily(self._used(MARCH, "100.00"))
        self._bill()
        imports = self.env["msp.import"].with_user(self.clerk)
        content = microsoft_csv(
            self._invoiced("100.00", ProductId="DZH318Z0AAAA", SkuId="0002")
        )
        import_ = imports.import_file(self.provider.id, "invoice.csv", content)
        import_.action_assign()
        mapping = import_.product_mapping_ids.filtered(
            lambda one: one.sku_id == "DZH318Z0AAAA:0002"
        )
        mapping.with_user(self.accountant).billing_mode = "none"
        import_.action_prepare()
        self.assertEqual(import_.provider_charge_ids.state, "info")
        self.assertEqual(self._found(self._compare(month=3)), {})
