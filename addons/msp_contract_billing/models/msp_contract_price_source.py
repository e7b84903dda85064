from fractions import Fraction

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_round

from .money import to_decimal

#: What floats add behind these decimals would make a price round up.
COST_DIGITS = 9
#: As many as are shown of a price; converted ones have those of their currency.
PRICE_DIGITS = 6

PRICE_SOURCES = [
    ("fixed", "Agreed"),
    ("pricelist", "Pricelist"),
    ("cost", "Computed from cost"),
]


class MspContract(models.Model):
    """Prices of products for a contract: its company, customer and currency decide,
    not those of the user who looks.
    """

    _inherit = "msp.contract"

    pricelist_id = fields.Many2one(
        "product.pricelist",
        compute="_compute_pricelist_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
        help="Where the prices of new positions come from, and of those that follow a "
        "pricelist. Prices in another currency are converted at the day's rate.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_pricelist_id(self):
        for contract in self:
            partner = contract.partner_id.with_company(contract.company_id)
            contract.pricelist_id = partner.property_product_pricelist

    def _get_list_prices(self, products, day, quantity=1.0, uom=None, pricelist=None):
        """Return what each product costs the customer on a day, by product id.

        For the time that the product's sales price pays for, in the contract's
        currency, per `uom` or else per the product's own unit.

        :param pricelist: None: the contract's
        """
        self.ensure_one()
        if pricelist is None:
            pricelist = self.pricelist_id
        company = self.company_id or self.env.company
        currency = self.currency_id or company.currency_id
        # sudo: whoever may change the contract need not read all pricelists
        pricelist = pricelist.sudo().with_company(company)
        found = pricelist._compute_price_rule(
            products.sudo().with_company(company),
            quantity,
            currency=pricelist.currency_id or currency,
            uom=uom,
            date=day,
        )
        prices = {product: price for product, (price, _rule) in found.items()}
        digits = PRICE_DIGITS
        if (pricelist or products).currency_id != currency:
            digits = currency.decimal_places
        if pricelist and pricelist.currency_id != currency:
            # A fixed price is not converted by the pricelist itself.
            prices = {
                product: pricelist.currency_id._convert(
                    price, currency, company, day, round=False
                )
                for product, price in prices.items()
            }
        return {
            product: float_round(price, precision_digits=digits)
            for product, price in prices.items()
        }

    def _get_new_price(self, product, day):
        """Return the price with which a new position of `product` begins.

        From the product's cost where it names a rule and has a cost, else from the
        contract's pricelist.
        """
        self.ensure_one()
        company = self.company_id or self.env.company
        # sudo: whoever may change the contract need not read rules and costs
        product = product.sudo().with_company(company)
        rule = product.msp_price_rule_id
        currency = self.currency_id or company.currency_id
        if rule and not rule._get_currency_error(self):
            cost = product._msp_get_cost(rule.vendor_id, company, currency, day)
            if cost:
                return float(rule._to_price(cost, currency))
        return self._get_list_prices(product, day)[product.id]


class MspContractPosition(models.Model):
    """Where the price of a position comes from.

    It changes only by a version: what the source says is proposed as a draft.
    """

    _inherit = "msp.contract.position"

    price_source = fields.Selection(
        PRICE_SOURCES,
        compute="_compute_price_source",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="Agreed: it stays as it is until somebody changes it. Otherwise every "
        "night the price is computed for the day from which it could hold, and a "
        "draft version is proposed if it differs.",
    )
    price_pricelist_id = fields.Many2one(
        "product.pricelist",
        "Pricelist",
        check_company=True,
        ondelete="restrict",
        help="Empty: that of the contract.",
    )
    price_rule_id = fields.Many2one(
        "msp.price.rule",
        compute="_compute_price_rule_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
        help="How the price is computed from the cost: the price of the vendor that "
        "holds on the day, or else the product's cost. Cost and price are for the "
        "time that the product's sales price pays for. Changing a rule changes what "
        "is proposed, never what is billed.",
    )

    _price_source_check = models.Constraint(
        "CHECK (price_source != 'cost' OR price_rule_id IS NOT NULL)",
        "A price that is computed from the cost needs a price rule.",
    )

    @api.depends("product_id")
    def _compute_price_source(self):
        for position in self:
            rule = position._get_product_price_rule()
            position.price_source = position.price_source or (
                "cost" if rule else "fixed"
            )

    @api.depends("product_id")
    def _compute_price_rule_id(self):
        for position in self:
            position.price_rule_id = (
                position.price_rule_id or position._get_product_price_rule()
            )

    def _get_product_price_rule(self):
        """Return the rule that the product names and the contract can use."""
        company = self.contract_id.company_id
        # sudo: whoever begins a position need not read rules
        rule = self.product_id.with_company(company).sudo().msp_price_rule_id
        is_usable = rule and not rule._get_currency_error(self.contract_id)
        return rule.sudo(False) if is_usable else rule.browse()

    @api.constrains("price_rule_id", "price_source")
    def _check_price_rule(self):
        for position in self:
            rule = position.price_source == "cost" and position.price_rule_id
            if rule and (error := rule._get_currency_error(position.contract_id)):
                raise ValidationError(error)


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _msp_get_cost(self, vendor, company, currency, day, quantity=None, uom=None):
        """Return what one unit costs on a day, as a fraction; 0 if nobody knows.

        The price of the vendor that holds on the day for the quantity, or else the
        product's cost. For the time that its sales price pays for.

        :param vendor: partner whose prices count; empty: the first one with a price
        :param currency: to which it is converted, at the day's rate
        :param quantity: in `uom`; None: prices for any quantity count
        :param uom: None: the product's own unit
        """
        self.ensure_one()
        # sudo: prices of vendors and costs decide, whoever asks
        product = self.sudo().with_company(company)
        uom = uom or product.uom_id
        seller = product._select_seller(
            partner_id=vendor, quantity=quantity, date=day, uom_id=uom
        )
        if seller:
            cost, found = seller.price_discounted, seller.currency_id
        elif vendor:
            return Fraction(0)
        else:
            cost, found = product.standard_price, company.currency_id
        cost = found._convert(cost, currency, company, day, round=False)
        cost = product.uom_id._compute_price(cost, uom)
        return Fraction(to_decimal(float_round(cost, precision_digits=COST_DIGITS)))
