from odoo import fields, models


class ResPartner(models.Model):
    """A customer's contracts, and those of its addresses."""

    _inherit = "res.partner"

    # Others see customers as well.
    msp_contract_count = fields.Integer(
        "Contracts",
        compute="_compute_msp_contract_count",
        groups="msp_contract_billing.group_account_manager,"
        "msp_contract_billing.group_billing_clerk",
    )

    def _compute_msp_contract_count(self):
        companies = self.commercial_partner_id
        counts = {
            partner.id: count
            for partner, count in self.env["msp.contract"]._read_group(
                [("commercial_partner_id", "in", companies.ids)],
                ["commercial_partner_id"],
                ["__count"],
            )
        }
        for partner in self:
            company = partner.commercial_partner_id
            partner.msp_contract_count = counts.get(company.id, 0)

    def _msp_get_currency(self, company):
        """Return the currency in which `company` bills a customer."""
        pricelist = self.with_company(company).property_product_pricelist
        return pricelist.currency_id or company.currency_id

    def action_view_msp_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "msp_contract_billing.msp_contract_action"
        )
        return {
            **action,
            "domain": [("commercial_partner_id", "=", self.commercial_partner_id.id)],
            "context": {"default_partner_id": self.id},
        }
