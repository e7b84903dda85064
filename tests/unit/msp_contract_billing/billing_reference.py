"""An independent reading of what a case owes: day by day, and slow on purpose.

It works on the JSON of a case and shares no code with `billing`.
"""

from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from billing_reference_days import DAY, Calendar, moved
from billing_reference_prices import (
    Content,
    cut,
    largest_remainder,
    outside,
    price_of,
    round_half_up,
)

__all__ = ["DAY", "Reference", "assert_as_reference", "moved", "round_half_up"]


class Slice(NamedTuple):
    """Days of a cell at one content.

    :param printed: (quantity, unit price), of an amount (units, average)
    :param keys: of the dated amounts that it bills, None if priced otherwise
    """

    start: date
    end: date
    content: Content
    share: Fraction
    factor: Fraction
    amount: Fraction
    printed: tuple
    keys: tuple | None = None


class Reference(Calendar):
    """What is due in a case, by looking at each day alone."""

    def slices(self, position, cell):
        """Return the `Slice` list of a cell, by day."""
        sheet = self.sheet(position)
        runs = []
        for day in cell.days:
            content = sheet.charged.get(day)
            if content is None:
                continue
            last = runs[-1] if runs else None
            if last and last[1] == content and last[0][-1] + DAY == day:
                last[0].append(day)
            else:
                runs.append(([day], content))
        dated = [run for run in runs if run[1].is_dated]
        priced = [run for run in runs if not run[1].is_dated]
        if cell.policy["day_count"] == "none":
            first = sheet.charged.get(cell.days[0])
            priced = [(cell.days, first)] if first and not first.is_dated else []
        found = self._priced(cell, priced) + self._dated(position, cell, dated)
        return sorted(found, key=lambda piece: piece.start)

    def _shares(self, cell, runs):
        """Return the share of a whole period of each run of days."""
        supplied = sum(len(days) for days, _content in runs)
        if cell.policy["day_count"] == "none" and not cell.cut:
            return [Fraction(len(days), supplied) for days, _content in runs]
        return [
            sum((cell.weight(day, supplied) for day in days), Fraction(0))
            for days, _content in runs
        ]

    def _priced(self, cell, runs):
        policy, whole = cell.policy, []
        for (days, agreed), share in zip(runs, self._shares(cell, runs), strict=True):
            content, count = self._per_period(agreed, policy)
            price = content.price
            if count > 1:
                part = self._instalment(price_of(content, price).amount, cell, count)
                whole.append((days, content, price, share, part * share, count))
            elif content.is_plain and policy["unit_rounding"] != "none":
                amount = self._rounded_first(content, share, policy)
                whole.append((days, content, price, share, amount, 1))
            else:
                amount = price_of(content, price, limited=False).amount * share
                whole.append((days, content, price, share, amount, 1))
        sums = {}
        for _days, content, _price, share, amount, count in whole:
            if count == 1:
                before = sums.get(content[-2:], (0, 0))
                sums[content[-2:]] = (before[0] + amount, before[1] + share)
        found = []
        for days, content, price, share, amount, count in whole:
            extra, limited = Fraction(0), count > 1
            if not limited and sums[content[-2:]][1]:
                total, of = sums[content[-2:]]
                extra = outside(total, of, content) / of
            shown = price_of(content, price, limited, extra)
            found.append(
                Slice(
                    days[0],
                    days[-1] + DAY,
                    content,
                    share,
                    share / count,
                    amount + extra * share,
                    (shown.quantity, shown.unit_price),
                )
            )
        return found

    def _per_period(self, content, policy):
        """Return (content at the prices of a period, periods that these pay for)."""
        if policy["day_count"] == "year_share":
            return content.times(Fraction(12, content.months or 12)), 1
        if not content.months:
            return content, policy["instalments"]
        months = {"month": 1, "quarter": 3, "year": 12}[policy["unit"]]
        months *= policy["every"]
        if content.months <= months:
            return content.times(Fraction(months, content.months)), 1
        return content, content.months // months

    def _instalment(self, whole, cell, count):
        number = cell.number % count
        by_end = round_half_up(whole * Fraction(number + 1, count), self.digits)
        return by_end - round_half_up(whole * Fraction(number, count), self.digits)

    def _rounded_first(self, content, share, policy):
        unit = content.price * (100 - content.discount) / 100
        rule = policy["unit_rounding"]
        if rule == "half_up":
            return content.quantity * round_half_up(unit * share, self.digits)
        if rule == "down":
            return content.quantity * cut(unit * share, self.digits)
        return cut(cut(unit * content.quantity, self.digits) * share, self.digits)

    def _dated(self, position, cell, runs):
        found = []
        for (days, content), share in zip(runs, self._shares(cell, runs), strict=True):
            units = total = Fraction(0)
            keys = []
            for key, item in self.amounts.get(position, {}).items():
                common = [day for day in days if item.start <= day < item.end]
                if common:
                    part = Fraction(len(common), (item.end - item.start).days)
                    units += item.quantity * part
                    total += item.amount * part
                    keys.append(key)
            if content.included and units > 0:
                charged = max(units - content.included * share, 0)
                total, units = total * charged / units, charged
            total *= (100 + content.markup) / 100 * (100 - content.discount) / 100
            total -= min(content.discount_amount * share, max(total, 0))
            found.append([days, content, share, total, units, tuple(keys)])
        sums = {}
        for _days, content, share, total, _units, _keys in found:
            before = sums.get(content[-2:], (0, 0))
            sums[content[-2:]] = (before[0] + total, before[1] + share)
        result = []
        for days, content, share, total, units, keys in found:
            whole, of = sums[content[-2:]]
            if of:
                total += outside(whole, of, content) * share / of
            units = round_half_up(units, 6) or Fraction(1)
            printed = (units, round_half_up(total / units, 6))
            span = (days[0], days[-1] + DAY)
            result.append(
                Slice(*span, content, share, Fraction(1), total, printed, keys)
            )
        return result

    def is_due(self, cell):
        if cell.policy["timing"] == "advance":
            return cell.days[0] <= self.until + cell.policy["lead_days"] * DAY
        return cell.days[-1] + DAY <= self.until

    # What is compared with what

    def touched(self, position, day):
        """Return what a claim of `day` belongs to: a cell, or the day alone."""
        sheet = self.sheet(position)
        if day in sheet.cell_of:
            return sheet.cell_of[day]
        if sheet.cells:
            first, last = sheet.cells[0], sheet.cells[-1]
            if day < self.first and first.start <= day:
                return first
            if day >= self.first and day < last.end:
                return last
        return day

    def groups(self, position):
        """Return [(cells, claims)] that are compared together."""
        groups = [([cell], [], {cell}) for cell in self.sheet(position).cells]
        for claim in self.claims:
            if claim.position != position or claim.is_goodwill:
                continue
            mine = {self.touched(position, day) for day in claim.days}
            mine.update(claim.days)
            cells, claims, joined, rest = [], [claim], set(mine), []
            for group in groups:
                if group[2] & mine:
                    cells, claims = group[0] + cells, group[1] + claims
                    joined |= group[2]
                else:
                    rest.append(group)
            groups = [*rest, (cells, claims, joined)]
        return [(cells, claims) for cells, claims, _days in groups]

    def _capped(self, position, amount, cells, claims):
        """Return a credit that goodwill leaves open."""
        policy = cells[-1].policy if cells else self.rules_on(position, claims)
        if not policy["credit_cap"]:
            return amount
        mine = {*cells, *(day for claim in claims for day in claim.days)}
        given = Fraction(0)
        any_goodwill = False
        for claim in self.claims:
            if claim.position == position and claim.is_goodwill:
                any_goodwill = True
                inside = [
                    day
                    for day in claim.days
                    if day in mine or self.touched(position, day) in mine
                ]
                given += claim.amount * Fraction(len(inside), len(claim.days))
        if not any_goodwill:
            return amount
        claimed = sum(claim.amount for claim in claims)
        return max(amount, -max(round_half_up(claimed + given, self.digits), 0))

    def due(self):
        """Return {(position, start, end): (kind, amount, slices)}."""
        result = {}
        for position in self.positions:
            regular = []
            for cells, claims in self.groups(position):
                cells = sorted(cells, key=lambda cell: cell.days[0])
                slices = [
                    piece for cell in cells for piece in self.slices(position, cell)
                ]
                exact = sum((piece.amount for piece in slices), Fraction(0))
                amount = round_half_up(exact, self.digits)
                days = [day for cell in cells for day in cell.days]
                days += [day for claim in claims for day in claim.days]
                key = (position, min(days), max(days) + DAY)
                if claims:
                    amount -= sum(claim.amount for claim in claims)
                    if amount < 0:
                        amount = self._capped(position, amount, cells, claims)
                    if amount:
                        result[key] = ("correction", amount, None)
                elif slices and self.is_due(cells[0]):
                    regular.append((key, ("regular", amount, slices)))
            regular.sort(key=lambda item: item[0][1])
            most = self.catch_up or len(regular)
            result.update(regular[:most])
            if regular[most:]:
                self.put_off[position] = len(regular) - most
        return result

    @cached_property
    def put_off(self):
        return {}

    def warnings(self):
        """Return what must be said; to be asked after `due`."""
        found = [
            f"{position}: the amount {key} from {item.start} until before {item.end} "
            "lies on days that no line bills."
            for position, amounts in self.amounts.items()
            for key, item in amounts.items()
            if not self._is_placed(position, item)
        ]
        found += [
            f"{position}: {count} more periods are due; {self.catch_up} at a time are "
            "billed."
            for position, count in self.put_off.items()
        ]
        return found

    def _is_placed(self, position, item):
        length = (item.end - item.start).days
        days = [item.start + n * DAY for n in range(length)]
        contents = [self.content_on(position, day) for day in days]
        return all(content and content.is_dated for content in contents)


def assert_as_reference(case, output):
    """Compare the charges of `output` with the reference, in every field."""
    left = list(output["charges"])
    assert left == sorted(left, key=lambda item: (item["position"], item["start"]))
    reference = Reference(case)
    for (position, start, end), expected in reference.due().items():
        kind, amount, slices = expected
        mine = [
            charge
            for charge in left
            if charge["position"] == position
            and charge["kind"] == kind
            and start <= date.fromisoformat(charge["start"])
            and date.fromisoformat(charge["end"]) <= end
        ]
        left = [charge for charge in left if charge not in mine]
        assert sum(Fraction(charge["amount"]) for charge in mine) == amount, (
            position,
            start,
            end,
            expected,
        )
        if kind == "correction":
            [charge] = mine
            assert (charge["start"], charge["end"]) == (str(start), str(end))
            assert charge["factor"] == "1"
            assert Fraction(charge["quantity"]) == (1 if amount > 0 else -1)
            assert Fraction(charge["unit_price"]) == abs(amount)
            continue
        amounts = largest_remainder(
            [piece.amount for piece in slices], reference.digits
        )
        for charge, piece, rounded in zip(mine, slices, amounts, strict=True):
            assert (charge["start"], charge["end"]) == (
                str(piece.start),
                str(piece.end),
            )
            assert Fraction(charge["amount"]) == rounded
            printed = (Fraction(charge["quantity"]), Fraction(charge["unit_price"]))
            assert printed == piece.printed
            assert abs(Fraction(charge["factor"]) - piece.factor) <= Fraction(1, 10**12)
            if piece.keys:
                assert charge["reason"].startswith(f"{len(piece.keys)} amount")
    assert not left, left
    total = sum((Fraction(item["amount"]) for item in output["charges"]), Fraction(0))
    assert Fraction(output["total"]) == total
    assert sorted(output.get("warnings", [])) == sorted(reference.warnings())
