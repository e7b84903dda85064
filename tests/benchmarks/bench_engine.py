"""How fast the billing engine is, against plain Decimal arithmetic in the same run."""

import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_contract_billing"))

from billing import Basis, Claim, Line, Policy, Pricing, Terms, Tier, settle
from billing.history import History

MONTHS, POSITIONS, CONTRACTS, ROUNDS = 12, 5, 100, 3
START, UNTIL = date(2026, 1, 1), date(2026, 12, 1)
TIERS = Pricing(
    "graduated",
    tiers=(Tier(Decimal(10), Decimal(12), Decimal(5)), Tier(None, Decimal(9))),
    minimum=Decimal(50),
)


def _history(changing=False, pricing=None):
    """Return five positions over a year.

    :param changing: whether the quantity changes on the 11th of each month
    """
    days = [START]
    if changing:
        days += [date(2026, month, 11) for month in range(1, MONTHS + 1)]
    lines = tuple(
        Line(
            position,
            start,
            end,
            Decimal(10 + index),
            Decimal("12.50"),
            pricing=pricing,
        )
        for position in range(POSITIONS)
        for index, (start, end) in enumerate(zip(days, [*days[1:], None], strict=True))
    )
    return History(START, None, lines, (Terms(START, None, Policy(anchor=START)),))


def _claims(charges):
    return [
        Claim(
            charge.position,
            charge.start,
            charge.end,
            charge.amount,
            settlement=1,
            basis=(
                Basis(charge.start, charge.end, charge.quantity, charge.unit_price),
            ),
        )
        for charge in charges
    ]


def _rate(function):
    """Return position-periods per second of CPU time, the best of some rounds."""
    best = 0.0
    for _round in range(ROUNDS):
        start = time.process_time()
        for _contract in range(CONTRACTS):
            function()
        elapsed = time.process_time() - start
        best = max(best, CONTRACTS * POSITIONS * MONTHS / elapsed)
    return best


def _yardstick():
    total = Decimal(0)
    for _index in range(POSITIONS * MONTHS):
        total += (Decimal(10) * Decimal("12.50")).quantize(Decimal("0.01"))
    return total


@pytest.mark.parametrize(
    ("name", "history", "slices", "target"),
    [
        ("unchanged full periods", _history(), 1, 100_000),
        ("a change in each month", _history(changing=True), 2, 20_000),
        ("tiers, full periods", _history(pricing=TIERS), 1, None),
        ("tiers, a change in each", _history(changing=True, pricing=TIERS), 2, None),
    ],
)
def test_settling(name, history, slices, target):
    first = settle(history, [], UNTIL, 2)
    assert len(first) == POSITIONS * MONTHS * slices
    claims = _claims(first)
    assert settle(history, claims, UNTIL, 2) == []
    plain = _rate(_yardstick)
    print(f"\nposition-periods/s, {name}; plain Decimal arithmetic: {plain:,.0f}")
    for what, known in (("first billing", []), ("all claimed", claims)):
        rate = _rate(lambda known=known: settle(history, known, UNTIL, 2))
        aim = f"   target {target:,}" if target else ""
        print(f"{what:>20}: {rate:>9,.0f}   1 : {plain / rate:.0f}{aim}")
