from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .unchecked_links import UncheckedMany2one


class MspUsageRow(models.Model):
    """One row of a file of usage: a detail of the provider charge that sums it.

    Stored by COPY together with the charge and deleted with its import.
    """

    _name = "msp.usage.row"
    _description = "Rows of usage"
    _inherit = "msp.derived.mixin"
    _order = "id"
    _rec_name = "resource_name"
    # A million rows come in one file; their import says who and when.
    _log_access = False

    import_id = UncheckedMany2one("msp.import", required=True, readonly=True)
    company_id = UncheckedMany2one("res.company", required=True, readonly=True)
    charge_id = UncheckedMany2one(
        "msp.provider.charge", "Summed In", required=True, readonly=True, index=True
    )
    row = fields.Integer(readonly=True, aggregator=None)
    charge_date = fields.Date("Day", readonly=True)
    quantity = fields.Float(min_display_digits="Product Unit", readonly=True)
    unit_price = fields.Float(
        min_display_digits="Product Price", readonly=True, aggregator=None
    )
    # No Monetary, which rounds: a row may cost a hundredth of a cent.
    billed_cost = fields.Float(
        "Net Cost", min_display_digits="Product Price", readonly=True
    )
    currency_id = fields.Many2one(related="charge_id.currency_id")
    resource_id = fields.Char("Resource Id", readonly=True)
    resource_name = fields.Char("Resource", readonly=True)
    resource_group = fields.Char(readonly=True)
    region = fields.Char(readonly=True)
    tags = fields.Char(help="As text, such as {“env”: “prod”}.", readonly=True)
    tag_value = fields.Char(
        "Tag",
        readonly=True,
        help="Value of the tag by which the provider's usage is reported.",
    )
    raw = fields.Text("Other Cells", readonly=True, help="As received.")
    partner_id = fields.Many2one(related="charge_id.partner_id", string="Customer")

    # Rows of one import stand together, so that a few bytes per hundred pages find
    # them.
    _import_idx = models.Index("USING brin (import_id)")

    def init(self):
        """Number rows in blocks: a sequence costs as much as an index otherwise."""
        super().init()
        self.env.cr.execute(SQL("ALTER SEQUENCE msp_usage_row_id_seq CACHE 1000"))

    def _refuse(self):
        raise UserError(
            self.env._(
                "Rows of usage are kept as received and cannot be entered, changed or "
                "deleted. Withdraw the import instead."
            )
        )

    @api.model
    def _delete_of(self, imports):
        """Delete the rows of imports; the caller has checked the right to."""
        self.env.cr.execute(
            SQL("DELETE FROM msp_usage_row WHERE import_id = ANY(%s)", imports.ids)
        )
        self.env.invalidate_all()

    @api.autovacuum
    def _gc_orphans(self):
        """Delete the rows of imports that went with their provider or company."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM msp_usage_row WHERE import_id IN ("
                "SELECT DISTINCT import_id FROM msp_usage_row "
                "EXCEPT SELECT id FROM msp_import)"
            )
        )
