from odoo import api, fields, models
from odoo.exceptions import UserError

from ..formats.provider_charge import EVENTS
from .unchecked_links import UncheckedMany2one

ROW_STATES = [
    ("unmapped_customer", "Customer to assign"),
    ("unmapped_product", "Article to assign"),
    ("waiting", "Waiting"),
    ("matched", "To be applied"),
    ("applied", "Applied"),
    ("no_change", "Contract says so"),
    ("info", "No quantity"),
    ("ignored", "Ignored"),
]
EVENT_NAMES = [(event, event.replace("_", " ").capitalize()) for event in EVENTS]


class MspProviderCharge(models.Model):
    """One normalised row of a provider's file.

    Names and meanings follow FOCUS, so `charge_period_end` is exclusive; screens
    show `charge_date_end`, the last day.
    """

    _name = "msp.provider.charge"
    _description = "Rows of providers' files"
    _inherit = ["msp.derived.mixin", "msp.plan.mixin"]
    _order = "import_id desc, row"
    _rec_name = "row_label"

    import_id = fields.Many2one(
        "msp.import", required=True, ondelete="cascade", index=True
    )
    # Each index is written for each row, twice until it is prepared: only those stay
    # that find few rows among all.
    # The import keeps provider and company, each of which nobody deletes before it.
    provider_id = UncheckedMany2one("msp.provider", required=True)
    company_id = UncheckedMany2one("res.company", required=True)
    row = fields.Integer(required=True, aggregator=None)
    row_label = fields.Char(compute="_compute_row_label")
    row_key = fields.Char(index=True)
    known_charge_id = fields.Many2one(
        "msp.provider.charge",
        "Read Before As",
        ondelete="set null",
        index="btree_not_null",
    )
    invoice_id = fields.Char("Provider's Invoice")

    # Who and what, in the provider's words
    customer_key = fields.Char("Customer at Provider")
    sub_account_id = fields.Char("Customer Id")
    sub_account_name = fields.Char("Customer Name")
    customer_domain = fields.Char("Domain")
    subscription_id = fields.Char(index=True)
    sku_id = fields.Char("Article")
    availability_id = fields.Char()
    service_name = fields.Char("Product Name")
    sku_name = fields.Char("Article Name")
    publisher_name = fields.Char()
    charge_description = fields.Char()
    event = fields.Selection(EVENT_NAMES)
    charge_type = fields.Char()
    event_date = fields.Date()
    charge_category = fields.Char()
    charge_class = fields.Char()
    group_ref = fields.Char("Group")
    flags = fields.Char(help="Reasons to look at the row, separated by blanks.")

    # How much
    is_quantity = fields.Boolean(
        "Says a Quantity", help="Usage, credits and taxes do not."
    )
    quantity = fields.Float("Quantity as Printed", min_display_digits="Product Unit")
    is_difference = fields.Boolean(
        help="The quantity is how many more or fewer, not how many."
    )
    # A row without quantity is not one with quantity 0.
    has_pricing_quantity = fields.Boolean()
    pricing_quantity = fields.Float(
        "Billed Quantity", min_display_digits="Product Unit", aggregator=None
    )
    pricing_unit = fields.Char("Unit")
    list_unit_price = fields.Float(min_display_digits="Product Price", aggregator=None)
    contracted_unit_price = fields.Float(
        "Unit Price", min_display_digits="Product Price", aggregator=None
    )
    pricing_currency = fields.Char()
    exchange_rate = fields.Float(digits=(16, 10), aggregator=None)
    exchange_rate_date = fields.Date()
    currency_id = fields.Many2one(
        "res.currency", "Billing Currency", ondelete="restrict"
    )
    billed_cost = fields.Monetary("Net Cost")
    tax = fields.Monetary()
    total = fields.Monetary()

    # When
    charge_period_start = fields.Date("First Day", required=True)
    charge_period_end = fields.Date("Day After", help="Exclusive, as in FOCUS.")
    charge_date_end = fields.Date("Last Day")
    term_start = fields.Date()
    term_end = fields.Date(help="Exclusive.")
    raw = fields.Json("As Received")
    raw_text = fields.Text("Cells as Received", compute="_compute_raw_text")

    # What became of it
    state = fields.Selection(ROW_STATES, required=True, default="waiting")
    state_reason = fields.Char("Why")
    is_left_out = fields.Boolean(help="Ignored by hand.")
    # Assignments that rows have are never deleted, see `_unlink_except_used`.
    customer_mapping_id = UncheckedMany2one(
        "msp.customer.mapping", index="btree_not_null"
    )
    product_mapping_id = UncheckedMany2one(
        "msp.product.mapping", index="btree_not_null"
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", ondelete="restrict", index="btree_not_null"
    )
    product_id = fields.Many2one("product.product", ondelete="restrict")
    # Those of the row's change, which finds them; see `unchecked_targets`.
    contract_id = UncheckedMany2one("msp.contract")
    position_id = UncheckedMany2one("msp.contract.position")
    version_id = fields.Many2one(
        "msp.contract.version",
        "Caused Version",
        ondelete="restrict",
        index="btree_not_null",
    )
    msp_charge_ids = fields.Many2many(
        "msp.charge",
        string="Charges to the Customer",
        compute="_compute_msp_charge_ids",
    )
    msp_charge_count = fields.Integer(compute="_compute_msp_charge_ids")

    _open_index = models.Index(
        "(provider_id) "
        "WHERE state IN ('unmapped_customer', 'unmapped_product', 'waiting')"
    )
    # What a later file says anew is found by its customer.
    _unbilled_index = models.Index(
        "(customer_key) WHERE 'unbilled' = ANY(string_to_array(flags, ' '))"
    )

    @api.depends("import_id.name", "row")
    def _compute_row_label(self):
        for charge in self:
            charge.row_label = self.env._(
                "%(import)s, row %(row)s",
                **{"import": charge.import_id.name, "row": charge.row},
            )

    @api.depends("raw")
    def _compute_raw_text(self):
        for charge in self:
            cells = (charge.raw or {}).items()
            charge.raw_text = "\n".join(f"{name}: {cell}" for name, cell in cells)

    @api.depends("position_id", "version_id", "charge_period_start")
    def _compute_msp_charge_ids(self):
        """The claims on the row's position that touch the row's period.

        If the row caused a version, those that rest on this version.
        """
        claims = self.env["msp.charge"].search(
            [("position_id", "in", self.position_id.ids)]
        )
        by_position = claims.grouped("position_id")
        for charge in self:
            number = charge.version_id.number
            mine = by_position.get(charge.position_id, claims.browse())
            charge.msp_charge_ids = mine.filtered(
                lambda claim, row=charge, number=number: (
                    row._overlaps(claim)
                    and (not number or number in (claim.version_numbers or ()))
                )
            )
            charge.msp_charge_count = len(charge.msp_charge_ids)

    def _overlaps(self, claim):
        start, end = self.charge_period_start, self.charge_date_end
        return claim.date_end >= start and (not end or claim.date_start <= end)

    def _refuse(self):
        raise UserError(
            self.env._(
                "Rows of a file are kept as received and cannot be entered, changed "
                "or deleted. Assign customers and articles, or withdraw the import."
            )
        )

    def action_ignore(self):
        return self.env["msp.import.ignore"]._open(self)

    def _ignore(self, reason):
        """Leave rows out on purpose; the caller has checked the right.

        Half of a change says nothing, so all rows of a subscription go together.
        """
        rows = self
        quantities = self.filtered("is_quantity")
        if quantities:
            rows |= self.search(
                [
                    ("import_id", "in", quantities.import_id.ids),
                    ("subscription_id", "in", quantities.mapped("subscription_id")),
                    ("is_quantity", "=", True),
                ]
            )
        # What a more detailed file replaces is applied all the same.
        aside = rows.filtered("detailed_by_id")
        changes = self.env["msp.import.change"].search(
            [("provider_charge_ids", "in", aside.ids), ("state", "=", "applied")]
        )
        applied = rows.filtered(lambda charge: charge.state == "applied")
        applied |= aside & changes.provider_charge_ids
        if applied:
            raise UserError(
                self.env._(
                    "%s is applied already. Withdraw its version instead.",
                    applied[0].row_label,
                )
            )
        changes = self.env["msp.import.change"].search(
            [("provider_charge_ids", "in", rows.ids)]
        )
        changes._system_unlink()
        rows._system_write({"is_left_out": True, "state_reason": reason})
        for import_ in rows.import_id:
            import_._refresh_rows()
            import_._update_rows()

    def action_view_charges(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.charge",
            "name": self.env._("Charges Caused by %s", self.row_label),
            "view_mode": "list,form",
            "domain": [("id", "in", self.msp_charge_ids.ids)],
            "context": {"create": False},
        }

    def action_open_version(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.contract.version",
            "res_id": self.version_id.id,
            "view_mode": "form",
        }
