from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .run_common import RunCommon


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestBillingRunDifferential(RunCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(day(1), [(cls.seats, 10, 10)])
        cls.other = cls._contract(day(1), [(cls.backup, 1, 31)])
        cls.both = cls.contract | cls.other

    def _change(self):
        """Bill January, then change it in both contracts."""
        self._run(day(1), contracts=self.both)
        self._set(self.contract.position_ids, day(1), quantity=12, reason="Two more")
        self._set(self.other.position_ids, day(1, 22), price=0, reason="Free")

    def _line(self, run, contract):
        return run.line_ids.filtered(lambda line: line.contract_id == contract)

    def test_line_shows_before_after_difference_and_version(self):
        self._change()
        run = self._preview(day(1, 31), self.both, "differential")
        line = self._line(run, self.contract)
        self.assertRecordValues(
            line,
            [{"amount_before": 100.0, "amount": 20.0, "correction_count": 1}],
        )
        for text in ("100.00", "120.00", "20.00", "version 2 (Two more)"):
            self.assertIn(text, line.details)
        self.assertIn("10 Units", line.preview)
        self.assertEqual(run.amount_due, 20.0 - 10.0)

    def test_withdrawn_version_is_named_as_the_cause(self):
        version = self._set(self.contract.position_ids, day(1), quantity=12)
        self._run(day(1), contracts=self.both)
        version._withdraw("typing error")
        run = self._preview(day(1, 31), self.both, "differential")
        self.assertIn("version 2 (typing error)", run.line_ids.details)

    def test_billed_line_shows_what_was_billed(self):
        self._change()
        run = self._preview(day(1, 31), self.both, "differential")
        run.action_create_invoices()
        line = self._line(run, self.contract)
        self.assertIn("120.00", line.details)
        self.assertIn("Two more", line.preview)

    def test_repeated_run_has_no_effect(self):
        self._change()
        run = self._run(day(1, 31), "differential", self.both)
        self.assertEqual(len(run.move_ids), 2)
        self.assertFalse(self._preview(day(1, 31), self.both, "differential").line_ids)

    def test_correction_is_left_for_the_next_regular_invoice(self):
        self._change()
        clerk = self._role_user("bernd", "group_billing_clerk")
        run = self._preview(day(1, 31), self.both, "differential", clerk)
        line = self._line(run, self.contract)
        line.action_with_regular()
        self.assertEqual(line.state, "held")
        self.assertEqual(line.exception_ids.code, "next_invoice")
        self.assertEqual(self._parts(run)["waiting"], (1, 20.0))
        run.action_create_invoices()
        self.assertEqual(self._line(run, self.other).state, "done")
        self.assertEqual(len(run.move_ids), 1)
        regular = self._run(day(2), contracts=self.both)
        totals = {m.msp_contract_ids: m.amount_untaxed for m in regular.move_ids}
        self.assertEqual(totals[self.contract], 120.0 + 20.0)
        # Once: the next change is for a differential run again.
        self.assertFalse(self.contract.corrections_once)
        self._set(self.contract.position_ids, day(1), quantity=13)
        regular = self._run(day(3), contracts=self.contract)
        self.assertEqual(regular.move_ids.amount_untaxed, 130.0)

    def test_decision_can_be_taken_back(self):
        self._change()
        run = self._preview(day(1, 31), self.both, "differential")
        line = self._line(run, self.contract)
        line.action_with_regular()
        line.action_now()
        self.assertEqual(line.state, "due")
        self.assertFalse(line.exception_ids)
        run.action_create_invoices()
        self.assertEqual(len(run.move_ids), 2)

    def test_regular_charges_cannot_be_put_off(self):
        run = self._preview(day(1), self.both)
        with self.assertRaisesRegex(UserError, "Only corrections"):
            run.line_ids.action_with_regular()

    # Locked periods

    def _lock(self, until):
        self.company.fiscalyear_lock_date = until

    def test_correction_of_a_locked_period_is_booked_on_the_first_open_day(self):
        self._change()
        self._lock(day(1, 31))
        run = self._preview(
            day(1, 31), self.contract, "differential", invoice_date=day(1, 31)
        )
        self.assertEqual(run.accounting_date, day(2, 1))
        self.assertIn("locked", run.accounting_note)
        run.action_create_invoices()
        run.action_post()
        self.assertRecordValues(
            run.move_ids,
            [{"date": day(2, 1), "invoice_date": day(1, 31), "state": "posted"}],
        )
        line = run.move_ids.invoice_line_ids
        self.assertEqual(
            (line.msp_period_start, line.msp_period_end), (day(1), day(1, 31))
        )

    def test_all_locks_that_concern_sales_are_looked_at(self):
        for name in ("tax_lock_date", "sale_lock_date", "hard_lock_date"):
            self.company[name] = day(2, 28)
            run = self.env["msp.billing.run"].create(
                {"date_until": day(2), "invoice_date": day(2)}
            )
            self.assertEqual(run.accounting_date, day(3), name)
            if name != "hard_lock_date":
                self.company[name] = False

    def test_locked_accounting_date_is_refused_with_the_open_day(self):
        self._lock(day(1, 31))
        run = self.env["msp.billing.run"].create(
            {
                "date_until": day(1),
                "invoice_date": day(2, 1),
                "accounting_date": day(1, 15),
            }
        )
        with self.assertRaisesRegex(UserError, "open day is 02/01/2026"):
            run.action_preview()
        run.accounting_date = day(2, 1)
        run.action_preview()
        self._lock(day(2, 1))
        with self.assertRaisesRegex(UserError, "open day is 02/02/2026"):
            run.action_create_invoices()

    def test_corrections_that_were_not_billed_stay_put_off(self):
        contract = self._contract(day(1), [(self.seats, 10, 10), (self.backup, 1, 5)])
        seats = contract.position_ids[0]
        self._run(day(1), contracts=contract)
        self._set(seats, day(1), quantity=12)
        self._preview(day(1), contract, "differential").line_ids.action_with_regular()
        hold = self.env["msp.hold"].create(
            {"contract_id": contract.id, "position_ids": seats.ids, "reason": "asks"}
        )
        self.assertEqual(self._run(day(2), contracts=contract).amount_billed, 5.0)
        self.assertTrue(contract.corrections_once)
        hold.action_lift()
        # 12 seats for February, 2 more for January.
        self.assertEqual(self._run(day(2), contracts=contract).amount_billed, 140.0)
        self.assertFalse(contract.corrections_once)

    def test_account_manager_sees_what_became_of_a_contract(self):
        """Although invoices of other salespeople are not for her eyes."""
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        run = self._run(day(1), contracts=contract)
        anna = self._role_user("anna", "group_account_manager")
        Form(run.with_user(anna))
        form = Form(run.line_ids.with_user(anna))
        self.assertIn(run.move_ids.name, form.details)
        Form(run.invoice_ids.with_user(anna))
