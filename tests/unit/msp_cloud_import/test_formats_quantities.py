"""What the rows of one file say about seats, in whatever order they stand."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import formats
import pytest
from formats.quantities import quantity_changes
from hypothesis import given, settings
from hypothesis import strategies as st
from nce_files import CUSTOMER, SUBSCRIPTION, nce_file, seats, usage

FIXTURES = Path(__file__).parent / "fixtures"
QUIET = settings(database=None, deadline=None)


def changes(*rows):
    """Return the changes a file of these rows asserts."""
    items = list(formats.open_file(nce_file(rows), name="f.csv"))
    assert all(isinstance(item, formats.ProviderCharge) for item in items), items
    return quantity_changes(items)


def short(*rows):
    """Return (month-day, kind, quantity, rows) of each change."""
    return [
        (f"{c.start:%m-%d}", c.kind, str(c.quantity), c.rows) for c in changes(*rows)
    ]


def row(charge_type, count, start, on=None, sign=1, ref="", price=10, **cells):
    """Return a seat row; dates are ``MM/DD`` of 2026."""
    price, amount = sign * price, sign * price * count
    return seats(
        ChargeType=charge_type,
        Quantity=str(count),
        BillableQuantity=str(count),
        EffectiveUnitPrice=str(price),
        Subtotal=str(amount),
        TaxTotal="0",
        Total=str(amount),
        ChargeStartDate=f"{start}/2026",
        OrderDate=f"{on or start}/2026",
        ReferenceId=ref,
        **cells,
    )


def pair(charge_type, old, new, on, ref, start="03/05", **cells):
    """Return both halves of a change: reversal of `old`, charge for `new`."""
    return [
        row(charge_type, old, start, on, sign=-1, ref=ref, **cells),
        row(charge_type, new, on, on, ref=ref, **cells),
    ]


def test_fixture():
    charges = formats.open_file(FIXTURES / "nce_47_columns.csv").charges()
    found = quantity_changes(charges)
    assert [(c.start, c.kind, c.quantity, c.rows, c.cost) for c in found] == [
        (date(2026, 3, 5), "set", 12, (2,), Decimal(120)),
        (date(2026, 3, 15), "set", 15, (3, 4), Decimal("20.31")),
        (date(2026, 3, 20), "set", 5, (5,), Decimal(240)),
        (date(2026, 3, 24), "end", 0, (6,), Decimal("-237.35")),
    ]
    assert found[0].sub_account_id == CUSTOMER
    assert found[0].subscription_id == SUBSCRIPTION
    assert found[0].sku_id == "CFQ7TTC0AAAA:0001"
    assert (found[0].term, found[0].billing_plan) == ("P1Y", "monthly")
    assert (found[2].term, found[2].billing_plan) == ("P1Y", "annual")
    assert found[0].currency == "EUR"
    assert all(change.is_certain for change in found)


@pytest.mark.parametrize("charge_type", ["new", "renew", "cycleCharge"])
def test_positive_row_sets_its_quantity_from_its_first_day(charge_type):
    assert short(row(charge_type, 12, "03/05")) == [("03-05", "set", "12", (2,))]


def test_pair_of_rows_is_one_change_and_not_two():
    rows = pair("addQuantity", 15, 35, "03/15", "r1")
    assert short(*rows) == [("03-15", "set", "35", (2, 3))]
    assert short(*reversed(rows)) == [("03-15", "set", "35", (2, 3))]


def test_reduction_to_fewer_seats():
    rows = pair("removeQuantity", 12, 9, "03/08", "r1")
    assert short(*rows) == [("03-08", "set", "9", (2, 3))]


@pytest.mark.parametrize("charge_type", ["cancelImmediate", "cancel", "removeQuantity"])
def test_reversal_alone_ends_on_the_day_of_the_event(charge_type):
    gone = row(charge_type, 12, "03/05", on="03/09", sign=-1)
    assert short(gone) == [("03-09", "end", "0", (2,))]


def test_reversal_of_an_increase_alone_says_nothing():
    assert short(row("addQuantity", 12, "03/05", on="03/09", sign=-1)) == []


def test_conversion_ends_one_sku_and_begins_the_other():
    found = changes(
        row("convert", 12, "03/05", on="03/10", sign=-1, ref="r1", SkuId="0001"),
        row("convert", 12, "03/10", ref="r1", SkuId="0002"),
    )
    assert [(c.sku_id[-4:], c.kind, c.quantity) for c in found] == [
        ("0001", "end", 0),
        ("0002", "set", 12),
    ]


@pytest.mark.parametrize(
    "said_nothing",
    [
        usage(),
        row("customerCredit", 12, "03/05", sign=-1),
        row("creditNote", 12, "03/05", sign=-1),
        row("somethingNew", 12, "03/05"),
        row("new", 12, "03/05", ProductQualifiers='["Trial"]'),
        row("new", 0, "03/05"),
        row("cycleCharge", 12, "03/05", sign=-1),
        usage(MeterDescription="", TermAndBillingCycle="", ChargeEndDate=""),
    ],
)
def test_rows_that_say_nothing_about_seats(said_nothing):
    assert short(said_nothing) == []


def test_changes_of_one_day_form_a_chain_in_any_order():
    first = pair("addQuantity", 10, 12, "03/15", "r1")
    second = pair("addQuantity", 12, 20, "03/15", "r2")
    third = pair("removeQuantity", 20, 11, "03/15", "r3")
    for seed in range(20):
        rows = [*first, *second, *third]
        Random(seed).shuffle(rows)
        (found,) = changes(*rows)
        assert (found.quantity, found.is_certain, found.cost) == (11, True, 10)


def test_purchase_increase_and_cancellation_on_one_day():
    bought = row("new", 10, "03/15")
    more = pair("addQuantity", 10, 12, "03/15", "r1", start="03/15")
    gone = row("cancelImmediate", 12, "03/15", sign=-1)
    assert short(bought, *more) == [("03-15", "set", "12", (2, 3, 4))]
    assert short(bought, *more, gone) == [("03-15", "end", "0", (2, 3, 4, 5))]


def test_round_trip_within_a_day_changes_nothing():
    there = pair("addQuantity", 15, 35, "03/15", "r1")
    back = pair("removeQuantity", 35, 15, "03/15", "r2")
    assert short(*there, *back) == []


def test_change_of_price_only_keeps_the_quantity():
    rows = pair("convert", 12, 12, "03/15", "r1")
    assert short(*rows) == [("03-15", "set", "12", (2, 3))]


def test_period_billed_at_two_prices_is_one_quantity():
    rows = [row("cycleCharge", 10, "03/05"), row("cycleCharge", 5, "03/05", price=8)]
    assert short(*rows) == [("03-05", "set", "15", (2, 3))]
    gone = [
        row("cancel", 10, "03/05", sign=-1, on="03/05"),
        row("cancel", 5, "03/05", sign=-1, on="03/05", price=8),
    ]
    assert short(*rows, *gone) == [("03-05", "end", "0", (2, 3, 4, 5))]


def test_change_over_two_billed_periods_is_two_steps_not_a_sum():
    april = {"ChargeEndDate": "05/04/2026"}
    rows = [
        *pair("addQuantity", 15, 35, "03/15", "r1"),
        row("addQuantity", 15, "04/05", "03/15", sign=-1, ref="r1", **april),
        row("addQuantity", 35, "04/05", "03/15", ref="r1", **april),
    ]
    assert short(*rows) == [
        ("03-15", "set", "35", (2, 3)),
        ("04-05", "set", "35", (4, 5)),
    ]


def test_pair_without_reference_belongs_together_by_day():
    assert short(*pair("addQuantity", 15, 35, "03/15", "")) == [
        ("03-15", "set", "35", (2, 3))
    ]


def test_free_seats_are_told_apart_by_the_start_of_the_reversal():
    rows = pair("addQuantity", 15, 35, "03/15", "r1", price=0)
    assert short(*rows) == [("03-15", "set", "35", (2, 3))]


def test_contradiction_is_marked():
    rows = pair("addQuantity", 10, 12, "03/15", "r1") + pair(
        "addQuantity", 10, 15, "03/15", "r2"
    )
    (found,) = changes(*rows)
    assert (found.quantity, found.is_certain) == (15, False)


def test_cancellation_with_quantity_zero_ends():
    gone = row("cancel", 0, "03/05", on="03/09") | {"Subtotal": "-9", "Total": "-9"}
    assert short(gone) == [("03-09", "end", "0", (2,))]


def test_pitfall_091_terms_and_billing_plans_are_kept_apart():
    found = changes(
        row("cycleCharge", 3, "03/05"),
        row("cycleCharge", 4, "03/05", BillingFrequency=""),
        row("cycleCharge", 5, "03/05", SubscriptionEndDate="04/04/2026"),
    )
    assert [(c.term, c.billing_plan, c.quantity) for c in found] == [
        ("P1M", "monthly", 5),
        ("P1Y", "annual", 4),
        ("P1Y", "monthly", 3),
    ]


@st.composite
def stories(draw):
    """Draw rows of several subscriptions and the quantities they tell.

    Each subscription has one quantity after the other, never the one it has
    already; some have their purchase in the file, some end.
    """
    rows, told = [], []
    for number in range(draw(st.integers(1, 3))):
        cells = {"SubscriptionId": f"sub-{number}"}
        quantity = draw(st.integers(1, 40))
        day = date(2026, 3, 5)
        if draw(st.booleans()):
            rows.append(row("cycleCharge", quantity, "03/05", **cells))
            told.append((cells["SubscriptionId"], day, quantity))
        for step in range(draw(st.integers(0, 6))):
            earlier, same_day = day, draw(st.booleans())
            day += timedelta(days=0 if same_day and step else 1)
            unused = st.integers(41 + step * 10, 50 + step * 10)
            new = draw(unused)
            word = "addQuantity" if new > quantity else "removeQuantity"
            rows += pair(
                word,
                quantity,
                new,
                f"{day:%m/%d}",
                f"ref-{number}-{step}",
                start=f"{earlier:%m/%d}",
                **cells,
            )
            told.append((cells["SubscriptionId"], day, new))
            quantity = new
        if draw(st.booleans()):
            day += timedelta(days=draw(st.integers(0, 2)))
            start, on = "03/05", f"{day:%m/%d}"
            rows.append(row("cancel", quantity, start, on, sign=-1, **cells))
            told.append((cells["SubscriptionId"], day, 0))
    last = {(subscription, day): quantity for subscription, day, quantity in told}
    return rows, [(*key, quantity) for key, quantity in sorted(last.items())]


@QUIET
@given(stories(), st.randoms(use_true_random=False))
def test_any_order_of_rows_tells_the_same_story(story, random):
    rows, expected = story
    shuffled = list(rows)
    random.shuffle(shuffled)
    if not rows:
        return
    found = changes(*shuffled)
    assert [(c.subscription_id, c.start, c.quantity) for c in found] == expected
    assert all(change.is_certain for change in found)
    costs = sum((change.cost for change in found), Decimal(0))
    assert costs == sum(Decimal(cells["Subtotal"]) for cells in rows)


@QUIET
@given(
    st.lists(
        st.builds(
            row,
            st.sampled_from(
                ["new", "renew", "addQuantity", "removeQuantity", "cancel"]
            ),
            st.integers(0, 4),
            st.sampled_from(["03/05", "03/06"]),
            st.sampled_from(["03/06", "03/07"]),
            sign=st.sampled_from([1, -1]),
            ref=st.sampled_from(["", "r1", "r2"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_even_contradicting_rows_say_the_same_in_any_order(rows, random):
    def told(listed):
        return [
            (c.start, c.kind, c.quantity, c.cost, c.is_certain)
            for c in changes(*listed)
        ]

    shuffled = list(rows)
    random.shuffle(shuffled)
    assert told(shuffled) == told(rows)
