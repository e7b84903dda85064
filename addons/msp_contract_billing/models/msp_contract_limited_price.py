from odoo import api, fields, models


class MspContract(models.Model):
    """Ways from a contract to its trials, discounts, promotions and grants."""

    _inherit = "msp.contract"

    limited_price_ids = fields.One2many("msp.limited.price", "contract_id")
    limited_price_count = fields.Integer(compute="_compute_limited_price_count")

    @api.depends("limited_price_ids.recorded")
    def _compute_limited_price_count(self):
        for contract in self:
            contract.limited_price_count = len(
                contract.limited_price_ids.filtered(
                    lambda limited: limited.recorded != "cancelled"
                )
            )

    def action_limit_price(self):
        """Open the dialog for a trial or special price."""
        self.ensure_one()
        return _ask(self, {"default_contract_id": self.id})

    def action_view_limited_prices(self):
        action = self._action_view(
            self.env._("Ending Prices"),
            "msp.limited.price",
            [("contract_id", "in", self.ids)],
        )
        return {**action, "view_mode": "list,calendar,form"}


class MspContractPosition(models.Model):
    _name = "msp.contract.position"
    _inherit = ["msp.contract.position", "msp.action.mixin"]

    def action_limit_price(self):
        """Open the dialog for a trial or special price."""
        self.ensure_one()
        return _ask(
            self,
            {
                "default_contract_id": self.contract_id.id,
                "default_position_id": self.id,
            },
        )


def _ask(record, context):
    action = record._action_ask(
        record.env._("Trial or Special Price"), "msp.limited.price", context
    )
    view = record.env.ref("msp_contract_billing.msp_limited_price_view_form_new")
    return {**action, "views": [(view.id, "form")]}
