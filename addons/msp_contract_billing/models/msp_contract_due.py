from typing import NamedTuple

from odoo import models

from ..billing import BillingError, Charge, settle
from .msp_contract_waiting import Held


class Due(NamedTuple):
    """What a run of one kind finds for one contract.

    :param charges: what is to be billed
    :param held: what is due but waits, and for what
    :param error: why nothing could be computed, in one sentence
    """

    charges: list[Charge]
    held: list[Held]
    error: str = ""


class MspContract(models.Model):
    """What is due: the stored history minus the ledger's claims."""

    _inherit = "msp.contract"

    def _lock_ledger(self):
        """Make this transaction the only one that may settle these contracts.

        Cursors are REPEATABLE READ: a second worker whose snapshot is older gets
        a serialization failure here, before it reads claims, and starts again.
        """
        self._touch_ledger()

    def _compute_due(self, until, kind):
        """Return the `Due` of each contract, keyed by id; takes nothing.

        :param until: last day that is looked at
        :param kind: ``regular`` or ``differential``
        """
        found = self._settle(until, kind)
        one_offs = self._load_one_offs(until) if kind == "regular" else {}
        waiting = self._find_waiting()
        result = {}
        for contract in self:
            charges = found[contract.id]
            if isinstance(charges, BillingError):
                result[contract.id] = Due([], [], str(charges))
                continue
            due = Due([], [])
            for charge in [*charges, *one_offs.get(contract.id, ())]:
                if not contract._is_taken(charge, kind):
                    continue
                reason = waiting.get(charge.position)
                if reason and reason.concerns(charge):
                    due.held.append(Held(charge, reason))
                else:
                    due.charges.append(charge)
            result[contract.id] = due
        return result

    def _settle(self, until, kind="regular", in_full=False):
        """Return the `billing.Charge` list of each contract, keyed by id.

        Or the `BillingError` that keeps it from being computed. Contracts that are
        to be settled are compared with all that was billed; of the others, no
        claims are read and only what became due since then is looked at.

        :param in_full: whether to compare all, whatever the marks say
        """
        self.fetch(["to_settle", "settled_until", "currency_id"])
        compared = self.filtered(
            lambda one: in_full or one.to_settle or not one.settled_until
        )
        others = self.browse()
        if kind != "differential":
            others = (self - compared).filtered(lambda one: one.settled_until < until)
        claims = self.env["msp.charge"]._load_plain_claims(compared)
        histories = (compared + others)._load_histories()
        result = {contract.id: [] for contract in self}
        for contract in compared + others:
            try:
                result[contract.id] = settle(
                    histories[contract.id],
                    claims.get(contract.id, ()),
                    until,
                    contract.currency_id.decimal_places,
                    since=None if contract.id in claims else contract.settled_until,
                )
            except BillingError as error:
                result[contract.id] = error
        self._explain_corrections(result, histories, claims, until)
        return result

    def _explain_corrections(self, found, histories, claims, until):
        """Settle contracts with corrections again, with what their claims rest on.

        Few contracts have any, so what claims rest on is read for these only.

        :param found: result of `_settle`; changed in place
        """
        corrected = {
            contract_id: {claim.key for charge in charges for claim in charge.claims}
            for contract_id, charges in found.items()
            if not isinstance(charges, BillingError)
        }
        wanted = [
            claim
            for contract_id, keys in corrected.items()
            for claim in claims.get(contract_id, ())
            if claim.key in keys
        ]
        explained = {
            claim.key: claim
            for _id, claim in self.env["msp.charge"]._with_basis(wanted)
        }
        for contract in self.filtered(lambda one: corrected.get(one.id)):
            found[contract.id] = settle(
                histories[contract.id],
                [explained.get(claim.key, claim) for claim in claims[contract.id]],
                until,
                contract.currency_id.decimal_places,
            )

    def _is_taken(self, charge, kind):
        """Return whether a run of this kind bills `charge`."""
        if kind == "differential":
            return charge.kind == "correction"
        return charge.kind != "correction" or self.corrections_with_regular
