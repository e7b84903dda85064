import re

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from .msp_provider_charge import EVENT_NAMES

PLANS = [
    ("monthly", "Monthly"),
    ("annual", "Annual"),
    ("triennial", "Every three years"),
    ("one_time", "Once"),
]
# ISO 8601, whole days, weeks, months or years
_TERM = re.compile(r"P[1-9][0-9]*[DWMY]")
# Follow from a file or from confirming; nobody enters them.
SYSTEM_FIELDS = {
    "state",
    "fingerprint",
    "header",
    "confirmed_by_id",
    "confirmed_at",
    "company_id",
}
# What does not change how files are read.
HARMLESS = frozenset({"name", "sequence", "active", "note"})


class MspImportProfile(models.Model):
    """How one kind of file of a provider is read: which column means what.

    A *template* has no fingerprint: it knows spellings, gives suggestions, and
    never reads a file. A *draft* was made from the header of a file. A *confirmed*
    profile reads every later file with this header without asking.
    """

    _name = "msp.import.profile"
    _description = "Column profile"
    _inherit = "mail.thread"
    _order = "provider_id, sequence, id desc"

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="provider_id.company_id", store=True)
    state = fields.Selection(
        [("unconfirmed", "To confirm"), ("confirmed", "Confirmed")],
        default="unconfirmed",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    is_template = fields.Boolean(compute="_compute_is_template")
    fingerprint = fields.Char("Header Fingerprint", readonly=True, copy=False)
    header = fields.Json("Columns of the File", readonly=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_at = fields.Datetime("Confirmed On", readonly=True, copy=False)
    note = fields.Text(help="What is known about these files, and from where.")

    column_ids = fields.One2many(
        "msp.import.profile.column", "profile_id", "Columns", copy=True
    )
    word_ids = fields.One2many(
        "msp.import.profile.word",
        "profile_id",
        "Words for Kinds of Charge",
        copy=True,
    )
    end_is_inclusive = fields.Boolean(
        "Last Day Belongs to the Period",
        default=True,
        tracking=True,
        help="Set: a period until 31 March includes 31 March.",
    )
    default_currency_id = fields.Many2one(
        "res.currency",
        "Currency",
        tracking=True,
        context={"active_test": False},
        help="Where the file has no column for it.",
    )
    default_term = fields.Char(
        "Term",
        tracking=True,
        help="Where the file has no column for it: P1M is a month, P1Y a year.",
    )
    default_billing_plan = fields.Selection(
        PLANS,
        "Billing Plan",
        tracking=True,
        help="Where the file has no column for it. Rows with neither term nor billing "
        "plan say nothing about the quantity of contracts.",
    )
    changes_are_differences = fields.Boolean(
        tracking=True,
        help="Set: a row “Change” with quantity 3 means 3 more, not 3 in all.",
    )
    default_event = fields.Selection(
        EVENT_NAMES,
        "Kind of Charge",
        default="recurring",
        required=True,
        tracking=True,
        help="Where the file has no column for it, or its cell is empty.",
    )
    decimal_mark = fields.Selection(
        [
            ("auto", "As the rows show"),
            ("point", "Point: 1,234.56"),
            ("comma", "Comma: 1.234,56"),
        ],
        default="auto",
        required=True,
        tracking=True,
    )
    date_order = fields.Selection(
        [
            ("auto", "As the rows show"),
            ("day", "Day first: 31/12/2026"),
            ("month", "Month first: 12/31/2026"),
        ],
        default="auto",
        required=True,
        tracking=True,
    )

    import_ids = fields.One2many("msp.import", "profile_id", "Imports")
    import_count = fields.Integer("Files Read", compute="_compute_imports")
    waiting_count = fields.Integer("Files Waiting", compute="_compute_imports")
    waiting_import_id = fields.Many2one("msp.import", compute="_compute_imports")
    check_html = fields.Html(compute="_compute_check_html", sanitize=False)

    # A header means one thing per provider.
    _fingerprint_unique = models.UniqueIndex(
        "(provider_id, fingerprint) WHERE fingerprint IS NOT NULL AND active",
        "This provider has a column profile for this header already.",
    )

    @api.constrains("default_term")
    def _check_default_term(self):
        for profile in self:
            if profile.default_term and not _TERM.fullmatch(profile.default_term):
                raise ValidationError(
                    self.env._(
                        "“%s” is no term. Enter P1M for a month, P1Y for a year.",
                        profile.default_term,
                    )
                )

    @api.depends("fingerprint")
    def _compute_is_template(self):
        for profile in self:
            profile.is_template = not profile.fingerprint

    @api.depends("import_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_imports(self):
        imports = self.env["msp.import"].search(
            [("profile_id", "in", self.ids), ("state", "!=", "withdrawn")], order="id"
        )
        by_profile = imports.grouped("profile_id")
        for profile in self:
            own = by_profile.get(profile._origin, imports.browse())
            waiting = own.filtered(lambda one: one.state == "columns")
            profile.import_count = len(own - waiting)
            profile.waiting_count = len(waiting)
            profile.waiting_import_id = waiting[:1]

    # The guard: how files are read is changed on purpose only

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_system_fields(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_system_fields(vals)
        if "provider_id" in vals and self.filtered("fingerprint"):
            # Its files are that provider's.
            self._check_system_fields({"header": None})
        self._check_may_change(
            {
                name
                for name in vals
                if not name.startswith(("message_", "activity_", "website_message"))
            }
        )
        return super().write(vals)

    def _system_write(self, vals):
        """Write what follows from a file; the caller has checked the right to."""
        # sudo: nobody enters these fields, whoever may confirm sets them so
        self.sudo().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_may_change()
        # sudo: what other companies have read counts as well
        used = self.env["msp.import"].sudo()
        used = used.search([("profile_id", "in", self.ids)], limit=1)
        if used:
            raise UserError(
                self.env._(
                    "Import %(import)s belongs to column profile %(profile)s, which "
                    "therefore stays. Archive it instead.",
                    **{"import": used.name, "profile": used.profile_id.name},
                )
            )

    def _check_system_fields(self, vals):
        if not self.env.su and SYSTEM_FIELDS & set(vals):
            raise UserError(
                self.env._(
                    "Header and state of a column profile follow from its file. Import "
                    "a file, or press the button that confirms it."
                )
            )

    def _check_may_change(self, names=HARMLESS):
        """Refuse changes of `names`; lines of a profile count as its fields.

        Drafts are everybody's who may import; templates and confirmed profiles
        are an administrator's, and those in use are reopened first.
        """
        if self.env.su or not names:
            return
        is_administrator = self.env.user.has_group(
            "msp_contract_billing.group_administrator"
        )
        for profile in self:
            if (profile.is_template or profile.state == "confirmed") and (
                not is_administrator
            ):
                raise AccessError(
                    self.env._(
                        "Only an administrator changes column profile %s: files of "
                        "all users are read by it.",
                        profile.name,
                    )
                )
            if profile.state == "confirmed" and set(names) - HARMLESS:
                raise UserError(
                    self.env._(
                        "Column profile %s is confirmed. Press “Change Columns” first; "
                        "files wait until it is confirmed again.",
                        profile.name,
                    )
                )
