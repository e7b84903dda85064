"""How one file writes numbers and dates: decided once, from all of its rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from .date_style import DateStyle, DateSurvey, days_in
from .errors import UnreadableFile
from .layout import Format
from .number_style import NumberStyle, NumberSurvey
from .problem import Notice
from .sheet_cells import Typed
from .tabular import Row, Rows, is_blank
from .usage_blocks import ROW, Block

# One pattern per way to write a number that nearly all cells follow.
_USUAL = (
    r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$",
    r"^-?[0-9]+\.[0-9]+$",
    r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$",
    r"^-?[0-9]+,[0-9]+$",
)


@dataclass(slots=True)
class Survey:
    """Evidence from the rows of one file."""

    table: Rows
    form: Format
    position: dict[str, int]
    numbers: NumberSurvey = field(init=False)
    dates: DateSurvey = field(default_factory=DateSurvey)
    has_data: bool = False

    def __post_init__(self) -> None:
        """Begin."""
        self.numbers = NumberSurvey(is_lenient=self.form.is_profile)

    def look_at_rows(self, rows: Iterable[Row]) -> None:
        """Look through rows one by one; those above the header do not count."""
        number_at = self._indexes(self.form.number_columns)
        date_at = self._indexes(self.form.date_columns)
        text_at = self._indexes(self.form.text_date_columns)
        numbers, dates, table = self.numbers, self.dates, self.table
        data = self.has_data
        for row in rows:
            if row.number <= table.header_row:
                continue
            data = data or row.broken is not None or not is_blank(row.cells)
            if len(row.cells) < table.width:
                continue
            for index in number_at:
                cell = row.cells[index]
                # typed cells of a workbook say nothing about how people write
                if ("." in cell or "," in cell) and type(cell) is not Typed:
                    numbers.look(row.number, cell)
            for index in date_at:
                cell = row.cells[index]
                if cell and type(cell) is not Typed:
                    dates.look(row.number, cell)
            for index in text_at:
                for day in days_in(row.cells[index]):
                    dates.look(row.number, day)
        self.has_data = data

    def look_at_blocks(self, blocks: Iterable[Block]) -> None:
        """Look through all rows, whole columns at once."""
        number_at = self._indexes(self.form.number_columns)
        date_at = self._indexes(self.form.date_columns)
        header, width = self.table.header_row, self.table.width
        for block in blocks:
            frame = block.frame.filter(pl.col(ROW) > header)
            odd = [row for row in block.odd if row.number > header]
            if not self.has_data:
                rows = [list(cells) for _row, *cells in frame.iter_rows()]
                rows += [row.cells for row in odd if row.broken is None]
                self.has_data = not all(map(is_blank, rows))
                self.has_data |= any(row.broken is not None for row in odd)
            odd = [row for row in odd if len(row.cells) >= width]
            numbers = [
                (row.number, order, row.cells[index], 1)
                for row in odd
                for order, index in enumerate(number_at)
                if "." in row.cells[index] or "," in row.cells[index]
            ]
            days = [
                (row.number, order, row.cells[index])
                for row in odd
                for order, index in enumerate(date_at)
            ]
            for order, index in enumerate(number_at):
                numbers += _number_kinds(frame, index, order)
            for order, index in enumerate(date_at):
                firsts = frame.group_by(str(index)).agg(pl.col(ROW).min())
                days += [(row, order, cell) for cell, row in firsts.iter_rows()]
            # as if all rows had been looked at one after the other
            for row, _order, cell, count in sorted(numbers):
                self.numbers.look(row, cell, count)
            for row, _order, cell in sorted(days):
                if cell:
                    self.dates.look(row, cell)

    def wanted(self) -> list[int]:
        """Return the cells that `look_at_blocks` looks at."""
        form = self.form
        found = {*self._indexes(form.number_columns), *self._indexes(form.date_columns)}
        identity = self._indexes(form.identity_columns)
        return sorted({*found, *identity})

    def decide(self) -> tuple[NumberStyle, DateStyle, list[Notice]]:
        """Return how the file writes numbers and dates, and what is odd about it.

        :raise UnreadableFile: the file has no rows, contradicts itself or leaves
            open what is meant
        """
        table, form = self.table, self.form
        if not self.has_data:
            raise UnreadableFile(
                table.name,
                "has a header but no rows; download it again when the invoice is ready",
            )
        notices = table.notices()
        if form.is_profile:
            style = self.numbers.decide_by_profile(table.name, form.decimal_mark)
            order = self.dates.decide_by_profile(table.name, form.date_order)
        else:
            style, number_notice = self.numbers.decide(table.name, table.delimiter)
            is_comma = style.decimal_mark == ","
            order, date_notice = self.dates.decide(table.name, is_comma)
            notices += [notice for notice in (number_notice, date_notice) if notice]
        return style, order, notices

    def _indexes(self, names: Sequence[str]) -> list[int]:
        return [self.position[name] for name in names if name in self.position]


def _number_kinds(
    frame: pl.DataFrame, index: int, order: int
) -> list[tuple[int, int, str, int]]:
    """Return row, order, cell and count of ways in which a column's numbers are written."""
    found = []
    cells = frame.select(ROW, pl.col(str(index)).alias("cell"))
    cells = cells.filter(pl.col("cell").str.contains("[.,]"))
    for pattern in _USUAL:
        usual = cells["cell"].str.contains(pattern)
        count = int(usual.sum())
        if count:
            row, cell = cells.row(int(usual.arg_max() or 0))
            found.append((row, order, cell, count))
            cells = cells.filter(~usual)
    kinds = cells.group_by("cell").agg(pl.col(ROW).min(), pl.len())
    found += [(row, order, cell, count) for cell, row, count in kinds.iter_rows()]
    return found
