"""The parts of an XLSX workbook, looked through before a reader opens any.

The reader holds a sheet in memory, from its first to its last cell, and believes
what it reads; what is too much ends the process. So it gets a copy that holds only
XML parts that were looked at from beginning to end, as they were unpacked here.
"""

import re
import tempfile
import zipfile
from typing import IO, BinaryIO, cast

from .errors import UnreadableFile
from .limits import Limits
from .sentence import _
from .workbook_kind import damaged_workbook, protected_workbook
from .xlsx_scan import PartScan, too_many_texts, whole_tags

_XML = (".xml", ".rels")
# The reader says nothing of a cell with an error: it gets the error as a text.
_ERROR_CELL = re.compile(rb"""(<(?:[\w.-]+:)?c\s(?:[^<>]*\s)?t\s*=\s*)(["'])e\2""")


def checked_copy(stream: BinaryIO, name: str, limits: Limits) -> BinaryIO:
    """Return an archive of the well-formed XML parts, none of them packed.

    :raise UnreadableFile: damaged, protected, hostile or larger than it may be
    """
    target = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 (handed on)
    try:
        with (
            zipfile.ZipFile(stream) as archive,
            zipfile.ZipFile(target, "w") as copy,
        ):
            _copy_parts(archive, copy, name, limits)
    except BaseException as error:
        target.close()
        if isinstance(error, UnreadableFile) or not isinstance(error, Exception):
            raise
        raise _explained(error, name) from error
    target.seek(0)
    return target


def _explained(error: Exception, name: str) -> UnreadableFile:
    """Return what to tell of damage that zipfile stumbled over."""
    if isinstance(error, NotImplementedError):
        return UnreadableFile(
            name,
            _(
                "is packed in a way that cannot be opened here; open it in a "
                "spreadsheet, save it as .xlsx and import that"
            ),
        )
    if isinstance(error, RuntimeError):  # what zipfile says to an encrypted part
        return protected_workbook(name)
    return damaged_workbook(name)


def _copy_parts(
    archive: zipfile.ZipFile, copy: zipfile.ZipFile, name: str, limits: Limits
) -> None:
    texts: list[int] = []
    seen: set[str] = set()
    for info in _in_order(archive):
        if info.filename.lower() in seen:
            raise damaged_workbook(name)
        seen.add(info.filename.lower())
        is_held = not _is_sheet(info.filename)
        if is_held and info.file_size > limits.text_bytes:
            raise too_many_texts(name)
        scan = PartScan(name, limits, texts, is_usual=not is_held)
        with archive.open(info) as part:
            is_xml = scan.read(part)
        if not is_xml:
            continue  # whoever needs the part says that the workbook is damaged
        if not scan.is_usual and not is_held:
            scan = PartScan(name, limits, texts, is_usual=False)
            with archive.open(info) as part:
                scan.read(part)
        if scan.needs_lengths():
            with archive.open(info) as part:
                scan.read_lengths(part)
        with archive.open(info) as part:
            _copy_part(part, copy, info.filename, limits)


def _in_order(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the XML parts, sheets last: they refer to the texts of another part."""
    parts = [one for one in archive.infolist() if one.filename.endswith(_XML)]
    return sorted(parts, key=lambda one: _is_sheet(one.filename))


def _is_sheet(part: str) -> bool:
    return part.startswith("xl/worksheets/")


def _copy_part(
    part: IO[bytes], copy: zipfile.ZipFile, member: str, limits: Limits
) -> None:
    with copy.open(zipfile.ZipInfo(member), "w") as target:
        for text in whole_tags(part, limits):
            if b'"e"' in text or b"'e'" in text:
                text = _ERROR_CELL.sub(rb"\1\2str\2", text)
            target.write(text)
