from odoo import fields, models
from odoo.exceptions import UserError

SEVERITIES = [
    ("blocking", "Blocks"),
    ("hold", "On hold"),
    ("waiting", "Waits"),
    ("warning", "Warning"),
    ("info", "Note"),
]
CODES = [
    ("error", "Cannot be computed"),
    ("archived", "Customer archived"),
    ("no_rate", "No exchange rate"),
    ("no_price", "No price"),
    ("no_tax", "No tax"),
    ("tax_per_unit", "Tax per unit"),
    ("rounding", "Rounding of the currency"),
    ("no_address", "No address"),
    ("no_country", "No country"),
    ("no_email", "No e-mail address"),
    ("negative", "Credit note"),
    ("approval", "Change to approve"),
    ("not_live", "Sold, not live"),
    ("hold", "On hold"),
    ("credit_note", "Draft credit note"),
    ("invoice_day", "Invoice day to come"),
    ("catch_up", "Many missed periods"),
    ("next_invoice", "With next regular invoice"),
    ("other", "Other"),
]


class MspBillingRunException(models.Model):
    """Something a clerk should know of a contract, or what a charge waits for."""

    _name = "msp.billing.run.exception"
    _description = "Exceptions of a billing run"
    _inherit = ["msp.action.mixin", "msp.derived.mixin", "msp.bulk.mixin"]
    _order = "run_id desc, severity, code, id"
    _rec_name = "reason"

    run_id = fields.Many2one(
        "msp.billing.run", required=True, ondelete="cascade", index=True
    )
    line_id = fields.Many2one(
        "msp.billing.run.line", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True)
    contract_id = fields.Many2one("msp.contract", required=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer")
    position_id = fields.Many2one("msp.contract.position", ondelete="cascade")
    code = fields.Selection(CODES, "What", required=True)
    severity = fields.Selection(SEVERITIES, required=True)
    reason = fields.Text(required=True)
    date_until = fields.Date("Until")
    decided_by = fields.Char()
    currency_id = fields.Many2one("res.currency", required=True)
    charge_count = fields.Integer("Charges")
    amount = fields.Monetary("Waiting Amount")

    def _refuse(self):
        raise UserError(
            self.env._(
                "Exceptions are found by the run. Remove their cause and make the "
                "preview again."
            )
        )

    def action_open_contract(self):
        self.ensure_one()
        return self._action_open(self.contract_id)
