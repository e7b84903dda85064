from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .guards import refuse_related
from .msp_contract_line import PRICE_INTERVALS
from .wording import describe_implausible, format_number

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
    "pending",
}
#: What follows from contract and versions, stored for rights and lists.
RELATED_FIELDS = ("company_id", "partner_id", "user_id", "recorded", "amount_month")
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
    pending = fields.Json(
        readonly=True,
        copy=False,
        help="Last day and what follows that hold once somebody has approved them.",
    )
    pending_label = fields.Char(compute="_compute_pending_label")

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

    @api.constrains("date_start", "date_end", "position_id", "contract_id")
    def _check_days(self):
        for limited in self:
            for day in (limited.date_start, limited.date_end):
                if error := describe_implausible(self.env, day):
                    raise ValidationError(error)
            limited.position_id._check_belongs_to(limited.contract_id)

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
    # pylint: disable-next=method-required-super
    def create(self, vals_list):
        """Make records; on the customer's side their versions as well."""
        limited = self._create_unrecorded(vals_list)
        limited.filtered(lambda one: one.side == "customer")._record()
        return limited

    @api.model
    def _create_unrecorded(self, vals_list):
        """Make records whose versions the caller makes."""
        refuse_related(self, vals_list, RELATED_FIELDS)
        for vals in vals_list:
            # Named here, as the context's defaults fill what is not.
            vals.update(cancelled_at=False, pending=False)
            if vals.get("position_id") and not vals.get("contract_id"):
                # Computed, it would leave a record of the computation behind among
                # the contract's.
                position = self.env["msp.contract.position"].browse(vals["position_id"])
                vals["contract_id"] = position.contract_id.id
        return super().create(vals_list)

    def write(self, vals):
        refuse_related(self, [vals], RELATED_FIELDS)
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
