"""What holds for any history of edits and runs."""

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from billing import Change, Claim, Version, fold, limit_periods, settle
from billing.__main__ import quote
from billing.case import parse_case
from billing_cases import MONTHLY, case_of, claims_of
from billing_edits import BASE_START, END, edits, plain_amounts
from billing_reference import DAY, Reference
from billing_strategies import cases, days, lines, property_settings
from hypothesis import given
from hypothesis import strategies as st

FAR = date(2025, 7, 1)
RUNS = st.lists(days(last=date(2025, 6, 30)), min_size=1, max_size=5)


def quoted(case):
    return quote(json.dumps(case))["charges"]


def run(versions, claims, until, digits=2):
    """Settle the fold of `versions`; return all claims afterwards."""
    charges = settle(fold(versions), claims, until, digits)
    return [*claims, *claims_of(charges)]


def sums(history, claims, digits=2):
    """Return {(position, period): sum} of claims, zero sums left out."""
    found = defaultdict(Fraction)
    reference = Reference(case_of(history, claims, FAR, digits))
    for position in reference.positions:
        for cells, group in reference.groups(position):
            # One natural period each: nothing in these histories joins any.
            assert len(cells) <= 1
            key = cells[0].start if cells else None
            found[position, key] += sum(claim.amount for claim in group)
    return {key: value for key, value in found.items() if value}


def closed(versions):
    """Return `versions` with the end of the contract, and nothing after it."""
    last = max(version.number for version in versions)
    return [*versions, Version(last + 1, END, (Change("terminate"),))]


# Idempotence, conservation, order


@property_settings(80)
@given(cases(), RUNS)
def test_second_run_yields_nothing(case, untils):
    case.pop("catch_up", None)
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
    assert_conserved(fold(active), claims)


def assert_conserved(history, claims):
    """What was claimed is what is entitled, to half a cent per group of periods."""
    reference = Reference(case_of(history, claims, FAR))
    assert reference.due() == {}
    for position in reference.positions:
        for cells, group in reference.groups(position):
            entitled = sum(
                piece.amount
                for cell in cells
                for piece in reference.slices(position, cell)
            )
            claimed = sum(claim.amount for claim in group)
            assert not group or abs(entitled - claimed) <= Fraction(1, 200)


@property_settings(30)
@given(edits(terms=True), st.data())
def test_conservation_after_invoices_were_deleted(versions, data):
    """Released claims open their periods again, whatever was corrected since."""
    claims = []
    for until in sorted(data.draw(RUNS)):
        claims = run(versions, claims, until)
        released = data.draw(st.sets(st.sampled_from(range(len(claims) or 1))))
        claims = [item for n, item in enumerate(claims) if n not in released]
    claims = run(versions, claims, FAR)
    assert_conserved(fold(versions), claims)


@property_settings(30)
@given(edits(terms=True, dated=True), plain_amounts(), st.data())
def test_conservation_of_amounts_that_come_late_or_change(versions, rows, data):
    claims = []
    for until in data.draw(RUNS):
        known = data.draw(st.lists(st.sampled_from(rows or (None,)), unique=True))
        known = [replace(item, amount=item.amount + 1) for item in known if item]
        history = replace(fold(versions), amounts={"seats": tuple(known)})
        claims += claims_of(settle(history, claims, until, 2))
    history = replace(fold(versions), amounts={"seats": rows})
    claims += claims_of(settle(history, claims, FAR, 2))
    assert_conserved(history, claims)


@property_settings(30)
@given(edits(), st.lists(st.tuples(days(), st.integers(-99, 99)), max_size=4), RUNS)
def test_goodwill_is_outside_the_difference(versions, given_back, untils):
    def settled(goodwill):
        claims = []
        for until in untils:
            charges = settle(history, [*claims, *goodwill], until, 2)
            claims += claims_of(charges)
        return claims

    history = fold(_without_cap(versions))
    goodwill = [
        Claim("seats", day, day + 20 * DAY, Decimal(amount), key="gift", goodwill=True)
        for day, amount in given_back
    ]
    assert settled(goodwill) == settled([])


def _without_cap(versions):
    [first, *rest] = versions
    policy = replace(first.changes[0].policy, credit_cap=False)
    changes = (replace(first.changes[0], policy=policy), *first.changes[1:])
    return [replace(first, changes=changes), *rest]


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
    case.pop("catch_up", None)
    untils = sorted(untils)
    one = quoted({**case, "until": str(untils[-1])})
    many = []
    for until in untils:
        many += quoted({**case, "until": str(until), "claimed": many})
    many.sort(key=lambda item: (item["position"], item["start"]))
    assert many == one


@property_settings(40)
@given(cases(claimed=False), st.integers(1, 3))
def test_a_few_periods_at_a_time_until_nothing_is_left(case, most):
    case.pop("catch_up", None)
    history, _claims, until, digits, *_rest = parse_case(case)
    everything = settle(history, [], until, digits)
    taken = []
    while charges := settle(history, claims_of(taken), until, digits):
        charges, put_off = limit_periods(charges, most)
        assert charges and all(count > 0 for count in put_off.values())
        taken += charges
    assert sorted(taken, key=_order) == sorted(everything, key=_order)


def _order(charge):
    return charge.position, charge.start, charge.end


@property_settings(40)
@given(cases(changing=False, claimed=False))
def test_advance_and_arrears_are_equal_when_closed(case):
    case["end"] = case["end"] or "2025-06-15"
    case["until"] = "2027-12-31"
    found = []
    for timing in ("advance", "arrears"):
        case["policy"]["timing"] = timing
        for version in case["versions"]:
            for line in version["lines"]:
                if "policy" in line:
                    line["policy"]["timing"] = timing
        found.append(quoted(case))
    assert found[0] == found[1]


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
        inside = {
            reference.touched(claim["position"], start + n * DAY) for n in range(length)
        }
        cells = set(reference.sheet(claim["position"]).cells)
        if len(inside) > 1 or not inside & cells or claim.get("kind") == "goodwill":
            # It joins periods, lies outside of all, or counts by its days.
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

    def moved(policy):
        anchor = policy.get("anchor")
        return {**policy, "anchor": anchor + shift} if anchor else policy

    shifted = replace(
        later(history),
        lines=tuple(
            replace(later(item), overrides=tuple(moved(dict(item.overrides)).items()))
            for item in history.lines
        ),
        amounts={
            position: tuple(map(later, items))
            for position, items in history.amounts.items()
        },
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
@given(lines(pricing=False), st.sampled_from(["day", "week"]), st.integers(-1000, 1000))
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
    claims = [claim for claim in parse_case(case).claims if not claim.goodwill]
    charges = settle(None, claims, date(2024, 6, 1), 3)
    back = [Claim(c.position, c.start, c.end, c.amount) for c in charges]
    assert settle(None, [*claims, *back], date(2024, 6, 1), 3) == []
    assert sum(item.amount for item in [*claims, *back]) == 0
