"""How fast provider files are read, against Python's csv module on the same rows."""

import csv
import io
import json
import sys
import time
from pathlib import Path

import xlsxwriter

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_cloud_import"))

from formats import open_file, profile_format
from formats.profile_json import profile_from_dict

ROWS = 20_000
FIXTURES = Path(__file__).parents[1] / "unit" / "msp_cloud_import" / "fixtures"
HEADER = [
    "Customer Account ID",
    "End Customer Name",
    "Subscription ID",
    "MPN",
    "Order Type",
    "From",
    "To",
    "Quantity",
    "Unit Cost",
    "Net Cost",
    "Currency",
]
NUMBERS = {"Quantity", "Unit Cost", "Net Cost"}


def _cells(number):
    return [
        f"{1004000 + number % 500}",
        "Muster Bau GmbH",
        f"{2001000 + number}",
        "CFQ7TTC0AAAA:0001",
        "Recurring",
        "2026-03-05",
        "2026-04-04",
        "12",
        "9.50",
        "114.00",
        "EUR",
    ]


def _csv():
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(HEADER)
    writer.writerows(_cells(number) for number in range(ROWS))
    return stream.getvalue().encode()


def _xlsx():
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADER)
        for number in range(ROWS):
            for column, (name, cell) in enumerate(
                zip(HEADER, _cells(number), strict=True)
            ):
                value = float(cell) if name in NUMBERS else cell
                sheet.write(number + 1, column, value)
    return stream.getvalue()


def _profile():
    data = json.loads((FIXTURES / "profile_ingram_micro_cloud.json").read_text("utf-8"))
    return profile_format(profile_from_dict(data))


def _rate(function):
    """Return rows per second."""
    start = time.perf_counter()
    function()
    return ROWS / (time.perf_counter() - start)


def _read(content, name, form):
    with open_file(content, name, formats=[form]) as reading:
        assert sum(1 for _charge in reading.charges()) == ROWS


def test_reading_by_a_profile():
    form, text = _profile(), _csv()
    plain = _rate(lambda: list(csv.reader(io.StringIO(text.decode()))))
    print(f"\nrows/s    Python's csv module alone: {plain:>9,.0f}")
    for name, content in (("CSV", text), ("XLSX", _xlsx())):
        rate = _rate(
            lambda content=content, name=name: _read(content, f"a.{name}", form)
        )
        print(f"{name + ' by a profile':>34}: {rate:>9,.0f}   1 : {plain / rate:.0f}")
