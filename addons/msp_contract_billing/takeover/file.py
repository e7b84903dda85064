"""From the bytes of a CSV file or a workbook to a table of cells."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook

MAX_BYTES = 20_000_000
#: Unpacked, so that a small file cannot fill the memory.
MAX_UNPACKED = 200_000_000
MAX_ROWS = 200_000
_DELIMITERS = ";,\t|"


class UnreadableFile(ValueError):
    """The file is no table.

    :param code: ``large``, ``empty``, ``kind`` (neither CSV nor XLSX), ``rows``
    """

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def to_table(content: bytes) -> list[list[object]]:
    """Return the cells of a CSV or XLSX file, blank rows included.

    :return: texts; days of a workbook as dates, its numbers as shortest decimals
    :raise UnreadableFile: it is neither, or too large
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile("large")
    if not content.strip():
        raise UnreadableFile("empty")
    rows = _workbook(content) if content.startswith(b"PK") else _text(content)
    table = []
    for cells in rows:
        table.append(cells)
        if len(table) > MAX_ROWS:
            raise UnreadableFile("rows")
    return table


def _text(content: bytes) -> Iterator[list[object]]:
    if b"\0" in content[:1000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile("kind")
    text = _decode(content)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        raise UnreadableFile("kind") from None


def _decode(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a spreadsheet saves on Windows; every byte means something in it.
        return content.decode("cp1252", errors="replace")


def _workbook(content: bytes) -> Iterator[list[object]]:
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise UnreadableFile("large")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # The stated size may be wrong, and rows would be cut.
        sheet.reset_dimensions()
        for row in sheet.iter_rows(values_only=True):
            yield [_cell(value) for value in row]
    except UnreadableFile:
        raise
    # openpyxl fails in many ways on a damaged or foreign archive.
    except (BadZipFile, KeyError, ValueError, IndexError, TypeError, OSError):
        raise UnreadableFile("kind") from None


def _cell(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, date | datetime):
        return value
    if isinstance(value, float):
        return Decimal(format(value, ".15g"))
    return str(value)
