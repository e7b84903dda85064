from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .msp_provider_usage import RATE_RULES


class MspContract(models.Model):
    """Providers' charges that positions pass on."""

    _inherit = "msp.contract"

    usage_rate_rule = fields.Selection(
        RATE_RULES,
        "Exchange Rate of Usage",
        help="By which rate amounts of providers in another currency are passed on. "
        "Empty: as the provider's settings say. The rate is kept with each amount, so "
        "another rule changes nothing that was passed on.",
    )
    usage_rate = fields.Float(
        "Agreed Rate",
        min_display_digits="Product Price",
        help="What one unit of the provider's currency is in the contract's.",
    )
    usage_rate_currency_id = fields.Many2one("res.currency", "For Amounts In")

    @api.constrains("usage_rate_rule", "usage_rate", "usage_rate_currency_id")
    def _check_usage_rate(self):
        for contract in self.filtered(lambda one: one.usage_rate_rule == "fixed"):
            if contract.usage_rate <= 0 or not contract.usage_rate_currency_id:
                raise ValidationError(
                    self.env._(
                        "Contract %s: enter the agreed rate and the provider's "
                        "currency, or choose another rule.",
                        contract.display_name,
                    )
                )

    def _load_amounts(self):
        amounts = super()._load_amounts()
        # Of all rights: content that a record rule hides would be credited.
        found = self.env["msp.dated.amount"]._load_plain(
            [("contract_id", "in", self.ids)]
        )
        for position, items in found.items():
            amounts[position] = [*amounts.get(position, ()), *items]
        return amounts
