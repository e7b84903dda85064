from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare, float_is_zero

#: Who may read contracts and charges. For others these fields are not there, as one
#: that they may not read would keep them from reading an invoice at all.
READERS = (
    "msp_contract_billing.group_account_manager,"
    "msp_contract_billing.group_billing_clerk"
)
#: Where a line comes from: the trace and what a credit note takes back rest on it.
ORIGIN = {
    "msp_contract_id",
    "msp_period_start",
    "msp_period_end",
    "msp_origin_line_id",
}


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    msp_charge_ids = fields.One2many(
        "msp.charge", "move_line_id", "Charges", groups=READERS
    )
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
        "msp_charge_ids.amount",
        "msp_contract_id",
        "move_id.reversed_entry_id",
        "quantity",
        "price_unit",
        "discount",
        "move_type",
        "parent_state",
    )
    def _compute_msp_deviation(self):
        for line in self:
            # sudo: who may see the invoice line may see by how much it was edited
            charges = line.sudo().msp_charge_ids
            amount = line._msp_amount() if charges or line._msp_is_idle() else 0.0
            line.msp_deviation = amount - sum(charges.mapped("amount"))

    def _msp_is_idle(self):
        """Return whether a line of a contract has no charges, nor will have any.

        A second credit note of one invoice finds nothing to take back, nor does its
        own reversal; an invoice made in place of a credited one has nothing to claim.
        """
        self.ensure_one()
        # A credit note has its charges once it is posted.
        is_waiting = self.parent_state == "draft" and self.move_id.reversed_entry_id
        return self.msp_contract_id and not is_waiting and self.parent_state != "cancel"

    def _msp_amount(self):
        """Return the line's amount in price terms; negative takes from the customer.

        Signed like a charge: positive is owed by the customer.
        """
        self.ensure_one()
        sign = -1 if self.move_type == "out_refund" else 1
        amount = self.quantity * self.price_unit * (1 - (self.discount or 0.0) / 100)
        return sign * self.currency_id.round(amount)

    def _msp_check_not_taken_back(self):
        """Refuse that claims vanish which a posted credit note takes back.

        The credit would stand for itself while the days are billed once more.
        """
        # sudo: the guard holds for users without rights on contracts as well
        for line in self.sudo().filtered("msp_charge_ids"):
            counters = line.msp_charge_ids.counter_ids.filtered(
                lambda counter: counter.move_state == "posted"
            )
            if credit := (counters.move_id - line.move_id)[:1]:
                raise UserError(
                    self.env._(
                        "%(document)s is credited by %(credit)s. Cancel that document "
                        "first, then this one.",
                        document=line.move_id._msp_label(),
                        credit=credit.name,
                    )
                )

    def write(self, vals):
        if ORIGIN & vals.keys():
            self._msp_check_origin(vals)
        return super().write(vals)

    def _msp_check_origin(self, vals):
        """Refuse that a line says to come from elsewhere than it does."""
        # sudo: the guard holds for users without rights on contracts as well
        for line in self.sudo():
            if not (line.msp_charge_ids or line.msp_origin_line_id):
                continue
            for name in sorted(ORIGIN & vals.keys()):
                field = line._fields[name]
                wanted = field.convert_to_cache(vals[name], line)
                if wanted != field.convert_to_cache(line[name], line):
                    raise UserError(
                        self.env._(
                            "%(field)s of a line of %(document)s follows from the "
                            "contract and cannot be changed.",
                            field=field._description_string(self.env),
                            document=line.move_id._msp_label(),
                        )
                    )

    def unlink(self):
        self._msp_check_not_taken_back()
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

    def _msp_taking_back(self):
        """Return the lines that take back charges of the line they were copied from.

        Neither a new draft made in place of an invoice does, nor a credit note that
        was turned into an invoice.
        """
        return self.filtered(
            lambda line: (
                line.msp_origin_line_id.msp_charge_ids
                and line.move_id.reversed_entry_id
                and line.move_type != line.msp_origin_line_id.move_type
            )
        )

    def _msp_apart(self):
        """Yield the lines in batches, each claim taken back once in each.

        Of two notes that credit one claim, the second sees what the first has taken.
        """
        batches, earlier = defaultdict(self.browse), defaultdict(int)
        for line in self:
            charges = line.msp_origin_line_id.msp_charge_ids
            claims = {charge.origin_charge_id or charge for charge in charges}
            number = max(earlier[claim] for claim in claims)
            batches[number] += line
            for claim in claims:
                earlier[claim] = number + 1
        for number in sorted(batches):
            yield batches[number]

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
