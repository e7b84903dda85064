"""Blocks of cells become details of charges and problems.

Rows of a block that are as usual are grouped by all cells that say what the charge
is; one row of each group is read by `UsageRow`, the others follow it. All other
rows are read one by one by the same code.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from .layout import Layout
from .problem import Notice, Problem
from .provider_charge import plain
from .tabular import Row
from .usage_blocks import ROW, Block
from .usage_columns import usage_columns
from .usage_row import DETAIL_TEXTS, SUMMED, UsageRow
from .usage_sums import NO_TAGS, Sums
from .usage_values import (
    Leftovers,
    days,
    decimals,
    plain_numbers,
    stripped,
    tags_of,
)

# A detail: one row of the file.
DETAIL_SCHEMA: dict[str, type[pl.DataType]] = {
    "row": pl.Int64,
    "charge_key": pl.String,
    "charge_date": pl.Date,
    "quantity": pl.String,
    "unit_price": pl.String,
    "billed_cost": pl.String,
    **dict.fromkeys(DETAIL_TEXTS, pl.String),
    "tags": pl.String,
    "raw": pl.String,
}
_GROUP, _INDEX, _MONTH, _TAG = "group", "index", "month", "tag"
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


class Engine:
    """Reads the blocks of one file."""

    def __init__(self, layout: Layout, row: type[UsageRow], sums: Sums):
        self._layout, self._row, self.sums = layout, row, sums
        self._columns = usage_columns(layout, row)
        self._leftovers = Leftovers(self._columns.leftovers)
        # group of equal cells -> its charge, None if its rows are read one by one
        self._groups: dict[bytes, int | None] = {}
        self._tag_numbers: dict[str, int] = {}
        self.tags: list[str] = []
        self._notices: list[Notice] = []

    # -- whole columns ---------------------------------------------------------

    def usual(self, block: Block) -> tuple[Usual, list[Row]]:
        """Return the usual rows of a block, and all others in their order."""
        cells, columns = block.frame, self._columns
        day = days(cells[str(columns.day)], self._layout.dates)
        fits, texts = day.is_not_null(), {}
        for name, index in columns.sums.items():
            texts[name] = plain_numbers(cells[str(index)], self._layout.numbers)
            fits &= texts[name].is_not_null()
        fits &= texts["billed_cost"].fill_null("") != ""
        others = block.odd
        data = {ROW: cells[ROW], "charge_date": day, **texts}
        frame = pl.DataFrame(data)
        if not fits.all():
            others = sorted(
                [*others, *_rows(cells.filter(~fits))], key=lambda row: row.number
            )
            frame, cells = frame.filter(fits), cells.filter(fits)
        sums = pl.DataFrame({name: decimals(frame[name]) for name in columns.sums})
        return Usual(self._details(frame, cells), sums, cells), others

    def _details(self, frame: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
        columns, height = self._columns, frame.height
        blank = pl.repeat(None, height, dtype=pl.String, eager=True)
        texts = {
            name: _or_null(stripped(cells[str(columns.details[name])]))
            if name in columns.details
            else blank
            for name in DETAIL_TEXTS
        }
        if "resource_name" not in columns.details and "resource_id" in columns.details:
            texts["resource_name"] = texts["resource_id"].str.extract("([^/]*)$")
        has_quantity = "pricing_quantity" in frame.columns
        quantity = frame["pricing_quantity"] if has_quantity else blank
        tags = blank
        if columns.tags is not None:
            name = str(columns.tags)
            tags = tags_of(cells[name], self._row.tags)
            # what is no JSON is kept as it is
            others = pl.when(tags.is_null()).then(cells[name]).otherwise(pl.lit(""))
            cells = cells.with_columns(others.alias(name))
        raw = self._leftovers.of_frame(cells)
        return pl.DataFrame(
            {
                ROW: frame[ROW],
                "charge_date": frame["charge_date"],
                "quantity": _or_null(quantity),
                "billed_cost": frame["billed_cost"],
                **texts,
                "tags": tags,
                "raw": raw,
            }
        )

    # -- groups ----------------------------------------------------------------

    def take(
        self, usual: Usual, others: Sequence[Row], read: "ReadRow"
    ) -> tuple[pl.DataFrame, list[Problem]]:
        """Add rows to their charges; return the details, and the problems.

        :param read: reads one row by `read`, or says what is wrong with it
        """
        charge, alone = self._add_groups(usual)
        frames = [self._with_charges(usual.frame, charge)]
        if alone:
            rows = _rows(usual.cells[alone])
            others = sorted([*others, *rows], key=lambda row: row.number)
        lines, problems = [], []
        for row in others:
            line = read(row)
            if isinstance(line, Problem):
                problems.append(line)
            else:
                lines.append(self._add_line(line))
        if lines:
            frames.append(pl.DataFrame(lines, schema=DETAIL_SCHEMA, orient="row"))
            frames = [pl.concat(frames).sort(ROW)]
        return frames[0], problems

    def _add_groups(self, usual: Usual) -> tuple[pl.Series, list[int]]:
        """Add the rows to the charges of their groups.

        :return: number of the charge per row, null for the rows to be read alone;
            the indexes of these
        """
        cells, names = usual.cells, [str(index) for index in self._columns.common]
        sums = [name for name in SUMMED if name in usual.sums.columns]
        table = cells.select(names).with_columns(
            usual.frame.select(_MONTHS.alias(_MONTH)).to_series(),
            self._numbered(usual.frame["tags"]).alias(_TAG),
            *usual.sums.get_columns(),
            pl.int_range(cells.height, dtype=pl.Int64).alias(_INDEX),
        )
        groups = table.group_by([*names, _MONTH], maintain_order=True).agg(
            pl.col(_INDEX),
            pl.col(_TAG).min().alias("first tag"),
            pl.col(_TAG).max().alias("last tag"),
            *(pl.col(name).sum() for name in sums),
            *(pl.col(name).count().alias(f"{name} count") for name in sums),
        )
        width = len(names) + 1
        found: list[int | None] = []
        for group in groups.iter_rows():
            indexes, first, last, *amounts = group[width:]
            charge = self._charge_of(group[:width], cells, indexes[0])
            found.append(charge)
            if charge is None:
                continue
            filled = {
                name: amounts[at] if amounts[at + len(sums)] else None
                for at, name in enumerate(sums)
            }
            self.sums.add(
                charge, [filled.get(name) for name in SUMMED], len(indexes), first, last
            )
        numbers = groups.select(
            pl.col(_INDEX), pl.Series("charge", found, dtype=pl.Int64)
        )
        numbers = numbers.explode(_INDEX).sort(_INDEX)["charge"]
        return numbers, numbers.is_null().arg_true().to_list()

    def _charge_of(
        self, texts: tuple[object, ...], cells: pl.DataFrame, first: int
    ) -> int | None:
        """Return the charge of a group of equal cells, None if it has none."""
        digest = hashlib.blake2b(repr(texts).encode(), digest_size=16).digest()
        try:
            return self._groups[digest]
        except KeyError:
            (row,) = _rows(cells[[first]])
        line = self.read(row.number, row.cells)
        charge = None
        if not isinstance(line, Problem) and not line.is_single(line.describe()):
            charge = self._find(line)
        self._groups[digest] = charge
        return charge

    def _numbered(self, tags: pl.Series) -> pl.Series:
        """Return the number of each text of tags."""
        numbers = {
            text: self._tag_number(text) for text in tags.unique(maintain_order=True)
        }
        return tags.replace_strict(
            pl.Series(list(numbers), dtype=pl.String),
            pl.Series(list(numbers.values()), dtype=pl.Int64),
            return_dtype=pl.Int64,
        )

    def _tag_number(self, text: str | None) -> int:
        if text is None:
            return NO_TAGS
        number = self._tag_numbers.setdefault(text, len(self.tags))
        if number == len(self.tags):
            self.tags.append(text)
        return number

    def _with_charges(self, frame: pl.DataFrame, charges: pl.Series) -> pl.DataFrame:
        taken = charges.is_not_null()
        if not taken.all():
            frame, charges = frame.filter(taken), charges.filter(taken)
        used = charges.unique()
        sums = [self.sums.all[number] for number in used]
        prices = [one.fields.get("contracted_unit_price") for one in sums]
        of_charge = {
            "charge_key": pl.Series([one.key for one in sums], dtype=pl.String),
            "unit_price": pl.Series(
                [None if price is None else plain(price) for price in prices],
                dtype=pl.String,
            ),
        }
        columns = {
            name: charges.replace_strict(used, values, return_dtype=pl.String)
            for name, values in of_charge.items()
        }
        return frame.with_columns(**columns).select(list(DETAIL_SCHEMA))

    # -- single rows -----------------------------------------------------------

    def take_notices(self) -> list[Notice]:
        """Return what was odd about charges that are new since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def money(
        self, row: int, cells: Sequence[str]
    ) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency of a row that cannot be read."""
        return self._row(self._layout, row, cells).money()

    def read(self, number: int, cells: Sequence[str]) -> UsageRow | Problem:
        """Return a row with all its values, or what is wrong with it."""
        line = self._row(self._layout, number, cells)
        line.read()
        return line.problem() if line.bad else line

    def _find(self, line: UsageRow) -> int:
        """Return the number of a row's charge."""
        charge, is_new = self.sums.find(line)
        if is_new:
            fields = self.sums.all[charge].fields
            self._notices += [
                Notice(line.row, code, reason) for code, reason in line.oddities(fields)
            ]
        return charge

    def _add_line(self, line: UsageRow) -> tuple[object, ...]:
        """Add a row to its charge; return its detail."""
        charge, columns = self._find(line), self._columns
        one = self.sums.all[charge]
        amounts = [line.numbers.get(line.SUMS.get(name, "")) for name in SUMMED]
        texts = {
            name: line.cell(line.DETAILS[name]) if name in columns.details else ""
            for name in DETAIL_TEXTS
        }
        if "resource_name" not in columns.details:
            texts["resource_name"] = texts["resource_id"].rpartition("/")[2]
        cells = dict(enumerate(line.cells))
        tags = None
        if columns.tags is not None:
            tags = self._row.tags(line.cell(line.TAGS))
            if tags is not None:
                cells[columns.tags] = ""
        tag = self._tag_number(tags)
        self.sums.add(charge, amounts, 1, tag, tag)
        quantity = amounts[SUMMED.index("pricing_quantity")]
        price = one.fields.get("contracted_unit_price")
        return (
            line.row,
            one.key,
            line.day,
            None if quantity is None else plain(quantity),
            None if price is None else plain(price),
            plain(line.amount),
            *(text or None for text in texts.values()),
            tags,
            self._leftovers.of_cells(cells),
        )


ReadRow = Callable[[Row], UsageRow | Problem]


def _rows(cells: pl.DataFrame) -> list[Row]:
    return [Row(number, list(texts)) for number, *texts in cells.iter_rows()]


def _or_null(texts: pl.Series) -> pl.Series:
    return texts.set(texts == "", None)
