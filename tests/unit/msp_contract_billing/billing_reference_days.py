"""What holds on each day of a case: content, policy and natural period."""

from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from billing_reference_prices import Content, content_of, price_of

DAY = timedelta(days=1)
POLICY = {
    "every": 1,
    "unit": "month",
    "anchor": None,
    "timing": "advance",
    "day_count": "actual",
    "lead_days": 0,
    "increase": "at_once",
    "decrease": "at_once",
    "term_months": 0,
    "unit_rounding": "none",
    "instalments": 1,
    "re_anchor": False,
    "own_start": False,
    "credit_cap": False,
}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def moved(anchor, unit, count):
    """Return `anchor` moved by `count` days, weeks, months, quarters or years."""
    if unit == "day":
        return anchor + count * DAY
    if unit == "week":
        return anchor + 7 * count * DAY
    months = count * MONTHS[unit]
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


def parse(text):
    return text and date.fromisoformat(text)


class Claim(NamedTuple):
    position: str
    start: date
    end: date
    amount: Fraction
    is_goodwill: bool

    @property
    def days(self):
        return [self.start + n * DAY for n in range((self.end - self.start).days)]


class Amount(NamedTuple):
    start: date
    end: date
    quantity: Fraction
    amount: Fraction


class Cell:
    """The days of a natural period that one policy governs.

    :param number: of the natural period, counted from the anchor
    """

    def __init__(self, policy, anchor, number):
        self.policy, self.anchor, self.number = policy, anchor, number
        every, unit = policy["every"], policy["unit"]
        self.start = moved(anchor, unit, number * every)
        self.end = moved(anchor, unit, (number + 1) * every)
        self.days, self.cut = [], False

    def weight(self, day, supplied):
        """Return the share of the price for one day, `supplied` days in all."""
        count, natural = self.policy["day_count"], (self.end - self.start).days
        if count == "year_share":
            return Fraction(1, self._days_of_year(day))
        if count == "actual/30":
            if supplied == natural:
                return Fraction(1, natural)
            return Fraction(1, max(supplied, 30 * self._months()))
        if count == "30/360":
            return Fraction(self._weight_360(day), 30 * self._months())
        return Fraction(1, natural)

    def _months(self):
        return self.policy["every"] * MONTHS[self.policy["unit"]]

    def _days_of_year(self, day):
        years = 0
        while moved(self.anchor, "year", years) > day:
            years -= 1
        while moved(self.anchor, "year", years + 1) <= day:
            years += 1
        first = moved(self.anchor, "year", years)
        return (moved(self.anchor, "year", years + 1) - first).days

    def _weight_360(self, day):
        if (day + DAY).day == 1:
            # 30E/360: the 31st takes the place of the 30th, February is filled up.
            weight = max(31 - day.day, 1)
        else:
            weight = 0 if day.day == 30 else 1
        # A boundary moved to a short month's end stands for the anchor's day.
        full = min(self.anchor.day, 30)
        if day + DAY == self.end and self.end.day < full:
            weight += full - self.end.day
        if day == self.start and self.start.day < full:
            weight -= full - self.start.day
        return weight


class Sheet:
    """One position, day by day.

    :param content: what the contract contains
    :param charged: what counts
    """

    def __init__(self):
        self.content, self.charged, self.cell_of, self.cells = {}, {}, {}, []


class Calendar:
    """A case, read day by day."""

    def __init__(self, case):
        self.digits = case.get("currency_digits", 2)
        self.until = parse(case["until"])
        self.end = parse(case.get("end"))
        self.catch_up = case.get("catch_up")
        dated = sorted(
            (
                (parse(version["start"]), number, version)
                for number, version in enumerate(case["versions"])
            ),
            key=lambda item: item[:2],
        )
        self.first = dated[0][0]
        policy = {**POLICY, **case.get("policy", {})}
        #: {first day: (policy, lines)}; of two versions
        #: of one day the later one counts, but a policy goes on.
        self.versions = {}
        lines = {}
        for start, _number, version in dated:
            if "policy" in version:
                policy = {**POLICY, **version["policy"]}
            self.versions[start] = (policy, version["lines"])
            lines[start] = version["lines"]
        self.amounts = {}
        for of_version in lines.values():
            for line in of_version:
                self._add_amounts(line)
        self.contents = {
            start: {line["position"]: content_of(line) for line in of_version}
            for start, of_version in lines.items()
        }
        self.claims = [
            Claim(
                claim["position"],
                parse(claim["start"]),
                parse(claim["end"]),
                Fraction(claim["amount"]),
                claim.get("kind") == "goodwill",
            )
            for claim in case.get("claimed", ())
        ]
        ends = [claim.end for claim in self.claims]
        # Drawn cases bill at most 80 days ahead, in periods of a year at most.
        last = max([self.until + 81 * DAY, self.first, *ends])
        self.stop = last + 366 * DAY
        if self.end:
            self.stop = min(self.stop, self.end)
        self._sheets = {}

    def _add_amounts(self, line):
        found = self.amounts.setdefault(line["position"], {})
        for number, item in enumerate(line.get("amounts", ()), 1):
            start = parse(item["start"])
            found[item.get("key", f"#{number}")] = Amount(
                start,
                parse(item.get("end")) or start + DAY,
                Fraction(item.get("quantity", "0")),
                Fraction(item["amount"]),
            )

    @property
    def positions(self):
        supplied = {
            position
            for start, contents in self.contents.items()
            if self.end is None or start < self.end
            for position in contents
        }
        claimed = {claim.position for claim in self.claims if not claim.is_goodwill}
        return sorted(supplied | claimed)

    def _version_on(self, day):
        return max(start for start in self.versions if start <= day)

    def content_on(self, position, day):
        if day < self.first or (self.end and day >= self.end):
            return None
        return self.contents[self._version_on(day)].get(position)

    def sheet(self, position):
        if position not in self._sheets:
            self._sheets[position] = self._look_at_days(position)
        return self._sheets[position]

    def _rules(self, position):
        """Return {first day of a version: policy} of a position.

        Days without a line keep the own rules of those before, days before any
        have the first ones.
        """
        own = {}
        for start, (policy, lines) in self.versions.items():
            if self.end is None or start < self.end:
                for line in lines:
                    if line["position"] == position:
                        own[start] = _own_rules(policy, line.get("policy", {}))
        held = next(iter(own.values()), {})
        result = {}
        for start, (policy, _lines) in self.versions.items():
            held = own.get(start, held)
            mine = {**in_instalments(policy), **held}
            mine["anchor"] = parse(str(mine["anchor"] or self.first))
            result[start] = mine
        return result

    def rules_on(self, position, claims):
        """Return the policy for claims outside of all natural periods."""
        rules = self._rules(position)
        first = min(claim.start for claim in claims)
        known = [one for one in rules if self.end is None or one < self.end]
        before = [one for one in known if one <= first]
        return rules[max(before) if before else self.first]

    def _look_at_days(self, position):
        sheet, rules = Sheet(), self._rules(position)
        policy = anchor = before = cell = begun = changed = None
        day = self.first
        while day < self.stop:
            version = self._version_on(day)
            content = self.contents[version].get(position)
            mine = rules[version]
            if mine != policy:
                policy, changed, cell = mine, None, None
            whole = content and content._replace(share=Fraction(100))
            is_change = content is not None and whole != before
            if policy["re_anchor"] and is_change and day > self.first:
                changed, cell = day, None
            if content and not before:
                begun = day
            before = whole
            own = [changed, begun if policy["own_start"] else None]
            last = max(filter(None, own), default=policy["anchor"])
            if last != anchor:
                anchor, cell = last, None
            if cell is None or day >= cell.end:
                cell = self._cell(policy, anchor, day, cell)
                sheet.cells.append(cell)
            cell.days.append(day)
            sheet.cell_of[day] = cell
            if content:
                sheet.content[day] = content
            day += DAY
        for cell in sheet.cells:
            before, after = cell.days[0] - DAY, cell.days[-1] + DAY
            cell.cut = (before >= cell.start and before in sheet.cell_of) or (
                after < cell.end and after in sheet.cell_of
            )
        self._count(sheet)
        return sheet

    @staticmethod
    def _cell(policy, anchor, day, last):
        number = last.number if last and last.anchor == anchor else 0
        while moved(anchor, policy["unit"], number * policy["every"]) > day:
            number -= 1
        while moved(anchor, policy["unit"], (number + 1) * policy["every"]) <= day:
            number += 1
        return Cell(policy, anchor, number)

    def _count(self, sheet):
        """Find what counts on each day, where changes wait."""
        counts = None
        for day, cell in sheet.cell_of.items():
            wanted, policy = sheet.content.get(day), cell.policy
            is_boundary = day == cell.days[0]
            waits = {"at_once": False, "never": False, "next_period": not is_boundary}
            waits["end_of_term"] = not self._is_term(day, policy["term_months"])
            counts = self._counting(counts, wanted, policy, waits)
            if counts and wanted:
                # To be suspended waits for nothing.
                counts = counts._replace(share=wanted.share)
            if counts and counts.is_billed:
                sheet.charged[day] = counts.reduced()

    def _counting(self, counts, wanted, policy, waits):
        if wanted and wanted.is_dated:
            return wanted
        if counts and counts.is_dated:
            counts = None
        old = counts.quantity if counts else 0
        new = wanted.quantity if wanted else 0
        found = wanted
        if (new > old and waits[policy["increase"]]) or (
            new < old and waits[policy["decrease"]]
        ):
            # The units wait, what one of them costs does not.
            both = counts and wanted
            found = wanted._replace(quantity=old) if both else counts
        is_mark = policy["decrease"] == "never" and waits["next_period"]
        if is_mark and self._whole(found, policy) < self._whole(counts, policy):
            # A high-water mark: within a period nothing becomes cheaper.
            return counts
        return found

    def _whole(self, content: Content | None, policy):
        if content is None:
            return 0
        whole, count = self._per_period(content, policy)
        return price_of(whole, whole.price).amount / count

    def _is_term(self, day, months):
        terms = 0
        while months and moved(self.first, "month", terms * months) < day:
            terms += 1
        return moved(self.first, "month", terms * months) == day


def _own_rules(policy, stated):
    """Return the fields that a line states; a rhythm is stated as a whole."""
    names = set(stated)
    if names & {"every", "unit", "instalments"}:
        names |= {"every", "unit", "instalments"}
    mine = in_instalments({**policy, **stated})
    return {name: mine[name] for name in names}


def in_instalments(policy):
    """Return the policy whose periods are the instalments, where these fit."""
    count = policy["instalments"]
    months = MONTHS.get(policy["unit"], 0) * policy["every"]
    if count == 1 or not months or months % count:
        return policy
    return {**policy, "every": months // count, "unit": "month"}
