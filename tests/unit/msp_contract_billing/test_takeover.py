"""Tables of what was billed before: cells, headings, files."""

import io
from datetime import date, datetime
from decimal import Decimal
from zipfile import ZIP_DEFLATED, ZipFile

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
        (Decimal("1E+300"), "amount"),
        (Decimal("Infinity"), "amount"),
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


@pytest.mark.parametrize(
    "cell",
    ["01/02/2026", "2026-02-30", "31.1.26", "1026-01-01", date(9999, 12, 31)],
)
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
    assert reading.headings["start"] == "Von"
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
    rows = read_table(table, kinds={"one_off": ["Einmalig"]}).rows
    assert [row.left_out for row in rows] == ["", "released", "one_off"]


def test_credits_of_one_off_charges_are_left_out_with_them():
    header = [*HEADER, "Kind"]
    table = [
        header,
        [*ROW, "One-off"],
        [*ROW[:4], "-25.00", "RC-1", "Credit note"],
        [*ROW[:2], "2026-02-01", "2026-02-28", "-5.00", "RC-1", "Credit note"],
    ]
    kinds = {"one_off": ["One-off"], "counter": ["Credit note"]}
    rows = read_table(table, kinds=kinds).rows
    assert [row.left_out for row in rows] == ["one_off", "one_off", ""]


def test_row_without_a_contract_knows_the_one_above_it():
    """Merged cells come as one that is filled, and blank ones below it."""
    table = [HEADER, ROW, ["", *ROW[1:]], [], ["", *ROW[1:]]]
    rows = read_table(table).rows
    assert [row.above for row in rows] == ["", "C00001", "C00001"]
    assert rows[1].problems == (Problem("missing", "contract"),)


@pytest.mark.parametrize(
    ("amount", "column", "currency"),
    [
        ("30.00", "EUR", "EUR"),
        ("USD 30.00", "", "USD"),
        ("30,00 €", "", "€"),
        ("30.00", "", ""),
    ],
)
def test_currency_is_what_the_row_says(amount, column, currency):
    table = [[*HEADER, "Currency"], [*ROW[:4], amount, "R-1", column]]
    assert read_table(table).rows[0].currency == currency


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


def _workbook(*rows, sheet=None):
    """Return the bytes of a workbook; `sheet` rewrites the XML of its only sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    if not sheet:
        return stream.getvalue()
    copy = io.BytesIO()
    with ZipFile(stream) as source, ZipFile(copy, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            is_sheet = name.startswith("xl/worksheets/")
            target.writestr(name, sheet(content) if is_sheet else content)
    return copy.getvalue()


def test_workbook_keeps_days_and_decimals():
    header, cells = to_table(
        _workbook(HEADER, [10001, "Backup", date(2026, 1, 1), None, 0.1, True])
    )
    assert header == HEADER
    assert cells[0] == "10001"
    assert to_day(cells[2]) == date(2026, 1, 1)
    assert cells[3:] == ["", Decimal("0.1"), "True"]


@pytest.mark.parametrize(
    "separated",
    ["Contracts of Bau GmbH, Berlin\n{}", "sep=;\n{}", "\n\n{}"],
)
@pytest.mark.parametrize("delimiter", [";", ","])
def test_lines_above_the_heading_do_not_say_what_separates_cells(separated, delimiter):
    lines = (delimiter.join(cells) for cells in (HEADER, ROW))
    reading = read_table(to_table(separated.format("\n".join(lines)).encode()))
    assert reading.missing == ()
    assert reading.rows[0].amount == 125


def test_open_quotation_mark_swallows_no_rows():
    text = "\n".join(";".join(cells) for cells in (HEADER, ROW, ROW, ROW))
    for broken in (
        text.replace("R-1", '"R-1', 1),
        text.replace("R-1", '"R-1', 2),
    ):
        with pytest.raises(UnreadableFile) as error:
            to_table(broken.encode())
        assert (error.value.code, error.value.row) == ("quotes", 2)
    quoted = text.replace("R-1", '"R-1;""a"""', 1).replace("Backup", 'Disk 5"')
    assert to_table(quoted.encode())[1][5] == 'R-1;"a"'


def test_cells_far_away_fill_no_memory():
    far = b"".join(
        b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (row, row)
        for row in range(3, 500)
    )
    # The last row, which somebody has formatted, would be the 300,000th.
    last = b'<row r="300000"><c r="A300000"/></row>'
    content = _workbook(
        HEADER,
        ROW,
        sheet=lambda xml: xml.replace(b"</sheetData>", far + last + b"</sheetData>"),
    )
    assert to_table(content) == [HEADER, ROW]


def test_rows_beyond_what_can_be_read_are_refused():
    row = b'<row r="200000"><c r="A200000"><v>1</v></c></row></sheetData>'
    content = _workbook(HEADER, sheet=lambda xml: xml.replace(b"</sheetData>", row))
    with pytest.raises(UnreadableFile) as error:
        to_table(content)
    assert error.value.code == "rows"


def _damaged(content):
    return content[:400] + b"XXXXXXXX" + content[408:]


def _protected(content):
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        parts = content.split(mark)
        flagged = [part[: at - 4] + b"\x01" + part[at - 3 :] for part in parts[1:]]
        content = mark.join([parts[0], *flagged])
    return content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_workbook(HEADER, ROW, sheet=lambda xml: xml[:300]), "kind"),
        (_damaged(_workbook(HEADER, ROW)), "kind"),
        (_protected(_workbook(HEADER, ROW)), "kind"),
        (b"Contract;" + b" " * 2000 + b"\0", "kind"),
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
