from odoo import api, fields, models


class MspProductMapping(models.Model):
    """A provider's article with its term and billing plan, and our product.

    The same article with another term has another price, hence the key.
    """

    _name = "msp.product.mapping"
    _inherit = ["msp.mapping.mixin", "msp.plan.mixin"]
    _description = "Article of a provider"
    _order = "amount_open desc, external_name, term, billing_plan, id"
    _rec_names_search = ("external_name", "sku_id")

    _target = "product_id"
    _charge_field = "product_mapping_id"
    _open_state = "unmapped_product"

    # Not null and empty where a file has none: the key must compare them.
    sku_id = fields.Char("Article", required=True, default="")
    term = fields.Char(
        required=True, default="", help="Length of the commitment, such as P1Y."
    )
    billing_plan = fields.Char(
        required=True, default="", help="How often the provider bills it."
    )
    product_id = fields.Many2one(
        "product.product",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
    )
    suggested_product_id = fields.Many2one(
        "product.product", "Suggestion", ondelete="set null", readonly=True
    )

    _article_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, sku_id, term, billing_plan)",
        "This article of the provider is in the list already.",
    )

    @api.depends("external_name", "sku_id", "plan_label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for mapping in self:
            plan, name = mapping.plan_label, mapping.external_name or mapping.sku_id
            mapping.display_name = f"{name} ({plan})" if plan else name

    @api.depends("product_id", "is_ignored")
    def _compute_state(self):
        return super()._compute_state()

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_null(vals) for vals in vals_list])

    def write(self, vals):
        return super().write(self._without_null(vals))

    @api.model
    def _without_null(self, vals):
        key = ("sku_id", "term", "billing_plan")
        return {
            name: (value or "") if name in key else value
            for name, value in vals.items()
        }

    def action_accept(self):
        """Assign the suggested product."""
        self._accept()
        return True
