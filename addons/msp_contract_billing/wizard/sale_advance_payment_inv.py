from odoo import models
from odoo.exceptions import UserError


class SaleAdvancePaymentInv(models.TransientModel):
    _inherit = "sale.advance.payment.inv"

    def _create_invoices(self, sale_orders):
        is_down_payment = self.advance_payment_method != "delivered"
        if is_down_payment and sale_orders._msp_is_recurring_only():
            raise UserError(sale_orders._msp_recurring_only_message())
        return super()._create_invoices(sale_orders)
