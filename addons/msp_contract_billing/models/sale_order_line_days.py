from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing import add_months
from ..takeover import is_plausible
from .msp_contract_terms import MAX_MONTHS

BEGINS = [
    ("order", "With the order"),
    ("date", "On a day"),
    ("acceptance", "With delivery or acceptance"),
    ("provider", "On the first day at the provider"),
]
#: Those whose first day nobody knows when the order is confirmed.
AWAITING = ("acceptance", "provider")
UNTIL = [
    ("contract", "With the contract"),
    ("date", "On a day"),
    ("months", "After a term of its own"),
]
#: What a line says of its days, of what it takes the place of, and of its price at
#: first.
LINE_DAYS = (
    "msp_template_id",
    "msp_begins",
    "msp_begin_date",
    "msp_until",
    "msp_until_date",
    "msp_until_months",
    "msp_replaces_id",
    "msp_replaced_qty",
    "msp_limited_kind",
    "msp_limited_count",
    "msp_limited_unit",
    "msp_limited_discount",
    "msp_limited_price",
    "msp_limited_afterwards",
)


class SaleOrderLine(models.Model):
    """From when and until when a recurring line is supplied and billed."""

    _inherit = "sale.order.line"

    msp_template_id = fields.Many2one(
        "msp.contract.template",
        "Sold Under",
        compute="_compute_msp_template_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="set null",
        help="The terms of the contract that begins with the product. Empty, or the "
        "template of the order: the terms of the order.",
    )
    msp_begins = fields.Selection(
        BEGINS,
        "Billing Starts",
        default="order",
        help="With the order: on the day from which the contract holds. With delivery "
        "or at the provider: it is sold but not live, until somebody says since when.",
    )
    msp_begin_date = fields.Date("First Day", copy=False)
    msp_until = fields.Selection(
        UNTIL,
        "Ends",
        default="contract",
        help="With the contract: it runs as long as the others, so they end together.",
    )
    msp_until_date = fields.Date("Until", copy=False)
    msp_until_months = fields.Integer("Own Term (Months)")
    msp_last_day = fields.Date(
        "Last Day",
        compute="_compute_msp_last_day",
        help="The last day on which it is supplied, as far as it is known.",
    )

    @api.depends("product_id", "msp_recurring")
    def _compute_msp_template_id(self):
        for line in self._msp_unlocked():
            product = line.product_id.with_company(line.company_id)
            line.msp_template_id = line.msp_recurring and product.msp_template_id

    @api.depends(
        "msp_recurring",
        "msp_begins",
        "msp_begin_date",
        "msp_until",
        "msp_until_date",
        "msp_until_months",
        "msp_template_id",
        "msp_position_id",
        "msp_new_position",
        "product_id",
        "product_uom_id",
        "price_unit",
        "discount",
        "order_id.msp_date_start",
        "order_id.msp_contract_action",
        "order_id.msp_contract_id",
        "order_id.msp_template_id",
        "order_id.msp_contracts",
        "order_id.term_months",
        "order_id.renewal",
    )
    def _compute_msp_last_day(self):
        for line in self:
            days = line.order_id._msp_get_ends() if line.msp_recurring else {}
            line.msp_last_day = line._msp_get_last_day() or days.get(line)

    def _msp_awaits(self):
        """Return what the line's first day waits for, or False."""
        self.ensure_one()
        return self.msp_begins in AWAITING and self.msp_begins

    def _msp_get_first_day(self):
        """Return the line's first day; if it waits, the day to look at until then."""
        self.ensure_one()
        if self.msp_begins == "date" and self.msp_begin_date:
            return self.msp_begin_date
        return self.order_id._msp_get_date_start()

    def _msp_get_last_day(self, first=None):
        """Return the line's own last day, False if it ends with the contract.

        :param first: its first day, as soon as it is known
        """
        self.ensure_one()
        if self.msp_until == "date":
            return self.msp_until_date
        if self.msp_until != "months" or not 1 <= self.msp_until_months <= MAX_MONTHS:
            return False
        if not first and self._msp_awaits():
            return False
        first = first or self._msp_get_first_day()
        if not is_plausible(first):
            return False
        return add_months(first, self.msp_until_months) - timedelta(days=1)

    def _msp_get_discount_error(self):
        self.ensure_one()
        return not 0 <= self.discount <= 100 and self.env._(
            "%(product)s: a discount is from 0 to 100 percent, not %(discount)s.",
            product=self.product_id.display_name,
            discount=self.discount,
        )

    def _msp_get_days_error(self):
        """Return what is wrong with the line's days, in a sentence, or False."""
        self.ensure_one()
        values = {"product": self.product_id.display_name}
        if self.msp_begins == "date" and not self.msp_begin_date:
            return self.env._(
                "%(product)s: enter the day on which it begins, or let it begin with "
                "the order.",
                **values,
            )
        if self.msp_until == "date" and not self.msp_until_date:
            return self.env._(
                "%(product)s: enter its last day, or let it end with the contract.",
                **values,
            )
        if self.msp_until == "months" and not 1 <= self.msp_until_months <= MAX_MONTHS:
            return self.env._(
                "%(product)s: a term of its own has 1 to %(most)s months, not "
                "%(months)s.",
                most=MAX_MONTHS,
                months=self.msp_until_months,
                **values,
            )
        first, last = self._msp_get_first_day(), self._msp_get_last_day()
        for day in filter(None, (first, last)):
            if not is_plausible(day):
                return self.env._(
                    "%(product)s: %(day)s is too far off. Check the year.",
                    day=format_date(self.env, day),
                    **values,
                )
        if last and last < first:
            return self.env._(
                "%(product)s would end on %(last)s, before it begins on %(first)s. "
                "Enter a later last day.",
                last=format_date(self.env, last),
                first=format_date(self.env, first),
                **values,
            )
        return False
