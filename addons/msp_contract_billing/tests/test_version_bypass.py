from datetime import date

from psycopg2.errors import RestrictViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .approval_common import ApprovalCommon
from .common import day
from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitsHold(ApprovalCommon):
    """Ways round the limits that somebody might try."""

    def test_small_steps_of_one_day_are_one_change(self):
        self._limit(percent=25)
        step = self._draft(self.ben, quantity=15)
        # Only an order that customers sign is none of his own.
        step.with_user(self.ben).cause = "order"
        step.action_activate()
        draft = self._asked(quantity=18)
        # 12 to 18 x 12.50, though 15 to 18 is 20 %.
        self.assertEqual(
            draft.approval_reasons.splitlines(),
            [
                "The monthly amount rises by 50 % ($150.00 → $225.00); limit 25 %",
                f"Together with what {self.ben.name} has recorded within a day: version 2",
            ],
        )
        # Steps of others, and of another day, are changes of their own.
        carl = self._role_user("carl", "group_account_manager")
        draft.unlink()
        other = self._draft(carl, quantity=18)
        other.action_activate()
        self.assertEqual(other.state, "active")
        with freeze_time("2026-03-11 12:00:01"):
            later = self._draft(self.ben, quantity=22)
            later.action_activate()
            self.assertEqual(later.state, "active")

    def test_what_was_approved_is_not_counted_again(self):
        self._limit(percent=25)
        asked = self._asked(quantity=24)
        asked.with_user(self.anna).action_approve()
        draft = self._draft(self.ben, quantity=26)
        draft.action_activate()
        self.assertEqual(draft.state, "active")

    def test_a_trial_hides_nothing(self):
        self._limit(percent=25)
        free = {"action": "set", "position_id": self.position.id}
        free.update(sets_discount=True, discount=100)
        trial = self._draft(
            self.anna, day(3), date_end=date(2026, 5, 31), changes=[free]
        )
        trial.action_activate()
        draft = self._asked(start=day(4), quantity=1000)
        self.assertEqual(
            draft.approval_reasons,
            "The monthly amount from 06/01/2026 on rises by 8,233.33 % "
            "($150.00 → $12,500.00); limit 25 %",
        )

    def test_an_added_change_makes_the_draft_the_editors(self):
        self._limit(percent=25)
        self.company.msp_approve_own = False
        draft = self._draft(self.ben, quantity=12)
        change = {"action": "set", "position_id": self.position.id}
        change.update(version_id=draft.id, sets_price=True, price_unit=99.0)
        self.env["msp.contract.change"].with_user(self.anna).create(change)
        self.assertEqual(draft.user_id, self.anna)
        draft.with_user(self.anna).action_activate()
        self.assertEqual(draft.approval_state, "waiting")

    def test_who_recorded_or_approved_it_cannot_be_deleted(self):
        self._limit(percent=25)
        asked = self._asked(quantity=24)
        asked.with_user(self.anna).action_approve()
        for user in (self.ben, self.anna):
            with mute_logger("odoo.sql_db"), self.assertRaises(RestrictViolation):
                user.unlink()
        self.assertEqual((asked.user_id, asked.decided_by_id), (self.ben, self.anna))

    def test_nobody_enters_that_something_is_sold(self):
        self._limit(percent=25)
        draft = self._draft(self.ben, quantity=1000, awaits="acceptance")
        self.assertFalse(draft.awaits)


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestSoldDraftsHold(SaleContractCommon):
    """What was signed is not asked about; what was made of it afterwards is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls._role_user("anna", "group_account_manager")
        cls.ben = cls._role_user("ben", "group_account_manager")
        company = cls.company_data["company"]
        company.msp_limit_percent = 10
        cls.contract, cls.order = cls._confirm(
            (cls.seats, 10),
            (cls.backup, 1, {"msp_begins": "acceptance"}),
            user_id=cls.anna.id,
        )
        cls.sold = cls.order.msp_version_ids.filtered("awaits")

    def _go_live(self, user):
        wizard = self.env["msp.go.live"].with_user(user)
        wizard = wizard.create({"version_ids": [Command.set(self.sold.ids)]})
        wizard.action_go_live()

    def test_as_sold_it_goes_live(self):
        self._go_live(self.ben)
        self.assertEqual(self.sold.state, "active")

    def test_nobody_enters_that_something_was_ordered(self):
        versions = self.env["msp.contract.version"].with_user(self.ben)
        draft = versions.with_context(default_sale_order_id=self.order.id).create(
            {"contract_id": self.contract.id, "sale_order_id": self.order.id}
        )
        self.assertFalse(draft.sale_order_id)
        with self.assertRaises(UserError):
            draft.sale_order_id = self.order

    def test_changed_meanwhile_the_account_manager_decides(self):
        change = self.sold.change_ids.with_user(self.ben)
        change.write({"price_unit": 3000.0})
        self.assertTrue(self.sold.is_edited)
        with self.assertRaises(UserError) as caught:
            self._go_live(self.ben)
        self.assertIn("changed after it was sold", str(caught.exception))
        self.assertIn("Let anna", str(caught.exception))
        self.assertEqual(self.sold.awaits, "acceptance")
        self._go_live(self.anna)
        self.assertEqual(self.sold.state, "active")

    def test_changed_within_the_limits_it_goes_live(self):
        self.sold.change_ids.with_user(self.ben).write({"price_unit": 12.5})
        self._go_live(self.ben)
        self.assertEqual(self.sold.state, "active")
