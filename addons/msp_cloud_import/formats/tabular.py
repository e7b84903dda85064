"""Rows of a delimited text file, streamed, each row isolated from the others.

`Rows` is what such a file and a sheet of a workbook have in common.

A row is counted as a spreadsheet counts it: a cell with line breaks does not
make two rows. One broken quote spoils one row, not the rest of the file.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .encoding import Encoding
from .errors import UnreadableFile
from .limits import Limits
from .plain import Plain
from .problem import Notice
from .sentence import Count, _

DELIMITERS = (",", ";", "\t", "|")
HEADER_ROWS = 20
LINES_IN_A_CELL = 100
# What the standard library's csv reader allows.
MAX_CELL_CHARS = 131_072


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    :param number: counted from 1, as a spreadsheet shows it
    :param cells: the cells; empty if the row is broken
    :param broken: what is wrong with the row's punctuation, None if nothing is
    """

    number: int
    cells: list[str]
    broken: str | None = None


class Rows(Protocol):
    """Rows of text cells, readable any number of times, one pass at a time.

    :param name: of the file, for messages
    :param width: number of cells of the header, 0 while unknown
    :param header_row: its number, 0 while unknown
    :param delimiter: what stands between cells
    :param decimal_mark: for a workbook's typed numbers; a text file ignores it
    :param is_workbook: whether a spreadsheet holds types besides texts
    """

    name: str
    plain: Plain
    limits: Limits
    width: int
    header_row: int
    delimiter: str
    decimal_mark: str
    is_workbook: bool

    def openings(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield each way to read the file (delimiter or sheet) with first rows."""

    def choose(self, opening: str, header_row: int, width: int) -> None:
        """Read the file in this way from now on."""

    def rows(self) -> Iterator[Row]:
        """Yield the rows, those above the header included, ascending."""

    def records(self) -> Iterator[str]:
        """Yield each row of the file as text, the first one first."""

    def notices(self) -> list[Notice]:
        """Return what is odd about the file; complete after a pass."""

    def close(self) -> None:
        """Release the temporary file."""


@dataclass(slots=True)
class Table:
    """The text of one file; see `Rows`.

    All passes share the stream.

    :param delimiter: set with `width` once the header is known
    """

    name: str
    plain: Plain
    encoding: Encoding
    limits: Limits
    delimiter: str = ","
    width: int = 0
    header_row: int = field(default=0)
    decimal_mark: str = "."
    is_workbook: bool = False

    def openings(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield each delimiter with the rows among which the header must be."""
        records = self.first_records()
        for delimiter in DELIMITERS:
            yield (
                delimiter,
                [
                    Row(number, self._cells(record, delimiter))
                    for number, record in enumerate(records, start=1)
                ],
            )

    def choose(self, opening: str, header_row: int, width: int) -> None:
        """Cut rows at this delimiter from now on."""
        self.delimiter, self.header_row, self.width = opening, header_row, width

    def notices(self) -> list[Notice]:
        """Return what is odd about the characters of the file."""
        return [self.encoding.notice] if self.encoding.notice else []

    def records(self, start: int = 0, sizes: deque[int] | None = None) -> Iterator[str]:
        """Yield each row as text, unparsed, line breaks inside cells included.

        :param start: byte at which a row begins
        :param sizes: gets the size in bytes of each line that was looked at
        :raise UnreadableFile: a line is longer than the limit
        """
        lines = text_lines(
            self.plain, self.encoding, self.limits, self.name, start, sizes
        )
        ahead: deque[str] = deque()
        while True:
            line = ahead.popleft() if ahead else next(lines, None)
            if line is None:
                return
            if line.count('"') % 2:
                line = self._close_quote(line, lines, ahead)
            yield line

    def rows(self) -> Iterator[Row]:
        """Yield all rows, blank ones and those above the header included."""
        for number, record in enumerate(self.records(), start=1):
            yield self.row(number, record)

    def row(self, number: int, record: str) -> Row:
        """Return a row cut into cells."""
        try:
            return Row(number, self.parse(record, self.delimiter))
        except csv.Error as error:
            return Row(number, [], self._broken(number, error, record))

    def first_records(self) -> list[str]:
        """Return the rows among which the header must be."""
        records = self.records()
        return [record for _, record in zip(range(HEADER_ROWS), records, strict=False)]

    @staticmethod
    def parse(record: str, delimiter: str) -> list[str]:
        """Return the cells of one row.

        :raise csv.Error: quotes do not match
        """
        return next(csv.reader((record,), delimiter=delimiter, strict=True), [])

    def close(self) -> None:
        """Release the temporary file; a stream that was handed over stays open."""
        self.plain.close()

    def _cells(self, record: str, delimiter: str) -> list[str]:
        try:
            return self.parse(record, delimiter)
        except csv.Error:
            return []

    def _close_quote(self, line: str, lines: Iterator[str], ahead: deque[str]) -> str:
        """Return `line` with the following lines its open cell runs over.

        If no sensible row comes of it, the quote is a mistake: `line` is returned
        alone and the lines looked at go back to `ahead`.
        """
        parts, size = [line], len(line)
        while len(parts) <= LINES_IN_A_CELL and size <= self.limits.line_chars:
            following = ahead.popleft() if ahead else next(lines, None)
            if following is None:
                break
            closes = following.count('"') % 2
            if not closes and self._is_row(following):
                ahead.appendleft(following)
                break
            parts.append(following)
            size += len(following)
            if closes:
                record = "".join(parts)
                if self._is_row(record):
                    return record
                break
        ahead.extendleft(reversed(parts[1:]))
        return line

    def _is_row(self, record: str) -> bool:
        try:
            cells = self.parse(record, self.delimiter)
        except csv.Error:
            return False
        return len(cells) == self.width if self.width else True

    def _broken(self, number: int, error: csv.Error, record: str) -> str:
        if "field larger than field limit" in str(error):
            raise too_long(self.name, number, self._long_column(record))
        return _(
            "the quotation marks of this row do not match, so its cells cannot be "
            "told apart; correct the row or download the file again"
        )

    def _long_column(self, record: str) -> int:
        """Return the number of the first cell that is too long."""
        column, size, is_quoted = 1, 0, False
        for character in record:
            if character == '"':
                is_quoted = not is_quoted
            elif character == self.delimiter and not is_quoted:
                column, size = column + 1, 0
                continue
            size += 1
            if size > MAX_CELL_CHARS:
                break
        return column


def text_lines(
    plain: Plain,
    encoding: Encoding,
    limits: Limits,
    name: str,
    start: int = 0,
    sizes: deque[int] | None = None,
) -> Iterator[str]:
    """Yield the lines of a text with their ends.

    :param start: byte at which a line begins
    :param sizes: gets the size in bytes of each line that was looked at
    :raise UnreadableFile: a line is longer than the limit
    """
    plain.stream.seek(start)
    codec = encoding.codec.removesuffix("-sig")
    text = io.TextIOWrapper(plain.stream, encoding=codec, newline="")
    limit = limits.line_chars
    try:
        number = 0
        while line := text.readline(limit + 1):
            number += 1
            if len(line) > limit:
                raise UnreadableFile(
                    name,
                    _(
                        "has a line of more than %(limit)s characters (line %(line)s), "
                        "so it is no table or is damaged; download it again",
                        limit=Count(limit),
                        line=number,
                    ),
                )
            if sizes is not None:
                sizes.append(len(line.encode(codec)))
            # parts glued together bring their byte order marks along
            yield line.removeprefix("\ufeff")
    finally:
        text.detach()


def too_wide(name: str, columns: int) -> UnreadableFile:
    """Return the error for a table of too many columns."""
    return UnreadableFile(
        name,
        _(
            "has %(count)s columns, which no known billing file has; download it again",
            count=Count(columns),
        ),
    )


def too_long(name: str, row: int, column: int) -> UnreadableFile:
    """Return the error for a cell that is too long.

    :param column: its number from 1
    """
    return UnreadableFile(
        name,
        _(
            "has a cell in row %(row)s, column %(column)s, that is far too long for a "
            "billing file; download it again",
            row=row,
            column=column,
        ),
    )


def is_blank(cells: Sequence[str]) -> bool:
    """Return whether a row has nothing in any cell."""
    return not any(cells) or not "".join(cells).strip()
