from odoo import api, fields, models
from odoo.exceptions import UserError


class MspPositionMapping(models.Model):
    """A provider's subscription and the position it is; remembered for ever.

    Whether the position still runs is looked at on every use, so a mapping to an
    ended contract does no harm.
    """

    _name = "msp.position.mapping"
    _description = "Subscription of a provider"
    _order = "provider_id, subscription_id, sku_id"
    _rec_name = "subscription_id"
    _check_company_auto = True

    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    subscription_id = fields.Char(required=True, index=True)
    # A subscription that is converted to another article gets a second position.
    sku_id = fields.Char("Article", required=True, default="")
    position_id = fields.Many2one(
        "msp.contract.position",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
    )
    contract_id = fields.Many2one(
        "msp.contract",
        "New Position In",
        ondelete="set null",
        check_company=True,
        help="Where a new position begins, as somebody has chosen.",
    )
    is_chosen = fields.Boolean(
        "Chosen by Hand", help="Holds even if the product is another one."
    )
    position_contract_id = fields.Many2one(
        related="position_id.contract_id", string="Contract"
    )
    partner_id = fields.Many2one(related="position_id.contract_id.partner_id")
    product_id = fields.Many2one(related="position_id.product_id")
    state = fields.Selection(
        [("open", "Open"), ("running", "Running"), ("ended", "Ended")],
        compute="_compute_state",
    )

    _subscription_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, subscription_id, sku_id)",
        "This subscription of the provider is in the list already.",
    )

    @api.depends("position_id.date_end", "position_id.line_ids")
    def _compute_state(self):
        today = fields.Date.context_today(self)
        for mapping in self:
            position = mapping.position_id
            is_running = position.line_ids and (
                not position.date_end or position.date_end >= today
            )
            if not position:
                mapping.state = "open"
            else:
                mapping.state = "running" if is_running else "ended"

    @api.constrains("position_id", "subscription_id")
    def _check_one_subscription(self):
        """A position takes its quantity from one subscription only."""
        others = self.search(
            [("position_id", "in", self.position_id.ids), ("id", "not in", self.ids)]
        )
        for mapping in self.filtered("position_id"):
            rivals = (others | self).filtered(
                lambda other, mine=mapping: (
                    other.position_id == mine.position_id
                    and other.provider_id == mine.provider_id
                    and other.subscription_id != mine.subscription_id
                )
            )
            if rivals:
                raise UserError(
                    self.env._(
                        "Position %(position)s of contract %(contract)s takes its "
                        "quantity from subscription %(other)s already. Choose another "
                        "position or let a new one begin.",
                        position=mapping.position_id.name,
                        contract=mapping.position_id.contract_id.display_name,
                        other=rivals[0].subscription_id,
                    )
                )

    @api.model
    def _load(self, provider, company, subscription_ids):
        """Return {(subscription, article): mapping} for some subscriptions."""
        mappings = self.search(
            [
                ("provider_id", "=", provider.id),
                ("company_id", "=", company.id),
                ("subscription_id", "in", list(subscription_ids)),
            ]
        )
        return {(one.subscription_id, one.sku_id): one for one in mappings}

    @api.model
    def _remember(self, import_, changes):
        """Remember to which position each change's subscription belongs."""
        known = self._load(
            import_.provider_id, import_.company_id, changes.mapped("subscription_id")
        )
        vals_by_key = {}
        for change in changes.sorted("date_start"):
            if not change.position_id:
                continue
            key = (change.subscription_id, change.sku_id or "")
            mapping = known.get(key)
            if not mapping:
                vals_by_key[key] = {
                    "provider_id": import_.provider_id.id,
                    "company_id": import_.company_id.id,
                    "subscription_id": key[0],
                    "sku_id": key[1],
                    "position_id": change.position_id.id,
                }
            elif mapping.position_id != change.position_id or mapping.contract_id:
                mapping.write(
                    {"position_id": change.position_id.id, "contract_id": False}
                )
        self.create(list(vals_by_key.values()))
