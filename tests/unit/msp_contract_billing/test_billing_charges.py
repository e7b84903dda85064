"""Limits, instalments, dated amounts and goodwill where they meet other rules."""

from datetime import date
from decimal import Decimal

import pytest
from billing import (
    Amount,
    Claim,
    History,
    Line,
    Policy,
    Pricing,
    Terms,
    settle,
    unplaced_amounts,
)
from billing_cases import case, claim, dated, due, line, own, version

JANUARY = claim("2026-01-01", "2026-02-01", "125.00")
BEGUN = version("2026-01-01", line())


def goodwill(start, end, amount):
    return {**claim(start, end, amount), "kind": "goodwill"}


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        # Minimum and maximum
        (
            "minimum with quantity 0",
            case(
                version("2026-01-01", line("0") | {"minimum": "40"}),
                until="2026-01-01",
            ),
            ["2026-01-01 2026-02-01 40.00"],
        ),
        (
            "minimum is shared across what lies between",
            case(
                version("2026-01-01", line("1", "31.00") | {"minimum": "62"}),
                version("2026-01-11", line("9", "31.00")),
                version("2026-01-21", line("4", "31.00") | {"minimum": "62"}),
                until="2026-01-01",
            ),
            # 10 + 44 for 21 days: more than 42, so nothing is added.
            [
                "2026-01-01 2026-01-11 10.00",
                "2026-01-11 2026-01-21 90.00",
                "2026-01-21 2026-02-01 44.00",
            ],
        ),
        (
            "a negative price raised to a minimum of nothing",
            case(
                version("2026-01-01", line("1", "-5.00") | {"minimum": "0"}),
                until="2026-01-01",
            ),
            ["2026-01-01 2026-02-01 0.00"],
        ),
        # Instalments
        (
            "contract that begins inside an instalment",
            case(
                version("2026-02-15", line("1", "100.00")),
                until="2026-03-01",
                unit="year",
                instalments=12,
            ),
            # Instalment 2 is 8.34, of which 14 of 28 days.
            ["2026-02-15 2026-03-01 4.17", "2026-03-01 2026-04-01 8.33"],
        ),
        (
            "minimum of a price in instalments is that of the price",
            case(
                version("2026-01-01", line("1", "60.00") | {"minimum": "120"}),
                until="2026-01-01",
                unit="year",
                instalments=12,
            ),
            ["2026-01-01 2026-02-01 10.00"],
        ),
        (
            "a rhythm of its own in a contract with instalments",
            case(
                version("2026-01-01", own(line("1", "120.00"), unit="quarter")),
                until="2026-01-01",
                unit="year",
                instalments=12,
            ),
            # A quarter cannot be divided by 12: it is one instalment itself.
            ["2026-01-01 2026-04-01 10.00"],
        ),
        (
            "own timing in a contract with instalments",
            case(
                version("2026-01-01", own(line("1", "120.00"), timing="arrears")),
                until="2026-02-01",
                unit="year",
                instalments=12,
            ),
            ["2026-01-01 2026-02-01 10.00"],
        ),
        # Dated amounts
        (
            "no amount is lost while more units wait",
            case(
                version("2026-01-01"),
                version("2026-01-16", dated(("2026-01-20", "5.00"))),
                until="2026-01-16",
                increase="next_period",
            ),
            ["2026-01-16 2026-02-01 5.00"],
        ),
        (
            "whole periods only: an amount is billed all the same",
            case(
                version("2026-01-01", line("1", "31.00")),
                version("2026-01-16", dated(("2026-01-20", "5.00"))),
                until="2026-01-01",
                day_count="none",
            ),
            ["2026-01-01 2026-02-01 31.00", "2026-01-16 2026-02-01 5.00"],
        ),
        (
            "price per unit in one half of the month, amounts in the other",
            case(
                version("2026-01-01", dated(("2026-01-10", "5.00"))),
                version("2026-01-16", line("1", "31.00")),
                until="2026-01-01",
            ),
            ["2026-01-01 2026-01-16 5.00", "2026-01-16 2026-02-01 16.00"],
        ),
        (
            "minimum of amounts shrinks with a part of a period, and is shared",
            case(
                version("2026-01-11", dated(("2026-01-12", "5.00"), minimum="62")),
                version(
                    "2026-01-21",
                    dated(("2026-01-12", "5.00"), minimum="62", markup="10"),
                ),
                until="2026-01-11",
            ),
            # 62 x 21/31 = 42: the missing 37 are borne by 10 and by 11 days.
            ["2026-01-11 2026-01-21 22.62", "2026-01-21 2026-02-01 19.38"],
        ),
        (
            "units included and a discount shrink with a part of a period",
            case(
                version(
                    "2026-01-16",
                    dated(
                        *[("2026-01-20", "10.00")] * 4,
                        included="3.1",
                        discount_amount="3.1",
                    ),
                ),
                until="2026-01-16",
            ),
            # 1.6 of 4 units are included: 24.00, less 1.60
            ["2026-01-16 2026-02-01 22.40"],
        ),
        (
            "credits among the amounts are given back, whatever is included",
            case(
                version("2026-01-01", dated(("2026-01-20", "-10.00"), included="5")),
                until="2026-01-01",
            ),
            ["2026-01-01 2026-02-01 -10.00"],
        ),
        # Goodwill
        (
            "goodwill across two periods joins them not",
            case(
                BEGUN,
                until="2026-01-31",
                claimed=[JANUARY, goodwill("2026-01-20", "2026-02-10", "-20.00")],
            ),
            [],
        ),
        (
            "goodwill alone makes no period count as billed",
            case(
                BEGUN,
                until="2026-01-01",
                claimed=[goodwill("2026-01-01", "2026-02-01", "-20.00")],
            ),
            ["2026-01-01 2026-02-01 125.00"],
        ),
        (
            "a cap counts goodwill for several periods by days",
            case(
                version("2026-01-01"),
                until="2026-01-01",
                credit_cap=True,
                claimed=[JANUARY, goodwill("2026-01-22", "2026-02-11", "-20.00")],
            ),
            # 10 of its 20 days are in January.
            ["2026-01-01 2026-02-01 -115.00*"],
        ),
        (
            "a cap holds for periods behind the contract's end",
            case(
                BEGUN,
                until="2026-01-01",
                end="2026-02-01",
                credit_cap=True,
                claimed=[
                    JANUARY,
                    claim("2026-02-01", "2026-03-01", "125.00"),
                    goodwill("2026-02-01", "2026-03-01", "-50.00"),
                ],
            ),
            ["2026-02-01 2026-03-01 -75.00*"],
        ),
        (
            "goodwill larger than what was billed leaves nothing open",
            case(
                version("2026-01-01"),
                until="2026-01-01",
                credit_cap=True,
                claimed=[JANUARY, goodwill("2026-01-01", "2026-02-01", "-130.00")],
            ),
            [],
        ),
        (
            "without a cap goodwill limits nothing",
            case(
                version("2026-01-01"),
                until="2026-01-01",
                claimed=[JANUARY, goodwill("2026-01-01", "2026-02-01", "-50.00")],
            ),
            ["2026-01-01 2026-02-01 -125.00*"],
        ),
        # Currencies
        (
            "instalments in a currency without decimals",
            case(
                version("2026-01-01", line("1", "100")),
                until="2026-03-01",
                digits=0,
                unit="quarter",
                instalments=3,
            ),
            ["2026-01-01 2026-02-01 33", "2026-02-01 2026-03-01 34"]
            + ["2026-03-01 2026-04-01 33"],
        ),
        (
            "price of one unit cut after three decimals",
            case(
                version("2026-01-22", line("7", "10.00")),
                until="2026-01-22",
                digits=3,
                unit_rounding="down",
            ),
            # 10 x 10/31 = 3.2258: 3.225
            ["2026-01-22 2026-02-01 22.575"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_due(name, data, expected):
    assert due(data) == expected


# What only the package itself can be asked

START = date(2026, 1, 1)


def seats(**values):
    found = {"quantity": Decimal(10), "unit_price": Decimal("12.50"), **values}
    return Line("seats", START, None, **found)


def history(*lines, policy=None, **values):
    terms = (Terms(START, None, policy or Policy()),)
    return History(START, None, lines, terms, **values)


def test_amounts_of_no_day_are_named():
    nothing = Amount(START, START, Decimal(1), Decimal(5), "none")
    backwards = Amount(date(2026, 1, 5), START, Decimal(1), Decimal(5), "backwards")
    found = history(
        seats(pricing=Pricing("amounts")), amounts={"seats": (nothing, backwards)}
    )
    assert [item.key for _position, item in unplaced_amounts(found)] == [
        "none",
        "backwards",
    ]
    [charge] = settle(found, [], START, 2)
    assert charge.amount == 0


def test_amounts_of_a_position_that_bills_none_are_named():
    one = Amount(START, date(2026, 1, 2), Decimal(1), Decimal(5), "row")
    assert [
        position
        for position, _item in unplaced_amounts(
            history(seats(), amounts={"seats": (one,), "former": (one,)})
        )
    ] == ["seats", "former"]


def test_keys_of_amounts_stand_in_what_a_charge_rests_on():
    rows = tuple(
        Amount(date(2026, 1, day), date(2026, 1, day + 1), Decimal(1), Decimal(5), day)
        for day in (3, 4)
    )
    found = history(seats(pricing=Pricing("amounts")), amounts={"seats": rows})
    [charge] = settle(found, [], START, 2)
    assert charge.basis[0].keys == (3, 4)
    # A late row is a difference in content, and so is its money.
    late = Amount(date(2026, 1, 9), date(2026, 1, 10), Decimal(1), Decimal(7), 9)
    found = history(seats(pricing=Pricing("amounts")), amounts={"seats": (*rows, late)})
    billed = Claim("seats", charge.start, charge.end, charge.amount, 1, charge.basis)
    [correction] = settle(found, [billed], START, 2)
    assert correction.amount == 7
    [difference] = correction.differences
    assert (difference.old.quantity, difference.new.quantity) == (2, 3)
    assert difference.new.keys == (3, 4, 9)
