from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.msp_contract_billing.tests.trace_common import TraceMixin

from .common import microsoft_csv, row
from .usage_common import PLAN, TENANT, UsageCommon, used

APRIL = {"ChargeStartDate": date(2026, 4, 1), "ChargeEndDate": date(2026, 4, 30)}


@freeze_time("2026-05-05 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageAmounts(TraceMixin, UsageCommon):
    """What a provider charges goes to the customer, with a markup."""

    def _amounts(self, import_, kind="amounts"):
        return import_.change_ids.filtered(lambda change: change.kind == kind)

    def test_amounts_with_markup_from_file_to_invoice(self):
        contract = self._usage_contract()
        position = self._begin(contract)
        import_ = self._prepared(
            used(date(2026, 3, 1), "60.00"), used(date(2026, 3, 2), "40.00")
        )
        change = self._amounts(import_)
        self.assertEqual(change.state, "proposed")
        self.assertEqual(change.position_id, position)
        self.assertEqual(
            (change.date_start, change.date_end), (date(2026, 3, 1), date(2026, 3, 31))
        )
        self.assertEqual(
            (change.usage_before, change.usage_file, change.usage_after),
            (0.0, 100.0, 100.0),
        )
        self.assertEqual((change.customer_before, change.customer_after), (0.0, 120.0))
        self.assertFalse(change.is_late)
        [row] = import_._load_totals()[import_.id]
        self.assertEqual(
            [row[name] for name in ("used_before", "used_change", "used")],
            [0.0, 120.0, 120.0],
        )
        self.assertIn("120.00", import_.totals_html)
        # Nothing counts, and nothing is billed, before it is applied.
        self.assertEqual(change.dated_amount_ids.mapped("state"), ["proposed"])
        self.assertIn(position.id, contract._find_waiting())
        import_.action_apply()
        self.assertEqual(change.state, "applied")
        self.assertEqual(import_.provider_charge_ids.state, "applied")
        self.assertEqual(import_.provider_charge_ids.position_id, position)
        self.assertEqual(import_.amount_lost, 0.0)
        self.assertEqual(change.dated_amount_ids.mapped("state"), ["counts"])
        self.assertNotIn(position.id, contract._find_waiting())
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 120.0)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 0.0)

    def test_every_digit_is_summed_before_it_is_rounded(self):
        contract = self._usage_contract()
        self._begin(contract)
        rows = [
            used(date(2026, 3, 1), "0.004", MeterId=f"m-{number}")
            for number in range(10)
        ]
        self._applied(*rows)
        # 10 x 0.004 x 1.2; each row alone would be rounded to nothing.
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 0.05)

    def test_position_begins_with_the_markup(self):
        contract = self._usage_contract()
        import_ = self._prepared(used(date(2026, 3, 10), "100.00"))
        begin, change = self._amounts(import_, "begin"), self._amounts(import_)
        self.assertEqual(begin.state, "proposed")
        self.assertEqual(change.begin_change_id, begin)
        self.assertEqual(change.customer_after, 120.0)
        import_.action_apply()
        self.assertEqual((import_.change_ids - change - begin).ids, [])
        self.assertEqual(change.state, "applied", change.error)
        position = change.position_id
        self.assertEqual(position.product_id, self.azure)
        self.assertEqual(position.line_ids.pricing["markup"], "20")
        self.assertEqual(import_.version_ids.change_ids.position_id, position)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 120.0)
        # The next month finds it by what was remembered.
        mapping = self.env["msp.position.mapping"].search(
            [("position_id", "=", position.id)]
        )
        self.assertEqual(len(mapping), 1)
        later = self._applied(used(date(2026, 4, 1), "10.00", **APRIL))
        self.assertEqual(self._amounts(later).position_id, position)
        self.assertFalse(later.version_ids)

    def test_a_position_for_usage_bills_in_arrears(self):
        contract = self._usage_contract(timing="advance")
        import_ = self._applied(used(date(2026, 3, 10), "100.00"))
        position = self._amounts(import_).position_id
        self.assertEqual(position.line_ids.overrides, {"timing": "arrears"})
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 120.0)
        # April is still open when its usage comes.
        april = self._prepared(used(date(2026, 4, 1), "10.00", **APRIL))
        self.assertFalse(self._amounts(april).is_late)
        april.action_apply()
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 30)), 0.0)
        self.assertAlmostEqual(self._bill(contract, date(2026, 5, 1)), 12.0)

    def test_without_markup_it_waits(self):
        self._usage_contract()
        self.provider.usage_pricing_id = False
        import_ = self._prepared(used(date(2026, 3, 10), "100.00"))
        change = self._amounts(import_)
        self.assertEqual(change.state, "waiting")
        self.assertIn("No markup is known", change.error)
        self.assertEqual(import_.provider_charge_ids.state, "waiting")
        import_.product_mapping_ids.pricing_id = self.markup
        import_.action_prepare()
        self.assertEqual(self._amounts(import_).state, "proposed")

    def test_a_position_with_a_price_of_its_own_waits(self):
        contract = self._usage_contract()
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.azure.id}
        )
        self._version(
            contract, date(2026, 1, 1), position._prepare_begin_vals(1.0, 50.0, "1")
        )
        change = self._amounts(self._prepared(used(date(2026, 3, 10), "100.00")))
        self.assertEqual(change.state, "waiting")
        self.assertIn("has a price of its own", change.error)

    def test_days_outside_the_contract(self):
        # Begins on the 10th; the charge is for the whole month, the usage is not.
        contract = self._usage_contract(date(2026, 3, 10))
        import_ = self._applied(
            used(date(2026, 3, 12), "30.00"), used(date(2026, 3, 20), "70.00")
        )
        amount = import_.dated_amount_ids
        self.assertEqual(
            (amount.date_start, amount.date_end), (date(2026, 3, 12), date(2026, 3, 20))
        )
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 120.0)
        early = self._prepared(used(date(2026, 3, 9), "1.00", MeterId="m-2"))
        self.assertEqual(self._amounts(early).state, "waiting")
        self.assertIn("does not pass amounts on", self._amounts(early).error)

    def test_apart_per_azure_subscription(self):
        contract = self._usage_contract()
        rows = [
            used(date(2026, 3, 1), "10.00"),
            used(date(2026, 3, 1), "20.00", EntitlementId="e-0002"),
            used(date(2026, 3, 1), "40.00", SubscriptionId=f"{PLAN[:-1]}b"),
        ]
        import_ = self._read(*rows)
        self._assign(import_)
        mapping = import_.product_mapping_ids
        import_.action_prepare()
        self.assertEqual(self._amounts(import_).mapped("usage_file"), [70.0])
        mapping.keep_apart = "subscription"
        import_.action_prepare()
        self.assertEqual(
            sorted(self._amounts(import_).mapped("usage_file")), [30.0, 40.0]
        )
        mapping.keep_apart = "azure_subscription"
        import_.action_prepare()
        self.assertEqual(
            sorted(self._amounts(import_).mapped("usage_file")), [20.0, 50.0]
        )
        import_.action_apply()
        changes = self._amounts(import_)
        self.assertEqual(changes.mapped("state"), ["applied", "applied"])
        self.assertEqual(len(changes.position_id), 2)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 84.0)
        # Each finds its own position again.
        later = self._applied(
            used(date(2026, 4, 1), "1.00", EntitlementId="e-0002", **APRIL)
        )
        second = changes.filtered(lambda one: one.usage_file == 20.0)
        self.assertEqual(self._amounts(later).position_id, second.position_id)

    def test_two_tenants_of_one_customer_share_a_position(self):
        contract = self._usage_contract()
        other = "11111111-0000-4000-8000-000000000009"
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "external_id": other,
                "external_name": "Muster Bau Test",
                "partner_id": self.customer.id,
            }
        )
        self._applied(
            used(date(2026, 3, 1), "10.00"),
            used(date(2026, 3, 1), "20.00", CustomerId=other),
        )
        positions = contract.position_ids.filtered(
            lambda one: one.product_id == self.azure
        )
        self.assertEqual(len(positions), 1)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 36.0)

    def test_credits_pass_through(self):
        contract = self._usage_contract()
        self._begin(contract)
        import_ = self._applied(
            used(date(2026, 3, 1), "10.00"),
            used(date(2026, 3, 2), "-30.00", ChargeType="customerCredit"),
        )
        self.assertEqual(self._amounts(import_).usage_file, -20.0)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), -24.0)

    def test_usage_and_credit_of_a_reconciliation_file(self):
        """Files that are no files of usage pass their usage on as well."""
        contract = self._usage_contract()
        self._begin(contract)
        nce = self.env["msp.provider"].create(
            {
                "name": "Microsoft CSP",
                "code": "csp",
                "format_id": "microsoft_nce",
                "usage_product_id": self.azure.id,
            }
        )
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": nce.id,
                "company_id": self.company.id,
                "external_id": TENANT,
                "external_name": "Muster Bau GmbH",
                "partner_id": self.customer.id,
            }
        )
        meter = {
            "SkuId": "013D",
            "SkuName": "Compute",
            "ProductName": "Compute",
            "TermAndBillingCycle": "1 Compute Hour",
            "BillingFrequency": "",
            "MeterDescription": "Compute hours",
            "SubscriptionStartDate": "",
            "SubscriptionEndDate": "",
            "ChargeStartDate": date(2026, 3, 1),
            "ChargeEndDate": date(2026, 3, 31),
            "TaxTotal": "0.00",
        }
        content = microsoft_csv(
            row(
                ChargeType="new",
                BillableQuantity="100",
                EffectiveUnitPrice="0.5",
                Subtotal="50.00",
                Total="50.00",
                **meter,
            ),
            row(
                ChargeType="customerCredit",
                BillableQuantity="-1",
                EffectiveUnitPrice="20",
                Subtotal="-20.00",
                Total="-20.00",
                **meter,
            ),
        )
        imports = self.env["msp.import"].with_user(self.clerk)
        import_ = imports.import_file(nce.id, "G.csv", content)
        self._assign(import_)
        import_.action_prepare()
        change = self._amounts(import_)
        self.assertEqual((change.state, change.usage_file), ("proposed", 30.0))
        import_.action_apply()
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 36.0)

    def test_partner_earned_credit_stays_with_the_partner(self):
        contract = self._usage_contract()
        self._begin(contract)
        rows = [
            # 24 h at a list price of 0.20, of which 15 % are left to the partner.
            used(
                date(2026, 3, 1),
                "4.08",
                EffectiveUnitPrice="0.17",
                PartnerEarnedCreditPercentage="15",
            )
        ]
        import_ = self._read(*rows)
        self._assign(import_)
        self.assertEqual(import_.provider_charge_ids.partner_credit_rate, 0.15)
        import_.action_prepare()
        self.assertAlmostEqual(self._amounts(import_).usage_file, 4.08)
        import_.product_mapping_ids.passed_price = "list"
        import_.action_prepare()
        self.assertAlmostEqual(self._amounts(import_).usage_file, 4.80)
        import_.action_apply()
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 5.76)

    def test_trace_from_invoice_line_to_rows_of_usage(self):
        contract = self._usage_contract()
        self._begin(contract)
        import_ = self._applied(
            used(date(2026, 3, 1), "60.00"), used(date(2026, 3, 2), "40.00")
        )
        self._bill(contract, date(2026, 4, 1))
        claims = self.env["msp.charge"].search(
            [("position_id.product_id", "=", self.azure.id)]
        )
        line = claims.filtered("amount").move_line_id
        labels = [label for _level, label, _title in self._outline(line)]
        below = labels[labels.index("Amount passed on") :]
        self.assertEqual(
            below[:3], ["Amount passed on", "Row of the file", "Rows of usage"]
        )
        amount = self._find(line, "Amount passed on")
        self.assertEqual((amount.amount, amount.currency), (100.0, self.eur))
        self.assertEqual(amount.record, import_.dated_amount_ids)
        row = self._find(line, "Row of the file")
        self.assertEqual(row.record, import_.provider_charge_ids)
        usage = self._find(line, "Rows of usage")
        self.assertEqual((usage.title, usage.amount), ("2 rows", 100.0))
        # Whoever may not see imports sees that there is more.
        biller = self._user("accounting", "group_account_manager")
        biller.write(
            {
                "group_ids": [
                    (
                        6,
                        0,
                        (
                            self.env.ref("base.group_user")
                            | self.env.ref("account.group_account_invoice")
                        ).ids,
                    )
                ]
            }
        )
        (hidden,) = (
            self.env["msp.trace"]
            .with_user(biller)
            ._trace_amounts({f"msp.dated.amount,{import_.dated_amount_ids.id}"})
            .values()
        )
        self.assertEqual((hidden.amount, hidden.record), (None, None))

    def test_what_costs_nothing_needs_no_decision(self):
        import_ = self._prepared(used(date(2026, 3, 1), "0.00", Quantity="0"))
        self.assertEqual(import_.provider_charge_ids.state, "no_change")
        self.assertFalse(import_.change_ids)

    def test_credited_to_nothing_by_a_later_file(self):
        contract = self._usage_contract()
        self._begin(contract)
        self._applied(used(date(2026, 3, 1), "10.00"))
        again = self._applied(used(date(2026, 3, 1), "0.00"))
        self.assertEqual(self._amounts(again).usage_after, 0.0)
        self.assertAlmostEqual(self._bill(contract, date(2026, 4, 1)), 0.0)

    def test_no_billing_and_left_out(self):
        self._usage_contract()
        import_ = self._read(used(date(2026, 3, 1), "10.00"))
        self._assign(import_)
        import_.product_mapping_ids.billing_mode = "none"
        import_.action_prepare()
        self.assertFalse(import_.change_ids)
        self.assertEqual(import_.provider_charge_ids.state, "info")
        import_.product_mapping_ids.billing_mode = "amounts"
        import_.action_prepare()
        self._amounts(import_).action_exclude()
        import_.action_prepare()
        self.assertEqual(self._amounts(import_).state, "excluded")
        import_.action_apply()
        self.assertEqual(import_.provider_charge_ids.state, "ignored")
        self.assertFalse(import_.dated_amount_ids.filtered("counts"))

    def test_seats_may_be_passed_through_as_well(self):
        """Usage that says no quantity waits for none if the article counts seats."""
        self._usage_contract()
        import_ = self._read(used(date(2026, 3, 1), "10.00"))
        self._assign(import_)
        import_.product_mapping_ids.billing_mode = "quantity"
        import_.action_prepare()
        self.assertEqual(import_.provider_charge_ids.state, "info")
        self.assertFalse(import_.change_ids)

    def test_nobody_changes_amounts(self):
        self._begin(self._usage_contract())
        import_ = self._applied(used(date(2026, 3, 1), "10.00"))
        amount = import_.dated_amount_ids
        with self.assertRaises(UserError):
            amount.sudo().write({"amount": 0.0})
        with self.assertRaises(UserError):
            amount.sudo().unlink()
        with self.assertRaises(UserError):
            import_.write({"dated_amount_ids": [(2, amount.id)]})
        with self.assertRaises(UserError):
            import_.sudo().unlink()

    def test_changed_contract_is_prepared_again(self):
        contract = self._usage_contract()
        position = self._begin(contract)
        import_ = self._prepared(used(date(2026, 3, 1), "10.00"))
        self._version(
            contract, date(2026, 3, 15), {"action": "end", "position_id": position.id}
        )
        import_.action_apply()
        change = self._amounts(import_)
        self.assertEqual(change.state, "failed")
        self.assertIn("Prepare the import again", change.error)
        self.assertFalse(import_.dated_amount_ids.filtered("counts"))
