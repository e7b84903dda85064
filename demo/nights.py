"""Ninety nights in which two providers were read, up to last night.

By then the story is told, so none of its figures depend on it. The nights are counted
from the visitor's day. The syncs are the scheduler's own, step by step; only what the
providers answer is recorded. Afterwards the connections have no secrets and no nightly
sync: nothing ever reaches a provider.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

from freezegun import freeze_time

from odoo import fields

from odoo.addons.msp_cloud_import.connectors import CONNECTORS, ConnectorError

from . import recorded
from .recorded import ACCOUNT, Recording, no_consent, state_of, unavailable
from .scenario import guid

NIGHTS = 90
# Whoever sees fewer than so many units in a contract cannot give some back.
UNITS = 8
ZONE = ZoneInfo("Europe/Berlin")
FAR_AWAY = float("inf")
TITLES = {"microsoft": "Microsoft Partner Center", "ingram": "Ingram Micro"}
FAILED = {"microsoft": (71, 44, 43, 42), "ingram": (71, 3, 2, 1)}


def play(story) -> dict[str, Any]:
    """Play the nights; return what they brought.

    :param story: `story.Story`, played
    """
    return _Nights(story).play()


class _Nights:
    """The nights of a story: connections, recordings and what happens when."""

    def __init__(self, story):
        self.story = story
        self.env = story.env
        self.today = fields.Date.context_today(self.env.user)
        now = datetime.now(ZONE)
        is_over = now.hour >= 3
        self.last_day = now.date() if is_over else now.date() - timedelta(days=1)
        self.recordings = {code: Recording(dict(self._listed(code))) for code in TITLES}
        self.connections: dict[str, Any] = {}

    def play(self) -> dict[str, Any]:
        connectors = {
            code: recording.make_connector(code)
            for code, recording in self.recordings.items()
        }
        syncs = type(self.env["msp.sync"])
        connections = type(self.env["msp.connection"])
        import_as_user = connections._import_as_user
        with (
            patch.dict(CONNECTORS, connectors),
            # All of the story is one transaction, and nobody else reads its imports.
            patch.object(syncs, "_commit", lambda sync: sync.env.flush_all()),
            patch.object(
                connections,
                "_import_as_user",
                lambda one, files, **_later: import_as_user(one, files),
            ),
            freeze_time(self._night(NIGHTS)) as clock,
        ):
            for code in TITLES:
                self.connections[code] = self._connect(code)
            script = self._script()
            for ago in range(NIGHTS, 0, -1):
                for change in script.get(ago, ()):
                    change()
                if ago == 1:
                    order = self._order(clock)
                for number, code in enumerate(TITLES):
                    clock.move_to(self._night(ago) + timedelta(minutes=number))
                    self._sync(code, ago, clock)
        for connection in self.connections.values():
            self._disconnect(connection)
        self.env.flush_all()
        self.env.invalidate_all()
        return self._describe(order)

    def _night(self, ago: int) -> datetime:
        """Return two o'clock in the company's zone, as UTC."""
        day = self.last_day - timedelta(days=ago - 1)
        local = datetime.combine(day, time(2), ZONE)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    # What the providers have

    def _listed(self, code: str) -> Iterator[tuple[str, Any]]:
        """Yield what a provider lists: what contracts say, and what nobody assigned."""
        scenario = self.story.scenario
        units = self._load_units(code)
        foreign = {one.id for one in scenario.foreign}
        left_out = {
            event.subscription.id
            for event in scenario.events
            if getattr(event, "is_left_out", False)
        }
        for sold in scenario.subscriptions_at(code):
            count = units.get(sold.id)
            if sold.id in foreign | left_out:
                count = scenario.seats_on(sold, self.today)
            if count:
                yield sold.id, state_of(sold, count, self.today)

    def _load_units(self, code: str) -> dict[str, float]:
        """Return {subscription: units of its position today}."""
        mappings = self.env["msp.position.mapping"].search(
            [("provider_id.code", "=", code), ("position_id", "!=", False)]
        )
        return {
            one.subscription_id: one.position_id._line_on(self.today).quantity
            for one in mappings
        }

    def _script(self) -> dict[int, list]:
        """Return {nights ago: what customers and the provider did the day before}."""
        microsoft = self.recordings["microsoft"]
        mapped = self._load_units("microsoft")
        keys = [
            key
            for key, one in microsoft.states.items()
            if one.purchased >= UNITS and one.term == "P1Y" and key in mapped
        ]
        tried, more, fewer, many, ending, renewal = keys[:6]
        count = {key: microsoft.states[key].purchased for key in keys}
        soon = self.today + timedelta(days=24)
        bought = self._bought(microsoft.states[many])
        customers = no_consent(microsoft.states[keys[-1]])

        def change(key, **values):
            return lambda: microsoft.change(key, **values)

        def seats(key, units):
            return change(key, purchased=count[key] + units)

        def see_more():
            for key, one in microsoft.states.items():
                raw = {**one.raw, "promotionId": None}
                microsoft.states[key] = replace(one, raw=raw)

        return {
            75: [change(ending, term_end=soon)],
            60: [seats(tried, 2)],
            53: [seats(tried, 0)],
            38: [seats(more, 3)],
            30: [change(ending, auto_renew=False)],
            21: [lambda: setattr(microsoft, "refused", (customers,))],
            20: [lambda: setattr(microsoft, "refused", ())],
            16: [see_more],
            12: [seats(fewer, -2)],
            9: [change(renewal, next_quantity=count[renewal] - 3)],
            5: [seats(many, 5)],
            3: [lambda: microsoft.states.update({bought.subscription_id: bought})],
            1: [self._propose],
        }

    def _bought(self, like):
        """Return what a customer has bought alone, and no contract knows."""
        article = self.story.products["exchange"]
        return replace(
            like,
            subscription_id=guid("bought", like.subscription_id),
            sku_id=article.default_code,
            service_name=article.name,
            purchased=Decimal(6),
            term="P1M",
            term_end=self.today + timedelta(days=27),
            raw={**like.raw, "offerName": article.name, "quantity": 6},
        )

    # What happens here

    def _connect(self, code: str):
        """The administrator enters what the form asks for, and it works."""
        admin = self.story.acting_as("admin", "msp.connection")
        provider = self.story.providers[code].with_env(admin.env)
        provider.user_id = self.story.users["bernd"]
        connection = admin.create(
            {
                "name": TITLES[code],
                "kind": code,
                "provider_id": provider.id,
                "user_id": self.story.users["bernd"].id,
                "reads_exports": False,
                "count_rule": "show",
                "may_order": code == "microsoft",
            }
        )
        for setting in connection.setting_ids:
            setting.value = setting.value or ACCOUNT.get(setting.name)
        for secret in connection.secret_ids:
            secret.new_value = guid("secret", code, secret.name)
        abilities = sorted(CONNECTORS[code].abilities)
        connection._take_tested(recorded.tested(ACCOUNT["tenant_id"], abilities))
        # The scheduler reads it, not the administrator.
        return connection.with_env(self.env)

    def _propose(self):
        """From last night on, differences become proposals."""
        self.connections["microsoft"].count_rule = "propose"

    def _sync(self, code: str, ago: int, clock) -> None:
        """Sync a night as the scheduler does, until the sync has ended."""
        recording = self.recordings[code]
        recording.fault = None
        if ago in FAILED[code]:
            is_refused = code == "ingram" and ago < NIGHTS // 2
            fault = recorded.wrong_secret if is_refused else unavailable
            recording.fault = fault(code)
        sync = self.env["msp.sync"]._begin(self.connections[code], "night")
        sync = sync._for_asked()
        while sync.is_active:
            if sync.look_at:
                clock.move_to(max(sync.look_at, datetime.now()))
            self._take_turn(sync, clock)

    def _take_turn(self, sync, clock) -> None:
        sync._begin_turn()
        connector = sync.connection_id._open_connector()
        try:
            is_left = True
            while is_left and sync.is_active:
                # As long as so many subscriptions take at their provider.
                seconds = 14 + sync.id % 7
                clock.tick(timedelta(seconds=seconds))
                is_left = sync._take_part(connector, FAR_AWAY)
                sync._system_write({"work_seconds": sync.work_seconds + seconds})
                if sync.count_import_id.state == "mapped":
                    # What the scheduler does with what a sync has brought.
                    clerk = self.story.users["bernd"]
                    sync.count_import_id.with_user(clerk).action_prepare()
        except ConnectorError as error:
            sync._take_connector_error(error)
        finally:
            connector.close()

    def _order(self, clock):
        """Anna wants the provider to have what a contract says; it is sent."""
        clock.move_to(self._night(2) + timedelta(hours=7))
        status = self.story.acting_as("anna", "msp.licence.status")
        self.env.flush_all()
        found = status.search(
            [("difference", ">", 0), ("contract_id", "!=", False)],
            order="difference, id",
        ).filtered(lambda one: one.provider_id.code == "microsoft")
        order = status.env["msp.provider.order"].browse(
            found[:1].action_order()["res_id"]
        )
        order.action_confirm()
        clock.tick(timedelta(minutes=1))
        connection = self.connections["microsoft"]
        connector = connection._open_connector()
        with patch.object(
            type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_options: 0
        ):
            order.with_env(self.env)._for_asked()._send(connector)
        connector.close()
        # Nobody looks for it: there is no provider.
        order._system_write({"look_at": False})
        return order

    def _disconnect(self, connection) -> None:
        """Take the secrets away and end the nights: no provider is ever called."""
        for secret in connection.secret_ids:
            secret._store_value(None)
        connection.is_nightly = False

    def _describe(self, order) -> dict[str, Any]:
        syncs = self.env["msp.sync"].search(
            [("connection_id", "in", [one.id for one in self.connections.values()])]
        )
        status = self.env["msp.licence.status"].search([("is_different", "=", True)])
        return {
            "nights": NIGHTS,
            "failed": len(syncs.filtered(lambda sync: sync.state == "failed")),
            "subscriptions": sum(
                len(recording.states) for recording in self.recordings.values()
            ),
            "different": len(status),
            "order": order.summary,
        }
