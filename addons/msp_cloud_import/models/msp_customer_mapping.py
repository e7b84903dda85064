from odoo import api, fields, models


class MspCustomerMapping(models.Model):
    """A provider's customer id and the customer it is.

    No constraint contains the partner: merging partners would delete the rows.
    """

    _name = "msp.customer.mapping"
    _inherit = "msp.mapping.mixin"
    _description = "Customer of a provider"
    _order = "amount_open desc, external_name, id"
    _rec_names_search = ("external_name", "external_id", "domain")

    _target = "partner_id"
    _charge_field = "customer_mapping_id"
    _open_state = "unmapped_customer"

    external_id = fields.Char(
        "Id at Provider",
        required=True,
        help="The provider's customer id; where a file has none, domain or name.",
    )
    domain = fields.Char("Domain at Provider")
    partner_id = fields.Many2one(
        "res.partner", "Customer", ondelete="restrict", index="btree_not_null"
    )
    suggested_partner_id = fields.Many2one(
        "res.partner", "Suggestion", ondelete="set null", readonly=True
    )

    _external_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, external_id)",
        "This customer of the provider is in the list already.",
    )

    @api.depends("external_name", "external_id")
    def _compute_display_name(self):
        for mapping in self:
            mapping.display_name = mapping.external_name or mapping.external_id

    @api.depends("partner_id", "is_ignored")
    def _compute_state(self):
        return super()._compute_state()

    def action_accept(self):
        """Assign the suggested customer."""
        self._accept()
        return True
