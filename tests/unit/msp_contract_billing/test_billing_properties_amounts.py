"""What holds for any amount: shares, parts and sums."""

import json
from collections import defaultdict
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.__main__ import quote
from billing.case import parse_case
from billing.entitlement import slices_by_position
from billing.periods import boundary
from billing_edits import plain_amounts
from billing_reference import DAY, Reference, moved, round_half_up
from billing_reference_prices import content_of, price_of
from billing_strategies import (
    RHYTHMS,
    cases,
    contents,
    days,
    policies,
    prices,
    property_settings,
    quantities,
)
from hypothesis import given
from hypothesis import strategies as st


def quoted(case):
    return quote(json.dumps(case))["charges"]


def total(charges):
    return sum(Fraction(charge["amount"]) for charge in charges)


@property_settings(80)
@given(
    policies(rules=False).filter(lambda one: one["day_count"] != "year_share"),
    days(),
    quantities(),
    prices(),
    st.sampled_from([0, 2, 3]),
    st.data(),
)
def test_full_period_costs_exactly_the_agreed_price(
    policy, anchor, quantity, price, digits, data
):
    n = data.draw(st.integers(-5, 5))
    policy = {**policy, "anchor": str(anchor)}
    start, end = (
        moved(anchor, policy["unit"], k * policy["every"]) for k in (n, n + 1)
    )
    [charge] = quoted(
        {
            "currency_digits": digits,
            "until": str(end),
            "end": str(end),
            "policy": policy,
            "versions": [
                {
                    "start": str(start),
                    "lines": [
                        {
                            "position": "seats",
                            "quantity": quantity,
                            "unit_price": price,
                            "discount": "0",
                        }
                    ],
                }
            ],
            "claimed": [],
        }
    )
    assert charge["factor"] == "1"
    exact = Fraction(quantity) * Fraction(price)
    assert abs(Fraction(charge["amount"]) - exact) <= Fraction(1, 2 * 10**digits)


@property_settings(40)
@given(cases(claimed=False))
def test_factors_of_a_period_are_within_0_and_1(case):
    shares = defaultdict(Fraction)
    case.pop("catch_up", None)
    reference = Reference(case)
    for charge in quoted(case):
        factor = Fraction(charge["factor"])
        assert 0 <= factor <= 1
        sheet = reference.sheet(charge["position"])
        day = date.fromisoformat(charge["start"])
        if sheet.charged[day].is_dated:
            # Amounts are charged as they are, each on its own days.
            assert factor == 1
            continue
        cell = sheet.cell_of[day]
        shares[charge["position"], cell] += factor
    assert all(share <= 1 + Fraction(31, 10**12) for share in shares.values())


@property_settings(40)
@given(cases(claimed=False))
def test_nothing_is_charged_outside_versions_nor_twice(case):
    reference = Reference(case)
    seen = set()
    for charge in quoted(case):
        sheet = reference.sheet(charge["position"])
        day = date.fromisoformat(charge["start"])
        is_whole = sheet.cell_of[day].policy["day_count"] == "none"
        # Amounts of days may stand beside a price that is charged for all of them.
        is_dated = day in sheet.charged and sheet.charged[day].is_dated
        while str(day) < charge["end"]:
            assert (charge["position"], is_dated, day) not in seen
            seen.add((charge["position"], is_dated, day))
            assert is_whole or day in sheet.charged
            day += DAY


@property_settings(40)
@given(cases(claimed=False, pricing=False, rules=False), quantities(), st.data())
def test_more_is_not_cheaper(case, more, data):
    for version in case["versions"]:
        for line in version["lines"]:
            line["unit_price"] = line["unit_price"].lstrip("-")
    before = total(quoted(case))
    changed = data.draw(st.sampled_from(case["versions"]))
    name = data.draw(st.sampled_from(["quantity", "unit_price"]))
    for line in changed["lines"]:
        line[name] = str(Decimal(line[name]) + Decimal(more))
    assert total(quoted(case)) >= before


@property_settings(40)
@given(
    cases(changing=False, claimed=False, pricing=False, rules=False),
    st.integers(1, 200),
)
def test_longer_is_not_cheaper(case, longer):
    case["policy"]["timing"] = "advance"
    for version in case["versions"]:
        for line in version["lines"]:
            line["unit_price"] = line["unit_price"].lstrip("-")
    end = date.fromisoformat(case["end"] or "2025-02-10")
    first = min(date.fromisoformat(item["start"]) for item in case["versions"])
    end = max(end, first)
    short = total(quoted({**case, "end": str(end)}))
    assert short <= total(quoted({**case, "end": str(end + longer * DAY)}))


@property_settings(100)
@given(
    prices(),
    quantities(),
    st.sampled_from([0, 2, 3]),
    st.sampled_from(
        [("year", 12), ("year", 4), ("year", 5), ("quarter", 3), ("week", 7)]
    ),
    days(),
    st.integers(-4, 4),
)
def test_instalments_make_the_price_exactly(price, quantity, digits, rhythm, anchor, n):
    unit, count = rhythm
    parsed = parse_case(_one(price, quantity, anchor, unit=unit, instalments=count))
    policy = parsed.history.terms[0].policy
    first = boundary(policy, anchor, n * count)
    after = boundary(policy, anchor, (n + 1) * count)
    case = _one(price, quantity, anchor, unit=unit, instalments=count)
    case["versions"][0]["start"] = str(first)
    case |= {"currency_digits": digits, "until": str(after), "end": str(after)}
    charges = quoted(case)
    assert len(charges) == count
    exact = Fraction(quantity) * Fraction(price)
    assert total(charges) == round_half_up(exact, digits)
    unit = Fraction(1, 10**digits)
    assert all(
        abs(Fraction(item["amount"]) - exact / count) <= unit for item in charges
    )


def _one(price, quantity, anchor, **policy):
    line = {"position": "seats", "quantity": quantity, "unit_price": price}
    return {
        "until": str(anchor),
        "policy": {"anchor": str(anchor), **policy},
        "versions": [{"start": str(anchor), "lines": [line]}],
    }


@property_settings(40)
@given(prices(), quantities(), days(), st.sampled_from(RHYTHMS), days())
def test_year_share_makes_the_year_before_rounding(price, quantity, first, rhythm, cut):
    every, unit = rhythm
    end = moved(first, "year", 1)
    case = _one(price, quantity, first, every=every, unit=unit, day_count="year_share")
    case |= {"end": str(end), "until": str(end)}
    again = {**case["versions"][0], "start": str(cut)}
    # Another price in between, as long as its days cost the same.
    again["lines"] = [{**again["lines"][0], "discount": "0.0", "price_months": 12}]
    if first < cut < end:
        case["versions"].append(again)
    pieces = slices_by_position(parse_case(case).history, end, 2)["seats"]
    assert sum(piece.amount for piece in pieces) == Fraction(price) * Fraction(quantity)
    assert sum(piece.factor for piece in pieces) == 1


@property_settings(150)
@given(contents(), policies(rules=False), days(), st.sampled_from([0, 2, 3]))
def test_full_period_costs_the_price_of_its_model(content, policy, anchor, digits):
    content_ = content_of(content)
    if content_.is_dated or policy["day_count"] == "year_share":
        return
    after = moved(anchor, policy["unit"], policy["every"])
    case = {
        "currency_digits": digits,
        "until": str(after),
        "end": str(after),
        "policy": {**policy, "anchor": str(anchor)},
        "versions": [
            {"start": str(anchor), "lines": [{"position": "seats", **content}]}
        ],
    }
    billed = content_.reduced() if content_.is_billed else None
    exact = price_of(billed, billed.price).amount if billed else Fraction(0)
    assert total(quoted(case)) == round_half_up(exact, digits)


@property_settings(100)
@given(plain_amounts(), policies(), st.sampled_from(["0", "10", "-12.5"]), days())
def test_no_amount_vanishes(rows, policy, markup, end):
    """What was given is billed or named: money in is money out."""
    line = {"position": "azure", "pricing": {"model": "amounts", "markup": markup}}
    line["amounts"] = [
        {name: str(value) for name, value in asdict(row).items()} for row in rows
    ]
    case = {
        "until": "2026-12-31",
        "end": str(max(end, date(2023, 12, 1))),
        "policy": policy,
        "versions": [{"start": "2023-12-01", "lines": [line]}],
    }
    output = quote(json.dumps(case))
    named = {text.split()[3] for text in output.get("warnings", [])}
    placed = [row for row in rows if row.key not in named]
    due_ = sum(Fraction(row.amount) for row in placed) * (100 + Fraction(markup)) / 100
    partly = [row for row in rows if row.key in named]
    most = sum(abs(Fraction(row.amount)) for row in partly) * 2
    off = abs(total(output["charges"]) - due_)
    assert off <= most + Fraction(len(output["charges"]), 200)
