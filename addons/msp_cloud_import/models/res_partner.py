from odoo import fields, models


class ResPartner(models.Model):
    """What providers call a customer: several ids may be one customer."""

    _inherit = "res.partner"

    msp_mapping_count = fields.Integer(
        "Ids at Providers",
        compute="_compute_msp_mapping_count",
        groups="msp_contract_billing.group_account_manager,"
        "msp_contract_billing.group_billing_clerk",
    )

    def _compute_msp_mapping_count(self):
        counts = {}
        for partner, count in self.env["msp.customer.mapping"]._read_group(
            [("partner_id", "child_of", self.commercial_partner_id.ids)],
            ["partner_id"],
            ["__count"],
        ):
            company = partner.commercial_partner_id.id
            counts[company] = counts.get(company, 0) + count
        for partner in self:
            partner.msp_mapping_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_view_msp_mappings(self):
        """Show the ids and names the customer has at providers."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_customer_mapping_action"
        )
        return {
            **action,
            "name": self.env._("%s at Providers", self.display_name),
            "domain": [("partner_id", "child_of", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
