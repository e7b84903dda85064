"""Ingram's reports of rated data: listed, ordered, downloaded, read."""

import csv
import io
import json
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from connectors import CONNECTORS, Account, Export, Http, errors
from connectors.errors import ConnectorError
from formats import ProviderCharge, open_file
from shipped_profiles import shipped_profiles
from vendors.ingram import IngramServer

TODAY = date(2026, 4, 2)
REPORTS, ONE, STORAGE = "/reports$", "/reports/", "/storage/"
SHORT = (
    b"Reseller ID,Reseller Company Name,Customer Account ID,End Customer Name,"
    b"Subscription ID,Subscription Name,Subscription Expiration Date,Plan ID,MPN,"
    b"Order Type,From,To,Quantity,Duration,Unit Cost,Net Cost,Currency,Invoice Number\n"
    b"1000123,Example IT Services,1004567,Muster Bau GmbH,2001001,Contoso Office Suite,"
    b"2027-03-04,50012,CFQ7TTC0AAAA:0001,Recurring,2026-03-05,2026-04-04,12,1.00,9.50,"
    b"114.00,EUR,IM-1\n"
    b"1000123,Example IT Services,1004567,Muster Bau GmbH,2001001,Contoso Office Suite,"
    b"2027-03-04,50012,CFQ7TTC0AAAA:0001,Change,2026-03-20,2026-04-04,3,0.50,9.50,"
    b"14.25,EUR,IM-1\n"
)
FULL = (
    b"RESELLER_ACCOUNT_ID,RESELLER_NAME,RESELLER_ACCOUNT_CURRENCY,CUSTOMER_ACCOUNT_ID,"
    b"CUSTOMER_NAME,SUBSCRIPTION_ID,SUBSCRIPTION_NAME,RECURRENT_SKU,ORDER_NUMBER,"
    b"ORDER_TYPE,ORDER_DETAIL_DATE_FROM,ORDER_DETAIL_DATE_TO,ORDER_DETAIL_QUANTITY,"
    b"ORDER_DETAIL_DURATION,ORDER_DETAIL_UNIT_PRICE,ORDER_DETAIL_EXTENDED_PRICE,"
    b"INVOICE_NUMBER\n"
    b"1000123,Example IT Services,EUR,1004567,Muster Bau GmbH,2001001,"
    b"Contoso Office Suite,CFQ7TTC0AAAA:0001,SO-1,Recurring,2026-03-05,2026-04-04,12,1,"
    b"9.50,114.00,IM-1\n"
)


SERVER = IngramServer


def connect(server, **settings):
    account = Account({**server.settings, **settings}, server.secrets)
    return CONNECTORS["ingram"](account, Http(verify=server.ca_path, patience=0.3))


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def stored(export):
    """Return an export as another process gets it."""
    return Export.from_dict(json.loads(json.dumps(export.to_dict())))


def fetch(connector, export, folder):
    """Return the content of the document that an export becomes."""
    (document,) = connector.fetch_export(stored(export), folder)
    return document.path.read_bytes()


def test_listed_reports(server, tmp_path):
    server.add_report("r1", SHORT)
    server.add_report("r2", FULL, name="Full view", creationDate="2026-04-01T09:00:00Z")
    server.add_report("r3", b"", status="processing")
    server.add_report("r4", b"<x/>", format="xml")
    server.add_report("r5", SHORT, creationDate="2026-02-01T05:00:00Z")
    connector = connect(server)
    found = connector.find_exports(TODAY, {})
    assert [one.key for one in found] == ["report:r1", "report:r2"]
    assert [one.name for one in found] == [
        "Monthly-report-2026-04-01.csv",
        "Full-view-2026-04-01.csv",
    ]
    export = connector.begin_export(found[0])
    assert connector.look_at_export(export).is_ready
    assert fetch(connector, export, tmp_path) == SHORT
    # The next night nothing is new.
    known = {one.key: one.etag for one in found}
    assert connector.find_exports(TODAY, known) == []


def test_one_report_of_several(server):
    server.add_report("r1", SHORT)
    server.add_report("r2", SHORT, name="Plans")
    connector = connect(server, report_name=" monthly REPORT ")
    assert [one.key for one in connector.find_exports(TODAY, {})] == ["report:r1"]
    assert connect(server, reports="none").find_exports(TODAY, {}) == []


def test_reports_without_ids(server, tmp_path):
    """Older versions list name, format, day and link only."""
    server.add_report("r1", SHORT)
    server.reports[0].pop("id")
    server.files["Monthly report"] = SHORT
    server.reports[0]["name"] = "Monthly"
    server.files["Monthly"] = SHORT
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    assert fetch(connector, export, tmp_path) == SHORT
    assert connector.find_exports(TODAY, {export.key: export.etag}) == []


def test_ordered_report(server, tmp_path):
    server.ordered = SHORT
    connector = connect(server, reports="requested")
    (export,) = connector.find_exports(TODAY, {})
    assert (export.key, export.name) == ("rated:2026-03", "ingram-2026-03.csv")
    export = connector.begin_export(stored(export))
    assert not export.is_ready
    assert export.wait > 0
    (call,) = server.calls(REPORTS, "POST")
    assert call.json() == {
        "name": "MSP 2026-03",
        "type": "onetime",
        "format": "csv",
        "startDate": "2026-03-01",
        "endDate": "2026-03-31",
    }
    export = connector.look_at_export(stored(export))
    assert not export.is_ready
    export = connector.look_at_export(stored(export))
    assert export.is_ready
    assert fetch(connector, export, tmp_path) == SHORT


def test_when_a_report_is_ordered(server):
    connector = connect(server, reports="requested")
    known = {"rated:2026-03": "x"}
    assert connector.find_exports(date(2026, 4, 10), known)
    assert not connector.find_exports(date(2026, 4, 11), known)
    # Never fetched, so it is still wanted.
    assert connector.find_exports(date(2026, 4, 30), {"rated:2026-02": "x"})


def test_a_report_is_not_ordered_twice_by_a_fault(server):
    server.faults.add(REPORTS, "error", times=1)
    connector = connect(server, reports="requested")
    (export,) = connector.find_exports(TODAY, {})
    assert code_of(lambda: connector.begin_export(export)) == errors.FAULTY
    assert len(server.calls(REPORTS, "POST")) == 1


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"status": "error"}, errors.FAULTY),
        ({"status": "lost"}, errors.NOT_UNDERSTOOD),
    ],
)
def test_a_report_that_fails(server, row, code):
    connector = connect(server, reports="requested")
    server.looks = 0
    (export,) = connector.find_exports(TODAY, {})
    export = connector.begin_export(export)
    server.reports[0] |= row
    assert code_of(lambda: connector.look_at_export(export)) == code


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("expire", {}, errors.INCOMPLETE),
        ("expire", {"status": 401}, errors.INCOMPLETE),
        ("expire", {"status": 404}, errors.INCOMPLETE),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("reset", {}, errors.INCOMPLETE),
        ("error", {}, errors.FAULTY),
        ("throttle", {"seconds": 90}, errors.THROTTLED),
        ("change", {"by": lambda *_: (200, {}, b"")}, errors.INCOMPLETE),
        ("redirect", {"location": "https://localhost/"}, errors.WRONG_REGION),
    ],
)
def test_downloads_that_fail(server, tmp_path, kind, options, code):
    server.add_report("r1", SHORT)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    server.faults.add(STORAGE, kind, times=None, **options)
    assert code_of(lambda: fetch(connector, export, tmp_path)) == code
    # Nothing half is left that the next attempt would take for whole.
    assert not [one for one in tmp_path.iterdir() if one.suffix != ".part"]
    server.faults.clear()
    assert fetch(connector, export, tmp_path) == SHORT


def test_links_are_asked_for_when_they_are_needed(server, tmp_path):
    server.add_report("r1", SHORT)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    server.expire_links()
    assert fetch(connector, export, tmp_path) == SHORT
    # And what is there is not downloaded again.
    assert fetch(connector, export, tmp_path) == SHORT
    assert len(server.calls(STORAGE)) == 1


def test_no_secret_is_stored_or_sent_elsewhere(server, tmp_path):
    server.add_report("r1", SHORT)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    assert "signature" not in json.dumps(export.to_dict())
    fetch(connector, export, tmp_path)
    (call,) = server.calls(STORAGE)
    assert "Authorization" not in call.headers
    assert "X-Subscription-Key" not in call.headers


@pytest.mark.parametrize("link", [None, 5, "http://localhost/x", "file:///etc/passwd"])
def test_links_that_are_none(server, tmp_path, link):
    server.add_report("r1", SHORT)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    server.faults.add(
        ONE, "change", by=lambda s, h, body: (s, h, {**body, "downloadUrl": link})
    )
    assert code_of(lambda: fetch(connector, export, tmp_path)) == errors.NOT_UNDERSTOOD


def test_report_that_is_gone(server, tmp_path):
    server.add_report("r1", SHORT)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    server.reports.clear()
    assert code_of(lambda: fetch(connector, export, tmp_path)) == errors.NOT_FOUND


@pytest.mark.parametrize("name", ["../../x", "a/b\\c", "ä" * 300, "…", "\0"])
def test_names_of_reports_are_harmless(server, tmp_path, name):
    server.add_report("r1", SHORT, name=name)
    connector = connect(server)
    (export,) = connector.find_exports(TODAY, {})
    assert "/" not in export.name
    assert ".." not in export.name
    assert len(export.name) < 120
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.parent == tmp_path


@pytest.mark.parametrize("answer", [{}, {"data": 5}, "x", {"data": [5, None, {}]}])
def test_odd_lists_of_reports(server, answer):
    server.faults.add(REPORTS, "change", by=lambda *_: (200, {}, answer))
    connector = connect(server)
    if isinstance(answer, dict) and isinstance(answer.get("data"), list):
        assert connector.find_exports(TODAY, {}) == []
    else:
        code = code_of(lambda: connector.find_exports(TODAY, {}))
        assert code == errors.NOT_UNDERSTOOD


def test_pitfall_081_old_and_new_export_differ_in_columns(server, tmp_path):
    """Both views are fetched as they are; the shipped profiles tell them apart."""
    server.add_report("short", SHORT)
    server.add_report("full", FULL, creationDate="2026-04-01T09:00:00Z")
    connector = connect(server)
    profiles = shipped_profiles("ingram")
    assert set(profiles) == {"profile_ingram", "profile_ingram_full"}
    read = {}
    for export in connector.find_exports(TODAY, {}):
        (document,) = connector.fetch_export(export, tmp_path)
        with open_file(
            document.path, document.name, list(profiles.values())
        ) as reading:
            charges = [row for row in reading if isinstance(row, ProviderCharge)]
        read[export.key] = (reading.format.title, charges)
    title, charges = read["report:short"]
    assert title == "Ingram Micro Cloud: billing data, short view"
    assert [one.billed_cost for one in charges] == [Decimal("114.00"), Decimal("14.25")]
    assert [one.pricing_quantity for one in charges] == [Decimal(12), Decimal(3)]
    title, charges = read["report:full"]
    assert title == "Ingram Micro Cloud: billing data, full view"
    (charge,) = charges
    assert (charge.sub_account_id, charge.subscription_id) == ("1004567", "2001001")
    assert charge.billed_cost == Decimal("114.00")
    assert charge.charge_period_end == date(2026, 4, 5)


def as_json(text):
    rows = list(csv.DictReader(io.StringIO(text.decode())))
    return json.dumps(rows).encode()


def as_workbook(text):
    book = openpyxl.Workbook()
    for row in csv.reader(io.StringIO(text.decode())):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("form", "convert"), [("csv", bytes), ("json", as_json), ("xlsx", as_workbook)]
)
def test_each_format_is_read_by_the_shipped_profiles(server, tmp_path, form, convert):
    server.add_report("r1", convert(SHORT), format=form)
    connector = connect(server, report_format=form)
    (export,) = connector.find_exports(TODAY, {})
    assert export.name.endswith(f".{form}")
    (document,) = connector.fetch_export(export, tmp_path)
    profiles = list(shipped_profiles("ingram").values())
    with open_file(document.path, document.name, profiles) as reading:
        charges = [row for row in reading if isinstance(row, ProviderCharge)]
    assert sum(one.billed_cost for one in charges) == Decimal("128.25")
