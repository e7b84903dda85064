"""SkyKick: subscriptions and their seats."""

import json
from datetime import date
from decimal import Decimal

import pytest
from connectors import errors
from skykick_common import (
    LIST,
    code_of,
    connect,
)
from vendors.skykick import SkyKickServer

SERVER = SkyKickServer


def test_seats(server):
    one = server.add(
        1, 25, IndividualMailboxesCharged=25, SharedResourcesCharged=2, SeatLimit=30
    )
    page = connect(server).read_subscriptions()
    (state,) = page.subscriptions
    assert state.sub_account_id == "77777777-0000-4000-8000-000000000001"
    assert state.subscription_id == one
    assert state.sub_account_name == "Customer 1"
    assert state.customer_domain == "customer1.onmicrosoft.com"
    assert state.status == "active"
    assert state.sku_id == "Exchange + SharePoint"
    assert (state.assigned, state.billed) == (Decimal(25), Decimal(27))
    # What is bought, for how long, is not said.
    assert (state.purchased, state.term, state.auto_renew) == (None, None, None)
    assert state.start == date(2025, 2, 3)
    assert page.customers == (state.sub_account_id,)
    assert (page.cursor, page.total, page.done, page.problems) == (None, 1, 1, ())
    assert json.dumps(state.to_dict())


def test_unchanged_is_not_told_again_but_a_seat_more_is(server):
    one = server.add(1, 25)
    other = server.add(2, 3)
    first = connect(server).read_subscriptions()
    known = {state.subscription_id: state.marker for state in first.subscriptions}
    again = connect(server).read_subscriptions(known=known)
    assert again.subscriptions == ()
    assert sorted(again.unchanged) == sorted([one, other])
    server.settings_of[other]["TotalExchangeMailboxesEnabled"] = 4
    changed = connect(server).read_subscriptions(known=known)
    assert [s.subscription_id for s in changed.subscriptions] == [other]
    assert changed.subscriptions[0].assigned == 4
    assert changed.unchanged == (one,)


def test_one_that_fails_stops_no_other(server):
    bad = server.add(1)
    good = server.add(2)
    server.faults.add(f"{bad}/subscriptionsettings", "error", times=None)
    page = connect(server).read_subscriptions(known={bad: "m", good: "m"})
    assert [state.subscription_id for state in page.subscriptions] == [good]
    assert [(one, error.code) for one, error in page.problems] == [(bad, errors.FAULTY)]
    # It stays as it is known; nobody takes it for gone.
    assert page.unchanged == (bad,)
    assert len(page.customers) == 2


def test_provider_that_goes_down_ends_the_sync(server):
    for number in range(1, 41):
        server.add(number)
    server.faults.add("/subscriptionsettings", "error", times=None)
    server.faults.add(LIST, "error", times=None, after=1)
    connector = connect(server)
    connector.http.attempts = 1
    assert code_of(connector.read_subscriptions) == errors.FAULTY
    assert len(server.calls("/subscriptionsettings")) == 32


def test_broken_details_do_not_end_the_sync_of_others(server):
    for number in range(1, 41):
        server.add(number)
    server.faults.add("/subscriptionsettings", "error", times=20)
    connector = connect(server)
    connector.http.attempts = 1
    page = connector.read_subscriptions()
    assert len(page.subscriptions) == 20
    assert len(page.problems) == 20
    assert page.cursor is None


def test_goes_on_from_the_cursor(server):
    for number in range(1, 41):
        server.add(number)
    connector = connect(server)
    page = connector.read_subscriptions(deadline=0)
    assert 0 < page.done < 40
    # Another process goes on.
    rest = connect(server).read_subscriptions(json.loads(json.dumps(page.cursor)))
    ids = [s.subscription_id for s in (*page.subscriptions, *rest.subscriptions)]
    assert len(set(ids)) == len(ids) == 40
    assert rest.cursor is None
    assert len(set(page.customers + rest.customers)) == 40


def test_mailboxes_are_counted_where_settings_have_no_count(server):
    one = server.add(1)
    for name in ("TotalExchangeMailboxesEnabled", "TotalIndividualMailboxesEnabled"):
        del server.settings_of[one][name]
    server.mailboxes_of[one] = {
        "IndividualMailboxes": [{"IsEnabled": True}, {"IsEnabled": False}] * 3
    }
    (state,) = connect(server).read_subscriptions().subscriptions
    assert state.assigned == 3
    server.mailboxes_of[one] = {"IndividualMailboxes": [{"Colour": "red"}]}
    page = connect(server).read_subscriptions()
    assert [error.code for _one, error in page.problems] == [errors.NOT_UNDERSTOOD]


def test_backup_of_sites_alone(server):
    server.add(
        1,
        BackupExchangeEnabled=False,
        TotalExchangeMailboxesEnabled=0,
        TotalSharepointActiveLicenses=7,
        TotalSharepointLicensesCharged=8,
    )
    (state,) = connect(server).read_subscriptions().subscriptions
    assert (state.sku_id, state.assigned, state.billed) == ("SharePoint", 7, 8)


def test_cancelled_order_is_over(server):
    server.add(1)
    server.subscriptions[0]["orderState"] = "OrderCancelled"
    (state,) = connect(server).read_subscriptions().subscriptions
    assert state.status == "ended"


@pytest.mark.parametrize(
    "answer",
    [
        {"items": "none"},
        "text",
        12,
        None,
        json.loads('{"a":' * 50 + "1" + "}" * 50),
    ],
)
def test_list_of_another_form(server, answer):
    server.subscriptions = answer
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD


def test_list_that_is_nested_without_end(server):
    server.faults.add(
        LIST, "change", by=lambda *_: (200, {}, b"[" * 200_000 + b"]" * 200_000)
    )
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD


def test_odd_rows_are_told_and_left_out(server):
    one = server.add(1)
    server.subscriptions += [None, "text", {}, {"id": None}, {"id": ["x"]}]
    # The same once more.
    server.subscriptions.append(dict(server.subscriptions[0]))
    page = connect(server).read_subscriptions()
    assert [state.subscription_id for state in page.subscriptions] == [one]
    assert {error.code for _one, error in page.problems} == {errors.NOT_UNDERSTOOD}
    assert len(page.problems) == 5


@pytest.mark.parametrize("seats", [-3, "many", True, 1e300, "NaN", [5], {}])
def test_odd_counts(server, seats):
    server.add(
        1, TotalExchangeMailboxesEnabled=seats, TotalIndividualMailboxesEnabled=None
    )
    page = connect(server).read_subscriptions()
    assert page.subscriptions == ()
    ((_one, error),) = page.problems
    assert error.code in (errors.NOT_UNDERSTOOD, errors.NOT_FOUND)


@pytest.mark.parametrize(
    ("one", "path"),
    [
        ("../auth/token", "/Backup/..%2Fauth%2Ftoken/subscriptionsettings"),
        ("a?b#c%2F", "/Backup/a%3Fb%23c%252F/subscriptionsettings"),
        ("..", None),
        (".", None),
        ("x" * 600, None),
    ],
)
def test_ids_are_quoted_in_addresses(server, one, path):
    server.add(1)
    server.subscriptions[0]["id"] = one
    connect(server).read_subscriptions()
    calls = [call.path for call in server.calls("/Backup/")]
    if path:
        assert calls == [path]
    else:
        assert not any(".." in call for call in calls)


def test_field_names_in_another_spelling(server):
    one = server.add(1, 6)
    server.settings_of[one] = {
        name[0].lower() + name[1:]: value
        for name, value in server.settings_of[one].items()
    }
    server.subscriptions[0] = {
        name.upper(): value for name, value in server.subscriptions[0].items()
    }
    (state,) = connect(server).read_subscriptions().subscriptions
    assert (state.subscription_id, state.assigned) == (one, 6)


def test_what_it_cannot_do(server):
    connector = connect(server)
    assert connector.abilities == {"subscriptions"}
    for call in (
        lambda: connector.find_exports(date(2026, 4, 1), {}),
        lambda: connector.send_order(None),
    ):
        with pytest.raises(LookupError):
            call()


def test_what_a_list_that_is_not_whole_lacks_is_not_gone(server):
    server.add(1)
    other = server.add(2)
    server.subscriptions.append({"id": None})
    page = connect(server).read_subscriptions(known={"gone?": "m", other: "m"})
    assert page.unchanged == ("gone?",)
    assert page.customers == ()


def test_nobody_believes_that_all_are_gone(server):
    page = connect(server).read_subscriptions(known={"a": "m", "b": "m"})
    assert page.unchanged == ("a", "b")
    assert [error.code for _one, error in page.problems] == [errors.INCOMPLETE]
