from odoo import fields, models


class ProductTemplate(models.Model):
    """Which articles of providers a product is, each with its term and plan."""

    _inherit = "product.template"

    msp_mapping_ids = fields.One2many(
        "msp.product.mapping",
        string="Articles of Providers",
        compute="_compute_msp_mapping_ids",
        groups="msp_contract_billing.group_account_manager,"
        "msp_contract_billing.group_billing_clerk",
    )

    def _compute_msp_mapping_ids(self):
        mappings = self.env["msp.product.mapping"].search(
            [("product_id.product_tmpl_id", "in", self.ids)]
        )
        by_template = mappings.grouped(lambda one: one.product_id.product_tmpl_id.id)
        for template in self:
            template.msp_mapping_ids = by_template.get(template._origin.id, False)

    def action_view_msp_mappings(self):
        """Open the articles where whoever may assign them can, product or not."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_product_mapping_action"
        )
        variant = self.product_variant_ids
        return {
            **action,
            "name": self.env._("Articles of Providers: %s", self.name),
            "domain": [("product_id.product_tmpl_id", "=", self.id)],
            "context": {
                "default_product_id": variant.id if len(variant) == 1 else False
            },
        }
