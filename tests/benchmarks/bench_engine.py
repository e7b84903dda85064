"""How fast the billing engine is, against plain Decimal arithmetic in the same run."""

import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_contract_billing"))

from billing import Basis, Claim, Line, Policy, Terms, settle
from billing.history import History

MONTHS, POSITIONS, CONTRACTS = 12, 5, 200
UNTIL = date(2026, 12, 1)


def _history():
    policy = Policy(anchor=date(2026, 1, 1))
    lines = tuple(
        Line(position, date(2026, 1, 1), None, Decimal(10), Decimal("12.50"))
        for position in range(POSITIONS)
    )
    return History(
        date(2026, 1, 1), None, lines, (Terms(date(2026, 1, 1), None, policy),)
    )


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
    """Return position-periods per second."""
    start = time.perf_counter()
    for _contract in range(CONTRACTS):
        function()
    return CONTRACTS * POSITIONS * MONTHS / (time.perf_counter() - start)


def _yardstick():
    total = Decimal(0)
    for _index in range(POSITIONS * MONTHS):
        total += (Decimal(10) * Decimal("12.50")).quantize(Decimal("0.01"))
    return total


def test_settling():
    history = _history()
    first = settle(history, [], UNTIL, 2)
    assert len(first) == POSITIONS * MONTHS
    claims = _claims(first)
    plain = _rate(_yardstick)
    print(f"\nposition-periods/s    plain Decimal arithmetic: {plain:>9,.0f}")
    for name, known in (("first billing", []), ("all claimed", claims)):
        rate = _rate(lambda known=known: settle(history, known, UNTIL, 2))
        print(f"{name:>20}: {rate:>9,.0f}   1 : {plain / rate:.0f}")
