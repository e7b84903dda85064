from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .guards import refuse_related

#: What follows from contract and lines, stored for rights and lists.
RELATED_FIELDS = ("company_id", "partner_id", "date_start", "date_end")


class MspContractPosition(models.Model):
    """The identity of one thing under contract, across all versions.

    What it contains on a day is in its lines; what providers' subscriptions map
    to and charges refer to is the position.
    """

    _name = "msp.contract.position"
    _description = "Contract position"
    _inherit = "analytic.mixin"
    _order = "contract_id, sequence, id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        index=True,
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_product_uom_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True
    )
    environment_id = fields.Many2one(
        "msp.environment",
        index="btree_not_null",
        ondelete="restrict",
        help="What the position is used for; invoices can be grouped by it.",
    )
    purchase_order = fields.Char(
        help="The customer's purchase order for this position. Empty: that of the "
        "contract.",
    )
    analytic_distribution = fields.Json(
        help="Invoice lines of the position take it over. Empty: that of the contract."
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    line_ids = fields.One2many("msp.contract.line", "position_id", "Content")
    charge_ids = fields.One2many("msp.charge", "position_id", "Charges")
    date_start = fields.Date("First Day", compute="_compute_days", store=True)
    date_end = fields.Date("Last Day", compute="_compute_days", store=True)
    quantity = fields.Float(
        "Quantity Today", compute="_compute_today", min_display_digits="Product Unit"
    )
    price_unit = fields.Float(
        "Price Today", compute="_compute_today", min_display_digits="Product Price"
    )
    pricing_label = fields.Char("Price Scheme", compute="_compute_today")
    overrides_label = fields.Char("Billing Rule", compute="_compute_today")

    @api.depends("product_id")
    def _compute_product_uom_id(self):
        for position in self:
            position.product_uom_id = (
                position.product_uom_id or position.product_id.uom_id
            )

    @api.depends("product_id")
    def _compute_name(self):
        for position in self:
            # It is printed on invoices, so it speaks the recipient's language.
            recipient = position.contract_id.partner_invoice_id
            product = position.product_id.with_context(
                lang=recipient.lang or self.env.lang, display_default_code=False
            )
            position.name = position.name or product.display_name

    @api.depends("line_ids.date_start", "line_ids.date_end")
    def _compute_days(self):
        for position in self:
            lines = position.line_ids
            position.date_start = min(lines.mapped("date_start"), default=False)
            is_open = not lines or not all(line.date_end for line in lines)
            position.date_end = (
                False if is_open else max(line.date_end for line in lines)
            )

    @api.depends("line_ids.quantity", "line_ids.price_unit")
    def _compute_today(self):
        today = fields.Date.context_today(self)
        for position in self:
            line = position._line_on(today)
            position.quantity = line.quantity
            position.price_unit = line.price_unit
            position.pricing_label = line.pricing_label
            position.overrides_label = line.overrides_label

    def _get_analytic_distribution(self):
        """Return its own, else that of its contract, {} if there is none."""
        self.ensure_one()
        return (
            self.analytic_distribution or self.contract_id.analytic_distribution or {}
        )

    def _line_on(self, day):
        """Return the line that says what the position contains on `day`."""
        self.ensure_one()
        return self.line_ids._on(day)

    def _prepare_begin_vals(
        self,
        quantity,
        price_unit,
        price_interval,
        discount=0.0,
        pricing=None,
        overrides=None,
    ):
        """Return the change with which the position begins, whoever begins it.

        :param pricing: JSON of a price scheme; None takes the product's
        :param overrides: JSON of a billing rule; None takes the product's
        """
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        if pricing is None:
            product.msp_pricing_id._check_currency_of(self.contract_id)
            pricing = product._msp_get_pricing_data()
        if overrides is None:
            overrides = product._msp_get_overrides()
        return {
            "action": "begin",
            "position_id": self.id,
            "quantity_mode": "set",
            "quantity": quantity,
            "sets_price": True,
            "price_unit": price_unit,
            "price_interval": price_interval,
            "sets_pricing": True,
            "pricing": pricing,
            "sets_discount": True,
            "discount": discount,
            "sets_overrides": True,
            "overrides": overrides,
        }

    def write(self, vals):
        refuse_related(self, [vals], RELATED_FIELDS)
        fixed = {"contract_id", "product_id", "product_uom_id"} & set(vals)
        if fixed and self._find_recorded():
            raise UserError(
                self.env._(
                    "The product of a position cannot be changed once it is under "
                    "contract. End the position and begin another one."
                )
            )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        refuse_related(self, vals_list, RELATED_FIELDS)
        return super().create(vals_list)

    def _find_recorded(self):
        """Return those that recorded versions or charges that count refer to.

        Also if the versions were withdrawn: their charges are still to be credited.
        """
        # sudo: the guard holds whatever the user may see
        positions = self.sudo()
        changes = positions.env["msp.contract.change"].search(
            [("position_id", "in", self.ids), ("version_id.state", "!=", "draft")]
        )
        charges = positions.env["msp.charge"].search(
            [("position_id", "in", self.ids), ("counts", "=", True)]
        )
        return changes.position_id | charges.position_id

    def _check_belongs_to(self, contract):
        """Refuse positions of other contracts."""
        for position in self:
            if position.contract_id != contract:
                raise ValidationError(
                    self.env._(
                        "Position %(position)s belongs to contract %(other)s, not to "
                        "%(contract)s.",
                        position=position.display_name,
                        other=position.contract_id.display_name,
                        contract=contract.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        changes = self.env["msp.contract.change"].search(
            [("position_id", "in", self.ids), ("version_id.state", "!=", "draft")],
            limit=1,
        )
        if changes:
            raise UserError(
                self.env._(
                    "Position %(position)s cannot be deleted, as version %(version)s "
                    "of contract %(contract)s refers to it. End it by a new version.",
                    position=changes.position_id.display_name,
                    version=changes.version_id.number,
                    contract=changes.version_id.contract_id.display_name,
                )
            )
