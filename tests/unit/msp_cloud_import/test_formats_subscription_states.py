"""States of subscriptions as a file of our own, without Odoo."""

from datetime import date
from decimal import Decimal

import formats
from formats.subscription_states import state_lines

STATE = {
    "StateOn": date(2026, 3, 11),
    "Status": "active",
    "CustomerId": "c-1",
    "CustomerName": "Muster Bau GmbH",
    "SubscriptionId": "s-1",
    "SkuId": "CFQ7TTC0AAAA:0001",
    "ServiceName": "Business Premium",
    "Units": Decimal(20),
    "UnitsAre": "purchased",
    "Term": "P1Y",
    "BillingPlan": "monthly",
    "TermStart": date(2026, 1, 5),
    "TermEnd": date(2027, 1, 5),
    "Currency": "EUR",
}


def read(*states):
    content = "\n".join(state_lines(states)).encode()
    with formats.open_file(content, "states.jsonl") as reading:
        assert reading.format.id == "subscription_states"
        return list(reading)


def changes(*states):
    charges = [one for one in read(*states) if not isinstance(one, formats.Problem)]
    return [
        (one.subscription_id, one.start, one.quantity, one.kind)
        for one in formats.quantity_changes(charges)
    ]


def test_a_state_is_the_quantity_of_its_day_without_money():
    (charge,) = read(STATE)
    assert charge.flags == ("count_only",)
    assert (charge.pricing_quantity, charge.billed_cost) == (20, 0)
    assert charge.charge_period_start == date(2026, 3, 11)
    assert charge.charge_period_end == date(2026, 3, 12)
    assert (charge.term, charge.billing_plan) == ("P1Y", "monthly")
    assert (charge.term_start, charge.term_end) == (date(2026, 1, 5), date(2027, 1, 5))
    assert changes(STATE) == [("s-1", date(2026, 3, 11), Decimal(20), "set")]


def test_what_is_suspended_is_still_charged_and_what_has_ended_is_not():
    found = changes(
        {**STATE, "Status": "suspended"},
        {**STATE, "SubscriptionId": "s-2", "Status": "ended", "Units": None},
    )
    assert found == [
        ("s-1", date(2026, 3, 11), Decimal(20), "set"),
        ("s-2", date(2026, 3, 11), Decimal(0), "end"),
    ]


def test_a_trial_says_nothing():
    assert changes({**STATE, "Trial": True}) == []


def test_a_bad_state_stops_no_other():
    problem, charge = read({**STATE, "Units": Decimal(-1)}, STATE)
    assert "fewer than none" in problem.reason
    assert problem.column == "Units"
    assert charge.subscription_id == "s-1"


def test_what_is_missing_is_named():
    for column, word in (
        ("StateOn", "day of the state"),
        ("SubscriptionId", "subscription is missing"),
        ("Units", "number of units"),
    ):
        (problem,) = read({**STATE, column: None})
        assert word in problem.reason, column
    (problem,) = read({**STATE, "Status": "pending"})
    assert "active, suspended, ended" in problem.reason
    (problem,) = read({**STATE, "SkuId": None, "ServiceName": None})
    assert "article is missing" in problem.reason


def test_a_name_stands_in_for_an_article_number():
    (charge,) = read({**STATE, "SkuId": None})
    assert charge.sku_id == "Business Premium"


def test_names_may_hold_whatever_people_write():
    name = 'Müller "&" <Söhne>\n=1+1'
    (charge,) = read({**STATE, "CustomerName": name})
    assert charge.sub_account_name == name


def test_the_same_state_of_another_day_is_another_row():
    one, other = read(STATE, {**STATE, "StateOn": date(2026, 3, 12)})
    assert one.row_key != other.row_key
    assert read(STATE)[0].row_key == one.row_key
