from collections import defaultdict
from dataclasses import replace
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..billing import Basis, Claim, pricing_data
from .money import day_after, day_before

#: Actions after which nothing is left to charge, or less of it.
LEAVING = ("end", "suspend", "terminate")


class MspCharge(models.Model):
    """From rows of the ledger to claims of the engine, and back."""

    _inherit = "msp.charge"

    @api.model
    def _load_claims(self, contracts, days=None):
        """Return the counting `billing.Claim` list of each contract, keyed by id.

        With what they rest on; goodwill is left out.

        :param days: see `_load_plain_claims`
        """
        claims = self._load_plain_claims(contracts, days)
        kept = [
            claim
            for of_contract in claims.values()
            for claim in of_contract
            if not claim.goodwill
        ]
        result = {contract_id: [] for contract_id in contracts.ids}
        for contract_id, claim in self._with_basis(kept):
            result[contract_id].append(claim)
        return result

    @api.model
    def _load_plain_claims(self, contracts, days=None):
        """Return the `billing.Claim` list of each contract, keyed by id.

        Those that count and goodwill, without what they rest on: the amounts are
        enough to see what is due, and a run loads those of years. One-off charges
        are no part of the difference. Read by SQL, as a claim that a record rule
        hides would be billed again.

        :param days: (first day, day after): of positions without counters only
            claims that touch these
        """
        result = {contract_id: [] for contract_id in contracts.ids}
        if not result:
            return result
        # What is pending anywhere may decide whether a charge counts.
        self.flush_model()
        touching = SQL("TRUE")
        if days:
            touching = SQL(
                "(date_end >= %s AND date_start < %s OR position_id IN ("
                "SELECT counter.position_id FROM msp_charge AS counter "
                "WHERE counter.contract_id = ANY(%s) AND counter.kind = 'counter'))",
                *days,
                list(result),
            )
        self.env.cr.execute(
            SQL(
                "SELECT contract_id, position_id, date_start, date_end + 1, "
                "amount::text, settlement, id, is_goodwill "
                "FROM msp_charge WHERE contract_id = ANY(%s) AND %s "
                "AND (counts OR (is_goodwill AND is_valid)) "
                "AND NOT EXISTS (SELECT FROM msp_one_off AS one_off "
                "WHERE one_off.position_id = msp_charge.position_id) ORDER BY id",
                list(result),
                touching,
            )
        )
        for row in self.env.cr.fetchall():
            contract_id, position, start, end, amount, settlement, key, goodwill = row
            result[contract_id].append(
                Claim(
                    position,
                    start,
                    end,
                    Decimal(amount or 0),
                    settlement,
                    key=key,
                    goodwill=bool(goodwill),
                )
            )
        return result

    @api.model
    def _with_basis(self, claims):
        """Return (contract id, the claim with what it rests on) of each claim."""
        by_key = {claim.key: claim for claim in claims}
        if not by_key:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT id, contract_id, kind, basis, version_numbers "
                "FROM msp_charge WHERE id = ANY(%s) ORDER BY id",
                list(by_key),
            )
        )
        return [
            (
                contract_id,
                replace(
                    by_key[key],
                    basis=to_basis(kind, basis),
                    versions=tuple(versions or ()),
                ),
            )
            for key, contract_id, kind, basis, versions in self.env.cr.fetchall()
        ]

    @api.model
    def _next_settlements(self, position_ids):
        """Return 1 + the highest settlement of each position, released ones too."""
        # sudo: a number that a record rule hides would be given again
        groups = self.sudo()._read_group(
            [("position_id", "in", list(position_ids))],
            ["position_id"],
            ["settlement:max"],
        )
        latest = {position.id: settlement for position, settlement in groups}
        return {key: latest.get(key, 0) + 1 for key in position_ids}

    @api.model
    def _append(self, vals_list):
        """Add rows to the ledger, each with its position's next settlement.

        :param vals_list: values without `settlement` and `sequence`
        """
        settlements = self._next_settlements(
            {vals["position_id"] for vals in vals_list}
        )
        sequences = defaultdict(int)
        for vals in vals_list:
            position = vals["position_id"]
            sequences[position] += 1
            vals["settlement"] = settlements[position]
            vals["sequence"] = sequences[position]
        return self._system_create(vals_list)

    @api.model
    def _prepare_vals(self, contract, charge, taxes_by_position):
        """Return the values of a row for the `billing.Charge` that is due."""
        claims = self.browse([claim.key for claim in charge.claims])
        vals = {
            "contract_id": contract.id,
            "position_id": charge.position,
            "kind": charge.kind,
            "date_start": charge.start,
            "date_end": day_before(charge.end),
            "quantity": float(charge.quantity),
            "price_unit": float(charge.unit_price),
            "discount": float(charge.discount),
            "factor": float(charge.factor),
            "days": charge.days[0],
            "days_of_period": charge.days[1],
            "amount": float(charge.amount),
            "basis": [_from_basis(piece) for piece in charge.basis],
            "version_numbers": self._find_version_numbers(contract, charge),
            "tax_ids": [fields.Command.set(taxes_by_position[charge.position].ids)],
            "fiscal_position_id": contract.fiscal_position_id.id,
            "name": self._explain(contract, charge, claims),
        }
        if claims:
            vals["compared_charge_ids"] = [fields.Command.set(claims.ids)]
        return vals

    @api.model
    def _find_version_numbers(self, contract, charge):
        """Return the numbers of the versions that a charge rests on, in order.

        A correction also rests on those that leave nothing to charge on its days:
        they are not among those of its content.
        """
        if charge.kind != "correction":
            return list(charge.versions)
        leaving = {
            change.version_id.number
            for change in contract.version_ids.change_ids
            if change.action in LEAVING
            and change.position_id.id in (charge.position, False)
            and change.version_id.state == "active"
            and change.version_id.date_start < charge.end
            and (day_after(change.version_id.date_end) or charge.end) > charge.start
        }
        return sorted({*charge.versions, *leaving})


def _from_basis(piece):
    """Return what a `billing.Basis` is stored as.

    :return: [first day, day after, quantity, price, discount, price scheme or
        None, keys of amounts]; the last two are left out if there are none
    """
    stored = [
        piece.start.isoformat(),
        piece.end.isoformat(),
        str(piece.quantity),
        str(piece.unit_price),
        str(piece.discount),
    ]
    if piece.pricing or piece.keys:
        scheme = piece.pricing and pricing_data.to_data(piece.pricing)
        stored += [scheme, list(piece.keys)]
    return stored


def to_basis(kind, stored):
    """Return the `billing.Basis` of each slice, None if it is not known."""
    if kind in ("counter", "opening"):
        return None
    return tuple(
        Basis(
            date.fromisoformat(start),
            date.fromisoformat(end),
            *(Decimal(number) for number in numbers),
            pricing=scheme and pricing_data.from_data(scheme),
            keys=tuple(keys),
        )
        for start, end, *numbers, scheme, keys in (
            item if len(item) > 5 else [*item, None, []] for item in stored or ()
        )
    )
