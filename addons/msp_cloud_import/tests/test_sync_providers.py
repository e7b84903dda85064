from contextlib import contextmanager
from functools import partial
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..connectors import connector, http
from .connection_common import LocalCommon
from .profile_common import csv_file, recurring
from .vendors.azure import AzureServer
from .vendors.ingram import IngramServer
from .vendors.skykick import SkyKickServer

AZURE = "22222222-0000-4000-8000-000000000001"
COSTS = (
    "SubscriptionId,SubscriptionName,Date,MeterId,MeterCategory,MeterName,Quantity,"
    "CostInBillingCurrency,BillingCurrency,CustomerName,CustomerTenantId,ChargeType,"
    "Frequency,PricingModel,ResourceGroup,ResourceId,Tags,InvoiceId\n"
)


def costs(*days, invoice=""):
    """Return a report of (day, resource group, cost)."""
    return (
        COSTS
        + "".join(
            f"{AZURE},Produktion,{day},m-1,Virtual Machines,B2s,24,{cost},EUR,"
            f"Muster Bau GmbH,77777777-0000-4000-8000-000000000001,Usage,UsageBased,"
            f'OnDemand,{group},/subscriptions/{AZURE}/{group}/vm,"""env"": ""{group}""",'
            f"{invoice}\n"
            for day, group, cost in days
        )
    ).encode("utf-8-sig")


@tagged("post_install", "-at_install")
class TestSyncProviders(LocalCommon):
    """Providers' local servers are synced as the scheduler does it every night."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = cls._user("administrator", "group_administrator")
        cls.cron = cls.env.ref("msp_cloud_import.ir_cron_sync")
        cls.import_cron = cls.env.ref("msp_cloud_import.ir_cron_continue_imports")

    def _start(self, kind, server, provider, **settings):
        """Start a server; return a connection to it."""
        server.start()
        self.addCleanup(server.stop)
        trusting = partial(http.Http, verify=server.ca_path)
        self.startPatcher(patch.object(connector, "Http", trusting))
        connection = (
            self.env["msp.connection"]
            .with_user(self.administrator)
            .create(
                {
                    "provider_id": provider.id,
                    "kind": kind,
                    "user_id": self.clerk.id,
                    # What is read, not what becomes of it.
                    "count_rule": "show",
                }
            )
        )
        for one in connection.setting_ids:
            one.value = {**server.settings, **settings}.get(one.name, one.value)
        for one in connection.secret_ids:
            one.new_value = server.secrets.get(one.name)
        return connection.with_user(self.env.user)

    @contextmanager
    def _committing(self, connection):
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            yield connection.with_env(self.env(cr=cr))

    def _test(self, connection):
        with self._committing(connection) as committing:
            committing.with_user(self.administrator.id).action_test()
        self.env.invalidate_all()
        return connection.ability_ids.filtered("works").mapped("ability")

    def _sync(self, connection):
        connection.with_user(self.clerk).action_sync_now()
        self._run(self.cron)
        return connection.last_sync_id

    def _run(self, cron):
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def _import_all(self, connection):
        for _turn in range(10):
            if not connection.import_ids.filtered("is_running"):
                break
            self._run(self.import_cron)
        return connection.import_ids.sorted("id")

    def _night(self, connection, moment):
        """Sync as at a moment, and go on until nothing is waited for."""
        with freeze_time(moment) as clock:
            sync = self._sync(connection)
            for _look in range(6):
                if sync.state != "waiting":
                    break
                clock.move_to(sync.look_at)
                self._run(self.cron)
            return sync, self._import_all(connection)

    def test_azure_costs(self):
        server = AzureServer()
        server.looks = 0
        scope = f"subscriptions/{AZURE}"
        connection = self._start("azure_costs", server, self.provider, scopes=AZURE)
        self.assertEqual(self._test(connection), ["exports"])
        march = costs(
            ("03/01/2026", "rg-prod", "1.50"),
            ("03/01/2026", "rg-test", "0.25"),
            invoice="G000000101",
        )
        server.costs[scope, "ActualCost", "2026-03"] = [march]
        sync, imports = self._night(connection, "2026-04-01 02:00:00")
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self.assertEqual(imports.format_id, "azure_cost")
        self.assertEqual(imports.amount_read, 1.75)
        rows = self.env["msp.usage.row"].search([("import_id", "=", imports.id)])
        self.assertEqual(set(rows.mapped("resource_group")), {"rg-prod", "rg-test"})
        month = (scope, "ActualCost", "2026-04")
        server.costs[month] = [costs(("04/01/2026", "rg-prod", "2.00"))]
        # The month is not over, and nobody has asked for what is not billed yet.
        sync, _imports = self._night(connection, "2026-04-02 01:00:00")
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        connection.reads_unbilled = True
        # This month's use so far replaces what was said of it the night before.
        self._night(connection, "2026-04-02 02:00:00")
        server.costs[month] = [
            costs(("04/01/2026", "rg-prod", "2.00"), ("04/02/2026", "rg-prod", "2.00"))
        ]
        sync, imports = self._night(connection, "2026-04-03 02:00:00")
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        _march, first, second = imports
        self.assertEqual(first.provider_charge_ids.superseded_by_id, second)
        # A report that is made anew with the same content adds nothing.
        sync, again = self._night(connection, "2026-04-04 02:00:00")
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertEqual(again, imports)

    def test_azure_scope_that_fails_stops_no_other(self):
        server = AzureServer()
        server.looks = 0
        other = "22222222-0000-4000-8000-000000000002"
        server.forbidden.add(f"subscriptions/{other}")
        connection = self._start(
            "azure_costs", server, self.provider, scopes=f"{other}, {AZURE}"
        )
        # One that may be read is enough to be connected.
        self.assertEqual(self._test(connection), ["exports"])
        self.assertEqual(connection.state, "connected")
        self.assertIn(other, connection.ability_ids.message)
        scope = f"subscriptions/{AZURE}"
        server.costs[scope, "ActualCost", "2026-03"] = [
            costs(("03/01/2026", "rg-prod", "1.50"), invoice="G000000101")
        ]
        sync, imports = self._night(connection, "2026-04-01 02:00:00")
        self.assertEqual(sync.document_count, 1)
        self.assertEqual(imports.amount_read, 1.5)
        self.assertEqual(sync.problem_ids.mapped("code"), ["no_permission"])

    def test_ingram(self):
        server = IngramServer()
        provider = self.env.ref("msp_cloud_import.provider_ingram")
        connection = self._start("ingram", server, provider)
        customer = server.add_customer(1004567)
        server.add(2001001, customer, 12)
        server.add(2001002, customer, 3)
        self.assertEqual(sorted(self._test(connection)), ["exports", "subscriptions"])
        server.log.clear()
        report = csv_file([recurring(12)])
        server.add_report("r1", report)
        with freeze_time("2026-04-02 02:00:00"):
            sync = self._sync(connection)
        self.assertEqual((sync.state, sync.document_count), ("done", 1))
        self.assertEqual(len(server.calls("/subscriptions/")), 2)
        imports = self._import_all(connection)
        self.assertEqual(imports.provider_id, provider)
        self.assertEqual(imports.file_name, "Monthly-report-2026-04-01.csv")
        # Nobody has confirmed yet what its columns mean.
        self.assertEqual(imports.state, "columns")
        self.assertTrue(imports.profile_id.column_ids.filtered("target"))
        with freeze_time("2026-04-03 02:00:00"):
            sync = self._sync(connection)
        self.assertEqual((sync.state, sync.document_count), ("done", 0))
        self.assertEqual(connection.import_ids, imports)

    def test_skykick(self):
        server = SkyKickServer()
        provider = self.env.ref("msp_cloud_import.provider_skykick")
        connection = self._start("skykick", server, provider)
        server.add(1, 25)
        server.add(2, 8)
        self.assertEqual(self._test(connection), ["subscriptions"])
        self._sync(connection)
        sync = self._sync(connection)
        self.assertEqual(sync.state, "done")
        # Three processes have signed in once.
        self.assertEqual(len(server.calls("/auth/token")), 1)
        self.assertFalse(connection.import_ids)
        server.settings_of.clear()
        sync = self._sync(connection)
        self.assertEqual(set(sync.problem_ids.mapped("code")), {"not_found"})
