from datetime import date

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats

MAIL = {
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
    "ProductId": "CFQ7TTC0LH18",
    "SkuName": "Contoso Mail",
    "ProductName": "Contoso Mail",
}


def month(number, quantity, **cells):
    """Return the row of a whole month of 2026."""
    last = {1: 31, 2: 28, 3: 31, 4: 30, 5: 31}[number]
    return seats(
        quantity,
        **{
            "ChargeStartDate": date(2026, number, 1),
            "ChargeEndDate": date(2026, number, last),
            "InvoiceNumber": f"G{number:02}",
            **cells,
        },
    )


def codes(change):
    return set(change.flag_ids.mapped("code"))


@freeze_time("2026-05-04 08:00:00")
@tagged("post_install", "-at_install")
class TestImportPrepareFlags(ImportCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = cls._product("Contoso Mail", 5.0, msp_price_interval="1")
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])
        cls.position = cls.contract.position_ids

    def _of(self, import_, product):
        return import_.change_ids.filtered(lambda one: one.product_id == product)

    def _bill(self, *months):
        """Let the ledger say that months are billed: 10 x 20.00."""
        last = {3: 31, 4: 30, 5: 31}
        self.env["msp.charge"]._system_create(
            [
                {
                    "contract_id": self.contract.id,
                    "position_id": self.position.id,
                    "settlement": number,
                    "sequence": 1,
                    "kind": "opening",
                    "date_start": date(2026, number, 1),
                    "date_end": date(2026, number, last[number]),
                    "quantity": 10.0,
                    "price_unit": 20.0,
                    "amount": 200.0,
                }
                for number in months
            ]
        )
        self.contract._mark_to_settle()

    # Money

    def test_money_per_month_before_and_after(self):
        change = self._prepared(month(3, 12)).change_ids
        self.assertRecordValues(
            change,
            [
                {
                    "amount_before": 200.0,
                    "amount_file": 240.0,
                    "amount_change": 40.0,
                    "amount_after": 240.0,
                    "amount_correction": 0.0,
                    "cost": 120.0,
                }
            ],
        )
        self.assertFalse(codes(change))
        change.action_exclude()
        self.assertEqual((change.amount_change, change.amount_after), (0.0, 200.0))

    def test_new_position_has_a_flag_and_money(self):
        change = self._of(self._prepared(month(3, 10), month(3, 4, **MAIL)), self.mail)
        self.assertEqual(codes(change), {"new"})
        self.assertEqual((change.amount_before, change.amount_after), (0.0, 20.0))
        self.assertEqual(change.price_source, "sales")

    def test_figures_of_the_import(self):
        import_ = self._prepared(month(3, 12), month(3, 4, **MAIL))
        [row] = import_._load_totals()[import_.id]
        self.assertEqual(
            (row["before"], row["change"], row["after"]), (200.0, 60.0, 260.0)
        )
        self.assertEqual((row["contracts"], row["proposed"], row["waiting"]), (1, 2, 0))
        self.assertIn("260.00", import_.totals_html)

    # Backdated

    def test_pitfall_079_days_that_are_billed_are_told_with_the_money(self):
        """The period is that of the file's days, whatever the contract's day is."""
        self._bill(3, 4)
        change = self._prepared(month(3, 12)).change_ids
        self.assertEqual(codes(change), {"backdated"})
        # 2 more in March and in April
        self.assertEqual(change.amount_correction, 80.0)
        self.assertIn("difference run bills", change.note)
        [row] = change.import_id._load_totals()[change.import_id.id]
        self.assertEqual((row["bills"], row["credits"]), (80.0, 0.0))

    def test_fewer_are_credited(self):
        self._bill(3, 4)
        change = self._prepared(month(4, 7)).change_ids
        self.assertEqual(change.amount_correction, -60.0)
        self.assertIn("difference run credits", change.note)

    def test_told_is_what_the_differential_run_finds(self):
        self._bill(3, 4)
        half = month(3, 12, ChargeStartDate=date(2026, 3, 17))
        import_ = self._prepared(half)
        # 2 x 20.00 for 15 of 31 days, and for April
        self.assertEqual(import_.change_ids.amount_correction, 59.35)
        import_.action_apply()
        due = self.contract._compute_due(date(2026, 4, 30), "differential")
        charges = due[self.contract.id].charges
        self.assertEqual(float(sum(one.amount for one in charges)), 59.35)

    def test_new_position_in_billed_days(self):
        self._bill(3, 4)
        import_ = self._prepared(month(3, 10), month(3, 4, **MAIL))
        change = self._of(import_, self.mail)
        self.assertEqual(codes(change), {"new", "backdated"})
        # What was never billed is nothing to correct: the regular run catches up.
        self.assertEqual((change.amount_correction, change.amount_catch_up), (0, 40.0))
        self.assertIn("regular run bills", change.note)
        [row] = import_._load_totals()[import_.id]
        self.assertEqual((row["bills"], row["credits"]), (0.0, 0.0))
        import_.action_apply()
        until = date(2026, 4, 30)
        sums = {}
        for kind in ("differential", "regular"):
            due = self.contract._compute_due(until, kind)[self.contract.id]
            own = [one for one in due.charges if one.position == change.position_id.id]
            sums[kind] = float(sum(one.amount for one in own))
        self.assertEqual(sums, {"differential": 0.0, "regular": 40.0})

    def test_days_that_are_not_billed_are_not_backdated(self):
        self._bill(3)
        self.assertFalse(codes(self._prepared(month(4, 12)).change_ids))

    # The vendor

    def test_vendors_price_that_changed_is_shown_with_the_one_before(self):
        self._applied(month(3, 10), name="march.csv")
        change = self._prepared(
            month(4, 10, price="11.50"), name="april.csv"
        ).change_ids
        self.assertEqual(change.state, "no_change")
        self.assertEqual(codes(change), {"price"})
        self.assertEqual((change.last_cost_price, change.cost_price), (10.0, 11.5))
        self.assertIn("was 10 and is 11.5 EUR", change.note)
        self.assertIn(change, change.import_id.differing_change_ids)

    def test_price_that_was_never_accepted_is_none_to_compare_with(self):
        self._prepared(month(3, 10), name="march.csv")
        change = self._prepared(
            month(4, 10, price="11.50"), name="april.csv"
        ).change_ids
        self.assertFalse(codes(change))

    def test_unusual_quantity(self):
        change = self._prepared(month(4, 40)).change_ids
        self.assertEqual(codes(change), {"outlier"})

    def test_few_units_are_never_unusual(self):
        self.assertFalse(codes(self._prepared(month(4, 20)).change_ids))

    def test_unusual_cost(self):
        self._applied(month(3, 10), name="march.csv")
        change = self._prepared(month(4, 10, price="100.00"), name="a.csv").change_ids
        self.assertEqual(codes(change), {"price", "outlier"})

    def test_nothing_is_unusual_if_the_provider_says_so(self):
        self.provider.outlier_percent = 0
        self.assertFalse(codes(self._prepared(month(4, 400)).change_ids))

    # Not in the file

    def _two(self):
        contract = self._contract(
            self._partner("Praxis Beispiel", website="praxis.example"),
            [(self.premium, 5, 20.0)],
        )
        return contract, {
            "CustomerId": "22222222-0000-4000-8000-000000000002",
            "CustomerName": "Praxis Beispiel",
            "CustomerDomainName": "praxis.example",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000002",
        }

    def _missing_in_april(self, **vals):
        contract, other = self._two()
        self._applied(month(3, 10), month(3, 5, **other), name="march.csv")
        self.provider.write(vals)
        import_ = self._prepared(month(4, 10), name="april.csv")
        return import_, import_.change_ids.filtered("is_missing"), contract

    def test_missing_row_is_shown_and_ends_nothing(self):
        import_, change, contract = self._missing_in_april()
        self.assertRecordValues(
            change,
            [
                {
                    "contract_id": contract.id,
                    "kind": "missing",
                    "state": "info",
                    "date_start": date(2026, 4, 1),
                    "old_quantity": 5.0,
                    "amount_before": 100.0,
                    "amount_after": 100.0,
                }
            ],
        )
        self.assertEqual(codes(change), {"missing", "no_row"})
        import_.action_apply()
        self.assertFalse(contract.position_ids.date_end)
        self.assertEqual(import_.waiting_count, 0)

    def test_row_that_a_corrected_file_lacks_is_missing_once_taken_back(self):
        contract, other = self._two()
        self._applied(month(3, 10), month(3, 5, **other), name="march.csv")
        corrected = self._prepared(month(3, 10), name="corrected.csv")
        self.assertFalse(corrected.change_ids.filtered("is_missing"))
        corrected.gone_charge_ids.with_user(self.clerk).action_take_back()
        corrected.action_prepare()
        change = corrected.change_ids.filtered("is_missing")
        self.assertEqual((change.contract_id, change.state), (contract, "info"))
        self.assertEqual(change.date_start, date(2026, 3, 1))

    def test_nothing_ends_by_a_file_that_is_not_complete(self):
        import_, change, contract = self._missing_in_april()
        with self.assertRaisesRegex(UserError, "not set to be complete"):
            change.with_user(self.clerk).action_end_missing()
        self.provider.files_are_complete = True
        with self.assertRaisesRegex(UserError, "net total of the provider's invoice"):
            change.with_user(self.clerk).action_end_missing()
        import_.invoice_amount = 120.0
        with self.assertRaisesRegex(UserError, "differs by"):
            change.with_user(self.clerk).action_end_missing()
        self.assertFalse(contract.position_ids.date_end)

    def test_person_ends_what_a_complete_file_does_not_name(self):
        import_, change, contract = self._missing_in_april(files_are_complete=True)
        import_.invoice_amount = 100.0
        change.with_user(self.clerk).action_end_missing()
        change = import_.change_ids.filtered("is_missing")
        self.assertEqual((change.kind, change.state), ("end", "proposed"))
        self.assertEqual((change.amount_before, change.amount_after), (100.0, 0.0))
        change.with_user(self.clerk).action_undecide()
        change = import_.change_ids.filtered("is_missing")
        self.assertEqual((change.kind, change.state), ("missing", "info"))
        change.with_user(self.clerk).action_end_missing()
        import_.with_user(self.clerk).action_apply()
        self.assertEqual(contract.position_ids.date_end, date(2026, 3, 31))
        self.assertFalse(self.position.date_end)

    def test_rule_ends_what_a_complete_file_does_not_name(self):
        import_, change, contract = self._missing_in_april(
            files_are_complete=True, missing_rule="end"
        )
        self.assertEqual(change.state, "info")
        self.assertIn("is not ended: the net total", change.error)
        import_.invoice_amount = 100.0
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(contract.position_ids.date_end, date(2026, 3, 31))

    def test_rule_says_nothing(self):
        _import, change, _contract = self._missing_in_april(missing_rule="ignore")
        self.assertFalse(change)

    def test_what_was_paid_for_longer_is_not_missing(self):
        _contract, other = self._two()
        other["ChargeEndDate"] = date(2027, 2, 28)
        self._applied(month(3, 10), month(3, 5, **other), name="march.csv")
        import_ = self._prepared(month(4, 10), name="april.csv")
        self.assertFalse(import_.change_ids.filtered("is_missing"))

    def test_pitfall_096_year_at_the_vendor_is_months_for_the_customer(self):
        """Cycles may differ: the vendor bills a year, the customer pays by the month."""
        _contract, other = self._two()
        other["ChargeEndDate"] = date(2027, 2, 28)
        import_ = self._prepared(month(3, 10), month(3, 6, price="120.00", **other))
        change = import_.change_ids.filtered(lambda one: one.quantity == 6)
        self.assertEqual((change.state, change.cost), ("proposed", 720.0))
        self.assertEqual((change.amount_before, change.amount_after), (100.0, 120.0))

    def test_pitfall_096_other_currency_at_the_vendor_touches_no_price(self):
        dollar = month(3, 12, price="11.00", Currency="USD", PricingCurrency="USD")
        self.env.ref("base.USD").active = True
        change = self._prepared(dollar).change_ids
        self.assertEqual(change.cost_currency_id.name, "USD")
        self.assertEqual((change.cost, change.amount_after), (132.0, 240.0))
        self.assertEqual(change.currency_id, self.eur)

    def test_what_is_left_out_stays_left_out(self):
        import_, change, _contract = self._missing_in_april()
        change.with_user(self.clerk).action_exclude()
        import_.action_prepare()
        change = import_.change_ids.filtered("is_missing")
        self.assertEqual(change.state, "excluded")
        change.with_user(self.clerk).action_undecide()
        self.assertEqual(import_.change_ids.filtered("is_missing").state, "info")

    def test_nobody_knows_what_is_missing_before_all_is_assigned(self):
        self._two()
        stranger = {"CustomerId": "x", "CustomerName": "X", "CustomerDomainName": ""}
        import_ = self._prepared(month(4, 10), month(4, 1, **stranger, **MAIL))
        self.assertEqual(import_.open_customer_count, 1)
        self.assertFalse(import_.change_ids.filtered("is_missing"))

    def test_positions_of_other_articles_are_not_this_providers(self):
        own = self._product("Own backup", 9.0)
        self._contract(self._partner("Praxis Beispiel"), [(own, 5, 9.0)])
        import_ = self._prepared(month(4, 10))
        self.assertFalse(import_.change_ids.filtered("is_missing"))
