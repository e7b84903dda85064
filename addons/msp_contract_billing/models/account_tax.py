from odoo import api, models


class AccountTax(models.Model):
    _inherit = "account.tax"

    @api.model
    def _prepare_down_payment_lines(self, base_lines, company, *args, **kwargs):
        """Leave recurring order lines out: their contract bills them."""
        base_lines = self._msp_without_recurring(base_lines, company)
        return super()._prepare_down_payment_lines(base_lines, company, *args, **kwargs)

    @api.model
    def _prepare_global_discount_lines(self, base_lines, company, *args, **kwargs):
        """Leave recurring order lines out: the discount line is charged once."""
        base_lines = self._msp_without_recurring(base_lines, company)
        return super()._prepare_global_discount_lines(
            base_lines, company, *args, **kwargs
        )

    @api.model
    def _msp_without_recurring(self, base_lines, company):
        one_time = [
            base_line
            for base_line in base_lines
            if not _is_recurring(base_line.get("record"))
        ]
        if len(one_time) < len(base_lines):
            # The rounding differences were spread over the lines that are gone.
            self._round_base_lines_tax_details(one_time, company)
        return one_time


def _is_recurring(record):
    is_order_line = getattr(record, "_name", None) == "sale.order.line"
    return is_order_line and record.msp_recurring
