import csv
import io
from datetime import date

from odoo.tests import freeze_time, tagged

from .common import microsoft_csv, row
from .usage_common import PLAN, TENANT, UsageCommon, used

ENTITLEMENT = "3c3c3c3c-0000-4000-8000-00000000000e"


@freeze_time("2026-05-05 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageDetail(UsageCommon):
    """One usage in files of several kinds: the most detailed one is passed on."""

    def setUp(self):
        super().setUp()
        # Files of all kinds come from the provider.
        self.provider.format_id = False
        self.contract = self._usage_contract()
        self.position = self._begin(self.contract)

    def _import(self, name, content):
        """Return a file of any kind, assigned and set to pass amounts through."""
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(self.provider.id, name, content)
        import_.action_assign()
        for mapping in import_.product_mapping_ids.sudo():
            mapping.write(
                {
                    "billing_mode": "amounts",
                    "product_id": mapping.product_id.id or self.azure.id,
                }
            )
        for mapping in import_.customer_mapping_ids.filtered(
            lambda one: one.state == "open"
        ):
            mapping.partner_id = self.customer
        import_.action_assign()
        return import_

    def _sum_cells(self, cost, plan=PLAN, **cells):
        return {
            "ChargeType": "new",
            "ProductId": "DZH318Z0BQ4B",
            "SkuId": "0001",
            "SkuName": "Azure plan",
            "ProductName": "Azure plan",
            "TermAndBillingCycle": "1 Hour",
            "BillingFrequency": "",
            "MeterDescription": "Azure usage",
            "SubscriptionId": plan,
            "SubscriptionStartDate": "",
            "SubscriptionEndDate": "",
            "ChargeStartDate": date(2026, 3, 1),
            "ChargeEndDate": date(2026, 3, 31),
            "BillableQuantity": "1",
            "EffectiveUnitPrice": cost,
            "UnitPrice": cost,
            "Quantity": "1",
            "Subtotal": cost,
            "TaxTotal": "0.00",
            "Total": cost,
            **cells,
        }

    def _sum(self, cost="100.00", name="G.csv", more=(), **cells):
        """Read the invoice's sum of what a plan has used in March."""
        rows = [row(**self._sum_cells(cost, **cells)), *more]
        return self._import(name, microsoft_csv(*rows))

    def _daily(self, *costs, **cells):
        """Read the daily usage of March, a row per day."""
        cells = {"EntitlementId": ENTITLEMENT, **cells}
        import_ = self._read(
            *(
                used(date(2026, 3, day), cost, **cells)
                for day, cost in enumerate(costs or ("60.00", "40.00"), start=1)
            )
        )
        import_.action_assign()
        return import_

    def _costs(self, cost="100.00", **cells):
        """Read Cost Management's export of March."""
        return self._import(
            "costs.csv",
            _csv(
                {
                    "InvoiceId": "G100000001",
                    "CustomerTenantId": TENANT,
                    "CustomerName": self.customer.name,
                    "SubscriptionId": ENTITLEMENT,
                    "Date": "03/01/2026",
                    "MeterCategory": "Virtual Machines",
                    "MeterId": "m-0001",
                    "MeterName": "D2 v5",
                    "ProductId": "DZH318Z0BPS6",
                    "Quantity": "24",
                    "EffectivePrice": "0.10",
                    "CostInBillingCurrency": cost,
                    "BillingCurrency": "EUR",
                    "ChargeType": "Usage",
                    "Frequency": "UsageBased",
                    "PricingModel": "OnDemand",
                    **cells,
                }
            ),
        )

    def _focus(self, cost="100.00", account=f"/subscriptions/{ENTITLEMENT}", **cells):
        """Read the same export in FOCUS."""
        return self._import(
            "focus.csv",
            _csv(
                {
                    "BilledCost": cost,
                    "EffectiveCost": cost,
                    "ListCost": cost,
                    "ContractedCost": cost,
                    "BillingAccountId": "1234",
                    "BillingAccountName": "Systemhaus",
                    "BillingCurrency": "EUR",
                    "BillingPeriodStart": "2026-03-01T00:00:00Z",
                    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
                    "ChargeCategory": "Usage",
                    "ChargeClass": "",
                    "ChargeDescription": "D2 v5",
                    "ChargeFrequency": "Usage-Based",
                    "ChargePeriodStart": "2026-03-01T00:00:00Z",
                    "ChargePeriodEnd": "2026-03-02T00:00:00Z",
                    "InvoiceIssuerName": "Microsoft",
                    "ListUnitPrice": "1",
                    "PricingCategory": "Standard",
                    "PricingQuantity": "100",
                    "PricingUnit": "1 Hour",
                    "ProviderName": "Microsoft",
                    "PublisherName": "Microsoft",
                    "RegionId": "westeurope",
                    "RegionName": "EU West",
                    "ResourceId": "vm1",
                    "ResourceName": "vm1",
                    "ResourceType": "VM",
                    "ServiceCategory": "Compute",
                    "ServiceName": "Virtual Machines",
                    "SkuId": "sku-1",
                    "SkuPriceId": "price-1",
                    "SubAccountId": account,
                    "SubAccountName": "Production",
                    "ConsumedQuantity": "100",
                    "ConsumedUnit": "Hours",
                    "ContractedUnitPrice": "1",
                    "Tags": "{}",
                    "x_CustomerId": TENANT,
                    "x_CustomerName": self.customer.name,
                    **cells,
                }
            ),
        )

    def _apply(self, *imports):
        for import_ in imports:
            import_.action_prepare()
            import_.action_apply()

    def _counted(self, *imports):
        """Return what each import passes on."""
        return [
            sum(one.dated_amount_ids.filtered("counts").mapped("amount"))
            for one in imports
        ]

    def _check_stands_aside(self, import_, detail):
        """Nothing of a file is passed on; its rows say where it is."""
        rows = import_.provider_charge_ids
        self.assertEqual(set(rows.mapped("state")), {"info"})
        self.assertEqual(rows.detailed_by_id, detail)
        self.assertIn(detail.name, rows[0].state_reason)
        self.assertEqual(import_.amount_info, import_.amount_read)
        self.assertEqual((import_.amount_done, import_.amount_lost), (0.0, 0.0))

    def test_sum_after_the_daily_usage_is_information(self):
        daily, total = self._daily(), self._sum()
        self._apply(daily, total)
        self._check_stands_aside(total, daily)
        self.assertFalse(total.change_ids)
        self.assertEqual(self._counted(daily, total), [100.0, 0.0])
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)

    def test_daily_usage_takes_over_from_the_sum(self):
        total = self._sum()
        self._apply(total)
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)
        daily = self._daily("60.00", "45.00")
        daily.action_prepare()
        change = daily.change_ids
        self.assertEqual(
            (change.usage_before, change.usage_file, change.usage_after),
            (100.0, 105.0, 105.0),
        )
        self.assertEqual(self._counted(total), [100.0])
        daily.action_apply()
        self._check_stands_aside(total, daily)
        self.assertEqual(total.dated_amount_ids.state, "replaced")
        self.assertEqual(self._counted(daily, total), [105.0, 0.0])
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, 6.0)
        # Preparing the sum again changes nothing.
        self._apply(total)
        self._check_stands_aside(total, daily)
        self.assertEqual(self._counted(daily, total), [105.0, 0.0])

    def test_withdrawing_the_detail_brings_the_sum_back(self):
        total = self._sum()
        self._apply(total)
        daily = self._daily("60.00", "45.00")
        self._apply(daily)
        daily._withdraw("wrong file")
        self.assertEqual(self._counted(daily, total), [0.0, 100.0])
        self.assertEqual(total.provider_charge_ids.state, "applied")
        self.assertFalse(total.provider_charge_ids.detailed_by_id)
        self.assertEqual(total.amount_done, 100.0)
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)

    def test_withdrawing_the_detail_lets_the_sum_be_prepared(self):
        daily, total = self._daily(), self._sum()
        self._apply(daily)
        total.action_prepare()
        self.assertEqual((total.state, total.amount_info), ("prepared", 100.0))
        daily._withdraw("wrong file")
        self.assertEqual((total.state, total.amount_waiting), ("mapped", 100.0))
        self._apply(total)
        self.assertEqual(self._counted(daily, total), [0.0, 100.0])
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 120.0)

    def test_both_prepared_before_one_is_applied(self):
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(first=first), self.env.cr.savepoint() as savepoint:
                both = [self._sum(), self._daily()]
                for one in both:
                    one.action_prepare()
                both[first].action_apply()
                # The sum that was proposed is proposed no more.
                states = {0: ("prepared", "applied"), 1: ("mapped", "applied")}
                self.assertEqual(
                    (both[0].state, both[1].state)[second], states[first][0]
                )
                self._apply(both[second])
                self._check_stands_aside(*both)
                self.assertEqual(self._counted(*both), [0.0, 100.0])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_sum_waits_for_detail_that_is_not_applied_yet(self):
        """Neither billed twice nor lost, whatever becomes of the proposal."""
        daily, total = self._daily(), self._sum()
        daily.action_prepare()
        total.action_prepare()
        change = total.change_ids
        self.assertEqual(change.state, "waiting")
        self.assertIn(daily.name, change.error)
        self.assertEqual(total.amount_waiting, 100.0)
        daily.change_ids.action_exclude()
        total.action_prepare()
        self.assertEqual(total.change_ids.state, "proposed")

    def test_two_applied_together(self):
        total, daily = self._sum(), self._daily()
        both = total | daily
        both.action_prepare()
        both.action_apply()
        self._check_stands_aside(total, daily)
        self.assertEqual(self._counted(total, daily), [0.0, 100.0])

    def test_order_of_kinds_whatever_comes_first(self):
        kinds = [self._sum, self._focus, self._costs, self._daily]
        for order in ((0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)):
            with self.subTest(order=order), self.env.cr.savepoint() as savepoint:
                imports = {}
                for number in order:
                    imports[number] = kinds[number]()
                    self._apply(imports[number])
                total, focus, costs, daily = (imports[number] for number in range(4))
                rest = [total, focus, costs]
                self.assertEqual(self._counted(*rest, daily), [0.0, 0.0, 0.0, 100.0])
                for one in rest:
                    self._check_stands_aside(one, daily)
                daily._withdraw("wrong file")
                self._apply(*rest)
                self.assertEqual(self._counted(*rest), [0.0, 0.0, 100.0])
                self._check_stands_aside(total, costs)
                reason = total.provider_charge_ids.state_reason
                self.assertIn("compare the sums", reason)
                self._check_stands_aside(focus, costs)
                costs._withdraw("wrong file")
                self._apply(total, focus)
                self.assertEqual(self._counted(total, focus), [0.0, 100.0])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_another_plan_month_or_account_is_not_the_same(self):
        daily = self._daily()
        self._apply(daily)
        others = [
            self._sum(plan=f"{PLAN[:-1]}b", name="plan.csv"),
            self._sum(
                name="month.csv",
                InvoiceNumber="G2",
                ChargeStartDate=date(2026, 4, 1),
                ChargeEndDate=date(2026, 4, 30),
            ),
            # Another cloud in the same format.
            self._focus(account="123456789012", x_CustomerId="", x_CustomerName=""),
        ]
        self._apply(*others)
        self.assertEqual(self._counted(*others), [100.0] * 3)
        self.assertEqual(self._counted(daily), [100.0])
        other = self._costs(SubscriptionId=f"{ENTITLEMENT[:-1]}f")
        self._apply(other)
        self.assertEqual(self._counted(daily, other), [100.0, 100.0])

    def test_detail_that_bills_nobody_hides_nothing(self):
        """What is passed on to nobody hides nothing."""
        daily = self._daily()
        daily.product_mapping_ids.sudo().billing_mode = "none"
        total = self._sum()
        total.product_mapping_ids.sudo().billing_mode = "none"
        self._apply(daily)
        self.assertFalse(daily.change_ids)
        total.product_mapping_ids.sudo().billing_mode = "amounts"
        self._apply(total)
        self.assertEqual(self._counted(total), [100.0])

    def test_credit_that_the_daily_file_does_not_have_is_passed_on(self):
        credit = {
            **self._sum_cells("-20.00"),
            "ChargeType": "customerCredit",
            "BillableQuantity": "-1",
            "EffectiveUnitPrice": "20.00",
        }
        total = self._sum(more=[row(**credit)])
        daily = self._daily()
        self._apply(total, daily)
        self.assertEqual(self._counted(total, daily), [-20.0, 100.0])
        states = total.provider_charge_ids.sorted("row").mapped("state")
        self.assertEqual(states, ["info", "applied"])

    def test_rows_that_a_corrected_daily_file_lacks_give_the_sum_way(self):
        total = self._sum()
        daily = self._daily("60.00", "40.00")
        self._apply(total, daily)
        self.assertEqual(self._counted(total, daily), [0.0, 100.0])
        again = self._read(
            used(
                date(2026, 3, 1), "1.00", SubscriptionId=f"{PLAN[:-1]}b", MeterId="m-9"
            ),
            name="again.csv",
        )
        again._take_back(daily.provider_charge_ids)
        self.assertEqual(self._counted(total, daily), [100.0, 0.0])
        self.assertEqual(total.provider_charge_ids.state, "applied")

    def test_a_row_that_stands_aside_is_not_ignored_by_hand(self):
        total = self._sum()
        self._apply(total, self._daily())
        with self.assertRaisesRegex(Exception, "applied already"):
            total.provider_charge_ids._ignore("wrong")
        self.assertEqual(total.change_ids.state, "applied")


def _csv(cells):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, cells)
    writer.writeheader()
    writer.writerow(cells)
    return stream.getvalue().encode()
