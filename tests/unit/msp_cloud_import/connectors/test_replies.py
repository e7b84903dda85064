"""JSON as it comes, and JSON as nobody should send it."""

import json
from decimal import Decimal

import pytest
from connectors import errors
from connectors.errors import ConnectorError
from connectors.json_values import BadValue
from connectors.lenient import Loose
from connectors.microsoft_states import Customer, read_state
from connectors.reply import Reply
from connectors.skykick_state import state_of

CUSTOMER = Customer("c", None, None)


def read(content):
    return Reply(200, "https://localhost/x", {}, content).json("the things")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a": 1.10}', {"a": Decimal("1.10")}),
        ('\ufeff{"a": "ä"}'.encode(), {"a": "ä"}),
        # The same said twice is said.
        (b'{"a": 1, "a": 1}', {"a": 1}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
        # Whoever stores it cares for what no database takes.
        (b'{"a": ["x\\u0000", "\\ud800"], "c": 5}', {"a": ["x\0", "\ud800"], "c": 5}),
    ],
)
def test_what_is_read(content, expected):
    assert read(content) == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"quantity": NaN}', "NaN"),
        (b'{"quantity": -Infinity}', "-Infinity"),
        (b'{"quantity": 5, "quantity": 500}', "quantity"),
        (b'[{"a": {"b": 1, "c": 2, "b": 3}}]', "twice"),
        ('{"a": 1}'.encode("utf-16"), "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b'{"a": ' * 200_000, "no JSON"),
        (b"9" * 100_000, "no JSON"),
        (b'{"a": 1', "no JSON"),
        (b'{"a": "\xff"}', "no JSON"),
        (b"", "no JSON"),
        (b"  <html><body>Sign in</body></html>", "a web page"),
    ],
)
def test_what_is_refused(content, reason):
    with pytest.raises(ConnectorError) as caught:
        read(content)
    assert caught.value.code == errors.NOT_UNDERSTOOD
    assert reason in str(caught.value)


def subscription(**fields):
    return {"id": "s", "status": "active", "offerId": "p:1:a", "quantity": 5} | fields


@pytest.mark.parametrize(
    "quantity", ["-5", "1e30", "1e999999999", '"1,000"', '"5 seats"', '"NaN"', "[5]"]
)
def test_quantities_that_are_none(quantity):
    said = read(json.dumps(subscription()).replace("5", quantity).encode())
    with pytest.raises(BadValue, match="quantity"):
        read_state(said, CUSTOMER)
    settings = {"TotalExchangeMailboxesEnabled": said["quantity"]}
    assert state_of("c", "s", Loose({}), Loose(settings)) is None


def test_numbers_without_end_fill_no_memory():
    said = read(
        json.dumps(subscription(x=5)).replace('"x": 5', '"x": 1e99999').encode()
    )
    assert len(json.dumps(read_state(said, CUSTOMER).to_dict())) < 1000
    with pytest.raises(BadValue):
        read_state(said | {"quantity": said["x"]}, CUSTOMER)
