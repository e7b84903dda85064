"""Plain bytes to read from, and the way to them from what was handed over.

Unpacked bytes go to a temporary file, so memory stays constant; size and ratio are
bounded while unpacking, whatever an archive claims about itself.
"""

import errno
import gzip
import hashlib
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO, cast

from .errors import UnreadableFile
from .limits import Limits
from .sentence import Sentence, _
from .workbook_kind import JSON, PARQUET, TEXT

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes]

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Plain:
    """Plain bytes to read from.

    :param stream: seekable; belongs to us if `owned`
    :param file_hash: SHA-256 of the file as received, hexadecimal
    :param size: its size in bytes
    :param kind: ``text``, ``json``, ``parquet``, ``xlsx`` or ``xls``
    :param more: the other parts of an export, unless they are glued together
    :param parts: how many parts there were
    :param stated_rows: how many rows a manifest states, None without one
    """

    stream: BinaryIO
    file_hash: str
    owned: bool
    size: int
    kind: str = TEXT
    more: tuple[BinaryIO, ...] = ()
    parts: int = 1
    stated_rows: int | None = None

    def close(self) -> None:
        """Close what is ours; a stream that was handed over stays open."""
        for stream in self.more:
            stream.close()
        if self.owned:
            self.stream.close()

    def check_size(self, name: str, most: int) -> None:
        """Refuse more than so many bytes.

        :raise UnreadableFile: there are more
        """
        if self.size > most:
            raise too_large(name, most)


def seekable(source: Source, name: str, limits: Limits) -> tuple[BinaryIO, bool]:
    """Return a stream that can go back, and whether it is ours to close."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source), True
    if isinstance(source, (str, os.PathLike)):
        return _open_path(Path(source), name), True
    if source.seekable():
        return source, False  # type: ignore[return-value]
    copy = spool()
    copy_bytes(source.read, copy, name, limits, packed_size=None)
    return copy, True


def _open_path(path: Path, name: str) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        reason = _("does not exist; check the name and the folder")
    except IsADirectoryError:
        reason = _("is a folder; name the file inside it")
    except (OSError, ValueError) as error:
        what = getattr(error, "strerror", None) or str(error)
        reason = _(
            "cannot be opened (%(error)s); check the file and your access to it",
            error=what,
        )
    raise UnreadableFile(name, reason)


def size_and_hash(stream: BinaryIO) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def spool() -> BinaryIO:
    # on disk at once: a spooled file cannot be wrapped as text before Python 3.11
    return cast(BinaryIO, tempfile.TemporaryFile())


def copy_bytes(
    read: Callable[[int], bytes],
    target: BinaryIO,
    name: str,
    limits: Limits,
    packed_size: int | None,
) -> None:
    written, most = 0, limits.total_bytes
    while chunk := read(CHUNK):
        if not written and b"\0" not in chunk[:512]:
            most = most_bytes(text_kind(chunk[:512]), limits)
        written += len(chunk)
        if written > most:
            raise too_large(name, most)
        if (
            packed_size is not None
            and written > limits.ratio_from_bytes
            and written > limits.ratio * packed_size
        ):
            raise UnreadableFile(
                name,
                _(
                    "unpacks to more than %(ratio)s times its size, which no billing "
                    "file does; download it again from the provider",
                    ratio=limits.ratio,
                ),
            )
        try:
            target.write(chunk)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise UnreadableFile(
                name,
                _(
                    "does not fit unpacked on the server's disk; make room there, or "
                    "download it for a shorter period"
                ),
            ) from error


def too_large(name: str, most: int) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "holds more than %(size)s MB; split it or download it for a shorter period",
            size=most // (1 << 20),
        ),
    )


def most_bytes(kind: str, limits: Limits) -> int:
    """Return how large a file may be as long as its format is not known."""
    return limits.usage_bytes if kind == TEXT else limits.total_bytes


EMPTY = _("is empty; download it again")
PROTECTED = _("is protected by a password; unpack it and import the file inside")
DAMAGED = _("is damaged or was cut off while downloading; download it again")
CANNOT_UNPACK = _(
    "is packed in a way that cannot be opened here; unpack it and import the file inside"
)


@contextmanager
def unpacking(name: str) -> Iterator[None]:
    """Say in a sentence what is wrong with what is unpacked."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise UnreadableFile(name, DAMAGED) from error
    except (NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(name, CANNOT_UNPACK) from error


def _packed_with(program: str) -> Sentence:
    return _(
        "is packed with %(program)s; unpack it and import the CSV file", program=program
    )


# on its own: bytes beside a sentence make Odoo's export of terms fail
_PDF = _("is a PDF document; download the billing file as CSV or workbook")
_OTHER_KINDS = (
    (b"%PDF", _PDF),
    (b"7z\xbc\xaf\x27\x1c", _packed_with("7-Zip")),
    (b"Rar!\x1a\x07", _packed_with("RAR")),
    (b"BZh", _packed_with("bzip2")),
    (b"\xfd7zXZ\x00", _packed_with("xz")),
    (b"\x28\xb5\x2f\xfd", _packed_with("zstd")),
)
_WEB_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body", b"<script", b"<!--")


def refuse_other_kinds(head: bytes, name: str) -> None:
    for magic, reason in _OTHER_KINDS:
        if head.startswith(magic):
            raise UnreadableFile(name, reason)
    start = _start(head)
    if start.startswith(_WEB_PAGE):
        raise UnreadableFile(
            name,
            _(
                "is a web page, probably a sign-in or error page saved as a file; sign "
                "in to the portal and download it again"
            ),
        )
    if start.startswith(b"<"):
        raise UnreadableFile(
            name, _("is an XML document, not a table; download the CSV file")
        )


def text_kind(head: bytes) -> str:
    if head.startswith((b"PAR1", b"PARE")):
        return PARQUET
    return JSON if _start(head).startswith((b"{", b"[")) else TEXT


def _start(head: bytes) -> bytes:
    """Return the first bytes of a text without mark and blanks, in lower case."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
