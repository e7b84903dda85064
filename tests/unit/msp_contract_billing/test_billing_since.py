"""What is known to be settled need not be looked at again."""

from datetime import date, timedelta
from decimal import Decimal

from billing import Claim, settle
from billing.case import parse_case
from billing.marks import is_settled
from billing_cases import claims_of
from billing_due import due
from billing_strategies import cases, days, property_settings
from hypothesis import event, given
from hypothesis import strategies as st

DAY = timedelta(days=1)
MARCH_31, APRIL = date(2026, 3, 31), date(2026, 4, 1)
LEAD_DAYS = st.sampled_from([0, 0, 5, 40])
CHANGES = st.sampled_from(["at_once", "at_once", "next_period", "end_of_term", "never"])


@st.composite
def histories(draw):
    """Histories whose policies also bill ahead, or let fewer units wait."""
    case = draw(cases(claimed=False))
    for item in (case, *case["versions"]):
        if "policy" in item:
            item["policy"]["lead_days"] = draw(LEAD_DAYS)
            item["policy"]["decrease"] = draw(CHANGES)
    return parse_case(case).history, case["currency_digits"]


def figures(charges):
    """Return what stands on the invoice; versions may be told of by a later run."""
    return sorted(
        (charge.position, charge.start, charge.end, charge.kind, charge.amount)
        for charge in charges
    )


@property_settings(120)
@given(histories(), days(), st.integers(0, 400))
def test_charges_since_a_day_are_those_that_were_not_due_by_it(case, since, later):
    history, digits = case
    until = since + timedelta(days=later)
    everything = due(history, [], until, digits)
    assert settle(history, [], until, digits, since=since) == [
        charge for charge in everything if not charge.period.is_due(since)
    ]


@property_settings(60)
@given(histories(), st.lists(days(), min_size=2, max_size=6))
def test_runs_that_look_at_new_periods_only_bill_the_same(case, untils):
    history, digits = case
    everything = due(history, [], max(untils), digits)
    in_steps, since = [], None
    for until in sorted(untils):
        in_steps += settle(history, [], until, digits, since=since)
        since = until
    assert figures(in_steps) == figures(everything)


@property_settings(120)
@given(
    histories(),
    histories(),
    st.lists(st.tuples(days(), st.booleans()), min_size=1, max_size=5),
    days(),
)
def test_what_is_settled_can_be_forgotten(before, case, runs, later):
    """Bill one history, then another; once settled, no claim is needed again."""
    history, digits = case
    claims = claims_of(due(before[0], [], runs[0][0], digits))
    for until, is_differential in runs:
        claims += claims_of(
            charge
            for charge in due(history, claims, until, digits)
            if not is_differential or charge.kind == "correction"
        )
        if is_settled(history, claims, until, digits):
            day = max(until, later)
            assert figures(due(history, claims, day, digits)) == figures(
                settle(history, [], day, digits, since=until)
            )
            event("settled")


def test_claim_on_a_period_that_is_due_later_is_not_forgotten():
    monthly = {"every": 1, "unit": "month", "anchor": "2026-01-01"}
    for timing, until in (("advance", date(2026, 2, 28)), ("arrears", MARCH_31)):
        history = parse_case(
            {
                "until": "2026-03-01",
                "policy": {**monthly, "timing": timing},
                "versions": [
                    {
                        "start": "2026-03-01",
                        "lines": [
                            {"position": "seats", "quantity": "1", "unit_price": "9"}
                        ],
                    }
                ],
            }
        ).history
        for end in (date(2026, 3, 10), APRIL):
            first = Claim("seats", date(2026, 3, 1), end, Decimal(9))
            assert settle(history, [first], until, 2) == []
            assert not is_settled(history, [first], until, 2)
            assert is_settled(
                history, [first], APRIL - DAY if timing == "advance" else APRIL, 2
            )
        granted = Claim("seats", date(2026, 3, 1), APRIL, Decimal(-1), goodwill=True)
        assert is_settled(history, [granted], date(2026, 2, 1), 2)


def test_nothing_is_settled_without_a_history_and_with_claims_that_are_taken_back():
    claim = Claim("seats", date(2026, 3, 1), APRIL, Decimal(9))
    back = Claim("seats", date(2026, 3, 1), APRIL, Decimal(-9))
    assert not is_settled(None, [claim], MARCH_31, 2)
    assert is_settled(None, [claim, back], MARCH_31, 2)
    assert is_settled(None, [], MARCH_31, 2)


def test_no_history_entitles_to_nothing_since_then():
    assert settle(None, [], date(2026, 1, 1), 2, since=date(2025, 1, 1)) == []


def test_policy_that_waits_needs_the_borders_before():
    policy = {"every": 1, "unit": "month", "anchor": "2026-01-01", "decrease": "never"}
    seats = {"position": "seats", "unit_price": "10"}
    history = parse_case(
        {
            "until": "2026-03-01",
            "policy": policy,
            "versions": [
                {"start": "2026-01-01", "lines": [{**seats, "quantity": "5"}]},
                {"start": "2026-02-15", "lines": [{**seats, "quantity": "3"}]},
            ],
        }
    ).history
    # What counts in March is known only by the border between the two.
    [march] = settle(history, [], date(2026, 3, 1), 2, since=date(2026, 2, 20))
    assert (march.start, march.amount) == (date(2026, 3, 1), 30)
