"""Rows of a table as columns of texts, some thousand rows at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import polars as pl

from .sentence import _
from .tabular import Row, Rows

BLOCK_ROWS = 10_000
ROW = "row"
_NUL = _(
    "the row contains a NUL character, so it is damaged; correct the row or download "
    "the file again"
)
_SURROGATE = _(
    "the row contains half a character, so it is damaged; correct the row or download "
    "the file again"
)


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows that follow one another.

    :param frame: the rows that have as many cells as the header: `ROW`, and a column
        of texts per cell, named by its index
    :param odd: the other rows
    """

    frame: pl.DataFrame
    odd: list[Row] = field(default_factory=list)


# Says which cells are wanted at least; None: all.
Wanted = Callable[[], Sequence[int]] | None
Cut = Callable[[Wanted], Iterator[Block]]


def schema(indexes: Iterable[int]) -> dict[str, type[pl.DataType]]:
    """Return the types of a block's frame, but for `ROW`."""
    return {str(index): pl.String for index in indexes}


def rows_of(frame: pl.DataFrame) -> list[Row]:
    """Return the rows of a block's frame."""
    return [Row(number, list(cells)) for number, *cells in frame.iter_rows()]


def blocks_of_rows(table: Rows, wanted: Wanted = None) -> Iterator[Block]:
    """Yield the blocks of any table, those above the header included."""
    rows = table.rows()
    while batch := list(islice(rows, BLOCK_ROWS)):
        yield block_of_rows(batch, table.width)


def block_of_rows(rows: Sequence[Row], width: int) -> Block:
    """Return rows that were cut into cells already."""
    odd, fitting = [], []
    for row in rows:
        cells = row.cells
        if row.broken is None and (
            len(cells) == width
            or (len(cells) > width and not any(c.strip() for c in cells[width:]))
        ):
            fitting.append(row)
        else:
            odd.append(row)
    try:
        return _block(fitting, width, odd)
    except UnicodeEncodeError:
        whole = []
        for row in fitting:
            try:
                "".join(row.cells).encode()
            except UnicodeEncodeError:
                odd.append(Row(row.number, [], _SURROGATE))
            else:
                whole.append(row)
        return _block(whole, width, odd)


def _block(rows: Sequence[Row], width: int, odd: list[Row]) -> Block:
    columns = list(zip(*(row.cells[:width] for row in rows), strict=True))
    data = {
        str(index): pl.Series(columns[index] if columns else [], dtype=pl.String)
        for index in range(width)
    }
    numbers = pl.Series([row.number for row in rows], dtype=pl.Int64)
    odd.sort(key=lambda row: row.number)
    return without_nul(Block(pl.DataFrame({ROW: numbers, **data}), odd))


def without_nul(block: Block) -> Block:
    """Return a block whose rows can be stored: a NUL character makes a row odd."""
    cells = pl.exclude(ROW).str.contains("\0", literal=True)
    has_nul = block.frame.select(pl.any_horizontal(cells)).to_series().fill_null(False)
    if not has_nul.any():
        return block
    odd = [Row(row, [], _NUL) for row in block.frame.filter(has_nul)[ROW]]
    odd = sorted([*block.odd, *odd], key=lambda row: row.number)
    return Block(block.frame.filter(~has_nul), odd)
