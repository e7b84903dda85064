"""Natural periods: the grid on which a contract is billed.

All intervals are half-open: `start` is the first day, `end` the first day after.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from .errors import PolicyError

UNITS = ("day", "week", "month", "quarter", "year")
TIMINGS = ("advance", "arrears")
#: actual: days of the natural period. 30/360: every month has 30 days. actual/30:
#: actual days over 30 per month. year_share: days of the year, for prices per
#: year. none: whole periods only.
DAY_COUNTS = ("actual", "30/360", "actual/30", "year_share", "none")
INCREASES = ("at_once", "next_period", "end_of_term")
DECREASES = (*INCREASES, "never")
#: half_up, down: the price of one unit for the days charged, before it is multiplied.
#: down_twice: the amount for all days, then what the days charged cost of it.
UNIT_ROUNDINGS = ("none", "half_up", "down", "down_twice")
#: Day counts that need periods of months.
MONTHLY_DAY_COUNTS = ("30/360", "actual/30")
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Policy:
    """How often, when and by which rules a contract or position is billed.

    :param every: number of units in a period, at least 1
    :param unit: one of `UNITS`
    :param anchor: any boundary of the grid; None means the contract's first day
    :param timing: one of `TIMINGS`
    :param day_count: one of `DAY_COUNTS`
    :param lead_days: in advance, how many days before it starts a period is due
    :param increase: when more units count, one of `INCREASES`
    :param decrease: when fewer units count, one of `DECREASES`
    :param term_months: length of a term, counted from the contract's first day;
        0: the whole contract is one term
    :param unit_rounding: what is rounded before the amount is, one of
        `UNIT_ROUNDINGS`
    :param instalments: number of periods that a price pays for
    :param re_anchor: a position's change begins a new period
    :param own_start: a position's periods begin on its first day, whatever changes
        later: what is new is billed whole, what is added by its days
    :param credit_cap: a credit is at most what manual credits have left
    """

    every: int = 1
    unit: str = "month"
    anchor: date | None = None
    timing: str = "advance"
    day_count: str = "actual"
    lead_days: int = 0
    increase: str = "at_once"
    decrease: str = "at_once"
    term_months: int = 0
    unit_rounding: str = "none"
    instalments: int = 1
    re_anchor: bool = False
    own_start: bool = False
    credit_cap: bool = False

    @property
    def months(self) -> int | None:
        """Months in a period, None for periods of days or weeks."""
        months = _MONTHS.get(self.unit)
        return months and months * self.every

    @property
    def defers(self) -> bool:
        """Whether some changes wait for the end of a period or term."""
        return (self.increase, self.decrease) != ("at_once", "at_once")


@dataclass(frozen=True, slots=True)
class Period:
    """A natural period and the part of it that one policy of a contract governs.

    :param natural_start: boundary of the grid
    :param natural_end: next boundary of the grid
    :param start: first day that contract and policy cover
    :param end: first day after the days that contract and policy cover
    :param cut: whether a change of policy cut the natural period
    :param anchor: the boundary from which the grid is computed
    """

    policy: Policy
    natural_start: date
    natural_end: date
    start: date
    end: date
    cut: bool = False
    anchor: date | None = None

    @property
    def is_whole(self) -> bool:
        return self.start == self.natural_start and self.end == self.natural_end

    @property
    def due_day(self) -> date:
        """The first day on which the period is due."""
        if self.policy.timing == "advance":
            return self.start - timedelta(days=self.policy.lead_days)
        return self.end

    def is_due(self, until: date) -> bool:
        """Return whether the period is to be billed by the end of `until`."""
        if self.policy.timing == "advance":
            # Not `until` plus days: that may lie behind the last possible date.
            return (self.start - until).days <= self.policy.lead_days
        return self.end <= until


def check_policy(policy: Policy, start: date):
    """Refuse rules that contradict each other.

    Each may be right on its own day, if a position differs from its contract.

    :param start: first day on which they would hold
    :raise PolicyError: days are counted by months in periods of days or weeks
    """
    if policy.day_count in MONTHLY_DAY_COUNTS and not policy.months:
        raise PolicyError(policy.unit, policy.day_count, start)


def add_months(anchor: date, months: int) -> date:
    """Return `anchor` moved by whole months, clipped to the month's last day.

    Always move from the anchor, never from a previous result: 31 Jan + 1 month
    is 28 Feb, and 31 Jan + 2 months is 31 Mar again.
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def boundary(policy: Policy, anchor: date, n: int) -> date:
    """Return the n-th boundary of the grid through `anchor`; n may be negative."""
    if policy.months:
        return add_months(anchor, n * policy.months)
    return anchor + timedelta(days=n * policy.every * _DAYS[policy.unit])


def index_at(policy: Policy, anchor: date, day: date) -> int:
    """Return n of the natural period that holds `day`."""
    if not policy.months:
        return (day - anchor).days // (policy.every * _DAYS[policy.unit])
    months = (day.year - anchor.year) * 12 + day.month - anchor.month
    n = months // policy.months
    # `day` may lie before the boundary of its own month.
    return n if boundary(policy, anchor, n) <= day else n - 1


def natural_periods(
    policy: Policy, anchor: date, start: date, end: date
) -> Iterator[tuple[date, date]]:
    """Yield the natural periods that overlap [start, end), in order."""
    n = index_at(policy, anchor, start)
    first = boundary(policy, anchor, n)
    while first < end:
        n += 1
        after = boundary(policy, anchor, n)
        yield first, after
        first = after


def earliest(day: date | None, other: date | None) -> date | None:
    """Return the earlier of two ends; None means no end."""
    if day is None or other is None:
        return day or other
    return min(day, other)
