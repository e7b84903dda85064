"""How fast positions are compared, against looking at every day in plain Python."""

import sys
import time
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_reconciliation"))

from matching import Content, Statement, compare

POSITIONS = 2000
START, END = date(2026, 3, 1), date(2026, 4, 1)
CHANGE = date(2026, 3, 20)
PRICE, SHARE = Fraction("12.50"), Fraction(1, 31)


def _content(start, end, quantity):
    return Content(start, end, Decimal(quantity), PRICE, SHARE)


# Twelve seats at the provider from the 20th on, ten in the contract and billed.
CHAINS = [[Statement(START, END, Decimal(10)), Statement(CHANGE, END, Decimal(12))]]
CONTENTS = [_content(START, END, 10)]


def _rate(function):
    """Return positions per second."""
    start = time.perf_counter()
    for _position in range(POSITIONS):
        function()
    return POSITIONS / (time.perf_counter() - start)


def _compare():
    return compare(CHAINS, CONTENTS, CONTENTS, START, END)


def _every_day():
    missing, day = Fraction(0), START
    while day < END:
        supplied = 12 if day >= CHANGE else 10
        missing += (supplied - 10) * PRICE * SHARE
        day += timedelta(days=1)
    return missing


def test_comparing():
    (finding,) = _compare().findings
    assert finding.amount == round(Decimal(25) * 12 / 31, 2)
    plain, ours = _rate(_every_day), _rate(_compare)
    print(f"\npositions/s    day by day, plain Python: {plain:>9,.0f}")
    print(f"{'compared':>38}: {ours:>9,.0f}   1 : {plain / ours:.1f}")
