from collections import Counter

from odoo import api, fields, models

from odoo.addons.msp_cloud_import.models.msp_provider import format_month

from .msp_reconciliation import USABLE


class MspProvider(models.Model):
    """What the board says about proof: findings and bills."""

    _inherit = "msp.provider"

    company_currency_id = fields.Many2one(
        "res.currency", compute="_compute_reconciliation"
    )
    open_finding_count = fields.Integer(
        "Open Findings", compute="_compute_reconciliation"
    )
    leakage_total = fields.Monetary(
        "Leakage",
        compute="_compute_reconciliation",
        currency_field="company_currency_id",
    )
    missing_bill_count = fields.Integer(
        "Files without Bill", compute="_compute_reconciliation"
    )
    last_reconciled = fields.Char("Reconciled until", compute="_compute_reconciliation")

    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_reconciliation(self):
        findings, leakage = {}, {}
        today, ours = fields.Date.context_today(self), self.env.company
        groups = self.env["msp.finding"]._read_group(
            [("provider_id", "in", self.ids), ("state", "=", "open")],
            ["provider_id", "direction", "company_id"],
            ["amount_company:sum", "__count"],
        )
        for provider, direction, company, amount, count in groups:
            findings[provider] = findings.get(provider, 0) + count
            if direction == "leakage":
                amount = company.currency_id._convert(
                    amount, ours.currency_id, ours, today
                )
                leakage[provider] = leakage.get(provider, 0.0) + amount
        reconciled = self.env["msp.reconciliation"].search(
            [("provider_id", "in", self.ids)], order="month"
        )
        by_provider = {one.provider_id: one for one in reconciled}
        missing = Counter(one.provider_id.id for one in self._find_missing_bills())
        for provider in self:
            provider.company_currency_id = self.env.company.currency_id
            provider.open_finding_count = findings.get(provider, 0)
            provider.leakage_total = leakage.get(provider, 0.0)
            provider.missing_bill_count = missing[provider.id]
            latest = by_provider.get(provider)
            provider.last_reconciled = latest and format_month(self.env, latest.month)

    def _find_to_do(self):
        findings = self.env["msp.finding"]._read_group(
            [("provider_id", "in", self.ids), ("state", "=", "open")], ["provider_id"]
        )
        return super()._find_to_do() | {provider.id for (provider,) in findings}

    @api.model
    def _no_bill_leaf(self):
        """Return the leaf of a domain of imports that no standing bill books."""
        # sudo: whether a file is booked is no secret, the bills are
        standing = (
            self.env["account.move"]
            .sudo()
            ._search(
                [
                    ("msp_import_ids", "!=", False),
                    ("state", "!=", "cancel"),
                    ("payment_state", "!=", "reversed"),
                ]
            )
        )
        return ("bill_ids", "not in", standing)

    def _find_missing_bills(self):
        """Return the applied imports that have something to book and no bill."""
        imports = self.env["msp.import"].search(
            [
                ("provider_id", "in", self.ids),
                ("state", "=", "applied"),
                self._no_bill_leaf(),
            ]
        )
        return imports.filtered(lambda one: one.bill_state == "none")

    def action_view_findings(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_reconciliation.msp_finding_action"
        )
        return {**action, "domain": [("provider_id", "in", self.ids)]}

    def action_view_missing_bills(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_reconciliation.msp_import_bill_action"
        )
        imports = self._find_missing_bills()
        return {**action, "context": {}, "domain": [("id", "in", imports.ids)]}

    def action_reconcile(self):
        """Compare the latest month that has files; open the result."""
        self.ensure_one()
        latest = self.env["msp.import"].search(
            [
                ("provider_id", "=", self.id),
                ("company_id", "=", self.env.company.id),
                ("month", "!=", False),
                ("state", "in", USABLE),
            ],
            order="month desc",
            limit=1,
        )
        wizard = self.env["msp.reconciliation.start"].create(
            {
                "provider_ids": [fields.Command.set(self.ids)],
                "month": latest.month or fields.Date.context_today(self),
            }
        )
        return wizard.action_compare()
