from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import seats
from .subscription_common import SUBSCRIPTION, SubscriptionCommon, state
from .test_import_steps import TestImportSteps


@tagged("post_install", "-at_install")
class TestLicenceStatus(SubscriptionCommon):
    """Units at the provider, in the contract, on the last invoice."""

    _bill = TestImportSteps._bill

    def _status(self, number=SUBSCRIPTION):
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env["msp.licence.status"]
            .with_user(self.clerk)
            .search([("subscription_number", "=", number)])
        )

    @freeze_time("2026-03-25")
    def test_the_three_counts_stand_side_by_side(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14, assigned=11))
        status = self._status()
        self.assertEqual(status.partner_id, self.customer)
        self.assertEqual(status.contract_id, self.contract)
        self.assertEqual(
            (status.purchased, status.assigned, status.billed), (14.0, 11.0, 12.0)
        )
        self.assertEqual((status.units, status.contract_quantity), (14.0, 12.0))
        self.assertEqual(status.difference, 2.0)
        # 2 at 20.00 per month
        self.assertEqual(status.amount, 40.0)
        self.assertEqual(status.differs_since, date(2026, 3, 20))
        self.assertEqual(status.invoiced_quantity, 0.0)

    @freeze_time("2026-03-25")
    def test_another_price_or_term_is_not_since_when_they_differ(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14))
        self._see(date(2026, 3, 22), state(purchased=14, term_end=date(2028, 3, 5)))
        self._see(
            date(2026, 3, 23),
            state(purchased=14, assigned=3, term_end=date(2028, 3, 5)),
        )
        self._version(
            self.contract,
            date(2026, 3, 24),
            {
                "action": "set",
                "position_id": self.position.id,
                "sets_price": True,
                "price_unit": 25.0,
                "price_interval": "1",
            },
        )
        status = self._status()
        self.assertEqual(status.amount, 50.0)
        self.assertEqual(status.differs_since, date(2026, 3, 20))
        self._version(
            self.contract,
            date(2026, 3, 25),
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 13,
            },
        )
        self.assertEqual(self._status().differs_since, date(2026, 3, 25))

    @freeze_time("2026-03-25")
    def test_a_price_that_depends_on_the_number_is_not_guessed(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14))
        self._version(
            self.contract,
            date(2026, 3, 24),
            {
                "action": "set",
                "position_id": self.position.id,
                "sets_pricing": True,
                "pricing": {
                    "model": "graduated",
                    "tiers": [
                        {"up_to": "12", "unit_price": "20"},
                        {"up_to": None, "unit_price": "5"},
                    ],
                },
            },
        )
        status = self._status()
        self.assertEqual((status.difference, status.amount), (2.0, 0.0))

    @freeze_time("2026-03-25")
    def test_it_leads_to_what_is_proposed(self):
        self._applied(seats(12))
        import_ = self._told(date(2026, 3, 20), state(purchased=14))
        status = self._status()
        self.assertEqual(status.change_id, import_.change_ids)
        self.assertEqual(status.action_open_change()["res_id"], import_.change_ids.id)
        import_.action_apply()
        self.assertFalse(self._status().change_id)

    @freeze_time("2026-03-25")
    def test_what_was_invoiced_last_is_shown(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=12))
        self._bill(self.contract, date(2026, 4, 1))
        status = self._status()
        self.assertEqual(status.invoiced_quantity, 12.0)
        self.assertFalse(status.is_different)
        self.assertFalse(status.differs_since)

    @freeze_time("2026-03-25")
    def test_without_a_position_all_of_it_differs(self):
        self._see(date(2026, 3, 20), state(subscription_id="new-1", purchased=3))
        status = self._status("new-1")
        self.assertFalse(status.has_position)
        self.assertEqual(status.difference, 3.0)

    @freeze_time("2026-03-25")
    def test_what_has_ended_counts_nothing(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=12, status="ended"))
        self.assertEqual(self._status().difference, -12.0)

    @freeze_time("2026-03-25")
    def test_added_up_subscriptions_differ_once(self):
        self._applied(seats(12))
        mapping = self.env["msp.position.mapping"].search(
            [("subscription_id", "=", SUBSCRIPTION)]
        )
        mapping.is_summed = True
        mapping.copy({"subscription_id": "second", "is_summed": True})
        self._see(
            date(2026, 3, 20),
            state(purchased=8),
            state(subscription_id="second", purchased=5),
        )
        both = self._status() | self._status("second")
        self.assertEqual(sorted(both.mapped("difference")), [0.0, 1.0])

    @freeze_time("2026-03-25")
    def test_each_company_sees_its_own(self):
        self._see(date(2026, 3, 20), state())
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._user("stranger", "group_billing_clerk")
        stranger.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        statuses = self.env["msp.licence.status"].with_user(stranger)
        found = statuses.with_context(allowed_company_ids=other.ids).search([])
        self.assertFalse(found)

    def test_customers_in_the_portal_see_nothing_of_it(self):
        self._see(date(2026, 3, 20), state())
        customer = new_test_user(self.env, "counts_portal", groups="base.group_portal")
        for model in (
            "msp.licence.status",
            "msp.subscription",
            "msp.subscription.change",
            "msp.provider.order",
            "msp.readiness",
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(customer).search([])

    @freeze_time("2026-03-25")
    def test_a_difference_leads_to_the_change_of_the_contract(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14))
        status = self._status()
        import_ = self.env["msp.import"].browse(status.action_propose()["res_id"])
        self.assertEqual(import_.state, "prepared")
        self.assertEqual(import_.change_ids.quantity, 14.0)
        # pressed again, it opens the same
        self.assertEqual(status.action_propose()["res_id"], import_.id)
        import_.action_apply()
        status = self._status()
        self.assertEqual((status.contract_quantity, status.difference), (14.0, 0.0))
        with self.assertRaisesRegex(UserError, "agree"):
            status.action_propose()

    @freeze_time("2026-03-25")
    def test_what_a_sync_has_proposed_is_not_proposed_twice(self):
        self._applied(seats(12))
        import_ = self._told(date(2026, 3, 20), state(purchased=14))
        self.assertEqual(self._status().action_propose()["res_id"], import_.id)

    @freeze_time("2026-03-25")
    def test_what_was_withdrawn_can_be_proposed_again(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14))
        status = self._status()
        first = self.env["msp.import"].browse(status.action_propose()["res_id"])
        first._withdraw("by mistake")
        second = self.env["msp.import"].browse(status.action_propose()["res_id"])
        self.assertNotEqual(first, second)
        self.assertEqual(second.change_ids.quantity, 14.0)

    @freeze_time("2026-03-25")
    def test_account_managers_propose_nothing_from_what_is_read(self):
        self._applied(seats(12))
        self._see(date(2026, 3, 20), state(purchased=14))
        manager = self._user("manager", "group_account_manager")
        with self.assertRaises(AccessError):
            self._status().with_user(manager).action_propose()
        self.assertFalse(self.env["msp.import"].search([("is_count", "=", True)]))
