from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .msp_finding import CAUSES


class MspFindingTolerance(models.Model):
    """Up to which money a difference is counted, but not shown."""

    _name = "msp.finding.tolerance"
    _description = "Tolerance of findings"
    _order = "company_id, provider_id, cause, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    provider_id = fields.Many2one(
        "msp.provider", ondelete="cascade", help="Empty: for all providers."
    )
    cause = fields.Selection(CAUSES, help="Empty: for all causes.")
    amount = fields.Monetary(
        required=True, help="A difference of up to so much, and of this too, is small."
    )

    _subject_unique = models.UniqueIndex(
        "(company_id, COALESCE(provider_id, 0), COALESCE(cause, ''))",
        "There is a tolerance for this provider and cause already. Change that one.",
    )

    @api.constrains("amount")
    def _check_amount(self):
        for one in self:
            if one.amount < 0:
                raise ValidationError(
                    self.env._("A tolerance cannot be negative; 0 shows everything.")
                )

    @api.depends("provider_id.name", "cause")
    @api.depends_context("lang")
    def _compute_display_name(self):
        causes = dict(self._fields["cause"]._description_selection(self.env))
        for one in self:
            names = one.provider_id.name, causes.get(one.cause)
            one.display_name = ", ".join(filter(None, names)) or self.env._("All")

    @api.model
    def _load(self, company, provider):
        """Return the function that says the tolerance of a cause.

        The most specific one counts: provider and cause, provider, cause, all.
        """
        # sudo: what is small is the same for whoever compares
        found = {
            (one.provider_id.id, one.cause): one.amount
            for one in self.sudo().search(
                [
                    ("company_id", "=", company.id),
                    ("provider_id", "in", (False, provider.id)),
                ]
            )
        }

        def tolerance_of(cause):
            keys = (
                (provider.id, cause),
                (provider.id, False),
                (False, cause),
                (False, False),
            )
            return next((found[key] for key in keys if key in found), 0.0)

        return tolerance_of


class MspReconciliation(models.Model):
    _inherit = "msp.reconciliation"

    small_count = fields.Integer("Small Findings", compute="_compute_small")
    small_total = fields.Monetary(
        "Below Tolerance",
        compute="_compute_small",
        help="What small findings come to, each counted as it is signed.",
    )

    @api.depends("finding_ids.state", "finding_ids.amount_company")
    def _compute_small(self):
        sums = {
            one: (count, amount)
            for one, count, amount in self.env["msp.finding"]._read_group(
                [("reconciliation_id", "in", self.ids), ("state", "=", "small")],
                ["reconciliation_id"],
                ["__count", "amount_company:sum"],
            )
        }
        for one in self:
            one.small_count, one.small_total = sums.get(one, (0, 0.0))

    def _store_findings(self, wanted):
        result = super()._store_findings(wanted)
        self._mark_small()
        return result

    def _mark_small(self):
        """Put findings below their tolerance aside, and back if they have grown."""
        tolerance_of = self.env["msp.finding.tolerance"]._load(
            self.company_id, self.provider_id
        )
        findings = self.finding_ids.filtered(lambda one: one.state in ("open", "small"))
        small = findings.filtered(
            lambda one: (
                one.company_currency_id.compare_amounts(
                    abs(one.amount_company), tolerance_of(one.cause)
                )
                <= 0
                and tolerance_of(one.cause)
            )
        )
        small.filtered(lambda one: one.state == "open")._system_write(
            {"state": "small"}
        )
        grown = findings - small
        grown.filtered(lambda one: one.state == "small")._system_write(
            {"state": "open"}
        )

    def action_view_small(self):
        return self._action_view(
            self.env._("Small Findings of %s", self.name),
            "msp.finding",
            [("reconciliation_id", "=", self.id), ("state", "=", "small")],
        )
