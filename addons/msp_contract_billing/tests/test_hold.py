from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .common import ContractCommon, day


@freeze_time("2026-03-10 10:00:00")
@tagged("post_install", "-at_install")
class TestHold(ContractCommon):
    """A contract on hold waits, visibly, and comes back by itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.00)]
        )
        cls.seat_position, cls.backup_position = cls.contract.position_ids
        cls.clerk = cls._role_user("clerk", "group_billing_clerk")

    def _hold(self, user=None, **values):
        holds = self.env["msp.hold"].with_user(user or self.env.user)
        return holds.create(
            {"contract_id": self.contract.id, "reason": "Customer disputes", **values}
        )

    def _due(self, until, kind="regular"):
        """Return (sum to bill, sum that waits) of the contract."""
        due = self.contract._compute_due(until, kind)[self.contract.id]
        return (
            float(sum(charge.amount for charge in due.charges)),
            float(sum(held.charge.amount for held in due.held)),
        )

    def test_nothing_of_a_contract_on_hold_is_billed_by_either_run(self):
        self._run(day(1), contracts=self.contract)
        self._set(self.seat_position, day(1), quantity=12)
        self._hold()
        self.assertEqual(self._due(day(2)), (0.0, 180.0))
        self.assertEqual(self._due(day(2), "differential"), (0.0, 25.0))
        for kind in ("regular", "differential"):
            run = self._run(day(2), kind, self.contract)
            self.assertFalse(run.move_ids)
            self.assertEqual(run.line_ids.state, "held")

    def test_who_why_and_until_when_is_known_for_each_charge(self):
        self._hold(self.clerk, date_until=day(3, 20))
        held = self.contract._compute_due(day(1), "regular")[self.contract.id].held
        self.assertEqual(len(held), 2)
        for _charge, waiting in held:
            self.assertEqual(waiting.code, "hold")
            self.assertEqual(waiting.until, day(3, 20))
            self.assertEqual(waiting.user, self.clerk.name)
            self.assertIn("Customer disputes", waiting.reason)
            self.assertIn("03/20/2026", waiting.reason)

    def test_one_position_on_hold_leaves_the_others(self):
        self._hold(position_ids=[Command.set(self.backup_position.ids)])
        self.assertEqual(self._due(day(1)), (125.0, 30.0))
        run = self._run(day(1), contracts=self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 125.00)
        # What waits keeps the contract from being settled, so it is not forgotten.
        self.assertTrue(self.contract.to_settle)
        self.contract.active_hold_ids.action_lift()
        run = self._run(day(1), contracts=self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 30.00)
        self.assertSettled(self.contract, day(1))

    def test_it_returns_by_itself_the_day_after_its_last_day(self):
        hold = self._hold(date_until=day(3, 12))
        with freeze_time("2026-03-12 22:00:00"):
            hold.invalidate_recordset()
            self.assertEqual(hold.state, "active")
            self.assertEqual(self._due(day(1))[0], 0.0)
        with freeze_time("2026-03-13 00:30:00"):
            hold.invalidate_recordset()
            self.assertEqual(hold.state, "ended")
            self.assertEqual(self._due(day(1)), (155.0, 0.0))

    def test_the_day_is_that_of_the_company(self):
        hold = self._hold(date_until=day(3, 12))
        self.contract.company_id.partner_id.tz = "Pacific/Auckland"
        with freeze_time("2026-03-12 12:00:00"):
            hold.invalidate_recordset()
            self.assertEqual(hold.state, "ended")
            self.assertEqual(self._due(day(1)), (155.0, 0.0))
        self.contract.company_id.partner_id.tz = "America/Los_Angeles"
        with freeze_time("2026-03-13 05:00:00"):
            hold.invalidate_recordset()
            self.assertEqual(hold.state, "active")

    def test_states_can_be_searched_for(self):
        active = self._hold()
        lifted = self._hold()
        lifted.action_lift()
        with freeze_time("2026-03-09 10:00:00"):
            ended = self._hold(date_until=day(3, 9))
        ended.invalidate_recordset()
        holds = self.env["msp.hold"]
        mine = [("contract_id", "=", self.contract.id)]
        for state, found in (("active", active), ("lifted", lifted), ("ended", ended)):
            self.assertEqual(holds.search([*mine, ("state", "=", state)]), found)
            others = holds.search([*mine, ("state", "!=", state)])
            self.assertEqual(others, active + lifted + ended - found)
        contracts = self.env["msp.contract"].search([("hold_ids.state", "=", "active")])
        self.assertEqual(contracts, self.contract)

    def test_lifting_keeps_who_and_when_and_tells_the_contract(self):
        hold = self._hold(self.clerk)
        hold.with_user(self.clerk).action_lift()
        self.assertEqual(hold.state, "lifted")
        self.assertEqual(hold.lifted_by_id, self.clerk)
        self.assertTrue(hold.lifted_at)
        bodies = " ".join(self.contract.message_ids.mapped("body"))
        self.assertIn("put on hold", bodies)
        self.assertIn("hold lifted", bodies)
        self.assertIn(self.clerk.partner_id, self.contract.message_ids.author_id)
        self.assertEqual(self._due(day(1)), (155.0, 0.0))

    def test_settled_contract_is_looked_at_again_when_a_hold_is_lifted(self):
        self._run(day(3), contracts=self.contract)
        self.assertFalse(self.contract.to_settle)
        hold = self._hold()
        self.assertTrue(self.contract.to_settle)
        self.assertEqual(self._due(day(4)), (0.0, 155.0))
        hold.action_lift()
        self.assertEqual(self._due(day(4)), (155.0, 0.0))

    def test_pitfall_008_what_was_put_on_hold_cannot_be_rewritten(self):
        hold = self._hold(
            user_id=self.clerk.id, lifted_at="2026-03-01 00:00:00", lifted_by_id=1
        )
        self.assertEqual(hold.user_id, self.env.user)
        self.assertEqual(hold.state, "active")
        for values in (
            {"lifted_at": False},
            {"user_id": self.clerk.id},
            {"position_ids": [Command.clear()]},
        ):
            with self.assertRaisesRegex(UserError, "Only the reason and the last day"):
                hold.write(values)
        hold.date_until = day(3, 31)
        hold.action_lift()
        with self.assertRaisesRegex(UserError, "is over"):
            hold.date_until = False
        with self.assertRaisesRegex(UserError, "stays on record"):
            hold.sudo().unlink()

    def test_a_reason_and_own_positions_are_needed(self):
        other = self._contract(day(1), [(self.seats, 1, 10.0)])
        with self.assertRaises(ValidationError):
            self._hold(reason="  ")
        with self.assertRaisesRegex(ValidationError, "does not belong to contract"):
            self._hold(position_ids=[Command.set(other.position_ids.ids)])

    def test_draft_credit_note_says_why_its_positions_wait(self):
        invoice = self._run(day(1), contracts=self.contract).move_ids
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "date": day(2)})
        )
        wizard.reverse_moves()
        held = self.contract._compute_due(day(2), "regular")[self.contract.id].held
        self.assertEqual({one.waiting.code for one in held}, {"credit_note"})
        self.assertIn(invoice.name, held[0].waiting.reason)

    def test_buttons_of_the_contract(self):
        contract = self.contract.with_user(self.clerk)
        action = contract.action_hold()
        form = Form(
            self.env["msp.hold"]
            .with_user(self.clerk)
            .with_context(**action["context"]),
            view="msp_contract_billing.msp_hold_view_form_new",
        )
        form.reason = "Price is disputed"
        form.save()
        self.assertIn("Price is disputed", contract.hold_label)
        self.assertEqual(contract.action_view_holds()["res_model"], "msp.hold")
        contract.action_lift_holds()
        self.assertFalse(contract.hold_label)

    def test_rights(self):
        manager = self._role_user("manager", "group_account_manager")
        self._hold(manager).with_user(self.clerk).action_lift()
        with self.assertRaises(AccessError):
            self._hold(self._role_user("outsider"))
        other = self.setup_other_company()["company"]
        self.clerk.write({"company_ids": [Command.link(other.id)]})
        self._hold()
        elsewhere = self.env["msp.hold"].with_user(self.clerk)
        elsewhere = elsewhere.with_context(allowed_company_ids=other.ids)
        self.assertFalse(elsewhere.search([]))

    def test_contract_without_positions_on_hold_keeps_nobody_from_being_billed(self):
        empty = self.env["msp.contract"].create({"partner_id": self.customer.id})
        terms = {"action": "terms", "anchor_date": day(1)}
        self._version(empty, day(1), [terms], cause="order")
        self._hold(contract_id=empty.id)
        run = self._run(day(1), contracts=empty | self.contract)
        self.assertEqual(run.amount_billed, 155.0)

    def test_last_day_that_is_over_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "nothing would be held"):
            self._hold(date_until=day(3, 9))
        hold = self._hold(date_until=day(3, 10))
        with self.assertRaisesRegex(ValidationError, "lift the hold"):
            hold.date_until = day(3, 1)

    def test_position_on_hold_is_not_deleted_so_that_the_hold_grows(self):
        spare = self.env["msp.contract.position"].create(
            {"contract_id": self.contract.id, "product_id": self.seats.id}
        )
        self._hold(position_ids=[Command.set(spare.ids)])
        with self.assertRaisesRegex(UserError, "on hold .Customer disputes."):
            spare.unlink()
