"""What is due, in tables: the amounts are worked out by hand."""

from datetime import date
from decimal import Decimal

import pytest
from billing import (
    Basis,
    Change,
    Claim,
    History,
    Line,
    Policy,
    PriceIntervalError,
    Terms,
    Version,
    fold,
    settle,
)
from billing.explanation import reason
from billing_cases import case, claim, due, line, quoted, version

JANUARY = claim("2026-01-01", "2026-02-01", "125.00")
MORE = version("2026-02-15", line("12"))
BEGUN = version("2026-01-01", line())


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        (
            "first billing in advance",
            case(BEGUN, until="2026-02-01"),
            ["2026-01-01 2026-02-01 125.00", "2026-02-01 2026-03-01 125.00"],
        ),
        ("nothing before the contract", case(BEGUN, until="2025-12-31"), []),
        (
            "in arrears: not before the period is over",
            case(BEGUN, until="2026-01-31", timing="arrears"),
            [],
        ),
        (
            "in arrears",
            case(BEGUN, until="2026-02-01", timing="arrears"),
            ["2026-01-01 2026-02-01 125.00"],
        ),
        (
            "in arrears: the contract's end comes first",
            case(BEGUN, until="2026-01-21", end="2026-01-21", timing="arrears"),
            ["2026-01-01 2026-01-21 80.65"],
        ),
        (
            "begins within a natural period: 17 of 31 days",
            case(version("2026-01-15", line()), until="2026-01-15"),
            ["2026-01-15 2026-02-01 68.55"],
        ),
        (
            "the whole period, though its second part lies ahead",
            case(MORE, BEGUN, until="2026-02-01", claimed=[JANUARY]),
            ["2026-02-01 2026-02-15 62.50", "2026-02-15 2026-03-01 75.00"],
        ),
        (
            "change after billing",
            case(
                version("2026-01-01", line()),
                version("2026-01-16", line("12")),
                until="2026-01-01",
                claimed=[JANUARY],
            ),
            # 25 x 16/31
            ["2026-01-01 2026-02-01 12.90*"],
        ),
        (
            "contract shortened within a billed period",
            case(BEGUN, until="2026-01-01", end="2026-01-11", claimed=[JANUARY]),
            ["2026-01-01 2026-02-01 -84.68*"],
        ),
        (
            "contract shortened: a period is left without any right",
            case(
                BEGUN,
                until="2026-02-01",
                end="2026-02-01",
                claimed=[JANUARY, claim("2026-02-01", "2026-03-01", "125.00")],
            ),
            ["2026-02-01 2026-03-01 -125.00*"],
        ),
        (
            "start moved forward",
            case(version("2026-03-01", line()), until="2026-03-01", claimed=[JANUARY]),
            ["2026-01-01 2026-02-01 -125.00*", "2026-03-01 2026-04-01 125.00"],
        ),
        (
            "start moved forward within the period",
            case(version("2026-01-11", line()), until="2026-01-01", claimed=[JANUARY]),
            ["2026-01-01 2026-02-01 -40.32*"],
        ),
        (
            "a position that never was",
            case(
                BEGUN,
                until="2025-12-31",
                claimed=[claim("2026-01-01", "2026-02-01", "9.00", "rent")],
            ),
            ["2026-01-01 2026-02-01 -9.00*"],
        ),
        (
            "partial and negative claims of one period are added up",
            case(
                BEGUN,
                until="2026-01-01",
                claimed=[
                    claim("2026-01-01", "2026-01-11", "100.00"),
                    claim("2026-01-05", "2026-01-20", "-10.00"),
                ],
            ),
            ["2026-01-01 2026-02-01 35.00*"],
        ),
        (
            "no limit to looking back",
            case(
                version("2016-01-01", line("11")),
                version("2026-01-01"),
                until="2026-06-01",
                claimed=[claim("2016-01-01", "2026-01-01", "15000.00")],
            ),
            ["2016-01-01 2026-01-01 1500.00*"],
        ),
        (
            "pause and go on",
            case(
                BEGUN,
                version("2026-01-11"),
                version("2026-01-21", line()),
                until="2026-01-01",
            ),
            # 10 of 31 and 11 of 31 days; 84.677… is rounded once
            ["2026-01-01 2026-01-11 40.32", "2026-01-21 2026-02-01 44.36"],
        ),
        (
            "a year billed, later monthly",
            case(
                version("2026-01-01", line(price="120.00", quantity="1")),
                version(
                    "2026-04-01",
                    line(price="12.00", quantity="1"),
                    unit="month",
                ),
                until="2026-04-01",
                unit="year",
                claimed=[claim("2026-01-01", "2027-01-01", "120.00")],
            ),
            # 120 x 90/365 + 9 x 12 - 120
            ["2026-01-01 2027-01-01 17.59*"],
        ),
        (
            "after that month by month",
            case(
                version("2026-01-01", line(price="120.00", quantity="1")),
                version(
                    "2026-04-01",
                    line(price="12.00", quantity="1"),
                    unit="month",
                ),
                until="2027-01-01",
                unit="year",
                claimed=[
                    claim("2026-01-01", "2027-01-01", "120.00"),
                    claim("2026-01-01", "2027-01-01", "17.59"),
                ],
            ),
            ["2027-01-01 2027-02-01 12.00"],
        ),
        (
            "a policy change cuts both natural periods by days",
            case(
                version("2026-01-01", line(quantity="1", price="31.00")),
                version(
                    "2026-01-21",
                    line(quantity="1", price="31.00"),
                    anchor="2026-01-15",
                ),
                until="2026-02-15",
            ),
            [
                "2026-01-01 2026-01-21 20.00",
                # 25 of the 31 days from 15 January on
                "2026-01-21 2026-02-15 25.00",
                "2026-02-15 2026-03-15 31.00",
            ],
        ),
        (
            "none: a period begun is charged whole",
            case(
                version("2026-01-15", line()),
                until="2026-03-01",
                end="2026-03-02",
                day_count="none",
            ),
            [
                "2026-01-15 2026-02-01 125.00",
                "2026-02-01 2026-03-01 125.00",
                "2026-03-01 2026-03-02 125.00",
            ],
        ),
        (
            "none: a change takes effect at the next boundary",
            case(BEGUN, MORE, until="2026-03-01", day_count="none", claimed=[JANUARY]),
            ["2026-02-01 2026-03-01 125.00", "2026-03-01 2026-04-01 150.00"],
        ),
        (
            "none: a pause that is over by the boundary goes unnoticed",
            case(
                BEGUN,
                version("2026-01-11"),
                version("2026-01-31", line()),
                until="2026-02-01",
                day_count="none",
            ),
            ["2026-01-01 2026-02-01 125.00", "2026-02-01 2026-03-01 125.00"],
        ),
        (
            "none: a policy change settles by days all the same",
            case(
                BEGUN,
                version("2026-01-21", line(), anchor="2026-01-21", day_count="none"),
                until="2026-01-21",
                day_count="none",
            ),
            # 125 x 20/31
            ["2026-01-01 2026-01-21 80.65", "2026-01-21 2026-02-21 125.00"],
        ),
        (
            "30/360: each day costs a thirtieth",
            case(
                version("2026-02-01", line()),
                version("2026-02-16", line("12")),
                until="2026-02-01",
                day_count="30/360",
            ),
            ["2026-02-01 2026-02-16 62.50", "2026-02-16 2026-03-01 75.00"],
        ),
        (
            "30/360 on the 31st: 28 February counts as the 31st",
            case(
                version("2026-01-31", line(quantity="1", price="30.00")),
                version("2026-02-10", line(quantity="1", price="60.00")),
                until="2026-02-28",
                anchor="2026-01-31",
                day_count="30/360",
            ),
            [
                "2026-01-31 2026-02-10 10.00",
                "2026-02-10 2026-02-28 40.00",
                "2026-02-28 2026-03-31 60.00",
            ],
        ),
        (
            "anchor: null is the contract's first day",
            case(version("2026-01-31", line()), until="2026-03-31", anchor=None),
            [
                "2026-01-31 2026-02-28 125.00",
                "2026-02-28 2026-03-31 125.00",
                "2026-03-31 2026-04-30 125.00",
            ],
        ),
        (
            "amount 0 is put out",
            case(version("2026-01-01", line("0")), until="2026-01-01"),
            ["2026-01-01 2026-02-01 0.00"],
        ),
        (
            "amount 0 is put out once",
            case(
                version("2026-01-01", line("0")),
                until="2026-01-01",
                claimed=[claim("2026-01-01", "2026-02-01", "0.00")],
            ),
            [],
        ),
        (
            "touched before it is due: compared all the same",
            case(
                BEGUN,
                until="2026-01-01",
                claimed=[JANUARY, claim("2026-02-01", "2026-02-15", "70.00")],
            ),
            ["2026-02-01 2026-03-01 55.00*"],
        ),
        (
            "of two versions of one day the later recorded one holds",
            case(BEGUN, version("2026-01-01", line("1")), until="2026-01-01"),
            ["2026-01-01 2026-02-01 12.50"],
        ),
        (
            "and the policy of the other goes on",
            case(
                version("2026-01-01", line(), unit="year"),
                version("2026-01-01", line("1")),
                until="2026-01-01",
            ),
            ["2026-01-01 2027-01-01 12.50"],
        ),
        (
            "a policy that holds on no day cuts nothing",
            case(
                version("2026-01-15", line(), unit="year"),
                version("2026-01-15", line(), day_count="none"),
                until="2026-01-15",
            ),
            ["2026-01-15 2026-02-01 125.00"],
        ),
        (
            "empty contract",
            case(BEGUN, until="2026-06-01", end="2026-01-01", claimed=[JANUARY]),
            ["2026-01-01 2026-02-01 -125.00*"],
        ),
        (
            "weeks",
            case(
                version("2026-01-07", line(quantity="1", price="7.00")),
                until="2026-01-12",
                anchor="2026-01-05",
                unit="week",
            ),
            ["2026-01-07 2026-01-12 5.00", "2026-01-12 2026-01-19 7.00"],
        ),
        (
            "no decimals (JPY), parts add up to 100",
            case(
                version("2026-04-01", line(quantity="1", price="100")),
                version("2026-04-11", line(quantity="1", price="100", discount="0.01")),
                version("2026-04-21", line(quantity="1", price="100")),
                until="2026-04-01",
                digits=0,
            ),
            [
                "2026-04-01 2026-04-11 34",
                "2026-04-11 2026-04-21 33",
                "2026-04-21 2026-05-01 33",
            ],
        ),
        (
            "three decimals (KWD)",
            case(
                version("2026-01-16", line(quantity="1", price="1.000")),
                until="2026-01-16",
                digits=3,
            ),
            ["2026-01-16 2026-02-01 0.516"],
        ),
        (
            "discount of 100 percent, then more seats",
            case(
                version("2026-02-01", line("1", discount="100")),
                version("2026-02-15", line("3")),
                until="2026-02-01",
                claimed=[claim("2026-02-01", "2026-03-01", "0.00")],
            ),
            ["2026-02-01 2026-03-01 18.75*"],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_due(name, data, expected):
    assert due(data) == expected


def test_equal_neighbours_are_one_charge():
    data = case(BEGUN, version("2026-01-10", line("10.0")), until="2026-01-01")
    assert due(data) == ["2026-01-01 2026-02-01 125.00"]


def test_charges_are_ordered_by_position_then_day():
    data = case(
        version("2026-01-01", line(position="b"), line(position="Z")),
        version("2026-01-11", line(position="b", quantity="1"), line(position="a")),
        until="2026-01-01",
    )
    found = [(item["position"], item["start"][8:]) for item in quoted(data)["charges"]]
    assert found == [("Z", "01"), ("a", "11"), ("b", "01"), ("b", "11")]


def test_correction_carries_the_sign_on_the_quantity():
    [charge] = quoted(
        case(BEGUN, until="2026-01-01", end="2026-01-11", claimed=[JANUARY])
    )["charges"]
    assert charge == {
        "position": "seats",
        "start": "2026-01-01",
        "end": "2026-02-01",
        "quantity": "-1",
        "unit_price": "84.68",
        "factor": "1",
        "amount": "-84.68",
        "kind": "correction",
        "reason": "Entitled 40.32, claimed 125.00",
    }


# What only the package itself can be asked


MONTHLY = Change("terms", policy=Policy(anchor=date(2026, 1, 1)))


def begun(price_months=0, policy=MONTHLY):
    begin = Change(
        "begin",
        "seats",
        quantity=Decimal(10),
        unit_price=Decimal("12.50"),
        price_months=price_months,
    )
    return Version(1, date(2026, 1, 1), (policy, begin))


def amounts(history, until, claims=()):
    return [
        (str(item.start), str(item.end), str(item.amount))
        for item in settle(history, claims, until, 2)
    ]


@pytest.mark.parametrize(
    ("policy", "amount"),
    [
        (Policy(), "125.00"),
        (Policy(3), "375.00"),
        (Policy(unit="year"), "1500.00"),
    ],
)
def test_price_per_month_in_longer_periods(policy, amount):
    history = fold([begun(1, Change("terms", policy=policy))])
    [found] = amounts(history, date(2026, 1, 1))
    assert found[2] == amount


@pytest.mark.parametrize(
    ("price_months", "policy"),
    [(5, Policy(2)), (2, Policy(3)), (1, Policy(1, "week"))],
)
def test_price_that_does_not_fit_the_period_is_refused(price_months, policy):
    history = fold([begun(price_months, Change("terms", policy=policy))])
    with pytest.raises(PriceIntervalError) as caught:
        settle(history, [], date(2026, 1, 1), 2)
    assert caught.value.price_months == price_months
    assert caught.value.period_months == policy.months


def test_terms_from_the_contracts_end_on_cut_nothing():
    """Terminated on the day on which another rhythm was to begin: charged whole."""
    whole = Change("terms", policy=Policy(day_count="none"))
    weekly = Change("terms", policy=Policy(1, "week"))
    over = Version(2, date(2026, 1, 11), (Change("terminate"),))
    for start in (date(2026, 1, 11), date(2026, 1, 15)):
        history = fold([begun(policy=whole), over, Version(3, start, (weekly,))])
        assert amounts(history, date(2026, 6, 1)) == [
            ("2026-01-01", "2026-01-11", "125.00")
        ]
        claims = [Claim("seats", date(2026, 1, 20), date(2026, 2, 1), Decimal(125))]
        assert amounts(history, date(2026, 6, 1), claims) == []


def test_terms_beyond_the_horizon_own_no_days():
    """A claim before the contract's start is no part of a later rhythm's period."""
    other = Change("terms", policy=Policy(3, anchor=date(2026, 1, 1)))
    history = fold(
        [
            Version(1, date(2026, 3, 1), begun().changes),
            Version(2, date(2026, 3, 20), (other,)),
        ]
    )
    claims = [Claim("seats", date(2026, 1, 1), date(2026, 1, 2), Decimal(1))]
    assert amounts(history, date(2026, 1, 1), claims) == [
        ("2026-01-01", "2026-01-02", "-1.00")
    ]


def test_numbers_and_texts_as_positions():
    lines = [
        Line(position, date(2026, 1, 1), None, Decimal(1), Decimal(1))
        for position in (10, 9)
    ]
    terms = (Terms(date(2026, 1, 1), None, Policy()),)
    history = History(date(2026, 1, 1), None, tuple(lines), terms)
    charges = settle(history, [], date(2026, 1, 1), 2)
    assert [charge.position for charge in charges] == [9, 10]


def test_reason_of_a_correction_names_the_change():
    history = fold(
        [
            begun(),
            Version(
                2,
                date(2026, 1, 16),
                (Change("set", "seats", quantity=Decimal(12), discount=Decimal(50)),),
            ),
        ]
    )
    basis = Basis(date(2026, 1, 1), date(2026, 2, 1), Decimal(10), Decimal("12.50"))
    billed = Claim("seats", basis.start, basis.end, Decimal("125.00"), 1, (basis,))
    [charge] = settle(history, [billed], date(2026, 1, 1), 2)
    assert reason(charge) == (
        "Entitled 99.19, claimed 125.00: 10 x 12.5 -> 12 x 12.5 less 50 % "
        "from 2026-01-16 until before 2026-02-01"
    )
    assert charge.claims == (billed,)
    assert charge.versions == (1, 2)


def test_claimed_content_of_the_latest_settlement_counts():
    """What was corrected before is compared with the correction, not the original."""
    january = (date(2026, 1, 1), date(2026, 2, 1))
    ten, twelve = (
        Basis(*january, Decimal(quantity), Decimal("12.50")) for quantity in (10, 12)
    )
    claims = [
        Claim("seats", *january, Decimal(25), 2, (twelve,)),
        Claim("seats", *january, Decimal(125), 1, (ten,)),
    ]
    fifteen = Change("set", "seats", quantity=Decimal(15))
    history = fold([begun(), Version(2, date(2026, 1, 1), (fifteen,))])
    [charge] = settle(history, claims, date(2026, 1, 1), 2)
    assert charge.amount == Decimal("37.50")
    assert [(item.old, item.new.quantity) for item in charge.differences] == [
        (twelve, 15)
    ]


@pytest.mark.parametrize("price", ["12.50", "99999999999999999999999999999.99"])
def test_long_amounts_lose_no_cent(price):
    history = History(
        date(2026, 1, 1),
        None,
        (Line("seats", date(2026, 1, 1), None, Decimal(3), Decimal(price)),),
        (Terms(date(2026, 1, 1), None, Policy()),),
    )
    january = date(2026, 1, 1), date(2026, 2, 1)
    whole = int(price.replace(".", "")) * 3
    [charge] = settle(history, [], date(2026, 1, 1), 2)
    assert str(charge.amount).replace(".", "") == str(whole)
    cent = Claim("seats", *january, Decimal("0.01"))
    [charge] = settle(history, [cent], date(2026, 1, 1), 2)
    assert str(charge.amount).replace(".", "") == str(whole - 1)
