from odoo import api, fields, models

from .msp_commitment_mixin import COMMITMENT
from .msp_content_mixin import to_pricing
from .msp_contract_terms import TERMS
from .wording import (
    brings_prices,
    describe_pricing,
    describe_rules,
    format_number,
    format_price,
)


class MspContractChange(models.Model):
    """What a change does, in words."""

    _inherit = "msp.contract.change"

    summary = fields.Char(compute="_compute_summary")

    @api.depends(
        "action",
        "position_id",
        "quantity_mode",
        "quantity",
        "sets_price",
        "price_unit",
        "sets_pricing",
        "pricing",
        "sets_overrides",
        "overrides",
        "sets_discount",
        "discount",
        "name",
        "billed_share",
        *TERMS,
        *COMMITMENT,
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for change in self:
            if change.action == "terms":
                labels_of_terms = (
                    change._get_rhythm_label(),
                    change._get_rules_label(),
                )
                change.summary = "; ".join(filter(None, labels_of_terms))
            elif change.action == "commitment":
                change.summary = change._get_commitment_label() or self.env._(
                    "no term, no notice"
                )
            elif change.action == "terminate":
                change.summary = labels["terminate"]
            elif change.action == "suspend":
                what = change.position_id.name or self.env._("The contract")
                change.summary = f"{what}: {change._get_share_label()}"
            else:
                details = change._get_details()
                if change.action == "end":
                    details = [self.env._("ends")]
                change.summary = f"{change.position_id.name}: {', '.join(details)}"

    def _get_share_label(self):
        """Return what is billed while suspended, in words."""
        self.ensure_one()
        if self.billed_share == 100:
            return self.env._("billed again")
        if not self.billed_share:
            return self.env._("suspended, nothing is billed")
        share = format_number(self.env, self.billed_share)
        return self.env._("suspended, %s %% of the price are billed", share)

    def _get_details(self):
        self.ensure_one()
        details = []
        env, currency = self.env, self.currency_id
        if self.quantity_mode == "move":
            details.append(f"{self.quantity:+g}")
        elif self.quantity_mode == "set":
            details.append(env._("quantity %s", format_number(env, self.quantity)))
        pricing = to_pricing(self.pricing) if self.sets_pricing else None
        if self.sets_price and not brings_prices(pricing):
            price = format_price(env, currency, self.price_unit)
            details.append(env._("price %s", price))
        if self.sets_pricing and (pricing or self.action == "set"):
            details.append(describe_pricing(env, pricing, currency))
        if self.sets_discount and (self.discount or self.action == "set"):
            discount = format_number(env, self.discount)
            details.append(env._("discount %s %%", discount))
        if self.sets_overrides and (self.overrides or self.action == "set"):
            rules = describe_rules(env, self.overrides or {})
            details.append(rules or env._("billed as the contract"))
        if self.name and self.action == "set":
            details.append(self.name)
        return details
