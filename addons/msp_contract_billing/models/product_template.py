from odoo import fields, models

from .msp_content_mixin import pricing_data, to_pricing
from .msp_contract_line import PRICE_INTERVALS
from .wording import brings_prices


class ProductTemplate(models.Model):
    _inherit = "product.template"

    msp_recurring = fields.Boolean(
        "Recurring",
        help="Sold under a contract: confirming a quotation begins or changes a "
        "contract, which bills the product again and again.",
    )
    msp_price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        default="1",
        required=True,
        help="The time that the sales price pays for.",
    )

    msp_pricing_id = fields.Many2one(
        "msp.pricing",
        "Price Scheme",
        company_dependent=True,
        check_company=True,
        help="How quantity and price make the price of a billing period. Empty: the "
        "price is per unit. Quotations and contracts take a copy.",
    )
    msp_rule_id = fields.Many2one(
        "msp.billing.rule",
        "Billing Rule",
        company_dependent=True,
        check_company=True,
        help="In what the product is billed otherwise than its contract, such as "
        "yearly or in arrears. Empty: as the contract. Quotations and contracts take "
        "a copy.",
    )

    msp_template_id = fields.Many2one(
        "msp.contract.template",
        "Sold Under",
        company_dependent=True,
        check_company=True,
        help="The terms of a contract that begins with the product, such as a yearly "
        "term billed monthly. Quotations and contracts take a copy.",
    )

    _msp_recurring_check = models.Constraint(
        "CHECK (type != 'combo' OR msp_recurring IS NOT TRUE)",
        "A combo cannot be recurring itself. Mark the products in it as recurring.",
    )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _msp_get_pricing_data(self):
        """Return a copy of the product's price scheme, False if per unit."""
        # sudo: whoever sells or imports the product need not read schemes
        scheme = self.msp_pricing_id.sudo()
        return pricing_data(scheme._to_plain()) if scheme else False

    def _msp_brings_prices(self, company):
        """Return whether the product's scheme makes its sales price needless."""
        product = self.with_company(company)
        return brings_prices(to_pricing(product._msp_get_pricing_data()))

    def _msp_get_overrides(self):
        """Return a copy of the product's billing rule, False if as the contract."""
        # sudo: whoever sells or imports the product need not read rules
        rule = self.msp_rule_id.sudo()
        return rule._to_data() or False if rule else False
