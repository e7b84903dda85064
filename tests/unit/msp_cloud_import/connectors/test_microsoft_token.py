"""Signing in: each way it can fail has a code, and no secret leaks."""

import logging
import traceback
from datetime import date

import pytest
from connectors import Account, errors
from connectors.connector import EXPORTS, ORDERS, SUBSCRIPTIONS
from connectors.errors import ConnectorError
from freezegun import freeze_time
from microsoft_common import all_pages, connect

SECRETS = (
    "client-secret",
    "refresh-token",
    "access-token",
    "sig=",
    "signature",
    "Bearer ",
)


def lines_of(error):
    """Return an error and all that led to it, without lines of code."""
    while error:
        yield from traceback.format_exception_only(error)
        yield repr(error.args)
        error = error.__cause__ or error.__context__


def problem(connector):
    with pytest.raises(ConnectorError) as caught:
        connector.read_subscriptions()
    return caught.value


def test_a_good_connection(microsoft, connector):
    microsoft.data.add_customer("Muster Bau GmbH")
    tested = connector.test()
    assert tested.account == microsoft.data.tenant_id
    assert set(tested.abilities) == {SUBSCRIPTIONS, EXPORTS, ORDERS}
    assert tested.problems == ()


def test_renewed_refresh_token_is_kept_at_once(microsoft, connector):
    connector.read_subscriptions()
    assert connector.kept == {"refresh_token": microsoft.refresh_token}
    assert connector.account.secrets["refresh_token"] != "refresh-token-first"
    # The next process signs in with the one that was kept.
    later = connect(microsoft)
    later.account.secrets["refresh_token"] = connector.kept["refresh_token"]
    assert later.read_subscriptions().cursor is None


def test_old_refresh_token_is_expired(microsoft, connector):
    connector.read_subscriptions()
    later = connect(microsoft)
    later.account.secrets["refresh_token"] = "refresh-token-first"
    error = problem(later)
    assert error.code == errors.EXPIRED_TOKEN
    assert not error.is_passing
    assert "sign in again" in str(error)


def test_one_token_serves_many_calls(microsoft, connector):
    for number in range(5):
        microsoft.data.add_customer(f"Kunde {number}")
    all_pages(connector)
    all_pages(connector)
    assert len(microsoft.calls("/token$")) == 1


def test_expiry_is_90_days_after_the_last_use(microsoft, connector):
    assert connector.expires_on() == {}
    with freeze_time("2026-04-10 12:00:00", real_asyncio=True, tick=True):
        connector.read_subscriptions()
    assert connector.expires_on() == {"refresh_token": date(2026, 7, 9)}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (7000215, errors.WRONG_SECRET),
        (7000222, errors.WRONG_SECRET),
        (65001, errors.MISSING_CONSENT),
        (50076, errors.EXPIRED_TOKEN),
        (50173, errors.EXPIRED_TOKEN),
        (700082, errors.EXPIRED_TOKEN),
        (700024, errors.CLOCK_SKEW),
        (90002, errors.WRONG_REGION),
        (700016, errors.WRONG_REGION),
        (50105, errors.NO_PERMISSION),
        (4711, errors.EXPIRED_TOKEN),  # invalid_grant alone
    ],
)
def test_refusals(microsoft, connector, number, code):
    microsoft.refusal = number
    error = problem(connector)
    assert error.code == code
    tested = connector.test()
    assert tested.abilities == ()
    assert {name for name, _ in tested.problems} == {SUBSCRIPTIONS, EXPORTS, ORDERS}
    assert {one.code for _, one in tested.problems} == {code}


def test_wrong_secret_and_wrong_app(microsoft):
    connector = connect(microsoft)
    connector.account.secrets["client_secret"] = "wrong-client-secret"
    assert problem(connector).code == errors.WRONG_SECRET
    assert problem(connect(microsoft, client_id="other")).code == errors.WRONG_REGION


@pytest.mark.parametrize("tenant", ["other.example", "", "../common"])
def test_unknown_tenant(microsoft, tenant):
    error = problem(connect(microsoft, tenant_id=tenant))
    assert error.code == errors.WRONG_REGION


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("throttle", {"seconds": 120}, errors.THROTTLED),
        ("error", {}, errors.FAULTY),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
        ("error", {"body": {}, "status": 200}, errors.REFUSED),
        ("error", {"body": [], "status": 200}, errors.NOT_UNDERSTOOD),
    ],
)
def test_sign_in_that_fails(microsoft, connector, kind, options, code):
    connector.http.attempts = 1
    microsoft.faults.add("/token$", kind, times=None, **options)
    error = problem(connector)
    assert error.code == code
    if code == errors.THROTTLED:
        assert error.retry_after == 120


def test_wrong_clock(microsoft, connector):
    headers = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
    microsoft.faults.add("/token$", "error", status=401, headers=headers)
    error = problem(connector)
    assert error.code == errors.CLOCK_SKEW
    assert "clock is wrong" in str(error)


def test_token_that_is_too_old_is_fetched_anew(microsoft, connector, monkeypatch):
    monkeypatch.setattr("connectors.microsoft_token._YOUNG", 0)
    connector.read_subscriptions()
    microsoft.expire_tokens()
    assert connector.read_subscriptions().cursor is None
    assert len(microsoft.calls("/token$")) == 2


def test_new_token_that_is_refused_is_not_fetched_for_ever(microsoft, connector):
    microsoft.faults.add("/v1/customers", "error", times=None, status=401)
    error = problem(connector)
    assert error.code == errors.NO_PERMISSION
    assert len(microsoft.calls("/token$")) == 1


def test_new_token_that_is_refused_without_words_is_told_in_a_sentence(
    microsoft, connector
):
    microsoft.faults.add("/v1/customers", "error", times=None, status=401, body={})
    reason = problem(connector).details["reason"]
    assert reason == "status 401"
    assert reason.template == "status %(status)s"


def test_new_token_that_is_not_yet_valid(microsoft, connector):
    body = {"description": "IDX10222: Lifetime validation failed. Not yet valid."}
    microsoft.faults.add("/v1/customers", "error", times=None, status=401, body=body)
    assert problem(connector).code == errors.CLOCK_SKEW


def test_no_refresh_token_reads_what_the_app_may(microsoft):
    connector = connect(microsoft)
    connector.account.secrets.pop("refresh_token")
    tested = connector.test()
    assert tested.abilities == (EXPORTS,)
    problems = dict(tested.problems)
    assert problems[SUBSCRIPTIONS].code == errors.NO_PERMISSION


def test_token_follows_no_redirect(microsoft, connector):
    elsewhere = f"{microsoft.url_as('127.0.0.1')}/v1/customers"
    microsoft.faults.add("/v1/customers", "redirect", location=elsewhere)
    assert problem(connector).code == errors.WRONG_REGION
    hosts = {one.headers["Host"].partition(":")[0] for one in microsoft.log}
    assert hosts == {"localhost"}


def test_certificate_nobody_vouches_for(microsoft, connector):
    connector.http.session.verify = True
    error = problem(connector)
    assert error.code == errors.UNTRUSTED
    assert not microsoft.log


def test_secrets_are_nowhere(microsoft, connector, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    customer = microsoft.data.add_customer("Muster Bau GmbH")
    rows = [{"PartnerId": "1", "Total": 1}]
    microsoft.data.add_invoice("G000000001", "2026-04-08", "2026-03-31", rows)
    microsoft.data.add_subscription(customer, "Office")
    connector.test()
    page = connector.read_subscriptions()
    (export, *_) = connector.find_exports(date(2026, 4, 9), {})
    export = connector.begin_export(export)
    export = connector.look_at_export(connector.look_at_export(export))
    stored = [repr(export.to_dict()), repr(page), repr(connector.account)]
    microsoft.faults.add("/blobs", "expire", times=None)
    texts = []
    for secret in ("wrong-client-secret", "client-secret-first"):
        connector.account.secrets["client_secret"] = secret
        try:
            list(connector.fetch_export(export, tmp_path))
        except ConnectorError as error:
            texts.append("".join(lines_of(error)))
        connector._tokens._app = None
        connector._tokens._tokens.clear()
    microsoft.refusal = 65001
    texts += [repr(one) for _, one in connector.test().problems]
    texts += [str(one.details) for _, one in connector.test().problems]
    logged = [record.getMessage() for record in caplog.records]
    assert len(texts) == 8
    assert any("/blobs/" in line for line in logged)
    for text in (*stored, *texts, *logged):
        found = [secret for secret in SECRETS if secret in text]
        assert not found, (found, text)


def test_account_shows_no_secrets():
    account = Account({"tenant_id": "t"}, {"client_secret": "client-secret-1"})
    assert "client-secret-1" not in repr(account)


@pytest.mark.parametrize("path", ["/token$", "openid-configuration$"])
@pytest.mark.parametrize(
    "body",
    [
        *(
            b"[]",
            b"null",
            b"5",
            b"[" * 100_000,
            b'{"error_codes": [{}], "error": ["a"]}',
        ),
        b'{"access_token": {"a": 1}}',
        b'{"access_token": "t", "expires_in": 1e999, "token_type": "Bearer"}',
        b'{"access_token": "t\\nx", "expires_in": 5, "token_type": "Bearer"}',
        b'{"token_endpoint": 5, "authorization_endpoint": 6}',
    ],
    ids=lambda body: body[:40].decode(),
)
def test_sign_in_that_answers_anything(microsoft, connector, path, body):
    """A sentence, and nothing that ends what else the scheduler does."""
    answer = 200, {}, body
    microsoft.faults.add(path, "change", times=None, by=lambda *_: answer)
    with pytest.raises(ConnectorError) as caught:
        connector.read_subscriptions()
    assert "the sign-in" in str(caught.value)
