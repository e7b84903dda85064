"""What files say about terms: seats, until when, at what price."""

from datetime import date
from random import Random

import formats
import pytest
from formats import commitments
from hypothesis import given, settings
from hypothesis import strategies as st
from nce_files import nce_file, seats

QUIET = settings(database=None, deadline=None)


def row(charge_type, count, start, end, on=None, sign=1, price="10", **cells):
    """Return a seat row; dates are ``MM/DD/YYYY``, `end` is the last day."""
    amount = str(sign * float(price) * count)
    return seats(
        ChargeType=charge_type,
        Quantity=str(count),
        BillableQuantity=str(count),
        UnitPrice="10",
        EffectiveUnitPrice=str(sign * float(price)),
        Subtotal=amount,
        TaxTotal="0",
        Total=amount,
        ChargeStartDate=start,
        ChargeEndDate=end,
        OrderDate=on or start,
        **cells,
    )


def month(count, number, **cells):
    """Return the instalment of a month of the term from 5 March on."""
    return row(
        "cycleCharge",
        count,
        f"{number:02}/05/2026",
        f"{number + 1:02}/04/2026",
        **cells,
    )


def pair(charge_type, old, new, on, ref="r1", start="03/05/2026", end="04/04/2026"):
    """Return both halves of a change; the new one is billed by its days."""
    return [
        row(charge_type, old, start, end, on, -1, "6.77", ReferenceId=ref),
        row(charge_type, new, on, end, on, 1, "6.77", ReferenceId=ref),
    ]


def charges(*rows):
    return list(formats.open_file(nce_file(rows), name="f.csv").charges())


def short(*files):
    """Return what rows of several files say, as text.

    :param files: lists of rows
    """
    read = [charge for rows in files for charge in charges(*rows)]
    return [
        (
            f"{one.start} {one.end}",
            f"{one.quantity:f}",
            f"{one.unit_price:f}/{one.months}",
            one.bought and str(one.bought),
        )
        for one in commitments(read)
    ]


TERM = "2026-03-05 2027-03-05"
FIRST = (TERM, "12", "10.00/1", "2026-03-05")


def test_purchase_with_instalments():
    purchase = row("new", 12, "03/05/2026", "04/04/2026")
    assert short([purchase]) == [FIRST]
    assert short([purchase], [month(12, 4)], [month(12, 5)]) == [FIRST]


def test_instalment_alone_tells_seats_since_the_term_began():
    assert short([month(12, 7)]) == [FIRST]


def test_price_of_a_year_paid_at_once():
    yearly = row("new", 5, "03/05/2026", "03/04/2027", price="108", BillingFrequency="")
    assert short([yearly]) == [(TERM, "5", "108.00/12", "2026-03-05")]


def test_seats_added_later_have_their_own_day_and_the_same_end():
    added = ("2026-03-15 2027-03-05", "3", "10.00/1", "2026-03-15")
    files = [month(12, 3)], pair("addQuantity", 12, 15, "03/15/2026")
    assert short(*files) == [FIRST, added]
    # the pair alone says both; there is only the list price
    assert short(files[1]) == [FIRST, added]


def test_seats_that_no_row_has_added_have_no_day():
    found = short([month(12, 3)], [month(14, 4)])
    assert found == [FIRST, ("2026-04-05 2027-03-05", "2", "10.00/1", None)]


def test_seats_taken_back_are_those_bought_last():
    files = [month(12, 3)], pair("addQuantity", 12, 15, "03/15/2026")
    fewer = pair("removeQuantity", 15, 13, "03/17/2026", "r2", "03/15/2026")
    assert short(*files, fewer) == [
        FIRST,
        ("2026-03-15 2027-03-05", "1", "10.00/1", "2026-03-15"),
    ]


def test_cancelled_subscription_commits_to_nothing():
    gone = row("cancelImmediate", 12, "03/05/2026", "04/04/2026", "03/08/2026", -1)
    assert short([month(12, 3), gone]) == []


def test_the_newest_term_counts():
    renewal = row(
        "renew",
        10,
        "03/05/2027",
        "04/04/2027",
        SubscriptionStartDate="03/05/2027",
        SubscriptionEndDate="03/04/2028",
    )
    files = [month(12, 3)], pair("addQuantity", 12, 15, "03/15/2026"), [renewal]
    assert short(*files) == [("2027-03-05 2028-03-05", "10", "10.00/1", "2027-03-05")]


def test_a_monthly_term_is_a_term():
    term = {
        "TermAndBillingCycle": "One-Month commitment for monthly billing",
        "SubscriptionStartDate": "03/05/2026",
        "SubscriptionEndDate": "04/04/2026",
    }
    assert short([row("new", 4, "03/05/2026", "04/04/2026", **term)]) == [
        ("2026-03-05 2026-04-05", "4", "10.00/1", "2026-03-05")
    ]


def test_no_end_is_made_up():
    """A term without a stated end, a trial and a subscription without an end."""
    dates = {"SubscriptionStartDate": "", "SubscriptionEndDate": ""}
    assert short([row("new", 4, "03/05/2026", "04/04/2026", **dates)]) == []
    never = {"SubscriptionEndDate": "12/31/9999"}
    assert short([row("new", 4, "03/05/2026", "04/04/2026", **never)]) == []
    trial = {"ProductQualifiers": '["Trial"]'}
    assert short([row("new", 4, "03/05/2026", "04/04/2026", **trial)]) == []


def test_list_price_in_the_currency_of_the_bill():
    foreign = {"PricingCurrency": "USD", "PCToBCExchangeRate": "0.9"}
    rows = [{**cells, **foreign} for cells in pair("addQuantity", 12, 15, "03/15/2026")]
    assert [found[2] for found in short(rows)] == ["9.00/1", "9.00/1"]


def test_a_price_with_more_digits_than_an_amount():
    odd = row("new", 3, "03/05/2026", "04/04/2026")
    odd["Subtotal"] = odd["Total"] = "10.00"
    assert short([odd])[0][2] == "3.333333/1"


@pytest.mark.parametrize("charge_type", ["somethingNew", "customerCredit"])
def test_rows_that_say_no_quantity_commit_to_nothing(charge_type):
    assert short([row(charge_type, 12, "03/05/2026", "04/04/2026")]) == []


@QUIET
@given(st.integers(0, 10**6))
def test_order_of_rows_and_files_does_not_matter(seed):
    rows = [
        month(12, 3),
        *pair("addQuantity", 12, 15, "03/15/2026"),
        *pair("removeQuantity", 15, 13, "03/17/2026", "r2", "03/15/2026"),
        month(13, 4),
        month(16, 5),
        month(9, 1, SubscriptionId="33333333-0000-4000-8000-000000000001"),
    ]
    read = charges(*rows)
    expected = commitments(read)
    assert [str(one.quantity) for one in expected] == ["12", "1", "3", "9"]
    Random(seed).shuffle(read)
    assert commitments(read) == expected


def test_commitment_is_plain():
    [found] = commitments(charges(month(12, 3)))
    assert (found.sku_id, found.currency) == ("CFQ7TTC0AAAA:0001", "EUR")
    assert found.end == date(2027, 3, 5)
