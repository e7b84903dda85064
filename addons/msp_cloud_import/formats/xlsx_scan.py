"""Looks a part of an XLSX workbook through: what it declares, and how much it holds."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import IO
from xml.parsers import expat

from .errors import UnreadableFile
from .limits import Limits
from .sentence import Count, _
from .tabular import too_wide
from .workbook_kind import damaged_workbook

MAX_ROWS = 1 << 20
_CHUNK = 1 << 18
_ROW_DIGITS = 10
_UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"\0", b"<\0")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
# As Excel, LibreOffice, openpyxl and xlsxwriter write it.
_USUAL_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="[0-9]*")?(?: t="[A-Za-z]*")?(/?)>'
)
_ANY_CELL = re.compile(rb"<(?:[^\s<>/]*:)?c[\s/>]")


def whole_tags(part: IO[bytes], limits: Limits) -> Iterator[bytes]:
    """Yield a part in pieces that end behind a tag, as far as tags are that short."""
    rest = b""
    while chunk := part.read(_CHUNK):
        text = rest + chunk
        end = text.rfind(b">") + 1
        if not end and len(text) > limits.line_chars:
            end = len(text)
        rest = text[end:]
        if end:
            yield text[:end]
    if rest:
        yield rest


def too_many_texts(name: str) -> UnreadableFile:
    """Return the error for texts that are too many to be held in memory."""
    return UnreadableFile(
        name,
        _(
            "holds more texts than a workbook of bills should; split it or download it "
            "as CSV"
        ),
    )


class PartScan:
    """Looks one part through.

    Refuses a document type, by which entities come, tags without end (old versions
    of expat take time by the square of their length), and a sheet whose cells, or
    the texts in them, are too many to be held.

    Cells as all programs write them are found by a regular expression, which takes
    a fifth of the time; if one is written otherwise, `is_usual` turns False and the
    part must be read again without it.

    :param texts: lengths of the shared texts; filled by the part that holds them
    :param is_usual: the part is a sheet, and its cells may be looked for so
    """

    def __init__(self, name: str, limits: Limits, texts: list[int], is_usual: bool):
        self._name, self._limits, self._texts = name, limits, texts
        self.is_usual = is_usual
        self._row, self._column, self._is_text = 0, 0, False
        self._first = self._last = (0, 0)
        self._shared = self._length = 0
        self._value: list[str] = []
        self._is_utf_16 = False
        self._parser: expat.XMLParserType | None = None

    def read(self, part: IO[bytes]) -> bool:
        """Look at the elements; return whether the part is well-formed.

        :raise UnreadableFile: it may not be read
        """
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        parser.XmlDeclHandler = self._take_declaration
        if not self.is_usual:
            parser.StartElementHandler = self._start
        self._parser = parser
        is_xml = self._parse(parser, part)
        self._parser = None
        self.check_width()
        return is_xml and not self._is_utf_16

    def check_width(self) -> None:
        """Refuse a sheet of too many columns.

        :raise UnreadableFile: it has
        """
        width = self._last[1]
        if width > self._limits.columns:
            raise too_wide(self._name, width)

    def needs_lengths(self) -> bool:
        """Return whether the shared texts of a sheet may be too long together."""
        longest = max(self._texts, default=0)
        return longest * self._shared > self._limits.sheet_text

    def read_lengths(self, part: IO[bytes]) -> None:
        """Add up the lengths of the shared texts that the cells of a sheet name.

        :raise UnreadableFile: together they are too long
        """
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start_value
        parser.EndElementHandler = self._end_value
        parser.CharacterDataHandler = self._value.append
        self._is_text = False
        self._parse(parser, part)

    def _parse(self, parser: expat.XMLParserType, part: IO[bytes]) -> bool:
        fed = 0
        try:
            for text in whole_tags(part, self._limits):
                if not fed:
                    self._is_utf_16 = text.startswith(_UTF_16)
                parser.Parse(text, False)
                fed += len(text)
                if fed - parser.CurrentByteIndex > self._limits.line_chars:
                    raise damaged_workbook(self._name)
                if self.is_usual and parser is self._parser:
                    self._find_cells(text)
            parser.Parse(b"", True)
        except expat.ExpatError:
            return False
        return True

    def _find_cells(self, text: bytes) -> None:
        """Take the cells with a value of a piece of a sheet, if they are usual."""
        found = _USUAL_CELL.findall(text)
        if len(found) != len(_ANY_CELL.findall(text)):
            self.is_usual = False
            return
        self._shared += text.count(b' t="s"')
        filled = {(column, row) for column, row, empty in found if not empty}
        if not filled:
            return
        columns = {_column(column.decode()) for column, _ in filled}
        rows = {self._number(row.decode(), 0) for row in {row for _, row in filled}}
        for self._row in (min(rows), max(rows)):
            for self._column in (min(columns), max(columns)):
                self._take_cell()

    def _refuse_doctype(self, *_declared: object) -> None:
        raise UnreadableFile(
            self._name,
            _(
                "declares a document type, which no genuine workbook does; do not open "
                "it and ask where it came from"
            ),
        )

    def _take_declaration(self, _version: str, encoding: str | None, _: int) -> None:
        """Refuse other encodings: the reader would see other characters."""
        if (encoding or "").lower() not in _UTF_8:
            raise damaged_workbook(self._name)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local in ("v", "is", "f"):
            self._take_cell()
        elif local == "c":
            self._place(attributes.get("r"))
            if attributes.get("t") == "s":
                self._shared += 1
        elif local == "row":
            self._row = self._number(attributes.get("r"), self._row + 1)
            self._column = 0
        elif local == "si":
            self._texts.append(0)
            if self._parser and self._parser.CharacterDataHandler is None:
                self._parser.CharacterDataHandler = self._take_text

    def _place(self, reference: str | None) -> None:
        """Note where a cell stands; one without a place follows the one before."""
        if reference is None:
            self._column += 1
            return
        match = _REFERENCE.fullmatch(reference)
        if not match:
            raise damaged_workbook(self._name)
        self._column, self._row = _column(match[1]), self._number(match[2], 0)

    def _number(self, text: str | None, following: int) -> int:
        """Return the number of a row."""
        number = following
        if text is not None:
            is_number = text.isascii() and text.isdigit() and len(text) < _ROW_DIGITS
            number = int(text) if is_number else 0
        if not 0 < number <= MAX_ROWS:
            raise damaged_workbook(self._name)
        return number

    def _take_cell(self) -> None:
        """Refuse a cell by which the area of the sheet becomes too large to hold."""
        row, column = self._row, self._column
        (top, left), (bottom, right) = self._first, self._last
        if top and top <= row <= bottom and left <= column <= right:
            return
        top, left = min(top or row, row), min(left or column, column)
        bottom, right = max(bottom, row), max(right, column)
        self._first, self._last = (top, left), (bottom, right)
        if (bottom - top + 1) * (right - left + 1) > self._limits.cells:
            self.check_width()
            raise UnreadableFile(
                self._name,
                _(
                    "has a sheet of more than %(count)s cells (row %(row)s, column "
                    "%(column)s); save it as CSV and import that",
                    count=Count(self._limits.cells),
                    row=row,
                    column=column,
                ),
            )

    def _take_text(self, text: str) -> None:
        self._texts[-1] += len(text)

    def _start_value(self, tag: str, attributes: dict[str, str]) -> None:
        local = tag.rpartition(":")[2]
        if local == "c":
            self._is_text = attributes.get("t") == "s"
        elif local == "v":
            self._value.clear()

    def _end_value(self, tag: str) -> None:
        if not self._is_text or tag.rpartition(":")[2] != "v":
            self._value.clear()
            return
        text = "".join(self._value).strip()
        if text.isascii() and text.isdigit() and len(text) < _ROW_DIGITS:
            index = int(text)
            self._length += self._texts[index] if index < len(self._texts) else 0
        self._value.clear()
        if self._length > self._limits.sheet_text:
            raise too_many_texts(self._name)


@lru_cache(maxsize=2048)
def _column(letters: str) -> int:
    """Return the number of a column: A is 1, XFD 16,384."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
