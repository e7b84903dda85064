"""From what was handed over to the plain bytes of one text file or workbook.

Opens paths, bytes and binary streams, unpacks ``.gz`` and ``.zip`` by content
(never by file name) and refuses what is no table. Unpacked bytes go to a
temporary file, so memory stays constant; size and ratio are bounded while
unpacking, whatever the archive claims about itself.
"""

import errno
import gzip
import hashlib
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from .archive_names import is_clutter, is_table, refuse_path_tricks
from .errors import UnreadableFile
from .limits import Limits
from .workbook_kind import JSON, PARQUET, TEXT, workbook_kind

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain bytes to read from.

    :param stream: seekable; belongs to us if `owned`
    :param file_hash: SHA-256 of the file as received, hexadecimal
    :param size: its size in bytes
    :param kind: ``text``, ``json``, ``parquet``, ``xlsx`` or ``xls``
    """

    stream: BinaryIO
    file_hash: str
    owned: bool
    size: int
    kind: str = TEXT

    def check_size(self, name: str, most: int) -> None:
        """Refuse more than so many bytes.

        :raise UnreadableFile: there are more
        """
        if self.size > most:
            raise _too_large(name, most)


def open_plain(source: Source, name: str, limits: Limits) -> Plain:
    """Return the unpacked bytes of `source`.

    :param name: file name for messages only
    :raise UnreadableFile: missing, empty, too large, damaged or no text file
    """
    received, owned = seekable(source, name, limits)
    try:
        size, file_hash = _size_and_hash(received)
        if not size:
            raise UnreadableFile(name, "is empty; download it again")
        received.seek(0)
        head = received.read(512)
        kind = workbook_kind(received, name, limits)
        unpack = None if kind else _unpacker(head)
        if unpack is None:
            _refuse_other_kinds(head, name)
            plain = Plain(received, file_hash, owned, size, kind or _text_kind(head))
            plain.check_size(name, most_bytes(plain.kind, limits))
            return plain
        unpacked, kind = _unpack(unpack, received, size, name, limits)
    except BaseException:
        if owned:
            received.close()
        raise
    if owned:
        received.close()
    return Plain(unpacked, file_hash, True, unpacked.seek(0, 2), kind)


def most_bytes(kind: str, limits: Limits) -> int:
    """Return how large a file may be as long as its format is not known."""
    return limits.usage_bytes if kind == TEXT else limits.total_bytes


def seekable(source: Source, name: str, limits: Limits) -> tuple[BinaryIO, bool]:
    """Return a stream that can go back, and whether it is ours to close."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source), True
    if isinstance(source, (str, os.PathLike)):
        return _open_path(Path(source), name), True
    if source.seekable():
        return source, False  # type: ignore[return-value]
    copy = _spool()
    _copy(source.read, copy, name, limits, packed_size=None)
    return copy, True


def _open_path(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        reason = "does not exist; check the name and the folder"
    except IsADirectoryError:
        reason = "is a folder; name the file inside it"
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        reason = f"cannot be opened ({what}); check the file and your access to it"
    raise UnreadableFile(name, reason)


def _size_and_hash(stream: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def _spool() -> BinaryIO:
    # on disk at once: a spooled file cannot be wrapped as text before Python 3.11
    return cast(BinaryIO, tempfile.TemporaryFile())


def _copy(
    read: Callable[[int], bytes],
    target: BinaryIO,
    name: str,
    limits: Limits,
    packed_size: int | None,
) -> None:
    written, most = 0, limits.total_bytes
    while chunk := read(CHUNK):
        if not written and b"\0" not in chunk[:512]:
            most = most_bytes(_text_kind(chunk[:512]), limits)
        written += len(chunk)
        if written > most:
            raise _too_large(name, most)
        if (
            packed_size is not None
            and written > limits.ratio_from_bytes
            and written > limits.ratio * packed_size
        ):
            raise UnreadableFile(
                name,
                f"unpacks to more than {limits.ratio} times its size, which no "
                "billing file does; download it again from the provider",
            )
        try:
            target.write(chunk)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise UnreadableFile(
                name,
                "does not fit unpacked on the server's disk; make room there, or "
                "download it for a shorter period",
            ) from error


def _too_large(name: str, most: int) -> UnreadableFile:
    return UnreadableFile(
        name,
        f"holds more than {most // (1 << 20)} MB; split it or "
        "download it for a shorter period",
    )


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
    target = _spool()
    packed.seek(0)
    try:
        with unpack(packed, name) as inner:
            _copy(inner.read, target, name, limits, packed_size=size)
        if not target.tell():
            raise UnreadableFile(name, "holds an empty file; download it again")
        target.seek(0)
        head = target.read(512)
        kind = workbook_kind(target, name, limits)
        if _unpacker(head) and not kind:
            raise UnreadableFile(
                name, "is an archive inside an archive; unpack it once and try again"
            )
        _refuse_other_kinds(head, name)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        target.close()
        raise UnreadableFile(
            name, "is damaged or was cut off while downloading; download it again"
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        target.close()
        raise UnreadableFile(
            name,
            "is packed in a way that cannot be opened here; unpack it and import "
            "the file inside",
        ) from error
    except BaseException:
        target.close()
        raise
    return target, kind or _text_kind(head)


def _open_gzip(packed: BinaryIO, name: str) -> IO[bytes]:
    return gzip.GzipFile(fileobj=packed, mode="rb")  # type: ignore[return-value]


def _open_zip(packed: BinaryIO, name: str) -> IO[bytes]:
    archive = zipfile.ZipFile(packed)
    members = [info for info in archive.infolist() if not is_clutter(info.filename)]
    tables = [info for info in members if is_table(info.filename)]
    if not tables:
        raise UnreadableFile(
            name,
            "holds no CSV file and no workbook; import the archive the provider offers",
        )
    if len(tables) > 1:
        listed = ", ".join(sorted(info.filename for info in tables)[:5])
        raise UnreadableFile(
            name,
            f"holds {len(tables)} tables ({listed}); unpack it and import them one "
            "by one",
        )
    member = tables[0]
    refuse_path_tricks(member.filename, name)
    if member.flag_bits & 0x1:
        raise UnreadableFile(
            name, "is protected by a password; unpack it and import the file inside"
        )
    return archive.open(member)


_OTHER_KINDS = (
    (b"%PDF", "is a PDF document; download the billing file as CSV or workbook"),
    (b"7z\xbc\xaf\x27\x1c", "is packed with 7-Zip; unpack it and import the CSV file"),
    (b"Rar!\x1a\x07", "is packed with RAR; unpack it and import the CSV file"),
    (b"BZh", "is packed with bzip2; unpack it and import the CSV file"),
    (b"\xfd7zXZ\x00", "is packed with xz; unpack it and import the CSV file"),
    (b"\x28\xb5\x2f\xfd", "is packed with zstd; unpack it and import the CSV file"),
)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")


def _refuse_other_kinds(head: bytes, name: str) -> None:
    for magic, reason in _OTHER_KINDS:
        if head.startswith(magic):
            raise UnreadableFile(name, reason)
    start = _start(head)
    if start.startswith(_WEB_PAGE):
        raise UnreadableFile(
            name,
            "is a web page, probably a sign-in or error page saved as a file; sign in "
            "to the portal and download it again",
        )
    if start.startswith(b"<"):
        raise UnreadableFile(
            name, "is an XML document, not a table; download the CSV file"
        )


def _text_kind(head: bytes) -> str:
    if head.startswith((b"PAR1", b"PARE")):
        return PARQUET
    return JSON if _start(head).startswith((b"{", b"[")) else TEXT


def _start(head: bytes) -> bytes:
    """Return the first bytes of a text without mark and blanks, in lower case."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
