"""Rows of a Parquet file as columns of texts.

Numbers become the shortest text that means them, days and times ISO 8601 in UTC,
maps and structures JSON. Rows are numbered from 1; the names of the columns stand
above.
"""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

import polars as pl

from .container import Plain
from .errors import UnreadableFile
from .limits import Limits
from .parquet_claims import DAMAGED, check_claims
from .problem import Notice
from .tabular import MAX_CELL_CHARS, Row, too_long
from .usage_blocks import ROW, Block, Wanted, rows_of, without_nul

_ROWS = 20_000
# Texts of a block; long cells make it shorter.
_BLOCK_BYTES = 32 << 20


@dataclass(slots=True)
class ParquetTable:
    """The rows of one Parquet file; see `Rows`."""

    name: str
    plain: Plain
    limits: Limits
    width: int = 0
    header_row: int = 0
    delimiter: str = ","
    decimal_mark: str = "."
    is_workbook: bool = False
    names: list[str] = field(init=False)
    count: int = field(init=False)
    _file: IO[bytes] = field(init=False)

    def __post_init__(self) -> None:
        """Look at what the file claims.

        :raise UnreadableFile: it is damaged or too large
        """
        stream = self.plain.stream
        self.count = check_claims(stream, self.name, self.limits)
        # polars maps a file into memory and would copy a stream
        self._file = tempfile.NamedTemporaryFile(suffix=".parquet")  # noqa: SIM115
        stream.seek(0)
        shutil.copyfileobj(stream, self._file, 1 << 20)
        self._file.flush()
        try:
            self.names = self._try(lambda: self._scan().collect_schema().names())
        except UnreadableFile:
            self._file.close()
            raise

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
        self._file.close()
        if self.plain.owned:
            self.plain.stream.close()

    def blocks(self, wanted: Wanted = None) -> Iterator[Block]:
        """Yield the blocks of the file, always with all cells.

        :raise UnreadableFile: it is damaged, or holds more than the limits allow
        """
        size = 0
        for start in range(0, self.count, _ROWS):
            frame = self._try(lambda start=start: self._cut(start))
            if frame.height != min(_ROWS, self.count - start):
                raise UnreadableFile(self.name, DAMAGED)
            lengths = frame.select(pl.all().str.len_bytes().max()).row(0)
            for column, length in enumerate(lengths, start=1):
                if length and length > MAX_CELL_CHARS:
                    raise too_long(self.name, start + 1, column)
            texts = frame.select(pl.sum_horizontal(pl.all().str.len_bytes().sum()))
            bytes_ = int(texts.item() or 0)
            size += bytes_
            if size > self.limits.total_bytes:
                raise UnreadableFile(
                    self.name,
                    f"holds more than {self.limits.total_bytes >> 20} MB; split it or "
                    "download it for a shorter period",
                )
            numbers = pl.int_range(
                start + 1, start + 1 + frame.height, dtype=pl.Int64, eager=True
            )
            frame = frame.insert_column(0, numbers.alias(ROW))
            step = max(1, frame.height * _BLOCK_BYTES // max(bytes_, _BLOCK_BYTES))
            for part in frame.iter_slices(step):
                yield without_nul(Block(part))

    def _scan(self) -> pl.LazyFrame:
        return pl.scan_parquet(
            self._file.name, glob=False, low_memory=True, parallel="none"
        )

    def _cut(self, start: int) -> pl.DataFrame:
        frame = self._scan().slice(start, _ROWS).collect()
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
