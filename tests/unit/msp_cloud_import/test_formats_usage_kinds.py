"""Usage as JSON lines and in workbooks: other ways to hold the same rows."""

import io
import json

import pytest
import xlsxwriter
from formats import Problem, UsageReading, open_file
from formats.tabular import Row
from formats.usage_blocks import block_of_rows
from usage_files import COLUMNS, NOT_BASIC, api_line, api_lines, hours, usage_file

ROWS = [
    hours(),
    hours(UsageDate="03/02/2026", Quantity="23.5", BillingPreTaxTotal="0.9208238722"),
    hours(MeterId="33333333-0000-4000-8000-000000000002", MeterName="B4s", Tags=""),
]
# What differs because files count and spell differently.
OWN = ("row", "raw", "row_key", "invoice_id")


def said(data: bytes) -> list[dict]:
    reading = open_file(data)
    assert isinstance(reading, UsageReading)
    found = []
    for item in reading:
        assert not isinstance(item, Problem), item
        charge = item.to_dict()
        found.append({n: v for n, v in charge.items() if n not in OWN})
    return found


def workbook(rows, numbers=("Quantity", "BillingPreTaxTotal", "UnitPrice")) -> bytes:
    data = io.BytesIO()
    with xlsxwriter.Workbook(data) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(rows, start=1):
            for column, name in enumerate(COLUMNS):
                cell = row.get(name, "")
                if name in numbers:
                    sheet.write_number(number, column, float(cell))
                else:
                    sheet.write_string(number, column, cell)
    return data.getvalue()


def test_json_lines_of_the_export_say_what_csv_says():
    assert said(api_lines(ROWS).encode()) == said(usage_file(ROWS))


def test_json_lines_with_basic_attributes():
    columns = [name for name in COLUMNS if name not in NOT_BASIC]
    found = said(api_lines(ROWS, columns).encode())
    assert [one["row_count"] for one in found] == [2, 1]
    assert found[0]["billed_cost"] == "1.8612397416"


def test_numbers_of_json_keep_their_digits():
    line = api_line(hours())
    line.pop("quantity")
    text = json.dumps(line)[:-1] + ', "quantity": 0.1234567890123456789012}\n'
    (charge,) = said(text.encode())
    assert charge["quantity"] == "0.1234567890123456789012"


def test_a_broken_line_of_json_spoils_one_row():
    lines = api_lines(ROWS).splitlines()
    lines[1] = lines[1][:-20]
    found = list(open_file("\n".join(lines).encode()))
    assert [one.row for one in found if isinstance(one, Problem)] == [2]
    assert [one.row_count for one in found if not isinstance(one, Problem)] == [1, 1]


@pytest.mark.parametrize("cell", ['"a\\u0000b"', '"\\ud83d"'])
def test_characters_that_nothing_can_store_do_not_stop_a_file(cell):
    lines = api_lines(ROWS).splitlines()
    lines[0] = lines[0][:-1] + f', "more": {cell}}}'
    reading = open_file("\n".join(lines).encode())
    (batch,) = reading.batches()
    assert batch.problems == []
    assert '"more":' in batch.frame["raw"][0]
    assert reading.rows == 3


@pytest.mark.parametrize("cell", ["a\0b", "\ud83d"])
def test_characters_that_nothing_can_store_spoil_one_row_of_any_table(cell):
    rows = [Row(1, ["a", "b"]), Row(2, ["a", cell]), Row(3, ["c", "d"])]
    block = block_of_rows(rows, 2)
    assert block.frame["row"].to_list() == [1, 3]
    (odd,) = block.odd
    assert odd.number == 2 and "correct the row" in odd.broken


def test_workbooks_say_what_csv_says():
    assert said(workbook(ROWS)) == said(usage_file(ROWS))


def test_workbook_with_more_rows_than_a_block():
    rows = [hours(ResourceURI=f"/vm{number}") for number in range(10_500)]
    (charge,) = said(workbook(rows))
    assert charge["row_count"] == 10_500
    assert charge["billed_cost"] == "9874.3666287"
