from typing import ClassVar
from unittest.mock import patch

from odoo.tools import mute_logger

from .. import connectors
from ..connectors import (
    ORDERS,
    SUBSCRIPTIONS,
    Answer,
    Connector,
    ConnectorError,
    SubscriptionPage,
    Tested,
)
from .subscription_common import SubscriptionCommon, state


class StatesConnector(Connector):
    """A provider whose answers tests say: no network, only what they mean."""

    kind = "states"
    title = "States"
    vendor = "microsoft"
    abilities = frozenset({SUBSCRIPTIONS, ORDERS})
    fields = ()
    #: what is listed, what is refused as (customer, error), what was ordered
    listed: ClassVar[list] = []
    refused: ClassVar[list] = []
    orders: ClassVar[list] = []
    known: ClassVar[dict] = {}
    answer = Answer("accepted", "Thank you")

    def test(self):
        return Tested("Konto", tuple(self.abilities))

    def read_subscriptions(self, cursor=None, known=None, deadline=None):
        type(self).known = dict(known or {})
        half = max(len(self.listed) // 2, 1)
        states = self.listed[half:] if cursor else self.listed[:half]
        return SubscriptionPage(
            subscriptions=tuple(states),
            cursor=None if cursor or len(self.listed) <= half else {"page": 2},
            total=len(self.listed),
            done=len(self.listed),
            problems=() if cursor else tuple(self.refused),
        )

    def send_order(self, order):
        self.orders.append(order)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def read_subscription(self, sub_account_id, subscription_id):
        for one in self.listed:
            if one.subscription_id == subscription_id:
                return one
        raise ConnectorError("not_found", "states", what=subscription_id)


class StatesCommon(SubscriptionCommon):
    """A connection to a provider whose states the test says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.dict(connectors.CONNECTORS, {"states": StatesConnector})
        )
        cls.manager = cls._user("manager", "group_account_manager")
        cls.provider.user_id = cls.manager
        cls.connection = cls.env["msp.connection"].create(
            {
                "provider_id": cls.provider.id,
                "kind": "states",
                "user_id": cls.clerk.id,
                "reads_exports": False,
            }
        )
        cls.connection._system_write({"state": "connected"})

    def setUp(self):
        super().setUp()
        StatesConnector.listed = [state()]
        StatesConnector.refused = []
        StatesConnector.orders = []
        StatesConnector.answer = Answer("accepted", "Thank you")

    def _run(self, cron):
        with (
            self.enter_registry_test_mode(),
            mute_logger("odoo.addons.base.models.ir_cron"),
        ):
            self.env.ref(f"msp_cloud_import.{cron}").method_direct_trigger()
        self.env.invalidate_all()

    def _sync(self, *states):
        """Sync, with the import that follows from it; return the sync."""
        if states:
            StatesConnector.listed = list(states)
        # the sync before was in another night, not in the same second
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE msp_subscription SET seen_at = seen_at - interval '1 day'"
        )
        self.env.invalidate_all()
        self.connection.with_user(self.clerk).action_sync_now()
        self._run("ir_cron_sync")
        sync = self.connection.last_sync_id
        for _number in range(4):
            if not sync.is_active:
                break
            self._run("ir_cron_continue_imports")
            sync._hurry()
            self._run("ir_cron_sync")
        return sync
