from odoo import api, fields, models
from odoo.exceptions import UserError


class MspImportChoose(models.TransientModel):
    """Choose to which position a subscription belongs; remembered for ever."""

    _name = "msp.import.choose"
    _description = "Choose the position of a subscription"

    change_id = fields.Many2one("msp.import.change", required=True)
    import_id = fields.Many2one(related="change_id.import_id")
    company_id = fields.Many2one(related="import_id.company_id")
    subscription_id = fields.Char(related="change_id.subscription_id")
    product_id = fields.Many2one(related="change_id.product_id")
    reason = fields.Char(related="change_id.error")
    commercial_partner_id = fields.Many2one(
        related="change_id.partner_id.commercial_partner_id"
    )
    candidate_position_ids = fields.Many2many(
        related="change_id.candidate_position_ids"
    )
    what = fields.Selection(
        [("position", "An existing position"), ("contract", "A new position")],
        "The Subscription Is",
        required=True,
        compute="_compute_what",
        store=True,
        readonly=False,
        precompute=True,
    )
    position_id = fields.Many2one("msp.contract.position")
    contract_id = fields.Many2one("msp.contract")

    @api.depends("change_id")
    def _compute_what(self):
        for wizard in self:
            candidates = wizard.change_id.candidate_position_ids
            wizard.what = "position" if candidates else "contract"

    def action_choose(self):
        """Remember the choice and prepare the import again."""
        self.ensure_one()
        change, import_ = self.change_id, self.import_id
        import_.check_access("write")
        change._check_not_asked()
        if change.state == "applied":
            raise UserError(
                self.env._("An applied change is undone by withdrawing its version.")
            )
        is_position = self.what == "position"
        target = self.position_id if is_position else self.contract_id
        if not target:
            raise UserError(self.env._("Choose a position or a contract."))
        contract = self.position_id.contract_id if is_position else self.contract_id
        if contract.commercial_partner_id != self.commercial_partner_id:
            raise UserError(
                self.env._(
                    "Contract %(contract)s belongs to another customer than "
                    "%(customer)s. Change the customer's assignment instead.",
                    contract=contract.display_name,
                    customer=change.partner_id.display_name,
                )
            )
        vals = {
            "position_id": is_position and self.position_id.id,
            "contract_id": not is_position and self.contract_id.id,
            "is_chosen": True,
        }
        mappings = self.env["msp.position.mapping"]
        key = (change.subscription_id, change.sku_id or "")
        known = mappings._load(
            import_.provider_id, import_.company_id, [change.subscription_id]
        )
        if key in known:
            known[key].write(vals)
        else:
            mappings.create(
                {
                    **vals,
                    "provider_id": import_.provider_id.id,
                    "company_id": import_.company_id.id,
                    "subscription_id": key[0],
                    "sku_id": key[1],
                }
            )
        import_.action_prepare()
        return {"type": "ir.actions.act_window_close"}
