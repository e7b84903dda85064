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
        for block in blocks:
            self.look_at_rows(block.odd)
            frame = block.frame.filter(pl.col(ROW) > self.table.header_row)
            if not self.has_data:
                self.has_data = any(
                    not is_blank(cells) for _row, *cells in frame.iter_rows()
                )
            self._look_at_numbers(frame, number_at)
            for index in date_at:
                firsts = frame.group_by(str(index)).agg(pl.col(ROW).min())
                for cell, row in firsts.sort(ROW).iter_rows():
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

    def _look_at_numbers(self, frame: pl.DataFrame, number_at: Sequence[int]) -> None:
        found: list[tuple[int, int, str, int]] = []
        for index in number_at:
            cells = frame.select(ROW, pl.col(str(index)).alias("cell"))
            cells = cells.filter(pl.col("cell").str.contains("[.,]"))
            for pattern in _USUAL:
                usual = cells["cell"].str.contains(pattern)
                count = int(usual.sum())
                if count:
                    row, cell = cells.row(int(usual.arg_max()))
                    found.append((row, index, cell, count))
                    cells = cells.filter(~usual)
            kinds = cells.group_by("cell").agg(pl.col(ROW).min(), pl.len())
            found += [
                (row, index, cell, count) for cell, row, count in kinds.iter_rows()
            ]
        for row, _index, cell, count in sorted(found):
            self.numbers.look(row, cell, count)
