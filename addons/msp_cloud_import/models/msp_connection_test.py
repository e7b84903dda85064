import logging
import traceback
from datetime import timedelta

from odoo import api, fields, models

from ..connectors import CONNECTORS, EXPORTS, ORDERS, SUBSCRIPTIONS, ConnectorError
from . import storable
from .msp_connection_words import MISSING_ENTRY, UNEXPECTED, UNREADABLE, explain
from .translated import to_json

_logger = logging.getLogger(__name__)

ABILITIES = [
    (SUBSCRIPTIONS, "Subscriptions and licence counts"),
    (EXPORTS, "Billing data"),
    (ORDERS, "Changes sent to the provider"),
]


class MspConnectionAbility(models.Model):
    """What a connection can do, as its last test has found."""

    _name = "msp.connection.ability"
    _description = "Ability of a connection"
    _inherit = "msp.derived.mixin"
    _order = "connection_id, id"

    connection_id = fields.Many2one(
        "msp.connection", required=True, ondelete="cascade", index=True, readonly=True
    )
    ability = fields.Selection(ABILITIES, required=True, readonly=True)
    works = fields.Boolean(readonly=True)
    code = fields.Char(readonly=True)
    details = fields.Json(readonly=True)
    message = fields.Char("What to Do", compute="_compute_message")

    @api.depends("code", "details", "works")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            sentence = explain(self.env, one.code, one.details)
            one.message = sentence or (one.works and self.env._("Works"))


class MspConnection(models.Model):
    """The test of a connection, and what of an error may be kept."""

    _inherit = "msp.connection"

    ability_ids = fields.One2many(
        "msp.connection.ability", "connection_id", "What Works", readonly=True
    )

    def action_test(self):
        """Sign in, read one small thing of each ability, and say what works."""
        self.ensure_one()
        self.check_access("write")
        missing = self._find_missing_entries()
        if missing:
            self._take_test_failure(MISSING_ENTRY, {"names": missing})
            return self._tell_test()
        connector = self._open_connector()
        # Who saves the form or reads the list does not wait for the provider.
        self.env["ir.cron"]._commit_progress()
        try:
            tested = connector.test()
        except Exception as error:  # noqa: BLE001 whatever it is, it is told
            self._take_test_failure(*tell_apart(error))
        else:
            self._take_tested(tested)
            self._take_expiry(connector)
        finally:
            connector.close()
        return self._tell_test()

    def _take_test_failure(self, code, details):
        self.ability_ids._system_unlink()
        vals = {"code": code, "details": details}
        if self.state != "paused":
            vals["state"] = "failing" if self.tested_at else "draft"
        self._system_write(vals)

    def _take_tested(self, tested):
        """Store what a test has found.

        :param tested: `connectors.Tested`
        """
        self.ability_ids._system_unlink()
        problems = dict(tested.problems)
        vals_list = []
        for ability, _title in ABILITIES:
            if ability not in CONNECTORS[self.kind].abilities:
                continue
            vals = {"connection_id": self.id, "ability": ability}
            if ability in problems:
                vals["code"], vals["details"] = tell_apart(problems[ability])
            # What works may have a problem all the same, such as one scope of several.
            vals["works"] = ability in tested.abilities
            vals_list.append(vals)
        abilities = self.env["msp.connection.ability"]._system_create(vals_list)
        vals = {
            "account_name": storable.text(tested.account),
            "tested_at": fields.Datetime.now(),
            "code": False,
            "details": False,
        }
        wanted = self._get_wanted_abilities()
        bad = abilities.filtered(lambda one: one.ability in wanted and not one.works)
        if bad:
            vals.update(code=bad[0].code, details=bad[0].details)
        if self.state != "paused":
            is_bad = bool(bad) and len(bad) == len(wanted)
            vals["state"] = "failing" if is_bad else "connected"
        self._system_write(vals)
        if self.state != "paused":
            self._plan_next_run()

    def _get_wanted_abilities(self):
        """Return the abilities that are switched on."""
        wanted = {
            SUBSCRIPTIONS: self.reads_subscriptions and self.can_read_subscriptions,
            EXPORTS: self.reads_exports and self.can_read_exports,
            ORDERS: self.may_order and self.can_order,
        }
        return [ability for ability, is_wanted in wanted.items() if is_wanted]

    def _take_expiry(self, connector):
        """Store until when secrets are valid, if the connector knows."""
        known = connector.expires_on()
        if known:
            # sudo: whoever runs a sync need not see secrets
            for secret in self.sudo().secret_ids:
                day = known.get(secret.name)
                last = day and day - timedelta(days=1)
                if last and secret.expires_on != last:
                    secret.expires_on = last

    def _tell_test(self):
        """Return the action that says what the test has found."""
        is_good = self.state in ("connected", "paused") and not self.code
        if is_good:
            sentence = self.env._("Signed in as %s.", self.account_name or self.name)
        else:
            sentence = self.message or self.env._("See what works on this page.")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if is_good else "warning",
                "message": sentence,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class Unreadable(Exception):
    """A document that the import refuses; its text is a sentence for people."""


class Unfit(Exception):
    """A connection cannot be read for a reason of our own.

    :param code: of `msp_connection_words`
    """

    def __init__(self, code, **details):
        super().__init__(code)
        self.code, self.details = code, details


def tell_apart(error):
    """Return code and details of an error, which may be kept and shown.

    What is not foreseen is named by its kind only: its text may hold an address with
    a secret. The log gets where it happened.
    """
    if isinstance(error, ConnectorError):
        details = {name: to_json(value) for name, value in error.details.items()}
        return error.code, details
    if isinstance(error, Unreadable):
        return UNREADABLE, {"reason": storable.text(str(error), 5000)}
    frames = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error).__name__
    _logger.error("A connection failed with %s\n%s", kind, frames)
    return UNEXPECTED, {"reason": kind}
