"""What a row should cost: proration, rounding and exchange by hand, then for any row."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from billing_strategies import property_settings
from hypothesis import given
from hypothesis import strategies as st
from matching import (
    Row,
    by_own_rule,
    cycle_of,
    exchanges,
    expected_cost,
    price_of,
    prices,
    prorations,
    rounding,
    roundings,
)
from matching_cases import day


def row(start, end, quantity="10", price="15.00", cost=None, **values):
    """Return a row of seats, monthly from 1 January; by default it costs their price."""
    quantity, price = Decimal(quantity), Decimal(price)
    base = {
        "key": 1,
        "subscription": "s",
        "article": "a",
        "list_price": price,
        "currency": "EUR",
        "pricing_currency": "EUR",
        "rate": Decimal(1),
        "event": "recurring",
        "cycle": 1,
        "anchor": day("01-01"),
        "is_cutting": True,
    }
    base.update(values)
    return Row(
        quantity=quantity,
        price=price,
        cost=quantity * price if cost is None else Decimal(cost),
        start=day(start),
        end=end and day(end),
        **base,
    )


@pytest.mark.parametrize(
    ("plan", "start", "end", "months"),
    [
        ("monthly", "01-01", "02-01", 1),
        ("monthly", "01-31", "02-28", 1),
        ("monthly", "01-10", "02-01", 1),
        ("annual", "01-01", "2027-01-01", 12),
        # The last month of a year that was bought late.
        ("annual", "12-01", "2027-01-01", 12),
        # Charged for a year at once, whatever the plan is called.
        ("monthly", "01-01", "2027-01-01", 12),
        (None, "01-01", "04-01", 3),
        (None, "01-01", "02-11", 0),
        ("one_time", "01-01", None, 0),
        ("triennial", "01-01", None, 36),
    ],
)
def test_cycle(plan, start, end, months):
    assert cycle_of(plan, day(start), end and day(end)) == months


@pytest.mark.parametrize(
    ("values", "share"),
    [
        ({"start": "01-01", "end": "02-01"}, 1),
        ({"start": "01-20", "end": "02-01"}, Fraction(12, 31)),
        # Cycles are counted from the first day of the term.
        ({"start": "02-15", "end": "03-05", "anchor": day("01-05")}, Fraction(18, 28)),
        # A term that begins within a cycle of others: counted back from its end.
        ({"start": "01-05", "end": "02-01", "anchor": day("01-05")}, Fraction(27, 31)),
        # Bought in March and billed with all others at the year's end.
        (
            {
                "start": "03-05",
                "end": "2027-01-01",
                "cycle": 12,
                "anchor": day("03-05"),
            },
            Fraction(302, 365),
        ),
        # A reversal is for the days since the change, not since the cycle began.
        (
            {
                "start": "01-01",
                "end": "02-01",
                "event": "increase",
                "changed": day("01-20"),
            },
            Fraction(12, 31),
        ),
        # Days of several cycles say nothing about one.
        ({"start": "01-20", "end": "03-01"}, None),
        ({"start": "01-20", "end": None}, None),
        ({"start": "01-20", "end": "02-01", "cycle": 0}, None),
    ],
)
def test_share_of_a_cycle(values, share):
    assert row(**values).share == share


def test_the_31st_is_never_lost():
    """31 January, 28 February, 31 March: whole cycles, all of them."""
    days = ["01-31", "02-28", "03-31", "04-30"]
    for start, end in pairwise(days):
        assert row(start, end, anchor=day("01-31")).is_whole


def test_pitfall_073_seats_are_cut_once_and_usage_twice():
    """Rows of the page on the reconciliation file, section 8, and one of seats."""
    seats = row("01-01", "02-01", "12", "10.33", "61.92", rate=Decimal("0.5"))
    assert by_own_rule(seats) == Decimal("61.92")
    # 12 x 10.33 x 0.5 = 61.98
    assert rounding(seats) == Fraction(-6, 100)
    usage = row(
        "03-01",
        "04-01",
        "376.5",
        "0.03825",
        "13.26",
        rate=Decimal("0.9213"),
        is_metered=True,
        cycle=0,
    )
    # 376.5 x 0.03825 = 14.40…, x 0.9213 = 13.266…
    assert by_own_rule(usage) == Decimal("13.26")
    exact = Fraction("376.5") * Fraction("0.03825") * Fraction("0.9213")
    assert rounding(usage) == Fraction("13.26") - exact
    total, rows = roundings([seats, usage, row("01-01", "02-01")])["EUR"]
    assert total == rounding(seats) + rounding(usage)
    assert rows == [seats, usage]


def test_who_does_not_cut_rounds_the_sum():
    one = row("01-01", "02-01", "3", "1.115", "3.35", is_cutting=False)
    # 3.345
    assert by_own_rule(one) == Decimal("3.35")
    assert rounding(one) == Fraction("0.005")


def test_what_no_rule_explains_is_no_rounding():
    assert rounding(row("01-01", "02-01", "10", "15.00", "151.00")) == 0
    assert roundings([row("01-01", "02-01", "10", "15.00", "151.00")]) == {}


def test_a_part_charged_like_a_whole():
    rows = [
        row("01-01", "02-01"),
        row("01-20", "02-01", "-10", "5.81", event="increase", changed=day("01-20")),
        row("01-20", "02-01", "12", "15.00", event="increase", changed=day("01-20")),
    ]
    now = prices(rows)
    assert now == {("s", "a"): Decimal("15.00"), (None, "a"): Decimal("15.00")}
    (found,) = prorations(rows, lambda one: price_of(one, now))
    # 12 x 15.00 x 12/31 = 69.677…; the reversal is right
    assert (found.expected, found.cost) == (Decimal("69.68"), Decimal("180.00"))
    assert found.amount == Decimal("110.32")
    assert found.rows == (rows[2],)


def test_without_any_price_of_a_cycle_nothing_is_said():
    part = row("01-20", "02-01", price="9.00")
    assert price_of(part, {}) is None
    assert prorations([part], lambda one: price_of(one, {})) == []
    # The price of the row's own days is less than the list price of a cycle.
    part = row("01-20", "02-01", price="9.00", list_price=Decimal("15.00"))
    assert price_of(part, {}) == Decimal("15.00")
    # 10 x 15.00 x 12/31 = 58.06
    (found,) = prorations([part], lambda one: price_of(one, {}))
    assert found.amount == Decimal("31.94")


def test_prices_of_others_stand_in_where_all_are_alike():
    part = row("01-20", "02-01", subscription="new")
    same = [row("01-01", "02-01", subscription=name) for name in "xy"]
    assert price_of(part, prices(same)) == Decimal("15.00")
    other = row("01-01", "02-01", subscription="z", price="14.00")
    assert price_of(part, prices([*same, other])) is None
    assert price_of(part, {}, prices(same)) == Decimal("15.00")


def test_the_files_rate_against_ours():
    """200.00 dollars at 0.5 and 100.00 at 0.25, where ours are 0.4 and unknown."""
    rows = [
        row("01-01", "02-01", "10", "20.00", "100.00", pricing_currency="USD"),
        row("01-01", "02-01", "1", "100.00", "25.00", pricing_currency="GBP"),
        row("01-01", "02-01"),
    ]
    rows[0] = rows[0]._replace(rate=Decimal("0.5"))
    rows[1] = rows[1]._replace(rate=Decimal("0.25"))
    asked = []

    def our_rate(source, target, on):
        asked.append((source, target, on))
        return Decimal("0.4") if source == "USD" else None

    (found,) = exchanges(rows, our_rate)
    assert (found.source, found.target, found.amount) == ("USD", "EUR", 20)
    assert found.rates == ((Decimal("0.5"), Decimal("0.4"), day("01-01")),)
    assert asked == [
        ("USD", "EUR", day("01-01")),
        ("GBP", "EUR", day("01-01")),
    ]


# For any row

MONEY = st.decimals("0.01", "999.99", places=2)
QUANTITIES = st.integers(-50, 50).filter(bool).map(Decimal)
STARTS = st.integers(0, 300).map(lambda n: date(2026, 1, 1) + timedelta(n))


@st.composite
def parts(draw):
    """A row for some last days of a month, charged by the provider's own rule."""
    month = draw(st.integers(1, 11))
    first, end = date(2026, month, 1), date(2026, month + 1, 1)
    start = first + timedelta(draw(st.integers(1, (end - first).days - 1)))
    price, quantity = draw(MONEY), draw(QUANTITIES)
    exact = price * (end - start).days / (end - first).days
    unit = exact.quantize(Decimal("0.01"), "ROUND_HALF_UP")
    return price, row(
        start.isoformat(),
        end.isoformat(),
        str(quantity),
        str(unit),
        event="increase",
        changed=start,
    )


@property_settings(300)
@given(parts())
def test_what_follows_the_providers_rule_is_never_found(part):
    price, one = part
    assert prorations([one], lambda _row: price) == []


@property_settings(300)
@given(parts(), st.decimals("0.05", "100", places=2))
def test_what_does_not_is_found_with_all_of_its_money(part, more):
    price, one = part
    added = more * abs(one.quantity) + 1
    dear = one._replace(cost=one.cost + added)
    (found,) = prorations([dear], lambda _row: price)
    assert abs(found.amount - added) <= Decimal("0.01") * (abs(one.quantity) + 1)


@property_settings(300)
@given(QUANTITIES, MONEY, st.decimals("0.01", "3", places=4), st.booleans())
def test_rounding_is_less_than_a_cent_for_each_unit(quantity, price, rate, is_cutting):
    one = row("01-01", "02-01", str(quantity), str(price), "0", is_cutting=is_cutting)
    one = one._replace(rate=rate)
    own = by_own_rule(one)
    rest = rounding(one._replace(cost=own))
    assert Fraction(own) - rest == Fraction(price) * Fraction(quantity) * Fraction(rate)
    assert abs(rest) < Fraction(abs(quantity)) / 100
    if is_cutting:
        # Charges and credits mirror each other.
        mirrored = one._replace(quantity=-quantity)
        assert by_own_rule(mirrored) == -own


@property_settings(200)
@given(STARTS, st.sampled_from([1, 3, 12, 36]), st.integers(0, 40))
def test_parts_of_a_cycle_make_the_whole(anchor, months, number):
    """A cycle cut on any day: both parts' days are those of the cycle."""
    first = _moved(anchor, months * number)
    end = _moved(anchor, months * (number + 1))
    whole = _cycle(first, end, months, anchor)
    assert whole.is_whole
    cut = first + (end - first) / 3
    rest = _cycle(cut, end, months, anchor)
    assert rest.share == Fraction((end - cut).days, (end - first).days)
    assert expected_cost(whole, Decimal("15.00")) == 150


def _cycle(start, end, months, anchor):
    return row(start.isoformat(), end.isoformat(), cycle=months, anchor=anchor)


def _moved(anchor, months):
    month = anchor.month - 1 + months
    year, month = anchor.year + month // 12, month % 12 + 1
    for last in (anchor.day, 30, 29, 28):
        try:
            return date(year, month, min(anchor.day, last))
        except ValueError:
            continue
    raise AssertionError
