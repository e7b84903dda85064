import json
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.tests import common
from odoo.tools import mute_logger

from .. import connectors
from .common import ImportCommon, microsoft_csv, seats
from .small_connector import SmallConnector
from .vendors.small import SECRET, SmallServer

WORK = "odoo.addons.msp_cloud_import.models.msp_sync_work"


class LocalCommon(ImportCommon):
    """Lets the local servers be talked to, as Odoo's tests do for Odoo itself."""

    @classmethod
    def _request_handler(cls, session, request, /, **options):
        if urlsplit(request.url).hostname in ("127.0.0.1", "localhost"):
            # Odoo compares the time-out with a number; ours is a pair.
            return common._super_send(session, request, **options)
        return super()._request_handler(session, request, **options)


class ConnectionCommon(LocalCommon):
    """A local provider, and a connection to it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = SmallServer()
        cls.server.start()
        cls.addClassCleanup(cls.server.stop)
        cls.startClassPatcher(
            patch.dict(connectors.CONNECTORS, {"small": SmallConnector})
        )
        cls.startClassPatcher(
            patch.object(SmallConnector, "ca_path", cls.server.ca_path)
        )
        cls.manager = cls._user("manager", "group_account_manager")
        cls.administrator = cls._user("administrator", "group_administrator")
        cls.owner = cls._user("owner", "group_account_manager")
        cls.provider.user_id = cls.owner
        cls.cron = cls.env.ref("msp_cloud_import.ir_cron_sync")
        cls.import_cron = cls.env.ref("msp_cloud_import.ir_cron_continue_imports")
        cls.connection = cls._connect(cls.server)

    @classmethod
    def _connect(cls, server, **vals):
        connection = (
            cls.env["msp.connection"]
            .with_user(cls.administrator)
            .create(
                {
                    "provider_id": cls.provider.id,
                    "kind": "small",
                    "user_id": cls.clerk.id,
                    **vals,
                }
            )
        )
        address = connection.setting_ids.filtered(lambda one: one.name == "address")
        address.value = server.url
        secret = connection.secret_ids.filtered(lambda one: one.name == "client_secret")
        secret.new_value = SECRET
        return connection.with_user(cls.env.user)

    def setUp(self):
        super().setUp()
        self.server.faults.clear()
        self.server.log.clear()
        self.addCleanup(self.server.__dict__.update, dict(self._plain_data()))

    def _plain_data(self):
        return {
            "secret": SECRET,
            "renewed": "",
            "pages": [[("c1", "s1"), ("c1", "s2")], [("c2", "s3")]],
            "refused": [],
            "exports": {},
        }

    @contextmanager
    def _committing(self):
        """Yield the connection in a transaction that may be committed."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield self.connection.with_env(self.env(cr=cr))

    def _test(self):
        """Press the button as administrator; return what it says."""
        with self._committing() as connection:
            action = connection.with_user(self.administrator.id).action_test()
        self.env.invalidate_all()
        return action["params"]

    def _sync(self, connection=None):
        """Sync now, as far as the scheduler comes at once; return the sync."""
        connection = connection or self.connection
        connection.with_user(self.clerk).action_sync_now()
        self._run_cron()
        return connection.last_sync_id

    def _run_cron(self, cron=None):
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            (cron or self.cron).method_direct_trigger()
        self.env.invalidate_all()

    def _secret(self, name="client_secret"):
        """Return what is stored, as code reads it."""
        secrets = self.connection.sudo().secret_ids
        return secrets.filtered(lambda one: one.name == name)

    def _file(self, quantity=12, **cells):
        return microsoft_csv(seats(quantity, **cells))


def folder_files(root):
    """Return all files below a folder."""
    return [path for path in Path(root).rglob("*") if path.is_file()]


def as_text(value):
    """Return all that a value shows, for a look whether a secret is in it."""
    return json.dumps(value, default=str)
