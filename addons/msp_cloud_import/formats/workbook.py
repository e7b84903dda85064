"""Rows of one sheet of a workbook, as a text file has them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from .errors import UnreadableFile
from .limits import Limits
from .plain import Plain
from .problem import Notice, shown
from .sentence import _
from .sheet_cells import with_comma
from .tabular import HEADER_ROWS, Row, is_blank

SHEETS_SHOWN = 5


class Sheets(Protocol):
    """A workbook of one kind.

    :param names: visible sheets in order
    """

    names: list[str]

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty: number and cells, `Typed` or text."""


@dataclass(slots=True)
class Workbook:
    """The sheet of a workbook that holds the table; see `Rows`.

    Texts may be written with a decimal comma while numbers are typed: typed ones
    are given out with the mark that the texts have, so both parse alike.

    :param sheet: set with `width` once the header is known
    :param decimal_mark: set once it is known
    """

    name: str
    plain: Plain
    sheets: Sheets
    limits: Limits
    only_sheet: str | None = None
    sheet: str = ""
    width: int = 0
    header_row: int = field(default=0)
    decimal_mark: str = "."
    # what a text file would have between its cells
    delimiter: str = "\t"
    is_workbook: bool = True

    def openings(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield each sheet that is not empty with its first rows.

        :raise UnreadableFile: no sheet has the name asked for
        """
        names = self.sheets.names
        if self.only_sheet is not None:
            if self.only_sheet not in names:
                listed = ", ".join(map(shown, names[:SHEETS_SHOWN]))
                raise UnreadableFile(
                    self.name,
                    _(
                        "has no sheet %(sheet)s, only %(sheets)s; choose one of these",
                        sheet=shown(self.only_sheet),
                        sheets=listed,
                    ),
                )
            names = [self.only_sheet]
        for sheet in names:
            rows = self._first_rows(sheet)
            if rows:
                yield sheet, rows

    def choose(self, opening: str, header_row: int, width: int) -> None:
        """Read this sheet from now on."""
        self.sheet, self.header_row, self.width = opening, header_row, width

    def rows(self) -> Iterator[Row]:
        """Yield all rows that are not empty, those above the header included."""
        width, comma = self.width, self.decimal_mark == ","
        for number, cells in self.sheets.rows(self.sheet):
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            if comma:
                cells = with_comma(cells)
            yield Row(number, cells)

    def records(self) -> Iterator[str]:
        """Yield every row as text, cells joined by tabs; empty ones as well."""
        last = 0
        for row in self.rows():
            for _blank in range(last + 1, row.number):
                yield ""
            last = row.number
            yield "\t".join(row.cells).rstrip("\t")

    def notices(self) -> list[Notice]:
        """Return what is odd about the workbook."""
        others = [
            name
            for name in self.sheets.names
            if name != self.sheet and self._first_rows(name)
        ]
        if not others:
            return []
        listed = ", ".join(map(shown, others[:SHEETS_SHOWN]))
        return [
            Notice(
                None,
                "other_sheets",
                _(
                    "only the sheet %(sheet)s is read; %(others)s hold data as well",
                    sheet=shown(self.sheet),
                    others=listed,
                ),
            )
        ]

    def close(self) -> None:
        """Release the temporary file; a stream that was handed over stays open."""
        self.plain.close()

    def _first_rows(self, sheet: str) -> list[Row]:
        """Return the first rows that are not blank, as far as a header may stand.

        :return: if the first twenty are empty, the next row alone
        """
        found: list[Row] = []
        for number, cells in self.sheets.rows(sheet):
            if found and number > HEADER_ROWS:
                break
            if not is_blank(cells):
                found.append(Row(number, cells))
        return found
