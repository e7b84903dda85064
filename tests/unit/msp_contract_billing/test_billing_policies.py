"""Policies that meet each other, in tables: the amounts are worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest
from billing import (
    Change,
    History,
    Line,
    Policy,
    PolicyError,
    Terms,
    Version,
    fold,
    settle,
)
from billing_cases import case, claim, dated, due, line, own, quoted, version

JANUARY = claim("2026-01-01", "2026-02-01", "125.00")
BEGUN = version("2026-01-01", line())


def volume(quantity):
    """10 seats cost 100.00, 12 cost 96.00."""
    tiers = [{"up_to": "10", "unit_price": "10"}, {"up_to": None, "unit_price": "8"}]
    return {
        "position": "seats",
        "quantity": quantity,
        "pricing": {"model": "volume", "tiers": tiers},
    }


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        # Lead days and horizon
        (
            "lead days mean nothing in arrears",
            case(BEGUN, until="2026-01-31", timing="arrears", lead_days=40),
            [],
        ),
        (
            "lead days of one position only",
            case(
                version(
                    "2026-01-01",
                    own(line(), lead_days=14),
                    line(position="backup"),
                ),
                until="2026-01-18",
                claimed=[
                    JANUARY,
                    claim("2026-01-01", "2026-02-01", "125.00", "backup"),
                ],
            ),
            ["2026-02-01 2026-03-01 125.00"],
        ),
        (
            "claims far ahead of what is due",
            case(
                BEGUN,
                until="2026-01-01",
                lead_days=5,
                claimed=[claim("2027-12-01", "2028-01-01", "120.00")],
            ),
            ["2026-01-01 2026-02-01 125.00", "2027-12-01 2028-01-01 5.00*"],
        ),
        # Day counts
        (
            "actual/30: several slices share one month",
            case(
                version("2026-01-01", line("1", "31.00")),
                version("2026-01-11", line("2", "31.00")),
                version("2026-01-21"),
                until="2026-01-01",
                day_count="actual/30",
            ),
            # 10 and 10 thirtieths
            ["2026-01-01 2026-01-11 10.33", "2026-01-11 2026-01-21 20.67"],
        ),
        (
            "actual/30: 30 of 31 days cost the month, not more",
            case(
                version("2026-01-02", line("1", "31.00")),
                until="2026-01-02",
                day_count="actual/30",
            ),
            ["2026-01-02 2026-02-01 31.00"],
        ),
        (
            "actual/30: days at quantity 0 are supplied days",
            case(
                version("2026-01-01", line("0", "31.00")),
                version("2026-01-21", line("1", "31.00")),
                until="2026-01-01",
                day_count="actual/30",
            ),
            ["2026-01-01 2026-01-21 0.00", "2026-01-21 2026-02-01 11.00"],
        ),
        (
            "year_share: a week that crosses into a leap year",
            case(
                version("2027-12-27", line("1", "36600.00")),
                until="2027-12-27",
                unit="week",
                anchor="2027-12-27",
                day_count="year_share",
            ),
            # Anchored on 27 December the year has 366 days from then on.
            ["2027-12-27 2028-01-03 700.00"],
        ),
        (
            "year_share: a week that crosses the year on the grid",
            case(
                version("2027-12-20", line("1", "133590.00")),
                until="2027-12-27",
                unit="week",
                anchor="2026-12-23",
                day_count="year_share",
            ),
            # 7 days before 23 December by 365; the grid's weeks begin on Wednesdays.
            [
                "2027-12-20 2027-12-22 732.00",
                "2027-12-22 2027-12-29 2556.00",
            ],
        ),
        (
            "30/360: the 31st alone costs nothing",
            case(
                version("2026-01-30", line("1", "30.00")),
                version("2026-01-31", line("2", "30.00")),
                until="2026-01-30",
                day_count="30/360",
            ),
            ["2026-01-30 2026-01-31 0.00", "2026-01-31 2026-02-01 2.00"],
        ),
        (
            "a policy change under actual/30 is counted by thirtieths",
            case(
                version("2026-01-01", line("1", "30.00")),
                version("2026-01-21", line("1", "30.00"), anchor="2026-01-21"),
                until="2026-01-20",
                day_count="actual/30",
            ),
            ["2026-01-01 2026-01-21 20.00"],
        ),
        # Vendor's cost, as published: Microsoft's page on reconciliation files
        (
            "half_up: 15 licences for 21 of 31 days at 10.00 are 15 x 6.77",
            case(
                version("2026-03-15", line("15", "10.00")),
                until="2026-03-15",
                anchor="2026-03-05",
                unit_rounding="half_up",
            ),
            ["2026-03-15 2026-04-05 101.55"],
        ),
        (
            "half_up: 5 licences for 361 of 365 days at 48.00 are 5 x 47.47",
            case(
                version("2026-03-24", line("5", "48.00")),
                until="2026-03-24",
                unit="year",
                anchor="2026-03-20",
                unit_rounding="half_up",
            ),
            ["2026-03-24 2027-03-20 237.35"],
        ),
        (
            "down: the price of a licence in another currency is cut",
            case(
                version("2026-01-01", line("7", "9.2137")),
                until="2026-01-01",
                unit_rounding="down",
            ),
            ["2026-01-01 2026-02-01 64.47"],
        ),
        (
            "down_twice: usage has a price with many digits; the amount is cut",
            case(
                version("2026-03-01", line("376.5", "0.03825")),
                until="2026-03-01",
                unit_rounding="down_twice",
            ),
            # 14.401125, and not 376.5 x 0.03
            ["2026-03-01 2026-04-01 14.40"],
        ),
        (
            "down_twice: the share of days is cut again",
            case(
                version("2026-03-22", line("376.5", "0.03825")),
                until="2026-03-22",
                unit_rounding="down_twice",
            ),
            # 14.40 x 10/31 = 4.645
            ["2026-03-22 2026-04-01 4.64"],
        ),
        # When a change counts
        (
            "never: more seats in a cheaper tier count from the next period on",
            case(
                version("2026-01-01", volume("10")),
                version("2026-01-16", volume("12")),
                until="2026-02-01",
                decrease="never",
            ),
            ["2026-01-01 2026-02-01 100.00", "2026-02-01 2026-03-01 96.00"],
        ),
        (
            "never: fewer seats in a dearer tier count at once",
            case(
                version("2026-01-01", volume("12")),
                version("2026-01-16", volume("10")),
                until="2026-01-01",
                decrease="never",
            ),
            # 96 x 15/31 and 100 x 16/31
            ["2026-01-01 2026-01-16 46.45", "2026-01-16 2026-02-01 51.61"],
        ),
        (
            "never: a lower price with more units does not make them cheaper",
            case(
                version("2026-01-01", line("10", "10.00")),
                version("2026-01-16", line("14", "8.00")),
                until="2026-02-01",
                decrease="never",
                increase="next_period",
            ),
            # Ten at 8.00 would be a credit; fourteen wait.
            ["2026-01-01 2026-02-01 100.00", "2026-02-01 2026-03-01 112.00"],
        ),
        (
            "never: the price of a longer interval is compared per period",
            case(
                version("2026-01-01", line("1", "120.00") | {"price_months": 12}),
                version("2026-01-16", line("1", "11.00")),
                until="2026-01-01",
                decrease="never",
            ),
            # 10.00 a month, then 11.00: dearer, though 120 is more than 11.
            ["2026-01-01 2026-01-16 4.84", "2026-01-16 2026-02-01 5.68"],
        ),
        (
            "never: a contract that ends is still paid to its end only",
            case(BEGUN, until="2026-01-01", end="2026-01-16", decrease="never"),
            ["2026-01-01 2026-01-16 60.48"],
        ),
        (
            "end_of_term: a change of policy does not end the term",
            case(
                BEGUN,
                version("2026-01-16", line("4")),
                version(
                    "2026-02-01",
                    line("4"),
                    decrease="end_of_term",
                    term_months=3,
                    timing="arrears",
                ),
                until="2026-05-01",
                decrease="end_of_term",
                term_months=3,
                claimed=[JANUARY],
            ),
            [
                "2026-02-01 2026-03-01 125.00",
                "2026-03-01 2026-04-01 125.00",
                "2026-04-01 2026-05-01 50.00",
            ],
        ),
        (
            "end_of_term: under another rule the wait is over",
            case(
                BEGUN,
                version("2026-01-16", line("4")),
                version("2026-02-01", line("4"), decrease="at_once"),
                until="2026-02-01",
                decrease="end_of_term",
                claimed=[JANUARY],
            ),
            ["2026-02-01 2026-03-01 50.00"],
        ),
        (
            "end_of_term: what ended and came back within the term was charged on",
            case(
                BEGUN,
                version("2026-01-16"),
                version("2026-02-16", line("10")),
                until="2026-02-01",
                decrease="end_of_term",
                term_months=3,
                claimed=[JANUARY],
            ),
            ["2026-02-01 2026-03-01 125.00"],
        ),
        (
            "increase: a new position waits as well",
            case(
                version("2026-01-01"),
                version("2026-01-16", line()),
                until="2026-02-01",
                increase="next_period",
            ),
            ["2026-02-01 2026-03-01 125.00"],
        ),
        (
            "increase: the new price does not wait",
            case(
                BEGUN,
                version("2026-01-16", line("12", "15.50")),
                until="2026-01-01",
                increase="next_period",
            ),
            # 125 x 15/31 and ten at 15.50 x 16/31
            ["2026-01-01 2026-01-16 60.48", "2026-01-16 2026-02-01 80.00"],
        ),
        (
            "increase: the contract's first day is no addition",
            case(
                version("2026-01-10", line()),
                until="2026-01-10",
                increase="end_of_term",
            ),
            # 125 x 22/31
            ["2026-01-10 2026-02-01 88.71"],
        ),
        # Re-anchoring
        (
            "re_anchor: a change that waits has found its boundary",
            case(
                BEGUN,
                version("2026-01-16", line("8")),
                until="2026-01-16",
                re_anchor=True,
                decrease="next_period",
            ),
            ["2026-01-01 2026-01-16 60.48", "2026-01-16 2026-02-16 100.00"],
        ),
        (
            "re_anchor: claims that overlap are compared together",
            case(
                BEGUN,
                version("2026-01-16", line("12")),
                until="2026-01-16",
                re_anchor=True,
                claimed=[
                    JANUARY,
                    claim("2026-01-10", "2026-01-20", "10.00"),
                    claim("2026-02-10", "2026-02-20", "10.00"),
                ],
            ),
            # 60.48 + 150 + 150 - 145
            ["2026-01-01 2026-03-16 215.48*"],
        ),
        (
            "re_anchor: stating the content anew is no change",
            case(BEGUN, version("2026-01-16", line("10.0")), re_anchor=True),
            [
                "2026-01-01 2026-02-01 125.00",
                "2026-02-01 2026-03-01 125.00",
                "2026-03-01 2026-04-01 125.00",
            ],
        ),
        (
            "re_anchor: amounts stay on their days",
            case(
                version("2026-01-01", dated(("2026-01-20", "5"), ("2026-02-10", "7"))),
                version(
                    "2026-01-16",
                    dated(("2026-01-20", "5"), ("2026-02-10", "7"), markup="10"),
                ),
                until="2026-01-16",
                re_anchor=True,
            ),
            ["2026-01-01 2026-01-16 0.00", "2026-01-16 2026-02-16 13.20"],
        ),
        # Own rules
        (
            "own rhythm survives a change of the contract's",
            case(
                version("2026-01-01", own(line("1", "30.00"), unit="month")),
                version(
                    "2026-02-01", own(line("1", "30.00"), unit="month"), unit="year"
                ),
                until="2026-03-01",
            ),
            [
                "2026-01-01 2026-02-01 30.00",
                "2026-02-01 2026-03-01 30.00",
                "2026-03-01 2026-04-01 30.00",
            ],
        ),
        (
            "what has no rhythm of its own follows the contract's",
            case(
                version("2026-01-15", own(line("1", "31.00"), timing="arrears")),
                version(
                    "2026-03-01",
                    own(line("1", "31.00"), timing="arrears"),
                    every=2,
                    anchor="2026-03-01",
                ),
                until="2026-05-01",
            ),
            [
                "2026-01-15 2026-02-01 17.00",
                "2026-02-01 2026-03-01 31.00",
                "2026-03-01 2026-05-01 31.00",
            ],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_due(name, data, expected):
    assert due(data) == expected


def test_catch_up_takes_corrections_always():
    data = case(
        BEGUN,
        until="2026-04-01",
        claimed=[claim("2026-01-01", "2026-02-01", "120.00")],
    )
    data["catch_up"] = 1
    assert due(data) == [
        "2026-01-01 2026-02-01 5.00*",
        "2026-02-01 2026-03-01 125.00",
    ]
    assert quoted(data)["warnings"] == [
        "seats: 2 more periods are due; 1 at a time are billed."
    ]


# What only the package itself can be asked

START = date(2026, 1, 1)


@pytest.mark.parametrize("day_count", ["30/360", "actual/30"])
def test_rules_that_contradict_each_other_are_a_sentence(day_count):
    """The position is billed weekly, then the contract begins to count months."""
    begin = Change(
        "begin",
        "seats",
        quantity=Decimal(1),
        unit_price=Decimal(7),
        overrides=(("unit", "week"),),
    )
    counted = Change("terms", policy=Policy(day_count=day_count))
    versions = [
        Version(1, START, (Change("terms", policy=Policy()), begin)),
        Version(2, date(2026, 3, 1), (counted,)),
    ]
    with pytest.raises(PolicyError) as caught:
        settle(fold(versions), [], date(2026, 3, 9), 2)
    assert (caught.value.unit, caught.value.day_count) == ("week", day_count)
    assert str(caught.value).startswith("From 2026-03-01 on, periods of weeks")
    # It is no matter where the position has ended before.
    ended = Version(3, date(2026, 2, 1), (Change("end", "seats"),))
    assert len(settle(fold([*versions, ended]), [], date(2026, 3, 9), 2)) == 5


def test_part_of_a_period_that_cannot_be_counted_is_a_sentence():
    weekly = Policy(unit="week", day_count="actual/30", anchor=date(2025, 12, 30))
    seats = Line("seats", START, None, Decimal(10), Decimal("12.50"))
    history = History(START, None, (seats,), (Terms(START, None, weekly),))
    with pytest.raises(PolicyError, match="periods of weeks"):
        settle(history, [], START, 2)
