from collections import defaultdict
from dataclasses import dataclass

from odoo import fields, models
from odoo.tools import float_is_zero

from odoo.addons.msp_contract_billing.models.msp_contract_price_source import (
    PRICE_DIGITS,
)

from .msp_import_match import price_fits

NEW_PRICE_SOURCES = [
    ("agreement", "Agreed in the contract"),
    ("pricelist", "Price list"),
    ("cost", "Cost and price rule"),
    ("sales", "Sales price"),
    ("sold", "As sold"),
    ("edited", "Entered here"),
]


@dataclass(frozen=True, slots=True)
class Price:
    """With which price a position begins, and where it comes from.

    :param pricing: JSON of a price scheme; None takes the product's
    """

    amount: float
    interval: str
    source: str
    discount: float = 0.0
    pricing: object = None


class MspImport(models.Model):
    """Step 3: the price of a new position.

    What is agreed for the product in the contract or was for the subscription, else
    what the price list says of the product, else its cost and price rule, else its
    sales price. Without any of them the row waits: nothing begins for 0.
    """

    _inherit = "msp.import"

    def _find_prices(self, groups, known):
        """Set the price of each group that begins a position."""
        new = [
            group
            for group in groups
            if not group.reason
            and not group.awaited
            and (group.contract or (group.position and not group.position.line_ids))
        ]
        asked = defaultdict(list)
        for group in new:
            contract = _contract_of(group)
            group.price = self._find_agreed_price(group, contract, known)
            if not group.price:
                quantity = float(group.changes[0].quantity)
                partner = contract.partner_id.with_company(contract.company_id)
                lists = contract.pricelist_id | partner.property_product_pricelist
                key = (lists, contract.currency_id, group.start)
                asked[(*key, quantity)].append(group)
        for (*_key, day, quantity), alike in asked.items():
            contract = _contract_of(alike[0])
            products = self.env["product.product"].union(
                *(group.product for group in alike)
            )
            found = self._find_list_prices(contract, products, day, quantity)
            for group in alike:
                group.price = self._choose_price(
                    group.product, _contract_of(group), found, day
                )

    def _find_agreed_price(self, group, contract, known):
        """Return what the customer pays for the product already, or has paid."""
        own = contract.position_ids.filtered(
            lambda position: (
                position.product_id == group.product
                and position.line_ids
                and not position.bundle_id
            )
        )
        mapping = known.mappings.get(group.key[:2])
        before = mapping.position_id if mapping else own.browse()
        if before.product_id == group.product and before.contract_id == contract:
            own = before | own
        for position in own:
            begun = position.line_ids.filtered(
                lambda line: line.date_start <= group.start
            )
            line = (begun or position.line_ids).sorted("date_start")[-1:]
            if line.price_unit > 0:
                return Price(
                    line.price_unit,
                    line.price_interval,
                    "agreement",
                    line.discount,
                    line.pricing or False,
                )
        return None

    def _find_list_prices(self, contract, products, day, quantity):
        """Return {product id: (price, whether a price list has a rule for it)}.

        The contract's list comes first, then the one that the customer has by now.
        """
        company = contract.company_id
        partner = contract.partner_id.with_company(company)
        lists = contract.pricelist_id | partner.property_product_pricelist
        found = {}
        for pricelist in lists or [lists]:
            prices = contract._get_list_prices(products, day, quantity, None, pricelist)
            # sudo: whoever imports need not read all price lists
            rules = pricelist.sudo().with_company(company)
            rules = pricelist and rules._compute_price_rule(
                products.sudo().with_company(company), quantity, date=day
            )
            for product_id, price in prices.items():
                has_rule = bool(rules and rules[product_id][1])
                if product_id not in found or (has_rule and not found[product_id][1]):
                    found[product_id] = (price, has_rule)
        return found

    def _choose_price(self, product, contract, found, day):
        listed, has_rule = found[product.id]
        interval = product.msp_price_interval or "0"
        if has_rule and not float_is_zero(listed, precision_digits=PRICE_DIGITS):
            return Price(listed, interval, "pricelist")
        computed = contract._get_cost_price(product, day)
        if computed:
            return Price(computed, interval, "cost")
        if not float_is_zero(listed, precision_digits=PRICE_DIGITS):
            return Price(listed, interval, "sales")
        return None

    def _begin(self, vals, group, change):
        """Propose a new position with the price that was found for it.

        One that was sold and is not live begins as it was sold.
        """
        if group.awaited:
            self._begin_awaited(vals, group.awaited)
            vals["price_source"] = "sold"
            return
        contract, price = _contract_of(group), group.price
        vals.update(
            kind="begin",
            contract_id=contract.id,
            price_interval=group.product.msp_price_interval or "0",
        )
        if price:
            vals.update(
                price_unit=price.amount,
                price_interval=price.interval,
                price_source=price.source,
                price_discount=price.discount,
                price_scheme=price.pricing,
            )
        if vals.get("edits", {}) and "price_unit" in vals["edits"]:
            vals.update(
                price_unit=vals["edits"]["price_unit"],
                price_source="edited",
                price_discount=0.0,
            )
        is_free = not vals.get("price_unit", 0.0) > 0
        if not price_fits(contract, group.product, change.start):
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(product)s has a price for a time that does not fit the rhythm "
                    "of contract %(contract)s. Enter the position by hand.",
                    product=group.product.display_name,
                    contract=contract.display_name,
                ),
            )
        elif is_free and not group.product._msp_brings_prices(contract.company_id):
            vals.update(
                state="waiting",
                flags={"no_price"},
                error=self.env._(
                    "%(product)s has no price for customer %(customer)s. Enter a sales "
                    "price or a price list rule, then prepare again; or enter the "
                    "price here with Edit.",
                    product=group.product.display_name,
                    customer=contract.partner_id.display_name,
                ),
            )
        else:
            vals.update(state="proposed")


class MspContract(models.Model):
    _inherit = "msp.contract"

    def _get_cost_price(self, product, day):
        """Return what the product's price rule makes of its cost, 0 without either."""
        self.ensure_one()
        # sudo: whoever imports need not read rules and costs
        product = product.sudo().with_company(self.company_id)
        rule = product.msp_price_rule_id
        if not rule or rule._get_currency_error(self):
            return 0.0
        cost = product._msp_get_cost(
            rule.vendor_id, self.company_id, self.currency_id, day
        )
        return float(rule._to_price(cost, self.currency_id)) if cost else 0.0


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    price_source = fields.Selection(
        NEW_PRICE_SOURCES,
        "Price From",
        help="Looked for in this order: agreed for the product in the contract, price "
        "list of the customer, cost and price rule, sales price of the product.",
    )
    price_discount = fields.Float("Discount (%)", min_display_digits="Discount")
    price_scheme = fields.Json()

    def _prepare_change_vals(self):
        vals = super()._prepare_change_vals()
        if vals["action"] == "begin" and self.price_source == "agreement":
            # All that is agreed on the price, not only the amount.
            vals.update(discount=self.price_discount, pricing=self.price_scheme)
        return vals


def _contract_of(group):
    return group.contract or group.position.contract_id
