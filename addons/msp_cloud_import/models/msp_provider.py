from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..formats import FORMATS


def format_selection(_model=None):
    """Return the file formats that can be read, as a field's selection."""
    return [(form.id, form.title) for form in FORMATS.values()]


def format_month(env, day):
    """Return a month as people say it, such as "March 2026"."""
    return format_date(env, day, date_format="LLLL y")


class MspProvider(models.Model):
    """A vendor or distributor whose files say what customers use."""

    _name = "msp.provider"
    _description = "Provider"
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(required=True, help="Short technical name, such as microsoft.")
    company_id = fields.Many2one(
        "res.company", help="Empty: all companies share the provider."
    )
    format_id = fields.Selection(
        format_selection,
        "File Format",
        help="Empty: recognised by the columns of each file.",
    )
    partner_id = fields.Many2one(
        "res.partner", "Vendor", ondelete="restrict", check_company=True
    )
    color = fields.Integer()
    profile_ids = fields.One2many(
        "msp.import.profile", "provider_id", "Column Profiles"
    )
    is_layout_known = fields.Boolean(
        compute="_compute_is_layout_known",
        help="The file format is built in, or a column profile was confirmed.",
    )
    import_ids = fields.One2many("msp.import", "provider_id", "Imports")
    import_count = fields.Integer("Imports Made", compute="_compute_last_import")
    last_import_id = fields.Many2one("msp.import", compute="_compute_last_import")
    last_import_at = fields.Datetime("Last File On", compute="_compute_last_import")
    last_file_name = fields.Char("Last File", compute="_compute_last_import")
    last_month_label = fields.Char("Last Month", compute="_compute_last_import")
    columns_count = fields.Integer("Columns to Confirm", compute="_compute_last_import")
    unfinished_count = fields.Integer("Unfinished", compute="_compute_last_import")
    last_date_start = fields.Date("From", compute="_compute_last_import")
    last_date_end = fields.Date("Until", compute="_compute_last_import")
    currency_id = fields.Many2one("res.currency", compute="_compute_last_import")
    amount_waiting = fields.Monetary(
        "Waiting",
        compute="_compute_last_import",
        help="Money of the rows that no contract carries yet, in all imports.",
    )
    amount_unmapped = fields.Monetary(
        "Not Assigned",
        compute="_compute_last_import",
        help="Money of the rows whose customer or article is not assigned yet.",
    )

    @api.depends("format_id", "profile_ids.state", "profile_ids.active")
    def _compute_is_layout_known(self):
        for provider in self:
            confirmed = provider.profile_ids.filtered(
                lambda profile: profile.state == "confirmed"
            )
            provider.is_layout_known = bool(provider.format_id or confirmed)

    @api.depends("import_ids.state", "import_ids.month")
    @api.depends_context("company", "allowed_company_ids", "lang")
    def _compute_last_import(self):
        imports = self.env["msp.import"].search(
            [("provider_id", "in", self.ids), ("state", "!=", "withdrawn")],
            order="date_end desc, id desc",
        )
        by_provider = imports.grouped("provider_id")
        for provider in self:
            own = by_provider.get(provider._origin, imports.browse())
            unread = own.filtered(lambda one: one.state == "columns")
            read = own - unread
            latest = read[:1]
            currency = latest.currency_id or self.env.company.currency_id
            same = read.filtered(lambda one, own=currency: one.currency_id == own)
            months = [month for month in read.mapped("month") if month]
            provider.import_count = len(own)
            provider.columns_count = len(unread)
            provider.unfinished_count = len(
                own.filtered(lambda one: one.state != "applied" or one.is_running)
            )
            provider.last_import_id = latest
            provider.last_import_at = latest.create_date
            provider.last_file_name = latest.file_name
            provider.last_month_label = bool(months) and format_month(
                self.env, max(months)
            )
            provider.last_date_start = latest.date_start
            provider.last_date_end = latest.date_end
            provider.currency_id = currency
            provider.amount_waiting = sum(same.mapped("amount_waiting"))
            provider.amount_unmapped = sum(same.mapped("amount_unmapped"))

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # sudo: what other companies have imported counts as well
        used = self.sudo().with_context(active_test=False)
        for model in ("msp.import", "msp.customer.mapping", "msp.product.mapping"):
            if used.env[model].search([("provider_id", "in", self.ids)], limit=1):
                raise UserError(
                    self.env._(
                        "Files of %s were imported, so it stays. Archive it instead.",
                        ", ".join(self.mapped("name")),
                    )
                )

    def action_upload(self):
        """Open the window into which files are dropped."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_upload_action"
        )
        return {**action, "context": {"default_provider_id": self[:1].id}}

    def action_view_imports(self):
        return self._action_view_imports()

    def action_view_unfinished(self):
        """Show the imports that are not applied yet."""
        return self._action_view_imports(search_default_unfinished=1)

    def action_view_columns(self):
        """Open what the columns of a file mean, or the list of such files."""
        waiting = self.import_ids.filtered(lambda one: one.state == "columns")
        if len(waiting.profile_id) == 1:
            return waiting[:1].action_open_profile()
        return self._action_view_imports(search_default_columns=1)

    def _action_view_imports(self, **context):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_action"
        )
        return {
            **action,
            "domain": [("provider_id", "in", self.ids)],
            "context": {"default_provider_id": self[:1].id, **context},
        }

    def action_view_unmapped(self):
        """Show the rows whose customer or article nobody has assigned yet."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_provider_charge_action"
        )
        return {
            **action,
            "domain": [
                ("provider_id", "in", self.ids),
                ("state", "in", ["unmapped_customer", "unmapped_product"]),
            ],
            "context": {"search_default_by_customer": 1},
        }
