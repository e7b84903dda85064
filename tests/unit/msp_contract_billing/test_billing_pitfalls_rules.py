"""Complaints about other systems that rules and prices of the engine rule out.

Each test is named after its number in `docs/pitfalls.md`; those on periods and
corrections stand in `test_billing_pitfalls.py`.
"""

from billing_cases import billed, case, claim, due, line, quoted, version

JANUARY = claim("2026-01-01", "2026-02-01", "125.00")


def usage(*rows, **pricing):
    """Return a line that bills rows of (key, day, amount)."""
    return {
        "position": "azure",
        "pricing": {"model": "amounts", **pricing},
        "amounts": [
            {"key": key, "start": day, "quantity": "1", "amount": amount}
            for key, day, amount in rows
        ],
    }


def test_pitfall_012_usage_of_a_later_month_stays_open():
    rows = [("a", "2026-01-10", "20.00"), ("b", "2026-02-03", "7.00")]
    data = case(version("2026-01-01", usage(*rows)), until="2026-02-01")
    data["policy"]["timing"] = "arrears"
    # February's row is there already, and not billed with January.
    assert due(data) == ["2026-01-01 2026-02-01 20.00"]
    data = billed(data)
    data["until"] = "2026-03-01"
    assert due(data) == ["2026-02-01 2026-03-01 7.00"]


def test_pitfall_012_no_row_is_lost_in_silence():
    rows = [("a", "2026-01-10", "20.00"), ("late", "2026-03-03", "7.00")]
    data = case(
        version("2026-01-01", usage(*rows)), until="2026-06-01", end="2026-03-01"
    )
    output = quoted(data)
    assert output["total"] == "20.00"
    [warning] = output["warnings"]
    assert "late" in warning and "2026-03-03" in warning


def test_pitfall_020_trial_is_a_price_of_nothing_in_the_same_periods():
    data = billed(
        case(
            version("2026-01-15", line(price="0")),
            version("2026-02-15", line()),
            until="2026-02-01",
        )
    )
    # Extended by a month: what of February was billed goes back, nothing is missing.
    data["versions"][1]["start"] = "2026-03-15"
    data["until"] = "2026-03-31"
    assert due(data) == [
        "2026-02-01 2026-03-01 -62.50*",
        "2026-03-01 2026-03-15 0.00",
        "2026-03-15 2026-04-01 68.55",
    ]


def test_pitfall_032_seats_of_another_kind_end_with_the_term():
    year = {"unit": "year", "anchor": "2026-01-01"}
    first = line("10", "365.00")
    other = line("2", "730.00", position="other")
    data = case(
        version("2026-01-01", first), until="2026-01-01", end="2027-01-01", **year
    )
    data = billed(data)
    data["versions"].append(version("2026-10-01", first, other))
    data["until"] = "2026-10-01"
    # The 92 days to the end, and no twelve months of their own.
    assert due(data) == ["2026-10-01 2027-01-01 368.00"]
    data = billed(data)
    data["until"] = "2028-01-01"
    assert due(data) == []


TIERS = [{"up_to": "10", "unit_price": "31"}, {"up_to": None, "unit_price": "15.50"}]


def graduated(quantity):
    return {
        "position": "seats",
        "quantity": quantity,
        "pricing": {"model": "graduated", "tiers": TIERS},
    }


def test_pitfall_036_tier_is_that_of_the_quantity_of_each_day():
    data = billed(case(version("2026-01-01", graduated("12")), until="2026-01-01"))
    assert data["claimed"][0]["amount"] == "341.00"
    # Three are removed: first those of the second tier, then one of the first.
    data["versions"].append(version("2026-01-22", graduated("9")))
    # 10 of 31 days: 2 x 15.50 and 1 x 31.00 less.
    assert due(data) == ["2026-01-01 2026-02-01 -20.00*"]
    data = billed(data)
    data["versions"].append(version("2026-01-27", graduated("13")))
    # 5 of 31 days: 31.00 and 3 x 15.50 more.
    assert due(data) == ["2026-01-01 2026-02-01 12.50*"]


def test_pitfall_036_removing_all_units_is_never_below_nothing():
    data = billed(case(version("2026-01-01", graduated("12")), until="2026-01-01"))
    data["versions"].append(version("2026-01-01", graduated("0")))
    assert due(data) == ["2026-01-01 2026-02-01 -341.00*"]
    assert due(billed(data)) == []


def test_pitfall_041_regular_run_and_correction_in_either_order():
    february = claim("2026-02-01", "2026-03-01", "125.00")
    data = case(
        version("2026-01-01", line()),
        version("2026-02-15", line("12")),
        until="2026-02-15",
        claimed=[february],
    )
    both = quoted(data)["charges"]
    for first, second in (both, both[::-1]):
        data["claimed"] = [february, first]
        assert quoted(data)["charges"] == [second]


def test_pitfall_045_adjustment_does_not_come_back_and_can_be_undone():
    gift = {**claim("2026-01-01", "2026-02-01", "-30.00"), "kind": "goodwill"}
    data = case(version("2026-01-01", line()), until="2026-01-31")
    data["claimed"] = [JANUARY, gift]
    assert due(data) == []
    # Taken back: the opposite, which is goodwill as well.
    data["claimed"].append({**gift, "amount": "30.00"})
    assert due(data) == []
    # And a change is settled as if nothing had been given.
    data["versions"][0]["lines"] = [line("8")]
    assert due(data) == ["2026-01-01 2026-02-01 -25.00*"]


def test_pitfall_045_credit_is_never_larger_than_what_is_open():
    gift = {**claim("2026-01-01", "2026-02-01", "-100.00"), "kind": "goodwill"}
    data = case(version("2026-01-01"), until="2026-01-01", credit_cap=True)
    data["claimed"] = [JANUARY, gift]
    assert due(data) == ["2026-01-01 2026-02-01 -25.00*"]
    assert due(billed(data)) == []


def test_pitfall_048_refundable_or_not_per_position():
    fixed = {**line("1", "100.00", position="fixed"), "policy": {"decrease": "never"}}
    data = case(version("2026-01-01", line(), fixed), until="2026-01-01")
    data = billed(data)
    # Both are cancelled in the middle of the month.
    data["versions"].append(version("2026-01-16"))
    assert due(data) == ["2026-01-01 2026-02-01 -64.52*"]
    data["until"] = "2026-02-01"
    assert due(billed(data)) == []


def test_pitfall_049_downgrade_when_the_contract_says():
    for rule, expected in (
        ("at_once", ["2026-01-01 2026-02-01 -25.81*", "2026-02-01 2026-03-01 75.00"]),
        ("next_period", ["2026-02-01 2026-03-01 75.00"]),
        ("never", ["2026-02-01 2026-03-01 75.00"]),
        ("end_of_term", ["2026-02-01 2026-03-01 125.00"]),
    ):
        data = case(
            version("2026-01-01", line()),
            version("2026-01-16", line("6")),
            until="2026-02-01",
            decrease=rule,
            term_months=12,
            claimed=[JANUARY],
        )
        assert due(data) == expected, rule


def test_pitfall_050_an_event_is_taken_back_with_tiers_above_it():
    data = case(
        version("2026-01-01", graduated("9")),
        version("2026-01-11", graduated("11")),
        version("2026-01-21", graduated("14")),
        until="2026-01-01",
    )
    data = billed(data)
    # The two of the 11th never were: 11 and 14 become 9 and 12.
    data["versions"][1:] = [version("2026-01-21", graduated("12"))]
    # 10 days x (31 + 15.50)/31 and 11 days x 2 x 15.50/31 less.
    assert due(data) == ["2026-01-01 2026-02-01 -26.00*"]
    assert due(billed(data)) == []


def test_pitfall_078_late_rows_change_the_month_they_are_for():
    data = case(
        version("2026-01-01", usage(("a", "2026-01-10", "20.00"))), until="2026-02-01"
    )
    data["policy"]["timing"] = "arrears"
    data = billed(data)
    data["versions"] = [
        version(
            "2026-01-01",
            usage(("a", "2026-01-10", "18.50"), ("b", "2026-01-31", "4.00")),
        )
    ]
    data["until"] = "2026-03-01"
    assert due(data) == [
        "2026-01-01 2026-02-01 2.50*",
        "2026-02-01 2026-03-01 0.00",
    ]
    assert due(billed(data)) == []


def test_pitfall_079_period_is_that_of_the_charge_not_of_the_contract():
    # Begun on the 20th, billed with the calendar: no row slips by a month.
    rows = [("a", "2026-01-20", "1.00"), ("b", "2026-01-31", "2.00")]
    rows += [("c", "2026-02-01", "4.00"), ("d", "2026-02-19", "8.00")]
    data = case(version("2026-01-20", usage(*rows)), until="2026-03-01")
    data["policy"]["timing"] = "arrears"
    assert due(data) == ["2026-01-20 2026-02-01 3.00", "2026-02-01 2026-03-01 12.00"]


def test_pitfall_112_annual_without_a_refund():
    backup = {
        **line("20", "12.00", position="backup"),
        "policy": {"unit": "year", "anchor": "2026-01-01", "decrease": "never"},
    }
    data = billed(case(version("2026-01-01", backup), until="2026-01-01"))
    assert data["claimed"][0]["amount"] == "240.00"
    data["versions"].append(version("2026-03-01", {**backup, "quantity": "5"}))
    data["until"] = "2026-12-31"
    assert due(data) == []
    # The true-up comes with the renewal.
    data["until"] = "2027-01-01"
    assert due(data) == ["2027-01-01 2028-01-01 60.00"]
    # More users than ever are charged from their day on.
    data["until"] = "2026-12-31"
    data["versions"].append(version("2026-10-01", {**backup, "quantity": "25"}))
    assert due(data) == ["2026-01-01 2027-01-01 15.12*"]


def test_pitfall_113_proration_is_a_rule_of_each_position():
    whole = {**line("1", "31.00", position="new"), "policy": {"day_count": "none"}}
    data = case(
        version("2026-01-01", line("10", "31.00")),
        version("2026-01-16", line("12", "31.00"), whole),
        until="2026-02-01",
    )
    # Seats added are prorated; what is new begins with the next whole period.
    assert due(data) == [
        "2026-02-01 2026-03-01 31.00",
        "2026-01-01 2026-01-16 150.00",
        "2026-01-16 2026-02-01 192.00",
        "2026-02-01 2026-03-01 372.00",
    ]


def test_pitfall_113_new_purchase_in_full_and_additions_by_days():
    """A purchase has a period of its own from its day on, additions end with it."""
    own = {"re_anchor": True}
    first = {**line("10", "31.00"), "policy": own}
    data = case(version("2026-01-01"), version("2026-01-16", first), until="2026-01-16")
    assert due(data) == ["2026-01-16 2026-02-16 310.00"]
    data = billed(data)
    more = {**line("2", "31.00", position="more"), "policy": {"anchor": "2026-01-16"}}
    data["versions"].append(version("2026-01-31", first, more))
    data["until"] = "2026-01-31"
    assert due(data) == ["2026-01-31 2026-02-16 32.00"]


def test_pitfall_113_one_position_new_in_full_and_more_seats_by_days():
    """Its periods begin on its own first day and do not move with its changes."""
    seats = {**line("10", "31.00"), "policy": {"own_start": True}}
    data = case(version("2026-01-01"), version("2026-01-16", seats), until="2026-01-16")
    assert due(data) == ["2026-01-16 2026-02-16 310.00"]
    data = billed(data)
    data["versions"].append(version("2026-01-31", {**seats, "quantity": "12"}))
    data["until"] = "2026-01-31"
    # 2 seats for 16 of the period's 31 days
    assert due(data) == ["2026-01-16 2026-02-16 32.00*"]
    data = billed(data)
    data["until"] = "2026-02-16"
    assert due(data) == ["2026-02-16 2026-03-16 372.00"]
