"""XLSX and XLSM workbooks, read by calamine; macros and links are never looked at.

It takes a twelfth of the time of openpyxl and the fewest lines here, but holds a
sheet in memory and has no bounds of its own, so it gets only what `xlsx_parts` has
looked through.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from .errors import UnreadableFile
from .limits import Limits
from .sentence import _
from .sheet_cells import Typed, number_text
from .tabular import MAX_CELL_CHARS, too_long, too_wide
from .workbook_kind import damaged_workbook
from .xlsx_parts import checked_copy

_MIDNIGHT = time()
_HALF_SECOND = timedelta(microseconds=500_000)


class Xlsx:
    """A workbook as ZIP archive of XML parts; see `Sheets`.

    A formula whose value was never computed is an empty cell; of merged cells only
    the first holds the value.

    :raise UnreadableFile: damaged, protected or larger than it may be
    """

    def __init__(self, stream: BinaryIO, name: str, limits: Limits):
        self._name, self._limits = name, limits
        self._sheet: CalamineSheet | None = None
        try:
            self._copy = checked_copy(stream, name, limits)
            self._book = CalamineWorkbook.from_filelike(self._copy)
            self.names = [
                sheet.name
                for sheet in self._book.sheets_metadata
                if sheet.visible == SheetVisibleEnum.Visible
                and sheet.typ == SheetTypeEnum.WorkSheet
            ]
        except UnreadableFile:
            raise
        except BaseException as error:  # whatever garbage makes calamine stumble over
            raise _damage(error, name) from error
        if not self.names:
            raise UnreadableFile(
                name,
                _(
                    "has no visible sheet that can be read; show the sheet, save it as "
                    ".xlsx and import that"
                ),
            )

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty: number and cells."""
        try:
            table = self._load(sheet)
            left = [""] * (table.start or (0, 0))[1]
            first = len(left) + 1
            columns = self._limits.columns
            for number, values in enumerate(table.iter_rows(), start=1):
                cells = left + [
                    self._text(value, number, column)
                    for column, value in enumerate(values, start=first)
                ]
                while cells and not cells[-1]:
                    cells.pop()
                if len(cells) > columns:
                    raise too_wide(self._name, len(cells))
                if cells:
                    yield number, cells
        except (UnreadableFile, GeneratorExit):
            raise
        except BaseException as error:  # as above
            raise _damage(error, self._name) from error

    def _load(self, sheet: str) -> CalamineSheet:
        """Return a sheet; the one read last is kept, as it is read more than once."""
        if self._sheet is None or self._sheet.name != sheet:
            self._sheet = None
            self._sheet = self._book.get_sheet_by_name(sheet)
        return self._sheet

    def _text(self, value: object, row: int, column: int) -> str:
        if isinstance(value, str):
            if len(value) > MAX_CELL_CHARS:
                raise too_long(self._name, row, column)
            # no database keeps a NUL in a text
            return value.replace("\0", "") if "\0" in value else value
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float)):
            return number_text(repr(value))
        if isinstance(value, datetime):
            return _moment(value)
        if isinstance(value, (date, time)):
            return Typed(value.isoformat())
        return Typed(value)  # a duration


def _moment(value: datetime) -> str:
    """Return a day, with its time if it has one; fractions are rounding."""
    if value.microsecond:
        value = (value + _HALF_SECOND).replace(microsecond=0)
    if value.time() == _MIDNIGHT:
        return Typed(value.date().isoformat())
    return Typed(value.isoformat())


def _damage(error: BaseException, name: str) -> BaseException:
    """Return what to raise: calamine's panics are no `Exception`."""
    if isinstance(error, Exception) or type(error).__name__ == "PanicException":
        return damaged_workbook(name)
    return error
