from dataclasses import replace
from unittest.mock import patch

from odoo.tests import HttpCase, freeze_time, tagged

from .common import seats
from .connection_common import ConnectionCommon
from .small_connector import SmallConnector
from .states_common import StatesCommon
from .subscription_common import state


@tagged("post_install", "-at_install")
class TestConnectionTour(ConnectionCommon, HttpCase):
    """An administrator sets up a connection, in a browser."""

    def test_set_up_and_test_a_connection(self):
        self.connection.sudo().unlink()
        self.provider.name = "Tour Provider"
        address, *others = SmallConnector.fields
        # The tour does not know on which port the local server listens.
        known = (replace(address, default=self.server.url), *others)
        self.startPatcher(patch.object(SmallConnector, "fields", known))
        self.start_tour(
            "/odoo/connections",
            "msp_set_up_connection",
            login=self.administrator.login,
        )
        connection = self.env["msp.connection"].search(
            [("provider_id", "=", self.provider.id)]
        )
        self.assertEqual(connection.state, "connected")
        self.assertTrue(connection.next_run_at)


@freeze_time("2026-05-20 10:00:00")
@tagged("post_install", "-at_install")
class TestLicenceTour(StatesCommon, HttpCase):
    """A clerk follows a difference, and finds the file that is missing."""

    def test_follow_a_difference_to_the_version(self):
        self._applied(seats(12))
        self._sync(state(purchased=14))
        self.start_tour(
            "/odoo/licence-status", "msp_follow_licences", login=self.clerk.login
        )
        self.assertEqual(self.position.line_ids[-1:].quantity, 14.0)

    def test_find_the_file_that_is_missing(self):
        self.provider.write({"name": "Tour Provider", "expected_day": 8})
        self._applied(seats(12))
        self.start_tour(
            "/odoo/provider-readiness", "msp_find_missing_file", login=self.clerk.login
        )
