from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.msp_cloud_import.models.msp_provider import format_month
from odoo.addons.msp_contract_billing.models.money import day_before
from odoo.addons.msp_contract_billing.models.msp_derived_mixin import MspDerivedMixin

from ..matching import DIRECTIONS

# Imports whose rows are known to be what the provider bills.
USABLE = ("mapped", "prepared", "applied")


class MspReconciliation(models.Model):
    """One month of one provider: what it billed, against contracts and invoices.

    Everything follows from rows, contracts and charges; comparing again brings it
    up to date and keeps what people have decided about findings.
    """

    _name = "msp.reconciliation"
    _description = "Reconciliation"
    _inherit = (
        "msp.derived.mixin",
        "msp.batch.mixin",
        "msp.action.mixin",
        "mail.thread",
    )
    _order = "month desc, provider_id"
    _check_company_auto = True
    # Account managers ask vendors by a mail from here.
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name")
    provider_id = fields.Many2one(
        "msp.provider", required=True, ondelete="restrict", index=True, readonly=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, readonly=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    month = fields.Date(required=True, help="Its first day.", readonly=True)
    date_end = fields.Date("Last Day", compute="_compute_name")
    compared_at = fields.Datetime(readonly=True)
    line_ids = fields.One2many("msp.reconciliation.line", "reconciliation_id", "Lines")
    finding_ids = fields.One2many("msp.finding", "reconciliation_id", "Findings")
    open_finding_ids = fields.One2many(
        "msp.finding",
        "reconciliation_id",
        "Open Findings",
        domain=[("state", "=", "open")],
    )
    import_ids = fields.Many2many(
        "msp.import", compute="_compute_imports", string="Imports"
    )

    # What the provider billed, in the currency of its files
    cost_currency_id = fields.Many2one("res.currency", compute="_compute_imports")
    vendor_total = fields.Monetary(
        "Billed by Provider",
        compute="_compute_imports",
        currency_field="cost_currency_id",
        help="Net total of the month's files.",
    )
    bill_total = fields.Monetary(
        "Vendor Bills",
        compute="_compute_imports",
        currency_field="cost_currency_id",
        help="Net total of the bills made from the month's files, drafts included.",
    )
    bill_difference = fields.Monetary(
        "Not on Bills",
        compute="_compute_imports",
        currency_field="cost_currency_id",
        help="What the provider billed and no vendor bill carries yet.",
    )
    bill_count = fields.Integer("Bills", compute="_compute_imports")

    # What customers pay, in the currency of the company
    contract_value = fields.Monetary(
        "Value of Contents",
        compute="_compute_lines",
        help="What the contents of the month's days cost the customers.",
    )
    billed_value = fields.Monetary(
        "Billed to Customers",
        compute="_compute_lines",
        help="What of that stands on invoices.",
    )
    line_count = fields.Integer("Compared", compute="_compute_lines")
    agreed_count = fields.Integer("Agree", compute="_compute_lines")

    # What differs
    finding_count = fields.Integer("All Findings", compute="_compute_findings")
    open_count = fields.Integer("Findings to Settle", compute="_compute_findings")
    leakage_total = fields.Monetary(
        "Leakage",
        compute="_compute_findings",
        help="The provider bills it, no customer is asked for it.",
    )
    overbilled_total = fields.Monetary(
        "Over-billed",
        compute="_compute_findings",
        help="Customers pay for what the provider does not supply.",
    )
    credit_total = fields.Monetary("Credits Not Passed On", compute="_compute_findings")
    cost_total = fields.Monetary(
        "Dearer Purchase",
        compute="_compute_findings",
        help="What the provider asks more than in the month before; cheaper counts "
        "as negative.",
    )
    timing_total = fields.Monetary(
        "Settled by Next Run",
        compute="_compute_findings",
        help="Due to be billed or corrected; the next run does it by itself.",
    )

    _month_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, month)",
        "This month of the provider is reconciled already. Open it and compare again.",
    )
    _month_check = models.Constraint(
        "CHECK (date_trunc('month', month) = month)",
        "A month is given by its first day.",
    )

    @api.depends("provider_id.name", "month")
    @api.depends_context("lang")
    def _compute_name(self):
        for one in self:
            month = one.month and format_month(self.env, one.month)
            one.name = f"{one.provider_id.name}, {month}"
            one.date_end = one.month and day_before(one._end())

    @api.depends("provider_id", "company_id", "month")
    def _compute_imports(self):
        imports = self.env["msp.import"].search(
            [
                ("provider_id", "in", self.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("month", "in", self.mapped("month")),
                ("state", "in", USABLE),
            ],
            order="id",
        )
        by_key = imports.grouped(
            lambda one: (one.provider_id, one.company_id, one.month)
        )
        for one in self:
            key = (one.provider_id, one.company_id, one.month)
            own = by_key.get(key, imports.browse())
            one.import_ids = own
            one.cost_currency_id = own[:1].currency_id or one.company_id.currency_id
            # One currency per provider and month is the rule; the import shows all.
            same = own.filtered(
                lambda each, own=one: each.currency_id == own.cost_currency_id
            )
            one.vendor_total = sum(same.mapped("amount_read"))
            one.bill_count = len(own.bill_ids)
            one.bill_total = sum(same.mapped("bill_total"))
            one.bill_difference = sum(same.mapped("bill_difference"))

    @api.depends("line_ids.value", "line_ids.billed_value", "line_ids.result")
    def _compute_lines(self):
        sums = {
            one: figures
            for one, *figures in self.env["msp.reconciliation.line"]._read_group(
                [("reconciliation_id", "in", self.ids)],
                ["reconciliation_id"],
                ["value_company:sum", "billed_value_company:sum", "__count"],
            )
        }
        agreed = dict(
            self.env["msp.reconciliation.line"]._read_group(
                [("reconciliation_id", "in", self.ids), ("result", "=", "agrees")],
                ["reconciliation_id"],
                ["__count"],
            )
        )
        for one in self:
            figures = sums.get(one, (0.0, 0.0, 0))
            one.contract_value, one.billed_value, one.line_count = figures
            one.agreed_count = agreed.get(one, 0)

    @api.depends("finding_ids.state", "finding_ids.amount_company")
    def _compute_findings(self):
        sums = {}
        for one, direction, state, amount, count in self.env["msp.finding"]._read_group(
            [("reconciliation_id", "in", self.ids)],
            ["reconciliation_id", "direction", "state"],
            ["amount_company:sum", "__count"],
        ):
            sums[one, direction, state] = (amount, count)
        for one in self:
            own = {key[1:]: value for key, value in sums.items() if key[0] == one}
            one.finding_count = sum(count for _amount, count in own.values())
            one.open_count = sum(
                count
                for (_kind, state), (_sum, count) in own.items()
                if state == "open"
            )
            for direction in DIRECTIONS:
                one[f"{direction}_total"] = own.get((direction, "open"), (0.0, 0))[0]

    def _refuse(self):
        raise UserError(
            self.env._(
                "A reconciliation follows from files, contracts and invoices. Choose "
                "provider and month under Reconcile a Month, or compare again."
            )
        )

    def write(self, vals):
        chatter = ("message_", "activity_", "website_message")
        if not all(name.startswith(chatter) for name in vals):
            self._refuse()
        # sudo is not needed: chatter is written with the user's own rights
        return super(MspDerivedMixin, self).write(vals)

    @api.model
    def _open(self, provider, month):
        """Return the reconciliation of a provider's month, made if there is none.

        :param month: its first day
        """
        self.check_access("create")
        provider.check_access("read")
        key = [
            ("provider_id", "=", provider.id),
            ("company_id", "=", self.env.company.id),
            ("month", "=", month),
        ]
        vals = {name: value for name, _equals, value in key}
        return self.search(key) or self._system_create([vals])

    def _end(self):
        """Return the first day after the month."""
        return (self.month + timedelta(days=31)).replace(day=1)

    # Ways to what the figures rest on

    def action_view_findings(self):
        """Show the findings, of a direction if the context names one."""
        direction = self.env.context.get("msp_direction")
        action = self._action_view(
            self.env._("Findings of %s", self.name),
            "msp.finding",
            [
                ("reconciliation_id", "=", self.id),
                *([("direction", "=", direction)] if direction else []),
            ],
            {"search_default_open": 1},
        )
        return {**action, "view_mode": "list,form,graph,pivot"}

    def action_view_lines(self):
        return self._action_view(
            self.env._("Comparison of %s", self.name),
            "msp.reconciliation.line",
            [("reconciliation_id", "=", self.id)],
        )

    def action_view_imports(self):
        return self._action_view(
            self.env._("Imports of %s", self.name),
            "msp.import",
            [("id", "in", self.import_ids.ids)],
        )

    def action_view_bills(self):
        return self.import_ids.action_view_bills()

    def action_create_bill(self):
        """Make the vendor bills of the month's files that have none yet."""
        return self.import_ids.action_create_bill()
