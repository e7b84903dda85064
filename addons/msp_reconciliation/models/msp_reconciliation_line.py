from odoo import api, fields, models

RESULTS = [
    ("agrees", "Agrees"),
    ("differs", "Differs"),
    ("timing", "Settled by next run"),
    ("unknown", "Not comparable"),
]


class MspReconciliationLine(models.Model):
    """One position, or one subscription without any, on all three sides."""

    _name = "msp.reconciliation.line"
    _description = "Compared positions"
    _inherit = "msp.compared.mixin"
    _order = "reconciliation_id desc, result desc, partner_id, id"

    reconciliation_id = fields.Many2one(
        "msp.reconciliation",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    has_supply = fields.Boolean(
        help="Whether a file speaks for the last day.", readonly=True
    )
    cost_currency_id = fields.Many2one("res.currency", readonly=True)
    cost = fields.Monetary(
        currency_field="cost_currency_id",
        help="Net, of the month's files.",
        readonly=True,
    )
    value = fields.Monetary(
        "Contract's Value",
        help="What the days of the month cost the customer.",
        readonly=True,
    )
    billed_value = fields.Monetary(
        "Billed", help="What of that stands on invoices.", readonly=True
    )
    value_company = fields.Monetary(currency_field="company_currency_id", readonly=True)
    billed_value_company = fields.Monetary(
        currency_field="company_currency_id", readonly=True
    )
    result = fields.Selection(RESULTS, required=True, index=True, readonly=True)
    finding_ids = fields.One2many("msp.finding", "line_id", "Findings")
    charge_ids = fields.Many2many(
        "msp.provider.charge",
        "msp_reconciliation_line_row_rel",
        "line_id",
        "row_id",
        "Rows of the Files",
        readonly=True,
    )

    @api.depends("partner_id", "product_id", "subscription_label")
    def _compute_display_name(self):
        for line in self:
            names = (
                line.partner_id.name,
                line.product_id.name,
                line.subscription_label,
            )
            line.display_name = ", ".join(filter(None, names[:2])) or names[2]

    def action_view_findings(self):
        return self.reconciliation_id._action_view(
            self.env._("Findings of %s", self.display_name),
            "msp.finding",
            [("line_id", "=", self.id)],
        )
