from odoo import models


class SaleOrder(models.Model):
    """Invoices, down payments and online payments count one-time lines only."""

    _inherit = "sale.order"

    def _msp_is_recurring_only(self):
        """Return whether there is nothing but recurring lines to be paid for."""
        lines = self.order_line.filtered(
            lambda line: not line.display_type and not line.is_downpayment
        )
        return bool(lines) and all(
            line.msp_recurring or line._msp_is_recurring_combo() for line in lines
        )

    def _msp_recurring_only_message(self):
        # sudo: the number of the contract is no secret to whoever may invoice
        contracts = self.sudo().msp_version_ids.contract_id
        return self.env._(
            "%(orders)s has recurring products only. Contract %(contracts)s bills them.",
            orders=", ".join(self.mapped("display_name")),
            contracts=", ".join(contracts.mapped("display_name")),
        )

    def _nothing_to_invoice_error_message(self):
        if self._msp_is_recurring_only():
            return self._msp_recurring_only_message()
        return super()._nothing_to_invoice_error_message()

    def _get_invoiceable_lines(self, final=False):
        lines = super()._get_invoiceable_lines(final)
        return lines.filtered(
            lambda line: not line.msp_recurring and not line._msp_is_recurring_combo()
        )

    def _force_lines_to_invoice_policy_order(self):
        result = super()._force_lines_to_invoice_policy_order()
        lines = self.order_line.filtered(
            lambda line: line.msp_recurring or line._msp_is_recurring_combo()
        )
        lines.qty_to_invoice = 0.0
        return result

    def _get_update_prices_lines(self):
        lines = super()._get_update_prices_lines()
        return lines.filtered(lambda line: not line._msp_is_locked())

    def _msp_get_one_time_total(self):
        """Return what the one-time lines cost, taxes included."""
        self.ensure_one()
        lines = self._get_priced_lines()
        one_time = lines.filtered(lambda line: not line.msp_recurring)
        if one_time == lines:
            return self.amount_total
        tax_model = self.env["account.tax"]
        base_lines = [
            line._prepare_base_line_for_taxes_computation() for line in one_time
        ]
        tax_model._add_tax_details_in_base_lines(base_lines, self.company_id)
        tax_model._round_base_lines_tax_details(base_lines, self.company_id)
        totals = tax_model._get_tax_totals_summary(
            base_lines=base_lines, currency=self.currency_id, company=self.company_id
        )
        return totals["total_amount_currency"]

    def _msp_has_one_time_total(self):
        """Return whether there is something to be paid once."""
        self.ensure_one()
        return self.currency_id.compare_amounts(self._msp_get_one_time_total(), 0) > 0

    def _get_prepayment_required_amount(self):
        amount = super()._get_prepayment_required_amount()
        if not self.require_payment or not self.msp_has_recurring:
            return amount
        if not self._msp_has_one_time_total():
            return 0.0
        return self.currency_id.round(
            self._msp_get_one_time_total() * self.prepayment_percent
        )

    def _has_to_be_paid(self):
        result = super()._has_to_be_paid()
        if not self.msp_has_recurring:
            return result
        # The total may be negative where a contract is reduced.
        return (
            self.state in ("draft", "sent")
            and not self.is_expired
            and self.require_payment
            and self._msp_has_one_time_total()
            and not self._is_confirmation_amount_reached()
        )

    def _has_to_be_signed(self):
        """With nothing to be paid online, signing is how the customer accepts."""
        return super()._has_to_be_signed() or (
            self.state in ("draft", "sent")
            and not self.is_expired
            and self.require_payment
            and self.msp_has_recurring
            and not self.signature
            and not self._msp_has_one_time_total()
        )

    def _is_paid(self):
        if not self.msp_has_recurring:
            return super()._is_paid()
        total = self._msp_get_one_time_total()
        return self.currency_id.compare_amounts(self.amount_paid, total) >= 0

    def _get_default_payment_link_values(self):
        values = super()._get_default_payment_link_values()
        if not self.msp_has_recurring:
            return values
        rest = max(self._msp_get_one_time_total() - self.amount_paid, 0.0)
        is_quotation = self.state in ("draft", "sent") and self.require_payment
        amount = values["prepayment_amount"] if is_quotation else rest
        return {**values, "amount": amount, "amount_max": rest}
