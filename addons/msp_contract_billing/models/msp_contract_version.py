from odoo import api, fields, models
from odoo.exceptions import UserError

from ..billing import Version
from .guards import refuse_related
from .money import day_after

CAUSES = [
    ("order", "Sales order"),
    ("request", "Customer's request"),
    ("price", "Price revision"),
    ("termination", "Termination"),
    ("correction", "Correction"),
]
AWAITED = [
    ("acceptance", "Delivery or acceptance"),
    ("provider", "First day at the provider"),
]
#: What is set by recording and withdrawing, and the values of a new draft.
SYSTEM_FIELDS = {
    "state": "draft",
    "number": 0,
    "activated_at": False,
    "withdrawn_at": False,
    "withdrawn_by_id": False,
    "withdraw_reason": False,
    "sale_order_id": False,
    "awaits": False,
    "is_edited": False,
}
#: What is fixed once a draft is made: it belongs to a contract, from somewhere.
FIXED_FIELDS = ("contract_id", "user_id", "base_number")
#: What follows from contract and changes, stored for rights and lists.
RELATED_FIELDS = (
    "company_id",
    "partner_id",
    "currency_id",
    "contract_user_id",
    "sold_on",
    "sold_amount_month",
)
STATES = [("draft", "Draft"), ("active", "Active"), ("withdrawn", "Withdrawn")]


class MspContractVersion(models.Model):
    """An immutable set of changes with a first day, a number and a cause."""

    _name = "msp.contract.version"
    _description = "Contract version"
    _inherit = "msp.action.mixin"
    _order = "contract_id, number desc, id desc"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    contract_user_id = fields.Many2one(
        related="contract_id.user_id", string="Account Manager", store=True
    )
    number = fields.Integer(
        readonly=True,
        copy=False,
        aggregator=None,
        help="In the order of recording; given when the version is activated.",
    )
    date_start = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    date_end = fields.Date(
        "Last Day",
        help="Only for a temporary change: from the next day on the contract is as "
        "if this version did not exist.",
    )
    state = fields.Selection(
        STATES, default="draft", required=True, readonly=True, copy=False
    )
    cause = fields.Selection(CAUSES, default="request", required=True)
    reason = fields.Char(help="Why the contract changes; printed on corrections.")
    sale_order_id = fields.Many2one(
        "sale.order", "Order", ondelete="restrict", index="btree_not_null", copy=False
    )
    change_ids = fields.One2many("msp.contract.change", "version_id", "Changes")
    awaits = fields.Selection(
        AWAITED,
        "Waits For",
        readonly=True,
        copy=False,
        help="Sold, but not live: the first day is not known yet.",
    )
    is_edited = fields.Boolean(
        "Changed Since Sold",
        readonly=True,
        copy=False,
        help="It waits for its first day, and is no longer what the order says.",
    )
    base_number = fields.Integer(
        readonly=True, copy=False, help="Latest version when the draft was made."
    )
    user_id = fields.Many2one(
        "res.users",
        "Recorded By",
        default=lambda self: self.env.user,
        ondelete="restrict",
        readonly=True,
        copy=False,
    )
    activated_at = fields.Datetime("Active Since", readonly=True, copy=False)
    withdrawn_at = fields.Datetime(readonly=True, copy=False)
    withdrawn_by_id = fields.Many2one(
        "res.users", ondelete="restrict", readonly=True, copy=False
    )
    withdraw_reason = fields.Char(readonly=True, copy=False)
    summary = fields.Char(compute="_compute_summary")

    _number_unique = models.UniqueIndex(
        "(contract_id, number) WHERE number > 0",
        "Another version of this contract was activated at the same moment. "
        "Please try again.",
    )
    _number_check = models.Constraint(
        "CHECK (state = 'draft' OR number > 0)",
        "An active version has a number.",
    )
    _awaits_check = models.Constraint(
        "CHECK (awaits IS NULL OR state = 'draft')",
        "A version that waits for its first day is a draft.",
    )
    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "A temporary version cannot end before it begins.",
    )

    @api.depends("contract_id", "number", "state", "date_start")
    def _compute_display_name(self):
        for version in self:
            state = f"v{version.number}" if version.number else self.env._("draft")
            version.display_name = f"{version.contract_id.name} {state}"

    @api.depends("change_ids.summary")
    def _compute_summary(self):
        for version in self:
            version.summary = "; ".join(
                change.summary or "" for change in version.change_ids
            )

    # The guard looks at the stored state, so nobody passes it from outside.

    def _check_draft(self):
        for version in self:
            if version.state != "draft":
                raise UserError(
                    self.env._(
                        "Version %(number)s of contract %(contract)s is recorded and "
                        "cannot be changed. Enter a new version, or withdraw this one.",
                        number=version.number,
                        contract=version.contract_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Named here, as the context's defaults fill what is not.
            vals.update(self._get_system_fields(), user_id=self.env.uid)
        refuse_related(self, vals_list, RELATED_FIELDS)
        versions = super().create(vals_list)
        for version in versions:
            latest = version.contract_id._get_latest_number()
            super(MspContractVersion, version).write({"base_number": latest})
        return versions

    def _create_of_order(self, vals_list):
        """Create drafts of what was ordered, which nobody enters by hand.

        :param vals_list: with `sale_order_id`, and with `awaits` if the first day is not
            known yet
        """
        origins = [
            {name: vals.get(name) for name in ("sale_order_id", "awaits")}
            for vals in vals_list
        ]
        versions = self.create(vals_list)
        for version, origin in zip(versions, origins, strict=True):
            version._system_write(origin)
        return versions

    def write(self, vals):
        self._check_draft()
        if {*self._get_system_fields(), *self._get_fixed_fields()} & set(vals):
            raise UserError(
                self.env._(
                    "The state and number of a version are set by activating it; its "
                    "contract and where it comes from stay."
                )
            )
        refuse_related(self, [vals], RELATED_FIELDS)
        return super().write(vals)

    def _get_system_fields(self):
        """Return the values of a new draft that nobody enters, by field."""
        return SYSTEM_FIELDS

    def _get_fixed_fields(self):
        """Return the fields of a draft that nobody changes any more."""
        return FIXED_FIELDS

    def unlink(self):
        self._check_draft()
        return super().unlink()

    def _system_write(self, vals):
        """Write past the guard; only activating and withdrawing do."""
        return super().write(vals)

    def _to_plain(self):
        """Return the `billing.Version` of this record."""
        self.ensure_one()
        return Version(
            number=self.number,
            start=self.date_start,
            end=day_after(self.date_end),
            changes=tuple(change._to_plain() for change in self.change_ids),
        )
