from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

# What a line is worth; another state of it differs in one of these.
WORTH = ("billed_cost", "pricing_quantity", "list_unit_price", "list_cost")
# Fields of a `formats.ProviderCharge` that are stored as they are.
_TEXTS = (
    "billing_account_id",
    "billing_account_name",
    "sub_subscription_id",
    "sub_subscription_name",
    "resource_id",
    "region_id",
    "service_category",
    "charge_frequency",
    "consumed_unit",
    "tags",
)
_NUMBERS = (
    "contracted_cost",
    "list_cost",
    "effective_cost",
    "consumed_quantity",
    "partner_credit_rate",
)


class MspProviderCharge(models.Model):
    """What charges for usage say beside others, and the rows they sum."""

    _inherit = "msp.provider.charge"

    billing_account_id = fields.Char()
    billing_account_name = fields.Char()
    sub_subscription_id = fields.Char(
        "Azure Subscription", help="What the subscription pays for."
    )
    sub_subscription_name = fields.Char("Azure Subscription Name")
    resource_id = fields.Char()
    region_id = fields.Char()
    service_category = fields.Char()
    charge_frequency = fields.Char()
    contracted_cost = fields.Float(min_display_digits="Product Price")
    list_cost = fields.Float(min_display_digits="Product Price")
    effective_cost = fields.Float(min_display_digits="Product Price")
    consumed_quantity = fields.Float(min_display_digits="Product Unit", aggregator=None)
    consumed_unit = fields.Char()
    tags = fields.Char()
    partner_credit_rate = fields.Float(
        "Partner Earned Credit",
        min_display_digits="Product Price",
        aggregator=None,
        help="The share that the vendor leaves to the partner; the price has it "
        "taken off already.",
    )
    row_count = fields.Integer("Rows of the File", default=1)
    is_amount = fields.Boolean(
        "May Be Passed Through",
        help="Usage and what goes with it: no quantity that a contract could follow.",
    )
    used_start = fields.Date("First Used")
    used_end = fields.Date("Last Used")
    import_has_usage = fields.Boolean(related="import_id.has_usage")

    @api.model
    def _prepare_vals(self, import_, charge, currencies):
        vals = super()._prepare_vals(import_, charge, currencies)
        vals.update((name, getattr(charge, name)) for name in _TEXTS)
        vals.update((name, getattr(charge, name) or 0) for name in _NUMBERS)
        vals.update(
            row_count=charge.row_count,
            is_amount=charge.event == "usage" and "unbilled" not in charge.flags,
        )
        return vals

    def _load_exact(self, names=WORTH):
        """Return {charge id: {name: Decimal}} with all digits; fields are rounded.

        What a file does not say is 0.
        """
        self.env.flush_all()
        columns = SQL(", ").join(
            SQL("COALESCE(%s, 0)::text", SQL.identifier(name)) for name in names
        )
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM msp_provider_charge WHERE id = ANY(%s)",
                columns,
                self.ids,
            )
        )
        return {
            number: dict(zip(names, map(Decimal, values), strict=True))
            for number, *values in rows
        }

    def action_view_usage_rows(self):
        """Show the rows of the file that the charge sums."""
        return self.env["msp.import"]._action_view_usage(
            self.env._("Usage of %s", self.row_label if len(self) == 1 else ""),
            [("charge_id", "in", self.ids)],
        )
