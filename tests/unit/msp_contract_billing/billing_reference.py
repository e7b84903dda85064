"""An independent reading of what a case owes: day by day, and slow on purpose.

It works on the JSON of a case and shares no code with `billing`.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

DAY = timedelta(days=1)


def round_half_up(value, digits):
    """Return `value` rounded, as a Fraction; halves away from zero."""
    scaled = floor(abs(value) * 10**digits + Fraction(1, 2))
    return Fraction(scaled if value >= 0 else -scaled, 10**digits)


def moved(anchor, unit, count):
    """Return `anchor` moved by `count` days, weeks, months or years."""
    if unit == "day":
        return anchor + count * DAY
    if unit == "week":
        return anchor + 7 * count * DAY
    months = count * 12 if unit == "year" else count
    year, month = anchor.year, anchor.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        elif month == 0:
            year, month = year - 1, 12
    day = anchor.day
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


class Reference:
    """What is due in a case, by looking at each day alone."""

    def __init__(self, case):
        self.digits = case["currency_digits"]
        self.until = date.fromisoformat(case["until"])
        self.end = case["end"] and date.fromisoformat(case["end"])
        self.versions = sorted(
            (
                (date.fromisoformat(version["start"]), number, version)
                for number, version in enumerate(case["versions"])
            ),
            key=lambda item: item[:2],
        )
        self.first = self.versions[0][0]
        self.policy = case["policy"]
        self.claims = [
            (
                claim["position"],
                date.fromisoformat(claim["start"]),
                date.fromisoformat(claim["end"]),
                Fraction(claim["amount"]),
            )
            for claim in case["claimed"]
        ]
        self._look_at_days()

    def _look_at_days(self):
        longest = 366
        last = max([self.until, *(end for _, _, end, _ in self.claims)])
        stop = max(last, self.first) + 2 * longest * DAY
        if self.end:
            stop = min(stop, self.end)
        self.content, self.cell_of, self.cells = {}, {}, {}
        segment, before, grid = 0, None, {}
        day = self.first
        while day < stop:
            policy, lines = self._holding(day)
            if before is not None and policy != before:
                segment += 1
            before = policy
            if policy not in grid:
                grid[policy] = self._boundaries(policy, stop)
            natural = next(pair for pair in grid[policy] if pair[0] <= day < pair[1])
            # Later days need no look at what is over.
            while grid[policy][0][1] <= day:
                grid[policy].pop(0)
            cell = (segment, policy, natural)
            self.content[day] = lines
            self.cell_of[day] = cell
            self.cells.setdefault(cell, []).append(day)
            day += DAY

    def _holding(self, day):
        """Return (policy, {position: (quantity, price, discount)}) of a day."""
        policy, lines = self.policy, {}
        for start, _number, version in self.versions:
            if start <= day:
                policy = version.get("policy", policy)
                lines = version["lines"]
        anchor = policy["anchor"]
        return (
            policy["every"],
            policy["unit"],
            date.fromisoformat(anchor) if anchor else self.first,
            policy["timing"],
            policy["day_count"],
        ), {
            line["position"]: (
                Fraction(line["quantity"]),
                Fraction(line["unit_price"]),
                Fraction(line["discount"]),
            )
            for line in lines
        }

    def _boundaries(self, policy, stop):
        every, unit, anchor, _timing, _count = policy
        n = 0
        while moved(anchor, unit, n * every) > self.first:
            n -= 1
        while moved(anchor, unit, (n + 1) * every) <= self.first:
            n += 1
        pairs = []
        while not pairs or pairs[-1][1] < stop:
            pairs.append(
                (moved(anchor, unit, n * every), moved(anchor, unit, (n + 1) * every))
            )
            n += 1
        return pairs

    def _cut(self, cell):
        """Return whether another policy governs days of the natural period."""
        first, last = self.cells[cell][0], self.cells[cell][-1]
        before, after = first - DAY, last + DAY
        return (before >= cell[2][0] and before in self.cell_of) or (
            after < cell[2][1] and after in self.cell_of
        )

    def _share(self, cell, day):
        """Return the share of the natural period's price for one day."""
        (every, unit, anchor, _timing, count), (start, end) = cell[1:]
        if count != "30/360":
            return Fraction(1, (end - start).days)
        months = every * (12 if unit == "year" else 1)
        last_of_month = (day + DAY).day == 1
        # 30E/360: the 31st takes the place of the 30th, February is filled up.
        if last_of_month:
            weight = max(31 - day.day, 1)
        else:
            weight = 0 if day.day == 30 else 1
        # A boundary moved to a short month's end stands for the anchor's day.
        full = min(anchor.day, 30)
        if day + DAY == end and end.day < full:
            weight += full - end.day
        if day == start and start.day < full:
            weight -= full - start.day
        return Fraction(weight, 30 * months)

    def slices(self, position, cell):
        """Return [start, end, (quantity, price, discount), exact amount] by day."""
        days = self.cells[cell]
        if cell[1][4] == "none":
            content = self.content[days[0]].get(position)
            if content is None:
                return []
            share = sum(self._share(cell, day) for day in days)
            amount = _price(content) * (share if self._cut(cell) else 1)
            return [[days[0], days[-1] + DAY, content, amount]]
        result = []
        for day in days:
            content = self.content[day].get(position)
            if content is None:
                continue
            amount = _price(content) * self._share(cell, day)
            if result and result[-1][1] == day and result[-1][2] == content:
                result[-1][1] = day + DAY
                result[-1][3] += amount
            else:
                result.append([day, day + DAY, content, amount])
        return result

    def positions(self):
        supplied = {name for lines in self.content.values() for name in lines}
        return sorted(supplied | {claim[0] for claim in self.claims})

    def _is_due(self, cell):
        days = self.cells[cell]
        if cell[1][3] == "advance":
            return days[0] <= self.until
        return days[-1] + DAY <= self.until

    def _touched(self, day):
        """Return what a claim of `day` belongs to: a natural period, or nothing."""
        if day in self.cell_of:
            return self.cell_of[day]
        if self.cells:
            first, *_, last = [*self.cells, *self.cells]
            if day < self.first and first[2][0] <= day:
                return first
            if day >= self.first and day < last[2][1]:
                return last
        return day

    def groups(self, position):
        """Return [(periods, claims)] that are compared together."""
        groups = [([cell], []) for cell in self.cells]
        for claim in self.claims:
            if claim[0] != position:
                continue
            days = [claim[1] + n * DAY for n in range((claim[2] - claim[1]).days)]
            touched = {self._touched(day) for day in days}
            joined = ([], [claim])
            rest = []
            for cells, claims in groups:
                mine = set(cells) | {
                    other[1] + n * DAY
                    for other in claims
                    for n in range((other[2] - other[1]).days)
                }
                if touched & mine:
                    joined = (cells + joined[0], claims + joined[1])
                else:
                    rest.append((cells, claims))
            groups = [*rest, joined]
        return groups

    def due(self):
        """Return {(position, start, end): (kind, amount, slices)}."""
        result = {}
        for position in self.positions():
            for cells, claims in self.groups(position):
                slices = [
                    piece for cell in cells for piece in self.slices(position, cell)
                ]
                exact = sum((piece[3] for piece in slices), Fraction(0))
                amount = round_half_up(exact, self.digits)
                days = [day for cell in cells for day in self.cells[cell]]
                days += [day for claim in claims for day in (claim[1], claim[2] - DAY)]
                key = (position, min(days), max(days) + DAY)
                if claims:
                    amount -= sum(claim[3] for claim in claims)
                    if amount:
                        result[key] = ("correction", amount, None)
                elif slices and self._is_due(cells[0]):
                    result[key] = ("regular", amount, slices)
        return result


def _price(content):
    quantity, price, discount = content
    return quantity * price * (100 - discount) / 100


def assert_as_reference(case, output):
    """Compare the charges of `output` with the reference, in every field."""
    unit = Fraction(1, 10 ** case["currency_digits"])
    left = list(output["charges"])
    assert left == sorted(left, key=lambda item: (item["position"], item["start"]))
    for (position, start, end), expected in Reference(case).due().items():
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
        for charge, piece in zip(mine, slices, strict=True):
            assert (charge["start"], charge["end"]) == (str(piece[0]), str(piece[1]))
            assert Fraction(charge["quantity"]) == piece[2][0]
            assert Fraction(charge["unit_price"]) == piece[2][1]
            assert abs(Fraction(charge["amount"]) - piece[3]) < unit
            if price := _price(piece[2]):
                factor = Fraction(charge["factor"])
                assert abs(factor - piece[3] / price) <= Fraction(1, 10**12)
    assert not left, left
    total = sum((Fraction(item["amount"]) for item in output["charges"]), Fraction(0))
    assert Fraction(output["total"]) == total
