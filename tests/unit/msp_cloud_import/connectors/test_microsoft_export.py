"""Exports: asked for, looked at, and read by formats."""

import json
from decimal import Decimal

import formats
import pytest
from connectors import Export, errors
from connectors.errors import ConnectorError
from microsoft_common import (
    TODAY,
    charges_of,
    code_of,
    connect,
    fetched,
    first_export,
    ready,
    rows_of,
)
from vendors.microsoft_data import usage_row


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
@pytest.mark.parametrize("with_list", [True, False])
def test_parts_are_read_as_one_file(
    microsoft, connector, invoice, tmp_path, manifest, blob_rows, members, with_list
):
    microsoft.manifest, microsoft.blob_rows = manifest, blob_rows
    microsoft.members = members
    documents = fetched(connector, first_export(connector), tmp_path)
    charges = charges_of(documents, with_list)
    assert [one.sku_id for one in charges][2:] == [
        f"CFQ7TTC0LH18:000{number}" for number in range(2, 7)
    ]
    assert sum(one.billed_cost for one in charges) == Decimal("638.76")
    assert rows_of(documents) == len(charges) == 7
    assert set(tmp_path.iterdir()) == {one.path for one in documents}


def test_rows_meet_those_of_the_portal_file(
    microsoft, connector, invoice, rows, tmp_path
):
    microsoft.blob_rows = 3
    documents = fetched(connector, first_export(connector), tmp_path)
    by_interface = {one.row_key for one in charges_of(documents)}
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


def test_same_data_are_the_same_bytes(microsoft, connector, invoice, tmp_path):
    microsoft.blob_rows = 2
    found = []
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        documents = fetched(connector, first_export(connector), folder)
        found.append([(one.name, one.path.read_bytes()) for one in documents])
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_usage_is_read_as_usage(microsoft, connector, customer, tmp_path):
    usage = [usage_row(customer, f"2026-03-{day:02}") for day in range(1, 31)]
    microsoft.data.add_invoice(
        "G000000001", "2026-04-08", "2026-03-31", [], usage=usage
    )
    microsoft.blob_rows = 10
    export = connector.find_exports(TODAY, {})[1]
    assert export.key == "billed_usage:G000000001"
    documents = fetched(connector, export, tmp_path)
    assert [one.rows for one in documents] == [10, 10, 10]
    (charge,) = charges_of(documents)
    assert (charge.event, charge.row_count) == ("usage", 30)


def test_same_data_have_the_same_etag(microsoft, connector, invoice, rows):
    export = ready(connector)
    assert export.etag and ready(connector).etag == export.etag
    assert not microsoft.calls("/blobs")
    microsoft.data.rows["reconciliation/billed", "G000000001"] = rows[:3]
    changed = ready(connector)
    assert changed.etag not in ("", export.etag)


def test_no_data_is_no_fault(microsoft, connector):
    microsoft.data.add_invoice("G000000002", "2026-04-08", "2026-03-31")
    export = ready(connector)
    assert export.is_empty


def test_no_data_said_at_once(microsoft, connector, invoice):
    body = {"error": {"code": "5000", "message": "No data."}}
    microsoft.faults.add("/export$", "error", status=400, body=body)
    assert connector.begin_export(first_export(connector)).is_empty


def test_refusal_without_words(microsoft, connector, invoice):
    export = first_export(connector)
    microsoft.faults.add("/export$", "error", status=404, body=b"<html></html>")
    assert code_of(lambda: connector.begin_export(export)) == errors.NOT_FOUND


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
