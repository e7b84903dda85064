from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing import settle
from ..billing.periods import boundary, index_at
from ..models.money import day_before
from ..models.msp_contract_terms import TERMS
from ..models.wording import format_price


class PreviewDone(Exception):
    """Ends the savepoint in which a change was recorded just to look at it."""


class MspContractAmend(models.TransientModel):
    """What a change costs, and when the contract ends, before it is recorded."""

    _inherit = "msp.contract.amend"

    preview = fields.Text("What It Costs", readonly=True)

    @api.onchange(
        "date_start",
        "date_end",
        "is_termination",
        "line_ids",
        "changes_terms",
        "terms_date",
        "terms_anchor",
        *TERMS,
    )
    def _onchange_forget_preview(self):
        """What is shown must not be the cost of something else."""
        self.preview = False

    def action_preview(self):
        """Record the change, look at what is due then, and take it all back."""
        self.ensure_one()
        contract = self.contract_id
        before, found = contract._load_histories()[contract.id], {}
        try:
            with self.env.cr.savepoint():
                self.action_apply()
                found["after"] = contract._load_histories()[contract.id]
                raise PreviewDone
        except PreviewDone:
            self.preview = self._format_preview(before, found["after"])
        return {**contract.action_amend(), "res_id": self.id}

    def _format_preview(self, before, after):
        """Return in sentences what differs between two histories of the contract."""
        start = self.date_start
        change = _next_boundary(before, start)
        stop = _next_boundary(after, change)
        rest = self._sum(after, None, change) - self._sum(before, None, change)
        old, new = (self._sum(history, change, stop) for history in (before, after))
        currency = self.currency_id

        def price(amount):
            return format_price(self.env, currency, amount)

        last = format_date(self.env, day_before(change))
        if rest > 0:
            text = self.env._("Until %(day)s: %(amount)s more.")
        elif rest < 0:
            text = self.env._("Until %(day)s: %(amount)s less.")
        else:
            text = self.env._("Until %(day)s: no difference.")
        sentences = [
            text % {"day": last, "amount": price(abs(rest))},
            self.env._(
                "From %(first)s to %(last)s: %(new)s instead of %(old)s.",
                first=format_date(self.env, change),
                last=format_date(self.env, day_before(stop)),
                new=price(new),
                old=price(old),
            ),
        ]
        if after.end:
            end = format_date(self.env, day_before(after.end))
            sentences.append(self.env._("The contract ends on %s.", end))
        elif self.date_end:
            end = format_date(self.env, self.date_end)
            sentences.append(self.env._("The change ends on %s.", end))
        else:
            sentences.append(self.env._("The contract has no end."))
        return "\n".join(sentences)

    def _sum(self, history, first, stop):
        """Return the net price of all periods that begin in [first, stop)."""
        digits = self.currency_id.decimal_places
        return sum(
            (
                charge.amount
                for charge in settle(history, (), stop, digits)
                if charge.start < stop and (first is None or charge.start >= first)
            ),
            Decimal(0),
        )


def _next_boundary(history, day):
    """Return the first day of the billing period after the one that holds `day`."""
    holding = [terms for terms in history.terms if terms.start <= day]
    policy = (holding or history.terms[:1])[-1].policy
    anchor = policy.anchor or history.start
    return boundary(policy, anchor, index_at(policy, anchor, day) + 1)
