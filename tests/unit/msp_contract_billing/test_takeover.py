"""Tables of what was billed before: cells, headings, files."""

import io
from datetime import date, datetime
from decimal import Decimal

import pytest
from openpyxl import Workbook
from takeover import (
    BadCell,
    Problem,
    UnreadableFile,
    read_table,
    to_amount,
    to_day,
    to_table,
)

HEADER = ["Contract", "Position", "First Day", "Last Day", "Amount", "Invoice"]
ROW = ["C00001", "Backup", "2026-01-01", "2026-01-31", "125.00", "R-1"]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("125.00", "125.00"),
        ("125,00", "125.00"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234.567", "1234567"),
        ("-12", "-12"),
        ("\u22120,5", "-0.5"),
        ("12,50 €", "12.50"),
        ("EUR 12.50", "12.50"),
        ("0.125", "0.125"),
        (Decimal("1.234"), "1.234"),
    ],
)
def test_amounts_as_people_and_spreadsheets_write_them(cell, amount):
    assert to_amount(cell) == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.234", "open"),
        ("1,234", "open"),
        ("12.50.30", "amount"),
        ("twelve", "amount"),
        ("NaN", "amount"),
        ("1e5", "amount"),
        ("9" * 30, "amount"),
    ],
)
def test_what_is_no_amount_or_could_be_two(cell, code):
    with pytest.raises(BadCell) as error:
        to_amount(cell)
    assert error.value.code == code


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31",
        "31.01.2026",
        "2026-01-31 00:00:00",
        date(2026, 1, 31),
        datetime(2026, 1, 31, 12),
    ],
)
def test_days(cell):
    assert to_day(cell) == date(2026, 1, 31)


@pytest.mark.parametrize("cell", ["01/02/2026", "2026-02-30", "31.1.26", "1026-01-01"])
def test_a_day_that_leaves_the_month_open_is_refused(cell):
    with pytest.raises(BadCell):
        to_day(cell)


def test_headings_in_any_order_and_language_below_a_title():
    table = [
        ["Take-over 2026"],
        [],
        ["Betrag", "Bis", "Von", "Artikel", "Vertrag", "Bemerkung"],
        ["12,00", "31.01.2026", "01.01.2026", "Backup", "C00001", "-"],
    ]
    reading = read_table(table)
    assert reading.missing == ()
    (row,) = reading.rows
    assert (row.number, row.contract, row.position) == (4, "C00001", "Backup")
    assert (row.start, row.end) == (date(2026, 1, 1), date(2026, 1, 31))
    assert row.amount == 12
    assert row.problems == ()


def test_translated_headings_come_as_aliases():
    aliases = {"position": ["Sijainti"]}
    table = [["Contract", "sijainti", *HEADER[2:]], ROW]
    assert read_table(table).missing == ("position",)
    assert read_table(table, aliases).rows[0].position == "Backup"


def test_missing_columns_are_named_and_nothing_is_read():
    reading = read_table([["Contract", "Amount"], ["C00001", "1"]])
    assert reading.rows == ()
    assert reading.missing == ("position", "start", "end")


def test_each_bad_cell_is_a_problem_of_its_row():
    table = [
        HEADER,
        ROW,
        ["", "Backup", "soon", "2026-01-31", "1.234", ""],
        ["C00001", "Backup", "2026-02-28", "2026-02-01", "1", ""],
    ]
    good, bad, reversed_days = read_table(table).rows
    assert good.problems == ()
    assert bad.problems == (
        Problem("missing", "contract"),
        Problem("day", "start", "soon"),
        Problem("open", "amount", "1.234"),
    )
    assert [one.code for one in reversed_days.problems] == ["order"]


def test_rows_of_the_ledgers_export_that_claim_nothing_are_left_out():
    header = [*HEADER, "Counts", "Kind"]
    table = [
        header,
        [*ROW, "True", "Regular"],
        [*ROW, "False", "Regular"],
        [*ROW, "True", "Einmalig"],
    ]
    rows = read_table(table, one_off={"one_off", "Einmalig"}).rows
    assert [row.left_out for row in rows] == ["", "released", "one_off"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_of_any_spreadsheet(delimiter, encoding):
    text = "\r\n".join(
        delimiter.join(cells) for cells in (HEADER, [], [*ROW[:1], "Müll"])
    )
    table = to_table(text.encode(encoding))
    assert table[0] == HEADER
    assert table[1] == []
    assert table[2] == ["C00001", "Müll"]


def test_workbook_keeps_days_and_decimals():
    book = Workbook()
    book.active.append(HEADER)
    book.active.append([10001, "Backup", date(2026, 1, 1), None, 0.1, True])
    stream = io.BytesIO()
    book.save(stream)
    header, cells = to_table(stream.getvalue())
    assert header == HEADER
    assert cells[0] == "10001"
    assert to_day(cells[2]) == date(2026, 1, 1)
    assert cells[3:] == ["", Decimal("0.1"), "True"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"PK\x03\x04 no archive", "kind"),
        (b"\x89PNG\r\n\x00\x00\x00", "kind"),
        (b"x" * 20_000_001, "large"),
    ],
)
def test_what_is_no_table(content, code):
    with pytest.raises(UnreadableFile) as error:
        to_table(content)
    assert error.value.code == code
