from odoo import api, fields, models
from odoo.exceptions import UserError

from .res_company import TARGETS

KINDS = [("regular", "Regular"), ("differential", "Differential")]
STATES = [
    ("draft", "Selection"),
    ("preview", "Preview"),
    ("running", "In Progress"),
    ("stopped", "Stopped"),
    ("created", "Drafts"),
    ("posted", "Posted"),
    ("rendered", "PDFs Made"),
    ("sent", "Sent"),
]
STEPS = [
    ("create", "Creating drafts"),
    ("post", "Posting"),
    ("render", "Making PDFs"),
    ("send", "Sending"),
    ("undo", "Deleting drafts"),
]
#: What the run's own steps set, with what a new run has.
SYSTEM_FIELDS = {
    "state": "draft",
    "step": False,
    "target": False,
    "scheduled_on": False,
    "previewed_by_id": False,
    "previewed_at": False,
    "approved_by_id": False,
    "approved_at": False,
    "started_by_id": False,
    "next_at": False,
    "problem": False,
}


class MspBillingRun(models.Model):
    """One regular or differential run: selection, preview, invoices, log.

    Both kinds are one computation, entitlement minus claims; they differ in
    which of its results they take.
    """

    _name = "msp.billing.run"
    _description = "Billing run"
    _inherit = ["mail.thread", "msp.action.mixin", "msp.batch.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    kind = fields.Selection(KINDS, required=True, default="regular")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        STATES, default="draft", readonly=True, copy=False, tracking=True
    )
    step = fields.Selection(STEPS, readonly=True, copy=False)
    target = fields.Selection(
        TARGETS, "Goes by Itself Until", readonly=True, copy=False
    )
    scheduled_on = fields.Date(readonly=True, copy=False)
    previewed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    previewed_at = fields.Datetime(readonly=True, copy=False)
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_at = fields.Datetime(readonly=True, copy=False)
    started_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        help="What is left of the step is done in this user's name.",
    )
    next_at = fields.Datetime("Continues At", readonly=True, copy=False)
    problem = fields.Text(readonly=True, copy=False)
    line_ids = fields.One2many("msp.billing.run.line", "run_id", readonly=True)
    invoice_ids = fields.One2many(
        "msp.billing.run.invoice", "run_id", "Progress of Invoices", readonly=True
    )
    exception_ids = fields.One2many(
        "msp.billing.run.exception", "run_id", readonly=True
    )
    move_ids = fields.One2many("account.move", "msp_run_id", "Invoices", readonly=True)

    _scheduled_unique = models.UniqueIndex(
        "(company_id, scheduled_on) WHERE scheduled_on IS NOT NULL",
        "The scheduler makes one run per company and day.",
    )
    _unfinished_idx = models.Index("(id) WHERE state = 'running'")

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_system_fields(vals)
            # Named here, as the context's defaults fill what is not.
            vals.update(SYSTEM_FIELDS)
            if not vals.get("name"):
                company = vals.get("company_id") or self.env.company.id
                sequence = self.env["ir.sequence"].with_company(company)
                vals["name"] = sequence.next_by_code("msp.billing.run")
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_system_fields(vals)
        if self._selection_fields() & set(vals):
            self._reopen_selection()
        return super().write(vals)

    def _system_write(self, vals):
        """Write what steps set, past the guard; needs the right to write runs."""
        return super().write(vals)

    def _refuse_system_fields(self, vals):
        for name in SYSTEM_FIELDS:
            if name in vals:
                field = self._fields[name]
                raise UserError(
                    self.env._(
                        'The field "%(field)s" of a run is set by its steps and cannot '
                        "be entered. Use the buttons of the run.",
                        field=field._description_string(self.env),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for run in self:
            if run.move_ids:
                raise UserError(
                    self.env._(
                        "Run %(run)s has made %(count)s invoices and stays as their "
                        "record. Delete its drafts first.",
                        run=run.name,
                        count=len(run.move_ids),
                    )
                )

    def _check_state(self, *states):
        """Refuse a step that the run is not at, or that the user may not take."""
        self.ensure_one()
        self.check_access("write")
        if self.state in states:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "Run %(run)s is at step %(state)s, where this is not possible. Reload "
                "the page.",
                run=self.name,
                state=labels[self.state],
            )
        )

    # Ways

    def action_view_invoices(self):
        return self._action_view(
            self.env._("Invoices of %s", self.name),
            "account.move",
            [("msp_run_id", "in", self.ids)],
            # By it Odoo's list knows that it shows customers and invoice dates.
            {"default_move_type": "out_invoice"},
        )

    def action_view_lines(self):
        self.ensure_one()
        action = self._action_view(
            self.env._("Contracts of %s", self.name),
            "msp.billing.run.line",
            [("run_id", "in", self.ids)],
            # For the buttons of the list, which has no record to look at.
            {"msp_run_state": self.state, "msp_run_kind": self.kind},
        )
        return {**action, "view_mode": "list,pivot,graph,form"}

    def action_view_exceptions(self):
        return self._action_view(
            self.env._("Exceptions of %s", self.name),
            "msp.billing.run.exception",
            [("run_id", "in", self.ids)],
            {"search_default_by_code": 1},
        )

    def action_view_progress(self):
        return self._action_view(
            self.env._("Invoices of %s", self.name),
            "msp.billing.run.invoice",
            [("run_id", "in", self.ids)],
        )
