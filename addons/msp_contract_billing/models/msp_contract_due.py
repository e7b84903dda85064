from typing import NamedTuple

from odoo import models
from odoo.tools import SQL

from ..billing import BillingError, Charge, History, Terms, settle
from .money import day_after


class Due(NamedTuple):
    """What a run of one kind finds for one contract.

    :param charges: what is to be billed
    :param held: what is due but waits
    :param error: why nothing could be computed, in one sentence
    """

    charges: list[Charge]
    held: list[Charge]
    error: str = ""


class MspContract(models.Model):
    """What is due: the stored history minus the ledger's claims."""

    _inherit = "msp.contract"

    def _lock_ledger(self):
        """Make this transaction the only one that may settle these contracts.

        Cursors are REPEATABLE READ: a second worker whose snapshot is older gets
        a serialization failure here, before it reads claims, and starts again.
        """
        if not self.ids:
            return
        self.flush_recordset(["ledger_revision"])
        self.env.cr.execute(
            SQL(
                "UPDATE msp_contract SET ledger_revision = ledger_revision + 1 "
                "WHERE id IN (SELECT id FROM msp_contract WHERE id IN %s "
                "ORDER BY id FOR NO KEY UPDATE)",
                tuple(self.ids),
            )
        )
        self.invalidate_recordset(["ledger_revision"])

    def _compute_due(self, until, kind):
        """Return the `Due` of each contract, keyed by id; takes nothing.

        :param until: last day that is looked at
        :param kind: ``regular`` or ``differential``
        """
        histories = self._load_histories()
        claims = self.env["msp.charge"]._load_claims(self)
        waiting = self.env["msp.charge"]._held_position_ids(self)
        result = {}
        for contract in self:
            try:
                charges = settle(
                    histories[contract.id],
                    claims[contract.id],
                    until,
                    contract.currency_id.decimal_places,
                )
            except BillingError as error:
                result[contract.id] = Due([], [], str(error))
                continue
            due = Due([], [])
            for charge in charges:
                if contract._is_taken(charge, kind):
                    is_held = charge.position in waiting
                    (due.held if is_held else due.charges).append(charge)
            result[contract.id] = due
        return result

    def _is_taken(self, charge, kind):
        """Return whether a run of this kind bills `charge`."""
        if kind == "differential":
            return charge.kind == "correction"
        return charge.kind == "regular" or self.corrections_with_regular

    def _prepare_charge_vals(self, charges):
        """Return the values of the ledger's rows for `charges` of this contract."""
        self.ensure_one()
        taxes = {
            position.id: self._get_taxes(position) for position in self.position_ids
        }
        charge_model = self.env["msp.charge"]
        return [charge_model._prepare_vals(self, charge, taxes) for charge in charges]

    def _load_histories(self):
        """Return the stored `billing.History` of each contract, keyed by id.

        None for contracts without an active version. Reads with two queries.
        """
        domain = [("contract_id", "in", self.ids)]
        # sudo: content that a record rule hides would be credited
        lines = self.env["msp.contract.line"].sudo().search(domain)
        lines_by_contract = lines._to_plain()
        terms_by_contract = {}
        for terms in self.env["msp.contract.terms"].sudo().search(domain):
            terms_by_contract.setdefault(terms.contract_id.id, []).append(
                Terms(
                    terms.date_start,
                    day_after(terms.date_end),
                    terms._to_policy(terms.anchor_date),
                )
            )
        return {
            contract.id: History(
                start=contract.date_start,
                end=day_after(contract.date_end),
                lines=tuple(lines_by_contract.get(contract.id, ())),
                terms=tuple(terms_by_contract[contract.id]),
            )
            if contract.id in terms_by_contract
            else None
            for contract in self
        }
