from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ..billing import add_months
from ..takeover import is_plausible
from .money import day_before
from .msp_contract_waiting import company_today
from .wording import format_number, format_price


class MspLimitedPrice(models.Model):
    """What follows from what was entered: days, state and words."""

    _inherit = "msp.limited.price"

    @api.depends("position_id")
    def _compute_contract_id(self):
        for limited in self:
            limited.contract_id = limited.position_id.contract_id or limited.contract_id

    @api.depends("kind")
    def _compute_discount(self):
        for limited in self:
            if limited.kind in ("trial", "grant"):
                limited.discount = 100.0
            elif limited.kind == "promotion":
                limited.discount = 0.0
            else:
                limited.discount = limited.discount

    @api.depends("position_id", "kind", "date_start")
    def _compute_price_interval(self):
        for limited in self:
            line = limited._get_content()
            limited.price_interval = line.price_interval or "0"

    @api.depends("company_id")
    def _compute_cost_currency_id(self):
        for limited in self:
            company = limited.company_id or self.env.company
            limited.cost_currency_id = limited.cost_currency_id or company.currency_id

    @api.depends("date_start", "date_end")
    def _compute_months(self):
        for limited in self:
            start, end, months = limited.date_start, limited.date_end, 0
            if start and end and is_plausible(start) and is_plausible(end):
                months = (end.year - start.year) * 12 + end.month - start.month + 1
                while months and _last_day(start, months) > end:
                    months -= 1
            is_whole = months and _last_day(start, months) == end
            limited.months = months if is_whole else 0

    @api.onchange("months")
    def _onchange_months(self):
        start, months = self.date_start, self.months
        if months > 0 and start and is_plausible(start):
            self.date_end = _last_day(start, min(months, 1200))

    @api.depends("version_ids.state", "cancelled_at", "side")
    def _compute_recorded(self):
        for limited in self:
            states = set(limited.version_ids.mapped("state"))
            if limited.cancelled_at or states == {"withdrawn"}:
                limited.recorded = "cancelled"
            elif limited.side == "vendor" or "active" in states:
                limited.recorded = "active"
            else:
                limited.recorded = "waiting"

    @api.depends("recorded", "date_start", "date_end", "afterwards", "company_id")
    def _compute_state(self):
        for limited in self:
            today = company_today(limited.company_id or self.env.company)
            if limited.recorded in ("waiting", "cancelled"):
                limited.state = limited.recorded
            elif limited.date_start and limited.date_start > today:
                limited.state = "future"
            elif not limited.date_end or limited.date_end >= today:
                limited.state = "running"
            else:
                limited.state = "to_decide" if limited.afterwards == "ask" else "over"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._state_domain(state) for state in value)

    @api.model
    def _state_domain(self, state):
        if state in ("waiting", "cancelled"):
            return Domain("recorded", "=", state)
        begun = Domain("date_start", "<=", "today")
        ended = Domain("date_end", "<", "today")
        asks = Domain("afterwards", "=", "ask")
        days = {
            "future": ~begun,
            "running": begun & ~ended,
            "to_decide": begun & ended & asks,
            "over": begun & ended & ~asks,
        }
        return Domain("recorded", "=", "active") & days.get(state, Domain.FALSE)

    @api.depends("kind", "side", "discount", "price_unit", "position_id", "currency_id")
    @api.depends_context("lang")
    def _compute_label(self):
        for limited in self:
            limited.label = limited._describe()

    @api.depends("position_id", "label")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for limited in self:
            names = (limited.position_id.name, limited.label)
            limited.display_name = ": ".join(filter(None, names))

    @api.depends("pending", "recorded")
    @api.depends_context("lang")
    def _compute_pending_label(self):
        labels = dict(self._fields["afterwards"]._description_selection(self.env))
        for limited in self:
            limited.pending_label = False
            if limited.recorded == "waiting":
                limited.pending_label = self.env._("It waits for an approval.")
            elif limited.pending:
                day = fields.Date.to_date(limited.pending["date_end"])
                limited.pending_label = self.env._(
                    "A change waits for an approval: until %(day)s. Then: %(then)s.",
                    day=format_date(self.env, day),
                    then=labels[limited.pending["afterwards"]],
                )

    def _describe(self):
        """Return such as "Trial", "Discount of 10 %" or "Special price 9.00"."""
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        kind = kinds.get(self.kind) or ""
        if self.side == "vendor" or self.kind == "trial":
            return kind
        if self.kind == "promotion":
            price = format_price(self.env, self.currency_id, self.price_unit)
            return f"{kind} {price}"
        discount = format_number(self.env, self.discount)
        return self.env._("%(kind)s of %(discount)s %%", kind=kind, discount=discount)

    def _get_content(self):
        """Return what the contract says of the position on the first day."""
        self.ensure_one()
        day = self.date_start
        if not day:
            return self.env["msp.contract.line"]
        return self.position_id.line_ids._on(day)


def _last_day(start, months):
    """Return the last day of so many months from `start` on."""
    return day_before(add_months(start, months))
