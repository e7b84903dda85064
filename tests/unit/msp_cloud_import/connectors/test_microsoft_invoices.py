"""Which exports are asked for on which night."""

from datetime import date

import pytest
from connectors import errors
from connectors.errors import ConnectorError
from microsoft_common import connect

TODAY = date(2026, 4, 9)


@pytest.fixture
def invoices(microsoft):
    add = microsoft.data.add_invoice
    add("G000000004", "2026-04-08", "2026-03-31")
    add("D000000003", "2026-04-08", "2026-03-31")
    add("G000000003", "2026-03-08", "2026-02-28")
    add("G000000002", "2026-02-08", "2026-01-31", currency="USD")
    add("G000000001", "2025-12-08", "2025-11-30")


def keys(connector, today=TODAY, known=()):
    found = connector.find_exports(today, dict.fromkeys(known, "e1"))
    return [one.key for one in found]


def billed(connector, known=()):
    return [one for one in keys(connector, known=known) if one.startswith("billed:")]


def test_first_night(microsoft, invoices, connector):
    assert keys(connector) == [
        "billed:G000000002",
        "billed_usage:G000000002",
        "billed:G000000003",
        "billed_usage:G000000003",
        "billed:G000000004",
        "billed_usage:G000000004",
        "unbilled:2026-04:EUR",
        "unbilled_usage:2026-04:EUR",
        "unbilled:2026-03:USD",
        "unbilled_usage:2026-03:USD",
        "unbilled:2026-04:USD",
        "unbilled_usage:2026-04:USD",
    ]


def test_corrections_of_an_invoice_are_invoices(microsoft, invoices, connector):
    """They stand in the one that they correct, and nowhere else."""
    microsoft.data.invoices[0]["amendments"] = [
        {"id": "G000000005", "invoiceDate": "2026-04-09", "amendsOf": "G000000004"},
        {"id": ""},
        None,
    ]
    assert billed(connector)[-2:] == ["billed:G000000004", "billed:G000000005"]
    microsoft.data.invoices[0]["amendments"] = "none"
    assert billed(connector)[-1] == "billed:G000000004"


def test_only_what_is_wanted(microsoft, invoices):
    connector = connect(microsoft, usage="no", months="1")
    assert billed(connector) == ["billed:G000000003", "billed:G000000004"]


def test_further_currencies(microsoft):
    connector = connect(microsoft, usage="no", currencies="eur, chf")
    assert keys(connector) == [
        "unbilled:2026-03:CHF",
        "unbilled:2026-04:CHF",
        "unbilled:2026-03:EUR",
        "unbilled:2026-04:EUR",
    ]


def test_young_invoices_are_looked_at_again(microsoft, invoices):
    connector = connect(microsoft, usage="no")
    known = ("billed:G000000002", "billed:G000000003", "billed:G000000004")
    assert billed(connector, known) == ["billed:G000000003", "billed:G000000004"]


def test_open_month_is_one_document_until_its_invoice_is_there(microsoft):
    connector = connect(microsoft, usage="no", currencies="EUR")
    assert "unbilled:2026-03:EUR" in keys(connector, date(2026, 3, 31))
    (last, current) = connector.find_exports(date(2026, 4, 3), {})
    assert last.key == "unbilled:2026-03:EUR"
    assert last.request["body"]["billingPeriod"] == "last"
    assert current.request["body"]["billingPeriod"] == "current"
    assert current.name == "microsoft-unbilled-reconciliation-2026-04-EUR.jsonl.gz"
    microsoft.data.add_invoice("G000000004", "2026-04-08", "2026-03-31")
    assert keys(connector) == ["billed:G000000004", "unbilled:2026-04:EUR"]


def test_what_is_asked(microsoft, invoices, connector):
    export = connector.find_exports(TODAY, {})[4]
    assert (export.kind, export.invoice_id) == ("billed", "G000000004")
    assert export.request["body"] == {
        "invoiceId": "G000000004",
        "attributeSet": "full",
    }


def test_pitfall_089_all_pages_of_invoices(microsoft, connector, monkeypatch):
    for number in range(450):
        microsoft.data.add_invoice(f"G{number:09}", "2026-04-08", "2026-03-31")
    connector = connect(microsoft, usage="no")
    assert len(billed(connector)) == 450
    # A service may send fewer than it is asked for.
    microsoft.log.clear()
    microsoft.faults.add(
        "/invoices",
        "change",
        times=None,
        by=lambda status, headers, body: (
            200,
            {},
            body | {"items": body["items"][:90]},
        ),
    )
    assert len(billed(connector)) == 450
    assert len(microsoft.calls("/invoices")) == 6


def test_wrong_total_ends_nothing(microsoft, invoices):
    microsoft.faults.add(
        "/invoices",
        "change",
        times=None,
        by=lambda status, headers, body: (200, {}, body | {"totalCount": 1}),
    )
    connector = connect(microsoft, usage="no")
    assert len(billed(connector)) == 3


def test_list_that_repeats_itself_ends(microsoft, invoices):
    microsoft.faults.add(
        "/invoices",
        "change",
        times=None,
        by=lambda *_: (200, {}, {"items": microsoft.data.invoices}),
    )
    connector = connect(microsoft, usage="no")
    assert len(billed(connector)) == 3
    assert len(microsoft.calls("/invoices")) == 2


@pytest.mark.parametrize(
    "said",
    [
        {},
        [],
        {"items": [5]},
        {"items": [{"invoiceDate": "2026-04-08"}]},
        {"items": [{"id": "G1"}]},
        {"items": [{"id": "G1", "invoiceDate": "yesterday"}]},
    ],
)
def test_list_of_another_shape(microsoft, connector, said):
    microsoft.faults.add("/invoices", "change", by=lambda *_: (200, {}, said))
    with pytest.raises(ConnectorError) as caught:
        connector.find_exports(TODAY, {})
    assert caught.value.code == errors.NOT_UNDERSTOOD
