"""Ingram's marketplace: pages, slices, throttling."""

import json

import pytest
from connectors import errors
from connectors.errors import ConnectorError
from ingram_common import (
    DETAILS,
    LIST,
    code_of,
    connect,
    markers,
    read_all,
    small,
)
from vendors.ingram import IngramServer

SERVER = IngramServer


def test_pages(server):
    server.most = 7
    customers = [server.add_customer(100 + i) for i in range(10)]
    ids = {server.add(1000 + i, customers[i % 10]) for i in range(50)}
    pages = read_all(connect(server))
    found = [s.subscription_id for page in pages for s in page.subscriptions]
    assert set(found) == ids
    assert len(found) == 50
    assert set(pages[-1].customers) == set(customers)


def test_pages_that_overlap(server):
    """New ones push the others on while the pages are read."""
    server.most = 7
    customer = server.add_customer(100)
    ids = {server.add(1000 + i, customer) for i in range(30)}

    def push(status, headers, body):
        ids.add(server.add(2000 + len(server.subscriptions), customer))
        return status, headers, body

    server.faults.add(LIST, "change", times=3, by=push)
    (page,) = read_all(connect(server))
    found = [s.subscription_id for s in page.subscriptions]
    assert len(found) == len(set(found))
    assert set(found) >= {str(1000 + i) for i in range(30)}
    # None of the old ones is taken for gone; the new ones may come tomorrow.
    known = markers([page])
    (page,) = read_all(connect(server), known)
    assert set(markers([page], known)) == ids


def test_one_that_ends_while_pages_are_read_hides_no_other(server):
    server.most = 10
    customer = server.add_customer(100)
    for i in range(30):
        server.add(1000 + i, customer)

    def remove(status, headers, body):
        del server.subscriptions[0]
        return status, headers, body

    server.faults.add(LIST, "change", times=1, by=remove)
    (page,) = read_all(connect(server))
    found = {s.subscription_id for s in page.subscriptions}
    assert {str(1000 + i) for i in range(29)} <= found
    assert page.customers == (customer,)


@pytest.mark.parametrize("has_total", [True, False])
def test_offset_that_is_not_heeded(server, has_total):
    server.most, server.ignores_offset, server.has_total = 5, True, has_total
    customer = server.add_customer(100)
    known = {server.add(1000 + i, customer): "m" for i in range(12)}
    (page,) = read_all(connect(server), known)
    assert len(page.subscriptions) == 5
    assert len(server.calls(LIST)) <= 6
    # Seven are not listed, which does not mean that they are gone.
    if has_total:
        assert [error.code for _one, error in page.problems] == [errors.INCOMPLETE]
        assert page.customers == ()


def test_without_total(server):
    server.most, server.has_total = 5, False
    customer = server.add_customer(100)
    ids = {server.add(1000 + i, customer) for i in range(12)}
    (page,) = read_all(connect(server))
    assert {s.subscription_id for s in page.subscriptions} == ids


def test_customer_without_subscriptions_is_told(server):
    customer = server.add_customer(100)
    server.add(1, server.add_customer(101))
    (page,) = read_all(connect(server))
    # What is known of it is gone.
    assert customer in page.customers


def test_throttled_in_the_middle(server):
    customers = [server.add_customer(100 + i) for i in range(20)]
    for i in range(60):
        server.add(1000 + i, customers[i % 20])
    server.allowance = 25
    connector = connect(server)
    page = connector.read_subscriptions()
    assert 0 < page.done <= 25
    assert page.cursor
    # Whole customers only.
    assert page.done % 3 == 0
    assert len(page.customers) == page.done // 3
    cursor = json.loads(json.dumps(page.cursor))
    with pytest.raises(ConnectorError) as caught:
        connect(server).read_subscriptions(cursor)
    assert (caught.value.code, caught.value.retry_after) == (errors.THROTTLED, 40)
    server.allowance = None
    rest = connect(server).read_subscriptions(cursor)
    ids = [s.subscription_id for s in (*page.subscriptions, *rest.subscriptions)]
    assert len(ids) == len(set(ids)) == 60
    assert rest.cursor is None


def test_a_customer_with_more_than_the_allowance_makes_progress(server):
    customer = server.add_customer(100)
    for i in range(40):
        server.add(1000 + i, customer)
    server.allowance = 20
    page = connect(server).read_subscriptions()
    assert 0 < page.done < 40
    # Not all of it was read, so nothing of it is gone.
    assert page.customers == ()
    server.allowance = None
    rest = connect(server).read_subscriptions(page.cursor)
    assert page.done + len(rest.subscriptions) == 40
    assert rest.customers == ()
    # The next night nothing is to be read, and the customer is whole.
    known = markers([page, rest])
    assert connect(server).read_subscriptions(None, known).customers == (customer,)


def test_short_throttling_is_waited_for(server):
    small(server)
    server.faults.add(DETAILS, "throttle", times=2, seconds=1)
    assert len(read_all(connect(server, patience=5))[0].subscriptions) == 3


def test_deadline(server):
    customers = [server.add_customer(100 + i) for i in range(20)]
    for i in range(60):
        server.add(1000 + i, customers[i % 20])
    pages = read_all(connect(server), deadline=0)
    assert len(pages) > 1
    assert sum(len(page.subscriptions) for page in pages) == 60
    assert sum(len(page.customers) for page in pages) == 20
    assert [page.done for page in pages] == sorted({page.done for page in pages})


def test_list_changes_between_two_slices(server):
    customers = [server.add_customer(100 + i) for i in range(10)]
    for i in range(60):
        server.add(1000 + i, customers[i % 10])
    page = connect(server).read_subscriptions(deadline=0)
    assert page.cursor
    read = {s.subscription_id for s in page.subscriptions}
    del server.subscriptions[:12]
    # Another process, another list.
    rest = connect(server).read_subscriptions(page.cursor)
    left = {row["id"] for row in server.subscriptions} - read
    assert {s.subscription_id for s in rest.subscriptions} == left


def test_rows_that_are_none(server):
    small(server)
    rows = [None, 5, "x", {}, {"id": None}, {"id": "8", "customerId": None}]
    server.subscriptions += rows
    server.has_total = False
    (page,) = read_all(connect(server))
    assert len(page.subscriptions) == 3
    codes = {error.code for _one, error in page.problems}
    assert codes <= {errors.NOT_UNDERSTOOD, errors.NOT_FOUND}
    # It is not certain what is missing, so nobody is gone.
    assert page.customers == ()


def test_no_endless_list(server, monkeypatch):
    monkeypatch.setattr("connectors.ingram_api._MOST_PAGES", 20)
    numbers = iter(range(10**6))

    def more(status, headers, _body):
        rows = [{"id": str(next(numbers))} for _i in range(5)]
        return status, headers, {"data": rows}

    server.faults.add(LIST, "change", times=None, by=more)
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD
    assert len(server.calls(LIST)) == 21


def test_what_a_list_that_is_not_whole_lacks_is_not_gone(server):
    """It may be what the rows without an id are of."""
    one, _other, _third = small(server)
    known = markers(read_all(connect(server)))
    server.subscriptions[-1]["id"] = None
    server.has_total = False
    (page,) = read_all(connect(server), known)
    assert one in page.unchanged
    assert page.customers == ()


def test_nobody_believes_that_all_are_gone(server):
    small(server)
    known = markers(read_all(connect(server)))
    server.subscriptions.clear()
    (page,) = read_all(connect(server), known)
    assert set(page.unchanged) == set(known)
    assert page.customers == ()
    assert [error.code for _one, error in page.problems] == [errors.INCOMPLETE]
