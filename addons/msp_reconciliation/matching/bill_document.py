"""Which document of a vendor is the invoice that a file lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .bill_total import normal_number

# What speaks for a document and an invoice of a file being one. A number alone is
# enough, as is a total; the month alone never is.
POINTS = {"number": 4, "name": 3, "total": 3, "month": 1}
ENOUGH = 3
# By how much the best must lead, else several are named and none is proposed.
LEAD = 2
# Shorter numbers stand in any name of a file.
SHORTEST = 4
# A provider sends its invoice until so many days after the month.
LATE_DAYS = 45


@dataclass(frozen=True, slots=True)
class Document:
    """A vendor bill that came without its file.

    :param names: of what is attached to it, such as invoice_G012345678.pdf
    :param totals: net and gross, signed as in the file; empty: none entered
    """

    number: str = ""
    names: tuple = ()
    totals: tuple = ()
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An invoice as files list it.

    :param totals: net and gross
    :param month: first day of the month that was billed
    """

    number: str
    totals: tuple = ()
    month: date | None = None


def evidence(document: Document, listed: Listed, tolerance: Decimal) -> list[str]:
    """Return what speaks for both being one: keys of `POINTS`."""
    found = []
    number = normal_number(listed.number)
    if number and number == normal_number(document.number):
        found.append("number")
    elif len(number) >= SHORTEST and any(
        number in normal_number(name) for name in document.names
    ):
        found.append("name")
    if any(
        mine and abs(mine - theirs) <= tolerance
        for mine in document.totals
        for theirs in listed.totals
    ):
        found.append("total")
    if document.day and listed.month:
        end = (listed.month + timedelta(days=31)).replace(day=1)
        if listed.month <= document.day <= end + timedelta(days=LATE_DAYS):
            found.append("month")
    return found


def points(found: Sequence[str]) -> int:
    return sum(POINTS[one] for one in found)


def best(scores: Sequence[int]) -> int | None:
    """Return the place of the only good one, None if there is none."""
    ranked = sorted(range(len(scores)), key=lambda place: -scores[place])
    if not ranked or scores[ranked[0]] < ENOUGH:
        return None
    if len(ranked) > 1 and scores[ranked[0]] - scores[ranked[1]] < LEAD:
        return None
    return ranked[0]
