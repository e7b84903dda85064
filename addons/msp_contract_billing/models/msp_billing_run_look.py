from typing import NamedTuple

from odoo import models
from odoo.tools import split_every

from ..billing import Charge, limit_periods
from .msp_contract_exceptions import Notice
from .msp_contract_waiting import Held, Waiting

#: So many contracts are looked at together.
LOOK_SIZE = 500


class Look(NamedTuple):
    """What a run finds for one contract when it looks at it.

    :param charges: what is billed, unless something blocks it
    :param held: what is due but waits
    :param notices: what a clerk should know
    :param error: why nothing could be computed, in one sentence
    """

    charges: list[Charge]
    held: list[Held]
    notices: list[Notice]
    error: str = ""

    @property
    def blockers(self):
        return [notice for notice in self.notices if notice.severity == "blocking"]


class MspBillingRun(models.Model):
    """From what is due to what this run bills: preview and creation look alike."""

    _inherit = "msp.billing.run"

    def _look_at_all(self, contracts):
        """Yield (contract, `Look`) of those contracts for which something is due."""
        for batch in split_every(LOOK_SIZE, contracts.ids, contracts.browse):
            looks = {}
            failed = self._in_halves(
                batch, lambda part, looks=looks: looks.update(self._look_at(part))
            )
            for contract in batch:
                look = looks.get(contract.id) or Look([], [], [], failed[contract])
                if look.charges or look.held or look.error:
                    yield contract, look

    def _look_at(self, contracts):
        """Return the `Look` at each contract, keyed by id; takes nothing."""
        self.ensure_one()
        found = contracts._compute_due(self.date_until, self.kind)
        wanted = self._wanted_positions(contracts)
        for contract in contracts:
            due = found[contract.id]
            if wanted is not None:
                due = due._replace(
                    charges=[one for one in due.charges if one.position in wanted],
                    held=[one for one in due.held if one.charge.position in wanted],
                )
            found[contract.id] = self._let_wait(contract, due)
        notices = contracts._find_exceptions(found, self)
        return {
            key: Look(due.charges, due.held, notices[key], due.error)
            for key, due in found.items()
        }

    def _wanted_positions(self, contracts):
        """Return the ids of positions the selection asks for, None for all."""
        if not self.product_ids:
            return None
        positions = self.env["msp.contract.position"].search(
            [
                ("contract_id", "in", contracts.ids),
                ("product_id", "in", self.product_ids.ids),
            ]
        )
        return set(positions.ids)

    def _let_wait(self, contract, due):
        """Return `due` with that waiting which this run leaves for another one."""
        if self.kind == "differential":
            return contract._hold_for_next_invoice(due)
        due = contract._hold_until_invoice_day(due, self.invoice_date)
        return self._limit_catch_up(due)

    def _limit_catch_up(self, due):
        """Return `due` with at most as many missed periods as the company wants."""
        most = self.company_id.msp_max_periods
        if not most or len(due.charges) <= most:
            return due
        taken, put_off = limit_periods(due.charges, most)
        if not put_off:
            return due
        kept = set(map(id, taken))
        held = [
            Held(charge, self._describe_catch_up(most, put_off[charge.position]))
            for charge in due.charges
            if id(charge) not in kept
        ]
        return due._replace(charges=taken, held=[*due.held, *held])

    def _describe_catch_up(self, most, left):
        return Waiting(
            "catch_up",
            self.env._(
                "More than %(most)s periods were missed: the oldest %(most)s are billed "
                "now, %(left)s are left for the next run. Check the contract's first "
                "day before it is billed.",
                most=most,
                left=left,
            ),
        )
