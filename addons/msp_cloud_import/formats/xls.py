"""XLS workbooks of Excel 97 to 2003, read by xlrd."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import xlrd
from xlrd.biffh import error_text_from_code

from .errors import UnreadableFile
from .limits import Limits
from .sentence import _
from .sheet_cells import day_text, number_text
from .tabular import MAX_CELL_CHARS, too_long, too_wide
from .workbook_kind import damaged_workbook, protected_workbook

_VISIBLE = 0


class Xls:
    """A workbook in the format before XLSX; see `Sheets`.

    Such a file has at most 65,536 rows, so it is held in memory. It always holds a
    value for each formula.

    :raise UnreadableFile: damaged, protected or larger than it may be
    """

    def __init__(self, stream: BinaryIO, name: str, limits: Limits):
        self._name, self._limits = name, limits
        stream.seek(0)
        content = stream.read(limits.xls_bytes + 1)
        if len(content) > limits.xls_bytes:
            raise UnreadableFile(
                name, _("is too large for an .xls workbook; save it as .xlsx or CSV")
            )
        try:
            self._book = xlrd.open_workbook(
                file_contents=content,
                logfile=io.StringIO(),
                ragged_rows=True,
            )
            self.names = [
                sheet.name
                for sheet in self._book.sheets()
                if sheet.visibility == _VISIBLE
            ]
        except xlrd.XLRDError as error:
            if "encrypted" in str(error):
                raise protected_workbook(name) from error
            raise damaged_workbook(name) from error
        except Exception as error:  # whatever garbage makes xlrd stumble over
            raise damaged_workbook(name) from error

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty: number and cells."""
        try:
            table = self._book.sheet_by_name(sheet)
            for index in range(table.nrows):
                cells = [
                    self._text(kind, value, index + 1, column)
                    for column, (kind, value) in enumerate(
                        zip(
                            table.row_types(index), table.row_values(index), strict=True
                        ),
                        start=1,
                    )
                ]
                while cells and not cells[-1]:
                    cells.pop()
                if len(cells) > self._limits.columns:
                    raise too_wide(self._name, len(cells))
                if cells:
                    yield index + 1, cells
        except UnreadableFile:
            raise
        except Exception as error:  # as above
            raise damaged_workbook(self._name) from error

    def _text(self, kind: int, value: object, row: int, column: int) -> str:
        if kind == xlrd.XL_CELL_TEXT:
            text = str(value)
            if len(text) > MAX_CELL_CHARS:
                raise too_long(self._name, row, column)
            return text.replace("\0", "")  # which no database keeps in a text
        if kind == xlrd.XL_CELL_NUMBER:
            return number_text(repr(value))
        if kind == xlrd.XL_CELL_DATE:
            return day_text(repr(value), bool(self._book.datemode))
        if kind == xlrd.XL_CELL_BOOLEAN:
            return "TRUE" if value else "FALSE"
        if kind == xlrd.XL_CELL_ERROR:
            return str(error_text_from_code.get(value, "#N/A"))
        return ""
