import re

from odoo import api, fields, models

_TERM = re.compile(r"P([1-9][0-9]*)([DWMY])")


class MspPlanMixin(models.AbstractModel):
    """A provider's term and billing plan, said as people say it."""

    _name = "msp.plan.mixin"
    _description = "Term and billing plan in words"

    term = fields.Char()
    billing_plan = fields.Char()
    plan_label = fields.Char(
        "Term and Plan",
        compute="_compute_plan_label",
        help="For how long it is committed at the provider, and how that is billed.",
    )

    @api.depends("term", "billing_plan")
    @api.depends_context("lang")
    def _compute_plan_label(self):
        for one in self:
            one.plan_label = plan_label(self.env, one.term, one.billing_plan)


def plan_label(env, term, billing_plan):
    """Return both in words, such as "1 year, billed monthly"; "" for neither.

    What is no term or plan that we know stays as the provider writes it.
    """
    plans = {
        "monthly": env._("billed monthly"),
        "annual": env._("billed yearly"),
        "triennial": env._("billed every three years"),
        "one_time": env._("billed once"),
    }
    parts = _term_label(env, term or ""), plans.get(billing_plan, billing_plan)
    return ", ".join(filter(None, parts))


def _term_label(env, term):
    match = _TERM.fullmatch(term)
    if not match:
        return term
    count, unit = int(match[1]), match[2]
    one, several = {
        "D": (env._("1 day"), env._("%s days", count)),
        "W": (env._("1 week"), env._("%s weeks", count)),
        "M": (env._("1 month"), env._("%s months", count)),
        "Y": (env._("1 year"), env._("%s years", count)),
    }[unit]
    return one if count == 1 else several
