from odoo import fields, models

from odoo.addons.msp_contract_billing.models.money import to_decimal


class MspProductMapping(models.Model):
    """How the rows of an article are used; remembered with the article."""

    _inherit = "msp.product.mapping"

    billing_mode = fields.Selection(
        [
            ("quantity", "Quantity from the file"),
            ("amounts", "Pass amounts through"),
            ("none", "No billing"),
        ],
        "Customers Pay",
        required=True,
        default="quantity",
        help="Quantity: the contract follows the quantity of the file and has its own "
        "price; usual for seats.\n"
        "Amounts: what the provider charges goes to the customer, with the markup of "
        "the position's price scheme; usual for usage.\n"
        "No billing: rows are kept and shown as information.",
    )
    keep_apart = fields.Selection(
        [
            ("together", "Together"),
            ("subscription", "Apart per subscription"),
            ("azure_subscription", "Apart per Azure subscription"),
        ],
        "Amounts Of Several Subscriptions",
        required=True,
        default="together",
        help="Where amounts are passed through: whether the subscriptions of a "
        "customer share one position or have one each.",
    )
    quantity_column = fields.Selection(
        [("billed", "Billed quantity"), ("purchased", "Quantity as printed")],
        "Quantity Counted",
        required=True,
        default="billed",
        help="Which quantity of the file the contract follows, where a row has two: "
        "the one that was billed, or all that were purchased.",
    )

    def _get_row_fields(self):
        return super()._get_row_fields() | {
            "billing_mode",
            "keep_apart",
            "quantity_column",
        }


class MspProviderCharge(models.Model):
    _inherit = "msp.provider.charge"

    def _get_counted_quantity(self):
        """Return the quantity that counts, with the sign of the money.

        :return: Decimal, or None if the row has none
        """
        self.ensure_one()
        if not self.has_pricing_quantity:
            return None
        billed = to_decimal(self.pricing_quantity)
        if self.product_mapping_id.quantity_column != "purchased" or not self.quantity:
            return billed
        # Files print a purchased quantity without sign.
        return to_decimal(abs(self.quantity)).copy_sign(billed)
