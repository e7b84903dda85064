"""Blocks of data alone: without titles, headers and blank rows, one header each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from .glued import Headers
from .tabular import Row, Rows, is_blank
from .usage_blocks import ROW, Block, block_of_rows, rows_of

_LETTER = r"\p{L}"
_EXPONENT = r"^[+-]?[0-9.,]+[eE][+-]?[0-9]+$"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of data under one header.

    :param header: column names as in this part of the file
    :param position: our column name -> index in a row
    """

    block: Block
    header: tuple[str, ...]
    position: Mapping[str, int]


def parts(blocks: Iterable[Block], table: Rows, headers: Headers) -> Iterator[Part]:
    """Yield the rows of data of a file; `headers` follows."""
    for block in blocks:
        frame, odd = block.frame, block.odd
        if frame.height and frame[ROW][0] <= table.header_row:
            frame = frame.filter(pl.col(ROW) > table.header_row)
        odd = [row for row in odd if row.number > table.header_row]
        yield from _split(Block(frame, odd), table, headers)


def _split(block: Block, table: Rows, headers: Headers) -> Iterator[Part]:
    while True:
        header, position = headers.header, headers.position
        no_data = []
        for row in _suspects(block, headers):
            if is_blank(row.cells):
                no_data.append(row.number)
            elif headers.take(row.cells):
                no_data.append(row.number)
                if headers.header != header:
                    break
        else:
            yield Part(_without(block, no_data), header, position)
            return
        end = no_data[-1]
        before = Block(
            block.frame.filter(pl.col(ROW) < end),
            [one for one in block.odd if one.number < end],
        )
        yield Part(_without(before, no_data), header, position)
        rest = rows_of(block.frame.filter(pl.col(ROW) > end))
        rest += [one for one in block.odd if one.number > end]
        rest.sort(key=lambda one: one.number)
        block = block_of_rows(rest, table.width)


def _suspects(block: Block, headers: Headers) -> list[Row]:
    """Return the rows that may be no data, in their order."""
    rows = [row for row in block.odd if row.broken is None]
    if headers.number_at is None:
        rows += rows_of(block.frame)
    elif str(headers.number_at) in block.frame.columns:
        rows += rows_of(block.frame.filter(is_suspect(headers.number_at)))
    rows.sort(key=lambda row: row.number)
    return rows


def is_suspect(index: int) -> pl.Expr:
    """Return whether a cell of a number column holds letters."""
    cell = pl.col(str(index))
    return cell.str.contains(_LETTER) & ~cell.str.contains(_EXPONENT)


def _without(block: Block, numbers: list[int]) -> Block:
    if not numbers:
        return block
    return Block(
        block.frame.filter(~pl.col(ROW).is_in(numbers)),
        [row for row in block.odd if row.number not in numbers],
    )
