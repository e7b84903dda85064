"""Ingram's marketplace: sign-in, pages, details of what has changed, orders."""

import json
import logging
import re
from datetime import date
from decimal import Decimal

import pytest
from connectors import CONNECTORS, Account, Http, errors
from connectors.errors import ConnectorError
from connectors.kept_token import SECRET
from freezegun import freeze_time
from vendors.ingram import IngramServer

SIGN_IN = "/token$"
LIST, ORDERS, CUSTOMERS = "/subscriptions$", "/orders$", "/customers$"
DETAILS = "/subscriptions/"


@pytest.fixture
def server():
    with IngramServer() as server:
        yield server


def connect(server, kept=None, patience=0.3, **secrets):
    """Return a connector; what it wants to be kept goes to `kept`."""
    account = Account(
        server.settings,
        {**server.secrets, **secrets},
        kept.update if kept is not None else None,
    )
    http = Http(verify=server.ca_path, patience=patience)
    return CONNECTORS["ingram"](account, http)


def read_all(connector, known=None, deadline=None):
    """Return all pages; the cursor goes through JSON, as it is stored."""
    pages, cursor = [], None
    while True:
        page = connector.read_subscriptions(cursor, known, deadline)
        pages.append(page)
        if page.cursor is None:
            return pages
        cursor = json.loads(json.dumps(page.cursor))


def markers(pages, known=None):
    """Return what the next sync knows."""
    found = {s.subscription_id: s.marker for page in pages for s in page.subscriptions}
    return {**(known or {}), **found}


def details(server):
    """Return of which subscriptions details were asked for, and forget it."""
    found = [call.path.rpartition("/")[2] for call in server.calls(DETAILS)]
    server.log.clear()
    return sorted(found)


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def small(server):
    """Add a customer with two subscriptions, and one with one."""
    a, b = server.add_customer(1004567), server.add_customer(1004999)
    ids = server.add(2001001, a, 12), server.add(2001002, a, 3)
    return *ids, server.add(2001007, b, 5, name="Contoso Mail")


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


@pytest.mark.parametrize(
    "quantity", [-1, "many", "", True, [1], {}, 1e300, "1e999999", "NaN", 10**30]
)
def test_odd_quantity_stops_no_other(server, quantity):
    one, _other, _third = small(server)
    server.products[one][0]["quantity"] = quantity
    (page,) = read_all(connect(server), {one: "m"})
    assert [(name, error.code) for name, error in page.problems] == [
        (one, errors.NOT_UNDERSTOOD)
    ]
    assert len(page.subscriptions) == 2
    # It stays as it is known.
    assert page.unchanged == (one,)
    assert page.customers == ("1004567", "1004999")


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {"status": 404}, errors.NOT_FOUND),
        ("error", {"status": 403}, errors.NO_PERMISSION),
        ("error", {"status": 400}, errors.REFUSED),
        ("error", {}, errors.FAULTY),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("truncate", {}, errors.NOT_UNDERSTOOD),
        ("reset", {}, errors.INCOMPLETE),
        ("change", {"by": lambda *_: (200, {}, [])}, errors.NOT_UNDERSTOOD),
        ("change", {"by": lambda *_: (200, {}, {"id": "7"})}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda s, h, body: (s, h, {**body, "status": "asleep"})},
            errors.NOT_UNDERSTOOD,
        ),
        (
            "change",
            {"by": lambda *_: (200, {}, b'{"id":' + b"[" * 100_000)},
            errors.NOT_UNDERSTOOD,
        ),
    ],
)
def test_one_that_fails_stops_no_other(server, kind, options, code):
    one, _other, _third = small(server)
    server.faults.add(f"{DETAILS}{one}$", kind, times=None, **options)
    (page,) = read_all(connect(server))
    assert [(name, error.code) for name, error in page.problems] == [(one, code)]
    assert len(page.subscriptions) == 2


def test_changed_names_of_fields(server):
    """Another version of the interface: what is missing is not known, not wrong."""
    small(server)
    for row in server.subscriptions:
        row.pop("renewalStatus")
        row["Status"] = row.pop("status").upper()
        row["creationdate"] = row.pop("creationDate")
    (page,) = read_all(connect(server))
    assert {s.status for s in page.subscriptions} == {"active"}
    assert {s.auto_renew for s in page.subscriptions} == {None}
    assert page.subscriptions[0].start == date(2026, 3, 5)


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


@pytest.mark.parametrize(
    ("path", "kind", "options", "code"),
    [
        (SIGN_IN, "error", {"status": 401}, errors.WRONG_SECRET),
        (SIGN_IN, "error", {"status": 400}, errors.WRONG_SECRET),
        (SIGN_IN, "error", {"status": 403}, errors.NO_PERMISSION),
        (SIGN_IN, "error", {"status": 404}, errors.WRONG_REGION),
        (SIGN_IN, "redirect", {"location": "https://localhost/"}, errors.WRONG_REGION),
        (SIGN_IN, "throttle", {"seconds": 70}, errors.THROTTLED),
        (SIGN_IN, "error", {}, errors.FAULTY),
        (SIGN_IN, "not_json", {}, errors.NOT_UNDERSTOOD),
        (LIST, "error", {"status": 403}, errors.NO_PERMISSION),
        (LIST, "error", {"status": 401}, errors.NO_PERMISSION),
        (LIST, "error", {}, errors.FAULTY),
        (LIST, "throttle", {"seconds": 70}, errors.THROTTLED),
        (LIST, "not_json", {}, errors.NOT_UNDERSTOOD),
        (LIST, "reset", {}, errors.INCOMPLETE),
        (LIST, "truncate", {}, errors.NOT_UNDERSTOOD),
    ],
)
def test_ways_to_fail(server, path, kind, options, code):
    small(server)
    server.faults.add(path, kind, times=None, **options)
    assert code_of(connect(server).read_subscriptions) == code


def test_wrong_password_and_wrong_key(server):
    small(server)
    wrong = connect(server, password="password-2")
    assert code_of(wrong.test) == errors.WRONG_SECRET
    wrong = connect(server, subscription_key="key-2222")
    assert code_of(wrong.test) == errors.NO_PERMISSION


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


def test_slow_answers(server):
    small(server)
    server.faults.add(LIST, "slow", seconds=1.5)
    assert len(read_all(connect(server))[0].subscriptions) == 3


def test_unreachable():
    with IngramServer() as server:
        connector = connect(server)
        connector.http.attempts = 1
    # Its certificate is gone with the server; so is the server.
    connector.http.session.verify = True
    assert code_of(connector.test) == errors.UNREACHABLE


def test_certificate_of_somebody_else(server):
    account = Account(server.settings, server.secrets)
    connector = CONNECTORS["ingram"](account, Http(patience=0))
    assert code_of(connector.test) == errors.UNTRUSTED


def test_token_is_kept_and_renewed_when_revoked(server):
    small(server)
    kept = {}
    read_all(connect(server, kept))
    read_all(connect(server, **kept))
    assert len(server.calls(SIGN_IN)) == 1
    old = json.loads(kept[SECRET])
    kept[SECRET] = json.dumps({**old, "since": old["since"] - 600})
    server.tokens.clear()
    read_all(connect(server, **kept))
    assert len(server.calls(SIGN_IN)) == 2


def test_no_secret_in_errors_or_logs(server, caplog):
    caplog.set_level(logging.DEBUG)
    small(server)
    # It repeats the key that it does not know.
    wrong = connect(server, subscription_key="key-9999")
    with pytest.raises(ConnectorError) as caught:
        wrong.test()
    kept = {}
    connector = connect(server, kept)
    read_all(connector)
    told = f"{caught.value} {caught.value.details} {caplog.text} {connector.account}"
    for secret in (server.password, server.key, "key-9999", "token-1"):
        assert secret not in told
    assert kept


def test_nothing_secret_or_endless_is_stored(server):
    one, _other, _third = small(server)
    server.subscriptions[-1] |= {
        "portalUrl": "https://example/?sig=1",
        "accessToken": "t",
        "note": "x" * 100_000,
        "many": list(range(10_000)),
    }
    (page,) = read_all(connect(server))
    state = next(s for s in page.subscriptions if s.subscription_id == one)
    told = json.dumps(state.to_dict())
    assert "sig=1" not in told
    assert "accessToken" not in told
    assert len(told) < 20_000


@pytest.mark.parametrize(
    ("one", "path"),
    [
        ("../token", "..%2Ftoken"),
        ("a b?c=d#e", "a%20b%3Fc%3Dd%23e"),
        ("ü", "%C3%BC"),
        ("..", None),
        ("y" * 600, None),
    ],
)
def test_ids_are_quoted_in_addresses(server, one, path):
    customer = server.add_customer(100)
    server.add(1, customer, id=one)
    (page,) = read_all(connect(server))
    calls = [call.path for call in server.calls("/subscriptions/")]
    assert calls == ([f"{server.prefix}/subscriptions/{path}"] if path else [])
    assert bool(page.problems) == (path is None)


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


def test_an_answer_that_is_too_large(server, monkeypatch):
    small(server)
    monkeypatch.setattr("connectors.http.MAX_ANSWER", 100)
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD


def test_no_endless_list(server, monkeypatch):
    monkeypatch.setattr("connectors.ingram_api._MOST_PAGES", 20)
    numbers = iter(range(10**6))

    def more(status, headers, _body):
        rows = [{"id": str(next(numbers))} for _i in range(5)]
        return status, headers, {"data": rows}

    server.faults.add(LIST, "change", times=None, by=more)
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD
    assert len(server.calls(LIST)) == 21


def test_what_it_cannot_do(server):
    connector = connect(server)
    assert connector.abilities == {"subscriptions", "exports"}
    with pytest.raises(LookupError):
        connector.send_order(None)


def test_settings_that_are_no_address(server):
    for text in ("http://localhost", "localhost", "https://x/?a=b", ""):
        connector = connect(server)
        connector.account.settings["api_url"] = text
        if text:
            assert code_of(connector.test) == errors.WRONG_REGION
    # Empty is the public cloud.
    assert re.match("https://", connector.fields[0].default)


def test_what_a_list_that_is_not_whole_lacks_is_not_gone(server):
    """It may be what the rows without an id are of."""
    one, _other, _third = small(server)
    known = markers(read_all(connect(server)))
    server.subscriptions[-1]["id"] = None
    server.has_total = False
    (page,) = read_all(connect(server), known)
    assert one in page.unchanged
    assert page.customers == ()


def test_one_whose_details_break_the_connection(server):
    """The provider is there, so the others are read."""
    one, _other, _third = small(server)

    class Gone(Exception):
        pass

    def hang_up(*_):
        raise Gone

    server.faults.add(f"{DETAILS}{one}$", "change", times=None, by=hang_up)
    (page,) = read_all(connect(server))
    assert [(name, error.code) for name, error in page.problems] == [
        (one, errors.UNREACHABLE)
    ]
    assert len(page.subscriptions) == 2


def test_one_that_leads_elsewhere_stops_no_other(server):
    one, _other, _third = small(server)
    elsewhere = "https://127.0.0.1:1/"
    server.faults.add(f"{DETAILS}{one}$", "redirect", times=None, location=elsewhere)
    (page,) = read_all(connect(server))
    assert [error.code for _name, error in page.problems] == [errors.WRONG_REGION]
    assert len(page.subscriptions) == 2


def test_an_answer_of_many_small_things_is_stored_in_short(server):
    one, _other, _third = small(server)
    nested = [[{"a": ["b" * 40] * 60}] * 60] * 60
    server.subscriptions[-1]["nested"] = nested
    (page,) = read_all(connect(server))
    state = next(s for s in page.subscriptions if s.subscription_id == one)
    raw = state.raw["subscription"]
    assert raw["name"] == "Contoso Office Suite (annual)"
    assert "nested" not in raw
