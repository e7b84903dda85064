"""Complaints about other systems that the plain engine alone can rule out.

Each test is named after its number in `docs/pitfalls.md`; those on rules and prices
stand in `test_billing_pitfalls_rules.py`.
"""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing import Change, Policy, Version, fold, settle
from billing_cases import billed, case, claim, claims_of, due, line, quoted, version

BEGUN = version("2026-01-01", line())
JANUARY = claim("2026-01-01", "2026-02-01", "125.00")


def test_pitfall_001_no_line_runs_ahead_of_another():
    lines = [line(position=name) for name in ("backup", "seats", "server")]
    data = case(version("2026-01-01", *lines), until="2026-01-01")
    for month in ("2026-01", "2026-02", "2026-03"):
        data["until"] = f"{month}-01"
        starts = [charge["start"] for charge in quoted(data)["charges"]]
        assert starts == [f"{month}-01"] * 3
        data = billed(data)


def test_pitfall_003_start_in_the_future():
    data = case(version("2026-03-10", line()), until="2026-03-09")
    assert due(data) == []
    data["until"] = "2026-03-10"
    # 125 x 22/31
    assert due(data) == ["2026-03-10 2026-04-01 88.71"]


def test_pitfall_004_last_day_of_month_never_drifts():
    data = case(version("2026-01-31", line()), until="2026-05-31", anchor=None)
    assert [text[:21] for text in due(data)] == [
        "2026-01-31 2026-02-28",
        "2026-02-28 2026-03-31",
        "2026-03-31 2026-04-30",
        "2026-04-30 2026-05-31",
        "2026-05-31 2026-06-30",
    ]


def test_pitfall_005_change_of_rhythm_is_a_clean_cut_for_all_lines():
    lines = [line(position=name, price="30.00") for name in ("backup", "seats")]
    data = case(
        version("2026-01-01", *lines),
        version("2026-02-01", *lines, every=3, anchor="2026-02-01"),
        until="2026-02-01",
    )
    assert (
        due(data)
        == [
            "2026-01-01 2026-02-01 300.00",
            "2026-02-01 2026-05-01 300.00",
        ]
        * 2
    )


def test_pitfall_009_second_run_bills_nothing():
    data = billed(case(BEGUN, until="2026-03-01"))
    assert due(data) == []


def test_pitfall_010_each_further_run_bills_nothing():
    data = case(BEGUN, until="2026-01-01")
    for _ in range(3):
        data = billed(data)
    assert len(data["claimed"]) == 1


def test_pitfall_011_a_line_of_nothing_counts_as_billed():
    free = version("2026-01-01", line(price="0"))
    data = billed(case(free, until="2026-01-01"))
    assert len(data["claimed"]) == 1
    assert due(data) == []
    netted = [JANUARY, claim("2026-01-01", "2026-02-01", "-125.00")]
    [correction] = quoted(case(BEGUN, until="2026-01-01", claimed=netted))["charges"]
    assert correction["kind"] == "correction"


def test_pitfall_015_backlog_needs_one_run():
    data = case(BEGUN, until="2026-12-01", claimed=[JANUARY])
    assert len(due(data)) == 11


def test_pitfall_016_a_gap_is_never_skipped():
    later = [claim("2026-03-01", "2026-04-01", "125.00")]
    data = case(BEGUN, until="2026-03-01", claimed=[JANUARY, *later])
    assert due(data) == ["2026-02-01 2026-03-01 125.00"]


def test_pitfall_017_a_stop_ends_one_position_for_good():
    def begin(position):
        return Change(
            "begin", position, quantity=Decimal(1), unit_price=Decimal("10.00")
        )

    def stop(number, month, position):
        return Version(number, date(2026, month, 1), (Change("end", position),))

    monthly = Change("terms", policy=Policy())
    first = Version(1, date(2026, 1, 1), (monthly, begin("a"), begin("b"), begin("c")))
    history = fold([first, stop(2, 2, "a"), stop(3, 3, "b")])
    charges = settle(history, [], date(2026, 3, 1), 2)
    assert [(charge.position, charge.start.month) for charge in charges] == [
        ("a", 1),
        ("b", 1),
        ("b", 2),
        ("c", 1),
        ("c", 2),
        ("c", 3),
    ]


def test_pitfall_018_end_before_the_next_date_is_just_not_due():
    data = case(BEGUN, until="2026-06-01", end="2026-01-15", claimed=[])
    assert due(billed(data)) == []


def test_pitfall_020_trial_extended_over_the_month_end():
    free = line(price="0")
    data = billed(
        case(
            version("2026-01-01", free),
            version("2026-01-20", line()),
            until="2026-01-01",
        )
    )
    # The trial now lasts until 10 February.
    data["versions"][1]["start"] = "2026-02-10"
    data["until"] = "2026-03-01"
    assert due(data) == [
        # 125 x 12/31 were billed
        "2026-01-01 2026-02-01 -48.39*",
        "2026-02-01 2026-02-10 0.00",
        "2026-02-10 2026-03-01 84.82",
        "2026-03-01 2026-04-01 125.00",
    ]


def test_pitfall_023_divisor_is_that_of_the_month_of_the_days():
    for year, days in ((2026, 28), (2028, 29)):
        data = case(
            version(f"{year}-02-{days - 2}", line("1", "100.00")),
            until=f"{year}-02-28",
        )
        [charge] = quoted(data)["charges"]
        assert charge["reason"] == f"3 of {days} days"
        assert charge["amount"] == {28: "10.71", 29: "10.34"}[days]


def test_pitfall_023_leap_year():
    year = {"unit": "year", "anchor": "2027-03-01"}
    data = case(version("2028-02-29", line("1", "366.00")), until="2028-02-29", **year)
    assert due(data) == ["2028-02-29 2028-03-01 1.00"]


def test_pitfall_024_full_period_is_never_divided():
    data = case(version("2026-01-01", line("3", "33.33")), until="2026-12-31", every=3)
    assert {charge["amount"] for charge in quoted(data)["charges"]} == {"99.99"}
    assert {charge["factor"] for charge in quoted(data)["charges"]} == {"1"}


def test_pitfall_025_factor_is_never_negative():
    data = case(version("2026-01-20", line()), until="2025-12-01", anchor="2026-01-25")
    assert due(data) == []
    data["until"] = "2026-02-01"
    for charge in quoted(data)["charges"]:
        assert 0 <= Fraction(charge["factor"]) <= 1


def test_pitfall_026_both_first_and_last_day_count():
    data = case(version("2026-04-02", line("1", "30.00")), until="2026-04-02")
    [charge] = quoted(data)["charges"]
    assert (charge["amount"], charge["reason"]) == ("29.00", "29 of 30 days")


def test_pitfall_027_second_change_in_one_period():
    data = case(version("2026-04-01", line("10", "3.00")), until="2026-04-01")
    data = billed(data)
    data["versions"].append(version("2026-04-11", line("20", "3.00")))
    # 10 more for 20 of 30 days
    assert due(data) == ["2026-04-01 2026-05-01 20.00*"]
    data = billed(data)
    data["versions"].append(version("2026-04-21", line("5", "3.00")))
    # 15 less for 10 of 30 days
    assert due(data) == ["2026-04-01 2026-05-01 -15.00*"]


def test_pitfall_028_credit_is_of_what_was_billed():
    free = version("2026-04-01", line("1", "30.00", "100"))
    data = billed(case(free, until="2026-04-01"))
    data["versions"].append(version("2026-04-16", line("4", "30.00")))
    # Four for 15 of 30 days; the free seat gives nothing back.
    assert due(data) == ["2026-04-01 2026-05-01 60.00*"]


def test_pitfall_034_proration_switched_on_in_mid_period():
    data = case(BEGUN, until="2026-01-01", day_count="none")
    data = billed(data)
    data["versions"].append(version("2026-01-16", line("10"), day_count="actual"))
    assert due(data) == []


def test_pitfall_038_contract_ends_before_the_last_billed_day():
    data = billed(case(BEGUN, until="2026-03-01"))
    data["end"] = "2026-02-15"
    assert due(data) == [
        "2026-02-01 2026-03-01 -62.50*",
        "2026-03-01 2026-04-01 -125.00*",
    ]
    assert due(billed(data)) == []


def test_pitfall_040_wrong_version_withdrawn():
    data = billed(case(BEGUN, until="2026-03-01"))
    wrong = version("2026-01-16", line("99"))
    data["versions"].append(wrong)
    data = billed(data)
    data["versions"].remove(wrong)
    data = billed(data)
    assert due(data) == []
    by_month = {}
    for item in data["claimed"]:
        month = item["start"][:7]
        by_month[month] = by_month.get(month, 0) + Decimal(item["amount"])
    assert by_month == dict.fromkeys(["2026-01", "2026-02", "2026-03"], 125)


def test_pitfall_041_correction_while_an_older_period_is_unbilled():
    february = claim("2026-02-01", "2026-03-01", "125.00")
    data = case(
        BEGUN,
        version("2026-02-15", line("12")),
        until="2026-02-15",
        claimed=[february],
    )
    assert due(data) == [
        "2026-01-01 2026-02-01 125.00",
        "2026-02-01 2026-03-01 12.50*",
    ]


def test_pitfall_043_negative_claims_end():
    data = case(BEGUN, until="2026-01-01", claimed=[JANUARY, JANUARY])
    assert due(data) == ["2026-01-01 2026-02-01 -125.00*"]
    assert due(billed(data)) == []


def test_pitfall_046_change_after_a_correction():
    data = case(BEGUN, until="2026-01-01", claimed=[JANUARY])
    for quantity, expected in (("8", "-25.00*"), ("11", "37.50*"), ("10", "-12.50*")):
        data["versions"] = [version("2026-01-01", line(quantity))]
        assert due(data) == [f"2026-01-01 2026-02-01 {expected}"]
        data = billed(data)


def test_pitfall_047_year_with_a_price_version_and_a_backdated_start():
    year = {"unit": "year", "anchor": "2026-01-01"}
    data = case(
        version("2026-03-01", line("1", "365.00")),
        version("2026-07-01", line("1", "730.00")),
        until="2026-03-01",
        **year,
    )
    data = billed(data)
    data["versions"][0]["start"] = "2026-01-01"
    # The 59 days of January and February at the old price.
    assert due(data) == ["2026-01-01 2027-01-01 59.00*"]


def test_pitfall_053_monthly_becomes_annual_without_an_overlap():
    data = billed(case(BEGUN, until="2026-02-01"))
    data["versions"].append(
        version("2026-02-15", line("10", "120.00"), unit="year", anchor="2026-02-15")
    )
    data["until"] = "2026-02-15"
    # The month ends by days, the year begins: 1,200 - 125 x 14/28.
    assert due(data) == ["2026-02-01 2027-02-15 1137.50*"]
    seen = billed(data)
    seen["until"] = "2027-02-14"
    assert due(seen) == []


def test_pitfall_055_temporary_version_ends_by_itself():
    def change(number, start, end, quantity):
        one = Change("set", "seats", quantity=Decimal(quantity))
        return Version(number, start, (one,), end)

    begin = Change("begin", "seats", quantity=Decimal(10), unit_price=Decimal("12.50"))
    first = Version(1, date(2026, 1, 1), (Change("terms", policy=Policy()), begin))
    two_months = change(2, date(2026, 2, 1), date(2026, 4, 1), 4)
    history = fold([first, two_months])
    charges = settle(history, [], date(2026, 4, 1), 2)
    assert [str(charge.amount) for charge in charges] == [
        "125.00",
        "50.00",
        "50.00",
        "125.00",
    ]
    assert settle(history, claims_of(charges), date(2026, 4, 1), 2) == []


def test_pitfall_070_price_revision_leaves_ended_positions_alone():
    prices = {"seats": "12.50", "rent": "9.00"}
    begin = [
        Change("begin", name, quantity=Decimal(1), unit_price=Decimal(price))
        for name, price in prices.items()
    ]
    first = Version(1, date(2026, 1, 1), (Change("terms", policy=Policy()), *begin))
    ended = Version(2, date(2026, 2, 1), (Change("end", "rent"),))
    raised = Version(
        3,
        date(2026, 3, 1),
        tuple(Change("set", name, unit_price=Decimal(99)) for name in prices),
    )
    history = fold([first, ended, raised])
    assert history.ineffective == ((3, 1),)
    rent = [item for item in history.lines if item.position == "rent"]
    assert [(item.end, str(item.unit_price)) for item in rent] == [
        (date(2026, 2, 1), "9.00")
    ]


def test_pitfall_071_discount_stays_until_a_version_changes_it():
    begin = Change(
        "begin",
        "seats",
        quantity=Decimal(1),
        unit_price=Decimal(10),
        discount=Decimal(15),
    )
    first = Version(1, date(2026, 1, 1), (Change("terms", policy=Policy()), begin))
    dearer = Version(
        2, date(2026, 6, 1), (Change("set", "seats", unit_price=Decimal(20)),)
    )
    history = fold([first, dearer])
    assert {item.discount for item in history.lines} == {Decimal(15)}
    charges = settle(history, [], date(2026, 6, 1), 2)
    assert [str(item.amount) for item in charges[-2:]] == ["8.50", "17.00"]
