from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common import ContractCommon, day


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestOpening(ContractCommon):
    """What was billed before this system is not billed again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.00)]
        )
        cls.seat_position, cls.backup_position = cls.contract.position_ids
        cls.clerk = cls._role_user("clerk", "group_billing_clerk")

    def _wizard(self, contract=None, user=None, **values):
        action = (contract or self.contract).action_enter_opening()
        wizard = self.env["msp.opening.enter"].with_user(user or self.clerk)
        return Form(wizard.with_context(**action["context"]))

    def _enter(self, until=None, contract=None, reference="R-2026-17"):
        form = self._wizard(contract)
        if until:
            form.date_until = until
        form.reference = reference
        wizard = form.save()
        wizard.action_enter()
        contract = contract or self.contract
        return contract.charge_ids.filtered(lambda one: one.kind == "opening")

    def test_wizard_proposes_what_was_agreed_for_each_position(self):
        form = self._wizard()
        self.assertEqual(form.date_until, day(3, 31))
        form.date_until = day(2, 28)
        self.assertEqual(form.amount, 310.00)
        wizard = form.save()
        self.assertRecordValues(
            wizard.line_ids,
            [
                {
                    "position_id": self.seat_position.id,
                    "date_start": day(1),
                    "date_end": day(2, 28),
                    "entitled": 250.00,
                    "amount": 250.00,
                },
                {
                    "position_id": self.backup_position.id,
                    "date_start": day(1),
                    "date_end": day(2, 28),
                    "entitled": 60.00,
                    "amount": 60.00,
                },
            ],
        )

    def test_only_what_comes_after_it_is_billed(self):
        charges = self._enter(day(2, 28))
        self.assertRecordValues(
            charges,
            [
                {"amount": 250.00, "counts": True, "opening_reference": "R-2026-17"},
                {"amount": 60.00, "counts": True, "opening_reference": "R-2026-17"},
            ],
        )
        self.assertFalse(charges.move_id)
        self.assertEqual(charges.create_uid, self.clerk)
        run = self._run(day(3), contracts=self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 155.00)
        self.assertSettled(self.contract, day(3, 31))

    def test_wizard_goes_on_where_the_last_claim_ended(self):
        self._enter(day(1, 31))
        lines = self._wizard().save().line_ids
        self.assertEqual(set(lines.mapped("date_start")), {day(2)})
        self._enter(day(3, 31))
        form = self._wizard()
        self.assertFalse(form.save().line_ids)

    def test_days_inside_a_period_take_their_share(self):
        form = self._wizard()
        form.date_until = day(1, 15)
        # 125 x 15 / 31 and 30 x 15 / 31
        self.assertEqual(form.save().line_ids.mapped("amount"), [60.48, 14.52])

    def test_contract_in_arrears_and_by_quarters(self):
        contract = self._contract(
            day(1),
            [(self.seats, 10, 12.50)],
            terms={"billing_timing": "arrears", "billing_every": 3},
        )
        form = self._wizard(contract)
        form.date_until = day(3, 31)
        self.assertEqual(form.save().line_ids.amount, 125.00)

    def test_changed_days_change_the_proposal_and_lines_can_be_left_out(self):
        form = self._wizard()
        form.date_until = day(2, 28)
        with form.line_ids.edit(0) as line:
            line.date_end = day(1, 31)
            self.assertEqual(line.amount, 125.00)
            line.amount = 120.00
        with form.line_ids.edit(1) as line:
            line.is_included = False
        self.assertEqual(form.amount, 120.00)
        form.save().action_enter()
        self.assertEqual(self._claims(self.contract), [(day(1), day(1, 31), 120.00)])

    def test_another_amount_is_settled_by_the_differential_run(self):
        form = self._wizard()
        form.date_until = day(1, 31)
        with form.line_ids.edit(0) as line:
            line.amount = 100.00
        form.reference = "R-17"
        form.save().action_enter()
        correction = self._run(day(1, 31), "differential", self.contract).move_ids
        self.assertEqual(correction.amount_untaxed, 25.00)
        self.assertIn(
            "Corrects R-17, billed before this system",
            correction.invoice_line_ids.name,
        )
        self.assertEqual(correction.invoice_line_ids.tax_ids, self.seats.taxes_id)
        self.assertSettled(self.contract, day(1, 31))

    def test_days_that_are_claimed_cannot_be_claimed_again(self):
        invoice = self._run(day(1), contracts=self.contract).move_ids
        rows = [{"position": self.seat_position, "start": day(1, 31), "end": day(2, 1)}]
        charges = self.env["msp.charge"]
        with self.assertRaisesRegex(UserError, invoice.name):
            charges._enter_opening([{**rows[0], "amount": 1.0}])
        self.assertEqual(set(self.contract.charge_ids.mapped("kind")), {"regular"})

    def test_position_of_another_contract_is_refused(self):
        other = self._contract(day(1), [(self.seats, 1, 10.0)])
        wizard = self._wizard().save()
        wizard.line_ids[0].position_id = other.position_ids
        with self.assertRaisesRegex(UserError, "does not belong to contract"):
            wizard.action_enter()

    def _take_back(self, charges, user=None):
        action = charges.with_user(user or self.clerk).action_take_back()
        wizard = self.env["msp.opening.take.back"].with_user(user or self.clerk)
        form = Form(wizard.with_context(**action["context"]))
        form.reason = "Wrong contract"
        form.save().action_take_back()

    def test_taken_back_by_a_row_of_its_own_with_a_reason(self):
        charges = self._enter(day(1, 31))
        self._take_back(charges)
        self.assertFalse(any(charges.mapped("counts")))
        self.assertEqual(charges.counter_ids.mapped("amount"), [-125.00, -30.00])
        self.assertFalse(any(charges.counter_ids.mapped("counts")))
        self.assertIn("Wrong contract", charges.counter_ids[0].name)
        self.assertEqual(charges.counter_ids.create_uid, self.clerk)
        run = self._run(day(1), contracts=self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 155.00)
        with self.assertRaisesRegex(UserError, "Only opening claims that count"):
            charges.action_take_back()
        with self.assertRaisesRegex(UserError, "Only opening claims that count"):
            run.move_ids.invoice_line_ids.msp_charge_ids.action_take_back()

    def test_taken_back_although_the_difference_was_settled(self):
        charges = self._enter(day(1, 31))
        self._set(self.seat_position, day(1), quantity=12)
        self._run(day(1, 31), "differential", self.contract)
        self._take_back(charges)
        self._run(day(1, 31), "regular", self.contract)
        self._run(day(1, 31), "differential", self.contract)
        claimed = self.contract.charge_ids.filtered("counts")
        self.assertEqual(sum(claimed.mapped("amount")), 180.00)
        self.assertSettled(self.contract, day(1, 31))

    def test_taken_back_amount_of_zero(self):
        position = self.backup_position
        row = {"position": position, "start": day(1), "end": day(1, 31), "amount": 0}
        charge = self.env["msp.charge"]._enter_opening([row])
        self.assertTrue(charge.counts)
        self._take_back(charge)
        self.assertFalse(charge.counts)

    def test_entered_and_taken_back_claims_mark_the_contract(self):
        self._run(day(2), contracts=self.contract)
        self.assertFalse(self.contract.to_settle)
        row = {"position": self.backup_position, "start": day(3), "end": day(3, 31)}
        charge = self.env["msp.charge"]._enter_opening([{**row, "amount": 30}])
        self.assertTrue(self.contract.to_settle)
        self._run(day(3), contracts=self.contract)
        self.assertFalse(self.contract.to_settle)
        self._take_back(charge)
        self.assertTrue(self.contract.to_settle)
        self.assertEqual(
            self._run(day(3), contracts=self.contract).move_ids.amount_untaxed, 30.00
        )

    def test_rights(self):
        manager = self._role_user("manager", "group_account_manager")
        with self.assertRaises(AccessError):
            self._wizard(user=manager).save()
        charges = self._enter(day(1, 31))
        with self.assertRaises(AccessError):
            self._take_back(charges, manager)
        with self.assertRaises(UserError):
            charges.with_user(self.clerk).write({"amount": 1.0})
        with self.assertRaises(UserError):
            self.env["msp.charge"].with_user(self.clerk).create(
                {
                    "contract_id": self.contract.id,
                    "position_id": self.seat_position.id,
                    "kind": "opening",
                    "date_start": day(1),
                    "date_end": day(1),
                }
            )
        wizard = self.env["msp.opening.take.back"].with_user(manager)
        with self.assertRaises(AccessError):
            wizard.create({"charge_ids": [Command.set(charges.ids)], "reason": "x"})
