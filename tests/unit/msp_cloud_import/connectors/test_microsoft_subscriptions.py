"""All customers' subscriptions: whole, once each, and whatever fails is named."""

import json
import time
from decimal import Decimal

import pytest
from connectors import ConnectorError, errors
from microsoft_common import all_pages, connect, problem_of, subscriptions_of


def test_pitfall_089_all_pages_are_read(microsoft, connector, customers):
    pages = all_pages(connector)
    found = subscriptions_of(pages)
    assert len(pages) == 4
    assert len({one.subscription_id for one in found}) == len(found) == 50
    assert [id for page in pages for id in page.customers] == customers
    assert [page.done for page in pages] == [7, 14, 21, 25]
    assert {page.total for page in pages} == {25}
    assert sum(one.purchased for one in found) == Decimal(25 * 26 // 2 + 25 * 5)
    assert not any(page.problems for page in pages)


def test_pitfall_089_more_than_a_customer_s_first_page(microsoft, connector):
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    for number in range(3):
        microsoft.data.add_subscription(customer, f"Product {number}")

    def first(status, headers, body):
        header = {"key": "MS-ContinuationToken", "value": "more"}
        next_ = {"uri": "/x?seekOperation=Next", "headers": [header]}
        return 200, {}, body | {"items": body["items"][:2], "links": {"next": next_}}

    microsoft.faults.add("/subscriptions$", "change", by=first)
    microsoft.faults.add(
        "/subscriptions$",
        "change",
        by=lambda status, headers, body: (200, {}, body | {"items": body["items"][1:]}),
    )
    (page,) = all_pages(connector)
    assert len(page.subscriptions) == 3
    assert page.customers == (customer,)


def test_pitfall_089_fewer_than_announced_are_not_taken_for_all(microsoft, connector):
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    other = microsoft.data.add_customer("Praxis Beispiel")
    microsoft.data.add_subscription(customer, "Office")
    microsoft.faults.add(
        f"{customer}/subscriptions$",
        "change",
        by=lambda status, headers, body: (200, {}, body | {"totalCount": 2}),
    )
    (page,) = all_pages(connector)
    ((name, error),) = page.problems
    assert name == customer and error.code == errors.INCOMPLETE
    assert "1 of 2" in str(error)
    assert page.customers == (other,)


def test_what_is_known_is_unchanged(microsoft, connector, customers):
    known = {
        one.subscription_id: one.marker
        for one in subscriptions_of(all_pages(connector))
    }
    changed = microsoft.data.subscriptions[customers[3]]
    number, office = next(iter(changed.items()))
    office["quantity"] = 99
    pages = all_pages(connector, known)
    (found,) = subscriptions_of(pages)
    assert (found.subscription_id, found.purchased) == (number, Decimal(99))
    assert sum(len(page.unchanged) for page in pages) == 49


def test_deadline_ends_a_page_early_and_the_next_goes_on(
    microsoft, connector, customers
):
    microsoft.latency = 0.05
    cursor, pages = None, []
    while True:
        page = connector.read_subscriptions(cursor, None, time.monotonic() + 0.01)
        pages.append(page)
        if page.cursor is None:
            break
        # Each goes on in another process.
        cursor = json.loads(json.dumps(page.cursor))
        connector = connect(microsoft)
    found = subscriptions_of(pages)
    assert len({one.subscription_id for one in found}) == len(found) == 50
    assert [id for page in pages for id in page.customers] == customers
    assert pages[-1].done == 25


def test_no_time_left_still_reads_some(microsoft, connector, customers):
    page = connector.read_subscriptions(None, None, time.monotonic() - 1)
    assert page.customers
    assert page.done == len(page.customers)


def test_customer_that_left_between_two_parts(microsoft, connector, customers):
    page = connector.read_subscriptions(None, None, time.monotonic() - 1)
    # The page of customers was cut off after some of them, and the last one leaves.
    cursor = page.cursor | {"token": "", "after": customers[3]}
    del microsoft.data.customers[customers[3]]
    again = connector.read_subscriptions(cursor)
    assert set(customers[:3]) < set(again.customers)


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {"status": 403}, errors.NO_PERMISSION),
        ("error", {"status": 404}, errors.NOT_FOUND),
        ("error", {}, errors.FAULTY),
        ("error", {"status": 400}, errors.REFUSED),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("truncate", {}, errors.NOT_UNDERSTOOD),
        ("reset", {}, errors.INCOMPLETE),
        ("change", {"by": lambda *_: (200, {}, {"value": []})}, errors.NOT_UNDERSTOOD),
        ("change", {"by": lambda *_: (200, {}, [])}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda *_: (200, {}, {"items": None})},
            errors.NOT_UNDERSTOOD,
        ),
    ],
)
def test_one_customer_stops_no_other(
    microsoft, connector, customers, kind, options, code
):
    connector.http.attempts = 1
    ill = customers[4]
    microsoft.faults.add(f"/{ill}/", kind, times=None, **options)
    pages = all_pages(connector)
    ((name, error),) = [one for page in pages for one in page.problems]
    assert (name, error.code) == (ill, code)
    assert "Kunde 04" in str(error) or code in (errors.FAULTY, errors.NO_PERMISSION)
    assert len(subscriptions_of(pages)) == 48
    assert [id for page in pages for id in page.customers] == [
        one for one in customers if one != ill
    ]
    assert pages[-1].done == 25


def test_slow_customer(microsoft, connector, customers, monkeypatch):
    monkeypatch.setattr("connectors.microsoft_customers.TIMEOUT", (5, 1.5))
    connector.http.attempts = 1
    microsoft.faults.add(f"/{customers[4]}/", "slow", seconds=4)
    pages = all_pages(connector)
    ((name, error),) = [one for page in pages for one in page.problems]
    assert (name, error.code) == (customers[4], errors.UNREACHABLE)
    assert len(subscriptions_of(pages)) == 48


@pytest.mark.parametrize(
    "wrong", [{"status": "paused"}, {"quantity": "twelve"}, {"id": None}]
)
def test_one_subscription_stops_no_other(microsoft, connector, customers, wrong):
    one = next(iter(microsoft.data.subscriptions[customers[4]].values()))
    number = one["id"]

    def change(status, headers, body):
        body["items"][0] |= wrong
        return status, headers, body

    microsoft.faults.add(f"/{customers[4]}/", "change", by=change)
    pages = all_pages(connector)
    ((name, error),) = [one for page in pages for one in page.problems]
    assert name == (number if "id" not in wrong else customers[4])
    assert error.code == errors.NOT_UNDERSTOOD
    assert len(subscriptions_of(pages)) == 49
    # Not all is known of the customer, so nothing of it counts as gone.
    assert customers[4] not in [id for page in pages for id in page.customers]


def test_quantity_as_text_is_a_quantity(microsoft, connector):
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    microsoft.data.add_subscription(customer, "Office", quantity="12")
    (page,) = all_pages(connector)
    assert page.subscriptions[0].purchased == Decimal(12)


def test_throttled_in_the_middle_loses_nothing(microsoft, connector, customers):
    page = connector.read_subscriptions()
    microsoft.faults.add(f"/{customers[9]}/", "throttle", times=None, seconds=60)
    connector = connect(microsoft)
    part = connector.read_subscriptions(page.cursor)
    assert part.customers == tuple(customers[7:9])
    error = problem_of(connector, part.cursor)
    assert (error.code, error.retry_after) == (errors.THROTTLED, 60)
    microsoft.faults.clear()
    rest = [connector.read_subscriptions(part.cursor)]
    while rest[-1].cursor:
        rest.append(connector.read_subscriptions(rest[-1].cursor))
    read = [id for one in (page, part, *rest) for id in one.customers]
    assert read == customers


@pytest.mark.parametrize("as_date", [False, True])
def test_throttled_for_a_moment_is_waited_for(microsoft, connector, customers, as_date):
    microsoft.faults.add("/v1/customers", "throttle", seconds=1, as_date=as_date)
    microsoft.faults.add("/subscriptions$", "throttle", seconds=1, as_date=as_date)
    assert len(subscriptions_of(all_pages(connector))) == 50


def test_pitfall_089_fewer_customers_than_announced_are_read_again(
    microsoft, connector, customers
):
    """A page without its link to the next: those behind it are not taken for gone."""

    def without_link(status, headers, body):
        return status, headers, {**body, "links": {}}

    path = "/v1/customers$"
    microsoft.faults.add(path, "change", after=1, by=without_link)
    pages = all_pages(connector)
    found = {one.sub_account_id for one in subscriptions_of(pages)}
    assert found == set(customers)
    assert pages[-1].done == 25
    microsoft.faults.add(path, "change", times=None, by=without_link)
    cursor = None
    with pytest.raises(ConnectorError) as caught:
        for _page in range(9):
            cursor = connector.read_subscriptions(cursor).cursor
            assert cursor is not None
    assert caught.value.code == errors.INCOMPLETE
    assert "7 of 25" in str(caught.value)


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_list_that_breaks_off_is_read_again(microsoft, connector, customers, kind):
    microsoft.faults.add("/v1/customers$", kind, after=1)
    assert len(subscriptions_of(all_pages(connector))) == 50


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("reset", {}, errors.INCOMPLETE),
        ("error", {}, errors.FAULTY),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("slow", {"seconds": 4}, errors.UNREACHABLE),
        ("throttle", {"seconds": 60}, errors.THROTTLED),
    ],
)
def test_list_that_stays_away(
    microsoft, connector, customers, monkeypatch, kind, options, code
):
    page = connector.read_subscriptions()
    monkeypatch.setattr("connectors.microsoft_customers.TIMEOUT", (5, 1.5))
    connector.http.attempts = 1
    microsoft.faults.add("/v1/customers$", kind, **options)
    assert problem_of(connector, page.cursor).code == code
    # The same cursor goes on as if nothing had been.
    assert connector.read_subscriptions(page.cursor).customers == tuple(customers[7:14])


def test_service_that_is_down_is_no_matter_of_customers(
    microsoft, connector, customers
):
    connector.http.attempts = 1
    microsoft.faults.add("/subscriptions$", "error", times=None)
    assert problem_of(connector).code == errors.FAULTY


def test_service_that_goes_down_keeps_what_was_read(microsoft, connector):
    customers = [microsoft.data.add_customer(f"Kunde {one:02}") for one in range(60)]
    connector.http.attempts = 1
    ill = "|".join(customers[20:])
    microsoft.faults.add(f"/({ill})/", "error", times=None)
    page = connector.read_subscriptions()
    assert page.customers == tuple(customers[:20])
    assert page.cursor and not page.problems
    assert len(microsoft.calls("/subscriptions$")) < 60
    assert problem_of(connector, page.cursor).code == errors.FAULTY
    microsoft.faults.clear()
    assert connector.read_subscriptions(page.cursor).customers == tuple(customers[20:])


def test_calls_keep_to_the_limit(microsoft):
    """60 calls a minute: three in three seconds, and no burst at the beginning."""
    for number in range(8):
        microsoft.data.add_customer(f"Kunde {number}")
    connector = connect(microsoft, per_minute=60)
    connector.http.patience = 20
    all_pages(connector)
    times = sorted(call.at for call in microsoft.log)
    for start in times:
        assert len([at for at in times if start <= at < start + 2.9]) <= 3
    assert len(times) == 11
