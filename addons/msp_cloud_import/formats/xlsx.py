"""XLSX and XLSM workbooks, read by openpyxl; macros and links are never looked at.

openpyxl has no bounds of its own and leaves hostile XML to its callers, so all parts
are looked through before it opens any. At worst it needs a hundred bytes of memory
per byte of XML, hence the size a workbook may have (see `Limits`).
"""

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, time
from typing import IO, BinaryIO
from xml.parsers import expat

import openpyxl

from .errors import UnreadableFile
from .limits import Limits
from .sheet_cells import Typed, number_text
from .tabular import MAX_CELL_CHARS, too_long, too_wide
from .workbook_kind import damaged_workbook, protected_workbook

MAX_ROWS = 1 << 20
_CHUNK = 1 << 16
_MIDNIGHT = time()

# of what it leaves out, once per cell; a day that is none is shown as #VALUE!
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\.")


class Xlsx:
    """A workbook as ZIP archive of XML parts; see `Sheets`.

    A formula whose value was never computed is an empty cell.

    :raise UnreadableFile: damaged, protected or larger than it may be
    """

    def __init__(self, stream: BinaryIO, name: str, limits: Limits):
        self._name, self._limits = name, limits
        self._check_parts(stream)
        try:
            book = openpyxl.load_workbook(
                stream, read_only=True, data_only=True, keep_links=False
            )
            self._sheets = {
                sheet.title: sheet
                for sheet in book.worksheets
                if sheet.sheet_state == "visible"
            }
        except Exception as error:  # whatever garbage makes openpyxl stumble over
            raise damaged_workbook(name) from error
        self.names = list(self._sheets)
        if not self.names:
            raise UnreadableFile(
                name,
                "has no visible sheet that can be read; show the sheet, save it as "
                ".xlsx (but not as “Strict Open XML”) and import that",
            )

    def rows(self, sheet: str) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows that are not empty: number and cells."""
        table, columns = self._sheets[sheet], self._limits.columns
        table.reset_dimensions()  # often wrong, and at worst 16,384 × 1,048,576
        try:
            rows = table.iter_rows(values_only=True)
            for number, values in enumerate(rows, start=1):
                if number > MAX_ROWS:
                    raise damaged_workbook(self._name)
                if values[columns:].count(None) == len(values) - columns:
                    values = values[:columns]  # cells that are only formatted
                cells = [self._text(value, number) for value in values]
                while cells and not cells[-1]:
                    cells.pop()
                if len(cells) > columns:
                    raise too_wide(self._name, len(cells))
                if cells:
                    yield number, cells
        except UnreadableFile:
            raise
        except Exception as error:  # as above
            raise damaged_workbook(self._name) from error

    def _text(self, value: object, row: int) -> str:
        if value is None:
            return ""
        if isinstance(value, str):
            if len(value) > MAX_CELL_CHARS:
                raise too_long(self._name, row)
            return value.replace("_x000D_", "\r")  # as Excel writes it
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, float)):
            return number_text(repr(value))
        if isinstance(value, datetime):
            if value.time() == _MIDNIGHT:
                return Typed(value.date().isoformat())
            return Typed(value.isoformat(timespec="seconds"))
        return Typed(value)  # a day, a time of day or a duration

    def _check_parts(self, stream: BinaryIO) -> None:
        try:
            with zipfile.ZipFile(stream) as archive:
                for info in archive.infolist():
                    self._check_size(info)
                    with archive.open(info) as part:
                        self._check_xml(part)
        except NotImplementedError as error:
            raise UnreadableFile(
                self._name,
                "is packed in a way that cannot be opened here; open it in a "
                "spreadsheet, save it as .xlsx and import that",
            ) from error
        except RuntimeError as error:  # what zipfile says to an encrypted part
            raise protected_workbook(self._name) from error
        except UnreadableFile:
            raise
        except Exception as error:  # whatever damage zipfile stumbles over
            raise damaged_workbook(self._name) from error

    def _check_size(self, info: zipfile.ZipInfo) -> None:
        """Refuse texts and styles, which are held in memory, that are too many."""
        is_sheet = info.filename.startswith("xl/worksheets/")
        is_held = info.filename.endswith(".xml") and not is_sheet
        if is_held and info.file_size > self._limits.text_bytes:
            raise UnreadableFile(
                self._name,
                "holds more texts than a workbook of bills should; split it or "
                "download it as CSV",
            )

    def _check_xml(self, part: IO[bytes]) -> None:
        """Refuse a document type, by which entities come, and tags without end.

        Old versions of expat take time by the square of a tag's length.
        """
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse_doctype
        fed = 0
        with suppress(expat.ExpatError):  # an image, or openpyxl says so as well
            while chunk := part.read(_CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > self._limits.line_chars:
                    raise damaged_workbook(self._name)

    def _refuse_doctype(self, *_: object) -> None:
        raise UnreadableFile(
            self._name,
            "declares a document type, which no genuine workbook does; do not open it "
            "and ask where it came from",
        )
