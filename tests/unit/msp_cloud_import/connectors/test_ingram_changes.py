"""Ingram's marketplace: details of what has changed only, told by list and orders."""

import pytest
from connectors import errors
from freezegun import freeze_time
from ingram_common import (
    DETAILS,
    ORDERS,
    code_of,
    connect,
    details,
    markers,
    read_all,
    small,
)
from vendors.ingram import IngramServer

SERVER = IngramServer


def test_details_of_changed_ones_only(server):
    one, other, third = small(server)
    connector = connect(server)
    known = markers(read_all(connector))
    assert details(server) == sorted([one, other, third])
    pages = read_all(connect(server), known)
    assert details(server) == []
    assert sorted(pages[0].unchanged) == sorted([one, other, third])
    # The list's row says that something has changed.
    server.subscriptions[0]["lastModifiedDate"] = "2026-03-21"
    server.products[third][0]["quantity"] = 6
    pages = read_all(connect(server), known)
    assert details(server) == [third]
    assert [s.purchased for s in pages[0].subscriptions] == [6]
    known = markers(pages, known)
    read_all(connect(server), known)
    assert details(server) == []


def test_an_order_tells_of_a_change_that_the_list_does_not(server):
    _one, other, _third = small(server)
    known = markers(read_all(connect(server)))
    details(server)
    # The second change of a day: the list has the day of the last change only.
    server.order(5001, "1004567", other, type="change")
    server.products[other][0]["quantity"] = 6
    pages = read_all(connect(server), known)
    assert details(server) == [other]
    (state,) = pages[0].subscriptions
    assert state.purchased == 6
    assert [row["id"] for row in state.raw["orders"]] == ["5001"]
    known = markers(pages, known)
    read_all(connect(server), known)
    assert details(server) == []


def test_an_order_that_names_no_subscription_is_of_all_of_the_customer(server):
    one, other, _third = small(server)
    known = markers(read_all(connect(server)))
    details(server)
    server.order(5001, "1004567")
    known = markers(read_all(connect(server), known), known)
    assert details(server) == sorted([one, other])
    read_all(connect(server), known)
    assert details(server) == []


def test_an_order_that_proceeds_is_looked_at_again(server):
    one, _other, _third = small(server)
    server.order(5001, "1004567", one, status="processing")
    known = markers(read_all(connect(server)))
    details(server)
    server.orders[0]["status"] = "completed"
    server.products[one][0]["quantity"] = 15
    pages = read_all(connect(server), known)
    assert details(server) == [one]
    assert pages[0].subscriptions[0].purchased == 15


def test_orders_are_read_until_a_known_one(server):
    one, _other, third = small(server)
    for number in range(5001, 5401):
        server.order(number, "1004567", one)
    known = markers(read_all(connect(server)))
    # On the first night the newest page is enough, as all details are read.
    assert len(server.calls(ORDERS)) == 1
    details(server)
    for number in range(5401, 5551):
        server.order(number, "1004999", third)
    read_all(connect(server), known)
    assert len(server.calls(ORDERS)) == 2
    assert details(server) == [third]


def test_orders_of_the_last_days_are_looked_at_although_known(server):
    """One that failed is not forgotten because a newer order is known."""
    one, other, _third = small(server)
    known = markers(read_all(connect(server)))
    with freeze_time("2026-03-21 03:00:00", tick=True):
        server.order(5001, "1004567", one)
        for number in range(5002, 5150):
            server.order(number, "1004567", other)
        server.faults.add(f"{DETAILS}{one}$", "error", times=None, status=404)
        pages = read_all(connect(server), known)
        assert [one for one, _error in pages[0].problems] == [one]
        known = markers(pages, known)
        server.faults.clear()
        details(server)
        read_all(connect(server), known)
        assert details(server) == [one]


@pytest.mark.parametrize("rows", [None, {}, "x", [None, 5, {}, {"id": {}}]])
def test_odd_orders_are_no_reason_to_fail(server, rows):
    small(server)
    server.faults.add(
        ORDERS, "change", times=None, by=lambda *_: (200, {}, {"data": rows})
    )
    if isinstance(rows, list):
        assert len(read_all(connect(server))[0].subscriptions) == 3
    else:
        code = code_of(lambda: read_all(connect(server)))
        assert code == errors.NOT_UNDERSTOOD
