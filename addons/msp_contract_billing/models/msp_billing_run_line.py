from odoo import api, fields, models


class MspBillingRunLine(models.Model):
    """One contract in a run: what is due, what became of it."""

    _name = "msp.billing.run.line"
    _description = "Contract in a billing run"
    _order = "run_id, id"
    _rec_name = "contract_id"

    run_id = fields.Many2one(
        "msp.billing.run", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="run_id.company_id", store=True)
    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True
    )
    currency_id = fields.Many2one(related="contract_id.currency_id")
    state = fields.Selection(
        [
            ("due", "Due"),
            ("done", "Invoiced"),
            ("held", "On hold"),
            ("failed", "Failed"),
        ],
        required=True,
        default="due",
    )
    amount = fields.Monetary("Amount (untaxed)")
    amount_company = fields.Monetary(
        compute="_compute_amount_company", currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    charge_count = fields.Integer("Charges")
    preview = fields.Text()
    error = fields.Text("Problem")
    move_id = fields.Many2one(
        "account.move", "Invoice", ondelete="set null", index="btree_not_null"
    )

    @api.depends("amount", "currency_id", "run_id.invoice_date")
    def _compute_amount_company(self):
        for line in self:
            line.amount_company = line.currency_id._convert(
                line.amount,
                line.company_currency_id,
                line.company_id,
                line.run_id.invoice_date,
            )
