from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .approval_common import ApprovalCommon
from .common import day
from .json_common import JsonCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVersionApproval(ApprovalCommon):
    """Who approves, what happens then, and what nobody can go round."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.msp_limit_percent = 20

    def test_account_manager_is_asked_and_approves(self):
        draft = self._asked(quantity=24)
        activity = self._activities()
        self.assertEqual(activity.user_id, self.anna)
        self.assertIn("rises by 100 %", activity.note)
        self.assertEqual(self.contract.approval_count, 1)
        seen = draft.with_user(self.anna)
        self.assertTrue(seen.may_approve)
        self.assertFalse(draft.may_approve, "Ben may not")
        seen.action_approve()
        self.assertRecordValues(
            draft,
            [
                {
                    "state": "active",
                    "number": 2,
                    "approval_state": "approved",
                    "decided_by_id": self.anna.id,
                    "user_id": self.ben.id,
                }
            ],
        )
        self.assertFalse(self._activities())
        self.assertEqual(self.contract.approval_count, 0)
        told = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", "msp.contract"),
                    ("partner_ids", "in", self.ben.partner_id.ids),
                ]
            )
        )
        self.assertIn("Approved by", told.body)

    def test_whoever_takes_the_contract_over_is_asked(self):
        draft = self._asked(quantity=24)
        carl = self._role_user("carl", "group_account_manager")
        self.contract.with_user(self.chief).user_id = carl
        self.assertEqual(self._activities().user_id, carl)
        # Odoo drops the activities of those who leave.
        carl.action_archive()
        self.assertFalse(self._activities())
        self.contract.with_user(self.chief).user_id = self.anna
        self.assertEqual(self._activities().user_id, self.anna)
        draft.with_user(self.anna).action_approve()
        self.assertFalse(self._activities())

    def test_who_recorded_it_cannot_approve_it(self):
        draft = self._asked(quantity=24)
        for call in (draft.action_approve, lambda: self._refuse(draft, self.ben)):
            with self.assertRaisesRegex(AccessError, "anna"):
                call()
        self.assertEqual(draft.approval_state, "waiting")

    def test_account_manager_needs_no_approval_of_his_own_changes(self):
        draft = self._draft(self.anna, quantity=24)
        draft.action_activate()
        self.assertEqual(draft.state, "active")

    def test_unless_the_company_says_so(self):
        self.company.msp_approve_own = False
        draft = self._asked(self.anna, quantity=24)
        self.assertNotEqual(self._activities().user_id, self.anna)
        with self.assertRaises(AccessError):
            draft.action_approve()
        draft.with_user(self.chief).action_approve()
        self.assertEqual(draft.decided_by_id, self.chief)

    def test_who_approves_without_limit_asks_nobody(self):
        draft = self._draft(self.chief, quantity=24)
        draft.action_activate()
        self.assertEqual((draft.state, draft.approval_state), ("active", False))

    def test_what_runs_by_itself_approves_nothing(self):
        draft = self._draft(self.env.ref("base.user_root"), quantity=24)
        waiting = draft._activate_or_ask()
        self.assertEqual(waiting, draft)
        with self.assertRaises(AccessError):
            draft.with_user(self.env.ref("base.user_root")).action_approve()

    def test_colleague_with_the_right_is_asked_where_nobody_manages(self):
        self.contract.user_id = False
        self._asked(quantity=24)
        approver = self._activities().user_id
        self.assertTrue(
            approver.has_group("msp_contract_billing.group_version_approver")
        )

    def test_refused_goes_back_and_editing_asks_again(self):
        draft = self._asked(quantity=24)
        self._refuse(draft, self.anna, "not ordered")
        self.assertRecordValues(
            draft,
            [
                {
                    "state": "draft",
                    "approval_state": "refused",
                    "refuse_reason": "not ordered",
                    "decided_by_id": self.anna.id,
                }
            ],
        )
        self.assertFalse(self._activities())
        with self.assertRaisesRegex(UserError, "refused by anna.*not ordered"):
            draft.action_activate()
        draft.change_ids.quantity = 20
        self.assertFalse(draft.approval_state)
        draft.action_activate()
        self.assertEqual(draft.approval_state, "waiting")
        # 12 to 20
        self.assertIn("66.67 %", draft.approval_reasons)

    def test_refused_draft_that_is_within_the_limits_now_is_activated(self):
        draft = self._asked(quantity=24)
        self._refuse(draft, self.anna)
        draft.change_ids.quantity = 13
        draft.action_activate()
        self.assertEqual((draft.state, draft.approval_state), ("active", False))

    def test_edited_draft_is_asked_for_anew(self):
        for edit in (
            lambda draft: draft.write({"date_start": day(5)}),
            lambda draft: draft.change_ids.write({"quantity": 99}),
            lambda draft: draft.write(
                {"change_ids": [Command.create({"action": "terminate"})]}
            ),
            lambda draft: draft.change_ids.unlink(),
        ):
            draft = self._asked(quantity=24)
            edit(draft)
            self.assertFalse(draft.approval_state)
            self.assertFalse(self._activities())
            with self.assertRaisesRegex(UserError, "does not wait"):
                draft.with_user(self.anna).action_approve()
            draft.unlink()

    def test_who_edits_a_draft_has_recorded_it(self):
        """Else a manager would approve what he has written into another's draft."""
        self.company.msp_approve_own = False
        draft = self._asked(quantity=24)
        draft.with_user(self.anna).change_ids.quantity = 99
        self.assertEqual(draft.user_id, self.anna)
        draft.with_user(self.anna).action_activate()
        with self.assertRaises(AccessError):
            draft.with_user(self.anna).action_approve()

    def test_what_was_entered_together_is_approved_together(self):
        drafts = self._draft(self.ben, day(4), quantity=13)
        drafts += self._draft(self.ben, day(5), quantity=24)
        drafts._activate_or_ask()
        drafts[1].with_user(self.anna).action_approve()
        self.assertEqual(drafts.mapped("state"), ["active", "active"])
        self.assertEqual(drafts.mapped("number"), [2, 3])
        more = self._draft(self.ben, day(6), quantity=25)
        more += self._draft(self.ben, day(7), quantity=50)
        more._activate_or_ask()
        self._refuse(more[0], self.anna)
        self.assertEqual(more.mapped("approval_state"), ["refused", "refused"])

    def test_one_activity_for_all_that_waits_of_a_contract(self):
        first = self._asked(quantity=24)
        second = self._asked(start=day(5), quantity=30)
        self.assertEqual(len(self._activities()), 1)
        first.with_user(self.anna).action_approve()
        self.assertEqual(len(self._activities()), 1)
        second.unlink()
        self.assertFalse(self._activities())

    def test_draft_that_contradicts_a_newer_version_is_not_approved_unseen(self):
        draft = self._asked(quantity=24)
        self._set(self.position, day(4), quantity=13)
        with self.assertRaisesRegex(UserError, "also says"):
            draft.with_user(self.anna).action_approve()

    def test_impossible_draft_is_refused_before_anybody_is_asked(self):
        change = {"action": "set", "position_id": self.position.id}
        change.update(quantity_mode="move", quantity=-99)
        draft = self._draft(self.ben, changes=[change])
        with self.assertRaisesRegex(UserError, "would fall below 0"):
            draft.action_activate()
        self.assertFalse(draft.approval_state)

    def test_draft_without_effect_is_marked_while_it_waits(self):
        self.company.msp_limit_backdated_days = 5
        change = {"action": "set", "position_id": self.position.id}
        change.update(quantity_mode="set", quantity=7)
        draft = self._draft(self.ben, date_of_2025(), changes=[change])
        with self.assertRaisesRegex(UserError, "rhythm|begins"):
            draft.action_activate()
        self._end(self.position, day(2))
        late = self._draft(self.ben, day(2, 2), changes=[change])
        late.action_activate()
        self.assertEqual(late.approval_state, "waiting")
        self.assertTrue(late.change_ids.is_ineffective)
        self._set(self.position, day(1, 15), quantity=11)
        self.assertTrue(late.change_ids.is_ineffective, "a draft keeps its mark")

    def test_orders_ask_nobody(self):
        """The customer has signed them."""
        draft = self._draft(self.ben, quantity=24)
        draft._activate()
        self.assertEqual(draft.state, "active")

    def test_amend_wizard_says_that_it_waits_and_for_whom(self):
        amend = (
            self.env["msp.contract.amend"]
            .with_user(self.ben)
            .create({"contract_id": self.contract.id, "date_start": day(4)})
        )
        amend.line_ids.quantity = 24
        self.assertIn("res_id", amend.action_preview())
        self.assertIn("$300.00 instead of $150.00", amend.preview)
        self.assertEqual(len(self.contract.version_ids), 1)
        action = amend.action_apply()
        self.assertEqual(action["tag"], "display_notification")
        message = action["params"]["message"]
        self.assertIn("rises by 100 %", message)
        self.assertIn(self.anna.name, message)
        draft = self._drafts(self.contract)
        self.assertEqual(draft.approval_state, "waiting")

    def test_termination_waits_and_ends_the_contract_once_approved(self):
        wizard = (
            self.env["msp.contract.terminate"]
            .with_user(self.ben)
            .create(
                {
                    "contract_id": self.contract.id,
                    "date_last": day(6, 30),
                    "churn_reason_id": self.env["msp.churn.reason"]
                    .search([], limit=1)
                    .id,
                }
            )
        )
        action = wizard.action_apply()
        self.assertIn("falls by 100 %", action["params"]["message"])
        self.assertFalse(self.contract.date_end)
        draft = self._drafts(self.contract)
        draft.with_user(self.anna).action_approve()
        self.assertEqual(self.contract.date_end, day(6, 30))

    def test_nobody_makes_himself_the_one_who_approves(self):
        with self.assertRaisesRegex(AccessError, "handed over by"):
            self.contract.with_user(self.ben).user_id = self.ben
        self.contract.with_user(self.anna).user_id = self.ben
        self.contract.with_user(self.chief).user_id = self.anna
        self.company.msp_limit_percent = 0
        self.contract.with_user(self.ben).user_id = self.ben

    def test_approval_is_written_by_nobody(self):
        draft = self._asked(quantity=24)
        for records in (draft, draft.with_user(self.chief), draft.sudo()):
            for vals in (
                {"approval_state": "approved"},
                {"approval_state": False},
                {"passed_limits": []},
                {"decided_by_id": self.anna.id},
                {"asked_with_id": False},
                {"user_id": self.anna.id},
                {"base_number": 99},
                {"refuse_reason": "x"},
            ):
                with self.assertRaisesRegex(UserError, "set by activating"):
                    records.write(vals)
        fresh = draft.sudo().create(
            {
                "contract_id": self.contract.id,
                "approval_state": "approved",
                "decided_by_id": self.chief.id,
                "user_id": self.chief.id,
            }
        )
        self.assertRecordValues(
            fresh,
            [
                {
                    "approval_state": False,
                    "decided_by_id": False,
                    "user_id": self.ben.id,
                }
            ],
        )

    def test_menu_lists_what_waits(self):
        draft = self._asked(quantity=24)
        action = self.env.ref(
            "msp_contract_billing.msp_contract_version_action_approve"
        )
        found = self.env["msp.contract.version"].search(
            [("approval_state", "in", ("waiting", "refused"))]
        )
        self.assertIn(draft, found)
        self.assertIn("approval_state", action.domain)
        shown = self.contract.action_view_approvals()
        self.assertEqual(
            self.env["msp.contract.version"].search(shown["domain"]), draft
        )


def date_of_2025():
    return day(12, 1, 2025)


@tagged("post_install", "-at_install")
class TestVersionApprovalJson(ApprovalCommon, JsonCommon):
    def test_over_the_wire(self):
        self.company.msp_limit_percent = 20
        draft = self._draft(self.ben, quantity=24)
        model = "msp.contract.version"
        status, _answer = self._call(self.ben, model, "action_activate", ids=draft.ids)
        self.assertEqual(status, 200)
        draft.invalidate_recordset()
        self.assertEqual((draft.state, draft.approval_state), ("draft", "waiting"))
        refused = {"ids": draft.ids}
        self._assert_refused(self.ben, model, "action_approve", **refused)
        self._assert_refused(self.ben, model, "_activate", **refused)
        self._assert_refused(self.ben, model, "_refuse_approval", **refused)
        self._assert_refused(
            self.ben, model, "write", vals={"approval_state": "approved"}, **refused
        )
        status, _answer = self._call(self.anna, model, "action_approve", ids=draft.ids)
        self.assertEqual(status, 200)
        draft.invalidate_recordset()
        self.assertEqual(draft.state, "active")
