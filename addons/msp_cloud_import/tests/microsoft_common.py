from unittest.mock import patch

from freezegun import freeze_time

from odoo.tools import mute_logger

from .. import connectors
from ..connectors import Http
from ..connectors.microsoft import MicrosoftConnector
from .connection_common import LocalCommon
from .vendors.microsoft import MicrosoftServer


class LocalMicrosoft(MicrosoftConnector):
    """Microsoft's connector, trusting the local server."""

    ca_path = ""

    def __init__(self, account, http=None):
        super().__init__(account, http or Http(patience=2, verify=self.ca_path))


class MicrosoftCommon(LocalCommon):
    """A customer with seats at a local Partner Center, and a contract for them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(connectors.CONNECTORS, {"microsoft": LocalMicrosoft})
        )

    def setUp(self):
        super().setUp()
        self.server = MicrosoftServer()
        self.server.start()
        self.addCleanup(self.server.stop)
        self.startPatcher(patch.object(LocalMicrosoft, "ca_path", self.server.ca_path))
        data = self.server.data
        self.number = data.add_customer("Muster Bau GmbH", "musterbau.example")
        self.seats = data.add_subscription(
            self.number, "Contoso Business Premium", quantity=12
        )
        self.contract = self._contract(self.customer, [(self.premium, 10, 20.0)])
        self.position = self.contract.position_ids
        self.connection = self._connect()
        self.env["msp.product.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "sku_id": "CFQ7TTC0LH18:0001",
                "product_id": self.premium.id,
                "term": "P1Y",
                "billing_plan": "monthly",
            }
        )
        self.env["msp.customer.mapping"].create(
            {
                "provider_id": self.provider.id,
                "company_id": self.company.id,
                "external_id": self.number,
                "partner_id": self.customer.id,
            }
        )

    def _connect(self):
        connection = self.env["msp.connection"].create(
            {
                "provider_id": self.provider.id,
                "kind": "microsoft",
                "user_id": self.clerk.id,
                "count_rule": "apply",
            }
        )
        for setting in connection.setting_ids:
            if setting.name in self.server.settings:
                setting.value = self.server.settings[setting.name]
        for secret in connection.secret_ids:
            if secret.name in self.server.secrets:
                secret.new_value = self.server.secrets[secret.name]
        connection._system_write({"state": "connected"})
        return connection

    def _run(self, cron):
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self.env.ref(f"msp_cloud_import.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def _night(self, day, seats=None):
        """Sync at a night; the customer has had `seats` since the day before."""
        if seats:
            self.server.data.subscription(self.number, self.seats)["quantity"] = seats
        with freeze_time(f"{day} 02:00:00", tick=True):
            self.connection.with_user(self.clerk).action_sync_now()
            sync = self.connection.last_sync_id
            for _number in range(6):
                self._run("ir_cron_sync")
                self._run("ir_cron_continue_imports")
                if not sync.is_active:
                    break
                sync._hurry()
        self.assertEqual(sync.state, "done", sync.message)
        return sync

    def _content(self):
        """Return (first day, quantity), without cuts that change nothing."""
        found = []
        for line in self.position.line_ids.sorted("date_start"):
            if not found or found[-1][1] != line.quantity:
                found.append((line.date_start, line.quantity))
        return found
