from odoo import api, fields, models
from odoo.exceptions import ValidationError

UNMAPPED = ("unmapped_customer", "unmapped_product")
ASSIGNED = ("matched", "applied", "no_change", "waiting")


class MspImport(models.Model):
    """Step 2 as a screen: what is assigned, what would be, and the way back."""

    _inherit = "msp.import"

    accept_limit = fields.Integer(
        "From Points",
        default=90,
        help="Suggestions with so many points or more are accepted together. Numbers "
        "that identify somebody and domains have more than 90, a name alone has at "
        "most 90.",
    )
    suggested_customer_count = fields.Integer(compute="_compute_suggested")
    suggested_product_count = fields.Integer(compute="_compute_suggested")
    amount_suggested = fields.Monetary(
        "Would Be Assigned",
        compute="_compute_suggested",
        help="Money of the rows whose customer and article are known then.",
    )
    amount_assigned = fields.Monetary(
        "Assigned",
        compute="_compute_assigned",
        help="Money of the rows whose customer and article are known.",
    )
    assigned_percent = fields.Integer("Share Assigned", compute="_compute_assigned")
    last_acceptance_id = fields.Many2one(
        "msp.mapping.acceptance", compute="_compute_last_acceptance"
    )
    last_acceptance = fields.Char("Assigned Last", compute="_compute_last_acceptance")

    @api.constrains("accept_limit")
    def _check_accept_limit(self):
        for one in self:
            if not 1 <= one.accept_limit <= 100:
                raise ValidationError(
                    self.env._(
                        "Suggestions have 1 to 100 points, not %s.", one.accept_limit
                    )
                )

    @api.depends(
        "accept_limit",
        "customer_mapping_ids.state",
        "customer_mapping_ids.suggestion_score",
        "product_mapping_ids.state",
        "product_mapping_ids.suggestion_score",
    )
    def _compute_suggested(self):
        groups = self.env["msp.provider.charge"]._read_group(
            [("import_id", "in", self.ids), ("state", "in", UNMAPPED)],
            ["import_id", "customer_mapping_id", "product_mapping_id", "currency_id"],
            ["billed_cost:sum"],
        )
        for one in self:
            customers, products = one._get_acceptable()
            one.suggested_customer_count = len(customers)
            one.suggested_product_count = len(products)
            one.amount_suggested = sum(
                amount
                for import_, customer, product, currency, amount in groups
                if import_.id == one._origin.id
                and currency == one.currency_id
                and (customer.id in customers.ids or _is_known(customer))
                and (product.id in products.ids or _is_known(product))
            )

    def _get_acceptable(self):
        """Return the open customers and articles that reach the limit."""
        self.ensure_one()
        return tuple(
            mappings.filtered(
                lambda one: (
                    one.state == "open"
                    and one[one._suggested]
                    and one.suggestion_score >= self.accept_limit
                )
            )
            for mappings in (self.customer_mapping_ids, self.product_mapping_ids)
        )

    @api.depends("provider_charge_ids.state", "amount_unmapped")
    def _compute_assigned(self):
        sums = {
            (import_.id, currency.id): amount
            for import_, currency, amount in self.env[
                "msp.provider.charge"
            ]._read_group(
                [("import_id", "in", self.ids), ("state", "in", ASSIGNED)],
                ["import_id", "currency_id"],
                ["billed_cost:sum"],
            )
        }
        for one in self:
            amount = sums.get((one._origin.id, one.currency_id.id), 0.0)
            total = amount + one.amount_unmapped
            one.amount_assigned = amount
            one.assigned_percent = round(100 * amount / total) if total else 100

    @api.depends("customer_mapping_ids.state", "product_mapping_ids.state")
    @api.depends_context("lang", "tz")
    def _compute_last_acceptance(self):
        # Newest first, so the last one that is put in is the newest.
        last = {
            acceptance.import_id.id: acceptance
            for acceptance in reversed(
                self.env["msp.mapping.acceptance"].search(
                    [("import_id", "in", self.ids), ("is_undone", "=", False)]
                )
            )
        }
        for one in self:
            one.last_acceptance_id = last.get(one._origin.id, False)
            one.last_acceptance = one.last_acceptance_id.label

    def action_accept_suggestions(self):
        """Take over the suggestions of the lists that reach the limit."""
        self.check_access("write")
        for one in self:
            customers, products = one._get_acceptable()
            if customers or products:
                acceptances = self.env["msp.mapping.acceptance"]
                acceptance = acceptances._begin(one.company_id, one)
                customers._accept(acceptance)
                products._accept(acceptance)
        return True

    def action_undo_acceptance(self):
        """Ask whether to take back what was assigned last for this import."""
        self.ensure_one()
        return self.last_acceptance_id._action_ask()

    def action_view_customers(self):
        """Show the file's customers as a list, to assign many at once."""
        return self._action_assign(
            "msp_cloud_import.msp_customer_mapping_action", self.customer_mapping_ids
        )

    def action_view_articles(self):
        """Show the file's articles as a list, to assign many at once."""
        return self._action_assign(
            "msp_cloud_import.msp_product_mapping_action", self.product_mapping_ids
        )

    def _action_assign(self, xml_id, mappings):
        action = self.env["ir.actions.actions"]._for_xml_id(xml_id)
        return {
            **action,
            "domain": [("id", "in", mappings.ids)],
            "context": {
                "search_default_open": 1,
                "msp_assign_import_id": self.id,
                "create": False,
            },
        }

    def write(self, vals):
        if len(self) == 1:
            # What is assigned on the form is taken back there.
            return super(
                MspImport, self.with_context(msp_assign_import_id=self.id)
            ).write(vals)
        return super().write(vals)


def _is_known(mapping):
    """Return whether a row need not wait for an assignment; it may have none."""
    return not mapping or (
        mapping.state == "assigned" and mapping[mapping._target].active
    )
