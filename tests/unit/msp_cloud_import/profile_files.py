"""The same invented rows as CSV, XLSX and XLS, and the profiles that read them.

The rows are those of the pages "Ingram Micro Cloud Marketplace" and "SkyKick".
"""

import csv
import io
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import openpyxl
import xlsxwriter
import xlwt
from formats.profile_json import profile_from_dict

FIXTURES = Path(__file__).parent / "fixtures"

Cell = str | int | Decimal | date | None
Table = Sequence[Sequence[Cell]]


def profile(name: str, **changes):
    """Return a profile of the fixtures with some fields changed."""
    data = json.loads((FIXTURES / f"profile_{name}.json").read_text("utf-8"))
    return profile_from_dict(data | changes)


def _d(text: str) -> date:
    return date.fromisoformat(text)


INGRAM_HEADER = (
    "Reseller ID",
    "Reseller Company Name",
    "Customer Account ID",
    "End Customer Name",
    "Subscription ID",
    "Subscription Name",
    "Subscription Expiration Date",
    "Plan ID",
    "MPN",
    "Order Type",
    "From",
    "To",
    "Quantity",
    "Duration",
    "Unit Cost",
    "Net Cost",
    "Currency",
)


def ingram_row(**cells: Cell) -> list[Cell]:
    """Return the row of 12 seats; names of cells with _ for blanks."""
    row: dict[str, Cell] = dict(
        zip(
            INGRAM_HEADER,
            (
                1000123,
                "Example IT Services",
                1004567,
                "Muster Bau GmbH",
                2001001,
                "Contoso Office Suite (annual)",
                _d("2027-03-04"),
                50012,
                "CFQ7TTC0AAAA:0001",
                "Recurring",
                _d("2026-03-05"),
                _d("2026-04-04"),
                12,
                Decimal("1.00"),
                Decimal("9.50"),
                Decimal("114.00"),
                "EUR",
            ),
            strict=True,
        )
    )
    for name, value in cells.items():
        row[name.replace("_", " ")] = value
    return list(row.values())


RECURRING = ingram_row()
CHANGE = ingram_row(
    Order_Type="Change",
    From=_d("2026-03-20"),
    Quantity=3,
    Duration=Decimal("0.50"),
    Net_Cost=Decimal("14.25"),
)
CANCELLATION = ingram_row(
    Customer_Account_ID=1004999,
    End_Customer_Name="Praxis Beispiel",
    Subscription_ID=2001007,
    Subscription_Name="Contoso Mail",
    Subscription_Expiration_Date=_d("2026-09-30"),
    Plan_ID=50020,
    MPN="CFQ7TTC0BBBB:0002",
    Order_Type="Cancellation",
    From=_d("2026-03-10"),
    To=_d("2026-03-31"),
    Quantity=-5,
    Duration=Decimal("0.71"),
    Unit_Cost=Decimal("4.00"),
    Net_Cost=Decimal("-14.20"),
)
INGRAM: Table = (INGRAM_HEADER, RECURRING, CHANGE, CANCELLATION)

_SKYKICK = ("SK-000123", _d("2026-04-01"))
_MARCH = ("USD", _d("2026-03-01"), _d("2026-03-31"))
_PRAXIS = ("Praxis Beispiel", "praxis.example", "Cloud Backup", "Exchange")
SKYKICK: Table = (
    (
        *("Invoice Number", "Invoice Date", "Customer", "Domain", "Product", "Plan"),
        *("Seats", "Unit Price", "Amount", "Currency", "Period Start", "Period End"),
    ),
    (
        *_SKYKICK,
        *("Muster Bau GmbH", "muster-bau.example", "Cloud Backup"),
        *("Exchange + SharePoint", 25, Decimal("2.50"), Decimal("62.50")),
        *_MARCH,
    ),
    (*_SKYKICK, *_PRAXIS, 8, Decimal("1.50"), Decimal("12.00"), *_MARCH),
    (*_SKYKICK, *_PRAXIS, -2, Decimal("1.50"), Decimal("-3.00"), *_MARCH),
)


def csv_file(
    table: Table, delimiter: str = ",", mark: str = ".", day: str = "%Y-%m-%d"
) -> bytes:
    """Return a text file; numbers with this decimal mark, days in this format."""

    def text(cell: Cell) -> str:
        if isinstance(cell, date):
            return cell.strftime(day)
        if isinstance(cell, Decimal):
            return format(cell, "f").replace(".", mark)
        return "" if cell is None else str(cell)

    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter)
    writer.writerows([text(cell) for cell in row] for row in table)
    return out.getvalue().encode()


def german_csv(table: Table) -> bytes:
    """Return a text file as a German spreadsheet saves it."""
    return csv_file(table, ";", ",", "%d.%m.%Y")


def xlsx_file(table: Table, title: str = "Export") -> bytes:
    """Return a workbook by openpyxl, numbers and days typed."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in table:
        sheet.append([_number(cell) for cell in row])
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Return an openpyxl workbook as bytes."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def xlsxwriter_file(table: Table) -> bytes:
    """Return a workbook by xlsxwriter, which writes other XML."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet, days = book.add_worksheet("Export"), book.add_format({"num_format": 14})
    for y, row in enumerate(table):
        for x, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(y, x, cell, days)
            elif isinstance(cell, (int, Decimal)):
                sheet.write_number(y, x, float(cell))
            elif cell is not None:
                sheet.write_string(y, x, cell)
    book.close()
    return out.getvalue()


def xls_file(table: Table) -> bytes:
    """Return a workbook of Excel 97."""
    book = xlwt.Workbook()
    sheet, days = book.add_sheet("Export"), xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for y, row in enumerate(table):
        for x, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write(y, x, cell, days)
            elif cell is not None:
                sheet.write(y, x, _number(cell))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _number(cell: Cell) -> object:
    return float(cell) if isinstance(cell, Decimal) else cell


WRITERS = {
    "csv": csv_file,
    "german csv": german_csv,
    "xlsx by openpyxl": xlsx_file,
    "xlsx by xlsxwriter": xlsxwriter_file,
    "xls": xls_file,
}
