from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from odoo import models

from odoo.addons.msp_contract_billing.billing import Amount, Line
from odoo.addons.msp_contract_billing.billing.dated import dated_price, is_dated
from odoo.addons.msp_contract_billing.models.money import day_after


class MspImport(models.Model):
    """Step 3 for amounts: what is known already, and what the customer pays."""

    _inherit = "msp.import"

    def _compare_amounts(self, amounts):
        """Add to each change what is known for its days, and what the customer pays."""
        positions = self.env["msp.contract.position"].union(
            *(group.position for _vals, _found, group in amounts if group.position)
        )
        histories = positions.contract_id._load_histories()
        rows = self.env["msp.provider.charge"].union(
            *(group.rows for _vals, _found, group in amounts)
        )
        replaced = self._find_replaced(rows)
        outdone = self._find_outdone(rows)
        claims = positions._find_claimed_days()
        for vals, found, group in amounts:
            if not found:
                continue
            first, end = vals["date_start"], day_after(vals["date_end"])
            lines, before = [], []
            if group.pricing:
                lines = [_line_of(group)]
            else:
                history = histories[group.position.contract_id.id]
                lines = [
                    line
                    for line in history.lines
                    if line.position == group.position.id and is_dated(line)
                ]
                before = [
                    item
                    for item in history.amounts.get(group.position.id, ())
                    if item.start < end and first < item.end
                ]
            new = [
                Amount(first, end, Decimal(0), cost * rate.value, row.id)
                for row, cost, rate in found
            ]
            gone = {replaced.get(row.row_key) for row, _cost, _rate in found} | outdone
            after = [item for item in before if item.key not in gone] + new
            is_billed = any(
                start < end and first < stop
                for start, stop in claims.get(group.position, ())
            )
            vals.update(
                usage_before=float(sum(item.amount for item in before)),
                usage_file=float(sum(item.amount for item in new)),
                usage_after=float(sum(item.amount for item in after)),
                customer_before=_price(lines, first, end, before),
                customer_after=_price(lines, first, end, after),
                is_late=is_billed,
            )

    def _find_replaced(self, rows):
        """Return {row key: engine's key of the amount that counts now}."""
        model = self.env["msp.dated.amount"]
        keys = model._find_keys(rows)
        known = model.search_fetch(
            [
                ("counts", "=", True),
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("charge_key", "in", list(keys.values())),
            ],
            ["charge_key"],
        )
        by_key = {one.charge_key: one._engine_key() for one in known}
        return {
            row.row_key: by_key[keys[row.id]] for row in rows if keys[row.id] in by_key
        }


class MspContractPosition(models.Model):
    _inherit = "msp.contract.position"

    def _find_claimed_days(self):
        """Return {position: [first day, day after) of claims that count}."""
        claims = self.env["msp.charge"].search_fetch(
            [("position_id", "in", self.ids), ("counts", "=", True)],
            ["position_id", "date_start", "date_end"],
        )
        result = defaultdict(list)
        for claim in claims:
            result[claim.position_id].append(
                (claim.date_start, day_after(claim.date_end))
            )
        return result


def _line_of(group):
    """Return the line of a position that is about to begin."""
    return Line(
        position=0,
        start=group.begin,
        end=day_after(group.contract.date_end),
        quantity=Decimal(1),
        unit_price=Decimal(0),
        pricing=group.pricing._to_plain(),
    )


def _price(lines, first, end, amounts):
    """Return what a customer pays for the days [first, end), for people."""
    total = Fraction(0)
    for line in lines:
        start = max(line.start, first)
        stop = min(line.end, end) if line.end else end
        if start < stop:
            price, _units, _taken = dated_price(line, start, stop, Fraction(1), amounts)
            total += price
    return float(total)
