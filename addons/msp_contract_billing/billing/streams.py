"""The streams of a contract's invoices: what is billed together again and again."""

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .charges import Charge, Claim
from .entitlement import Entitlement, entitlements
from .history import History
from .periods import Period, Policy
from .rounding import exact_sum


@dataclass(slots=True)
class Cell:
    """One natural period of a stream: what is billed for it before and after."""

    period: Period
    old: list[Charge] = field(default_factory=list)
    new: list[Charge] = field(default_factory=list)
    is_billed: bool = False

    @property
    def is_part(self) -> bool:
        whole = (self.period.natural_start, self.period.natural_end)
        return any((item.start, item.end) != whole for item in (*self.old, *self.new))

    @property
    def content(self) -> tuple:
        return _content(self.old), _content(self.new)

    @property
    def amounts(self) -> tuple[Decimal, Decimal]:
        return total(self.old), total(self.new)

    @property
    def is_changed(self) -> bool:
        (old, new), (less, more) = self.content, self.amounts
        return old != new or less != more


class Book:
    """The cells of all streams, found by position and day."""

    def __init__(self, histories: Sequence[History], horizon: date, digits: int):
        self._entitled: dict[Hashable, Entitlement] = {}
        for history in reversed(histories):
            self._entitled.update(entitlements(history, horizon, digits))
        self._cells: dict[tuple, dict[date, Cell]] = {}

    def cell_of(self, charge: Charge) -> Cell:
        period = charge.period or self._period_on(charge.position, charge.start)
        return self._cell(period or _lone(charge))

    def mark(self, claim: Claim):
        """Note which periods are billed."""
        entitled = self._entitled.get(claim.position)
        if not entitled:
            return
        for period in entitled.grid[self._index_on(entitled, claim.start) :]:
            if period.start >= claim.end:
                break
            self._cell(period).is_billed = True

    def streams(self) -> list[list[Cell]]:
        """Return the cells of each stream with something billed, by days."""
        found = (
            [cell for _start, cell in sorted(cells.items()) if cell.old or cell.new]
            for cells in self._cells.values()
        )
        return sorted(filter(None, found), key=lambda cells: _order(cells[0].period))

    def _period_on(self, position: Hashable, day: date) -> Period | None:
        entitled = self._entitled.get(position)
        if not entitled or not entitled.grid:
            return None
        return entitled.grid[self._index_on(entitled, day)]

    @staticmethod
    def _index_on(entitled: Entitlement, day: date) -> int:
        starts = [start for start, _end in entitled.areas]
        return max(bisect_right(starts, day) - 1, 0)

    def _cell(self, period: Period) -> Cell:
        cells = self._cells.setdefault(_rhythm(period), {})
        return cells.setdefault(period.start, Cell(period))


def _lone(charge: Charge) -> Period:
    """Return a period for what is claimed of a position outside of all periods."""
    start, end = charge.start, charge.end
    return Period(Policy(), start, end, start, end, anchor=start)


def _order(period: Period) -> tuple:
    """Return what streams are sorted by: what is billed oftener comes first."""
    days = period.natural_end - period.natural_start
    return days, period.start, period.policy.timing, period.policy.lead_days


def _rhythm(period: Period) -> tuple:
    """Return what periods have in common that are billed together again and again."""
    policy, anchor = period.policy, period.anchor or period.natural_start
    if months := policy.months:
        offset = (anchor.day, (anchor.year * 12 + anchor.month) % months)
        length = (months, 0)
    else:
        days = (period.natural_end - period.natural_start).days
        length, offset = (0, days), (anchor.toordinal() % days, 0)
    return length, offset, policy.timing, policy.lead_days


def _content(charges: Sequence[Charge]) -> tuple:
    """Return what is charged, whatever share of a price it makes."""
    return tuple(
        (item.position, item.kind, *(piece.content for piece in item.basis))
        for item in charges
    )


def total(charges: Iterable[Charge]) -> Decimal:
    return exact_sum(item.amount for item in charges)
