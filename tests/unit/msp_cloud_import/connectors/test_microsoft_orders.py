"""Changes that are sent: once, to what was expected, and never blindly again."""

import uuid
from decimal import Decimal

import pytest
from connectors import Order, errors
from connectors.errors import ConnectorError
from connectors.values import ACCEPTED, AUTO_RENEW, DONE, QUANTITY, REFUSED

REQUEST = "7f9d6a52-0000-4000-8000-000000000001"


@pytest.fixture
def office(microsoft):
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    planned = {"product": {"productId": "P"}, "quantity": 9}
    number = microsoft.data.add_subscription(
        customer,
        "Office",
        quantity=12,
        refundOptions=[{"type": "Full"}],
        scheduledNextTermInstructions=planned,
    )
    return microsoft.data.subscriptions[customer][number] | {"customer": customer}


def order(office, **fields):
    values = {
        "kind": QUANTITY,
        "request_id": REQUEST,
        "sub_account_id": office["customer"],
        "subscription_id": office["id"],
        "quantity": Decimal(15),
        "expected": Decimal(12),
    }
    return Order(**(values | fields))


def now(microsoft, office):
    return microsoft.data.subscription(office["customer"], office["id"])


def test_quantity(microsoft, connector, office):
    answer = connector.send_order(order(office))
    assert answer.status == DONE
    assert answer.subscription.purchased == Decimal(15)
    (call,) = microsoft.calls(method="PATCH")
    assert call.headers["MS-RequestId"] == REQUEST
    assert call.headers["If-Match"]
    # The whole subscription goes back, as Microsoft wants it.
    body = call.json()
    assert (body["quantity"], body["offerId"]) == (15, office["offerId"])
    assert body["refundOptions"] == [{"type": "Full"}]
    assert body["autoRenewEnabled"] is True
    assert "links" not in body
    found = connector.read_subscription(office["customer"], office["id"])
    assert found.purchased == Decimal(15)
    assert found.etag != call.headers["If-Match"]


def test_same_order_twice_changes_once(microsoft, connector, office):
    assert connector.send_order(order(office)).status == DONE
    again = connector.send_order(order(office))
    assert again.status == DONE and "already" in again.text
    assert microsoft.data.changes == [(office["id"], 15)]
    assert len(microsoft.calls(method="PATCH")) == 1


def test_another_quantity_than_expected(microsoft, connector, office):
    answer = connector.send_order(order(office, expected=Decimal(10)))
    assert answer.status == REFUSED
    assert answer.text == "Expected 10 units, but there are 12 now."
    assert answer.subscription.purchased == Decimal(12)
    assert not microsoft.calls(method="PATCH")


def test_changed_between_reading_and_sending(microsoft, connector, office):
    def change(status, headers, body):
        now(microsoft, office)["quantity"] = 13
        return status, headers, body

    microsoft.faults.add(f"/subscriptions/{office['id']}", "change", by=change)
    answer = connector.send_order(order(office))
    assert answer.status == REFUSED
    assert "changed the subscription meanwhile" in answer.text
    assert "The etag does not match. (2067)" in answer.text
    assert now(microsoft, office)["quantity"] == 13


def test_refused_with_microsoft_s_words(microsoft, connector, office):
    answer = connector.send_order(order(office, quantity=Decimal(10)))
    assert answer.status == REFUSED
    assert answer.text == "Seats can be reduced in the first seven days only. (3502)"
    assert now(microsoft, office)["quantity"] == 12


@pytest.mark.parametrize("status", [400, 409, 412, 422])
def test_refused_without_words(microsoft, connector, office, status):
    microsoft.faults.add(
        "/subscriptions/", "error", after=1, status=status, body=b"<html>"
    )
    answer = connector.send_order(order(office))
    assert answer.status == REFUSED
    assert f"status {status}" in answer.text


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {}, errors.FAULTY),
        ("error", {"status": 503}, errors.FAULTY),
        ("slow", {"seconds": 1.5}, errors.UNREACHABLE),
        ("reset", {}, errors.INCOMPLETE),
    ],
)
def test_no_answer_is_not_followed_by_a_second_attempt(
    microsoft, connector, office, monkeypatch, kind, options, code
):
    monkeypatch.setattr("connectors.microsoft_orders.TIMEOUT", (1, 0.5))
    microsoft.faults.add("/subscriptions/", kind, after=1, **options)
    with pytest.raises(ConnectorError) as caught:
        connector.send_order(order(office))
    assert caught.value.code == code
    # So Odoo reads what became of it.
    assert caught.value.is_passing
    assert len(microsoft.calls(method="PATCH")) == 1


def test_throttled_is_sent_again_as_it_was_not_heard(microsoft, connector, office):
    microsoft.faults.add("/subscriptions/", "throttle", after=1, seconds=1)
    assert connector.send_order(order(office)).status == DONE
    assert microsoft.data.changes == [(office["id"], 15)]
    numbers = {one.headers["MS-RequestId"] for one in microsoft.calls(method="PATCH")}
    assert numbers == {REQUEST}


def test_accepted_for_later(microsoft, connector, office):
    microsoft.faults.add(
        "/subscriptions/", "change", after=1, by=lambda *_: (202, {}, None)
    )
    answer = connector.send_order(order(office))
    assert (answer.status, answer.text) == (ACCEPTED, "Status 202.")


def test_answer_that_says_something_else(microsoft, connector, office):
    def unchanged(status, headers, body):
        return 200, {}, office | {"quantity": 12}

    microsoft.faults.add("/subscriptions/", "change", after=1, by=unchanged)
    answer = connector.send_order(order(office))
    assert answer.status == ACCEPTED
    assert answer.subscription.purchased == Decimal(12)


@pytest.mark.parametrize("said", [b"done", [], {"id": "other", "status": "active"}])
def test_answer_that_cannot_be_read(microsoft, connector, office, said):
    microsoft.faults.add(
        "/subscriptions/", "change", after=1, by=lambda *_: (200, {}, said)
    )
    assert connector.send_order(order(office)).status == ACCEPTED


def test_renewal_is_turned_off_with_its_plans(microsoft, connector, office):
    answer = connector.send_order(
        order(office, kind=AUTO_RENEW, auto_renew=False, quantity=None)
    )
    assert answer.status == DONE
    assert answer.subscription.auto_renew is False
    found = now(microsoft, office)
    assert found["autoRenewEnabled"] is False
    assert found["scheduledNextTermInstructions"] is None
    assert found["quantity"] == 12


def test_renewal_is_turned_on(microsoft, connector, office):
    now(microsoft, office)["autoRenewEnabled"] = False
    wanted = order(office, kind=AUTO_RENEW, auto_renew=True, quantity=None)
    assert connector.send_order(wanted).status == DONE
    assert now(microsoft, office)["scheduledNextTermInstructions"]["quantity"] == 9
    assert connector.send_order(wanted).status == DONE
    assert len(microsoft.calls(method="PATCH")) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"quantity": Decimal("1.5")}, "whole units"),
        ({"quantity": None}, "whole units"),
        ({"quantity": Decimal(0)}, "turn off its renewal"),
        ({"quantity": Decimal(-3)}, "between 1 and"),
        ({"kind": AUTO_RENEW, "auto_renew": None}, "does not say"),
        ({"kind": "colour"}, "“colour”"),
    ],
)
def test_impossible_orders_are_not_sent(microsoft, connector, office, fields, text):
    answer = connector.send_order(order(office, **fields))
    assert answer.status == REFUSED
    assert text in answer.text
    assert not microsoft.log


def test_ended_subscription(microsoft, connector, office):
    now(microsoft, office)["status"] = "deleted"
    answer = connector.send_order(order(office))
    assert (answer.status, answer.text) == (REFUSED, "The subscription has ended.")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"subscription_id": str(uuid.UUID(int=1))}, errors.NOT_FOUND),
        ({"sub_account_id": "../invoices"}, errors.NOT_FOUND),
        ({"subscription_id": ""}, errors.NOT_FOUND),
    ],
)
def test_unknown_subscription(microsoft, connector, office, fields, code):
    with pytest.raises(ConnectorError) as caught:
        connector.send_order(order(office, **fields))
    assert caught.value.code == code


def test_request_id_becomes_the_same_guid_each_time(microsoft, connector, office):
    for quantity in (15, 16):
        wanted = order(office, quantity=Decimal(quantity), expected=None)
        wanted = Order(**{**_fields(wanted), "request_id": "msp.order 17"})
        connector.send_order(wanted)
    numbers = {one.headers["MS-RequestId"] for one in microsoft.calls(method="PATCH")}
    assert len(numbers) == 1
    assert uuid.UUID(numbers.pop())


def _fields(wanted):
    return {name: getattr(wanted, name) for name in Order.__dataclass_fields__}
