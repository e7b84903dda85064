from odoo import api, fields, models

from .money import holds_on

PRICE_INTERVALS = [
    ("0", "Billing period"),
    ("1", "Month"),
    ("3", "Quarter"),
    ("12", "Year"),
]


class MspContractLine(models.Model):
    """A position's content over an interval of days.

    The stored result of the fold, rebuilt whenever a version is activated or
    withdrawn. Nothing refers to a line by id.
    """

    _name = "msp.contract.line"
    _description = "Contract lines"
    _inherit = ["msp.content.mixin", "msp.derived.mixin"]
    _order = "contract_id, position_id, date_start"
    _rec_name = "name"

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    position_id = fields.Many2one(
        "msp.contract.position", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    product_id = fields.Many2one(related="position_id.product_id", store=True)
    product_uom_id = fields.Many2one(related="position_id.product_uom_id")
    environment_id = fields.Many2one(related="position_id.environment_id")
    date_start = fields.Date("First Day", required=True)
    date_end = fields.Date("Last Day", help="Empty: from the first day on.")
    quantity = fields.Float(min_display_digits="Product Unit", required=True)
    price_unit = fields.Float(
        "Unit Price", min_display_digits="Product Price", required=True
    )
    price_interval = fields.Selection(
        PRICE_INTERVALS, "Price Per", default="0", required=True
    )
    discount = fields.Float("Discount (%)", min_display_digits="Discount")
    billed_share = fields.Float(
        "Billed (%)",
        min_display_digits="Discount",
        default=100.0,
        required=True,
        help="Less than 100 while suspended.",
    )
    amount_month = fields.Monetary(
        "Per Month",
        help="What it comes to per month, without amounts that only others know. "
        "For lists: billing computes periods, not months.",
    )
    name = fields.Char("Description")
    version_numbers = fields.Json("Rests on Versions")
    versions_label = fields.Char("Versions", compute="_compute_versions_label")

    # int4range and daterange need no extension, unlike btree_gist.
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(position_id, position_id, '[]') WITH &&, "
        "daterange(date_start, date_end, '[]') WITH &&)",
        "A position cannot have two contents on one day.",
    )
    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A line cannot end before it begins.",
    )

    @api.depends("version_numbers")
    def _compute_versions_label(self):
        for line in self:
            line.versions_label = ", ".join(
                str(number) for number in line.version_numbers or ()
            )

    def _on(self, day):
        """Return those of the lines that say what is contained on `day`."""
        return self.filtered(lambda line: holds_on(line, day))


class MspContract(models.Model):
    """Which columns of the content say something."""

    _inherit = "msp.contract"

    has_discounts = fields.Boolean(compute="_compute_columns")
    has_schemes = fields.Boolean(compute="_compute_columns")
    has_rules = fields.Boolean(compute="_compute_columns")
    has_suspended = fields.Boolean(compute="_compute_columns")
    amount_month = fields.Monetary("Per Month", compute="_compute_amount_month")

    @api.depends(
        "line_ids.discount",
        "line_ids.pricing",
        "line_ids.overrides",
        "line_ids.billed_share",
    )
    def _compute_columns(self):
        for contract in self:
            lines = contract.line_ids
            contract.has_discounts = any(lines.mapped("discount"))
            contract.has_schemes = any(lines.mapped("pricing"))
            contract.has_rules = any(lines.mapped("overrides"))
            contract.has_suspended = any(line.billed_share < 100 for line in lines)

    @api.depends("line_ids.amount_month", "content_date")
    def _compute_amount_month(self):
        for contract in self:
            lines = contract.line_ids._on(contract.content_date)
            contract.amount_month = sum(lines.mapped("amount_month"))
