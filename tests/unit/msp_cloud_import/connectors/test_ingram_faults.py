"""Ingram's marketplace: ways to fail, and answers that are odd."""

import json
import logging
import re
from datetime import date

import pytest
from connectors import CONNECTORS, Account, Http, errors
from connectors.errors import ConnectorError
from connectors.kept_token import SECRET
from ingram_common import (
    DETAILS,
    LIST,
    SIGN_IN,
    code_of,
    connect,
    read_all,
    small,
)
from vendors.ingram import IngramServer

SERVER = IngramServer


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


def test_an_answer_that_is_too_large(server, monkeypatch):
    small(server)
    monkeypatch.setattr("connectors.http.MAX_ANSWER", 100)
    assert code_of(connect(server).read_subscriptions) == errors.NOT_UNDERSTOOD


def test_settings_that_are_no_address(server):
    for text in ("http://localhost", "localhost", "https://x/?a=b", ""):
        connector = connect(server)
        connector.account.settings["api_url"] = text
        if text:
            assert code_of(connector.test) == errors.WRONG_REGION
    # Empty is the public cloud.
    assert re.match("https://", connector.fields[0].default)


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
