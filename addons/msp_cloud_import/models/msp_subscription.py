import json

from odoo import api, fields, models
from odoo.tools import format_date

from .msp_plan_mixin import plan_label

COUNT_KINDS = [
    ("purchased", "Purchased"),
    ("assigned", "Assigned to users"),
    ("billed", "On the provider's last bill"),
]
STATUSES = [
    ("active", "Active"),
    ("suspended", "Suspended"),
    ("pending", "Pending"),
    ("ended", "Ended"),
]
# What the provider supplies and charges.
RUNNING = ("active", "suspended")


class MspProvider(models.Model):
    _inherit = "msp.provider"

    count_kind = fields.Selection(
        COUNT_KINDS,
        "Units That Count",
        default="purchased",
        required=True,
        help="Which of the provider's counts contracts follow. A subscription may have "
        "a rule of its own.",
    )


class MspPositionMapping(models.Model):
    _inherit = "msp.position.mapping"

    count_kind = fields.Selection(
        COUNT_KINDS,
        "Units That Count",
        help="Empty: as the provider's settings say.",
    )


class MspSubscription(models.Model):
    """What a provider's interface says of one subscription now."""

    _name = "msp.subscription"
    _description = "Subscription at the provider"
    _inherit = ("msp.derived.mixin",)
    _order = "provider_id, sub_account_name, service_name, id"
    _check_company_auto = True

    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    sub_account_id = fields.Char("Customer at Provider", required=True, index=True)
    sub_account_name = fields.Char("Customer's Name at Provider")
    customer_domain = fields.Char("Customer's Domain")
    subscription_id = fields.Char(required=True, index=True)
    sku_id = fields.Char("Article")
    availability_id = fields.Char()
    service_name = fields.Char("Product at Provider")
    status = fields.Selection(STATUSES, required=True)
    # What an interface does not say is not 0.
    says_purchased = fields.Boolean()
    says_assigned = fields.Boolean()
    says_billed = fields.Boolean()
    purchased = fields.Float(min_display_digits="Product Unit")
    assigned = fields.Float(min_display_digits="Product Unit")
    billed = fields.Float("Billed by Provider", min_display_digits="Product Unit")
    term = fields.Char()
    billing_plan = fields.Char()
    date_start = fields.Date("Began On")
    term_end = fields.Date("Term Ends On", help="Its last day.")
    auto_renew = fields.Selection([("yes", "Yes"), ("no", "No")], "Renews")
    cancellable_until = fields.Datetime("Returnable Until")
    has_returnable = fields.Boolean()
    returnable = fields.Float(
        min_display_digits="Product Unit",
        help="Units that the provider takes back now.",
    )
    has_next_quantity = fields.Boolean()
    next_quantity = fields.Float(
        "From Next Term On",
        min_display_digits="Product Unit",
        help="Scheduled at the provider.",
    )
    next_term = fields.Char(
        help="Its length, if another one is scheduled at the provider."
    )
    parent_id = fields.Char("Adds To", help="Subscription that this one adds to.")
    is_trial = fields.Boolean("Trial")
    is_usage = fields.Boolean("Usage", help="Billed by what is used, not by units.")
    marker = fields.Char()
    etag = fields.Char()
    raw = fields.Json()
    raw_text = fields.Text("As the Provider Said", compute="_compute_raw_text")
    seen_at = fields.Datetime("Last Listed", help="By the provider, in any detail.")
    read_at = fields.Datetime(
        "Last Read", help="When the provider was asked about it in detail."
    )
    # The state that contracts were compared with last, and since when it holds.
    said_key = fields.Char()
    state_since = fields.Date(
        "Says So Since", help="The day on which the state was seen first."
    )
    change_ids = fields.One2many("msp.subscription.change", "subscription_id")

    _subscription_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, subscription_id)",
        "This subscription of the provider is in the list already.",
    )

    @api.depends("service_name", "subscription_id", "sub_account_name")
    def _compute_display_name(self):
        for one in self:
            what = one.service_name or one.subscription_id
            names = (one.sub_account_name, what)
            one.display_name = ", ".join(filter(None, names))

    @api.depends("raw")
    def _compute_raw_text(self):
        for one in self:
            one.raw_text = json.dumps(
                one.raw or {}, indent=2, sort_keys=True, ensure_ascii=False
            )

    def _state_key(self, kind):
        """Return what contracts follow of the state; the same state, the same key.

        :param kind: which of the counts is the one that counts; another is no news
        """
        self.ensure_one()
        if self.status == "ended":
            return f"ended|{kind}"
        units = f"{self[kind]:g}" if self[f"says_{kind}"] else ""
        status = "active" if self.status in RUNNING else self.status
        ends = self.term_end and self.term_end.isoformat()
        parts = (status, kind, units, self.term, self.billing_plan, ends)
        return "|".join(part or "" for part in parts)


class MspSubscriptionChange(models.Model):
    """What has changed at the provider, as far as it was seen."""

    _name = "msp.subscription.change"
    _description = "Change of a subscription at the provider"
    _inherit = ("msp.derived.mixin", "msp.action.mixin")
    _order = "day desc, id desc"

    subscription_id = fields.Many2one(
        "msp.subscription", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    provider_id = fields.Many2one(
        related="subscription_id.provider_id", store=True, index=True
    )
    day = fields.Date("Seen On", required=True, index=True)
    what = fields.Selection(
        [
            ("seen", "First seen"),
            ("gone", "Not listed any more"),
            ("status", "Status"),
            ("purchased", "Purchased"),
            ("assigned", "Assigned"),
            ("billed", "Billed by provider"),
            ("sku_id", "Article"),
            ("term", "Term"),
            ("billing_plan", "Billing plan"),
            ("term_end", "End of term"),
            ("auto_renew", "Renews"),
            ("next_quantity", "From next term on"),
            ("next_term", "Next term"),
        ],
        required=True,
    )
    old = fields.Char()
    new = fields.Char()
    old_label = fields.Char("Before", compute="_compute_labels")
    new_label = fields.Char("After", compute="_compute_labels")
    difference = fields.Float(
        "More or Fewer", min_display_digits="Product Unit", help="Of counts."
    )

    @api.depends("what", "old", "new")
    @api.depends_context("lang")
    def _compute_labels(self):
        for change in self:
            change.old_label = change._describe(change.old)
            change.new_label = change._describe(change.new)

    def action_open_subscription(self):
        """Open the subscription with its history."""
        self.ensure_one()
        return self._action_open(self.subscription_id)

    def _describe(self, value):
        """Return a value as people write it."""
        if not value:
            return False
        if self.what in ("status", "auto_renew", "gone"):
            name = "status" if self.what == "gone" else self.what
            field = self.env["msp.subscription"]._fields[name]
            return dict(field._description_selection(self.env)).get(value, value)
        if self.what == "term_end":
            return format_date(self.env, value)
        if self.what == "term":
            return plan_label(self.env, value, None)
        if self.what == "billing_plan":
            return plan_label(self.env, None, value)
        return value

    @api.depends("day", "what", "old_label", "new_label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["what"]._description_selection(self.env))
        for change in self:
            day = format_date(self.env, change.day)
            change.display_name = (
                f"{day}: {labels[change.what]} "
                f"{change.old_label or '-'} → {change.new_label or '-'}"
            )
