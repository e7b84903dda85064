from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import ContractCommon, day
from .json_common import JsonCommon

ACTIVITY = "msp_contract_billing.mail_activity_type_version_approval"


class ApprovalCommon(ContractCommon):
    """A contract of 12 x 12.50 per month, its account manager and a colleague."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.anna = cls._role_user("anna", "group_account_manager")
        cls.ben = cls._role_user("ben", "group_account_manager")
        cls.chief = cls._role_user("chief", "group_version_approver")
        cls.contract = cls._contract(
            day(1), [(cls.seats, 12, 12.50)], user_id=cls.anna.id
        )
        cls.position = cls.contract.position_ids

    def _limit(self, **limits):
        self.company.write({f"msp_limit_{name}": v for name, v in limits.items()})

    def _draft(self, user, start=None, contract=None, **values):
        """Return a draft of `user`: a quantity, a price or whole changes."""
        change = {"action": "set", "position_id": self.position.id}
        if "quantity" in values:
            change.update(quantity_mode="set", quantity=values.pop("quantity"))
        if "price" in values:
            change.update(sets_price=True, price_unit=values.pop("price"))
        return (
            self.env["msp.contract.version"]
            .with_user(user)
            .create(
                {
                    "contract_id": (contract or self.contract).id,
                    "date_start": start or day(4),
                    "change_ids": [
                        Command.create(vals)
                        for vals in values.pop("changes", None) or [change]
                    ],
                    **values,
                }
            )
        )

    def _asked(self, user=None, **values):
        """Return a draft of `user` that waits for an approval."""
        draft = self._draft(user or self.ben, **values)
        action = draft.action_activate()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(draft.approval_state, "waiting")
        return draft

    def _refuse(self, draft, user, reason="too much"):
        wizard = self.env["msp.contract.version.refuse"].with_user(user)
        wizard = wizard.create(
            {"version_ids": [Command.set(draft.ids)], "reason": reason}
        )
        return wizard.action_refuse()

    def _activities(self):
        return self.contract.activity_search([ACTIVITY])


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestVersionLimits(ApprovalCommon):
    """Which changes pass which limit."""

    def test_without_limits_nothing_waits(self):
        draft = self._draft(self.ben, day(1), quantity=5000, price=1)
        self.assertIs(draft.action_activate(), True)
        self.assertEqual((draft.state, draft.approval_state), ("active", False))

    def test_percent_of_the_monthly_amount(self):
        self._limit(percent=25)
        # 150.00 to 187.50 is 25 %, which does not pass.
        within = self._draft(self.ben, quantity=15)
        within.action_activate()
        self.assertEqual(within.state, "active")
        with freeze_time("2026-03-11 13:00:00"):
            beyond = self._asked(quantity=19)
        # 187.50 to 237.50
        self.assertEqual(
            beyond.approval_reasons,
            "The monthly amount rises by 26.67 % ($187.50 → $237.50); limit 25 %",
        )
        self.assertEqual(beyond.state, "draft")
        self.assertEqual(self.contract.line_ids.sorted("date_start")[-1].quantity, 15)

    def test_a_fall_counts_as_well(self):
        self._limit(percent=25)
        draft = self._asked(changes=[{"action": "terminate"}])
        self.assertEqual(
            draft.approval_reasons,
            "The monthly amount falls by 100 % ($150.00 → $0.00); limit 25 %",
        )

    def test_amount_per_month(self):
        self._limit(amount=37.5)
        self._draft(self.ben, quantity=15).action_activate()
        with freeze_time("2026-03-11 13:00:00"):
            draft = self._asked(quantity=19)
        self.assertEqual(
            draft.approval_reasons,
            "The monthly amount rises by $50.00 ($187.50 → $237.50); limit $37.50",
        )

    def test_amount_is_compared_in_the_companys_currency(self):
        self._limit(amount=30)
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 0.5)])
        contract = self._contract(
            day(1), [(self.seats, 12, 12.50)], currency_id=euro.id, user_id=self.anna.id
        )
        change = {"action": "set", "position_id": contract.position_ids.id}
        change.update(quantity_mode="set", quantity=14)
        # 25.00 EUR are 50.00 USD.
        draft = self._draft(self.ben, contract=contract, changes=[change])
        draft.action_activate()
        self.assertEqual(draft.approval_state, "waiting")
        self.assertIn("limit $30.00", draft.approval_reasons)
        self.assertIn("25.00", draft.approval_reasons)

    def test_price_whatever_the_quantity(self):
        self._limit(price_percent=5)
        self._draft(self.ben, quantity=24).action_activate()
        with freeze_time("2026-03-11 13:00:00"):
            draft = self._asked(quantity=12, price=13.50)
        self.assertEqual(
            draft.approval_reasons,
            "The price of Business Premium per month rises by 8 % "
            "($12.50 → $13.50); limit 5 %",
        )

    def test_discount_and_rhythm_are_prices(self):
        self._limit(price_percent=5)
        change = {"action": "set", "position_id": self.position.id}
        change.update(sets_discount=True, discount=10)
        draft = self._asked(changes=[change])
        self.assertIn("falls by 10 %", draft.approval_reasons)
        # A price per billing period pays for three months then.
        rhythm = {"action": "terms", "anchor_date": day(1), "billing_unit": "quarter"}
        draft = self._asked(changes=[rhythm])
        self.assertIn("falls by 66.67 %", draft.approval_reasons)

    def test_suspension_is_no_price(self):
        self._limit(price_percent=5)
        suspend = {"action": "suspend", "billed_share": 0}
        draft = self._draft(self.ben, changes=[suspend])
        draft.action_activate()
        self.assertEqual(draft.state, "active")

    def test_backdated(self):
        self._limit(backdated_days=9)
        self._draft(self.ben, day(3, 1), quantity=13).action_activate()
        draft = self._asked(start=day(2, 28), quantity=14)
        self.assertEqual(
            draft.approval_reasons,
            "It holds from 02/28/2026 on, 10 days back; limit 9 days",
        )

    def test_several_limits_give_several_sentences(self):
        self._limit(percent=10, amount=10, price_percent=10, backdated_days=10)
        draft = self._asked(start=day(2), price=25)
        self.assertEqual(len(draft.approval_reasons.splitlines()), 4)

    def test_first_version_has_no_percentage_but_an_amount(self):
        self._limit(percent=10)
        contract = self.env["msp.contract"].create({"partner_id": self.customer.id})
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.seats.id}
        )
        changes = [
            {"action": "terms", "anchor_date": day(4)},
            {
                "action": "begin",
                "position_id": position.id,
                "quantity_mode": "set",
                "quantity": 10,
                "sets_price": True,
                "price_unit": 20,
            },
        ]
        draft = self._draft(self.ben, contract=contract, changes=changes)
        self.assertFalse(draft._find_passed_limits())
        self._limit(amount=199.99)
        self.assertEqual(
            [item["kind"] for item in draft._find_passed_limits()[draft.id]],
            ["amount"],
        )

    def test_many_small_drafts_at_once_are_one_change(self):
        self._limit(percent=25)
        drafts = self._draft(self.ben, day(4), quantity=15)
        drafts += self._draft(self.ben, day(5), quantity=18)
        waiting = drafts._activate_or_ask()
        self.assertEqual(waiting, drafts)
        # 12 to 15 is 25 %, 12 to 18 is 50 %.
        self.assertFalse(drafts[0].approval_reasons)
        self.assertIn("50 %", drafts[1].approval_reasons)

    def test_limits_cannot_be_negative(self):
        with self.assertRaisesRegex(ValidationError, "negative"):
            self._limit(percent=-1)

    def test_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self._limit(amount=10)
        draft = self._asked(quantity=112)
        self.assertIn("$1,250.00", draft.approval_reasons)
        german = draft.with_context(lang="de_DE")
        self.assertIn("1.250,00", german.approval_reasons)


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestDraftsOfRun(ApprovalCommon):
    """A run tells of drafts that would change what it bills."""

    def _preview(self, until):
        run = self.env["msp.billing.run"].create(
            {"date_until": until, "contract_ids": [Command.set(self.contract.ids)]}
        )
        run.action_preview()
        return run.exception_ids.filtered(
            lambda one: one.code in ("approval", "not_live")
        )

    def test_change_that_waits_and_touches_what_is_billed_is_told(self):
        self._limit(price_percent=10)
        self._asked(start=day(3, 15), price=20.0)
        self.assertFalse(self._preview(day(2)))
        found = self._preview(day(3))
        self.assertRecordValues(found, [{"code": "approval", "severity": "warning"}])
        self.assertIn("03/15/2026", found.reason)
        self.assertIn("price", found.reason)

    def test_refused_and_other_drafts_are_not_told(self):
        self._limit(price_percent=10)
        self._refuse(self._asked(start=day(3), price=20.0), self.anna)
        self._draft(self.ben, start=day(3), quantity=13)
        self.assertFalse(self._preview(day(3)))

    def test_what_is_sold_and_not_live_is_told(self):
        draft = self._draft(self.ben, start=day(3), quantity=13)
        draft._system_write({"awaits": "acceptance"})
        found = self._preview(day(3))
        self.assertRecordValues(found, [{"code": "not_live", "severity": "info"}])


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
        draft = self.contract.version_ids.filtered(lambda v: v.state == "draft")
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
        draft = self.contract.version_ids.filtered(lambda v: v.state == "draft")
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


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitsOfLaterDays(ApprovalCommon):
    """What costs nothing on its first day is measured on the day on which it does."""

    def test_more_units_while_nothing_is_billed(self):
        self._limit(amount=100)
        for number, changes in enumerate(
            (
                [{"action": "suspend", "billed_share": 0}],
                [
                    {
                        "action": "set",
                        "position_id": self.position.id,
                        "sets_discount": True,
                        "discount": 100,
                    }
                ],
            )
        ):
            with self.subTest(number):
                free = self._version(
                    self.contract, day(4), changes, date_end=day(5, 31)
                )
                draft = self._draft(self.ben, quantity=100)
                draft.action_activate()
                self.assertEqual(draft.approval_state, "waiting")
                # 88 x 12.50 more from June on
                self.assertEqual(
                    draft.approval_reasons,
                    "The monthly amount from 06/01/2026 on rises by $1,100.00 "
                    "($150.00 → $1,250.00); limit $100.00",
                )
                draft.unlink()
                free._withdraw("over")
