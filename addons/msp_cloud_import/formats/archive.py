"""Archives that hold several files: each of them becomes an import of its own."""

import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from .archive_names import base_name, is_clutter, is_table, refuse_path_tricks
from .errors import UnreadableFile
from .export_parts import find_export
from .limits import Limits
from .plain import CANNOT_UNPACK, CHUNK, DAMAGED, EMPTY, PROTECTED, Source, seekable
from .sentence import Count, _

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP = b"\x1f\x8b"
# How many times smaller a workbook or Parquet file is than the same table as text.
_PACKED = 5
# How many times smaller gzip makes a table at most.
_PACKED_WELL = 64
_OFFICE = frozenset({"[Content_Types].xml", "mimetype"})
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
_NO_TABLE = _(
    "is no table; only CSV and JSON files, workbooks and Parquet files are read"
)


@dataclass(frozen=True, slots=True)
class Member:
    """A file that was handed over, perhaps inside an archive.

    :param name: for messages; of a member “archive.zip/folder/a.csv”
    :param content: its bytes, None if it is not read
    :param reason: why it is not read, a sentence; None if it is
    """

    name: str
    content: bytes | None = None
    reason: str | None = None


def unpack_files(
    source: Source, name: str, limits: Limits | None = None
) -> Iterator[Member]:
    """Return the files that a file holds, one at a time.

    A ZIP archive holds its members, also one packed by gzip or inside another one;
    anything else holds itself, as received. So do the parts of one export, which are
    one table, and a table too large to be unpacked into memory. What cannot be read of
    an archive is a member with a reason; the others come all the same.

    :raise UnreadableFile: the archive as a whole cannot be read
    """
    limits = limits or Limits()
    stream = seekable(source, name, limits)[0]
    inner = _zip_inside(stream, name, limits)
    if inner is None:
        stream.seek(0)
        return iter((Member(name, stream.read()),))
    if _is_one_table(inner, name, limits):
        inner.seek(0)
        return iter((Member(name, inner.read()),))
    archive = _open_archive(inner, name, limits)
    if not any(_may_hold_table(info) for info in archive.infolist()):
        raise UnreadableFile(
            name,
            _(
                "holds no CSV file and no workbook; import the archive the provider "
                "offers"
            ),
        )
    return _Walk(limits).members(archive, name, 1)


def likely_size(content: bytes) -> int:
    """Return about how many bytes of text a file holds; its claims are believed."""
    return size_of_text(content[:4], content[-4:], len(content))


def size_of_text(head: bytes, tail: bytes, size: int) -> int:
    """Return about how many bytes of text a file of `size` bytes holds.

    :param head: its first four bytes, `tail`: its last four
    """
    if head.startswith(_GZIP):
        # the size of its last part, modulo 4 GB; anything if it was cut off
        claimed = int.from_bytes(tail, "little")
        return claimed if size < claimed < _PACKED_WELL * size else size
    return size * _PACKED if head.startswith((*_ZIP, b"PAR1")) else size


@dataclass(slots=True)
class _Walk:
    """One way through an archive and those inside it.

    :param left: bytes that may still be unpacked
    :param seen: digest of a content -> name of the member that has it
    """

    limits: Limits
    left: int = field(init=False)
    count: int = 0
    seen: dict[bytes, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Take the budget of the limits."""
        self.left = self.limits.total_bytes

    def members(
        self, archive: zipfile.ZipFile, path: str, depth: int
    ) -> Iterator[Member]:
        """Yield the members of an archive that was checked, in its order."""
        for info in archive.infolist():
            if is_clutter(info.filename):
                continue
            name = self._name(path, info.filename)
            try:
                yield from self._member(archive, info, name, depth)
            except UnreadableFile as error:
                yield Member(name, reason=error.sentence)

    def _member(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, depth: int
    ) -> Iterator[Member]:
        refuse_path_tricks(info.filename, name)
        if not _may_hold_table(info):
            raise UnreadableFile(name, _NO_TABLE)
        self.count += 1
        if self.count > self.limits.files:
            raise UnreadableFile(
                name,
                _(
                    "is one of more than %(limit)s files in one archive; import it on "
                    "its own",
                    limit=self.limits.files,
                ),
            )
        content = self._read(archive, info, name)
        digest = hashlib.sha256(content).digest()
        first = self.seen.setdefault(digest, name)
        if first != name:
            raise UnreadableFile(
                name, _("holds the same as “%(file)s” and is read once", file=first)
            )
        inner = _zip_inside(io.BytesIO(content), name, self.limits)
        if inner is None:
            yield Member(name, content)
        elif depth >= self.limits.archive_depth:
            raise UnreadableFile(
                name,
                _("is an archive too deep inside others; unpack it and import that"),
            )
        else:
            nested = _open_archive(inner, name, self.limits)
            yield from self.members(nested, name, depth + 1)

    def _read(
        self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str
    ) -> bytes:
        if info.flag_bits & 0x1:
            raise UnreadableFile(name, PROTECTED)
        if info.file_size > self.left:
            raise _too_much(name, self.limits)
        try:
            # never more than what the archive claims, see `zipfile.ZipExtFile`
            content = _unpacked(archive, info)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise UnreadableFile(name, DAMAGED) from error
        except (NotImplementedError, RuntimeError) as error:
            raise UnreadableFile(name, CANNOT_UNPACK) from error
        self.left -= len(content)
        if not content:
            raise UnreadableFile(name, EMPTY)
        return content

    def _name(self, path: str, member: str) -> str:
        """Return a name that no other member has."""
        shown = _UNPRINTABLE.sub("?", member.replace("\\", "/"))
        name = base = f"{path}/{shown}"
        count = 1
        while name in self.names:
            count += 1
            name = f"{base} ({count})"
        self.names.add(name)
        return name


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the bytes of a member; `ZipFile.read` holds them twice."""
    target = io.BytesIO()
    with archive.open(info) as member:
        while chunk := member.read(CHUNK):
            target.write(chunk)
    return target.getvalue()


def _zip_inside(stream: BinaryIO, name: str, limits: Limits) -> BinaryIO | None:
    """Return the stream of a ZIP archive that is no office document, else None."""
    stream.seek(0)
    head = stream.read(4)
    if head.startswith(_GZIP):
        unpacked = _gunzipped(stream, name, limits)
        return None if unpacked is None else _zip_inside(unpacked, name, limits)
    if not head.startswith(_ZIP):
        return None
    try:
        found = zipfile.ZipFile(stream).NameToInfo
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnreadableFile(name, DAMAGED) from error
    return None if _OFFICE & found.keys() else stream


def _gunzipped(stream: BinaryIO, name: str, limits: Limits) -> BinaryIO | None:
    """Return what gzip packed if that is a ZIP archive."""
    stream.seek(0)
    target = io.BytesIO()
    try:
        with gzip.GzipFile(fileobj=stream, mode="rb") as packed:
            if not packed.read(4).startswith(_ZIP):
                return None
            packed.seek(0)
            while chunk := packed.read(CHUNK):
                target.write(chunk)
                # what is packed already gets no smaller by packing it again
                if target.tell() > limits.archive_bytes:
                    raise _too_much(name, limits)
    except (EOFError, zlib.error, OSError):
        return None  # whoever reads it says what is wrong with it
    return target


def _is_one_table(stream: BinaryIO, name: str, limits: Limits) -> bool:
    """Return whether an archive is read as it is; see `open_file`."""
    with zipfile.ZipFile(stream) as archive:
        tables = [info for info in archive.infolist() if _may_hold_table(info)]
        if len(tables) > limits.files:
            return False
        if len(tables) == 1 and tables[0].file_size > limits.member_bytes:
            return is_table(tables[0].filename)
        return find_export(archive, name) is not None


def _open_archive(stream: BinaryIO, name: str, limits: Limits) -> zipfile.ZipFile:
    """Return an archive whose claims are within the limits.

    :raise UnreadableFile: they are not, or its directory is damaged
    """
    try:
        archive = zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnreadableFile(name, DAMAGED) from error
    files = [info for info in archive.infolist() if not is_clutter(info.filename)]
    if len(files) > limits.files:
        raise UnreadableFile(
            name,
            _(
                "holds %(count)s files, more than %(limit)s; import the billing files "
                "among them on their own",
                count=Count(len(files)),
                limit=limits.files,
            ),
        )
    unpacked = sum(info.file_size for info in archive.infolist())
    if unpacked > limits.total_bytes:
        raise _too_much(name, limits)
    limits.check_ratio(name, unpacked, packed=stream.seek(0, 2))
    return archive


def _may_hold_table(info: zipfile.ZipInfo) -> bool:
    """Return whether a member may be read, by its name; one without ending may."""
    base = base_name(info.filename).lower()
    if is_clutter(info.filename):
        return False
    return is_table(base) or base.endswith((".zip", ".gz")) or "." not in base


def _too_much(name: str, limits: Limits) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "holds more than %(size)s MB; import its files one by one",
            size=limits.total_bytes // (1 << 20),
        ),
    )
