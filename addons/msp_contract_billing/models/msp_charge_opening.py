from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import BillingError, settle
from ..takeover import is_plausible
from .money import day_after, to_decimal

#: At most so many days has a unit of a rhythm.
UNIT_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
#: Where positions have rhythms of their own, it is looked that far ahead.
LONGEST_PERIOD = timedelta(days=5 * 366)


class MspCharge(models.Model):
    """Opening claims: what was billed before this system, without an invoice."""

    _inherit = "msp.charge"

    opening_reference = fields.Char(
        "Earlier Invoice", help="Number of the invoice in the earlier system."
    )
    opening_import_id = fields.Many2one(
        "msp.opening.import",
        "Read From",
        ondelete="restrict",
        index="btree_not_null",
    )

    def _enter_opening(self, rows):
        """Add opening claims; the caller has checked the right to.

        :param rows: dicts with ``position`` (record), ``start``, ``end`` (both
            included), ``amount`` and, if known, ``reference`` and ``import_id``
        :return: the new charges, in the order of `rows`
        """
        _check_days(self.env, [(row["start"], row["end"]) for row in rows])
        positions = self.env["msp.contract.position"].union(
            *(row["position"] for row in rows)
        )
        contracts = positions.contract_id
        contracts._mark_to_settle()
        taken = self._find_claimed(
            [(row["position"].id, row["start"], row["end"]) for row in rows]
        )
        if taken:
            index, charge = next(iter(taken.items()))
            raise UserError(charge._explain_claimed(rows[index]["position"]))
        charges = self._append([self._prepare_opening_vals(row) for row in rows])
        charges._log_on_contracts(
            lambda count, amount: self.env._(
                "%(count)s opening claims entered, %(amount)s in all",
                count=count,
                amount=amount,
            )
        )
        return charges

    def _prepare_opening_vals(self, row):
        position, amount = row["position"], float(row["amount"])
        reference = row.get("reference")
        text = self.env._("Billed before this system")
        if reference:
            text = self.env._("Billed before this system by %s", reference)
        days = (row["end"] - row["start"]).days + 1
        return {
            "contract_id": position.contract_id.id,
            "position_id": position.id,
            "kind": "opening",
            "date_start": row["start"],
            "date_end": row["end"],
            "quantity": -1 if amount < 0 else 1,
            "price_unit": abs(amount),
            "days": days,
            "days_of_period": days,
            "amount": amount,
            "name": f"{position.name}\n{text}",
            "opening_reference": reference,
            "opening_import_id": row.get("import_id"),
            "fiscal_position_id": position.contract_id.fiscal_position_id.id,
        }

    def _find_claimed(self, ranges):
        """Return a charge that counts already on days of each range, if any.

        :param ranges: list of (position id, first day, last day)
        :return: {index in `ranges`: charge}
        """
        by_position = defaultdict(list)
        # sudo: a claim that a record rule hides is claimed all the same
        for charge in self.sudo().search(
            [
                ("position_id", "in", list({position for position, *_ in ranges})),
                ("counts", "=", True),
                ("kind", "!=", "counter"),
            ]
        ):
            by_position[charge.position_id.id].append(charge)
        result = {}
        for index, (position, start, end) in enumerate(ranges):
            for charge in by_position[position]:
                if charge.date_start <= end and start <= charge.date_end:
                    result[index] = charge
                    break
        return result

    def _explain_claimed(self, position):
        """Return that the days of this charge cannot be claimed once more."""
        self.ensure_one()
        by = self.move_id._msp_label() if self.move_id else self.opening_reference
        return self.env._(
            "%(position)s of contract %(contract)s is already claimed for %(start)s to "
            "%(end)s by %(by)s. Take that back first, or leave these days out.",
            position=position.name,
            contract=position.contract_id.display_name,
            start=format_date(self.env, self.date_start),
            end=format_date(self.env, self.date_end),
            by=by or self.env._("an opening claim"),
        )

    def action_take_back(self):
        """Open the question why opening claims are taken back."""
        claims = self.filtered(lambda charge: charge.kind == "opening")
        if not claims.filtered("counts"):
            raise UserError(
                self.env._(
                    "Only opening claims that count can be taken back here. Credit the "
                    "invoice of other charges."
                )
            )
        return self._action_ask(
            self.env._("Take Opening Claims Back"),
            "msp.opening.take.back",
            {"default_charge_ids": claims.filtered("counts").ids},
        )

    def _take_back(self, reason):
        """Counter opening claims by rows of their own; their days are open again."""
        claims = self.filtered(lambda charge: charge.kind == "opening")
        claims.contract_id._mark_to_settle()
        claims = claims.filtered("counts")
        self._append(
            [
                {
                    **claim._prepare_counter_vals(-claim.amount),
                    "quantity": -claim.quantity,
                    "name": self.env._("Taken back: %s", reason),
                    "release_reason": reason,
                }
                for claim in claims
            ]
        )
        claims._log_on_contracts(
            lambda count, amount: self.env._(
                "%(count)s opening claims taken back, %(amount)s in all: %(reason)s",
                count=count,
                amount=amount,
                reason=reason,
            )
        )
        return claims

    def _log_on_contracts(self, explain):
        """Note on each contract what happened to its opening claims.

        :param explain: returns the note for a number of claims and their sum
        """
        bodies = {}
        for contract, charges in self.grouped("contract_id").items():
            total = contract.currency_id.round(sum(charges.mapped("amount")))
            bodies[contract.id] = explain(
                len(charges), contract.currency_id.format(total)
            )
        self.contract_id._message_log_batch(bodies)


class MspContract(models.Model):
    _inherit = "msp.contract"

    def _entitled_on(self, ranges):
        """Return what the contracts justify on days, as a proposal for a person.

        Days in the middle of a period take its amount by their number.

        :param ranges: list of (position id, first day, last day) of these contracts
        :return: list of Decimal; None where the contract cannot be computed
        """
        if not ranges:
            return []
        _check_days(self.env, [(start, end) for _position, start, end in ranges])
        last = max(end for _position, _start, end in ranges)
        charges, failed = defaultdict(list), set()
        for contract_id, history in self._load_histories().items():
            contract = self.browse(contract_id)
            digits = contract.currency_id.decimal_places
            try:
                horizon = last + _longest_period(history)
                due = settle(history, [], horizon, digits) if history else []
            except BillingError:
                failed.update(contract.position_ids.ids)
                continue
            for charge in due:
                charges[charge.position].append((charge, digits))
        return [
            None
            if position in failed
            else sum(
                (
                    amount_within(*item, start, day_after(end))
                    for item in charges[position]
                ),
                Decimal(0),
            )
            for position, start, end in ranges
        ]

    def action_enter_opening(self):
        """Open the question what was billed before this system."""
        self.ensure_one()
        return self._action_ask(
            self.env._("Billed Before %s", self.name),
            "msp.opening.enter",
            {"default_contract_id": self.id},
        )


def _check_days(env, ranges):
    """Refuse days so far off that the calendar ends before a period does."""
    for day in {day for days in ranges for day in days}:
        if not is_plausible(day):
            raise UserError(
                env._(
                    "Nothing can have been billed for %s. Check the year.",
                    format_date(env, day),
                )
            )


def amount_within(charge, digits, start, end):
    """Return the part of a charge's amount for its days in [start, end)."""
    days = (min(end, charge.end) - max(start, charge.start)).days
    if days <= 0:
        return Decimal(0)
    share = Fraction(days, (charge.end - charge.start).days)
    return round(
        to_decimal(charge.amount) * share.numerator / share.denominator, digits
    )


def _longest_period(history):
    """Return how long after the last day its period, in arrears, may be due."""
    if not history or any(line.overrides for line in history.lines):
        return LONGEST_PERIOD
    return max(
        timedelta(days=terms.policy.every * UNIT_DAYS[terms.policy.unit])
        for terms in history.terms
    )
