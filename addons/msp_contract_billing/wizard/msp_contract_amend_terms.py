from odoo import api, fields, models
from odoo.exceptions import UserError

from ..billing.periods import boundary, index_at
from ..models.money import holds_on
from ..models.msp_contract_terms import TERMS
from ..takeover import is_plausible
from .msp_contract_amend import shown_field
from .readable import readable


def _time_paid(terms):
    """Return the time that a price per billing period pays for."""
    if terms.billing_day_count == "year_share":
        return 12
    policy = terms._to_policy(None)
    if policy.months:
        return policy.months * policy.instalments
    return policy.unit, policy.every * policy.instalments


def _terms_field(kind, name):
    return shown_field(kind, name, "changes_terms", "_get_terms")


class MspContractAmend(models.TransientModel):
    """Change how a contract is billed: a clean cut on a day.

    What is not touched stays as the contract has it on that day.
    """

    _name = "msp.contract.amend"
    _inherit = ["msp.contract.amend", "msp.terms.mixin"]

    changes_terms = fields.Boolean("Change How It Is Billed")
    old_terms = fields.Char("Billed Now", compute="_compute_old_terms")
    terms_shown_date = fields.Date(
        help="The day as of whose terms the fields below were filled in."
    )
    price_warning = fields.Char(compute="_compute_price_warning")
    terms_date = fields.Date(
        "Billed So From",
        compute="_compute_terms_date",
        store=True,
        readonly=False,
        help="The beginning of the next billing period, so that none is cut. On "
        "another day, the running period ends on the day before and is billed by its "
        "days.",
    )
    terms_anchor = fields.Selection(
        [
            ("keep", "As before"),
            ("calendar", "With the calendar"),
            ("start", "On that day"),
        ],
        "Periods Begin",
        default="keep",
        required=True,
    )
    billing_every = _terms_field(fields.Integer, "billing_every")
    billing_unit = _terms_field(fields.Selection, "billing_unit")
    billing_timing = _terms_field(fields.Selection, "billing_timing")
    billing_day_count = _terms_field(fields.Selection, "billing_day_count")
    billing_lead_days = _terms_field(fields.Integer, "billing_lead_days")
    billing_increase = _terms_field(fields.Selection, "billing_increase")
    billing_decrease = _terms_field(fields.Selection, "billing_decrease")
    billing_term_months = _terms_field(fields.Integer, "billing_term_months")
    billing_unit_rounding = _terms_field(fields.Selection, "billing_unit_rounding")
    billing_instalments = _terms_field(fields.Integer, "billing_instalments")
    billing_re_anchor = _terms_field(fields.Boolean, "billing_re_anchor")
    billing_credit_cap = _terms_field(fields.Boolean, "billing_credit_cap")

    @api.onchange("date_start")
    def _onchange_terms_shown_date(self):
        # Computed before, as they look at the day for which they were shown.
        self.read(TERMS, load="")
        self.terms_shown_date = self.date_start

    def _get_terms(self, day):
        """Return the contract's terms on `day`; the first ones before it begins."""
        self.ensure_one()
        terms = readable(self.contract_id).terms_ids.sorted("date_start")
        return terms.filtered(lambda item: day and holds_on(item, day)) or terms[:1]

    @api.onchange("changes_terms", "terms_date", "terms_anchor", *TERMS)
    def _onchange_terms_forget_preview(self):
        self._onchange_forget_preview()

    @api.depends("contract_id", "date_start")
    def _compute_old_terms(self):
        for amend in self:
            terms = amend._get_terms(amend.date_start)
            labels = (terms.name, terms.rules_label)
            amend.old_terms = "; ".join(filter(None, labels))

    @api.depends(
        "changes_terms",
        "billing_every",
        "billing_unit",
        "billing_instalments",
        "billing_day_count",
        "line_ids.price_interval",
        "line_ids.is_ended",
        "line_ids.rule_id",
    )
    def _compute_price_warning(self):
        """Say which prices will pay for another time than now, as nobody converts."""
        for amend in self:
            amend.price_warning = False
            terms = amend._get_terms(amend.date_start)
            if not (amend.changes_terms and terms):
                continue
            if _time_paid(amend) == _time_paid(terms):
                continue
            names = [
                line.position_id.name or line.product_id.display_name
                for line in amend.line_ids
                if line._is_priced_per_period()
            ]
            if names:
                amend.price_warning = self.env._(
                    "These prices are per billing period and stay the same although "
                    "the period changes: %s. Enter the new prices, or say that they "
                    "are per month, quarter or year.",
                    ", ".join(names),
                )

    @api.depends("contract_id", "date_start")
    def _compute_terms_date(self):
        for amend in self:
            day, terms = amend.date_start, amend._get_terms(amend.date_start)
            if day and not is_plausible(day):
                day = False
            if day and terms and terms.date_start <= day:
                policy = terms._to_policy(terms.anchor_date)
                number = index_at(policy, policy.anchor, day)
                begin = boundary(policy, policy.anchor, number)
                following = boundary(policy, policy.anchor, number + 1)
                day = begin if begin == day else following
            amend.terms_date = day

    def _prepare_changes(self):
        changes = super()._prepare_changes()
        if not self.changes_terms:
            return changes
        if not self.terms_date:
            raise UserError(
                self.env._("Say from which day on the contract is billed differently.")
            )
        vals = self._prepare_terms_vals()
        if vals:
            changes.setdefault(self.terms_date, []).insert(0, vals)
        return changes

    def _prepare_terms_vals(self):
        """Return the change to the terms, None if they are what they were."""
        terms = self._get_terms(self.terms_date)
        anchor = terms.anchor_date
        if self.terms_anchor != "keep":
            anchor = self._get_anchor(self.terms_date, self.terms_anchor)
        # Before the contract begins nothing says how it is billed.
        holds = terms and terms.date_start <= self.terms_date
        if holds and self._to_policy(anchor) == terms._to_policy(terms.anchor_date):
            return None
        return {
            "action": "terms",
            "anchor_date": anchor,
            **{name: self[name] for name in TERMS},
        }
