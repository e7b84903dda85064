from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date

from ..billing import add_months
from ..takeover import is_plausible
from .money import day_after, day_before
from .msp_content_mixin import to_pricing
from .msp_limited_price import AFTERWARDS, KINDS
from .msp_limited_price_record import special_change
from .wording import brings_prices

LIMITED_UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months")]
#: What goes on for good is no price for the first time.
LIMITED_AFTERWARDS = [item for item in AFTERWARDS if item[0] != "keep"]
#: Of days, weeks or months.
MAX_COUNT = 1000


class PlannedLimit:
    """A special price that confirming an order will make, and its versions.

    :ivar record: the `msp.limited.price`, as soon as there is one
    """

    def __init__(self, line, first):
        self.line, self.first, self.record = line, first, None


class SaleOrderLine(models.Model):
    """A position that begins with a trial, discount, special price or grant.

    It is part of the order's plan, so the quotation shows what is billed first and
    what regularly; the record that it makes keeps the end and what follows.
    """

    _inherit = "sale.order.line"

    msp_limited_kind = fields.Selection(
        KINDS,
        "Begins With",
        help="A trial, discount, special price or grant for the first time. The price "
        "of the line is the regular one.",
    )
    msp_limited_count = fields.Integer("For", default=1)
    msp_limited_unit = fields.Selection(
        LIMITED_UNITS, "Days, Weeks or Months", default="month"
    )
    msp_limited_discount = fields.Float(
        "Discount at First (%)", min_display_digits="Discount", default=100.0
    )
    msp_limited_price = fields.Float(
        "Price at First", min_display_digits="Product Price"
    )
    msp_limited_afterwards = fields.Selection(
        LIMITED_AFTERWARDS, "Then", default="price"
    )

    def _msp_is_limited(self):
        self.ensure_one()
        return bool(self.msp_recurring and self.msp_limited_kind)

    def _msp_get_limited_last_day(self, first):
        """Return the last day of the special price that begins on `first`."""
        self.ensure_one()
        count = self.msp_limited_count
        if self.msp_limited_unit == "month":
            return day_before(add_months(first, count))
        days = count * (7 if self.msp_limited_unit == "week" else 1)
        return first + timedelta(days=days - 1)

    def _msp_get_limited_discount(self):
        self.ensure_one()
        return 100.0 if self.msp_limited_kind == "trial" else self.msp_limited_discount

    def _msp_get_days_error(self):
        return super()._msp_get_days_error() or (
            self._msp_is_limited() and self._msp_get_limited_error()
        )

    def _msp_get_limited_error(self):
        """Return what is wrong with the line's special price, or False."""
        self.ensure_one()
        values = {"product": self.product_id.display_name}
        if not 1 <= self.msp_limited_count <= MAX_COUNT:
            return self.env._(
                "%(product)s: the special price at first is for 1 to %(most)s days, "
                "weeks or months, not %(count)s.",
                most=MAX_COUNT,
                count=self.msp_limited_count,
                **values,
            )
        if self.msp_limited_kind == "promotion":
            if brings_prices(to_pricing(self.msp_pricing)):
                return self.env._(
                    "%(product)s has a price scheme with prices of its own, so a "
                    "special price would mean nothing. Enter a discount.",
                    **values,
                )
            if self.msp_limited_price < 0:
                return self.env._(
                    "%(product)s: the price at first is negative.", **values
                )
        elif not 0 <= self.msp_limited_discount <= 100:
            return self.env._(
                "%(product)s: a discount is from 0 to 100 percent, not %(discount)s.",
                discount=self.msp_limited_discount,
                **values,
            )
        first = self._msp_get_first_day()
        if self._msp_find_position(first):
            return self.env._(
                "%(product)s is added to a position of the contract, so it cannot "
                "begin with a special price. Make it a new position, or enter the "
                "special price on the contract.",
                **values,
            )
        last = is_plausible(first) and self._msp_get_limited_last_day(first)
        own = self._msp_get_last_day()
        if last and own and own < last:
            return self.env._(
                "%(product)s ends on %(own)s, before its special price does. Enter a "
                "shorter time.",
                own=fields.Date.to_string(own),
                **values,
            )
        if last and own and own != last and self.msp_limited_afterwards == "stop":
            return self.env._(
                "%(product)s ends with its special price on %(last)s, so it cannot end "
                "on %(own)s as well. Choose one of the two.",
                last=format_date(self.env, last),
                own=format_date(self.env, own),
                **values,
            )
        return False

    # The plan, and what confirming makes of it

    def _msp_plan(self, plan, taken):
        result = super()._msp_plan(plan, taken)
        if self._msp_is_limited() and not self._msp_awaits():
            self._msp_plan_limited(plan)
        return result

    def _msp_plan_limited(self, plan):
        """Add the versions of the special price to the plan; they are the line's own."""
        first = self._msp_get_first_day()
        last = self._msp_get_limited_last_day(first)
        limit = PlannedLimit(self, first)
        is_open = self.msp_limited_afterwards == "ask"
        special = plan.version(first, False if is_open else last, own=self)
        special.add(
            special_change(
                self.msp_limited_kind,
                self._msp_get_limited_discount(),
                self.msp_limited_price,
                self.msp_price_interval,
                to_pricing(self.msp_pricing),
            ),
            self,
        )
        special.limit = limit
        if self.msp_limited_afterwards == "stop":
            stop = plan.version(day_after(last), own=self)
            stop.add({"action": "end"}, self)
            stop.limit = limit

    def _msp_prepare_limited_vals(self, position, first):
        """Return the values of the record of the line's special price."""
        self.ensure_one()
        return {
            "position_id": position.id,
            "sale_order_line_id": self.id,
            "kind": self.msp_limited_kind,
            "discount": self._msp_get_limited_discount()
            if self.msp_limited_kind != "promotion"
            else 0.0,
            "price_unit": self.msp_limited_price,
            "price_interval": self.msp_price_interval,
            "date_start": first,
            "date_end": self._msp_get_limited_last_day(first),
            "afterwards": self.msp_limited_afterwards,
        }


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _msp_prepare_version_vals(self, contract, planned, positions):
        vals = super()._msp_prepare_version_vals(contract, planned, positions)
        if limit := planned.limit:
            if not limit.record:
                limit.record = self.env["msp.limited.price"]._create_unrecorded(
                    [
                        limit.line._msp_prepare_limited_vals(
                            positions[limit.line], limit.first
                        )
                    ]
                )
            vals["limited_price_id"] = limit.record.id
        return vals


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    def _go_live(self, day):
        """Let special prices begin with what begins."""
        result = super()._go_live(day)
        begun = self._get_begun()
        # sudo: whoever looks after the contract need not read others' orders
        lines = self.sudo().sale_order_id.order_line.filtered(
            lambda line: line.msp_position_id in begun and line._msp_is_limited()
        )
        limited = self.env["msp.limited.price"]._create_unrecorded(
            [
                line._msp_prepare_limited_vals(line.msp_position_id, day)
                for line in lines
            ]
        )
        vals_list = []
        for one in limited:
            # The customer has signed it with the order, which takes it back as well.
            order = one.sudo().sale_order_line_id.order_id
            vals_list += [
                {**vals, "cause": "order", "sale_order_id": order.id}
                for vals in one._prepare_versions()
            ]
        self._create_of_order(vals_list)._activate()
        return result
