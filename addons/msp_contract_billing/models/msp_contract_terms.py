from odoo import api, fields, models

from ..billing import Policy

UNITS = [("day", "Days"), ("week", "Weeks"), ("month", "Months"), ("year", "Years")]
TIMINGS = [("advance", "In advance"), ("arrears", "In arrears")]
DAY_COUNTS = [
    ("actual", "Actual days"),
    ("30/360", "30 days per month (30E/360)"),
    ("none", "Whole periods only"),
]
#: Fields of a terms record that make its policy, the anchor left out.
TERMS = ("billing_every", "billing_unit", "billing_timing", "billing_day_count")


class MspTermsMixin(models.AbstractModel):
    """How often, when and by which days something is billed.

    The value object is `billing.Policy`; this is how records hold one.
    """

    _name = "msp.terms.mixin"
    _description = "Billing terms"

    billing_every = fields.Integer("Every", default=1)
    billing_unit = fields.Selection(UNITS, default="month")
    billing_timing = fields.Selection(TIMINGS, string="Timing", default="advance")
    billing_day_count = fields.Selection(
        DAY_COUNTS,
        string="Part Periods",
        default="actual",
        help="How the days of a part period are counted. With whole periods only, "
        "a period once begun is billed whole and a change waits for the next one.",
    )

    def _to_policy(self, anchor):
        """Return the `billing.Policy` of this record, anchored on `anchor`."""
        self.ensure_one()
        return Policy(
            every=self.billing_every,
            unit=self.billing_unit,
            anchor=anchor,
            timing=self.billing_timing,
            day_count=self.billing_day_count,
        )

    def _get_rhythm_label(self):
        """Return the rhythm in words, such as "Every 3 months, in advance"."""
        self.ensure_one()
        units = {
            "day": (self.env._("Daily"), self.env._("Every %s days")),
            "week": (self.env._("Weekly"), self.env._("Every %s weeks")),
            "month": (self.env._("Monthly"), self.env._("Every %s months")),
            "year": (self.env._("Yearly"), self.env._("Every %s years")),
        }
        one, many = units[self.billing_unit or "month"]
        rhythm = one if self.billing_every == 1 else many % self.billing_every
        timings = {
            "advance": self.env._("in advance"),
            "arrears": self.env._("in arrears"),
        }
        return f"{rhythm}, {timings[self.billing_timing or 'advance']}"


class MspContractTerms(models.Model):
    """The terms of a contract over an interval of days, derived by the fold."""

    _name = "msp.contract.terms"
    _description = "Contract terms over an interval of days"
    _inherit = ["msp.terms.mixin", "msp.derived.mixin"]
    _order = "contract_id, date_start"

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    date_start = fields.Date("First Day", required=True)
    date_end = fields.Date("Last Day", help="Empty: from the first day on.")
    anchor_date = fields.Date("Anchor", required=True)
    name = fields.Char("Rhythm", compute="_compute_name")

    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "Terms cannot end before they begin.",
    )

    @api.depends("billing_every", "billing_unit", "billing_timing")
    def _compute_name(self):
        for terms in self:
            terms.name = terms._get_rhythm_label()
