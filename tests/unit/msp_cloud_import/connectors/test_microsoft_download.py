"""Parts of exports: fetched whole or not at all, by links that expire."""

import gzip
import time

import pytest
from connectors import Unfinished, errors
from connectors.errors import ConnectorError
from microsoft_common import (
    charges_of,
    code_of,
    connect,
    fetched,
    first_export,
    ready,
    rows_of,
)


def without_sizes(microsoft):
    """Let lists of parts not say how large they are."""
    microsoft.manifest = "embedded"

    def change(status, headers, body):
        for blob in body.get("resourceLocation", {}).get("blobs", ()):
            del blob["sizeInBytes"]
        return status, headers, body

    microsoft.faults.add("/operations/", "change", times=None, by=change)


def test_blobs_get_no_token(microsoft, connector, invoice, tmp_path):
    fetched(connector, first_export(connector), tmp_path)
    (call,) = microsoft.calls("/blobs")
    assert "Authorization" not in call.headers
    assert call.headers["Host"].startswith("127.0.0.1")


def test_operation_that_is_forgotten_is_asked_for_once_more(
    microsoft, connector, invoice
):
    export = connector.begin_export(first_export(connector))
    microsoft.expire_operations()
    export = connector.look_at_export(export)
    assert not export.is_ready and export.location
    assert connector.look_at_export(connector.look_at_export(export)).is_ready
    microsoft.expire_operations()
    assert code_of(lambda: connector.look_at_export(export)) == errors.NOT_FOUND


def test_link_that_has_expired(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    export = ready(connector)
    microsoft.faults.add("/blobs", "expire", after=1)
    documents = list(connector.fetch_export(export, tmp_path))
    assert rows_of(documents) == 7
    # The third part already comes by the new link.
    assert len(microsoft.calls("/blobs")) == 5


def test_links_that_always_expire(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "expire", times=None)
    assert (
        code_of(lambda: list(connector.fetch_export(export, tmp_path)))
        == errors.INCOMPLETE
    )
    assert len(microsoft.calls("/blobs")) == 2


def test_data_made_anew_while_they_are_fetched(
    microsoft, connector, invoice, rows, tmp_path
):
    microsoft.blob_rows = 2
    export = ready(connector)

    def change(status, headers, body):
        number = export.location.rpartition("/")[2]
        microsoft._operations[number]["rows"] = rows[:1]
        return 403, {}, b""

    microsoft.faults.add("/blobs", "change", by=change, after=1)
    assert (
        code_of(lambda: list(connector.fetch_export(export, tmp_path)))
        == errors.INCOMPLETE
    )
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.rows == 1


def test_resumed_download_takes_what_is_whole(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    connector.http.attempts = 1
    export = ready(connector)
    microsoft.faults.add("/blobs", "reset", after=2, times=2)
    code = code_of(lambda: list(connector.fetch_export(export, tmp_path)))
    assert code == errors.INCOMPLETE
    assert len(microsoft.calls("/blobs")) == 4
    # Another process: one of the two is damaged meanwhile, as after a full disk.
    damaged = min(tmp_path.glob("*-00000-*"))
    damaged.write_bytes(damaged.read_bytes()[:20])
    documents = list(connect(microsoft).fetch_export(export, tmp_path))
    assert [one.rows for one in documents] == [2, 2, 2, 1]
    assert len(charges_of(documents)) == 7
    calls = microsoft.calls("/blobs")[4:]
    assert [call.path[-13:-8] for call in calls] == ["00000", "00002", "00003"]
    assert [call.status for call in calls] == [200, 206, 200]


def test_download_in_several_turns(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    export = ready(connector)
    for count in (1, 2, 3, 4):
        documents = []
        for document in connector.fetch_export(export, tmp_path):
            documents.append(document)
            if len(documents) == count:
                break
        assert len(microsoft.calls("/blobs")) == count
    assert rows_of(documents) == 7


def test_slow_download_goes_on_in_the_next_turn(
    microsoft, connector, invoice, tmp_path
):
    export = ready(connector)
    microsoft.faults.add("/blobs", "drip", times=None, seconds=0.003)
    for _turn in range(20):
        another = connect(microsoft)
        deadline = time.monotonic() + 0.3
        try:
            (document,) = another.fetch_export(export, tmp_path, deadline)
        except Unfinished:
            assert time.monotonic() < deadline + 1
        else:
            break
        finally:
            another.close()
    assert document.rows == 7
    sent = [call.headers.get("Range", "") for call in microsoft.calls("/blobs")]
    assert len(sent) > 2
    assert sent[0] == "" and all(sent[1:])
    assert len(charges_of([document])) == 7
    assert list(tmp_path.iterdir()) == [document.path]


def test_part_that_is_another_when_it_is_gone_on_with(
    microsoft, connector, invoice, rows, tmp_path
):
    """The link is the same, and what is behind it has changed: nothing is patched."""
    connector.http.attempts = 1
    export = ready(connector)
    microsoft.faults.add("/blobs", "reset", times=2)
    assert code_of(lambda: list(connector.fetch_export(export, tmp_path)))
    assert list(tmp_path.glob("*.part"))
    other = gzip.compress(b'{"a": 1}\n' * 7)
    microsoft.faults.add("/blobs", "change", by=lambda *_: (200, {}, other))
    without_sizes(microsoft)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == other


def test_storage_that_knows_no_parts(microsoft, connector, invoice, tmp_path):
    export = ready(connector)

    def plain(status, headers, body):
        return status, {}, body

    microsoft.faults.add("/blobs", "change", times=None, by=plain)
    # It cannot be gone on with, so the time is not held against it.
    (document,) = connector.fetch_export(export, tmp_path, time.monotonic() - 1)
    assert document.rows == 7


def test_parts_are_fetched_while_there_is_time(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    export = ready(connector)
    microsoft.faults.add("/blobs", "slow", times=None, seconds=0.05)
    for count in (1, 2, 3):
        with pytest.raises(Unfinished):
            list(connector.fetch_export(export, tmp_path, time.monotonic()))
        done = [one for one in tmp_path.iterdir() if one.name.endswith(".gz")]
        assert len(done) <= count
    deadline = time.monotonic() + 5
    documents = list(connector.fetch_export(export, tmp_path, deadline))
    assert [one.rows for one in documents] == [2, 2, 2, 1]


def test_link_that_is_gone_for_good(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    export = ready(connector)
    microsoft.faults.add("/blobs", "expire", status=410, after=1)
    assert rows_of(list(connector.fetch_export(export, tmp_path))) == 7


def test_broken_connection_is_tried_again(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "reset", times=1)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.rows == 7


def test_truncated_gzip(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "truncate", times=2)
    with pytest.raises(ConnectorError) as caught:
        list(connector.fetch_export(export, tmp_path))
    assert caught.value.code == errors.INCOMPLETE
    assert caught.value.is_passing
    assert not list(tmp_path.iterdir())
    assert list(connector.fetch_export(export, tmp_path))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (gzip.compress(b'{"a": 1}\n' * 7)[:-9], errors.INCOMPLETE),
        (gzip.compress(b'{"a": 1}\n' * 7) + b"rest", errors.INCOMPLETE),
        (b'{"a": 1}\n' * 7, errors.INCOMPLETE),
        (b"<Error>no</Error>", errors.INCOMPLETE),
        (gzip.compress(b'{"a": 1}\n' * 6), errors.INCOMPLETE),
        (gzip.compress(bytes(64 << 20)), errors.NOT_UNDERSTOOD),
    ],
    ids=["no end", "rest", "plain", "page", "too few rows", "bomb"],
)
def test_parts_that_are_not_whole(
    microsoft, connector, invoice, tmp_path, content, code
):
    microsoft.manifest, microsoft.looks = "embedded", 0
    without_sizes(microsoft)
    export = ready(connector)
    microsoft.faults.add("/blobs", "change", by=lambda *_: (200, {}, content))
    assert code_of(lambda: list(connector.fetch_export(export, tmp_path))) == code
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["throttle", "error"])
def test_service_that_recovers(microsoft, connector, invoice, tmp_path, kind):
    microsoft.faults.add("billing/", kind, seconds=1)
    microsoft.faults.add("/blobs", kind, seconds=1)
    (document,) = fetched(connector, first_export(connector), tmp_path)
    assert document.rows == 7


@pytest.mark.parametrize("as_date", [False, True])
def test_service_that_wants_to_be_left_alone(microsoft, connector, invoice, as_date):
    export = connector.begin_export(first_export(connector))
    microsoft.faults.add(
        "/operations/", "throttle", times=None, seconds=90, as_date=as_date
    )
    with pytest.raises(ConnectorError) as caught:
        connector.look_at_export(export)
    assert caught.value.code == errors.THROTTLED
    assert 85 <= caught.value.retry_after <= 90
