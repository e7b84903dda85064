from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..billing import Change, Pricing
from .guards import refuse_related
from .money import to_decimal
from .msp_commitment_mixin import COMMITMENT
from .msp_content_mixin import to_overrides, to_pricing
from .msp_contract_line import PRICE_INTERVALS
from .msp_contract_terms import TERMS

ACTIONS = [
    ("begin", "Begin position"),
    ("set", "Change position"),
    ("end", "End position"),
    ("suspend", "Suspend or resume"),
    ("terms", "Change terms"),
    ("commitment", "Change term and notice"),
    ("terminate", "End contract"),
]

#: What follows from the version, stored for rights and lists.
RELATED_FIELDS = ("contract_id", "company_id")


class MspContractChange(models.Model):
    """What a version does to one position, or to the contract's terms.

    Only the fields it names are touched: 0 is a value, so each has a mark of
    its own that says whether it is set.
    """

    _name = "msp.contract.change"
    _description = "Contract change"
    _inherit = ["msp.terms.mixin", "msp.commitment.mixin", "msp.content.mixin"]
    _order = "version_id, sequence, id"
    _rec_name = "summary"

    version_id = fields.Many2one(
        "msp.contract.version", required=True, ondelete="cascade", index=True
    )
    contract_id = fields.Many2one(related="version_id.contract_id", store=True)
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    state = fields.Selection(related="version_id.state")
    sequence = fields.Integer(default=10)
    action = fields.Selection(ACTIONS, required=True, default="set")
    position_id = fields.Many2one(
        "msp.contract.position", ondelete="restrict", index=True
    )
    quantity_mode = fields.Selection(
        [("set", "Set to"), ("move", "Move by")], "Quantity Is"
    )
    quantity = fields.Float(min_display_digits="Product Unit")
    sets_price = fields.Boolean()
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price")
    price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        help="Empty: what the price was for before; of a new position, a billing "
        "period.",
    )
    sets_pricing = fields.Boolean("Sets Price Scheme")
    pricing_id = fields.Many2one(
        "msp.pricing",
        "Take Scheme",
        compute="_compute_pricing_id",
        inverse="_inverse_pricing_id",
        check_company=True,
        help="Its content is copied: changing the scheme later changes no contract.",
    )
    sets_overrides = fields.Boolean("Sets Billing Rule")
    rule_id = fields.Many2one(
        "msp.billing.rule",
        "Take Rule",
        compute="_compute_rule_id",
        inverse="_inverse_rule_id",
        check_company=True,
        help="Its content is copied: changing the rule later changes no contract.",
    )
    sets_discount = fields.Boolean()
    discount = fields.Float("Discount (%)", min_display_digits="Discount")
    billed_share = fields.Float(
        "Billed (%)",
        min_display_digits="Discount",
        help="What is billed of the price while suspended: 0 for nothing, 100 to resume.",
    )
    name = fields.Char("Description", help="Empty: the description stays.")
    anchor_date = fields.Date(
        "Anchor", help="Any day on which a billing period starts."
    )
    is_ineffective = fields.Boolean(
        "Without Effect",
        readonly=True,
        copy=False,
        help="The position does not exist on the version's first day.",
    )

    _position_check = models.Constraint(
        "CHECK (position_id IS NOT NULL "
        "OR action IN ('terms', 'commitment', 'suspend', 'terminate'))",
        "A change to a position must name the position.",
    )
    _share_check = models.Constraint(
        "CHECK (billed_share BETWEEN 0 AND 100)",
        "While suspended, 0 to 100 percent of the price are billed.",
    )
    _begin_check = models.Constraint(
        "CHECK (action != 'begin' OR (quantity_mode = 'set' AND sets_price))",
        "A position begins with a quantity and a price.",
    )
    _discount_check = models.Constraint(
        "CHECK (discount BETWEEN 0 AND 100)", "A discount is from 0 to 100 percent."
    )
    _terms_check = models.Constraint(
        "CHECK (action != 'terms' OR (billing_every BETWEEN 1 AND 1000 "
        "AND billing_unit IS NOT NULL AND billing_timing IS NOT NULL "
        "AND billing_day_count IS NOT NULL AND anchor_date IS NOT NULL "
        "AND billing_increase IS NOT NULL AND billing_decrease IS NOT NULL "
        "AND billing_unit_rounding IS NOT NULL))",
        "Terms need a rhythm, a timing, a day count, an anchor, and rules for more and "
        "fewer units.",
    )

    def _compute_pricing_id(self):
        self.pricing_id = False

    def _inverse_pricing_id(self):
        for change in self.filtered("pricing_id"):
            scheme = change.pricing_id
            scheme._check_currency_of(change.contract_id)
            change.write({"sets_pricing": True, "pricing": scheme._to_data()})

    @api.onchange("pricing_id")
    def _onchange_pricing_id(self):
        if self.pricing_id:
            self.sets_pricing = True
            self.pricing = self.pricing_id._to_data()

    def _compute_rule_id(self):
        self.rule_id = False

    def _inverse_rule_id(self):
        for change in self.filtered("rule_id"):
            change.write(
                {"sets_overrides": True, "overrides": change.rule_id._to_data()}
            )

    @api.onchange("rule_id")
    def _onchange_rule_id(self):
        if self.rule_id:
            self.sets_overrides = True
            self.overrides = self.rule_id._to_data()

    @api.constrains("position_id", "version_id")
    def _check_contract(self):
        for change in self:
            change.position_id._check_belongs_to(change.contract_id)

    @api.constrains("action", *TERMS, *COMMITMENT)
    def _check_terms(self):
        for change in self:
            error = False
            if change.action == "terms":
                error = change._get_terms_error()
            elif change.action == "commitment":
                error = change._get_commitment_error()
            if error:
                raise ValidationError(
                    self.env._(
                        "Contract %(contract)s: %(error)s",
                        contract=change.contract_id.display_name,
                        error=error,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        positions = self.env["msp.contract.position"]
        for vals in vals_list:
            if vals.get("action") == "begin" and not vals.get("name"):
                # Kept here, as the position's name may be changed later.
                vals["name"] = positions.browse(vals.get("position_id")).name
        refuse_related(self, vals_list, RELATED_FIELDS)
        changes = super().create(vals_list)
        # Asked of the records, as the context's defaults may name the version.
        changes.version_id._check_draft()
        return changes

    def write(self, vals):
        self.version_id._check_draft()
        if vals.get("version_id"):
            self.env["msp.contract.version"].browse(vals["version_id"])._check_draft()
        refuse_related(self, [vals], RELATED_FIELDS)
        return super().write(vals)

    def unlink(self):
        self.version_id._check_draft()
        return super().unlink()

    def _system_write(self, vals):
        """Write past the guard of active versions; for the fold only."""
        return super().write(vals)

    def _to_plain(self):
        """Return the `billing.Change` of this record."""
        self.ensure_one()
        if self.action == "terms":
            return Change("terms", policy=self._to_policy(self.anchor_date))
        if self.action == "suspend":
            position = self.position_id.id or None
            return Change("suspend", position, share=to_decimal(self.billed_share))
        if self.action not in ("begin", "set"):
            return Change(self.action, position=self.position_id.id or None)
        quantity = to_decimal(self.quantity) if self.quantity_mode else None
        sets_interval = self.sets_price and self.price_interval
        pricing = None
        if self.sets_pricing:
            # None leaves the scheme as it is, so back to per unit is a value.
            pricing = to_pricing(self.pricing) or Pricing()
        return Change(
            self.action,
            position=self.position_id.id,
            quantity=quantity if self.quantity_mode == "set" else None,
            move=quantity if self.quantity_mode == "move" else None,
            unit_price=to_decimal(self.price_unit) if self.sets_price else None,
            price_months=int(self.price_interval) if sets_interval else None,
            discount=to_decimal(self.discount) if self.sets_discount else None,
            text=self.name or None,
            pricing=pricing,
            overrides=to_overrides(self.overrides) if self.sets_overrides else None,
        )

    def _touches(self):
        """Return the (position id, field) pairs that this change sets.

        Moves are left out: two of them do not contradict each other.
        """
        self.ensure_one()
        key = self.position_id.id
        if self.action in ("begin", "end"):
            return {(key, "existence")}
        if self.action == "suspend":
            return {(key, "share")}
        if self.action != "set":
            return {(False, self.action)}
        marks = {
            "quantity": self.quantity_mode == "set",
            "price": self.sets_price,
            "discount": self.sets_discount,
            "pricing": self.sets_pricing,
            "overrides": self.sets_overrides,
            "text": bool(self.name),
        }
        return {(key, name) for name, is_set in marks.items() if is_set}
