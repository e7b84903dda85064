from odoo import fields, models


class MspComparedMixin(models.AbstractModel):
    """What is compared: a position, or a subscription without any; and ways down.

    The heirs have `reconciliation_id` and `charge_ids`.
    """

    _name = "msp.compared.mixin"
    _description = "Something compared"
    _inherit = "msp.derived.mixin"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Assigned Customer",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    product_id = fields.Many2one("product.product", ondelete="set null", readonly=True)
    contract_id = fields.Many2one(
        "msp.contract", ondelete="set null", index="btree_not_null", readonly=True
    )
    position_id = fields.Many2one(
        "msp.contract.position",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    subscription_label = fields.Char("Subscriptions", readonly=True)
    supplied_quantity = fields.Float(
        "At Provider", min_display_digits="Product Unit", aggregator=None, readonly=True
    )
    contained_quantity = fields.Float(
        "In Contract", min_display_digits="Product Unit", aggregator=None, readonly=True
    )
    billed_quantity = fields.Float(
        "On Invoices", min_display_digits="Product Unit", aggregator=None, readonly=True
    )
    currency_id = fields.Many2one("res.currency", readonly=True)

    def action_view_rows(self):
        """Show the rows of the files behind it."""
        return self.reconciliation_id._action_view(
            self.env._("Rows: %s", self.display_name),
            "msp.provider.charge",
            [("id", "in", self.charge_ids.ids)],
        )

    def action_view_versions(self):
        """Show the versions that touch the position."""
        return self.reconciliation_id._action_view(
            self.env._("Versions of %s", self.contract_id.display_name),
            "msp.contract.version",
            [("change_ids.position_id", "=", self.position_id.id)],
        )

    def action_view_charges(self):
        """Show what the customer was charged for the position in the month."""
        one = self.reconciliation_id
        return one._action_view(
            self.env._("Charges: %s", self.display_name),
            "msp.charge",
            one._charge_domain(self.position_id),
        )
