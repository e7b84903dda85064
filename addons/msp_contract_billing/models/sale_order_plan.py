from datetime import timedelta

from odoo import models

from ..billing import add_months
from ..takeover import is_plausible
from .money import day_after
from .msp_commitment_mixin import COMMITMENT
from .msp_contract_terms import TERMS
from .named import named


class PlannedVersion:
    """A version that confirming an order will make.

    :ivar start: first day; the day to look at, if it waits for it
    :ivar end: last day of a temporary change, else False
    :ivar waiting: the order line that waits for its first day, else None
    :ivar awaits: what that day waits for, else False
    :ivar limit: the special price that it is part of, else None
    :ivar changes: (values of a change, order line whose new position it is about or
        None); the values name the position if there is one already
    """

    def __init__(self, start, end=False, waiting=None):
        self.start, self.end, self.waiting = start, end, waiting
        self.awaits = waiting._msp_awaits() if waiting else False
        self.changes, self.limit = [], None

    def add(self, vals, line=None):
        self.changes.append(({"sequence": len(self.changes), **vals}, line))


class PlannedContract:
    """A contract that confirming an order will begin, or the one it changes.

    :ivar contract: the one there is, empty if it is new
    :ivar source: order or template whose terms a new one gets
    :ivar lines: order lines that become part of it
    :ivar start: first day of a new one
    :ivar last: last day that is agreed, False without
    :ivar positions: by order line, the position that it moves
    """

    def __init__(self, contract, source, lines, start, last):
        self.contract, self.source, self.lines = contract, source, lines
        self.start, self.last = start, last
        self.positions, self._versions = {}, {}

    @property
    def versions(self):
        """What is known holds first, in order of days; what waits comes last."""
        found = [version for version in self._versions.values() if version.changes]
        return sorted(found, key=lambda one: (bool(one.awaits), one.start))

    def version(self, start, end=False, waiting=None, own=None):
        """Return the version for changes of these days.

        :param waiting: the order line that waits for its first day: each has its own
        :param own: whatever else needs a version that it does not share
        """
        key = (start, end, waiting, own)
        if key not in self._versions:
            self._versions[key] = PlannedVersion(start, end, waiting)
        return self._versions[key]


class SaleOrder(models.Model):
    """What confirming an order would make of it: said beforehand, recorded after.

    The one plan is what the quotation shows, what is checked and what is recorded.
    """

    _inherit = "sale.order"

    def _msp_plan(self):
        """Return the `PlannedContract` list of the order; nothing is written."""
        self.ensure_one()
        plans = [
            self._msp_plan_contract(source, lines)
            for source, lines in self._msp_group_ordered()
        ]
        for plan in plans:
            self._msp_plan_lines(plan)
        return plans

    def _msp_group_ordered(self):
        """Return (terms, lines) of each contract that the order makes or changes."""
        lines = self._msp_get_ordered_lines()
        if self.msp_contract_action == "amend":
            return [(self, lines)] if lines else []
        return self._msp_group_lines(lines)

    def _msp_plan_contract(self, source, lines):
        """Return the plan of a contract, without what the lines make of it."""
        # sudo: whoever may confirm the quotation need not read contracts
        order = self.sudo()
        contract = named(self, "msp_contract_id")
        if order.msp_contract_action == "amend":
            last = contract.date_end
            return PlannedContract(contract, source, lines, contract.date_start, last)
        start = order._msp_get_contract_start(lines)
        last = _get_term_end(source, start) if source.renewal == "end" else False
        plan = PlannedContract(contract.browse(), source, lines, start, last)
        version = plan.version(start)
        version.add(order._msp_prepare_terms_vals(source, start))
        if source._has_commitment():
            agreed = {name: source[name] for name in COMMITMENT}
            version.add({"action": "commitment", **agreed})
        if last:
            plan.version(day_after(last)).add({"action": "terminate"})
        return plan

    def _msp_get_contract_start(self, lines):
        """Return the first day of a new contract with `lines`."""
        self.ensure_one()
        known = [line for line in lines if not line._msp_awaits()]
        days = [line._msp_get_first_day() for line in known]
        if self.msp_date_start or not days:
            days.append(self._msp_get_date_start())
        return min(days)

    def _msp_prepare_terms_vals(self, source, start):
        anchor = source.msp_anchor if source == self else source.anchor
        return {
            **{name: source[name] for name in TERMS},
            "action": "terms",
            "anchor_date": source._get_anchor(start, anchor),
        }

    def _msp_plan_lines(self, plan):
        taken = {}
        in_order = plan.lines.sorted(
            lambda line: (bool(line._msp_awaits()), line._msp_get_first_day())
        )
        for line in in_order:
            line._msp_plan(plan, taken)

    def _msp_get_ends(self):
        """Return the last day of the contract that each ordered line goes to."""
        self.ensure_one()
        ends = {}
        for source, lines in self._msp_group_ordered():
            if self.msp_contract_action == "amend":
                last = named(self, "msp_contract_id").date_end
                for line in lines:
                    position = line._msp_find_position(line._msp_get_first_day())
                    ends[line] = position.date_end or last
                continue
            start = self._msp_get_contract_start(lines)
            last = source.renewal == "end" and _get_term_end(source, start)
            ends.update(dict.fromkeys(lines, last))
        return ends


def _get_term_end(source, start):
    """Return the last day of a term that begins on `start`, False without one."""
    if not source.term_months or not is_plausible(start):
        return False
    return add_months(start, source.term_months) - timedelta(days=1)
