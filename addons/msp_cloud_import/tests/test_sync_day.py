from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import seats
from .states_common import StatesCommon
from .subscription_common import SUBSCRIPTION, state

# 00:30 of the first of April in Berlin.
NIGHT = "2026-03-31 22:30:00"
DAY = date(2026, 4, 1)


@tagged("post_install", "-at_install")
class TestSyncDay(StatesCommon):
    """The day of a night is that of the company, whatever day it is in Greenwich."""

    def setUp(self):
        super().setUp()
        self.company.partner_id.tz = "Europe/Berlin"
        self._applied(seats(12))
        with freeze_time("2026-03-20 10:00:00"):
            self._sync(state(purchased=12))

    @property
    def subscription(self):
        return self.subscriptions.search([("subscription_id", "=", SUBSCRIPTION)])

    def _seen(self, what):
        changes = self.subscription.change_ids
        return changes.filtered(lambda one: one.what == what).day

    def test_a_change_counts_from_the_day_of_the_company(self):
        self.connection.count_rule = "apply"
        with freeze_time(NIGHT):
            sync = self._sync(state(purchased=14))
        self.assertEqual(self._seen("purchased"), DAY)
        self.assertEqual(self.subscription.state_since, DAY)
        self.assertIn("2026-04-01-0030", sync.count_import_id.file_name)
        self.assertEqual(
            self._content(self.position)[-2:],
            [(date(2026, 3, 5), 12.0), (DAY, 14.0)],
        )

    def test_what_is_gone_is_gone_on_the_day_of_the_company(self):
        with freeze_time(NIGHT):
            self._sync(state(subscription_id="another"))
        self.assertEqual(self._seen("gone"), DAY)
        self.assertEqual(self.subscription.state_since, DAY)

    def test_contract_is_compared_as_of_the_day_of_the_company(self):
        self._version(
            self.contract,
            DAY,
            {
                "action": "set",
                "position_id": self.position.id,
                "quantity_mode": "set",
                "quantity": 20,
            },
        )
        status = self.env["msp.licence.status"].with_user(self.clerk)
        for moment, quantity in (("2026-03-31 21:30:00", 12.0), (NIGHT, 20.0)):
            self.env.invalidate_all()
            with freeze_time(moment):
                found = status.search([("subscription_number", "=", SUBSCRIPTION)])
                self.assertEqual(found.contract_quantity, quantity, moment)

    def test_month_is_missing_from_the_first_day_of_the_company(self):
        readiness = self.env["msp.readiness"].with_user(self.clerk)
        for moment, count in (("2026-04-30 21:30:00", 0), ("2026-04-30 22:30:00", 1)):
            self.env.invalidate_all()
            with freeze_time(moment):
                found = readiness.search(
                    [
                        ("provider_id", "=", self.provider.id),
                        ("month", "=", "2026-04-01"),
                    ]
                )
                self.assertEqual(len(found), count, moment)
