from collections import defaultdict
from datetime import date, timedelta

from odoo import models

from .msp_contract_waiting import company_today


class MspContract(models.Model):
    """Which prices are not what pricelist or cost would make them."""

    _inherit = "msp.contract"

    def _find_new_prices(self):
        """Return the `NewPrice` list of the contracts and {position: note}.

        The notes say for all other positions that follow a source why nothing is to
        be proposed; False if the price is right.
        """
        positions = self.env["msp.contract.position"].search(
            [("contract_id", "in", self.ids), ("price_source", "!=", "fixed")]
        )
        candidates, notes = self._find_candidates(positions)
        lists = self._get_candidates_prices(candidates)
        found = []
        for candidate in candidates:
            position = candidate.position
            new, notes[position] = candidate.position._compare_price(candidate, lists)
            if new:
                found.append(new)
        return found, notes

    def _find_candidates(self, positions):
        """Return the `Candidate` list of positions, and notes on the others."""
        histories = positions.contract_id._load_histories()
        claimed = self._get_claimed_until(positions)
        changes = self._get_price_changes(positions)
        undecided = self._get_undecided_prices(positions)
        candidates, notes = [], {}
        for position in positions:
            contract = position.contract_id
            history = histories[contract.id]
            today = company_today(contract.company_id)
            line = history and history.line_on(position.id, today)
            found, notes[position] = None, undecided.get(position.id, False)
            if line and position.id not in undecided:
                day = today
                if contract.company_id.msp_price_from != "at_once":
                    billed = claimed.get(position.id, today)
                    day = max(today, billed, contract._get_price_term_end())
                    day += timedelta(days=1)
                found, notes[position] = position._find_candidate(
                    history, day, changes.get(position.id, ()), today
                )
            if found:
                candidates.append(found)
        return candidates, notes

    def _get_price_term_end(self):
        """Return the last day for which prices are agreed, whatever the periods."""
        self.ensure_one()
        if self.company_id.msp_price_from == "next_term" and self.term_date_end:
            return self.term_date_end
        return date.min

    def _get_claimed_until(self, positions):
        """Return the last day that invoices claim, by position id."""
        # sudo: who may propose prices need not read the ledger
        groups = (
            self.env["msp.charge"]
            .sudo()
            ._read_group(
                [
                    ("position_id", "in", positions.ids),
                    ("counts", "=", True),
                    ("kind", "!=", "one_off"),
                ],
                ["position_id"],
                ["date_end:max"],
            )
        )
        return {position.id: last for position, last in groups}

    def _get_price_changes(self, positions):
        """Return the changes to prices that are not ours to touch, by position id.

        Those that hold today or later, of versions that are not proposed by us.
        """
        found = self.env["msp.contract.change"].search(
            [
                ("position_id", "in", positions.ids),
                ("action", "=", "set"),
                "|",
                ("sets_price", "=", True),
                ("sets_pricing", "=", True),
                ("version_id.state", "in", ["draft", "active"]),
                "|",
                ("version_id.date_start", ">", "today -1d"),
                ("version_id.date_end", ">", "today -1d"),
            ]
        )
        result = defaultdict(list)
        for change in found:
            if not change.version_id._is_as_proposed():
                result[change.position_id.id].append(change)
        return result

    def _get_undecided_prices(self, positions):
        """Return sentences on special prices that go on until somebody decides."""
        # sudo: the check may know of them, whoever runs it
        found = (
            self.env["msp.limited.price"]
            .sudo()
            .search(
                [
                    ("position_id", "in", positions.ids),
                    ("side", "=", "customer"),
                    ("kind", "=", "promotion"),
                    ("afterwards", "=", "ask"),
                    ("recorded", "=", "active"),
                ]
            )
        )
        return {
            limited.position_id.id: limited.position_id._get_price_language()._(
                "%s: decide first what follows.", limited.label
            )
            for limited in found
        }

    def _get_candidates_prices(self, candidates):
        """Return what pricelists say, by (position id): one look for equal ones."""
        alike = defaultdict(list)
        for candidate in candidates:
            position = candidate.position
            if position.price_source == "pricelist":
                contract = position.contract_id
                pricelist = position.price_pricelist_id or contract.pricelist_id
                key = (
                    contract.company_id,
                    contract.currency_id,
                    pricelist,
                    candidate.day,
                    candidate.line.quantity,
                    position.product_uom_id,
                )
                alike[key].append(position)
        result = {}
        for (
            _company,
            _currency,
            pricelist,
            day,
            quantity,
            uom,
        ), group in alike.items():
            products = self.env["product.product"].union(
                *(position.product_id for position in group)
            )
            prices = group[0].contract_id._get_list_prices(
                products, day, float(quantity), uom, pricelist
            )
            result |= {
                position.id: prices[position.product_id.id] for position in group
            }
        return result
