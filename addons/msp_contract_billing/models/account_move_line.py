from odoo import api, fields, models
from odoo.tools import float_compare, float_is_zero


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    msp_charge_ids = fields.One2many("msp.charge", "move_line_id", "Charges")
    msp_contract_id = fields.Many2one(
        "msp.contract",
        "Contract",
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    msp_period_start = fields.Date("Service From", copy=False)
    msp_period_end = fields.Date("Service To", copy=False)
    msp_origin_line_id = fields.Many2one(
        "account.move.line",
        "Credited Line",
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The invoice line that this line of a credit note takes back.",
    )
    msp_deviation = fields.Monetary(
        "Deviation from Charges",
        compute="_compute_msp_deviation",
        currency_field="currency_id",
        help="What this line bills more or less than its charges. It is not undone "
        "by the next run.",
    )

    @api.depends(
        "msp_charge_ids.amount", "quantity", "price_unit", "discount", "move_type"
    )
    def _compute_msp_deviation(self):
        for line in self:
            # sudo: who may see the invoice line may see by how much it was edited
            charges = line.sudo().msp_charge_ids
            charged = sum(charges.mapped("amount")) if charges else 0.0
            amount = line._msp_amount() if charges else 0.0
            line.msp_deviation = amount - charged

    def _msp_amount(self):
        """Return the line's amount in price terms; negative takes from the customer.

        Signed like a charge: positive is owed by the customer.
        """
        self.ensure_one()
        sign = -1 if self.move_type == "out_refund" else 1
        amount = self.quantity * self.price_unit * (1 - (self.discount or 0.0) / 100)
        return sign * self.currency_id.round(amount)

    def unlink(self):
        # sudo: whoever may delete the line need not have rights on contracts
        charges = self.sudo().msp_charge_ids
        for move in charges.move_id:
            charges.filtered(lambda charge, move=move: charge.move_id == move)._release(
                self.env._(
                    "Line deleted from %(document)s by %(user)s",
                    document=move.name or self.env._("a draft invoice"),
                    user=self.env.user.name,
                )
            )
        charges.flush_recordset()
        return super().unlink()

    def _copy_data_extend_business_fields(self, values):
        super()._copy_data_extend_business_fields(values)
        values.update(
            msp_origin_line_id=self.id if self.display_type == "product" else False,
            msp_contract_id=self.msp_contract_id.id,
            msp_period_start=self.msp_period_start,
            msp_period_end=self.msp_period_end,
        )

    def _msp_is_credited_in_full(self):
        """Return whether a credit note's line is still what it was copied from."""
        self.ensure_one()
        origin = self.msp_origin_line_id
        return (
            float_compare(self.quantity, origin.quantity, precision_digits=6) == 0
            and float_compare(self.price_unit, origin.price_unit, precision_digits=6)
            == 0
            and float_compare(self.discount, origin.discount, precision_digits=6) == 0
        )

    def _msp_credited_share(self):
        """Return which share of its origin's amount a line takes back, 0 to 1."""
        self.ensure_one()
        origin = self.msp_origin_line_id
        if self._msp_is_credited_in_full():
            return 1.0
        billed = origin.amount_currency
        if float_is_zero(billed, precision_rounding=origin.currency_id.rounding):
            return 0.0
        return min(max(-self.amount_currency / billed, 0.0), 1.0)
