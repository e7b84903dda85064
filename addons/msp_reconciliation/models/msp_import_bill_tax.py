from decimal import Decimal

from odoo import Command, models
from odoo.exceptions import UserError

# A provider that rounds its tax row by row or seat by seat comes to another sum than
# Odoo; more than this share of the tax, and a cent per row, is no rounding.
TAX_TOLERANCE = Decimal("0.05")
CENT = Decimal("0.01")


class MspImport(models.Model):
    """The tax of a vendor bill, and its total to the cent."""

    _inherit = "msp.import"

    def _add_default_taxes(self, move, bill):
        """Give lines without an article the company's purchase tax.

        Where the file states tax, only those for which it does.
        """
        taxes = self.company_id.account_purchase_tax_id
        taxes = move.fiscal_position_id.map_tax(taxes)
        lines = move.invoice_line_ids.sorted(lambda line: (line.sequence, line.id))
        untaxed = move.line_ids.browse(
            line.id
            for line, part in zip(lines, bill.lines, strict=True)
            if not line.tax_ids
            and all(cost.product is None for cost in part.costs)
            and (part.costs[0].is_taxed or not bill.states_tax)
        )
        if taxes and untaxed:
            untaxed.tax_ids = [Command.set(taxes.ids)]

    # The same total, to the cent

    def _tie_out(self, move, bill):
        """Give the bill the file's own tax; refuse one with another total."""
        currency = move.currency_id
        net = float(bill.net * bill.sign)
        if not currency.is_zero(move.amount_untaxed - net):
            raise UserError(
                self.env._(
                    "The lines of invoice %(number)s come to %(lines)s, the file says "
                    "%(file)s. Purchase taxes that are included in the price cannot be "
                    "used here; change the products' purchase taxes.",
                    number=bill.number,
                    lines=self._format_cost(move.amount_untaxed, currency),
                    file=self._format_cost(net, currency),
                )
            )
        if not bill.states_tax:
            return
        missing = move.msp_file_total - move.amount_total
        if currency.is_zero(missing):
            return
        stated = abs(move.msp_file_total - net)
        allowed = float(TAX_TOLERANCE) * stated + float(CENT) * bill.rows
        if abs(missing) <= allowed:
            self._move_tax(move, missing)
        if not currency.is_zero(move.msp_file_total - move.amount_total):
            raise UserError(
                self.env._(
                    "Invoice %(number)s states %(file)s of tax, the taxes of its lines "
                    "come to %(lines)s. Check the purchase taxes of the products and "
                    "the fiscal position of %(vendor)s.",
                    number=bill.number,
                    file=self._format_cost(stated, currency),
                    lines=self._format_cost(move.amount_tax, currency),
                    vendor=move.partner_id.display_name,
                )
            )

    def _move_tax(self, move, missing):
        """Add what is missing to the largest tax, as one does in the totals."""
        totals = move.tax_totals
        groups = [
            group
            for subtotal in totals["subtotals"]
            for group in subtotal["tax_groups"]
        ]
        if not groups:
            return
        group = max(groups, key=lambda one: abs(one["tax_amount_currency"]))
        group["tax_amount_currency"] += missing
        move.tax_totals = totals
