"""Azure Cost Management: ways to fail, and answers that are odd."""

import json
import logging
import time
import zipfile

import pytest
from azure_common import (
    ASK,
    LOOK,
    MARCH,
    PART,
    PROD,
    TODAY,
    charges_of,
    code_of,
    connect,
    march,
    stored,
)
from connectors import Unfinished, errors
from connectors.errors import ConnectorError
from vendors.azure import AzureServer

SERVER = AzureServer


def change(**values):
    """Return a fault that says other things of a finished report."""
    return {"by": lambda status, headers, body: (status, headers, {**body, **values})}


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (7000215, errors.WRONG_SECRET),
        (7000222, errors.WRONG_SECRET),
        (65001, errors.MISSING_CONSENT),
        (700082, errors.EXPIRED_TOKEN),
        (700024, errors.CLOCK_SKEW),
        (90002, errors.WRONG_REGION),
        (53003, errors.NO_PERMISSION),
    ],
)
def test_ways_to_fail_at_signing_in(server, refusal, code):
    server.refusal = refusal
    assert code_of(connect(server).test) == code


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {"status": 400}, errors.REFUSED),
        ("error", {"status": 422}, errors.REFUSED),
        ("error", {"status": 403}, errors.NO_PERMISSION),
        ("error", {"status": 404}, errors.NOT_FOUND),
        ("error", {}, errors.FAULTY),
        ("throttle", {"seconds": 300}, errors.THROTTLED),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
        ("change", {"by": lambda *_: (202, {}, None)}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda *_: (202, {"Location": "https://127.0.0.1:1/x"}, None)},
            errors.UNTRUSTED,
        ),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
    ],
)
def test_ways_to_fail_at_asking(server, kind, options, code):
    connector = connect(server)
    export = connector.find_exports(TODAY, {})[0]
    server.faults.add(ASK, kind, times=None, **options)
    assert code_of(lambda: connector.begin_export(export)) == code


def test_limits_of_its_own(server):
    """Azure names how long to wait in a header for each of its limits."""
    name = "x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after"
    headers = {name: "45", "Retry-After": "10"}
    server.faults.add(
        ASK, "error", times=None, status=429, headers=headers, body={"error": {}}
    )
    connector = connect(server)
    with pytest.raises(ConnectorError) as caught:
        connector.begin_export(connector.find_exports(TODAY, {})[0])
    assert (caught.value.code, caught.value.retry_after) == (errors.THROTTLED, 45)


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {}, errors.FAULTY),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("truncate", {}, errors.NOT_UNDERSTOOD),
        ("reset", {}, errors.INCOMPLETE),
        (
            "change",
            change(status="Failed", error={"code": "X1", "message": "Too much."}),
            errors.REFUSED,
        ),
        ("change", change(status="Sleeping"), errors.NOT_UNDERSTOOD),
        ("change", change(manifest=None), errors.NOT_UNDERSTOOD),
        ("change", change(manifest={"dataFormat": "Parquet"}), errors.NOT_UNDERSTOOD),
        (
            "change",
            change(manifest={"blobCount": 2, "blobs": [{"blobLink": "x"}]}),
            errors.INCOMPLETE,
        ),
        ("change", {"by": lambda *_: (200, {}, [1])}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda *_: (200, {}, b"[" * 200_000)},
            errors.NOT_UNDERSTOOD,
        ),
    ],
)
def test_ways_to_fail_at_looking(server, kind, options, code):
    server.looks = 0
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server)
    export = connector.begin_export(connector.find_exports(TODAY, {})[0])
    server.faults.add(LOOK, kind, times=None, **options)
    assert code_of(lambda: connector.look_at_export(export)) == code


def test_report_that_was_thrown_away_is_asked_for_once_more(server):
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server)
    export = connector.begin_export(connector.find_exports(TODAY, {})[0])
    server.expire_operations()
    again = connector.look_at_export(stored(export))
    assert again.location != export.location
    server.expire_operations()
    code = code_of(lambda: connector.look_at_export(stored(again)))
    assert code == errors.NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("expire", {}, errors.INCOMPLETE),
        ("expire", {"status": 404}, errors.INCOMPLETE),
        ("reset", {}, errors.INCOMPLETE),
        ("truncate", {}, errors.INCOMPLETE),
        ("change", {"by": lambda *_: (200, {}, b"")}, errors.INCOMPLETE),
        ("error", {}, errors.FAULTY),
        ("throttle", {"seconds": 90}, errors.THROTTLED),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
    ],
)
def test_parts_that_do_not_come_whole(server, tmp_path, kind, options, code):
    connector, export = march(server, [MARCH, MARCH.replace(b"03/0", b"03/1")])
    # The first comes, the second does not.
    server.faults.add(PART, kind, times=None, after=1, **options)
    call = lambda: list(connector.fetch_export(stored(export), tmp_path))  # noqa: E731
    assert code_of(call) == code
    server.faults.clear()
    server.log.clear()
    (document,) = call()
    # The part that was there is not downloaded again.
    assert [one.path[-2:] for one in server.calls(PART)] == ["/1"]
    assert sum(one.billed_cost for one in charges_of(document)) == 2


def test_a_web_page_is_no_part(server, tmp_path):
    page = b"<!DOCTYPE html><html>" + b" " * (len(MARCH) - 21)
    connector, export = march(server)
    server.faults.add(PART, "change", times=None, by=lambda *_: (200, {}, page))
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.NOT_UNDERSTOOD
    assert list(tmp_path.iterdir()) == []


def test_link_that_expires_meanwhile_is_asked_for_anew(server, tmp_path):
    connector, export = march(server)
    server.faults.add(PART, "expire")
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == MARCH
    assert len(server.calls(PART)) == 2


def test_large_report_comes_in_turns(server, tmp_path):
    """A part each turn, and packing them is not the beginning of another download."""
    connector, export = march(server, parts=(MARCH, MARCH, MARCH))
    for _turn in range(2):
        with pytest.raises(Unfinished):
            list(connector.fetch_export(export, tmp_path, time.monotonic() - 1))
    (document,) = connector.fetch_export(export, tmp_path, time.monotonic() - 1)
    assert len(server.calls(PART)) == 3
    with zipfile.ZipFile(document.path) as archive:
        assert len(archive.namelist()) == 4  # and the list of them


def test_report_that_is_made_anew_meanwhile(server, tmp_path):
    connector, export = march(server, [MARCH, MARCH.replace(b"03/0", b"03/1")])
    server.faults.add(PART, "expire")
    server.faults.add(
        LOOK,
        "change",
        times=None,
        after=1,
        by=lambda s, h, body: (
            s,
            h,
            {
                **body,
                "manifest": {"blobs": [{"blobLink": "https://x", "byteCount": 1}]},
            },
        ),
    )
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.INCOMPLETE


@pytest.mark.parametrize("link", [None, 5, "http://localhost/x", "file:///etc/passwd"])
def test_links_that_are_none(server, tmp_path, link):
    connector, export = march(server)
    blobs = {"blobs": [{"blobLink": link, "byteCount": len(MARCH)}]}
    server.faults.add(LOOK, "change", times=None, **change(manifest=blobs))
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.NOT_UNDERSTOOD


@pytest.mark.parametrize("size", [None, "x", -5, True, 10**30])
def test_sizes_that_are_none(server, tmp_path, size):
    connector, export = march(server)

    def other(status, headers, body):
        for blob in body["manifest"]["blobs"]:
            blob["byteCount"] = size
        return status, headers, body

    server.faults.add(LOOK, "change", times=None, by=other)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == MARCH


def test_no_secret_is_stored_logged_or_sent_elsewhere(server, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    connector, export = march(server)
    list(connector.fetch_export(export, tmp_path))
    (call,) = server.calls(PART)
    assert "Authorization" not in call.headers
    with pytest.raises(ConnectorError) as caught:
        connect(server, secrets={"client_secret": "another-secret-9"}).test()
    told = f"{caught.value} {caught.value.details} {caplog.text} {connector.account}"
    told += json.dumps(export.to_dict())
    secrets = (server.client_secret, "another-secret-9", "sig=", "access-token-")
    for secret in secrets:
        assert secret not in told


def test_slow_answers(server, tmp_path):
    connector, export = march(server)
    server.faults.add(PART, "slow", seconds=1)
    assert list(connector.fetch_export(export, tmp_path))


def test_token_that_was_revoked(server):
    connector = connect(server)
    connector.test()
    server.expire_tokens()
    # It was given just now: another would be refused as well.
    assert code_of(connector.test) == errors.NO_PERMISSION
    assert connect(server).test()


def test_token_that_is_repeated_is_not_told(server):
    connector = connect(server)
    tokens = []

    def repeat(*_):
        sent = server.calls("/exports")[-1].headers["Authorization"]
        tokens.append(sent.removeprefix("Bearer "))
        return 400, {}, {"error": {"message": f"I do not like {sent}."}}

    server.faults.add("/exports", "change", times=None, by=repeat)
    with pytest.raises(ConnectorError) as caught:
        connector.test()
    assert caught.value.code == errors.REFUSED
    assert "I do not like" in str(caught.value)
    assert tokens[0] not in f"{caught.value} {caught.value.details}"
