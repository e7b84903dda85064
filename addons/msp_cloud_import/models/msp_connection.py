from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.msp_contract_billing.models.msp_derived_mixin import MspDerivedMixin

from ..connectors import CONNECTORS, EXPORTS, ORDERS, SUBSCRIPTIONS
from .msp_connection_words import explain
from .msp_imports_as import CLERK

STATES = [
    ("draft", "To Set Up"),
    ("connected", "Connected"),
    ("failing", "Failing"),
    ("paused", "Paused"),
]
# What follows from tests and syncs; nobody enters it.
SYSTEM_FIELDS = {
    "state",
    "code",
    "details",
    "account_name",
    "tested_at",
    "ability_ids",
    "next_run_at",
    "failure_count",
    "last_success_at",
    "sync_ids",
    "export_ids",
    "import_ids",
}


def connector_selection(_model=None):
    """Return the kinds of connections, as a field's selection."""
    return [(kind, connector.title) for kind, connector in CONNECTORS.items()]


class MspConnection(models.Model):
    """An account at a provider whose interface is read every night."""

    _name = "msp.connection"
    _description = "Connection to a provider"
    _inherit = (
        "msp.imports.as.mixin",
        "msp.derived.mixin",
        "mail.thread",
        "mail.activity.mixin",
    )
    _order = "provider_id, company_id, id"
    _check_company_auto = True
    # Whoever sees what came may comment on it.
    _mail_post_access = "read"

    name = fields.Char(
        compute="_compute_name",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
    )
    kind = fields.Selection(
        connector_selection,
        "Interface",
        required=True,
        help="Which of the provider's interfaces is read.",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False, tracking=True
    )
    owner_id = fields.Many2one(related="provider_id.user_id", string="Owner")
    code = fields.Char(readonly=True, copy=False)
    details = fields.Json(readonly=True, copy=False)
    message = fields.Char("What Is Wrong", compute="_compute_message")
    account_name = fields.Char("Account at the Provider", readonly=True, copy=False)
    tested_at = fields.Datetime("Tested On", readonly=True, copy=False)

    can_read_subscriptions = fields.Boolean(compute="_compute_abilities")
    can_read_exports = fields.Boolean(compute="_compute_abilities")
    can_order = fields.Boolean(compute="_compute_abilities")
    reads_subscriptions = fields.Boolean(
        "Read Subscriptions and Licence Counts", default=True, tracking=True
    )
    reads_exports = fields.Boolean(
        "Fetch Billing Data",
        default=True,
        tracking=True,
        help="What the provider has billed becomes an import, as its file would.",
    )
    reads_unbilled = fields.Boolean(
        "Fetch What Is Not Billed Yet",
        tracking=True,
        help="The provider's running figures of this month, and of last month as long "
        "as it has no invoice. They change until then; each change is a corrected file.",
    )
    count_rule = fields.Selection(
        [
            ("show", "Show differences"),
            ("propose", "Propose changes"),
            ("apply", "Apply changes"),
        ],
        "If Counts Differ",
        default="propose",
        required=True,
        tracking=True,
        help="What becomes of a count at the provider that differs from the contract. "
        "Limits for approvals hold in any case.",
    )
    may_order = fields.Boolean(
        "May Order at the Provider",
        tracking=True,
        help="A change that somebody confirms may be sent to the provider.",
    )
    is_nightly = fields.Boolean("Every Night", default=True, tracking=True)
    hour = fields.Float(
        "At",
        default=2.0,
        tracking=True,
        help="Time of the company at which the nightly sync begins.",
    )
    next_run_at = fields.Datetime("Next Sync", readonly=True, copy=False, index=True)
    failure_count = fields.Integer(
        "Failures in a Row", readonly=True, copy=False, help="Since the last success."
    )
    last_success_at = fields.Datetime("Last Success", readonly=True, copy=False)
    import_ids = fields.One2many("msp.import", "connection_id", "Imports")
    import_count = fields.Integer("Imports Made", compute="_compute_import_count")

    _hour_range = models.Constraint(
        "CHECK (hour >= 0 AND hour < 24)",
        "Enter a time of day from 0:00 to 23:59.",
    )

    @api.depends("provider_id", "kind")
    def _compute_name(self):
        titles = dict(connector_selection())
        for one in self:
            # What people entered stays.
            one.name = one.name or titles.get(one.kind, one.provider_id.name) or False

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)

    @api.depends("kind")
    def _compute_abilities(self):
        for one in self:
            connector = CONNECTORS.get(one.kind)
            abilities = connector.abilities if connector else ()
            one.can_read_subscriptions = SUBSCRIPTIONS in abilities
            one.can_read_exports = EXPORTS in abilities
            one.can_order = ORDERS in abilities

    @api.depends("import_ids")
    def _compute_import_count(self):
        counts = {
            connection.id: count
            for connection, count in self.env["msp.import"]._read_group(
                [("connection_id", "in", self.ids), ("state", "!=", "withdrawn")],
                ["connection_id"],
                ["__count"],
            )
        }
        for one in self:
            one.import_count = counts.get(one.id, 0)

    # The guard: administrators set up, what was found follows from tests and syncs

    def _refuse(self):
        raise UserError(
            self.env._(
                "State, results and log of a connection follow from its tests and "
                "syncs; they are not entered."
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        if any(SYSTEM_FIELDS.intersection(vals) for vals in vals_list):
            self._refuse()
        connections = super(MspDerivedMixin, self).create(vals_list)
        connections._complete_entries()
        return connections

    def write(self, vals):
        if SYSTEM_FIELDS.intersection(vals):
            self._refuse()
        if {"kind", "provider_id", "company_id"}.intersection(vals):
            self._check_not_used(vals)
        result = super(MspDerivedMixin, self).write(vals)
        self._check_moved(vals)
        if "kind" in vals:
            self._complete_entries()
        if {"is_nightly", "hour", "company_id"}.intersection(vals):
            self._plan_next_run()
        return result

    def unlink(self):
        # sudo is not needed: administrators delete with their own right
        return super(MspDerivedMixin, self).unlink()

    def _check_not_used(self, vals):
        for one in self.filtered("sync_ids"):
            if any(
                name in vals
                and vals[name] != one._fields[name].convert_to_write(one[name], one)
                for name in ("kind", "provider_id", "company_id")
            ):
                raise UserError(
                    self.env._(
                        "%s was synced already, so its interface, provider and company "
                        "stay. Pause it, and set up another connection.",
                        one.name,
                    )
                )

    # Every night

    def _plan_next_run(self):
        """Store when the next nightly sync begins, in the time of the company."""
        for one in self:
            one._system_write({"next_run_at": one._find_next_run()})

    def _find_next_run(self):
        """Return the next moment of the nightly sync in UTC, False if there is none."""
        if not self.is_nightly or self.state not in ("connected", "failing"):
            return False
        zone = ZoneInfo(self.company_id.partner_id.tz or self.user_id.tz or "UTC")
        now = fields.Datetime.now().replace(tzinfo=timezone.utc).astimezone(zone)
        minutes = min(round(self.hour * 60), 24 * 60 - 1)
        moment = time(minutes // 60, minutes % 60)
        day = now.date()
        if now.time() >= moment:
            day += timedelta(days=1)
        local = datetime.combine(day, moment, zone)
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    # Buttons

    def _check_may_run(self):
        """Let clerks run what administrators have set up."""
        self.check_access("read")
        if not self.env.user.has_group(CLERK):
            raise AccessError(
                self.env._("Only billing clerks may run or stop a sync: %s", self.name)
            )

    def action_pause(self):
        """Let nothing run until somebody resumes it."""
        self.check_access("write")
        self._find_active_syncs()._stop()
        self._system_write({"state": "paused", "next_run_at": False})

    def action_resume(self):
        self.check_access("write")
        for one in self.filtered(lambda one: one.state == "paused"):
            state = "draft"
            if one.tested_at:
                state = "failing" if one.failure_count else "connected"
            one._system_write({"state": state})
            one._plan_next_run()

    def action_view_imports(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_action"
        )
        return {
            **action,
            "domain": [("connection_id", "in", self.ids)],
            "context": {"default_provider_id": self.provider_id[:1].id},
        }
