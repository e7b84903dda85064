from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .res_company import GROUPINGS


class ResPartner(models.Model):
    _inherit = "res.partner"

    msp_invoice_day = fields.Integer(
        "Invoice Day",
        help="Day of the month, 1 to 28, before which the customer gets no invoice of "
        "the regular run: what is due waits for a run dated that day or later. "
        "0: with every run.",
    )
    msp_invoice_grouping = fields.Selection(
        GROUPINGS,
        "Contract Invoices",
        help="Empty: as the company's settings say. A contract may say otherwise.",
    )
    msp_split_months = fields.Boolean(
        "Invoice per Month of Service",
        help="Charges of different calendar months never share an invoice.",
    )

    @api.constrains("msp_invoice_day")
    def _check_msp_invoice_day(self):
        for partner in self:
            if not 0 <= partner.msp_invoice_day <= 28:
                raise ValidationError(
                    self.env._(
                        "The invoice day of %(customer)s is a day from 1 to 28, which "
                        "every month has, or 0 for none, not %(day)s.",
                        customer=partner.display_name,
                        day=partner.msp_invoice_day,
                    )
                )

    @api.model
    def _commercial_fields(self):
        return [
            *super()._commercial_fields(),
            "msp_invoice_day",
            "msp_invoice_grouping",
            "msp_split_months",
        ]
