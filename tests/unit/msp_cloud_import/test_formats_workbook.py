"""XLSX and XLS: cells become text, sheets become tables."""

import gzip
import io
import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import formats
import openpyxl
import pytest
import xlwt
from formats.layout import normalised
from formats.number_style import NumberStyle
from formats.sheet_cells import day_text, number_text
from hypothesis import given
from hypothesis import strategies as st
from nce_files import COLUMNS, seats
from profile_files import (
    CHANGE,
    INGRAM,
    INGRAM_HEADER,
    RECURRING,
    SKYKICK,
    csv_file,
    ingram_row,
    profile,
    saved,
    xls_file,
    xlsx_file,
    xlsxwriter_file,
)

INGRAM_FORM = formats.profile_format(profile("ingram_micro_cloud"))
WORKBOOKS = {"openpyxl": xlsx_file, "xlsxwriter": xlsxwriter_file, "xls": xls_file}


def opened(data: bytes, **options):
    return formats.open_file(data, name="b.xlsx", formats=[INGRAM_FORM], **options)


def cells_of(values, write=xlsx_file) -> list[str]:
    """Return the texts of one row of a workbook."""
    header = [f"Column {n}" for n in range(len(values))]
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(write((header, values)))
    return list(caught.value.samples[0])


def rewritten(data: bytes, part: str, change) -> bytes:
    """Return a workbook with the text of one part changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            content = old.read(info)
            if info.filename == part:
                content = change(content.decode()).encode()
            new.writestr(info.filename, content)
    return out.getvalue()


# -- cells ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("12", "12"),
        ("-12", "-12"),
        ("12.0", "12"),
        ("9.50", "9.5"),
        ("0.1", "0.1"),
        ("0.30000000000000004", "0.3"),
        ("114.00000000000001", "114"),
        ("1E-3", "0.001"),
        ("1.5E3", "1500"),
        ("1e5", "100000"),
        ("-1.4210854715202004E-14", "-0.000000000000014210854715202"),
        ("1e-300", "0"),
        ("123456789012345", "123456789012345"),
        ("1234567890123450000", "1234567890123450000"),
        ("12345678901234567", "1.2345678901234567E+16"),
        ("1.2345678901234568E+16", "1.2345678901234568E+16"),
    ],
)
def test_number(raw, text):
    assert number_text(raw) == text


@given(st.decimals(-(10**9), 10**9, places=6, allow_nan=False))
def test_numbers_survive_the_way_through_a_workbook(number):
    number = Decimal(f"{number:.6f}")
    text = number_text(repr(float(number)))
    for mark in (".", ","):
        style = NumberStyle(mark, True, True)
        assert style.parse(text.replace(".", mark)) == number


@pytest.mark.parametrize(
    ("serial", "is_1904", "text"),
    [
        ("46086", False, "2026-03-05"),
        ("44624", True, "2026-03-05"),
        ("46086.5", False, "2026-03-05T12:00:00"),
        ("46085.99999999999", False, "2026-03-05"),
        ("1", False, "1900-01-01"),
        ("59", False, "1900-02-28"),
        ("61", False, "1900-03-01"),
        ("0.5", False, "12:00:00"),
        ("-1", False, "-1"),
        ("1e9", False, "1000000000"),
        ("2958465", False, "9999-12-31"),
    ],
)
def test_day(serial, is_1904, text):
    assert day_text(serial, is_1904) == text


@pytest.mark.parametrize("writer", WORKBOOKS)
def test_values_of_all_kinds(writer):
    values = ["007", 12, Decimal("9.50"), date(2026, 3, 5), "1.234,56", "a\nb", "ä€"]
    assert cells_of(values, WORKBOOKS[writer]) == [
        *("007", "12", "9.5", "2026-03-05", "1.234,56", "a\nb", "ä€"),
    ]


def test_datetimes_booleans_and_errors():
    moment = datetime(2026, 3, 5, 13, 30)
    assert cells_of([moment, True, False, "#N/A", time(8, 30)]) == [
        *("2026-03-05T13:30:00", "TRUE", "FALSE", "#N/A", "08:30:00"),
    ]


def test_durations_and_days_that_are_none():
    book = openpyxl.Workbook()
    book.active.append(["Aa", "Bb", "Cc"])
    book.active.append([timedelta(hours=26, minutes=30), 1e9, -1])
    book.active["B2"].number_format = book.active["C2"].number_format = "YYYY-MM-DD"
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(saved(book))
    assert caught.value.samples == (("1 day, 2:30:00", "1000000000", "00:00:00"),)


def test_xls_booleans_errors_and_1904():
    book = xlwt.Workbook()
    book.dates_1904 = True
    sheet = book.add_sheet("A")
    days = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for x, value in enumerate(("A column", "Other", "Third", "Fourth")):
        sheet.write(0, x, value)
    sheet.write(1, 0, True)
    sheet.row(1).set_cell_error(1, 0x17)
    sheet.write(1, 2, 44624, days)
    sheet.write(1, 3, "x")
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(out.getvalue())
    assert caught.value.samples == (("TRUE", "#REF!", "2026-03-05", "x"),)


def test_1904_calendar():
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in INGRAM:
        book.active.append([float(c) if isinstance(c, Decimal) else c for c in row])
    first, *_ = opened(saved(book))
    assert first.charge_period_start == date(2026, 3, 5)


def test_rich_text_pronunciation_and_escapes():
    shared = (
        "<si><r><t>Con</t></r><r><rPr><b/></rPr><t>toso</t></r>"
        "<rPh sb='0' eb='1'><t>no</t></rPh></si>"
    )
    data = rewritten(
        xlsxwriter_file((("Name", "Other"), ("x_x0041_", "y"))),
        "xl/sharedStrings.xml",
        lambda text: text.replace("<si><t>y</t></si>", shared),
    )
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(data)
    # xlsxwriter escapes what looks like an escape
    assert caught.value.samples == (("x_x0041_", "Contoso"),)


def test_escapes_never_make_what_no_database_holds():
    written = ["a_x000D_\nb", "_x0000_", "_xD83D_", "max_x"]
    shared = xlsxwriter_file((("A a", "B b", "C c", "D d"), written))
    # xlsxwriter escapes what looks like an escape
    shared = rewritten(
        shared, "xl/sharedStrings.xml", lambda t: t.replace("_x005F", "")
    )
    for data in (shared, xlsx_file((("A a", "B b", "C c", "D d"), written))):
        with pytest.raises(formats.UnknownHeader) as caught:
            opened(data)
        assert caught.value.samples == (("a\r\nb", "", "_xD83D_", "max_x"),)


def test_names_with_prefixes_are_read():
    def prefixed(text):
        for tag in ("worksheet", "sheetData", "row", "c", "v", "is", "t"):
            text = text.replace(f"<{tag} ", f"<x:{tag} ").replace(
                f"<{tag}>", f"<x:{tag}>"
            )
            text = text.replace(f"</{tag}>", f"</x:{tag}>")
        return text.replace(" xmlns=", " xmlns:x=", 1)

    data = rewritten(xlsx_file(INGRAM), "xl/worksheets/sheet1.xml", prefixed)
    assert len(list(opened(data))) == 3


def test_strict_documents_are_read():
    data = xlsx_file(INGRAM)
    for part in (
        "_rels/.rels",
        "xl/_rels/workbook.xml.rels",
        "xl/workbook.xml",
        "xl/worksheets/sheet1.xml",
    ):
        data = rewritten(
            data,
            part,
            lambda text: text.replace(
                "http://schemas.openxmlformats.org/spreadsheetml/2006/",
                "http://purl.oclc.org/ooxml/spreadsheetml/",
            ).replace(
                "http://schemas.openxmlformats.org/officeDocument/2006/",
                "http://purl.oclc.org/ooxml/officeDocument/",
            ),
        )
    assert len(list(opened(data))) == 3


@pytest.mark.parametrize("dimension", ["A1", "A1:B1", "B9:C9", "A1:XFD1048576"])
def test_dimensions_that_are_wrong_do_not_matter(dimension):
    data = rewritten(
        xlsx_file(INGRAM),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace('ref="A1:Q4"', f'ref="{dimension}"'),
    )
    assert [charge.row for charge in opened(data)] == [2, 3, 4]


def test_cells_without_places_are_counted():
    import re

    data = rewritten(
        xlsx_file(INGRAM),
        "xl/worksheets/sheet1.xml",
        lambda text: re.sub(r' r="[A-Z]*[0-9]+"', "", text),
    )
    assert [charge.row for charge in opened(data)] == [2, 3, 4]


def test_text_with_decimal_comma_beside_typed_numbers():
    rows = [ingram_row(), ingram_row(Net_Cost="1.114,50", Unit_Cost=None, Quantity=1)]
    for write in (xlsx_file, xls_file):
        first, second = opened(write((INGRAM_HEADER, *rows)))
        assert (first.billed_cost, first.contracted_unit_price) == (114, Decimal("9.5"))
        assert second.billed_cost == Decimal("1114.50")


def test_typed_days_beside_texts_with_the_day_first():
    rows = [ingram_row(), ingram_row(From="20/03/2026", To="04/04/2026")]
    first, second = opened(xlsx_file((INGRAM_HEADER, *rows)))
    assert first.charge_period_start == date(2026, 3, 5)
    assert second.charge_period_start == date(2026, 3, 20)


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("error", ["#REF!", "#N/A", "#DIV/0!"])
def test_errors_of_formulas_become_problems_with_the_cell(error, quote):
    book = openpyxl.Workbook()
    for row in INGRAM:
        book.active.append([float(c) if isinstance(c, Decimal) else c for c in row])
    book.active["P2"] = error
    data = rewritten(
        saved(book),
        "xl/worksheets/sheet1.xml",
        lambda text: text.replace(' t="e"', f"  t = {quote}e{quote}"),
    )
    first, *others = opened(data)
    assert (first.row, first.column, first.value) == (2, "Net Cost", error)
    assert len(others) == 2
    assert all(isinstance(one, formats.ProviderCharge) for one in others)


def test_moments_are_rounded_to_the_second():
    book = openpyxl.Workbook()
    book.active.append(["Aa", "Bb"])
    book.active.append([46085.99999999999, 46085.5000001])
    for cell in ("A2", "B2"):
        book.active[cell].number_format = "YYYY-MM-DD HH:MM"
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(saved(book))
    assert caught.value.samples == (("2026-03-05", "2026-03-04T12:00:00"),)


@pytest.mark.parametrize(
    "number_format",
    ["0.00", '#,##0.00\\ "USD"', '0 "days"', "[Red]0.0", "[$-407]#,##0.00 [$€]", "@"],
)
def test_formats_of_numbers_make_no_days(number_format):
    book = openpyxl.Workbook()
    book.active.append(["Aa", "Bb"])
    book.active.append([12.5, "x"])
    book.active["A2"].number_format = number_format
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(saved(book))
    assert caught.value.samples == (("12.5", "x"),)


def test_merged_cells_hold_their_value_once():
    book = openpyxl.Workbook()
    book.active["A1"] = "Invoice"
    book.active.merge_cells("A1:Q1")
    for row in INGRAM:
        book.active.append([float(c) if isinstance(c, Decimal) else c for c in row])
    reading = opened(saved(book))
    assert [item.row for item in reading] == [3, 4, 5]
    assert len(reading.header) == 17


def test_a_table_may_begin_anywhere():
    book = openpyxl.Workbook()
    for y, row in enumerate(INGRAM):
        for x, cell in enumerate(row):
            value = float(cell) if isinstance(cell, Decimal) else cell
            book.active.cell(y + 4, x + 3, value)
    reading = opened(saved(book))
    assert [item.row for item in reading] == [5, 6, 7]
    assert reading.header[:3] == ("column 1", "column 2", "Reseller ID")


def test_pitfall_074_ids_of_more_than_15_digits_are_recognised_as_damaged():
    table = (INGRAM_HEADER, ingram_row(Subscription_ID=123456789012345678))
    (item,) = opened(xlsx_file(table))
    assert (item.row, item.column) == (2, "Subscription ID")
    assert "damaged by a spreadsheet" in item.reason
    table = (INGRAM_HEADER, ingram_row(Subscription_ID="00123456789012345678"))
    (item,) = opened(xlsx_file(table))
    assert item.subscription_id == "00123456789012345678"


def test_error_values_become_problems_with_the_cell():
    (item,) = opened(xlsx_file((INGRAM_HEADER, ingram_row(Net_Cost="#REF!"))))
    assert (item.column, item.value) == ("Net Cost", "#REF!")


def test_formula_with_and_without_a_value():
    book = openpyxl.Workbook()
    for row in INGRAM:
        book.active.append([float(c) if isinstance(c, Decimal) else c for c in row])
    book.active["P2"] = "=M2*O2"
    data = saved(book)
    reading = opened(data)
    first, *_ = reading
    assert isinstance(first, formats.Problem)
    assert (first.row, first.column, first.value) == (2, "Net Cost", "")
    computed = rewritten(
        data,
        "xl/worksheets/sheet1.xml",
        lambda text: (
            text.replace("<f>M2*O2</f><v></v>", "<f>M2*O2</f><v>114</v>")
            .replace("<f>M2*O2</f><v/>", "<f>M2*O2</f><v>114</v>")
            .replace("<f>M2*O2</f><v />", "<f>M2*O2</f><v>114</v>")
        ),
    )
    reading = opened(computed)
    assert next(iter(reading)).billed_cost == 114
    assert not reading.warnings


# -- sheets and rows -----------------------------------------------------------


def book_of(**sheets) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append([float(c) if isinstance(c, Decimal) else c for c in row])
    return book


def test_first_sheet_with_a_known_header_is_read_and_others_are_named():
    book = book_of(Empty=(), Notes=(("Hello",),), Data=INGRAM, More=INGRAM[:2])
    reading = opened(saved(book))
    assert reading.table.sheet == "Data"
    assert len(list(reading)) == 3
    (notice,) = reading.warnings
    assert notice.code == "other_sheets"
    assert "only the sheet Data is read; Notes, More hold data" in notice.reason


def test_a_sheet_can_be_chosen():
    data = saved(book_of(Data=INGRAM, More=INGRAM[:2]))
    assert len(list(opened(data, sheet="More"))) == 1
    with pytest.raises(formats.UnreadableFile, match="has no sheet Other, only Data"):
        opened(data, sheet="Other")


def test_hidden_sheets_are_ignored():
    book = book_of(Secret=INGRAM[:2], Deep=INGRAM[:2], Data=INGRAM)
    book["Secret"].sheet_state, book["Deep"].sheet_state = "hidden", "veryHidden"
    reading = opened(saved(book))
    assert len(list(reading)) == 3
    assert not reading.warnings
    xls = xlwt.Workbook()
    xls.add_sheet("Shown").write(0, 0, "x")
    xls.add_sheet("Secret").write(0, 0, "x")
    xls.get_sheet(1).visibility = 1
    out = io.BytesIO()
    xls.save(out)
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(out.getvalue())
    assert caught.value.header == ("x",)


def test_unknown_workbook_shows_the_first_sheet_that_is_not_empty():
    data = saved(book_of(Empty=(), One=(("Abc", "Def"), (1, 2)), Two=SKYKICK))
    with pytest.raises(formats.UnknownHeader) as caught:
        opened(data)
    assert caught.value.header == ("Abc", "Def")
    assert caught.value.samples == (("1", "2"),)


@pytest.mark.parametrize("writer", WORKBOOKS)
def test_row_numbers_are_those_of_the_spreadsheet(writer):
    blank = [None] * 17
    table = (blank, blank, INGRAM_HEADER, blank, RECURRING, blank, CHANGE)
    reading = opened(WORKBOOKS[writer](table))
    assert [item.row for item in reading] == [5, 7]
    texts = dict(enumerate(reading.table.records(), start=1))
    assert texts[7].startswith("1000123\tExample IT Services")
    assert texts[6] == ""


def test_trailing_empty_columns_and_rows_are_ignored():
    table = [[*row, None, None] for row in INGRAM] + [[None] * 19] * 3
    book = book_of(Data=table)
    book["Data"]["Z50"].font = openpyxl.styles.Font(bold=True)
    reading = opened(saved(book))
    assert len(reading.header) == 17
    assert len(list(reading)) == 3


def test_short_rows_are_not_cut_off():
    row = ingram_row(Currency=None)
    (item,) = opened(xlsx_file((INGRAM_HEADER, row)))
    assert item.column == "Currency"


@pytest.mark.parametrize("writer", WORKBOOKS)
def test_microsoft_layout_in_a_workbook(writer):
    table = (COLUMNS, [seats().get(name, "") for name in COLUMNS])
    (charge,) = formats.open_file(WORKBOOKS[writer](table))
    assert charge.billed_cost == 120
    assert charge.charge_period_start == date(2026, 3, 5)


@pytest.mark.parametrize("writer", WORKBOOKS)
def test_workbook_inside_an_archive(writer):
    data = WORKBOOKS[writer](INGRAM)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("export.xls" if writer == "xls" else "export.xlsx", data)
    for content in (packed.getvalue(), gzip.compress(data)):
        assert len(list(opened(content))) == 3


def test_the_name_of_a_file_says_nothing():
    for data in (xlsx_file(INGRAM), xls_file(INGRAM), csv_file(INGRAM)):
        reading = formats.open_file(data, name="report.pdf", formats=[INGRAM_FORM])
        assert len(list(reading)) == 3


def test_fingerprint_is_that_of_the_same_csv():
    prints = {
        opened(write(INGRAM)).header_fingerprint
        for write in (csv_file, xlsx_file, xlsxwriter_file, xls_file)
    }
    assert prints == {formats.fingerprint(INGRAM_HEADER)}


def test_a_stream_stays_open_and_can_be_read_again():
    stream = io.BytesIO(xlsx_file(INGRAM))
    with opened(stream) as reading:
        first = [charge.row_key for charge in reading]
        assert [charge.row_key for charge in reading] == first
    assert not stream.closed


def test_normalised_keeps_letters_of_all_alphabets():
    assert normalised("Währung (€)") == "währung"
    assert normalised("GROẞE_Straße") == "grossestrasse"
