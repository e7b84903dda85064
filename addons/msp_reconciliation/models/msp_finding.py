from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.msp_contract_billing.models.msp_derived_mixin import MspDerivedMixin

from ..matching import CAUSES as DIRECTION_OF

CAUSES = [
    ("unassigned", "Customer or article not assigned"),
    ("unreadable", "Row not readable"),
    ("not_in_contract", "Not under contract"),
    ("seats_missing", "Fewer in the contract than supplied"),
    ("other_charge", "Charge that no contract bills"),
    ("more_than_bundle", "More supplied than the bundle contains"),
    ("seats_surplus", "More in the contract than supplied"),
    ("less_than_bundle", "Fewer supplied than the bundle contains"),
    ("ended_at_provider", "No longer supplied, still under contract"),
    ("only_in_contract", "Never supplied, but under contract"),
    ("cancellation_missed", "Ended in the contract, still charged"),
    ("wrong_plan", "Other term or billing plan than sold"),
    ("not_passed_on", "Amount not passed on"),
    ("credit_not_passed_on", "Provider's credit not passed on"),
    ("cost_changed", "Provider's price changed"),
    ("promotion_ended", "Promotion or grant ended"),
    ("partner_credit_lost", "Partner earned credit lost"),
    ("proration", "Provider's part of a period differs"),
    ("rounding", "Provider's rounding"),
    ("exchange_rate", "Exchange rate"),
    ("usage_gap", "Usage and invoice differ"),
    ("not_billed", "Due, but not billed yet"),
    ("to_correct", "Billed differently, correction due"),
    ("late_usage", "Late usage"),
    ("rerated_usage", "Usage rated anew"),
]
DIRECTIONS = [
    ("leakage", "Leakage"),
    ("overbilled", "Over-billed"),
    ("credit", "Credit"),
    ("cost", "Cost"),
    ("timing", "Next run"),
]
STATES = [
    ("open", "Open"),
    ("small", "Below tolerance"),
    ("resolved", "Resolved"),
    ("ignored", "Ignored"),
    ("gone", "Settled"),
]
# What people may write on a finding; everything else follows from the comparison.
EDITABLE = {"user_id", "note"}


class MspFinding(models.Model):
    """One difference of a reconciliation, with cause, money, owner and decision."""

    _name = "msp.finding"
    _description = "Finding"
    _inherit = ("msp.compared.mixin", "mail.thread", "mail.activity.mixin")
    _order = "month desc, amount_company desc, id"
    _check_company_auto = True

    reconciliation_id = fields.Many2one(
        "msp.reconciliation",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    key = fields.Char(
        required=True, help="What it is recognised by next time.", readonly=True
    )
    provider_id = fields.Many2one(related="reconciliation_id.provider_id", store=True)
    month = fields.Date(related="reconciliation_id.month", store=True)
    line_id = fields.Many2one(
        "msp.reconciliation.line",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    cause = fields.Selection(CAUSES, required=True, index=True, readonly=True)
    direction = fields.Selection(DIRECTIONS, compute="_compute_direction", store=True)
    customer_name = fields.Char(
        "Customer at Provider",
        help="As in the file, while nobody is assigned.",
        readonly=True,
    )
    article_name = fields.Char(
        "Article at Provider",
        help="As in the file, while nothing is assigned.",
        readonly=True,
    )
    customer_label = fields.Char("Customer", compute="_compute_labels")
    article_label = fields.Char("Article", compute="_compute_labels")
    date_start = fields.Date("From", help="First day in this month.", readonly=True)
    date_end = fields.Date("To", help="Last day in this month.", readonly=True)
    date_since = fields.Date(
        "Since", help="First day of all, in earlier months too.", readonly=True
    )
    amount = fields.Monetary(help="What is at stake, without tax.", readonly=True)
    is_cost = fields.Boolean(
        "At Cost",
        help="The provider's price, as no price to the customer is known.",
        readonly=True,
    )
    amount_company = fields.Monetary(
        "In Company Currency", currency_field="company_currency_id", readonly=True
    )
    explanation = fields.Text(readonly=True)
    charge_ids = fields.Many2many(
        "msp.provider.charge",
        "msp_finding_row_rel",
        "finding_id",
        "row_id",
        "Rows of the Files",
        readonly=True,
    )
    state = fields.Selection(
        STATES, required=True, default="open", index=True, readonly=True
    )
    user_id = fields.Many2one("res.users", "Owner", index="btree_not_null")
    note = fields.Text("Comment")
    close_reason = fields.Char("Decision", readonly=True)
    closed_amount = fields.Monetary(readonly=True)
    closed_by_id = fields.Many2one(
        "res.users", "Decided By", ondelete="restrict", readonly=True
    )
    came_back = fields.Boolean(
        help="It was settled or decided, and differs again since then.", readonly=True
    )

    _key_unique = models.Constraint(
        "UNIQUE (reconciliation_id, key)",
        "The comparison found the same difference twice.",
    )

    @api.depends("cause")
    def _compute_direction(self):
        for finding in self:
            finding.direction = DIRECTION_OF[finding.cause]

    @api.depends("partner_id.name", "customer_name", "product_id", "article_name")
    @api.depends_context("lang")
    def _compute_labels(self):
        for finding in self:
            product = finding.product_id.with_context(display_default_code=False)
            finding.customer_label = finding.partner_id.name or finding.customer_name
            finding.article_label = product.display_name or finding.article_name

    @api.depends("cause", "customer_label", "article_label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        for finding in self:
            names = (
                causes.get(finding.cause),
                finding.customer_label,
                finding.article_label,
            )
            finding.display_name = ", ".join(filter(None, names))

    # The guard: a finding follows from the comparison. Chatter has its own fields.

    def _refuse(self):
        raise UserError(
            self.env._(
                "Findings follow from the comparison. Decide on one with Resolve or "
                "Ignore, or mend its cause and compare again."
            )
        )

    def write(self, vals):
        chatter = ("message_", "activity_", "website_message")
        names = {name for name in vals if not name.startswith(chatter)}
        if names - EDITABLE:
            self._refuse()
        # sudo is not needed: people write these with their own rights
        return super(MspDerivedMixin, self).write(vals)

    def _renew(self, vals):
        """Bring a finding up to date; what was decided stays while it is the same."""
        self.ensure_one()
        kept = {"user_id"} if self.user_id else set()
        vals = {name: value for name, value in vals.items() if name not in kept}
        is_decided = self.state in ("resolved", "ignored")
        is_same = is_decided and self.currency_id.is_zero(
            self.closed_amount - vals["amount"]
        )
        if self.state == "gone" or (is_decided and not is_same):
            vals.update(state="open", came_back=True)
        self._system_write(vals)

    # Decisions

    def action_resolve(self):
        """Open the question what was done about the findings."""
        return self._action_close("resolved", self.env._("Resolve Findings"))

    def action_ignore(self):
        """Open the question why the findings are left as they are."""
        return self._action_close("ignored", self.env._("Ignore Findings"))

    def _action_close(self, state, name):
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.finding.close",
            "name": name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_state": state,
                "default_finding_ids": [fields.Command.set(self.ids)],
            },
        }

    def _close(self, state, reason):
        """Decide on findings: `state` is resolved or ignored, with a reason."""
        self.check_access("write")
        is_accountant = self.env.user.has_group("msp_contract_billing.group_accountant")
        if state == "ignored" and not is_accountant:
            raise AccessError(
                self.env._(
                    "Only an accountant may ignore a finding. Resolve it, or ask an "
                    "accountant."
                )
            )
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say for what reason: it is kept as the record.")
            )
        for finding in self:
            finding._system_write(
                {
                    "state": state,
                    "close_reason": reason,
                    "closed_amount": finding.amount,
                    "closed_by_id": self.env.uid,
                    "came_back": False,
                }
            )
            finding.message_post(
                body=self.env._(
                    "%(state)s: %(reason)s",
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        state
                    ],
                    reason=reason,
                )
            )
            finding.activity_feedback(["mail.mail_activity_data_todo"], feedback=reason)

    def action_reopen(self):
        """Take a decision back."""
        self.check_access("write")
        closed = self.filtered(lambda one: one.state in ("resolved", "ignored"))
        closed._system_write(
            {"state": "open", "close_reason": False, "ignored_until": False}
        )
        return True

    # Ways to what a finding rests on

    def action_view_invoice_lines(self):
        one = self.reconciliation_id
        charges = self.env["msp.charge"].search(one._charge_domain(self.position_id))
        return one._action_view(
            self.env._("Invoice Lines: %s", self.display_name),
            "account.move.line",
            [("id", "in", charges.move_line_id.ids)],
        )

    def action_view_changes(self):
        """Show what the imports proposed for the rows."""
        return self.reconciliation_id._action_view(
            self.env._("Proposed Changes: %s", self.display_name),
            "msp.import.change",
            [("provider_charge_ids", "in", self.charge_ids.ids)],
        )

    def action_open_contract(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.contract",
            "res_id": self.contract_id.id,
            "view_mode": "form",
        }

    def action_amend(self):
        """Open Change Contract with the first day on which the sides differ."""
        self.ensure_one()
        action = self.contract_id.action_amend()
        return {
            **action,
            "context": {
                **action.get("context", {}),
                "default_date_start": self.date_since or self.date_start,
                "default_cause": "correction",
                "default_finding_id": self.id,
            },
        }

    def action_assign(self):
        """Open the assignments that are missing."""
        self.ensure_one()
        is_customer = "unmapped_customer" in self.charge_ids.mapped("state")
        model = "msp.customer.mapping" if is_customer else "msp.product.mapping"
        mappings = self.charge_ids[
            "customer_mapping_id" if is_customer else "product_mapping_id"
        ]
        return self.reconciliation_id._action_view(
            self.env._("To Assign"), model, [("id", "in", mappings.ids)]
        )
