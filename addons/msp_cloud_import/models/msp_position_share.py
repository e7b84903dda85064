from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..preparation import Share


class MspPositionShare(models.Model):
    """How many units of a subscription belong to one of several positions."""

    _name = "msp.position.share"
    _description = "Share of a subscription"
    _order = "mapping_id, sequence, id"
    _check_company_auto = True

    mapping_id = fields.Many2one(
        "msp.position.mapping", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="mapping_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    position_id = fields.Many2one(
        "msp.contract.position",
        ondelete="cascade",
        index="btree_not_null",
        check_company=True,
    )
    contract_id = fields.Many2one(
        "msp.contract",
        "New Position In",
        ondelete="cascade",
        check_company=True,
        help="Where a position of its own begins; empty once it has begun.",
    )
    quantity = fields.Float("Units", min_display_digits="Product Unit")
    takes_rest = fields.Boolean(help="Gets what the others leave, more or fewer.")

    _quantity_check = models.Constraint(
        "CHECK (COALESCE(quantity, 0) >= 0)", "Nobody gets fewer than 0 units."
    )
    _target_check = models.Constraint(
        "CHECK (position_id IS NOT NULL OR contract_id IS NOT NULL)",
        "A share belongs to a position, or to the contract in which one begins.",
    )

    @api.constrains("mapping_id", "takes_rest")
    def _check_one_rest(self):
        for mapping in self.mapping_id:
            if len(mapping.share_ids.filtered("takes_rest")) != 1:
                raise ValidationError(
                    self.env._(
                        "Subscription %s is split: mark exactly one share that takes "
                        "the rest, when the number of units changes.",
                        mapping.subscription_id,
                    )
                )

    def _to_plain(self):
        return [
            Share(share.id, to_decimal(share.quantity), share.takes_rest)
            for share in self
        ]


class MspPositionMapping(models.Model):
    _inherit = "msp.position.mapping"

    share_ids = fields.One2many("msp.position.share", "mapping_id", "Shares")
    is_summed = fields.Boolean(
        "Added Up",
        help="The position contains the sum of this and other subscriptions.",
    )

    @api.constrains("position_id", "subscription_id", "is_summed")
    def _check_one_subscription(self):
        """Several may share a position only if all of them are added up."""
        self.flush_model()
        return super(
            MspPositionMapping, self.filtered(lambda one: not one._shares_position())
        )._check_one_subscription()

    def _shares_position(self):
        self.ensure_one()
        rivals = self.search(
            [
                ("position_id", "=", self.position_id.id),
                ("provider_id", "=", self.provider_id.id),
            ]
        )
        return bool(self.position_id) and all(one.is_summed for one in rivals | self)

    @api.model
    def _remember(self, import_, changes):
        """Remember positions that shares have begun; the subscription stays split."""
        split = changes.filtered("share_id")
        for change in split.filtered("position_id"):
            if change.share_id.position_id != change.position_id:
                change.share_id.write(
                    {"position_id": change.position_id.id, "contract_id": False}
                )
        # What no file mentions has no subscription to remember.
        rest = (changes - split).filtered("subscription_id")
        return super()._remember(import_, rest)


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    share_id = fields.Many2one(
        "msp.position.share", ondelete="set null", index="btree_not_null"
    )
    # {subscription: quantity} of what the file's quantity is the sum
    parts = fields.Json()
