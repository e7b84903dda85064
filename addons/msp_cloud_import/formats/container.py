"""From what was handed over to the plain bytes of one text file or workbook.

Opens paths, bytes and binary streams, unpacks ``.gz`` and ``.zip`` by content
(never by file name) and refuses what is no table. Unpacked bytes go to a
temporary file, so memory stays constant; size and ratio are bounded while
unpacking, whatever the archive claims about itself.
"""

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import IO, BinaryIO

from .archive_names import is_clutter, is_table, refuse_path_tricks
from .errors import UnreadableFile
from .export_parts import unpack_export
from .limits import Limits
from .plain import (
    EMPTY,
    PROTECTED,
    Plain,
    Source,
    copy_bytes,
    most_bytes,
    refuse_other_kinds,
    seekable,
    size_and_hash,
    spool,
    text_kind,
    unpacking,
)
from .sentence import _
from .workbook_kind import workbook_kind


def open_plain(source: Source, name: str, limits: Limits) -> Plain:
    """Return the unpacked bytes of `source`.

    :param name: file name for messages only
    :raise UnreadableFile: missing, empty, too large, damaged or no text file
    """
    received, owned = seekable(source, name, limits)
    try:
        size, file_hash = size_and_hash(received)
        if not size:
            raise UnreadableFile(name, EMPTY)
        received.seek(0)
        head = received.read(512)
        kind = workbook_kind(received, name, limits)
        unpack = None if kind else _unpacker(head)
        if unpack is None:
            refuse_other_kinds(head, name)
            plain = Plain(received, file_hash, owned, size, kind or text_kind(head))
            plain.check_size(name, most_bytes(plain.kind, limits))
            return plain
        export = unpack is _open_zip and unpack_export(received, size, name, limits)
        if export:
            plain = replace(export, file_hash=file_hash)
        else:
            unpacked, kind = _unpack(unpack, received, size, name, limits)
            plain = Plain(unpacked, file_hash, True, unpacked.seek(0, 2), kind)
    except BaseException:
        if owned:
            received.close()
        raise
    if owned:
        received.close()
    return plain


Unpack = Callable[[BinaryIO, str], IO[bytes]]


def _unpacker(head: bytes) -> Unpack | None:
    if head.startswith(b"\x1f\x8b"):
        return _open_gzip
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _open_zip
    return None


def _unpack(
    unpack: Unpack, packed: BinaryIO, size: int, name: str, limits: Limits
) -> tuple[BinaryIO, str]:
    """Return the unpacked bytes and what kind they are."""
    target = spool()
    packed.seek(0)
    try:
        with unpacking(name):
            with unpack(packed, name) as inner:
                copy_bytes(inner.read, target, name, limits, packed_size=size)
            if not target.tell():
                raise UnreadableFile(name, _("holds an empty file; download it again"))
            target.seek(0)
            head = target.read(512)
            kind = workbook_kind(target, name, limits)
            if _unpacker(head) and not kind:
                raise UnreadableFile(
                    name,
                    _("is an archive inside an archive; unpack it once and try again"),
                )
            refuse_other_kinds(head, name)
    except BaseException:
        target.close()
        raise
    return target, kind or text_kind(head)


def _open_gzip(packed: BinaryIO, name: str) -> IO[bytes]:
    return gzip.GzipFile(fileobj=packed, mode="rb")  # type: ignore[return-value]


def _open_zip(packed: BinaryIO, name: str) -> IO[bytes]:
    archive = zipfile.ZipFile(packed)
    members = [info for info in archive.infolist() if not is_clutter(info.filename)]
    tables = [info for info in members if is_table(info.filename)]
    if not tables:
        raise UnreadableFile(
            name,
            _(
                "holds no CSV file and no workbook; import the archive the provider "
                "offers"
            ),
        )
    if len(tables) > 1:
        listed = ", ".join(sorted(info.filename for info in tables)[:5])
        raise UnreadableFile(
            name,
            _(
                "holds %(count)s tables (%(files)s); unpack it and import them one by "
                "one",
                count=len(tables),
                files=listed,
            ),
        )
    member = tables[0]
    refuse_path_tricks(member.filename, name)
    if member.flag_bits & 0x1:
        raise UnreadableFile(name, PROTECTED)
    return archive.open(member)
