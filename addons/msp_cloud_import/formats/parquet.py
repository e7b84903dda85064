"""Rows of a Parquet file, or of the parts of an export, as columns of texts.

Numbers become the shortest text that means them, days and times ISO 8601 in UTC,
maps and structures JSON. Rows are numbered from 1; the names of the columns stand
above.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any, BinaryIO

import polars as pl

from .errors import UnreadableFile
from .limits import Limits
from .parquet_claims import DAMAGED, check_claims, too_many_rows
from .plain import Plain, too_large
from .problem import Notice
from .sentence import _
from .tabular import MAX_CELL_CHARS, Row, too_long
from .usage_blocks import ROW, Block, Wanted, rows_of, without_nul

_ROWS = 20_000
# Texts of a block; long cells make it shorter.
_BLOCK_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class _Part:
    """One file.

    :param rows: how many there are
    """

    file: IO[bytes]
    rows: int


@dataclass(slots=True)
class ParquetTable:
    """The rows of one Parquet file, or of its parts in their order; see `Rows`."""

    name: str
    plain: Plain
    limits: Limits
    width: int = 0
    header_row: int = 0
    delimiter: str = ","
    decimal_mark: str = "."
    is_workbook: bool = False
    names: list[str] = field(init=False)
    _parts: list[_Part] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Look at what the file claims.

        :raise UnreadableFile: it is damaged or too large
        """
        rows = 0
        try:
            for number, stream in enumerate((self.plain.stream, *self.plain.more), 1):
                part = self._take(stream)
                rows += part.rows
                names = self._try(partial(_names, part))
                if number == 1:
                    self.names = names
                elif set(names) != set(self.names):
                    raise UnreadableFile(
                        self.name,
                        _(
                            "has other columns in part %(number)s than in the first "
                            "one; download the export again",
                            number=number,
                        ),
                    )
            if rows > self.limits.rows:
                raise too_many_rows(self.name, self.limits)
        except UnreadableFile:
            self._close_parts()
            raise

    def _take(self, stream: BinaryIO) -> _Part:
        rows = check_claims(stream, self.name, self.limits)
        # polars maps a file into memory and would copy a stream
        file = tempfile.NamedTemporaryFile(suffix=".parquet")  # noqa: SIM115
        part = _Part(file, rows)
        self._parts.append(part)
        stream.seek(0)
        shutil.copyfileobj(stream, file, 1 << 20)
        file.flush()
        return part

    def _close_parts(self) -> None:
        for part in self._parts:
            part.file.close()

    def openings(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield the names of the columns as header."""
        yield "parquet", [Row(0, list(self.names))]

    def choose(self, opening: str, header_row: int, width: int) -> None:
        """Take the header; there is only one way to read the file."""
        self.header_row, self.width = header_row, width

    def rows(self) -> Iterator[Row]:
        """Yield the rows."""
        for block in self.blocks():
            rows = rows_of(block.frame) + block.odd
            yield from sorted(rows, key=lambda row: row.number)

    def records(self) -> Iterator[str]:
        """Yield each row as JSON text."""
        for row in self.rows():
            cells = dict(zip(self.names, row.cells, strict=False))
            yield json.dumps(cells, ensure_ascii=False)

    def notices(self) -> list[Notice]:
        """Return nothing: there are no encodings or delimiters to guess."""
        return []

    def close(self) -> None:
        """Remove the copy; a stream that was handed over stays open."""
        self._close_parts()
        self.plain.close()

    def blocks(self, wanted: Wanted = None) -> Iterator[Block]:
        """Yield the blocks of the file, always with all cells.

        :raise UnreadableFile: it is damaged, or holds more than the limits allow
        """
        size, first = 0, 1
        for part in self._parts:
            for start in range(0, part.rows, _ROWS):
                frame = self._try(partial(self._cut, part, start))
                if frame.height != min(_ROWS, part.rows - start):
                    raise UnreadableFile(self.name, DAMAGED)
                bytes_ = self._check_texts(frame, first)
                size += bytes_
                if size > self.limits.total_bytes * len(self._parts):
                    raise too_large(self.name, self.limits.total_bytes)
                numbers = pl.int_range(
                    first, first + frame.height, dtype=pl.Int64, eager=True
                )
                first += frame.height
                frame = frame.insert_column(0, numbers.alias(ROW))
                step = max(1, frame.height * _BLOCK_BYTES // max(bytes_, _BLOCK_BYTES))
                for piece in frame.iter_slices(step):
                    yield without_nul(Block(piece))

    def _check_texts(self, frame: pl.DataFrame, first: int) -> int:
        """Return the bytes of all cells; refuse one that is too long."""
        lengths = frame.select(pl.all().str.len_bytes().max()).row(0)
        for column, length in enumerate(lengths, start=1):
            if length and length > MAX_CELL_CHARS:
                raise too_long(self.name, first, column)
        texts = frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum()))
        return int(texts.item() or 0)

    def _cut(self, part: _Part, start: int) -> pl.DataFrame:
        frame = _scan(part).slice(start, _ROWS).collect()
        return pl.DataFrame(
            {
                str(index): _texts(frame[name]).fill_null("")
                for index, name in enumerate(self.names)
            }
        )

    def _try(self, read: Callable[[], Any]) -> Any:
        """Return what `read` does; whatever it cannot read is a damaged file."""
        try:
            return read()
        except (pl.exceptions.PolarsError, OSError, UnicodeError) as error:
            raise UnreadableFile(self.name, DAMAGED) from error
        except pl.exceptions.PanicException as error:
            # raised where polars meets what its authors held to be impossible
            raise UnreadableFile(self.name, DAMAGED) from error


def _scan(part: _Part) -> pl.LazyFrame:
    return pl.scan_parquet(part.file.name, glob=False, low_memory=True, parallel="none")


def _names(part: _Part) -> list[str]:
    return _scan(part).collect_schema().names()


def _texts(cells: pl.Series) -> pl.Series:
    """Return the cells of a column as texts."""
    kind = cells.dtype
    if kind == pl.String:
        return cells
    if isinstance(kind, pl.Datetime):
        if kind.time_zone:
            cells = cells.dt.convert_time_zone("UTC")
        return cells.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if kind == pl.Binary:
        # written by programs that do not mark texts as such
        return pl.Series(
            [
                None if cell is None else cell.decode("utf-8", "replace")
                for cell in cells
            ],
            dtype=pl.String,
        )
    if kind.is_nested() or kind == pl.Object:
        return pl.Series([_json(cell) for cell in cells.to_list()], dtype=pl.String)
    return cells.cast(pl.String)


def _json(value: object) -> str | None:
    """Return a map, list or structure as JSON; of a map its keys and values."""
    if value is None:
        return None
    if isinstance(value, list) and all(
        isinstance(one, dict) and set(one) == {"key", "value"} for one in value
    ):
        value = {str(one["key"]): one["value"] for one in value}
    return json.dumps(value, ensure_ascii=False, default=str)
