"""What holds for any history of edits and runs."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing import Change, Claim, Version, fold, settle
from billing.__main__ import quote
from billing.case import parse_case
from billing_cases import MONTHLY, case_of, claims_of
from billing_reference import DAY, Reference, moved
from billing_strategies import (
    BASE_START,
    END,
    cases,
    days,
    edits,
    lines,
    policies,
    prices,
    property_settings,
    quantities,
)
from hypothesis import given
from hypothesis import strategies as st

FAR = date(2025, 7, 1)
RUNS = st.lists(days(last=date(2025, 6, 30)), min_size=1, max_size=5)


def quoted(case):
    return quote(json.dumps(case))["charges"]


def total(charges):
    return sum(Fraction(charge["amount"]) for charge in charges)


def run(versions, claims, until, digits=2):
    """Settle the fold of `versions`; return all claims afterwards."""
    charges = settle(fold(versions), claims, until, digits)
    return [*claims, *claims_of(charges)]


def sums(history, claims, digits=2):
    """Return {(position, period): sum} of claims, zero sums left out."""
    found = defaultdict(Fraction)
    reference = Reference(case_of(history, claims, FAR, digits))
    for position in reference.positions():
        for cells, group in reference.groups(position):
            # One natural period each: nothing in these histories joins any.
            assert len(cells) <= 1
            key = cells[0][2] if cells else None
            found[position, key] += sum(claim[3] for claim in group)
    return {key: value for key, value in found.items() if value}


def closed(versions):
    """Return `versions` with the end of the contract, and nothing after it."""
    last = max(version.number for version in versions)
    return [*versions, Version(last + 1, END, (Change("terminate"),))]


# Idempotence, conservation, order


@property_settings(80)
@given(cases(), RUNS)
def test_second_run_yields_nothing(case, untils):
    for until in untils:
        case["until"] = str(until)
        charges = quoted(case)
        case["claimed"] += charges
        assert quoted(case) == []
        case["until"] = str(min(until, date(2024, 5, 1)))
        assert quoted(case) == []


@property_settings(30)
@given(edits(terms=True), st.data())
def test_conservation_after_any_edits_and_runs(versions, data):
    claims, active = [], versions[:1]
    order = data.draw(st.permutations(versions[1:]))
    for version in order:
        if data.draw(st.booleans()):
            claims = run(active, claims, data.draw(days(last=date(2025, 6, 30))))
        active.append(version)
    claims = run(active, claims, FAR)
    reference = Reference(case_of(fold(active), claims, FAR))
    assert reference.due() == {}
    for position in reference.positions():
        for cells, group in reference.groups(position):
            entitled = sum(
                piece[3] for cell in cells for piece in reference.slices(position, cell)
            )
            claimed = sum(claim[3] for claim in group)
            # Half a cent per settled group of periods, no more.
            assert not group or abs(entitled - claimed) <= Fraction(1, 200)


@property_settings(40)
@given(edits(distinct=True), st.data())
def test_order_of_edits_and_runs_does_not_matter(versions, data):
    versions = closed(versions)
    found = []
    for _ in range(2):
        claims, active = [], versions[:1]
        for version in data.draw(st.permutations(versions[1:])):
            if data.draw(st.booleans()):
                claims = run(active, claims, data.draw(days()))
            active.append(version)
        claims = run(active, claims, FAR)
        found.append(sums(fold(active), claims))
    assert found[0] == found[1]


@property_settings(25)
@given(edits(ending=False), st.data())
def test_version_and_its_withdrawal_net_to_zero(versions, data):
    version = versions[-1] if len(versions) > 1 else None
    rest = [item for item in versions if item is not version]
    until = data.draw(days(BASE_START, date(2025, 3, 31)))
    before = run(rest, [], until)
    between = run(versions, before, until)
    after = run(rest, between, until)
    history = fold(rest)
    assert sums(history, after) == sums(history, before)


@property_settings(40)
@given(edits(), st.data())
def test_withdrawal_is_folding_without(versions, data):
    versions = closed(versions)
    gone = data.draw(st.sets(st.sampled_from(versions[1:-1] or versions[-1:])))
    kept = [item for item in versions if item not in gone]
    if fold(kept).end is None:
        kept.append(closed(versions)[-1])
    claims = []
    for until in data.draw(RUNS):
        claims = run(versions, claims, until)
    history = fold(kept)
    assert sums(history, run(kept, claims, FAR)) == sums(history, run(kept, [], FAR))


@property_settings(40)
@given(cases(claimed=False), RUNS)
def test_catching_up_is_one_run(case, untils):
    untils = sorted(untils)
    one = quoted({**case, "until": str(untils[-1])})
    many = []
    for until in untils:
        many += quoted({**case, "until": str(until), "claimed": many})
    many.sort(key=lambda item: (item["position"], item["start"]))
    assert many == one


@property_settings(40)
@given(cases(changing=False, claimed=False))
def test_advance_and_arrears_are_equal_when_closed(case):
    case["end"] = case["end"] or "2025-06-15"
    case["until"] = "2027-12-31"
    advance = quoted({**case, "policy": {**case["policy"], "timing": "advance"}})
    arrears = quoted({**case, "policy": {**case["policy"], "timing": "arrears"}})
    assert advance == arrears


# Splitting


@property_settings(50)
@given(cases(), days())
def test_version_without_a_change_moves_nothing(case, start):
    held = [item for item in case["versions"] if item["start"] <= str(start)]
    if held:
        last = max(held, key=lambda item: item["start"])
        same = {**last, "start": str(start)}
        case_with = {**case, "versions": [*case["versions"], same]}
        # One of the same day would be replaced, though only by itself.
        assert quoted(case_with) == quoted(case)


@property_settings(60)
@given(cases(), st.data())
def test_claims_may_be_split_in_any_way(case, data):
    before = quoted(case)
    reference = Reference(case)
    split = []
    for claim in case["claimed"]:
        start = date.fromisoformat(claim["start"])
        length = (date.fromisoformat(claim["end"]) - start).days
        inside = {reference._touched(start + n * DAY) for n in range(length)}
        if len(inside) > 1 or inside <= {start} or not inside & set(reference.cells):
            # It joins periods, or lies outside of all.
            split.append(claim)
            continue
        cut = start + data.draw(st.integers(1, length)) * DAY
        part = Decimal(data.draw(st.integers(-50, 50)))
        rest = Decimal(claim["amount"]) - part
        split.append({**claim, "end": str(cut), "amount": f"{part:f}"})
        split.append({**claim, "start": str(min(cut, start)), "amount": f"{rest:f}"})
    after = quoted({**case, "claimed": split})
    assert [_without_reason(item) for item in after] == [
        _without_reason(item) for item in before
    ]


def _without_reason(charge):
    return {name: value for name, value in charge.items() if name != "reason"}


# Amounts


@property_settings(80)
@given(
    policies(), days(), quantities(), prices(), st.sampled_from([0, 2, 3]), st.data()
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


@property_settings(60)
@given(cases(claimed=False))
def test_factors_of_a_period_are_within_0_and_1(case):
    shares = defaultdict(Fraction)
    reference = Reference(case)
    for charge in quoted(case):
        factor = Fraction(charge["factor"])
        assert 0 <= factor <= 1
        cell = reference.cell_of[date.fromisoformat(charge["start"])]
        shares[charge["position"], cell] += factor
    assert all(share <= 1 + Fraction(31, 10**12) for share in shares.values())


@property_settings(60)
@given(cases(claimed=False))
def test_nothing_is_charged_outside_versions_nor_twice(case):
    reference = Reference(case)
    seen = set()
    for charge in quoted(case):
        day = date.fromisoformat(charge["start"])
        while str(day) < charge["end"]:
            assert (charge["position"], day) not in seen
            seen.add((charge["position"], day))
            whole = reference.cell_of[day][1][4] == "none"
            assert whole or charge["position"] in reference.content[day]
            day += DAY


@property_settings(60)
@given(cases(claimed=False), quantities(), st.data())
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
@given(cases(changing=False, claimed=False), st.integers(1, 200))
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


@property_settings(40)
@given(cases())
def test_same_400_years_later(case):
    """After 146,097 days the calendar begins anew, weekdays included."""
    shift = timedelta(days=146_097)
    plain = parse_case(case)
    history = plain.history

    def later(item):
        return replace(
            item, start=item.start + shift, end=item.end and item.end + shift
        )

    shifted = replace(
        later(history),
        lines=tuple(map(later, history.lines)),
        terms=tuple(
            replace(
                later(item),
                policy=replace(item.policy, anchor=item.policy.anchor + shift),
            )
            for item in history.terms
        ),
    )
    claims = [replace(later(claim), basis=()) for claim in plain.claims]
    one = settle(history, plain.claims, plain.until, plain.digits)
    other = settle(shifted, claims, plain.until + shift, plain.digits)
    assert [(item.start + shift, item.end + shift, item.amount) for item in one] == [
        (item.start, item.end, item.amount) for item in other
    ]


@property_settings(30)
@given(lines(), st.sampled_from(["day", "week"]), st.integers(-1000, 1000))
def test_days_and_weeks_may_be_shifted_by_any_day(content, unit, shift):
    def amounts(by):
        start = date(2026, 1, 5) + by * DAY
        return [
            charge["amount"]
            for charge in quoted(
                {
                    "currency_digits": 2,
                    "until": str(start + 40 * DAY),
                    "end": str(start + 45 * DAY),
                    "policy": {**MONTHLY, "unit": unit, "every": 2, "anchor": None},
                    "versions": [
                        {"start": str(start), "lines": content},
                        {"start": str(start + 17 * DAY), "lines": content[:1]},
                    ],
                    "claimed": [],
                }
            )
        ]

    assert amounts(shift) == amounts(0)


@property_settings(40)
@given(cases())
def test_without_a_history_all_claims_go_back(case):
    claims = parse_case(case).claims
    charges = settle(None, claims, date(2024, 6, 1), 3)
    back = [Claim(c.position, c.start, c.end, c.amount) for c in charges]
    assert settle(None, [*claims, *back], date(2024, 6, 1), 3) == []
    assert sum(item.amount for item in [*claims, *back]) == 0
