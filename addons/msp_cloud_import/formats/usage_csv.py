"""Large delimited texts as columns of texts.

polars cuts a piece of the text into cells, if every line of the piece certainly is
one row whose quotation marks match. Any other piece is cut row by row, as all other
formats are, so both ways always agree.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace

import polars as pl

from .glued import Headers
from .tabular import MAX_CELL_CHARS, Row, Table
from .usage_blocks import BLOCK_ROWS, ROW, Block, Wanted, block_of_rows, schema
from .usage_parts import is_suspect

PIECE = 8 << 20
_BOM = b"\xef\xbb\xbf"
# In each such part a line must end, so no line is too long for a cell.
_STEP = MAX_CELL_CHARS // 2
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the file from the beginning of a row to the end of one.

    :param first_row: number of its first row
    :param is_plain: every line is a row with the cells of the header, and its
        quotation marks match
    """

    start: int
    size: int
    first_row: int
    rows: int
    is_plain: bool = True


class CsvBlocks:
    """Cuts the text of one file into blocks, any number of times."""

    def __init__(self, table: Table, headers: Headers, piece: int = PIECE):
        self._table, self._headers, self._piece = table, headers, piece
        self._plan: list[Piece] = []
        mark = re.escape(table.delimiter.encode())
        self._quoted = re.compile(
            rb'"(?<=[\n' + mark + rb']")[^"]*(?:""[^"]*)*"(?=[\r\n' + mark + rb"]|\Z)"
        )

    def blocks(self, wanted: Wanted = None) -> Iterator[Block]:
        """Yield the blocks of the file, with the rows above the header.

        :param wanted: says which cells are wanted at least; by default all
        """
        plan: list[Piece] = []
        # the next piece is looked through while one is worked on
        with ThreadPoolExecutor(max_workers=1) as worker:
            found = self._following(plan, worker)
            while found is not None:
                piece, data, is_plain = found
                if is_plain.result():
                    plan.append(piece)
                    found = self._following(plan, worker)
                    yield self._cut_plain(piece, data, wanted)
                else:
                    sizes: list[int] = []
                    yield from self._cut_rows(piece, sizes)
                    size, rows = sizes
                    plan.append(replace(piece, size=size, rows=rows, is_plain=False))
                    found = self._following(plan, worker)
        self._plan = plan

    def _following(
        self, plan: Sequence[Piece], worker: Executor
    ) -> tuple[Piece, bytes, Future[bool]] | None:
        """Return the piece after those of a plan, None after the last one.

        :return: the piece, its bytes, and whether it is plain once that is known
        """
        stream = self._table.plain.stream
        if self._plan:
            if len(plan) == len(self._plan):
                return None
            piece = self._plan[len(plan)]
            known = Future[bool]()
            known.set_result(piece.is_plain)
            stream.seek(piece.start)
            data = stream.read(piece.size) if piece.is_plain else b""
            return piece, data, known
        start, row = self._first_byte(), 1
        if plan:
            start = plan[-1].start + plan[-1].size
            row = plan[-1].first_row + plan[-1].rows
        data = self._read(start)
        if not data:
            return None
        ends = data.count(b"\n")
        piece = Piece(start, len(data), row, ends + (not data.endswith(b"\n")))
        return piece, data, worker.submit(self._is_plain, data, ends)

    def _first_byte(self) -> int:
        stream = self._table.plain.stream
        stream.seek(0)
        has_mark = self._table.encoding.codec == "utf-8-sig"
        return len(_BOM) if has_mark and stream.read(len(_BOM)) == _BOM else 0

    def _read(self, start: int) -> bytes:
        """Return a piece of the file up to the end of a line."""
        stream = self._table.plain.stream
        stream.seek(start)
        data = stream.read(self._piece)
        if len(data) < self._piece:
            return data
        end = data.rfind(b"\n") + 1
        return data[:end] if end else data

    def _is_plain(self, data: bytes, ends: int) -> bool:
        if not data.endswith(b"\n") and len(data) == self._piece:
            return False
        starts = range(0, len(data), _STEP)
        if any(data.find(b"\n", at, at + _STEP) < 0 for at in starts[:-1]):
            return False
        # one byte is found a hundred times faster than three
        if _BOM[:1] in data and _BOM in data:
            return False
        rest = data
        if b'"' in data:
            begun = b"\n" + data if data.startswith(b'"') else data
            rest = self._quoted.sub(b"", begun)
            # a quotation mark that is left did not open a cell, or nothing closed it
            if b'"' in rest:
                return False
            rest = rest[len(begun) - len(data) :]
        return self._is_even(rest, ends, data.endswith(b"\n"))

    def _is_even(self, rest: bytes, ends: int, is_ended: bool) -> bool:
        """Return whether all lines have as many cells as the header.

        :param rest: a piece without its quoted cells
        :param ends: number of line ends of the piece, those in cells included
        """
        mark = self._table.delimiter.encode()
        kept = rest.translate(None, bytes(set(range(256)) - {*mark, *b"\r\n"}))
        cells = mark * (self._table.width - 1)
        end = b"\r\n" if b"\r" in kept else b"\n"
        line = cells + end
        return kept == line * ends + (b"" if is_ended else cells)

    def _cut_plain(self, piece: Piece, data: bytes, wanted: Wanted) -> Block:
        if self._table.encoding.codec == "cp1252":
            data = data.decode("cp1252").encode()
        at = self._headers.number_at
        if wanted is None or at is None:
            frame = self._frame(data, None)
        else:
            frame = self._frame(data, sorted({*wanted(), at}))
            if frame.select(is_suspect(at).any()).item():
                frame = self._frame(data, None)  # a header is told by all its cells
        if frame.height != piece.rows:
            raise AssertionError(f"{frame.height} rows cut out of {piece.rows} lines")
        first = piece.first_row
        numbers = pl.int_range(first, first + piece.rows, dtype=pl.Int64, eager=True)
        return Block(frame.insert_column(0, numbers.alias(ROW)))

    def _frame(self, data: bytes, columns: Sequence[int] | None) -> pl.DataFrame:
        return pl.read_csv(
            data,
            has_header=False,
            separator=self._table.delimiter,
            schema=schema(range(self._table.width)),
            columns=columns,
            empty_string_is_null=False,
        )

    def _cut_rows(self, piece: Piece, sizes: list[int]) -> Iterator[Block]:
        """Yield the rows of a piece, cut one by one.

        The last one may end behind the piece.

        :param sizes: gets the bytes and rows taken
        """
        table, lengths = self._table, deque[int]()
        taken, number = 0, piece.first_row
        batch: list[Row] = []
        for record in table.records(piece.start, lengths):
            row = table.row(number, record)
            batch.append(row)
            lines = len(_LINE_END.findall(record))
            if not record.endswith(("\r", "\n")):
                lines += 1
            taken += sum(lengths.popleft() for _ in range(lines))
            number += 1
            # what follows may have other columns
            is_header = number > table.header_row and self._headers.may_take(row.cells)
            if is_header or len(batch) == BLOCK_ROWS:
                yield block_of_rows(batch, table.width)
                batch = []
            if taken >= piece.size:
                break
        if batch:
            yield block_of_rows(batch, table.width)
        sizes += [taken, number - piece.first_row]
