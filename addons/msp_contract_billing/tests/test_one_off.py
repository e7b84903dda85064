from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import ContractCommon, day
from .ledger_common import LedgerCommon


@freeze_time("2026-03-20 10:00:00")
@tagged("post_install", "-at_install")
class TestOneOff(LedgerCommon):
    """Amounts that are billed once, and credited once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setup_fee = cls._product("Set-up", 200.00)
        cls.clerk = cls._role_user("clerk", "group_billing_clerk")

    def _one_off(self, user=None, **values):
        one_offs = self.env["msp.one.off"].with_user(user or self.env.user)
        return one_offs.create(
            {
                "contract_id": self.contract.id,
                "product_id": self.setup_fee.id,
                "date": day(1, 20),
                **values,
            }
        )

    def test_billed_once_with_the_next_run_of_its_day(self):
        one_off = self._one_off(self.clerk, quantity=2, price_unit=75.50)
        self.assertEqual(self._bill(day(1, 19)).amount_untaxed, 125.00)
        self.assertEqual(one_off.state, "open")
        invoice = self._bill(day(1, 20))
        self.assertEqual(invoice.amount_untaxed, 151.00)
        line = invoice.invoice_line_ids
        self.assertEqual((line.quantity, line.price_unit), (2.0, 75.50))
        self.assertEqual(line.tax_ids, self.setup_fee.taxes_id)
        self.assertEqual(line.msp_period_start, day(1, 20))
        self.assertIn("Set-up", line.name)
        self.assertIn(self.contract.name, line.name)
        self.assertEqual((one_off.state, one_off.move_id), ("billed", invoice))
        self.assertEqual(line.msp_charge_ids.kind, "one_off")
        self.assertSettled(self.contract, day(1, 31))

    def test_contract_with_nothing_else_due_is_found_although_it_is_settled(self):
        self._bill()
        self.assertFalse(self.contract.to_settle)
        self._one_off()
        self.env.cr.execute(
            "UPDATE msp_contract SET to_settle = FALSE WHERE id = %s",
            [self.contract.id],
        )
        self.contract.invalidate_recordset()
        run = self.env["msp.billing.run"].create(
            {"date_until": day(1, 20), "invoice_date": day(1, 20)}
        )
        run.action_preview()
        self.assertEqual(run.line_ids.contract_id, self.contract)
        self.assertEqual(run.amount_due, 200.00)

    def test_contract_that_has_ended_is_billed_what_is_left(self):
        self._bill()
        self._version(self.contract, day(2), [{"action": "terminate"}])
        self._one_off(date=day(2, 10))
        self.assertEqual(self._bill(day(2, 10)).amount_untaxed, 200.00)
        self.assertSettled(self.contract, day(3))

    def test_differential_run_never_touches_it(self):
        one_off = self._one_off()
        self._bill(day(1, 20))
        self._set(self.position, day(1), quantity=12)
        self.contract.version_ids[0].change_ids.flush_recordset()
        self.assertEqual(self._bill(day(1, 20), "differential").amount_untaxed, 25.00)
        self.assertEqual(one_off.state, "billed")
        self.assertSettled(self.contract, day(1, 31))

    def test_withdrawn_contract_keeps_it(self):
        self._one_off()
        self._bill(day(1, 20))
        self.contract.version_ids._withdraw("never ordered")
        self._bill(day(1, 20), "differential")
        claimed = self.contract.charge_ids.filtered("counts")
        self.assertEqual(sum(claimed.mapped("amount")), 200.00)
        self.assertSettled(self.contract, day(1, 31))

    def test_withdrawn_contract_that_was_never_billed_still_owes_it(self):
        self._one_off()
        self.contract.version_ids._withdraw("never began")
        self.assertEqual(self.contract.state, "draft")
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 200.00)

    def test_deleted_draft_makes_it_due_again(self):
        one_off = self._one_off()
        self._bill(day(1, 20), post=False).unlink()
        self.assertEqual((one_off.state, bool(one_off.move_id)), ("open", False))
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 325.00)
        self.assertEqual(one_off.position_id.charge_ids.mapped("settlement"), [1, 2])

    def test_cancelled_invoice_makes_it_due_again(self):
        one_off = self._one_off()
        invoice = self._bill(day(1, 20), post=False)
        invoice.button_cancel()
        self.assertEqual(one_off.state, "open")
        self._bill(day(1, 20))
        with self.assertRaisesRegex(UserError, "was billed for .* meanwhile"):
            invoice.button_draft()

    def test_credited_to_be_billed_again(self):
        one_off = self._one_off()
        invoice = self._bill(day(1, 20))
        self._reverse(invoice, "again").action_post()
        self.assertEqual(one_off.state, "open")
        again = self._bill(day(1, 20))
        self.assertEqual(again.amount_untaxed, 325.00)
        self.assertEqual(one_off.move_id, again)

    def test_credited_for_good(self):
        one_off = self._one_off()
        self._reverse(self._bill(day(1, 20)), "final").action_post()
        self.assertEqual(one_off.state, "billed")
        self.assertSettled(self.contract, day(1, 31))

    def test_credited_in_part_to_be_billed_again_bills_the_rest(self):
        one_off = self._one_off(quantity=4, price_unit=50.00)
        self._bill(day(1, 19))
        refund = self._reverse(self._bill(day(1, 20)), "again")
        refund.invoice_line_ids.quantity = 1
        refund.action_post()
        self.assertEqual(one_off.state, "open")
        rest = self._bill(day(1, 20))
        self.assertEqual(rest.amount_untaxed, 50.00)
        self.assertIn("after a credit in part", rest.invoice_line_ids.name)
        self.assertEqual(one_off.state, "billed")
        self.assertSettled(self.contract, day(1, 31))

    def test_reverse_and_create_invoice_moves_it(self):
        one_off = self._one_off()
        invoice = self._bill(day(1, 20))
        draft = self._reverse(invoice, modify=True)
        self.assertEqual(one_off.state, "billed")
        self.assertEqual(one_off.move_id, draft)
        self.assertSettled(self.contract, day(1, 31))

    def test_pitfall_045_credit_is_a_claim_with_a_reason_and_a_reversal(self):
        with (
            self.assertRaisesRegex(ValidationError, "is a credit: say why"),
            self.env.cr.savepoint(),
        ):
            self._one_off(price_unit=-30.00)
        credit = self._one_off(price_unit=-30.00, reason="Outage of 3 January")
        invoice = self._bill(day(1, 20))
        self.assertEqual(invoice.amount_untaxed, 95.00)
        line = invoice.invoice_line_ids.filtered(lambda line: line.quantity < 0)
        self.assertEqual((line.quantity, line.price_unit), (-1.0, 30.00))
        # It does not come back with the next invoice ...
        self.assertEqual(self._bill(day(2)).amount_untaxed, 125.00)
        # ... and can be undone for good.
        refund = self._reverse(invoice, "final")
        refund.action_post()
        self.assertEqual(credit.state, "billed")
        self.assertSettled(self.contract, day(2))

    def test_credit_alone_becomes_a_credit_note(self):
        self._bill()
        self._one_off(price_unit=-30.00, reason="Goodwill")
        note = self._bill(day(1, 20))
        self.assertEqual(note.move_type, "out_refund")
        self.assertEqual(note.amount_untaxed, 30.00)
        self.assertEqual(note.invoice_line_ids.price_unit, 30.00)

    def test_free_line_is_billed_once(self):
        one_off = self._one_off(price_unit=0.0)
        self.assertEqual(len(self._bill(day(1, 20)).invoice_line_ids), 2)
        self.assertEqual(one_off.state, "billed")
        self.assertSettled(self.contract, day(1, 31))

    def test_number_that_no_invoice_can_hold_is_refused(self):
        with self.assertRaisesRegex(UserError, "too large to be billed"):
            self._one_off(quantity=1e20, price_unit=1e15)

    def test_hold_of_the_contract_holds_it_too(self):
        self._bill()
        self._one_off()
        hold = self.env["msp.hold"].create(
            {"contract_id": self.contract.id, "reason": "Waits"}
        )
        due = self.contract._compute_due(day(1, 20), "regular")[self.contract.id]
        self.assertFalse(due.charges)
        self.assertEqual([one.charge.kind for one in due.held], ["one_off"])
        hold.action_lift()
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 200.00)

    # What may be changed, and by whom

    def test_editable_until_billed(self):
        one_off = self._one_off(self.clerk)
        one_off.write({"price_unit": 180.00, "product_id": self.backup.id})
        self.assertEqual(one_off.position_id.product_id, self.backup)
        invoice = self._bill(day(1, 20), post=False)
        self.assertEqual(invoice.amount_untaxed, 305.00)
        for values in ({"price_unit": 1.0}, {"date": day(3)}, {"name": "x"}):
            with self.assertRaisesRegex(UserError, "stays as it is"):
                one_off.write(values)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            one_off.action_cancel()
        invoice.unlink()
        one_off.price_unit = 190.00
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 315.00)

    def test_cancelled_is_not_billed_and_can_be_reopened(self):
        one_off = self._one_off(self.clerk)
        one_off.action_cancel()
        self.assertEqual(
            (one_off.state, one_off.cancelled_by_id), ("cancelled", self.clerk)
        )
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 125.00)
        with self.assertRaisesRegex(UserError, "Reopen it first"):
            one_off.price_unit = 1.0
        one_off.action_reopen()
        self.assertEqual(self._bill(day(1, 20)).amount_untaxed, 200.00)
        with self.assertRaisesRegex(UserError, "stays on record"):
            one_off.sudo().unlink()

    def test_pitfall_008_nobody_enters_that_it_was_billed(self):
        position = self.position
        for values in (
            {"position_id": position.id},
            {"cancelled_at": "2026-01-01 00:00:00"},
            {"state": "billed"},
            {"amount": 1.0},
        ):
            with self.assertRaisesRegex(UserError, "cannot be entered"):
                self._one_off(**values)
            one_off = self._one_off()
            with self.assertRaisesRegex(UserError, "cannot be entered"):
                one_off.write(values)
        defaults = self.env["msp.one.off"].with_context(
            default_position_id=position.id, default_cancelled_at="2026-01-01"
        )
        one_off = defaults.create(
            {"contract_id": self.contract.id, "product_id": self.setup_fee.id}
        )
        self.assertNotEqual(one_off.position_id, position)
        self.assertFalse(one_off.cancelled_at)

    def test_its_position_is_no_part_of_the_contract(self):
        one_off = self._one_off()
        position = one_off.position_id
        self.assertEqual(self.contract.position_ids, self.position)
        self.contract.invalidate_recordset()
        self.assertEqual(self.contract.position_ids, self.position)
        with self.assertRaisesRegex(UserError, "belongs to the one-off charge"):
            position.name = "x"
        with self.assertRaisesRegex(UserError, "belongs to the one-off charge"):
            position.unlink()
        with self.assertRaisesRegex(ValidationError, "no part of its content"):
            self._set(position, day(2), quantity=1)

    def test_contract_that_never_began_takes_none(self):
        draft = self.env["msp.contract"].create({"partner_id": self.customer.id})
        with self.assertRaisesRegex(ValidationError, "is not active yet"):
            self._one_off(contract_id=draft.id)
        with self.assertRaisesRegex(ValidationError, "quantity of .* is 0"):
            self._one_off(quantity=0)
        with self.assertRaisesRegex(UserError, "stays with its contract"):
            self._one_off().contract_id = draft

    def test_entered_on_the_contract_with_the_products_price_and_text(self):
        context = self.contract.action_add_one_off()["context"]
        one_offs = self.env["msp.one.off"].with_user(self.clerk).with_context(**context)
        with Form(one_offs) as form:
            form.product_id = self.setup_fee
            self.assertEqual(form.price_unit, 200.00)
            self.assertEqual(form.name, "Set-up")
            self.assertEqual(form.date, day(3, 20))
            form.quantity = 1.5
            self.assertEqual(form.amount, 300.00)
        self.assertEqual(form.record.state, "open")
        self.assertEqual(self.contract.one_off_ids, form.record)

    def test_rights(self):
        manager = self._role_user("manager", "group_account_manager")
        self._one_off(manager).with_user(self.clerk).action_cancel()
        with self.assertRaises(AccessError):
            self._one_off(self._role_user("outsider"))
        other = self.setup_other_company()["company"]
        self.clerk.write({"company_ids": [Command.link(other.id)]})
        self._one_off()
        elsewhere = self.env["msp.one.off"].with_user(self.clerk)
        elsewhere = elsewhere.with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([]))


@tagged("post_install", "-at_install")
class TestOneOffCurrency(ContractCommon):
    def test_amount_is_rounded_half_up_to_the_contracts_currency(self):
        contract = self._contract(day(1), [(self.seats, 1, 10.0)])
        one_off = self.env["msp.one.off"].create(
            {
                "contract_id": contract.id,
                "product_id": self.backup.id,
                "date": day(1),
                "quantity": 3,
                "price_unit": 0.335,
            }
        )
        self.assertEqual(one_off.amount, 1.01)
        invoice = self._run(day(1), contracts=contract).move_ids
        self.assertEqual(invoice.amount_untaxed, 11.01)
        self.assertEqual(one_off.state, "billed")
