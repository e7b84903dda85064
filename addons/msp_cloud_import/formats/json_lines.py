"""Rows of a JSON file: one object per line, or the items of pages (`json_pages`).

Interfaces send what the portal offers as CSV (page "Microsoft partner billing APIs
and the subscription API"). Names become the header, so that every format that reads
tables reads it. A broken line spoils one row; of a page that is damaged nothing can
be told apart any more.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from .encoding import Encoding
from .errors import UnreadableFile
from .json_pages import Pages, first_object, is_page, refuse_answers, says_more
from .json_values import BadObject, Columns, Object, long_column, object_of
from .limits import Limits
from .plain import Plain
from .problem import Notice
from .sentence import _
from .sheet_cells import with_comma
from .tabular import HEADER_ROWS, Row, text_lines, too_long, too_wide

_HEAD = 512
_NO_ROW = _(
    "this is a value where a row should be; correct the file or download it again"
)


@dataclass(slots=True)
class JsonTable:
    """The objects of one JSON file; see `Rows`.

    A row's number is that of its line, of an item of pages its place among all.
    """

    name: str
    plain: Plain
    encoding: Encoding
    limits: Limits
    width: int = 0
    header_row: int = 0
    # what a text file would have between its cells
    delimiter: str = ","
    decimal_mark: str = "."
    is_workbook: bool = False
    _columns: Columns = field(default_factory=Columns)
    _is_lines: bool = True
    _says_more: bool = False

    def openings(self) -> Iterator[tuple[str, list[Row]]]:
        """Yield the names of all objects as header, which stands above row 1.

        :raise UnreadableFile: there are no rows, or it is an answer and no bill
        """
        self._is_lines = self._holds_lines()
        count = broken_count = 0
        only = None
        for *_place, value, _broken in self._objects():
            count += 1
            only = value
            if value is None:
                broken_count += 1
            else:
                self._columns.learn(value)
                if len(self._columns.names) > self.limits.columns:
                    raise too_wide(self.name, len(self._columns.names))
        if count == 1:
            refuse_answers(only, self.name)
        if not self._columns.names:
            reason = _("holds no rows; download it again when the invoice is ready")
            if broken_count:
                reason = _("holds JSON that cannot be read; download it again")
            raise UnreadableFile(self.name, reason)
        yield "json", [Row(0, list(self._columns.names))]

    def choose(self, opening: str, header_row: int, width: int) -> None:
        """Take the header; there is only one way to read the file."""
        self.header_row, self.width = header_row, width

    def rows(self) -> Iterator[Row]:
        """Yield the objects as rows of the header's width."""
        comma = self.decimal_mark == ","
        for number, _text, value, broken in self._objects():
            if broken is not None or value is None:
                yield Row(number, [], broken)
                continue
            try:
                cells = self._columns.cells(value)
            except BadObject as error:
                yield Row(number, [], error.sentence)
                continue
            long = long_column(cells)
            if long:
                raise too_long(self.name, number, long)
            yield Row(number, with_comma(cells) if comma else cells)

    def records(self) -> Iterator[str]:
        """Yield each row as JSON text; blank lines as well."""
        last = 0
        for number, text, *_rest in self._objects():
            for _blank in range(last + 1, number):
                yield ""
            last = number
            yield text

    def notices(self) -> list[Notice]:
        """Return what is odd about the file."""
        found = [self.encoding.notice] if self.encoding.notice else []
        if self._says_more:
            reason = _(
                "the last page in the file names one more that follows it; download the "
                "rest and compare the total with the invoice"
            )
            found.append(Notice(None, "more_pages", reason))
        return found

    def close(self) -> None:
        """Release the temporary file; a stream that was handed over stays open."""
        self.plain.close()

    def _objects(self) -> Iterator[tuple[int, str, Object | None, str | None]]:
        """Yield number, text and object, or what is wrong with it."""
        return self._lines() if self._is_lines else self._items()

    def _lines(self) -> Iterator[tuple[int, str, Object | None, str | None]]:
        lines = text_lines(self.plain, self.encoding, self.limits, self.name)
        for number, line in enumerate(lines, start=1):
            text = line.strip()
            if not text:
                continue
            try:
                yield number, text, object_of(text), None
            except BadObject as error:
                yield number, text, None, error.sentence

    def _items(self) -> Iterator[tuple[int, str, Object | None, str | None]]:
        with self._text() as text:
            pages = Pages(text.read, self.name, self.limits)
            for number, (source, value) in enumerate(pages.rows(), start=1):
                if isinstance(value, dict):
                    yield number, source, value, None
                else:
                    yield number, source, None, _NO_ROW
            self._says_more = says_more(pages.envelope)

    def _holds_lines(self) -> bool:
        """Return whether each line is a row.

        Its first line says it, unless just that one is broken.
        """
        with self._text() as text:
            if text.read(_HEAD).lstrip("\ufeff \t\r\n").startswith("["):
                return False
        with self._text() as text:
            found = [value for value in self._first_values(text) if value is not None]
        objects = [value for value in found if isinstance(value, dict)]
        if not objects or is_page(objects[0]):
            return False
        return found[0] is objects[0] or not self._begins_document()

    def _first_values(self, text: io.TextIOWrapper) -> Iterator[object]:
        """Yield what the first lines hold: values, “broken”, None for blank ones."""
        for _row in range(HEADER_ROWS):
            line = text.readline(self.limits.line_chars).strip("\ufeff \t\r\n")
            # what goes on behind the limit is no row
            is_short = len(line) < self.limits.line_chars // 2
            value = first_object(line) if is_short else None
            yield None if not line else "broken" if value is None else value

    def _begins_document(self) -> bool:
        """Return whether the text is JSON if line ends do not count."""
        with self._text() as text:
            try:
                next(Pages(text.read, self.name, self.limits).rows(), None)
            except UnreadableFile:
                return False
        return True

    @contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        """Give the file as text, from its beginning."""
        self.plain.stream.seek(0)
        text = io.TextIOWrapper(
            self.plain.stream, encoding=self.encoding.codec, newline=""
        )
        try:
            yield text
        finally:
            text.detach()
