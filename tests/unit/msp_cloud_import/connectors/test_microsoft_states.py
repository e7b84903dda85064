"""One subscription of Partner Center as a state, in the words of the files."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from connectors.json_values import BadValue
from connectors.microsoft_states import Customer, read_customer, read_state

CUSTOMER = Customer("c0000000-0000-4000-8000-000000000001", "Muster", "m.example")
ID = "A1B2C3D4-0000-4000-8000-00000000ABCD"


def state(**fields):
    return read_state({"id": ID, "status": "active", **fields}, CUSTOMER)


def test_new_commerce():
    found = state(
        offerId="CFQ7TTC0LH18:0001:CFQ7TTC0K971",
        offerName="Office",
        quantity=12,
        unitType="License(s)",
        effectiveStartDate="2026-03-05T00:00:00Z",
        commitmentEndDate="2027-03-04T00:00:00Z",
        cancellationAllowedUntilDate="2026-03-12T09:12:00.1234567Z",
        autoRenewEnabled=True,
        isTrial=False,
        billingCycle="monthly",
        termDuration="P1Y",
        billingType="license",
        parentSubscriptionId="A1B2C3D4-0000-4000-8000-00000000FFFF",
        attributes={"etag": "e1", "objectType": "Subscription"},
        links={"self": {}},
    )
    assert found.subscription_id == ID.lower()
    assert found.sub_account_id == CUSTOMER.id
    assert (found.sub_account_name, found.customer_domain) == ("Muster", "m.example")
    assert (found.sku_id, found.availability_id) == (
        "CFQ7TTC0LH18:0001",
        "CFQ7TTC0K971",
    )
    assert (found.purchased, found.assigned, found.billed) == (Decimal(12), None, None)
    assert (found.term, found.billing_plan) == ("P1Y", "monthly")
    assert (found.start, found.term_end) == (date(2026, 3, 5), date(2027, 3, 5))
    assert found.cancellable_until == datetime(2026, 3, 12, 9, 12)
    assert found.auto_renew is True
    assert not found.is_trial and not found.is_usage
    assert found.parent_id == "a1b2c3d4-0000-4000-8000-00000000ffff"
    assert found.etag == "e1"
    assert "links" not in found.raw and found.raw["offerName"] == "Office"


@pytest.mark.parametrize(
    ("offer", "end", "expected"),
    [
        # The last day of new commerce counts, at whatever time it ends.
        ("P:0001:A", "2027-03-04T00:00:00Z", date(2027, 3, 5)),
        ("P:0001:A", "2027-03-04T23:59:59.9999999+00:00", date(2027, 3, 5)),
        ("P:0001:A", "2027-03-05T01:30:00+02:00", date(2027, 3, 5)),
        ("P:0001:A", "2028-02-28T00:00:00Z", date(2028, 2, 29)),
        # That of legacy offers does not.
        (
            "91FD106F-4B2C-4938-95AC-F54F74E9A239",
            "2027-03-04T00:00:00Z",
            date(2027, 3, 4),
        ),
        # Without an end.
        ("P:0001:A", "9999-12-31T00:00:00Z", None),
        ("P:0001:A", "0001-01-01T00:00:00Z", None),
        ("P:0001:A", None, None),
    ],
)
def test_end_of_the_term_is_exclusive(offer, end, expected):
    assert state(offerId=offer, commitmentEndDate=end).term_end == expected


def test_end_by_its_other_name():
    assert state(commitmentEndDateTime="2027-03-04T23:59:59Z").term_end == date(
        2027, 3, 5
    )


def test_legacy_offer_is_the_article():
    found = state(offerId="91FD106F-4B2C-4938-95AC-F54F74E9A239")
    assert found.sku_id == "91fd106f-4b2c-4938-95ac-f54f74e9a239"
    assert found.availability_id is None


@pytest.mark.parametrize(
    ("duration", "term"),
    [("P1M", "P1M"), ("P12M", "P1Y"), ("p3y", "P3Y"), ("P36M", "P3Y"), ("P0M", None)]
    + [("", None), (None, None), ("one year", None), ("P1D", None)],
)
def test_terms(duration, term):
    assert state(termDuration=duration).term == term


@pytest.mark.parametrize(
    ("cycle", "plan"),
    [("monthly", "monthly"), ("Annual", "annual"), ("triennial", "triennial")]
    + [("oneTime", "one_time"), ("one_time", "one_time"), ("none", None), (None, None)],
)
def test_billing_plans(cycle, plan):
    assert state(billingCycle=cycle).billing_plan == plan


@pytest.mark.parametrize(
    "fields",
    [{"billingType": "usage"}, {"unitType": "Usage-based"}, {"unitType": "usage"}],
)
def test_usage_has_neither_term_nor_plan(fields):
    found = state(termDuration="P1M", billingCycle="monthly", **fields)
    assert found.is_usage
    assert (found.term, found.billing_plan) == (None, None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("active", "active"), ("Suspended", "suspended"), ("pending", "pending")]
    + [("expired", "ended"), ("disabled", "ended"), ("deleted", "ended")]
    + [("none", "pending")],
)
def test_statuses(status, expected):
    assert state(status=status).status == expected


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [(0, 0), ("15", 15), ("15.0", 15), (Decimal(7), 7), (None, None), ("", None)],
)
def test_quantities(quantity, expected):
    assert state(quantity=quantity).purchased == expected


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        ({"product": {"productId": "P"}, "quantity": 9}, Decimal(9)),
        ({"quantity": "9"}, Decimal(9)),
        ({"quantity": {"value": 9}}, None),
        ({"quantity": "many"}, None),
        ({}, None),
        (None, None),
        ([{"quantity": 9}], None),
        ("9", None),
    ],
)
def test_what_is_planned_for_the_next_term(planned, expected):
    assert state(scheduledNextTermInstructions=planned).next_quantity == expected


def test_another_term_that_is_planned():
    product = {"productId": "P", "termDuration": "P1M", "billingCycle": "Monthly"}
    planned = {"product": product, "quantity": 9}
    found = state(termDuration="P1Y", scheduledNextTermInstructions=planned)
    assert (found.term, found.next_term, found.next_quantity) == ("P1Y", "P1M", 9)
    assert state(scheduledNextTermInstructions={"product": [1]}).next_term is None


@pytest.mark.parametrize(
    ("refundable", "expected", "until"),
    [
        # Three were added on the 20th: of all others the week is over.
        (
            {
                "totalQuantity": 3,
                "details": [
                    {"quantity": 2, "allowedUntilDateTime": "2026-03-28T08:00:00Z"},
                    {"quantity": 1, "allowedUntilDateTime": "2026-03-27T08:00:00Z"},
                ],
            },
            3,
            datetime(2026, 3, 27, 8),
        ),
        ({"totalQuantity": 0, "details": []}, 0, datetime(2026, 3, 8)),
        ({"totalQuantity": "x", "details": [{}, 5]}, None, datetime(2026, 3, 8)),
        (None, None, datetime(2026, 3, 8)),
    ],
)
def test_what_can_be_returned(refundable, expected, until):
    found = state(
        refundableQuantity=refundable,
        cancellationAllowedUntilDate="2026-03-08T00:00:00Z",
    )
    assert (found.returnable, found.cancellable_until) == (expected, until)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"status": "warning"}, "“warning”"),
        ({"status": None}, "status"),
        ({"status": 3}, "“3”"),
        ({"quantity": "twelve"}, "quantity is “twelve”"),
        ({"quantity": True}, "quantity is “True”"),
        ({"quantity": [12]}, "quantity"),
        ({"id": None}, "no id"),
        ({"id": 5}, "no id"),
        ({"commitmentEndDate": "next year"}, "commitmentEndDate is “next year”"),
        ({"commitmentEndDate": 1_790_000_000}, "commitmentEndDate"),
        ({"effectiveStartDate": "2026-13-05"}, "effectiveStartDate"),
        ({"autoRenewEnabled": "perhaps"}, "autoRenewEnabled"),
        ({"isTrial": 2}, "isTrial"),
    ],
)
def test_changed_schema_is_named(fields, named):
    with pytest.raises(BadValue, match=named):
        state(**fields)


@pytest.mark.parametrize("said", [None, [], "text", 5])
def test_no_object(said):
    with pytest.raises(BadValue):
        read_state(said, CUSTOMER)
    with pytest.raises(BadValue):
        read_customer(said)


def test_customers_without_profile():
    assert read_customer({"id": ID}) == Customer(ID.lower(), None, None)
    profile = {"tenantId": ID, "companyName": " ", "domain": 5}
    assert read_customer({"companyProfile": profile}) == Customer(
        ID.lower(), None, None
    )


def test_marker_follows_what_counts():
    first = state(quantity=12, attributes={"etag": "1"}, links={"a": 1})
    assert state(quantity=12, attributes={"etag": "2"}).marker == first.marker
    assert state(quantity=13).marker != first.marker
    assert state(quantity=12, newField=1).marker != first.marker
    renamed = Customer(CUSTOMER.id, "Muster GmbH", CUSTOMER.domain)
    said = {"id": ID, "status": "active", "quantity": 12}
    assert read_state(said, renamed).marker != first.marker


def test_states_are_json_able():
    import json

    found = state(quantity=Decimal(12), price=Decimal("1.50"), refundOptions=[{}])
    stored = json.loads(json.dumps(found.to_dict()))
    assert stored["purchased"] == "12"
    assert stored["raw"]["price"] == "1.50"
