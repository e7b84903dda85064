from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.msp_derived_mixin import MspDerivedMixin

from .msp_provider import format_month, format_selection

STATES = [
    ("new", "New"),
    ("columns", "Columns to confirm"),
    ("read", "Read"),
    ("mapped", "Assigned"),
    ("prepared", "Prepared"),
    ("applied", "Applied"),
    ("withdrawn", "Withdrawn"),
]
# What people may write on an import; everything else follows from its file.
EDITABLE = {
    "invoice_amount",
    "accept_limit",
    "customer_mapping_ids",
    "product_mapping_ids",
}
# States of a row, by what becomes of its money.
BUCKETS = {
    "done": ("matched", "applied", "no_change"),
    "waiting": ("waiting", "unmapped_customer", "unmapped_product"),
    "info": ("info",),
    "ignored": ("ignored",),
}


class MspImport(models.Model):
    """One file of a provider: kept as received, read, assigned, applied."""

    _name = "msp.import"
    _description = "Provider import"
    _inherit = (
        "msp.derived.mixin",
        "msp.batch.mixin",
        "msp.action.mixin",
        "mail.thread",
    )
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False)
    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    file = fields.Binary("File as Received", attachment=True, readonly=True)
    file_name = fields.Char(readonly=True)
    sha256 = fields.Char("SHA-256", readonly=True, copy=False)
    format_id = fields.Selection(format_selection, readonly=True)
    header_fingerprint = fields.Char(readonly=True)
    profile_id = fields.Many2one(
        "msp.import.profile",
        "Column Profile",
        ondelete="restrict",
        index="btree_not_null",
        readonly=True,
        help="What the columns of the file mean; empty where its format is built in.",
    )
    # {column: some of its cells}, and what the columns yielded when checked
    column_samples = fields.Json(readonly=True)
    check_result = fields.Json(readonly=True)
    state = fields.Selection(STATES, default="new", required=True, readonly=True)
    is_running = fields.Boolean(
        readonly=True, help="The scheduler is applying what is left."
    )
    withdraw_reason = fields.Char(readonly=True)
    # Not the last user who wrote: the scheduler and others write meanwhile.
    started_by_id = fields.Many2one("res.users", "Applied By", readonly=True)
    is_outdated = fields.Boolean(
        readonly=True, help="Is prepared again before it is applied."
    )
    month = fields.Date(
        readonly=True,
        index=True,
        help="The month in which most of the rows that say a quantity begin.",
    )
    month_label = fields.Char("Month Billed", compute="_compute_month_label")
    date_start = fields.Date("First Day", readonly=True)
    date_end = fields.Date("Last Day", readonly=True)
    invoice_numbers = fields.Char("Provider's Invoice", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    charge_count = fields.Integer("Rows Read", readonly=True)
    problem_count = fields.Integer("Rows with Problems", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_read = fields.Monetary(
        "Read", readonly=True, help="Net, as added up while reading the file."
    )
    invoice_amount = fields.Monetary(
        "Net Total of Invoice", help="From the provider's invoice, to compare with."
    )

    provider_charge_ids = fields.One2many(
        "msp.provider.charge", "import_id", "Rows of the File"
    )
    problem_ids = fields.One2many("msp.import.problem", "import_id", "Problems")
    change_ids = fields.One2many("msp.import.change", "import_id", "Proposed Changes")
    differing_change_ids = fields.One2many(
        "msp.import.change",
        "import_id",
        "Changes",
        domain=[("state", "!=", "no_change")],
    )
    version_ids = fields.Many2many(
        "msp.contract.version",
        "msp_contract_version_import_rel",
        "import_id",
        "version_id",
        "Versions",
    )
    customer_mapping_ids = fields.Many2many("msp.customer.mapping", string="Customers")
    product_mapping_ids = fields.Many2many("msp.product.mapping", string="Articles")

    open_customer_count = fields.Integer(compute="_compute_counts")
    open_product_count = fields.Integer(compute="_compute_counts")
    proposed_count = fields.Integer("To Apply", compute="_compute_counts")
    waiting_count = fields.Integer("Changes Waiting", compute="_compute_counts")
    failed_count = fields.Integer("Failed", compute="_compute_counts")
    version_count = fields.Integer("Versions Made", compute="_compute_counts")

    # Withdrawing frees the file, so that it can be read again.
    _file_unique = models.UniqueIndex(
        "(company_id, sha256) WHERE state != 'withdrawn'",
        "This file was imported before. Open that import, or withdraw it first.",
    )

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for one in self:
            one.month_label = one.month and format_month(self.env, one.month)

    @api.depends("change_ids.state", "version_ids", "customer_mapping_ids.state")
    def _compute_counts(self):
        states = {
            (import_.id, state): count
            for import_, state, count in self.env["msp.import.change"]._read_group(
                [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
            )
        }
        versions = {
            import_.id: count
            for import_, count in self.env["msp.contract.version"]._read_group(
                [("import_ids", "in", self.ids), ("state", "!=", "draft")],
                ["import_ids"],
                ["__count"],
            )
        }
        for one in self:
            one.open_customer_count = len(
                one.customer_mapping_ids.filtered(lambda each: each.state == "open")
            )
            one.open_product_count = len(
                one.product_mapping_ids.filtered(lambda each: each.state == "open")
            )
            one.proposed_count = states.get((one.id, "proposed"), 0)
            one.waiting_count = states.get((one.id, "waiting"), 0)
            one.failed_count = states.get((one.id, "failed"), 0)
            one.version_count = versions.get(one.id, 0)

    # The guard: an import follows from its file. Chatter has fields of its own.

    def write(self, vals):
        names = {
            name
            for name in vals
            if not name.startswith(("message_", "activity_", "website_message"))
        }
        if names - EDITABLE:
            self._refuse()
        for name in names & {"customer_mapping_ids", "product_mapping_ids"}:
            # Only what the lists on the form send: edit one, keep one.
            if any(command[0] not in (1, 4) for command in vals[name]):
                self._refuse()
        # sudo is not needed: edits of assignments run with the user's own rights
        return super(MspDerivedMixin, self).write(vals)

    def unlink(self):
        self._check_access_to_delete()
        if self:
            self._check_nothing_rests_on()
            self._hand_over_known_rows()
            self.change_ids._system_unlink()
        return super(MspDerivedMixin, self).unlink()

    # Helpers of all steps

    def _check_state(self, *states):
        if self.state in states:
            return
        labels = dict(self._fields["state"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "Import %(import)s is at step %(state)s, where this is not possible. "
                "Reload the page.",
                **{"import": self.name, "state": labels[self.state]},
            )
        )

    def _set_step(self, state):
        """Go on to `state`; an import that was applied stays so."""
        if self.state != "applied":
            self._system_write({"state": state})

    # Withdraw

    def action_withdraw(self):
        """Open the question for the reason."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import.withdraw",
            "name": self.env._("Withdraw Import"),
            "view_mode": "form",
            "target": "new",
            "context": {"default_import_id": self.id},
        }

    def _withdraw(self, reason):
        """Take the import's versions back and free its file."""
        self.ensure_one()
        self.check_access("write")
        if self.state == "withdrawn":
            self._check_state()
        self._check_not_running()
        self._check_nothing_rests_on()
        versions = self.version_ids.filtered(lambda version: version.state == "active")
        # sudo: who may import may take back what the import did, though only an
        # account manager withdraws versions one by one
        versions = versions.sudo()
        days = versions.mapped("date_start")
        agreed = days and self._find_agreed(versions.contract_id, min(days))
        versions._withdraw(reason)
        self._release_shared(versions)
        drafts = self.version_ids.filtered(lambda version: version.state == "draft")
        drafts.sudo().unlink()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge SET state = 'ignored', state_reason = %s "
                "WHERE import_id = %s",
                self.env._("The import was withdrawn: %s", reason),
                self.id,
            )
        )
        self.env.invalidate_all()
        self.problem_ids._system_write({"is_ignored": True, "ignore_reason": reason})
        self._system_write(
            {
                "state": "withdrawn",
                "withdraw_reason": reason,
            }
        )
        self._hand_over_known_rows()
        self._update_open_amounts()
        if agreed:
            agreed._look_again(self)
        self.message_post(body=self.env._("Withdrawn: %s", reason))

    def _update_open_amounts(self):
        self.customer_mapping_ids._update_open_amounts()
        self.product_mapping_ids._update_open_amounts()

    def _check_access_to_delete(self):
        self.check_access("unlink")
        for one in self:
            one._check_not_running()
            if one.version_ids:
                raise UserError(
                    self.env._(
                        "Import %s has made versions of contracts and stays as their "
                        "record. Withdraw it instead.",
                        one.name,
                    )
                )
