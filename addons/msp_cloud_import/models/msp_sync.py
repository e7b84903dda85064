import contextlib
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import format_datetime

from . import storable
from .msp_connection_test import tell_apart
from .msp_connection_words import TOO_LONG, explain

STATES = [
    ("running", "Running"),
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("stopped", "Stopped"),
]
ACTIVE = ("running", "waiting")
STEPS = [
    ("subscriptions", "Reading subscriptions"),
    ("exports", "Fetching billing data"),
]
CRON = "msp_cloud_import.ir_cron_sync"
# A sync that is not finished by then has given up.
MAX_HOURS = 20
KEPT_DAYS = 400


class MspSync(models.Model):
    """One time that a connection was read: how far it is, and what came of it.

    A record with steps and a cursor: the scheduler goes on with it where it was left,
    also after its process was killed.
    """

    _name = "msp.sync"
    _description = "Sync with a provider"
    _inherit = ("msp.derived.mixin", "msp.batch.mixin")
    _order = "id desc"
    _rec_name = "display_name"

    connection_id = fields.Many2one(
        "msp.connection", required=True, ondelete="cascade", index=True, readonly=True
    )
    provider_id = fields.Many2one(
        related="connection_id.provider_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    trigger = fields.Selection(
        [("night", "Scheduler"), ("person", "Person")],
        "Begun By",
        required=True,
        readonly=True,
    )
    started_by_id = fields.Many2one("res.users", readonly=True)
    state = fields.Selection(STATES, required=True, default="running", readonly=True)
    step = fields.Selection(STEPS, readonly=True)
    # where the step goes on, as the connector says
    cursor = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    started_at = fields.Datetime("Started", readonly=True, required=True, index=True)
    ended_at = fields.Datetime("Ended", readonly=True)
    turn_at = fields.Datetime(readonly=True)
    look_at = fields.Datetime("Goes On", readonly=True)
    attempts = fields.Integer("Attempts in a Row", readonly=True)
    seconds = fields.Float(
        readonly=True, aggregator="avg", help="From beginning to end."
    )
    work_seconds = fields.Float(
        "Seconds at Work",
        readonly=True,
        help="Without waiting for the provider's exports.",
    )

    progress_done = fields.Integer(readonly=True)
    progress_total = fields.Integer(readonly=True)
    read_count = fields.Integer("Read", readonly=True)
    unchanged_count = fields.Integer("Unchanged", readonly=True)
    new_count = fields.Integer("New", readonly=True)
    changed_count = fields.Integer("Changed", readonly=True)
    gone_count = fields.Integer("Gone", readonly=True)
    document_count = fields.Integer("Documents", readonly=True)
    problem_count = fields.Integer("Problems", readonly=True)

    code = fields.Char(readonly=True)
    details = fields.Json(readonly=True)
    message = fields.Char("What Is Wrong", compute="_compute_message")
    next_run_at = fields.Datetime(related="connection_id.next_run_at")
    is_active = fields.Boolean(compute="_compute_is_active")
    problem_ids = fields.One2many("msp.sync.problem", "sync_id", "What Failed")
    export_ids = fields.One2many("msp.sync.export", "sync_id", "Billing Data")
    import_ids = fields.One2many("msp.import", "sync_id", "Imports")

    _one_active = models.UniqueIndex(
        "(connection_id) WHERE state IN ('running', 'waiting')",
        "This connection is being synced already.",
    )

    @api.depends("connection_id.name", "started_at")
    @api.depends_context("tz", "lang")
    def _compute_display_name(self):
        for one in self:
            moment = format_datetime(self.env, one.started_at, dt_format="short")
            one.display_name = f"{one.connection_id.name}, {moment}"

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)

    @api.depends("state")
    def _compute_is_active(self):
        for one in self:
            one.is_active = one.state in ACTIVE

    def _get_moment(self):
        """Return when it began in the time of its company: its day is that night's."""
        company = self.company_id.with_context(tz=self.company_id.partner_id.tz)
        return fields.Datetime.context_timestamp(company, self.started_at)

    # Begin and end

    @api.model
    def _begin(self, connections, trigger):
        """Return new syncs of connections that have none at work; the caller has
        checked the right to."""
        busy = connections._find_active_syncs().connection_id
        now = fields.Datetime.now()
        syncs = self.browse()
        for connection in connections - busy:
            vals = {
                "connection_id": connection.id,
                "trigger": trigger,
                "started_by_id": self.env.uid,
                "step": next(iter(self._get_steps(connection)), False),
                "started_at": now,
                "turn_at": now,
            }
            # Somebody else may begin it at the same moment: that is as well, and no
            # reason for the other connections to wait.
            with (
                contextlib.suppress(psycopg2.errors.UniqueViolation),
                self.env.cr.savepoint(),
            ):
                syncs += self._system_create([vals])
        self._wake_scheduler()
        return syncs

    @api.model
    def _get_steps(self, connection):
        """Return the names of the steps of a connection, in their order."""
        steps = []
        if connection.reads_subscriptions and connection.can_read_subscriptions:
            steps.append("subscriptions")
        if connection.reads_exports and connection.can_read_exports:
            steps.append("exports")
        return steps

    @api.model
    def _wake_scheduler(self, at=None):
        # sudo: whoever runs a sync may not see scheduled actions
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if cron:
            cron.sudo()._trigger(at=at)

    def _end_step(self):
        """Go on with the step after this one; return whether there is one."""
        steps = self._get_steps(self.connection_id)
        later = steps[steps.index(self.step) + 1 :] if self.step in steps else []
        self._system_write(
            {
                "step": later[0] if later else self.step,
                "cursor": False,
                "progress_done": 0,
                "progress_total": 0,
            }
        )
        if not later:
            self._finish()
        return bool(later)

    def _finish(self):
        """End a sync whose steps are all taken."""
        failed = self.problem_ids.filtered("is_failure")[:1]
        if failed:
            self._fail(failed.code, failed.details)
        else:
            self._close("done")

    def _fail(self, code, details):
        self._system_write({"code": code, "details": details})
        self._close("failed")

    def _stop(self):
        self.filtered("is_active")._close("stopped")

    def _close(self, state):
        now = fields.Datetime.now()
        for one in self:
            vals = {
                "state": state,
                "ended_at": now,
                "look_at": False,
                "cursor": False,
                "seconds": (now - one.started_at).total_seconds(),
                "problem_count": len(one.problem_ids),
            }
            if state == "done":
                vals.update(code=False, details=False)
            one._system_write(vals)
            one.connection_id._take_outcome(one)

    @api.model
    def _give_up_overdue(self):
        """End syncs that wait for something that does not come."""
        limit = fields.Datetime.now() - timedelta(hours=MAX_HOURS)
        for one in self.search([("state", "in", ACTIVE), ("started_at", "<", limit)]):
            one._fail(TOO_LONG, {"reason": str(MAX_HOURS)})

    def _note(self, subject, error, is_failure):
        """Write down what could not be read; return the record.

        :param is_failure: the sync does not count as a success
        """
        code, details = tell_apart(error)
        return self.env["msp.sync.problem"]._system_create(
            [
                {
                    "sync_id": self.id,
                    "subject": storable.text(subject or "") or False,
                    "is_failure": is_failure,
                    "code": code,
                    "details": details,
                }
            ]
        )

    # Buttons

    def action_stop(self):
        """End a sync; what was read stays."""
        for one in self:
            one.connection_id._check_may_run()
        self._stop()
        return True

    def action_run_now(self):
        """Go on at once with what waits."""
        for one in self:
            one.connection_id._check_may_run()
        self._hurry()
        return True

    def _hurry(self):
        waiting = self.filtered(lambda one: one.state == "waiting")
        waiting._system_write({"look_at": fields.Datetime.now(), "attempts": 0})
        self.env["msp.sync.export"]._hurry(waiting)
        self._wake_scheduler()

    def action_view_imports(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_action"
        )
        return {**action, "domain": [("sync_id", "in", self.ids)], "context": {}}

    @api.autovacuum
    def _gc_old(self):
        """Delete log lines that nobody looks at any more."""
        limit = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.search(
            [("ended_at", "<", limit), ("state", "not in", ACTIVE)], limit=1000
        )
        old._system_unlink()
        return len(old), len(old) == 1000
