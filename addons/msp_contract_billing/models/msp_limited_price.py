from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ..billing import add_months
from ..takeover import is_plausible
from .money import day_before
from .msp_contract_line import PRICE_INTERVALS
from .msp_contract_waiting import company_today
from .wording import format_number, format_price

KINDS = [
    ("trial", "Trial"),
    ("discount", "Discount"),
    ("promotion", "Special price"),
    ("grant", "Grant"),
]
SIDES = [("customer", "For the customer"), ("vendor", "From the vendor")]
AFTERWARDS = [
    ("price", "The regular price begins"),
    ("stop", "The position ends"),
    ("ask", "It goes on, and the owner is asked"),
    ("keep", "It goes on for good"),
]
STATES = [
    ("waiting", "Waits"),
    ("future", "Not Begun"),
    ("running", "Running"),
    ("to_decide", "To Decide"),
    ("over", "Over"),
    ("cancelled", "Cancelled"),
]
RECORDED = [("waiting", "Waits"), ("active", "Recorded"), ("cancelled", "Cancelled")]
#: What versions rest on, and what the system alone says.
FIXED = {
    "contract_id",
    "position_id",
    "side",
    "kind",
    "discount",
    "price_unit",
    "price_interval",
    "date_start",
    "sale_order_line_id",
    "version_ids",
    "cancelled_at",
}
#: What is changed by recording it, on the customer's side.
CHANGED = {"date_end", "afterwards"}


class MspLimitedPrice(models.Model):
    """A trial, discount, special price or grant with a last day and a "what then".

    The customer's are versions: a temporary one that sets discount or price over the
    regular content, which goes on below it. Those of a vendor are only remembered:
    when they end, the same thing costs more. The calendar changes nothing here;
    what holds is computed from the days.
    """

    _name = "msp.limited.price"
    _description = "Price with an end"
    _inherit = ["msp.action.mixin", "mail.thread"]
    _order = "date_end, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract",
        compute="_compute_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="cascade",
        index=True,
    )
    position_id = fields.Many2one(
        "msp.contract.position",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('contract_id', '=', contract_id)]",
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True
    )
    user_id = fields.Many2one(
        related="contract_id.user_id", string="Account Manager", store=True
    )
    side = fields.Selection(SIDES, default="customer", required=True)
    kind = fields.Selection(KINDS, default="trial", required=True)
    discount = fields.Float(
        "Discount (%)",
        min_display_digits="Discount",
        compute="_compute_discount",
        store=True,
        readonly=False,
        precompute=True,
        help="Instead of the discount that the position has otherwise.",
    )
    price_unit = fields.Float("Special Price", min_display_digits="Product Price")
    price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        compute="_compute_price_interval",
        store=True,
        readonly=False,
        precompute=True,
    )
    date_start = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    months = fields.Integer(
        compute="_compute_months",
        readonly=False,
        help="Sets the last day. 0: not whole months.",
    )
    date_end = fields.Date("Last Day", required=True, tracking=True)
    afterwards = fields.Selection(
        AFTERWARDS, "Then", default="price", required=True, tracking=True
    )
    reason = fields.Char(help="Printed on corrections that follow from it.")
    note = fields.Text(help="For colleagues.")
    version_ids = fields.One2many(
        "msp.contract.version", "limited_price_id", "Versions", readonly=True
    )
    sale_order_line_id = fields.Many2one(
        "sale.order.line",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    vendor_id = fields.Many2one("res.partner")
    cost_special = fields.Float(
        "Cost Until Then",
        min_display_digits="Product Price",
        help="Of one unit per month.",
    )
    cost_regular = fields.Float(
        "Cost Afterwards",
        min_display_digits="Product Price",
        help="Of one unit per month.",
    )
    cost_currency_id = fields.Many2one(
        "res.currency",
        "Currency of the Costs",
        compute="_compute_cost_currency_id",
        store=True,
        readonly=False,
    )
    recorded = fields.Selection(RECORDED, compute="_compute_recorded", store=True)
    state = fields.Selection(STATES, compute="_compute_state", search="_search_state")
    label = fields.Char("What", compute="_compute_label")
    cancelled_at = fields.Datetime(readonly=True, copy=False)

    _days_check = models.Constraint(
        "CHECK (date_end >= date_start)",
        "A limited price cannot end before it begins.",
    )
    _numbers_check = models.Constraint(
        "CHECK (discount BETWEEN 0 AND 100 AND COALESCE(price_unit, 0) >= 0 "
        "AND COALESCE(cost_special, 0) >= 0 AND COALESCE(cost_regular, 0) >= 0)",
        "A discount is from 0 to 100 percent, and prices and costs are not negative.",
    )
    _vendor_check = models.Constraint(
        "CHECK (side = 'customer' OR afterwards IN ('price', 'ask'))",
        "When a vendor's price ends, the regular cost begins, or its owner is asked.",
    )
    # Two would set the same field on the same days.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(position_id, position_id, '[]') WITH &&, "
        "daterange(date_start, CASE WHEN afterwards = 'ask' THEN NULL "
        "ELSE date_end END, '[]') WITH &&) "
        "WHERE (side = 'customer' AND recorded IS DISTINCT FROM 'cancelled')",
        "The position already has a limited price on some of these days. Change that "
        "one, or choose other days.",
    )

    # What follows from what was entered

    @api.depends("position_id")
    def _compute_contract_id(self):
        for limited in self:
            limited.contract_id = limited.position_id.contract_id or limited.contract_id

    @api.depends("kind")
    def _compute_discount(self):
        for limited in self:
            if limited.kind in ("trial", "grant"):
                limited.discount = 100.0
            elif limited.kind == "promotion":
                limited.discount = 0.0
            else:
                limited.discount = limited.discount

    @api.depends("position_id", "kind", "date_start")
    def _compute_price_interval(self):
        for limited in self:
            line = limited._get_content()
            limited.price_interval = line.price_interval or "0"

    @api.depends("company_id")
    def _compute_cost_currency_id(self):
        for limited in self:
            company = limited.company_id or self.env.company
            limited.cost_currency_id = limited.cost_currency_id or company.currency_id

    @api.depends("date_start", "date_end")
    def _compute_months(self):
        for limited in self:
            start, end, months = limited.date_start, limited.date_end, 0
            if start and end and is_plausible(start) and is_plausible(end):
                months = (end.year - start.year) * 12 + end.month - start.month + 1
                while months and _last_day(start, months) > end:
                    months -= 1
            is_whole = months and _last_day(start, months) == end
            limited.months = months if is_whole else 0

    @api.onchange("months")
    def _onchange_months(self):
        start, months = self.date_start, self.months
        if months > 0 and start and is_plausible(start):
            self.date_end = _last_day(start, min(months, 1200))

    @api.depends("version_ids.state", "cancelled_at", "side")
    def _compute_recorded(self):
        for limited in self:
            states = set(limited.version_ids.mapped("state"))
            if limited.cancelled_at or states == {"withdrawn"}:
                limited.recorded = "cancelled"
            elif limited.side == "vendor" or "active" in states:
                limited.recorded = "active"
            else:
                limited.recorded = "waiting"

    @api.depends("recorded", "date_start", "date_end", "afterwards", "company_id")
    def _compute_state(self):
        for limited in self:
            today = company_today(limited.company_id or self.env.company)
            if limited.recorded in ("waiting", "cancelled"):
                limited.state = limited.recorded
            elif limited.date_start and limited.date_start > today:
                limited.state = "future"
            elif not limited.date_end or limited.date_end >= today:
                limited.state = "running"
            else:
                limited.state = "to_decide" if limited.afterwards == "ask" else "over"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._state_domain(state) for state in value)

    @api.model
    def _state_domain(self, state):
        if state in ("waiting", "cancelled"):
            return Domain("recorded", "=", state)
        begun = Domain("date_start", "<=", "today")
        ended = Domain("date_end", "<", "today")
        asks = Domain("afterwards", "=", "ask")
        days = {
            "future": ~begun,
            "running": begun & ~ended,
            "to_decide": begun & ended & asks,
            "over": begun & ended & ~asks,
        }
        return Domain("recorded", "=", "active") & days.get(state, Domain.FALSE)

    @api.depends("kind", "side", "discount", "price_unit", "position_id", "currency_id")
    @api.depends_context("lang")
    def _compute_label(self):
        for limited in self:
            limited.label = limited._describe()

    @api.depends("position_id", "label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for limited in self:
            names = (limited.position_id.name, limited.label)
            limited.display_name = ": ".join(filter(None, names))

    def _describe(self):
        """Return such as "Trial", "Discount of 10 %" or "Special price 9.00"."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        kind = kinds.get(self.kind) or ""
        if self.side == "vendor" or self.kind == "trial":
            return kind
        if self.kind == "promotion":
            price = format_price(self.env, self.currency_id, self.price_unit)
            return f"{kind} {price}"
        discount = format_number(self.env, self.discount)
        return self.env._("%(kind)s of %(discount)s %%", kind=kind, discount=discount)

    def _get_content(self):
        """Return what the contract says of the position on the first day."""
        self.ensure_one()
        day = self.date_start
        if not day:
            return self.env["msp.contract.line"]
        return self.position_id.line_ids._on(day)

    # Guards

    @api.constrains("date_start", "date_end", "position_id", "contract_id")
    def _check_days(self):
        for limited in self:
            for day in (limited.date_start, limited.date_end):
                if not is_plausible(day):
                    raise ValidationError(
                        self.env._(
                            "%s is too far off. Check the year.",
                            format_date(self.env, day),
                        )
                    )
            if limited.position_id.contract_id != limited.contract_id:
                raise ValidationError(
                    self.env._(
                        "Position %(position)s belongs to contract %(other)s, not to "
                        "%(contract)s.",
                        position=limited.position_id.display_name,
                        other=limited.position_id.contract_id.display_name,
                        contract=limited.contract_id.display_name,
                    )
                )

    @api.constrains("side", "cost_special", "cost_regular", "kind", "afterwards")
    def _check_side(self):
        for limited in self:
            is_vendor = limited.side == "vendor"
            if is_vendor and limited.cost_regular <= limited.cost_special:
                raise ValidationError(
                    self.env._(
                        "%(position)s: the vendor's price ends, so it costs more "
                        "afterwards than until then. Found: %(special)s until then and "
                        "%(regular)s afterwards.",
                        position=limited.position_id.display_name,
                        special=format_number(self.env, limited.cost_special),
                        regular=format_number(self.env, limited.cost_regular),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Make records; on the customer's side their versions as well."""
        limited = self._create_unrecorded(vals_list)
        limited.filtered(lambda one: one.side == "customer")._record()
        return limited

    @api.model
    def _create_unrecorded(self, vals_list):
        """Make records whose versions the caller makes."""
        for vals in vals_list:
            # Named here, as the context's defaults fill what is not.
            vals.update(cancelled_at=False)
            if vals.get("position_id") and not vals.get("contract_id"):
                # Computed, it would leave a record of the computation behind among
                # the contract's.
                position = self.env["msp.contract.position"].browse(vals["position_id"])
                vals["contract_id"] = position.contract_id.id
        return super().create(vals_list)

    def write(self, vals):
        names = set(vals)
        for limited in self:
            is_customer = limited.side == "customer"
            if names & (FIXED | CHANGED if is_customer else FIXED - {"date_start"}):
                raise UserError(
                    self.env._(
                        "%s is recorded. Change its last day or what follows with the "
                        "button, or cancel it and enter another one.",
                        limited.display_name,
                    )
                )
        return super().write(vals)

    def _system_write(self, vals):
        """Write past the guard; only recording does."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        for limited in self:
            if limited.version_ids.filtered(lambda one: one.state != "draft"):
                raise UserError(
                    self.env._(
                        "%s is recorded in the contract's versions and cannot be "
                        "deleted. Cancel it.",
                        limited.display_name,
                    )
                )


def _last_day(start, months):
    """Return the last day of so many months from `start` on."""
    return day_before(add_months(start, months))
