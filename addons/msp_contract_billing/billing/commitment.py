"""Terms of a contract: how long it is agreed for, and when it can be ended.

All intervals are half-open: an `end` is the first day after the contract or term.
Nothing ends by itself but a term that was agreed to end: what has not been given
notice of in time goes on.

Days are counted as German law does (BGB sections 187 (1) and 188 (2) and (3)): the
day on which notice arrives is not counted, a period of weeks or months ends with
the day of the same name or number, or with the last day of a month that has no
such day. Notice of 3 months for the end of 31 December arrives by 30 September.
Weekends move nothing, as BGB section 193 does not hold for notice (BGH, 17 February
2005, III ZR 172/04).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from .periods import add_months

_DAYS = {"day": 1, "week": 7}
_DAY = timedelta(days=1)


class Term(NamedTuple):
    """Days for which a contract is agreed; `end` is None without a fixed term."""

    start: date
    end: date | None


@dataclass(frozen=True, slots=True)
class Commitment:
    """For how long a contract is agreed, and how notice is given.

    :param term_months: length of the first term; 0: it has no term
    :param minimum_months: from the day on from which terms are counted; no end
        before that is regular
    :param renewal: what follows a term nobody gave notice of: ``extend``, another
        term; ``open``, it goes on without a term; ``end``, it ends
    :param extension_months: length of the terms that follow; 0: as the first one
    :param notice_count: how long before the end notice has to arrive, in
        `notice_unit` (``day``, ``week`` or ``month``); 0: by the last day
    :param notice_to: where no term runs, to which ends notice can be given: the end
        of a ``month`` or ``any`` day; within a term it is its end. ``term`` stands
        for ``any`` there
    """

    term_months: int = 0
    minimum_months: int = 0
    renewal: str = "extend"
    extension_months: int = 0
    notice_count: int = 0
    notice_unit: str = "month"
    notice_to: str = "term"

    def notice_end(self, notice_day: date) -> date:
        """Return the first day after the notice period that begins on a day."""
        if self.notice_unit == "month":
            return add_months(notice_day, self.notice_count) + _DAY
        return notice_day + self._notice_days + _DAY

    def last_notice_day(self, end: date) -> date:
        """Return the last day on which notice for an end still arrives in time."""
        if self.notice_unit != "month":
            return end - self._notice_days - _DAY
        day = add_months(end, -self.notice_count)
        # In a month too short for it, the same number is reached from its last day.
        return day if self.notice_end(day) <= end else day - _DAY

    @property
    def _notice_days(self) -> timedelta:
        return self.notice_count * _DAYS[self.notice_unit] * _DAY


@dataclass(frozen=True, slots=True)
class Course:
    """The terms of a contract one after the other, by one commitment.

    Ends of terms are counted from `origin` in whole months, never from a previous
    end, so those from the 31st on come back to the 31st after each short month.

    :param origin: the day from which terms are counted
    :param begun: months from the origin to the first term by this commitment
    :param first_months: length of that term, None for the commitment's
    """

    commitment: Commitment
    origin: date
    begun: int = 0
    first_months: int | None = None

    def changed(self, commitment: Commitment, day: date) -> "Course":
        """Return the course by another commitment that holds from `day` on.

        A term of another length begins on that day, and so does one where none runs.
        Otherwise the running one goes on to its end, and what is new counts for
        notice and for what follows.
        """
        term = self.term_on(day)
        is_other = commitment.term_months != self.commitment.term_months
        if is_other or not term:
            return Course(commitment, day)
        if term.end is None:
            if commitment.term_months and commitment.renewal != "open":
                return Course(commitment, day)
            return Course(commitment, self.origin, self.begun, self.first_months)
        number = self._number_on(day)
        start, end = self._months_until(number), self._months_until(number + 1)
        return Course(commitment, self.origin, start, end - start)

    def term_on(self, day: date) -> Term | None:
        """Return the term that holds `day`, None where the contract has ended.

        Before the first one it is the first one.
        """
        agreed = self.commitment
        first_end = self._fixed_end
        if first_end is None:
            return Term(self.origin, None)
        if day < first_end or agreed.renewal == "extend":
            number = self._number_on(day)
            return Term(self._boundary(number), self._boundary(number + 1))
        return Term(first_end, None) if agreed.renewal == "open" else None

    def renewal_day(self, day: date) -> date | None:
        """Return the first day of the term after that of `day`, None if none is."""
        term = self.term_on(day)
        extends = self.commitment.renewal == "extend"
        return term.end if term and extends else None

    def earliest_end(self, notice_day: date) -> date:
        """Return the first regular end that notice on a day still reaches."""
        agreed, fixed_end = self.commitment, self._fixed_end
        if fixed_end and agreed.renewal == "end":
            return fixed_end
        floor = max(self._minimum_end, agreed.notice_end(notice_day))
        if fixed_end and (floor <= fixed_end or agreed.renewal == "extend"):
            # The term that holds the last day before the floor ends on it or after.
            return self._boundary(self._number_on(floor - _DAY) + 1)
        if agreed.notice_to == "month" and floor.day > 1:
            return add_months(floor.replace(day=1), 1)
        return floor

    def next_notice_day(self, day: date) -> date | None:
        """Return by when notice has to arrive next, None where no term runs out.

        It may lie before the first day, but not before `day`.
        """
        agreed, fixed_end = self.commitment, self._fixed_end
        if not fixed_end or agreed.renewal == "end":
            return None
        end = self.earliest_end(day)
        is_over = agreed.renewal == "open" and end > fixed_end
        return None if is_over else agreed.last_notice_day(end)

    def is_regular_end(self, end: date, notice_day: date) -> bool:
        """Return whether notice on a day ends the contract on an agreed day."""
        agreed, fixed_end = self.commitment, self._fixed_end
        if fixed_end and agreed.renewal == "end":
            return end == fixed_end
        if end < max(self._minimum_end, agreed.notice_end(notice_day)):
            return False
        if fixed_end and (end <= fixed_end or agreed.renewal == "extend"):
            return end == self._boundary(self._number_on(end - _DAY) + 1)
        return agreed.notice_to != "month" or end.day == 1

    @property
    def _minimum_end(self) -> date:
        minimum = add_months(self.origin, self.commitment.minimum_months)
        return max(minimum, self.origin + _DAY)

    @property
    def _fixed_end(self) -> date | None:
        """First day after the first term, None without one."""
        return self._boundary(1) if self.commitment.term_months else None

    def _months_until(self, number: int) -> int:
        """Return the months from the origin to the term of a number, from 0 on."""
        agreed = self.commitment
        if not number:
            return self.begun
        length = self.first_months or agreed.term_months
        extension = agreed.extension_months or agreed.term_months
        return self.begun + length + (number - 1) * extension

    def _boundary(self, number: int) -> date:
        return add_months(self.origin, self._months_until(number))

    def _number_on(self, day: date) -> int:
        """Return the number of the term that holds a day, the first if before it."""
        if day < self._boundary(1):
            return 0
        agreed = self.commitment
        extension = agreed.extension_months or agreed.term_months
        months = (day.year - self.origin.year) * 12 + day.month - self.origin.month
        number = (months - self._months_until(1)) // extension + 1
        # The day may lie before the boundary of its own month.
        return number if self._boundary(number) <= day else number - 1
