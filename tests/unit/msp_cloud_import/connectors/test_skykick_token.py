"""SkyKick: signing in as seldom as possible."""

import json
import logging

import pytest
from connectors import errors
from connectors.errors import ConnectorError
from connectors.kept_token import SECRET
from skykick_common import (
    LIST,
    SIGN_IN,
    code_of,
    connect,
)
from vendors.skykick import SkyKickServer

SERVER = SkyKickServer


def test_token_is_kept_from_one_process_to_the_next(server):
    server.add(1)
    kept = {}
    connect(server, kept).read_subscriptions()
    connect(server, **kept).read_subscriptions()
    connect(server, **kept).test()
    assert len(server.calls(SIGN_IN)) == 1


def test_token_is_not_used_for_another_key(server):
    server.add(1)
    kept = {}
    connect(server, kept).read_subscriptions()
    server.key = "subscription-key-2"
    connect(server, **kept).read_subscriptions()
    assert len(server.calls(SIGN_IN)) == 2


def test_token_that_ends_is_renewed(server):
    server.add(1)
    server.lifetime = 130
    kept = {}
    connect(server, kept).read_subscriptions()
    token = json.loads(kept[SECRET])
    # Two minutes later it has less than a minute left.
    kept[SECRET] = json.dumps({**token, "until": token["until"] - 100})
    connect(server, **kept).read_subscriptions()
    assert len(server.calls(SIGN_IN)) == 2


def test_token_that_was_revoked_is_renewed_once(server):
    server.add(1)
    kept = {}
    connect(server, kept).read_subscriptions()
    old = json.loads(kept[SECRET])
    kept[SECRET] = json.dumps({**old, "since": old["since"] - 600})
    server.tokens.clear()
    assert connect(server, **kept).read_subscriptions().subscriptions
    assert len(server.calls(SIGN_IN)) == 2


def test_strict_limit_of_sign_ins_is_respected(server):
    server.add(1)
    server.faults.add(LIST, "error", times=None, status=401)
    connector = connect(server)
    for _attempt in range(3):
        assert code_of(connector.read_subscriptions) == errors.NO_PERMISSION
    assert len(server.calls(SIGN_IN)) == 1


@pytest.mark.parametrize("kept", ["", "{", "[]", "null", '{"of": 1}', '"text"'])
def test_kept_token_that_is_damaged(server, kept):
    server.add(1)
    assert connect(server, **{SECRET: kept}).read_subscriptions().subscriptions


def test_secret_of_its_own(server):
    server.secret = "secret-1"
    server.add(1)
    assert connect(server).test().abilities == ("subscriptions",)
    wrong = connect(server, client_secret="secret-2")
    assert code_of(wrong.test) == errors.WRONG_SECRET


@pytest.mark.parametrize(
    ("path", "kind", "options", "code"),
    [
        (SIGN_IN, "error", {"status": 400}, errors.WRONG_SECRET),
        (SIGN_IN, "error", {"status": 401}, errors.WRONG_SECRET),
        (SIGN_IN, "error", {"status": 403}, errors.NO_PERMISSION),
        (SIGN_IN, "error", {"status": 404}, errors.WRONG_REGION),
        (SIGN_IN, "redirect", {"location": "https://localhost/"}, errors.WRONG_REGION),
        (SIGN_IN, "throttle", {"seconds": 900}, errors.THROTTLED),
        (SIGN_IN, "error", {}, errors.FAULTY),
        (SIGN_IN, "not_json", {}, errors.NOT_UNDERSTOOD),
        (LIST, "error", {"status": 403}, errors.NO_PERMISSION),
        (LIST, "throttle", {"seconds": 900}, errors.THROTTLED),
        (LIST, "error", {}, errors.FAULTY),
        (LIST, "not_json", {}, errors.NOT_UNDERSTOOD),
        (LIST, "truncate", {}, errors.NOT_UNDERSTOOD),
        (LIST, "reset", {}, errors.INCOMPLETE),
    ],
)
def test_ways_to_fail(server, path, kind, options, code):
    server.add(1)
    server.faults.add(path, kind, times=None, **options)
    assert code_of(connect(server).test) == code


def test_how_long_to_wait_is_passed_on(server):
    server.faults.add(SIGN_IN, "throttle", times=None, seconds=900)
    with pytest.raises(ConnectorError) as caught:
        connect(server).test()
    assert caught.value.retry_after == 900
    assert len(server.calls(SIGN_IN)) == 1


def test_no_secret_in_errors_or_logs(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.add(1)
    # The answer repeats the key it was given.
    wrong = connect(server, subscription_key="another-key-9")
    with pytest.raises(ConnectorError) as caught:
        wrong.test()
    connector = connect(server)
    connector.read_subscriptions()
    told = f"{caught.value} {caught.value.details} {caplog.text} {connector.account}"
    for secret in ("another-key-9", server.key, "token-1"):
        assert secret not in told
    assert caught.value.__cause__ is None


def test_no_secret_over_plain_http(server):
    connector = connect(server)
    connector.account.settings["api_url"] = "http://localhost"
    assert code_of(connector.test) == errors.WRONG_REGION
