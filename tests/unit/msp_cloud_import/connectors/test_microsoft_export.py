"""Exports: asked for, looked at, fetched whole or not at all, and read by formats."""

import gzip
import json
from datetime import date
from decimal import Decimal

import formats
import pytest
from connectors import Export, errors
from connectors.errors import ConnectorError
from microsoft_common import connect, fetched
from vendors.microsoft_data import reconciliation_row, usage_row

TODAY = date(2026, 4, 9)


@pytest.fixture
def customer(microsoft):
    return microsoft.data.add_customer("Muster Bau GmbH")


@pytest.fixture
def rows(customer):
    """Seven lines of one invoice, as in the page's illustration."""
    first = {"SubscriptionId": "b3000000-0000-4000-8000-000000000001"}
    plain = reconciliation_row(customer, subscription_id="x") | first
    back = {"SubTotal": -81.24, "TaxTotal": -15.48, "Total": -96.72}
    rows = [plain, plain | back | {"ChargeType": "addQuantity"}]
    return rows + [plain | {"SkuId": f"000{number}"} for number in range(2, 7)]


@pytest.fixture
def invoice(microsoft, rows):
    microsoft.data.add_invoice("G000000001", "2026-04-08", "2026-03-31", rows)
    return "billed:G000000001"


def first_export(connector, known=None):
    return connector.find_exports(TODAY, known or {})[0]


def ready(connector, known=None):
    export = connector.begin_export(first_export(connector, known))
    for _ in range(3):
        if not export.is_ready:
            export = connector.look_at_export(export)
    return export


def charges_of(document):
    with formats.open_file(document.path) as reading:
        items = list(reading)
    assert all(isinstance(one, formats.ProviderCharge) for one in items), items
    return items


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def test_steps(microsoft, connector, invoice, tmp_path):
    export = connector.begin_export(first_export(connector))
    assert export.location and not export.is_ready and export.wait == 10
    export = connector.look_at_export(export)
    assert not export.is_ready and export.wait == 20
    # The next look may be another process's.
    stored = json.loads(json.dumps(export.to_dict()))
    export = connect(microsoft).look_at_export(Export.from_dict(stored))
    assert export.is_ready and export.etag
    assert export.manifest == {"blobs": 1, "rows": 7}
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.name == "microsoft-reconciliation-G000000001.jsonl.gz"
    assert document.rows == 7
    (call,) = microsoft.calls("/reconciliation/billed/export")
    assert call.json() == {"invoiceId": "G000000001", "attributeSet": "full"}


@pytest.mark.parametrize("manifest", ["link", "embedded"])
@pytest.mark.parametrize("blob_rows", [1, 3, 1000])
@pytest.mark.parametrize("members", [1, 3])
def test_parts_become_one_file(
    microsoft, connector, invoice, tmp_path, manifest, blob_rows, members
):
    microsoft.manifest, microsoft.blob_rows = manifest, blob_rows
    microsoft.members = members
    (document,) = fetched(connector, first_export(connector), tmp_path)
    charges = charges_of(document)
    assert [one.sku_id for one in charges][2:] == [
        f"CFQ7TTC0LH18:000{number}" for number in range(2, 7)
    ]
    assert sum(one.billed_cost for one in charges) == Decimal("638.76")
    assert document.rows == len(charges) == 7
    assert [path.name for path in tmp_path.iterdir()] == [document.name]


def test_rows_meet_those_of_the_portal_file(
    microsoft, connector, invoice, rows, tmp_path
):
    microsoft.blob_rows = 3
    (document,) = fetched(connector, first_export(connector), tmp_path)
    by_interface = {one.row_key for one in charges_of(document)}
    names = {"SubTotal": "Subtotal"}
    dates = ("OrderDate", "ChargeStartDate", "ChargeEndDate", "PCToBCExchangeRateDate")
    dates += ("SubscriptionStartDate", "SubscriptionEndDate")
    lines = [",".join(f'"{names.get(name, name)}"' for name in rows[0])]
    for row in rows:
        cells = dict(row)
        for name in dates:
            year, month, day = cells[name][:10].split("-")
            cells[name] = f"{month}/{day}/{year}"
        cells["CustomerId"] = cells["CustomerId"].upper()
        lines.append(",".join(f'"{value}"' for value in cells.values()))
    with formats.open_file("\ufeff".encode() + "\r\n".join(lines).encode()) as reading:
        by_portal = {one.row_key for one in reading}
    assert len(by_portal) == 7
    assert by_interface == by_portal


def test_same_data_give_the_same_bytes(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    (one,) = fetched(connector, first_export(connector), tmp_path)
    first = one.path.read_bytes()
    (two,) = fetched(connector, first_export(connector), tmp_path)
    assert two.path.read_bytes() == first


def test_usage_is_read_as_usage(microsoft, connector, customer, tmp_path):
    usage = [usage_row(customer, f"2026-03-{day:02}") for day in range(1, 31)]
    microsoft.data.add_invoice(
        "G000000001", "2026-04-08", "2026-03-31", [], usage=usage
    )
    microsoft.blob_rows = 10
    export = connector.find_exports(TODAY, {})[1]
    assert export.key == "billed_usage:G000000001"
    (document,) = fetched(connector, export, tmp_path)
    assert document.rows == 30
    with formats.open_file(document.path) as reading:
        (charge,) = list(reading)
    assert (charge.event, charge.row_count) == ("usage", 30)


def test_unchanged_data_are_not_fetched(microsoft, connector, invoice, rows):
    export = ready(connector)
    assert not export.is_empty
    again = ready(connector, {invoice: export.etag})
    assert again.is_empty and again.etag == export.etag
    assert not microsoft.calls("/blobs")
    microsoft.data.rows["reconciliation/billed", "G000000001"] = rows[:3]
    changed = ready(connector, {invoice: export.etag})
    assert changed.is_ready and not changed.is_empty
    assert changed.etag != export.etag


def test_no_data_is_no_fault(microsoft, connector):
    microsoft.data.add_invoice("G000000002", "2026-04-08", "2026-03-31")
    export = ready(connector)
    assert export.is_empty


def test_no_data_said_at_once(microsoft, connector, invoice):
    body = {"error": {"code": "5000", "message": "No data."}}
    microsoft.faults.add("/export$", "error", status=400, body=body)
    assert connector.begin_export(first_export(connector)).is_empty


def test_failed_operation(microsoft, connector, invoice):
    export = connector.begin_export(first_export(connector))

    def fail(status, headers, body):
        error = {"code": "1000", "message": "Internal error"}
        return 200, {}, {"status": "failed", "error": error}

    microsoft.faults.add("/operations/", "change", by=fail)
    with pytest.raises(ConnectorError) as caught:
        connector.look_at_export(export)
    assert caught.value.code == errors.REFUSED
    assert "1000 Internal error" in str(caught.value)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"status": "paused"}, "paused"),
        ({}, "status"),
        ({"status": "succeeded"}, "no list of its parts"),
        ({"status": "succeeded", "resourceLocation": {"id": "1"}}, "missing"),
        ({"status": "succeeded", "resourceLocation": {"blobs": [{}]}}, "no name"),
        (
            {
                "status": "succeeded",
                "resourceLocation": {"blobs": [], "dataFormat": "parquet"},
            },
            "parquet",
        ),
        (
            {
                "status": "succeeded",
                "resourceLocation": {
                    "blobs": [{"name": "a"}],
                    "rootDirectory": "http://blobs.example",
                },
            },
            "no safe address",
        ),
        (
            {
                "status": "succeeded",
                "resourceLocation": {"blobs": [{"name": "../../other"}]},
            },
            "leads elsewhere",
        ),
    ],
)
def test_answers_of_another_shape(microsoft, connector, invoice, said, reason):
    export = connector.begin_export(first_export(connector))
    microsoft.faults.add("/operations/", "change", by=lambda *_: (200, {}, said))
    with pytest.raises(ConnectorError) as caught:
        connector.look_at_export(export)
    assert caught.value.code == errors.NOT_UNDERSTOOD
    assert reason in str(caught.value)


def test_completed_means_succeeded(microsoft, connector, invoice):
    microsoft.looks = 0
    microsoft.faults.add(
        "/operations/",
        "change",
        by=lambda status, headers, body: (200, {}, body | {"status": "completed"}),
    )
    export = connector.begin_export(first_export(connector))
    assert connector.look_at_export(export).is_ready


def test_parts_that_are_not_listed(microsoft, connector, invoice):
    microsoft.manifest, microsoft.looks = "embedded", 0

    def cut(status, headers, body):
        body["resourceLocation"]["blobCount"] = 2
        return status, headers, body

    microsoft.faults.add("/operations/", "change", by=cut)
    export = connector.begin_export(first_export(connector))
    assert code_of(lambda: connector.look_at_export(export)) == errors.INCOMPLETE


def test_no_location(microsoft, connector, invoice):
    microsoft.faults.add("/export$", "change", by=lambda *_: (202, {}, None))
    export = first_export(connector)
    assert code_of(lambda: connector.begin_export(export)) == errors.NOT_UNDERSTOOD


@pytest.mark.parametrize("where", ["location", "manifest"])
def test_token_goes_to_no_other_host(microsoft, connector, invoice, where):
    elsewhere = f"{microsoft.url_as('127.0.0.1')}/v1.0/reports/partners/billing/x"
    microsoft.looks = 0
    if where == "location":
        microsoft.faults.add(
            "/export$", "change", by=lambda *_: (202, {"Location": elsewhere}, None)
        )
        export = first_export(connector)
        assert code_of(lambda: connector.begin_export(export)) == errors.UNTRUSTED
    else:
        said = {
            "status": "succeeded",
            "resourceLocation@odata.navigationLink": elsewhere,
        }
        microsoft.faults.add("/operations/", "change", by=lambda *_: (200, {}, said))
        export = connector.begin_export(first_export(connector))
        assert code_of(lambda: connector.look_at_export(export)) == errors.UNTRUSTED
    assert not microsoft.calls("/x$")


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
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.rows == 7
    # The third part already comes by the new link.
    assert len(microsoft.calls("/blobs")) == 5


def test_links_that_always_expire(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "expire", times=None)
    assert (
        code_of(lambda: list(connector.fetch_export(export, tmp_path)))
        == errors.NO_PERMISSION
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
    microsoft.faults.add("/blobs", "reset", after=2, times=1)
    assert (
        code_of(lambda: list(connector.fetch_export(export, tmp_path)))
        == errors.INCOMPLETE
    )
    assert len(microsoft.calls("/blobs")) == 3
    # Another process: one of the two is damaged meanwhile, as after a full disk.
    damaged = min(tmp_path.glob("*.blob"))
    damaged.write_bytes(damaged.read_bytes()[:20])
    (document,) = connect(microsoft).fetch_export(export, tmp_path)
    assert document.rows == 7
    assert len(charges_of(document)) == 7
    names = [call.path[-15:-8] for call in microsoft.calls("/blobs")[3:]]
    assert names == ["t-00000", "t-00002", "t-00003"]


def test_broken_connection_is_tried_again(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "reset", times=1)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.rows == 7


def test_truncated_gzip(microsoft, connector, invoice, tmp_path):
    export = ready(connector)
    microsoft.faults.add("/blobs", "truncate")
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

    def without_sizes(status, headers, body):
        for blob in body["resourceLocation"]["blobs"]:
            del blob["sizeInBytes"]
        return status, headers, body

    microsoft.faults.add("/operations/", "change", times=None, by=without_sizes)
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
