from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .msp_contract_terms import (
    DAY_COUNTS,
    DECREASES,
    INCREASES,
    MAX_LEAD_DAYS,
    MAX_MONTHS,
    MONTHLY_DAY_COUNTS,
    TIMINGS,
    UNITS,
)
from .wording import describe_rules


class MspBillingRule(models.Model):
    """A named set of rules in which a position differs from its contract.

    Master data: whoever uses it takes a copy, so changing a rule changes no
    quotation and no contract. What is empty is as in the contract.
    """

    _name = "msp.billing.rule"
    _description = "Billing rule"
    _inherit = "msp.master.mixin"
    _order = "sequence, name, id"

    sequence = fields.Integer(default=10)
    billing_unit = fields.Selection(
        UNITS,
        "Rhythm",
        help="How often the position is billed. Empty: as often as the contract.",
    )
    billing_every = fields.Integer("Every", default=1)
    billing_timing = fields.Selection(TIMINGS, "Timing")
    billing_day_count = fields.Selection(DAY_COUNTS, "Part Periods")
    sets_lead_days = fields.Boolean("Own Lead Days")
    billing_lead_days = fields.Integer(
        "Lead Days",
        help="In advance: how many days before it starts a period is billed.",
    )
    billing_increase = fields.Selection(
        INCREASES, "More Units", help="From when on additional units are billed."
    )
    billing_decrease = fields.Selection(
        DECREASES,
        "Fewer Units",
        help="From when on units that were taken away are no longer billed. With "
        '"never", what was billed for a period is not credited, and the next period '
        "has the new number.",
    )
    billing_own_start = fields.Boolean(
        "Periods of Its Own",
        help="They begin on the position's first day instead of the contract's: what "
        "is new is billed for a whole period from its first day on, what is added "
        "later by its days until the end of that period.",
    )
    sets_term = fields.Boolean("Own Term")
    billing_term_months = fields.Integer(
        "Term (Months)",
        help="Counted from the contract's first day. 0: the whole contract.",
    )
    summary = fields.Char("In Words", compute="_compute_summary")

    _numbers_check = models.Constraint(
        "CHECK (billing_every BETWEEN 1 AND 1000 "
        f"AND billing_lead_days BETWEEN 0 AND {MAX_LEAD_DAYS} "
        f"AND billing_term_months BETWEEN 0 AND {MAX_MONTHS})",
        "A billing rule needs a rhythm of 1 to 1000 units, lead days from 0 to 366 and "
        "a term of at most 120 months.",
    )

    @api.depends(
        "billing_unit",
        "billing_every",
        "billing_timing",
        "billing_day_count",
        "sets_lead_days",
        "billing_lead_days",
        "billing_own_start",
        "billing_increase",
        "billing_decrease",
        "sets_term",
        "billing_term_months",
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        for rule in self:
            data = rule._to_data()
            rule.summary = describe_rules(self.env, data) or self.env._(
                "as the contract"
            )

    @api.constrains("billing_unit", "billing_day_count")
    def _check_day_count(self):
        for rule in self:
            is_short = rule.billing_unit in ("day", "week")
            if is_short and rule.billing_day_count in MONTHLY_DAY_COUNTS:
                raise ValidationError(
                    self.env._(
                        "Billing rule %s: 30 days per month cannot be counted in "
                        "periods of days or weeks. Choose actual days.",
                        rule.name,
                    )
                )

    def _to_data(self):
        """Return the copy of this rule that quotations and contracts keep."""
        self.ensure_one()
        data = {
            "timing": self.billing_timing,
            "day_count": self.billing_day_count,
            "increase": self.billing_increase,
            "decrease": self.billing_decrease,
        }
        data = {name: value for name, value in data.items() if value}
        if self.billing_unit:
            data.update(every=self.billing_every, unit=self.billing_unit)
        if self.billing_own_start:
            data["own_start"] = True
        if self.sets_lead_days:
            data["lead_days"] = self.billing_lead_days
        if self.sets_term:
            data["term_months"] = self.billing_term_months
        return data
