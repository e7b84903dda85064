from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import settle
from ..billing.periods import boundary, index_at
from ..models.money import day_before
from ..models.msp_charge_opening import amount_within
from ..models.wording import describe_implausible, format_price
from .readable import readable

#: Yearly periods of old and new rules begin on one day at least so often.
LOOK_AHEAD = timedelta(days=400)


class PreviewDone(Exception):
    """Ends the savepoint in which a change was recorded just to look at it."""


class MspContractPreviewMixin(models.AbstractModel):
    """What a change costs, and when the contract ends, before it is recorded.

    For wizards that record versions of a contract: the change has its first day in
    `date_start` and perhaps its last one in `date_end`.
    """

    _name = "msp.contract.preview.mixin"
    _description = "What a change of a contract costs"

    contract_id = fields.Many2one("msp.contract", required=True)
    company_id = fields.Many2one(related="contract_id.company_id")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    date_start = fields.Date("From", required=True, default=fields.Date.context_today)
    date_end = fields.Date("Until", help="Only for a temporary change.")
    preview = fields.Text("What It Costs", readonly=True)

    @api.constrains("contract_id")
    def _check_contract_access(self):
        readable(self.contract_id)

    def _prepare_changes(self):
        """Return the values of changes, by the first day from which they hold.

        :raise UserError: what was entered makes none
        """
        return {}

    def _prepare_version_vals(self, day, vals_list):
        """Return the values of a version; addons add where it comes from."""
        return {
            "contract_id": self.contract_id.id,
            "date_start": day,
            "date_end": self.date_end,
            "change_ids": [Command.create(vals) for vals in vals_list],
        }

    def _record(self):
        """Return draft versions of what was entered."""
        return self.env["msp.contract.version"].create(
            [
                self._prepare_version_vals(day, vals_list)
                for day, vals_list in sorted(self._prepare_changes().items())
            ]
        )

    def _check_recorded(self):
        """Refuse what other versions make something else of; they are active."""

    def _get_reopen_action(self):
        """Return the action that opens the wizard anew, as it is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    def action_apply(self):
        """Record what was entered, and activate it or ask for an approval."""
        self.ensure_one()
        waiting = self._record()._activate_or_ask()
        if not waiting:
            self._check_recorded()
        return waiting._tell_waiting() or {"type": "ir.actions.act_window_close"}

    def action_preview(self):
        """Record the change, look at what is due then, and take it all back."""
        self.ensure_one()
        contract = self.contract_id
        before, found = contract._load_histories()[contract.id], {}
        try:
            with self.env.cr.savepoint():
                # Whatever it costs, also if somebody has to approve it.
                self._record()._activate()
                self._check_recorded()
                found["after"] = contract._load_histories()[contract.id]
                found["due"] = contract._compute_due(
                    self._billed_until(), "differential"
                )[contract.id]
                raise PreviewDone
        except PreviewDone:
            sentences = self._format_preview(before, found["after"])
            sentences += self._format_corrections(found["due"])
            self.preview = "\n".join(sentences)
        return self._get_reopen_action()

    def _format_corrections(self, due):
        """Return what the differential run would do about what is billed already."""
        charges = [*due.charges, *(held.charge for held in due.held)]
        amount = sum((charge.amount for charge in charges), Decimal(0))
        if not amount:
            return []
        if amount > 0:
            text = self.env._("The differential run bills %s for days already billed.")
        else:
            text = self.env._("The differential run credits %s of what is billed.")
        return [text % format_price(self.env, self.currency_id, abs(amount))]

    def _check_days_plausible(self, *days):
        """Refuse days that nobody can mean."""
        for day in filter(None, days):
            if error := describe_implausible(self.env, day):
                raise UserError(error)

    def _format_preview(self, before, after):
        """Return in sentences what differs between two histories of the contract."""
        change, stop, rest, old, new = self._compare(before, after)
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
        return sentences

    def _compare(self, before, after):
        """Return what differs between two histories of the contract, in money.

        :return: (first day of the next period that is not billed yet, day after it,
            how much more is billed until that period, its price before and after)
        """
        billed = self._billed_until()
        horizon = max(self.date_start, billed) + 3 * LOOK_AHEAD
        digits = self.currency_id.decimal_places
        charges = [settle(item, (), horizon, digits) for item in (before, after)]
        day = max(self._first_difference(charges), billed)
        change = self._next_border(charges, after, day)
        stop = self._next_border(charges, after, change)

        def cost(found, first, stop):
            parts = (amount_within(charge, digits, first, stop) for charge in found)
            return sum(parts, Decimal(0))

        old_rest, rest = (cost(found, date.min, change) for found in charges)
        old, new = (cost(found, change, stop) for found in charges)
        return change, stop, rest - old_rest, old, new

    def _billed_until(self):
        """Return the last day that invoices claim, the first of all if none does."""
        claims = [
            ("contract_id", "=", self.contract_id.id),
            ("counts", "=", True),
            ("kind", "!=", "one_off"),
        ]
        [(last,)] = self.env["msp.charge"]._read_group(
            claims, aggregates=["date_end:max"]
        )
        return last or date.min

    def _first_difference(self, charges):
        """Return the day before the first on which something else is billed."""
        old, new = (
            {(item.position, item.start, item.end, item.amount) for item in found}
            for found in charges
        )
        start = min((item[1] for item in old ^ new), default=self.date_start)
        return max(self.date_start, start - timedelta(days=1))

    def _next_border(self, charges, history, day):
        """Return the first day after `day` on which no billing period is cut.

        Where the periods of old and new terms never meet, it is that of the contract,
        and what is billed across it counts by its days.

        :param charges: lists of `billing.Charge`, before and after the change
        """
        days = {(item.period.start, item.period.end) for item in chain(*charges)}
        borders = sorted(
            border
            for border in set(chain(*days))
            if day < border <= day + LOOK_AHEAD
            and not any(start < border < end for start, end in days)
        )
        return borders[0] if borders else _next_boundary(history, day)


def _next_boundary(history, day):
    """Return the first day of the billing period after the one that holds `day`."""
    policy = history.policy_on(day)
    anchor = policy.anchor or history.start
    return boundary(policy, anchor, index_at(policy, anchor, day) + 1)
