"""From the bytes of a CSV file or a workbook to a table of cells."""

import csv
import io
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from .cells import to_text

MAX_BYTES = 20_000_000
#: Unpacked, so that a small file cannot fill the memory.
MAX_UNPACKED = 60_000_000
MAX_ROWS = 40_000
#: A cell far to the right makes a row as wide as that.
MAX_COLUMNS = 100
_DELIMITERS = ";,\t|"
#: Contract, position, first day, last day and amount stand between so many.
_FEWEST_DELIMITERS = 4


class UnreadableFile(ValueError):
    """The file is no table.

    :param code: ``large``, ``empty``, ``kind`` (neither CSV nor XLSX), ``rows``, or
        ``quotes`` (a quotation mark is not closed, so rows after it would be lost)
    :param row: where it was noticed, as a spreadsheet counts; 0 if nowhere
    """

    def __init__(self, code: str, row: int = 0):
        super().__init__(code)
        self.code = code
        self.row = row


def to_table(content: bytes) -> list[list[object]]:
    """Return the cells of a CSV or XLSX file, blank rows between others included.

    :return: texts; days of a workbook as dates, its numbers as shortest decimals
    :raise UnreadableFile: it is neither, or too large
    """
    if len(content) > MAX_BYTES:
        raise UnreadableFile("large")
    if not content.strip():
        raise UnreadableFile("empty")
    rows = _workbook(content) if content.startswith(b"PK") else _text(content)
    return _bounded(rows)


def _bounded(rows: Iterable[list[object]]) -> list[list[object]]:
    table, last = [], 0
    for number, cells in enumerate(rows, 1):
        # A workbook may have a formatted cell in its last row and nothing above it.
        if not any(to_text(cell) for cell in cells):
            continue
        if number > MAX_ROWS:
            raise UnreadableFile("rows")
        table += [[] for _blank in range(number - last - 1)]
        table.append(cells)
        last = number
    return table


def _text(content: bytes) -> Iterator[list[object]]:
    text = _decode(content)
    # No table has such characters, and no database takes them.
    if "\0" in text:
        raise UnreadableFile("kind")
    # Strict: otherwise an open quotation mark swallows the rows after it.
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_find_delimiter(text), strict=True
    )
    row = 1
    try:
        for cells in reader:
            yield cells
            row += 1
    except csv.Error:
        raise UnreadableFile("quotes", row) from None


def _find_delimiter(text: str) -> str:
    """Return what separates the cells of the first line that may be a heading."""
    counts = [
        {mark: line.count(mark) for mark in _DELIMITERS}
        for line in text.splitlines()
        if line.strip()
    ]
    first = counts[:1]
    wide = (one for one in counts if max(one.values()) >= _FEWEST_DELIMITERS)
    found = next(wide, first[0] if first else dict.fromkeys(_DELIMITERS, 0))
    return max(_DELIMITERS, key=found.get)


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
        for row in sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True):
            filled = [index for index, value in enumerate(row) if value is not None]
            yield [_cell(value) for value in row[: filled[-1] + 1]] if filled else []
    except UnreadableFile:
        raise
    # openpyxl fails in many ways on a damaged, protected or foreign archive.
    except (
        AttributeError,
        BadZipFile,
        EOFError,
        InvalidFileException,
        LookupError,
        OSError,
        ParseError,
        RuntimeError,
        TypeError,
        ValueError,
        zlib.error,
    ):
        raise UnreadableFile("kind") from None


def _cell(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value)
    if isinstance(value, date | datetime):
        return value
    if isinstance(value, float):
        return Decimal(format(value, ".15g"))
    return str(value)
