"""Ingram's marketplace: what a subscription's state is."""

import json
from datetime import date
from decimal import Decimal

import pytest
from connectors import errors
from ingram_common import (
    connect,
    details,
    markers,
    read_all,
    small,
)
from vendors.ingram import IngramServer

SERVER = IngramServer


def test_state(server):
    small(server)
    page = connect(server).read_subscriptions()
    state = page.subscriptions[0]
    assert (state.sub_account_id, state.sub_account_name) == (
        "1004567",
        "Customer 1004567",
    )
    assert (state.subscription_id, state.status) == ("2001001", "active")
    assert (state.sku_id, state.service_name) == (
        "CFQ7TTC0AAAA:0001",
        "Contoso Office Suite (annual)",
    )
    assert state.purchased == Decimal(12)
    assert (state.assigned, state.billed) == (None, None)
    assert (state.term, state.billing_plan, state.auto_renew) == (
        "P1Y",
        "monthly",
        True,
    )
    # The last day is the 4th, the day after ends the term.
    assert (state.start, state.term_end) == (date(2026, 3, 5), date(2027, 3, 5))
    assert page.customers == ("1004567", "1004999")
    assert (page.cursor, page.total, page.done) == (None, 3, 3)
    assert json.dumps(state.to_dict())


@pytest.mark.parametrize(
    ("start", "end", "exclusive"),
    [
        ("2026-03-05", "2027-03-04", date(2027, 3, 5)),
        # As other versions have it: the day on which the next term would begin.
        ("2026-03-05", "2027-03-05", date(2027, 3, 5)),
        ("2026-03-05T10:00:00Z", "2027-03-04T23:59:59Z", date(2027, 3, 5)),
        ("2026-03-05", None, None),
        ("2026-03-05", "soon", None),
        ("2026-03-05", "2027-02-30", None),
        ("2026-03-05", "9999-12-31", date(9999, 12, 31)),
    ],
)
def test_end_of_term(server, start, end, exclusive):
    server.add(1, server.add_customer(9), creationDate=start, expirationDate=end)
    (state,) = connect(server).read_subscriptions().subscriptions
    assert state.term_end == exclusive


@pytest.mark.parametrize(
    ("period", "term"),
    [
        ({"type": "month", "duration": 1}, "P1M"),
        ({"type": "month", "duration": 12}, "P1Y"),
        ({"type": "years", "duration": 3}, "P3Y"),
        ({"type": "day", "duration": 30}, "P30D"),
        ({"type": "month", "duration": 0}, None),
        ({"type": "moon", "duration": 1}, None),
        ({"type": "month", "duration": "x"}, None),
        ("P1M", None),
        (None, None),
    ],
)
def test_term(server, period, term):
    server.add(1, server.add_customer(9), subscriptionPeriod=period)
    (state,) = connect(server).read_subscriptions().subscriptions
    assert state.term == term


@pytest.mark.parametrize(
    ("told", "status", "purchased"),
    [
        ("active", "active", 10),
        ("hold", "suspended", 10),
        ("pending", "pending", 10),
        ("terminated", "ended", 0),
        ("removed", "ended", 0),
    ],
)
def test_status(server, told, status, purchased):
    server.add(1, server.add_customer(9), status=told)
    (state,) = connect(server).read_subscriptions().subscriptions
    assert (state.status, state.purchased) == (status, purchased)
    # What is over is not worth a call.
    assert len(details(server)) == (status != "ended")


def test_several_articles(server):
    one, _other, _third = small(server)
    server.products[one] = [
        {"mpn": "A", "name": "Suite", "quantity": 4},
        {"mpn": "B", "name": "Storage", "quantity": "2"},
        {"mpn": "A", "name": "Suite", "quantity": 1.0},
        {"mpn": "C", "name": "Nothing", "quantity": 0},
        {"mpn": "D", "name": "Not counted"},
    ]
    pages = read_all(connect(server))
    found = {s.subscription_id: s for s in pages[0].subscriptions}
    assert {name: state.purchased for name, state in found.items()} == {
        "2001001#A": 5,
        "2001001#B": 2,
        "2001002": 3,
        "2001007": 5,
    }
    assert found["2001001#B"].parent_id == "2001001"
    assert found["2001001#B"].service_name == "Storage"
    known = markers(pages)
    details(server)
    pages = read_all(connect(server), known)
    assert details(server) == []
    assert set(pages[0].unchanged) == set(known)


@pytest.mark.parametrize("products", [None, [], "x", [{"mpn": "A"}], [None]])
def test_what_has_no_quantity(server, products):
    """Reserved instances and the marketplace's own services have none."""
    one, _other, _third = small(server)
    server.products[one] = products
    (page,) = read_all(connect(server))
    state = next(s for s in page.subscriptions if s.subscription_id == one)
    assert state.purchased is None
    assert page.problems == ()


def test_test_says_what_works(server):
    small(server)
    tested = connect(server).test()
    assert tested.abilities == ("subscriptions", "exports")
    assert tested.account == server.user
    server.faults.add("/reports$", "error", times=None, status=403)
    tested = connect(server).test()
    assert tested.abilities == ("subscriptions",)
    assert [(a, e.code) for a, e in tested.problems] == [
        ("exports", errors.NO_PERMISSION)
    ]


def test_what_it_cannot_do(server):
    connector = connect(server)
    assert connector.abilities == {"subscriptions", "exports"}
    with pytest.raises(LookupError):
        connector.send_order(None)
