from odoo import api, fields, models
from odoo.exceptions import ValidationError

#: How far an invoice may go, weakest wish first.
GOALS = [
    ("draft", "Stay a draft"),
    ("post", "Be posted"),
    ("send", "Be posted and sent"),
]
GROUPINGS = [
    ("contract", "One per contract"),
    ("customer", "One for all contracts of the customer"),
    ("environment", "One per environment"),
    ("order", "One per purchase order number"),
]
SCHEDULES = [
    ("off", "By hand only"),
    ("nightly", "Every night"),
    ("monthly", "Once a month"),
]
#: How far a run goes by itself, nearest first.
TARGETS = [
    ("preview", "Preview only"),
    ("create", "Create drafts"),
    ("post", "Create and post"),
    ("send", "Create, post and send"),
]


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_invoice_goal = fields.Selection(
        GOALS,
        "Contract Invoices Should",
        required=True,
        default="send",
        help="How far billing runs take an invoice, unless its contract says otherwise.",
    )
    msp_invoice_grouping = fields.Selection(
        GROUPINGS,
        "Invoices",
        required=True,
        default="contract",
        help="Unless customer or contract say otherwise.",
    )
    msp_max_periods = fields.Integer(
        "Periods Caught Up at Once",
        default=12,
        help="A run bills at most so many missed periods of a position, the oldest "
        "first, and says how many are left. 0: as many as there are.",
    )
    msp_outlier_percent = fields.Float(
        "Outlier From (%)",
        default=25,
        help="A contract whose amount differs by more than this from its last run is "
        "listed as an outlier.",
    )
    msp_four_eyes = fields.Boolean(
        "Four Eyes",
        help="Somebody other than who made the preview approves a run before it "
        "creates invoices.",
    )
    msp_four_eyes_amount = fields.Monetary(
        "Needed From",
        help="Runs below this amount need no approval. 0: all runs need one.",
    )
    msp_mails_per_hour = fields.Integer(
        "Invoices Mailed per Hour",
        help="What the mail server accepts. The rest is sent by itself in the hours "
        "after. 0: no limit.",
    )
    msp_run_schedule = fields.Selection(
        SCHEDULES, "Regular Run", required=True, default="off"
    )
    msp_run_day = fields.Integer(
        "Day of the Month", default=1, help="In shorter months the last day."
    )
    msp_run_target = fields.Selection(
        TARGETS, "Goes as Far as", required=True, default="preview"
    )
    msp_run_user_id = fields.Many2one(
        "res.users",
        "In the Name of",
        domain=[("share", "=", False)],
        help="The billing clerk whose rights the run has and who is responsible for "
        "it.",
    )

    @api.constrains(
        "msp_max_periods",
        "msp_mails_per_hour",
        "msp_outlier_percent",
        "msp_four_eyes_amount",
    )
    def _check_msp_limits(self):
        for company in self:
            limits = (
                company.msp_max_periods,
                company.msp_mails_per_hour,
                company.msp_outlier_percent,
                company.msp_four_eyes_amount,
            )
            if min(limits) < 0:
                raise ValidationError(
                    self.env._("Limits of billing runs cannot be negative.")
                )

    @api.constrains("msp_run_schedule", "msp_run_day", "msp_run_user_id")
    def _check_msp_schedule(self):
        clerk = "msp_contract_billing.group_billing_clerk"
        for company in self.filtered(lambda one: one.msp_run_schedule != "off"):
            if not 1 <= company.msp_run_day <= 31:
                raise ValidationError(
                    self.env._(
                        "The monthly run is made on a day from 1 to 31, not on %s.",
                        company.msp_run_day,
                    )
                )
            user = company.msp_run_user_id
            is_clerk = user and user.has_group(clerk)
            if not is_clerk or company not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "Choose a billing clerk of %s in whose name the run is made.",
                        company.name,
                    )
                )
