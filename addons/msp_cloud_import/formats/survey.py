"""How one file writes numbers and dates: decided once, from all of its rows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from .date_style import MAX_REMEMBERED, DateStyle, DateSurvey, days_in
from .errors import UnreadableFile
from .glued import Headers
from .layout import Format
from .number_style import NumberStyle, NumberSurvey
from .problem import Notice
from .sentence import _
from .sheet_cells import Typed
from .tabular import Row, Rows, is_blank
from .usage_blocks import ROW, Block
from .usage_format import Turn, UsageFormat
from .usage_parts import Part, parts

# One pattern per way to write a number: nearly all cells follow the first, in which
# a mark cannot be taken for that of thousands.
_USUAL = (
    r"^-?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|0[0-9]*\.[0-9]+|[0-9]{4,}\.[0-9]+)$",
    r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$",
    r"^-?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|0[0-9]*,[0-9]+|[0-9]{4,},[0-9]+)$",
    r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$",
)
# An amount that is not 0, whatever its decimal mark.
_SOME = re.compile(r"^[ ']*[+-]?[0.,]*[1-9]")


@dataclass(slots=True)
class Survey:
    """Evidence from the rows of one file.

    :param last_row: number of the last row that was looked at
    """

    table: Rows
    form: Format
    headers: Headers
    numbers: NumberSurvey = field(init=False)
    dates: DateSurvey = field(default_factory=DateSurvey)
    has_data: bool = False
    last_row: int = 0
    has_turned: bool = False
    _turn: Turn | None = field(init=False)
    _days_seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin."""
        is_usage = isinstance(self.form, UsageFormat)
        self._turn = self.form.turn if is_usage else None
        self.numbers = NumberSurvey(is_lenient=self.form.is_profile)

    def look_at_rows(self, rows: Iterable[Row]) -> None:
        """Look through rows one by one; those above the header do not count."""
        numbers, dates, table = self.numbers, self.dates, self.table
        number_at, date_at, text_at = self._looked_at()
        for row in rows:
            self.last_row = row.number
            if row.number <= table.header_row:
                continue
            if row.broken is None:
                if is_blank(row.cells):
                    continue
                if self.headers.take(row.cells):
                    number_at, date_at, text_at = self._looked_at()
                    continue
            self.has_data = True
            if len(row.cells) < table.width:
                continue
            self._look_for_turn(row)
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

    def look_at_blocks(self, blocks: Iterable[Block]) -> None:
        """Look through all rows, whole columns at once."""
        for part in parts(blocks, self.table, self.headers):
            self._look_at_part(part)

    def _look_for_turn(self, row: Row) -> None:
        turn = self._turn
        if turn is not None and not self.has_turned:
            at, cells = self.headers.position, row.cells
            texts = [cells[at[name]] if name in at else "" for name in turn.columns]
            amount = cells[at[turn.amount]] if turn.amount in at else ""
            self.has_turned = turn.is_sign(*texts, _SOME.match(amount) is not None)

    def _look_for_turn_in(self, part: Part) -> None:
        turn, at = self._turn, part.position
        if turn is None or self.has_turned:
            return
        cells = {
            name: pl.col(str(at[name])) if name in at else pl.lit("")
            for name in (*turn.columns, turn.amount)
        }
        amount = cells.pop(turn.amount).str.contains(_SOME.pattern)
        frame = part.block.frame.select(**cells, some=amount)
        self.has_turned = any(turn.is_sign(*row) for row in frame.unique().iter_rows())
        for row in part.block.odd:
            if len(row.cells) >= len(part.header):
                self._look_for_turn(row)

    def _look_at_part(self, part: Part) -> None:
        self._look_for_turn_in(part)
        frame, odd, at = part.block.frame, part.block.odd, part.position
        numbers_seen = [row.number for row in odd[-1:]] + frame[ROW].tail(1).to_list()
        self.last_row = max([self.last_row, *numbers_seen])
        if not self.has_data:
            self.has_data = bool(odd) or not all(
                is_blank(cells) for _row, *cells in frame.iter_rows()
            )
        number_at = [at[name] for name in self.form.number_columns if name in at]
        date_at = [at[name] for name in self.form.date_columns if name in at]
        odd = [row for row in odd if len(row.cells) >= len(part.header)]
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
            days += self._new_days(frame, index, order)
        # as if all rows had been looked at one after the other
        for row, _order, cell, count in sorted(numbers):
            self.numbers.look(row, cell, count)
        for row, _order, cell in sorted(days):
            if cell:
                self.dates.look(row, cell)

    def _new_days(
        self, frame: pl.DataFrame, index: int, order: int
    ) -> list[tuple[int, int, str]]:
        """Return row, order and cell of days that were not looked at before."""
        cells = frame[str(index)]
        new = [cell for cell in cells.unique() if cell not in self._days_seen]
        if not new:
            return []
        if len(self._days_seen) < MAX_REMEMBERED:
            self._days_seen.update(new)
        found = (
            frame.filter(cells.is_in(new)).group_by(str(index)).agg(pl.col(ROW).min())
        )
        return [(row, order, cell) for cell, row in found.iter_rows()]

    def wanted(self) -> list[int]:
        """Return the cells that `look_at_blocks` looks at."""
        form, at = self.form, self.headers.position
        names = (*form.number_columns, *form.date_columns, *form.identity_columns)
        if self._turn is not None:
            names += (*self._turn.columns, self._turn.amount)
        return sorted({at[name] for name in names if name in at})

    def decide(self) -> tuple[NumberStyle, DateStyle, list[Notice]]:
        """Return how the file writes numbers and dates, and what is odd about it.

        :raise UnreadableFile: the file has no rows, contradicts itself or leaves
            open what is meant
        """
        table, form = self.table, self.form
        if not self.has_data:
            raise UnreadableFile(
                table.name,
                _(
                    "has a header but no rows; download it again when the invoice is "
                    "ready"
                ),
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

    def _looked_at(self) -> tuple[list[int], ...]:
        """Return where numbers, dates and texts with dates stand."""
        form, at = self.form, self.headers.position
        groups = (form.number_columns, form.date_columns, form.text_date_columns)
        return tuple([at[name] for name in group if name in at] for group in groups)


def _number_kinds(
    frame: pl.DataFrame, index: int, order: int
) -> list[tuple[int, int, str, int]]:
    """Return row, order, cell and count of ways in which a column's numbers are written."""
    found = []
    cells = frame.select(ROW, pl.col(str(index)).alias("cell"))
    for pattern in _USUAL:
        usual = cells["cell"].str.contains(pattern)
        count = int(usual.sum())
        if count:
            row, cell = cells.row(int(usual.arg_max() or 0))
            found.append((row, order, cell, count))
            cells = cells.filter(~usual)
        # the other patterns need a mark
        if pattern == _USUAL[0]:
            cells = cells.filter(pl.col("cell").str.contains("[.,]"))
            if not cells.height:
                return found
    kinds = cells.group_by("cell").agg(pl.col(ROW).min(), pl.len())
    found += [(row, order, cell, count) for cell, row, count in kinds.iter_rows()]
    return found
