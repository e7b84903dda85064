"""Large delimited texts as columns of texts.

polars cuts a piece of the text into cells, if every line of the piece certainly is
one row whose quotation marks match. Any other piece is cut row by row, as all other
formats are, so both ways always agree.
"""

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from .tabular import MAX_CELL_CHARS, Row, Table
from .usage_blocks import BLOCK_ROWS, ROW, Block, block_of_rows, schema

PIECE = 8 << 20
_BOM = b"\xef\xbb\xbf"
# Stands behind the last cell of each row; a piece that contains it is cut otherwise.
_END = "\x01"
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the file from the beginning of a row to the end of one.

    :param first_row: number of its first row
    :param is_plain: whether every line is a row whose quotation marks match
    """

    start: int
    size: int
    first_row: int
    rows: int
    is_plain: bool


class CsvBlocks:
    """Cuts the text of one file into blocks, any number of times."""

    def __init__(self, table: Table, piece: int = PIECE):
        self._table, self._piece = table, piece
        self._plan: list[Piece] = []
        mark = re.escape(table.delimiter.encode())
        self._quoted = re.compile(
            rb'"(?<=[\n' + mark + rb']")[^"]*(?:""[^"]*)*"(?=[\r\n' + mark + rb"]|\Z)"
        )

    def blocks(self, indexes: Sequence[int] | None = None) -> Iterator[Block]:
        """Yield the blocks of the file, those above the header included.

        :param indexes: the cells wanted; by default all
        """
        if self._plan:
            for piece in self._plan:
                yield from self._cut(piece, indexes)
            return
        plan, start, row = [], self._first_byte(), 1
        while data := self._read(start):
            is_plain = self._is_plain(data)
            rows = data.count(b"\n") + (not data.endswith(b"\n"))
            piece = Piece(start, len(data), row, rows, is_plain)
            if is_plain:
                yield self._cut_plain(piece, data, indexes)
            else:
                sizes: list[int] = []
                yield from self._cut_rows(piece, sizes)
                size, rows = sizes
                piece = Piece(start, size, row, rows, False)
            plan.append(piece)
            start, row = start + piece.size, row + piece.rows
        self._plan = plan

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

    def _is_plain(self, data: bytes) -> bool:
        if _END.encode() in data or _BOM in data:
            return False
        if data.count(b"\r") != data.count(b"\r\n"):
            return False
        lines = data.split(b"\n")
        if max(map(len, lines)) > MAX_CELL_CHARS:
            return False
        if b'"' not in data:
            return True
        # a quotation mark that is left did not open a cell, or nothing closed it
        rest = self._quoted.sub(b"", b"\n" + data)
        return b'"' not in rest and rest.count(b"\n") == len(lines)

    def _cut(self, piece: Piece, indexes: Sequence[int] | None) -> Iterator[Block]:
        if not piece.is_plain:
            yield from self._cut_rows(piece, [])
            return
        stream = self._table.plain.stream
        stream.seek(piece.start)
        yield self._cut_plain(piece, stream.read(piece.size), indexes)

    def _cut_plain(
        self, piece: Piece, data: bytes, indexes: Sequence[int] | None
    ) -> Block:
        table, width = self._table, self._table.width
        if table.encoding.codec == "cp1252":
            data = data.decode("cp1252").encode()
        lines = data.replace(b"\r\n", b"\n").split(b"\n")
        if not lines[-1]:
            lines.pop()
        mark = table.delimiter.encode()
        wanted = range(width) if indexes is None else sorted(set(indexes))
        frame = pl.read_csv(
            (mark + _END.encode() + b"\n").join([*lines, b""]),
            has_header=False,
            separator=table.delimiter,
            schema=schema(range(width + 2)),
            columns=[*wanted, width, width + 1],
            missing_columns="insert",
            truncate_ragged_lines=True,
            empty_string_is_null=False,
        )
        if frame.height != len(lines):
            raise AssertionError(f"{frame.height} rows cut out of {len(lines)} lines")
        first = piece.first_row
        numbers = pl.int_range(first, first + len(lines), dtype=pl.Int64, eager=True)
        frame = frame.insert_column(0, numbers.alias(ROW))
        behind, after = frame[str(width)], frame[str(width + 1)]
        frame = frame.drop(str(width), str(width + 1))
        fits = behind == _END
        if fits.all():
            return Block(frame)
        # a separator at the end of the line is no cell
        fits |= (after == _END) & (behind == "")
        odd = [
            Row(first + index, table.parse(lines[index].decode(), table.delimiter))
            for index in (~fits).arg_true()
        ]
        return Block(frame.filter(fits), odd)

    def _cut_rows(self, piece: Piece, sizes: list[int]) -> Iterator[Block]:
        """Yield the rows of a piece, cut one by one.

        The last one may end behind the piece.

        :param sizes: gets the bytes and rows taken
        """
        table, lengths = self._table, deque[int]()
        taken, number = 0, piece.first_row
        batch: list[Row] = []
        for record in table.records(piece.start, lengths):
            batch.append(table.row(number, record))
            lines = len(_LINE_END.findall(record))
            if not record.endswith(("\r", "\n")):
                lines += 1
            taken += sum(lengths.popleft() for _ in range(lines))
            number += 1
            if len(batch) == BLOCK_ROWS:
                yield block_of_rows(batch, table.width)
                batch = []
            if taken >= piece.size:
                break
        if batch:
            yield block_of_rows(batch, table.width)
        sizes += [taken, number - piece.first_row]
