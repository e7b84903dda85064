from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..formats import FORMATS, vendor_code

_lt = LazyTranslate(__name__)
# The plain package has no languages.
TITLES = {
    "azure_cost": _lt("Azure Cost Management, costs and usage"),
    "focus": _lt("FOCUS, the FinOps Open Cost and Usage Specification"),
    "microsoft_daily": _lt("Microsoft Partner Center, daily rated usage"),
    "microsoft_legacy": _lt(
        "Microsoft Partner Center, licence reconciliation before new commerce"
    ),
    "microsoft_nce": _lt(
        "Microsoft Partner Center, new-commerce invoice reconciliation"
    ),
    "subscription_states": _lt("States of subscriptions, as an interface says them"),
}


def format_title(env, form):
    """Return what people call a file format."""
    return env._(TITLES[form.id]) if form.id in TITLES else form.title


def format_selection(model):
    """Return the file formats that can be read, as a field's selection."""
    return [(form.id, format_title(model.env, form)) for form in FORMATS.values()]


def format_month(env, day, short=False):
    """Return a month as people say it, such as "March 2026", or "Mar"."""
    return format_date(env, day, date_format="LLL" if short else "LLLL y")


class MspProvider(models.Model):
    """A vendor or distributor whose files say what customers use."""

    _name = "msp.provider"
    _description = "Provider"
    _inherit = ("mail.thread", "mail.activity.mixin")
    _order = "sequence, name, id"
    _check_company_auto = True
    # Whoever sees the board may comment on it.
    _mail_post_access = "read"

    name = fields.Char(required=True, translate=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    code = fields.Char(
        compute="_compute_code",
        precompute=True,
        store=True,
        readonly=False,
        required=True,
        help="Short technical name, such as microsoft.",
    )
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
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        domain=lambda self: [("all_group_ids", "in", self._get_reader_group_ids())],
        check_company=True,
        tracking=True,
        help="Is told when a file is late or a mail cannot be imported.",
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

    @api.model
    def _get_reader_group_ids(self):
        groups = ("group_account_manager", "group_billing_clerk")
        return [self.env.ref(f"msp_contract_billing.{name}").id for name in groups]

    @api.depends("name")
    def _compute_code(self):
        for provider in self:
            # What people entered stays, as files are recognised by it.
            provider.code = provider.code or vendor_code(provider.name or "") or False

    @api.depends("format_id", "profile_ids.state", "profile_ids.active")
    def _compute_is_layout_known(self):
        for provider in self:
            confirmed = provider.profile_ids.filtered(
                lambda profile: profile.state == "confirmed"
            )
            provider.is_layout_known = bool(provider.format_id or confirmed)

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
