"""Blocks of cells become details of charges and problems.

Rows of a block that are as usual are grouped by all cells that say what the charge
is; one row of each group is read by `UsageRow`, the others follow it. All other
rows are read one by one by the same code.
"""

import hashlib
import heapq
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from .layout import Layout
from .problem import Notice, Problem
from .tabular import Row
from .usage_blocks import ROW, Block, rows_of
from .usage_columns import usage_columns
from .usage_details import DETAIL_SCHEMA, Details, price_of
from .usage_format import UsageFormat
from .usage_row import SUMMED, UsageRow
from .usage_sums import Sums
from .usage_values import (
    DECIMAL,
    are_days,
    days,
    decimals,
    mapped,
    plain_numbers,
)

_INDEX, _MONTH, _TAG, _SUMS = "index", "month", "tag", "sums"
# A cell that names somebody: neither blank nor, as `Reading` has it, a total.
_NAME = re.compile(
    r"^(?!.*(?:total|sum|gesamt|totaal|yhteens)).*\S", re.IGNORECASE | re.DOTALL
)
_MONTHS = pl.col("charge_date").dt.year() * 12 + pl.col("charge_date").dt.month()


@dataclass(frozen=True, slots=True)
class Usual:
    """The rows of a block whose numbers and days are as usual.

    :param frame: as `DETAIL_SCHEMA`, without charge and price
    :param sums: exact decimals in order of `SUMMED`, for those the file has
    :param cells: the cells of these rows
    """

    frame: pl.DataFrame
    sums: pl.DataFrame
    cells: pl.DataFrame

    def part(self, first: int, end: int) -> "Usual":
        """Return some of the rows."""
        length = end - first
        return Usual(
            self.frame.slice(first, length),
            self.sums.slice(first, length),
            self.cells.slice(first, length),
        )


@dataclass(frozen=True, slots=True, order=True)
class _Task:
    """A row to be read.

    :param group: number of the group for which it stands, None if for itself
    """

    number: int
    row: Row = field(compare=False)
    group: int | None = field(default=None, compare=False)


class Engine:
    """Reads the blocks of one file."""

    def __init__(self, layout: Layout, form: UsageFormat, sums: Sums):
        self.layout, self._row, self.sums = layout, form.row, sums
        self._columns = usage_columns(layout, form)
        self._details = Details(form.row, self._columns)
        # group of equal cells -> its charge, None if its rows are read one by one
        self._charges: dict[bytes, int | None] = {}
        self._notices: list[Notice] = []

    # -- whole columns ---------------------------------------------------------

    def usual(self, block: Block) -> tuple[Usual, list[Row]]:
        """Return the usual rows of a block, and all others in their order."""
        cells, columns = block.frame, self._columns
        day = days(cells[str(columns.day)], self.layout.dates)
        fits, texts = day.is_not_null(), {}
        for index in columns.row_days:
            fits &= are_days(cells[str(index)], self.layout.dates)
        if columns.end is not None:
            end = days(cells[str(columns.end)], self.layout.dates)
            fits &= (end >= day).fill_null(True)
        for name, index in columns.sums.items():
            texts[name] = plain_numbers(cells[str(index)], self.layout.numbers)
            fits &= texts[name].is_not_null()
            if index == columns.amount:
                fits &= texts[name] != ""
        # what is not billed at all
        texts.setdefault("billed_cost", pl.Series(["0"]).new_from_index(0, len(day)))
        fits &= ~self._nameless(cells)
        others = block.odd
        data = {ROW: cells[ROW], "charge_date": day, **texts}
        frame = pl.DataFrame(data)
        if not fits.all():
            others = sorted(
                [*others, *rows_of(cells.filter(~fits))], key=lambda row: row.number
            )
            frame, cells = frame.filter(fits), cells.filter(fits)
        sums = pl.DataFrame({name: decimals(frame[name]) for name in texts})
        return Usual(self._details.of_frame(frame, cells), sums, cells), others

    def _nameless(self, cells: pl.DataFrame) -> pl.Series:
        """Return whether the rows may be total rows, which name nobody."""
        found = pl.repeat(True, cells.height, dtype=pl.Boolean, eager=True)
        for index in self._columns.identity:
            names = [
                cell for cell in cells[str(index)].unique() if not _NAME.search(cell)
            ]
            found &= cells[str(index)].is_in(names)
            if not names or not found.any():
                break
        return found

    # -- groups ----------------------------------------------------------------

    def take(
        self, usual: Usual, others: Sequence[Row], read: "ReadRow"
    ) -> tuple[pl.DataFrame, list[Problem]]:
        """Add rows to their charges; return the details, and the problems.

        :param read: returns a `UsageRow`, read by `read`, or a Problem
        """
        groups = self._groups_of(usual)
        digests = [
            _digest(texts) for texts in groups.select(groups.columns[:-2]).rows()
        ]
        indexes = groups[_INDEX]
        # charges begin in the order of their first rows, whichever way those are read
        tasks = [_Task(row.number, row) for row in others]
        new = [at for at, one in enumerate(digests) if one not in self._charges]
        if new:
            firsts = rows_of(usual.cells[indexes[new].list.first()])
            tasks += map(_Task, (row.number for row in firsts), firsts, new)
        for at, digest in enumerate(digests):
            if self._charges.get(digest, 0) is None:
                tasks += self._tasks_of(usual, indexes[at])
        heapq.heapify(tasks)
        lines, problems = [], []
        while tasks:
            task = heapq.heappop(tasks)
            if task.group is not None:
                charge = self._charge_of(task.row)
                self._charges[digests[task.group]] = charge
                if charge is None:
                    for one in self._tasks_of(usual, indexes[task.group]):
                        heapq.heappush(tasks, one)
                continue
            line = read(task.row)
            if isinstance(line, Problem):
                problems.append(line)
            else:
                lines.append(self._add_line(line))
        frame = self._add_groups(usual, groups, [self._charges[one] for one in digests])
        if lines:
            rows = pl.DataFrame(lines, schema=DETAIL_SCHEMA, orient="row")
            frame = pl.concat([frame, rows]).sort(ROW)
        return frame, problems

    def _groups_of(self, usual: Usual) -> pl.DataFrame:
        """Return the groups of rows with equal cells.

        :return: their cells and month, then the indexes of their rows and their sums:
            amounts with the counts of filled cells, lowest and highest tags
        """
        names = [str(index) for index in self._columns.common]
        sums = usual.sums.columns
        table = usual.cells.select(names).with_columns(
            usual.frame.select(_MONTHS.cast(pl.String).alias(_MONTH)).to_series(),
            self._numbered(usual.frame["tags"]).alias(_TAG),
            *usual.sums.get_columns(),
            pl.int_range(usual.cells.height, dtype=pl.Int64).alias(_INDEX),
        )
        amounts = [
            pl.when(pl.col(name).count() > 0).then(pl.col(name).sum()).alias(name)
            if name in sums
            else pl.lit(None, dtype=DECIMAL).alias(name)
            for name in SUMMED
        ]
        return table.group_by([*names, _MONTH], maintain_order=True).agg(
            pl.struct(
                *amounts,
                pl.len().alias("count"),
                pl.col(_TAG).min().alias("first tag"),
                pl.col(_TAG).max().alias("last tag"),
            ).alias(_SUMS),
            pl.col(_INDEX),
        )

    def _tasks_of(self, usual: Usual, indexes: pl.Series) -> list["_Task"]:
        return [_Task(row.number, row) for row in rows_of(usual.cells[indexes])]

    def _charge_of(self, row: Row) -> int | None:
        line = self.read(row.number, row.cells)
        if isinstance(line, Problem):
            return None
        fields = line.describe()
        return None if line.is_single(fields) else self._find(line, fields)

    def _add_groups(
        self, usual: Usual, groups: pl.DataFrame, charges: Sequence[int | None]
    ) -> pl.DataFrame:
        """Add groups to their charges and return the details of their rows."""
        for charge, sums in zip(charges, groups[_SUMS], strict=True):
            if charge is not None:
                *amounts, count, first, last = sums.values()
                self.sums.add(charge, amounts, count, first, last)
        numbers = groups.select(
            pl.col(_INDEX), pl.Series("charge", charges, dtype=pl.Int64)
        )
        numbers = numbers.explode(_INDEX).sort(_INDEX)["charge"]
        return self._with_charges(usual.frame, numbers)

    def _numbered(self, tags: pl.Series) -> pl.Series:
        """Return the number of each text of tags."""
        numbers = {text: self.sums.tag_number(text) for text in tags.unique()}
        return mapped(tags, numbers, pl.Int64)

    def _with_charges(self, frame: pl.DataFrame, charges: pl.Series) -> pl.DataFrame:
        taken = charges.is_not_null()
        if not taken.all():
            frame, charges = frame.filter(taken), charges.filter(taken)
        used = {number: self.sums.all[number] for number in charges.unique()}
        keys = {number: one.key for number, one in used.items()}
        prices = {number: price_of(one) for number, one in used.items()}
        return frame.with_columns(
            charge_key=mapped(charges, keys, pl.String),
            unit_price=mapped(charges, prices, pl.String),
        ).select(list(DETAIL_SCHEMA))

    # -- single rows -----------------------------------------------------------

    def take_notices(self) -> list[Notice]:
        """Return what was odd about charges that are new since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def money(
        self, row: int, cells: Sequence[str]
    ) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency of a row that cannot be read."""
        return self._row(self.layout, row, cells).money()

    def read(self, number: int, cells: Sequence[str]) -> UsageRow | Problem:
        """Return a row with all its values, or what is wrong with it."""
        line = self._row(self.layout, number, cells)
        line.read()
        return line.problem() if line.bad else line

    def _find(self, line: UsageRow, fields: dict[str, object]) -> int:
        """Return the number of a row's charge."""
        charge, is_new = self.sums.find(line, fields, self._columns)
        if is_new:
            self._notices += [
                Notice(line.row, code, reason) for code, reason in line.oddities(fields)
            ]
        return charge

    def _add_line(self, line: UsageRow) -> tuple[object, ...]:
        """Add a row to its charge; return its detail."""
        charge = self._find(line, line.describe())
        one = self.sums.all[charge]
        tags = line.tags_text()
        tag = self.sums.tag_number(tags)
        self.sums.add(charge, line.sums(), 1, tag, tag)
        return self._details.of_row(line, one, tags)


def _digest(texts: Sequence[str]) -> bytes:
    """Return what stands for a group of equal cells."""
    text = "\x1f".join(texts)
    if text.count("\x1f") >= len(texts):
        text = repr(texts)
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


ReadRow = Callable[[Row], Any]
