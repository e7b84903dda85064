"""The first day of the next period of a position, in its own rhythm."""

from datetime import date
from decimal import Decimal

import pytest
from billing import Change, Policy, Version, fold
from billing.grids import next_start

BEGIN = date(2026, 1, 15)


def history(overrides=(), end=None, **policy):
    changes = (
        Change("terms", policy=Policy(**policy)),
        Change(
            "begin",
            "seats",
            quantity=Decimal(1),
            unit_price=Decimal(1),
            overrides=overrides,
        ),
    )
    versions = [Version(1, BEGIN, changes)]
    if end:
        versions.append(Version(2, end, (Change("terminate"),)))
    return fold(versions)


@pytest.mark.parametrize(
    ("given", "day", "expected"),
    [
        (history(), date(2026, 3, 1), date(2026, 3, 15)),
        (history(), date(2026, 3, 15), date(2026, 3, 15)),
        (history(), date(2026, 3, 16), date(2026, 4, 15)),
        (history(anchor=date(2026, 1, 1)), date(2026, 3, 2), date(2026, 4, 1)),
        (
            history(unit="quarter", anchor=date(2026, 1, 1)),
            date(2026, 3, 2),
            date(2026, 4, 1),
        ),
        (
            history((("every", 1), ("unit", "year"))),
            date(2026, 3, 2),
            date(2027, 1, 15),
        ),
        (history(unit="week"), date(2026, 1, 16), date(2026, 1, 22)),
        # Before the contract begins its first period is the next.
        (history(), date(2025, 12, 1), BEGIN),
        (history(end=date(2026, 3, 10)), date(2026, 2, 16), None),
        (history(end=date(2026, 3, 10)), date(2026, 4, 1), None),
        (history(end=date(2026, 3, 16)), date(2026, 2, 16), date(2026, 3, 15)),
    ],
)
def test_next_start(given, day, expected):
    found = next_start(given, "seats", day)
    assert (found and found[0]) == expected


def test_a_change_of_rhythm_begins_a_period():
    terms = Change("terms", policy=Policy(unit="quarter", anchor=date(2026, 2, 1)))
    before = Change("terms", policy=Policy(anchor=date(2026, 1, 1)))
    begin = Change("begin", "seats", quantity=Decimal(1), unit_price=Decimal(1))
    found = fold(
        [
            Version(1, date(2026, 1, 1), (before, begin)),
            Version(2, date(2026, 3, 10), (terms,)),
        ]
    )
    assert next_start(found, "seats", date(2026, 3, 5))[0] == date(2026, 3, 10)
    start, policy = next_start(found, "seats", date(2026, 3, 11))
    assert (start, policy.unit) == (date(2026, 5, 1), "quarter")
