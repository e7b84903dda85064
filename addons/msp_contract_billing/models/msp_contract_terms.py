from datetime import timedelta

from odoo import api, fields, models

from ..billing import Policy
from .wording import describe_rhythm, describe_rules, describe_timing

UNITS = [
    ("day", "Days"),
    ("week", "Weeks"),
    ("month", "Months"),
    ("quarter", "Quarters"),
    ("year", "Years"),
]
TIMINGS = [("advance", "In advance"), ("arrears", "In arrears")]
DAY_COUNTS = [
    ("actual", "Actual days"),
    ("30/360", "30 days per month (30E/360)"),
    ("actual/30", "Actual days of 30 per month"),
    ("year_share", "Share of the year, price per year"),
    ("none", "Whole periods only"),
]
#: Day counts that know nothing of days and weeks.
MONTHLY_DAY_COUNTS = ("30/360", "actual/30")
INCREASES = [
    ("at_once", "At once"),
    ("next_period", "From the next period"),
    ("end_of_term", "From the next term"),
]
DECREASES = [*INCREASES, ("never", "Never credited in a billed period")]
UNIT_ROUNDINGS = [
    ("none", "Only the amount"),
    ("half_up", "Price of a unit first, commercially"),
    ("down", "Price of a unit first, down"),
    ("down_twice", "Amount first, down, then its days, down"),
]
MAX_LEAD_DAYS = 366
MAX_MONTHS = 120
MAX_INSTALMENTS = 1000
#: About how many months periods have, at least.
UNIT_MONTHS = {"day": 1 / 31, "week": 7 / 31, "month": 1, "quarter": 3, "year": 12}
#: Fields of a terms record, and the fields of `billing.Policy` that they make. The
#: anchor is a day of the contract, so it is left out.
POLICY_FIELDS = {
    "billing_every": "every",
    "billing_unit": "unit",
    "billing_timing": "timing",
    "billing_day_count": "day_count",
    "billing_lead_days": "lead_days",
    "billing_increase": "increase",
    "billing_decrease": "decrease",
    "billing_term_months": "term_months",
    "billing_unit_rounding": "unit_rounding",
    "billing_instalments": "instalments",
    "billing_re_anchor": "re_anchor",
    "billing_credit_cap": "credit_cap",
}
TERMS = tuple(POLICY_FIELDS)
#: Those without which there is no policy.
REQUIRED_TERMS = (
    "billing_every",
    "billing_unit",
    "billing_timing",
    "billing_day_count",
    "billing_increase",
    "billing_decrease",
    "billing_unit_rounding",
    "billing_instalments",
)
ANCHORS = [
    ("calendar", "With the calendar"),
    ("start", "With the contract's first day"),
]


def policy_of(values, anchor):
    """Return the `billing.Policy` of a record, or of a mapping by field names."""
    return Policy(
        anchor=anchor,
        **{policy: values[name] for name, policy in POLICY_FIELDS.items()},
    )


class MspTermsMixin(models.AbstractModel):
    """How often, when and by which days something is billed.

    The value object is `billing.Policy`; this is how records hold one.
    """

    _name = "msp.terms.mixin"
    _description = "Billing terms"

    billing_every = fields.Integer("Every", default=1)
    billing_unit = fields.Selection(UNITS, "Unit of Time", default="month")
    billing_timing = fields.Selection(TIMINGS, string="Timing", default="advance")
    billing_day_count = fields.Selection(
        DAY_COUNTS,
        string="Part Periods",
        default="actual",
        help="How the days of a part period are counted. With whole periods only, "
        "a period once begun is billed whole and a change waits for the next one. "
        "As a share of the year, a period costs its days of a price per year.",
    )
    billing_lead_days = fields.Integer(
        "Lead Days",
        help="In advance: how many days before it starts a period is billed. With 14, "
        "the invoice for July can be made from 17 June on.",
    )
    billing_increase = fields.Selection(
        INCREASES,
        "More Units",
        default="at_once",
        help="From when on additional units are billed. At once: the days until the "
        "end of the period are billed with the next run.",
    )
    billing_decrease = fields.Selection(
        DECREASES,
        "Fewer Units",
        default="at_once",
        help="From when on units that were taken away are no longer billed. At once: "
        "the rest of a billed period is credited.",
    )
    billing_term_months = fields.Integer(
        "Term (Months)",
        help="Length of a term, counted from the contract's first day, for changes "
        "that wait for the next term. 0: the whole contract is one term.",
    )
    billing_unit_rounding = fields.Selection(
        UNIT_ROUNDINGS,
        "Rounding",
        default="none",
        help="What is rounded to the currency: normally just the amount. Some vendors "
        "round the price of one unit for the days charged before they multiply it.",
    )
    billing_instalments = fields.Integer(
        "Instalments",
        default=1,
        help="The number of periods that a price per billing period pays for: with a "
        "price for a year billed each month, 12. They add up to the price exactly. "
        "A price per quarter or year needs nothing here.",
    )
    billing_re_anchor = fields.Boolean(
        "New Period on Change",
        help="A change of a position begins a new period of it on that day, instead "
        "of waiting for the end of the running one.",
    )
    billing_credit_cap = fields.Boolean(
        "Cap Credits",
        help="A credit is never more than what is still open of the billed amount "
        "after credits that were granted by hand.",
    )

    _terms_numbers_check = models.Constraint(
        f"CHECK (billing_lead_days BETWEEN 0 AND {MAX_LEAD_DAYS} "
        f"AND billing_term_months BETWEEN 0 AND {MAX_MONTHS} "
        f"AND billing_instalments BETWEEN 1 AND {MAX_INSTALMENTS})",
        "Lead days are from 0 to 366, a term has at most 120 months, and there are 1 "
        "to 1000 instalments.",
    )

    def _to_policy(self, anchor):
        """Return the `billing.Policy` of this record, anchored on `anchor`."""
        self.ensure_one()
        return policy_of(self, anchor)

    @api.model
    def _prepare_policy_vals(self, policy):
        """Return the field values of a record that holds `policy`."""
        return {name: getattr(policy, field) for name, field in POLICY_FIELDS.items()}

    def _get_rhythm_label(self):
        """Return the rhythm in words, such as "Every 3 months, in advance"."""
        self.ensure_one()
        rhythm = describe_rhythm(
            self.env, self.billing_every, self.billing_unit or "month"
        )
        timing = describe_timing(self.env, self.billing_timing or "advance")
        return f"{rhythm}, {timing}"

    def _get_rules_label(self):
        """Return what is not as usual, beside the rhythm, in words; may be empty."""
        self.ensure_one()
        usual = Policy()
        rules = {
            policy: self[name]
            for name, policy in POLICY_FIELDS.items()
            if policy not in ("every", "unit", "timing")
            and self[name] != getattr(usual, policy)
        }
        return describe_rules(self.env, rules)

    def _get_anchor(self, start, kind):
        """Return a day on which billing periods begin.

        :param start: first day of the contract or of the terms
        :param kind: one of `ANCHORS`
        """
        self.ensure_one()
        if kind == "start" or self.billing_unit == "day":
            return start
        if self.billing_unit == "week":
            return start - timedelta(days=start.weekday())
        # The 1st of a month as well; quarters begin in January, April ...
        return start.replace(month=1, day=1)

    def _get_terms_error(self):
        """Return why the terms make no policy, in a sentence, or False."""
        self.ensure_one()
        if self.billing_every < 1 or not all(self[name] for name in REQUIRED_TERMS):
            return self.env._("Say how often and when it is billed.")
        if self.billing_every * UNIT_MONTHS[self.billing_unit] > MAX_MONTHS:
            return self.env._(
                "It says %(rhythm)s, but a billing period has at most %(most)s months. "
                "Choose a shorter one.",
                rhythm=self._get_rhythm_label(),
                most=MAX_MONTHS,
            )
        if not 1 <= self.billing_instalments <= MAX_INSTALMENTS:
            return self.env._(
                "There are 1 to %(most)s instalments, not %(count)s.",
                most=MAX_INSTALMENTS,
                count=self.billing_instalments,
            )
        if self.billing_unit in ("day", "week") and (
            self.billing_day_count in MONTHLY_DAY_COUNTS
        ):
            return self.env._(
                "30 days per month cannot be counted in periods of days or weeks. "
                "Choose actual days."
            )
        return False


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
    rules_label = fields.Char("More Rules", compute="_compute_name")

    _days_check = models.Constraint(
        "CHECK (date_end IS NULL OR date_end >= date_start)",
        "Terms cannot end before they begin.",
    )

    @api.depends(*TERMS)
    @api.depends_context("lang")
    def _compute_name(self):
        for terms in self:
            terms.name = terms._get_rhythm_label()
            terms.rules_label = terms._get_rules_label()
