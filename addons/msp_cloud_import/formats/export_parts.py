"""One export that a provider delivers in several parts, perhaps with a manifest.

Azure Cost Management and AWS Data Exports write a folder of parts and a list of them.
Read apart, each part would replace what the others say of the same charges. Names of
the manifests' fields: Azure's `blobs`, `blobName` and `dataRowCount`, AWS's `dataFiles`
(older reports: `reportKeys`). Both are inferred, not confirmed by a real export.
"""

import gzip
import json
import re
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from .archive_names import base_name, is_clutter, is_table, refuse_path_tricks
from .errors import UnreadableFile
from .limits import Limits
from .plain import (
    CHUNK,
    PROTECTED,
    Plain,
    copy_bytes,
    refuse_other_kinds,
    spool,
    text_kind,
    too_large,
    unpacking,
)
from .sentence import _
from .workbook_kind import PARQUET

_MANIFEST = re.compile(r"(?:^|[-_.])manifest\.json$", re.IGNORECASE)
_MANIFEST_BYTES = 4 << 20
# How Azure (part_0_0001), Spark (part-00000-…), AWS (-00001) and Google
# (-000000000000) number parts. Months and invoice numbers look otherwise.
_PART = re.compile(
    r"(?:^|(?<=[-_.]))(?:part_\d{1,4}_\d{4}|part-\d{5}|0\d{4}|0{4}\d{8})(?=[-_.]|$)",
    re.IGNORECASE,
)
_NAMES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Export:
    """Members of an archive that are one table.

    :param members: the parts in their order
    :param rows: how many rows of data the manifest states, None if it does not
    """

    members: tuple[zipfile.ZipInfo, ...]
    rows: int | None = None


def find_export(archive: zipfile.ZipFile, name: str) -> Export | None:
    """Return the export that an archive consists of, None if it is no export.

    :raise UnreadableFile: parts are missing, or it holds parts of several exports
    """
    files = [one for one in archive.infolist() if not is_clutter(one.filename)]
    manifests = [one for one in files if _MANIFEST.search(base_name(one.filename))]
    tables = [one for one in files if is_table(one.filename) and one not in manifests]
    if len(manifests) == 1:
        listed, rows = _read(archive, manifests[0], name)
        if listed:
            return Export(_find_listed(tables, listed, name), rows)
    groups: dict[str, list[zipfile.ZipInfo]] = {}
    for one in tables:
        group = _group_of(one.filename)
        if group is not None:
            groups.setdefault(group, []).append(one)
    # numbers of invoices seldom begin at 0 or 1
    exports = [
        sorted(parts, key=lambda one: (_number_of(one.filename), one.filename))
        for parts in groups.values()
        if len(parts) > 1 and min(_number_of(one.filename) for one in parts) <= 1
    ]
    if not exports:
        return None
    if len(exports) > 1 or len(exports[0]) < len(tables):
        raise UnreadableFile(
            name,
            _(
                "holds parts of an export beside other files, so what belongs together "
                "is not certain; import the folder of each export as an archive of its "
                "own"
            ),
        )
    _check_gaps(exports[0], name)
    return Export(tuple(exports[0]))


def _read(
    archive: zipfile.ZipFile, manifest: zipfile.ZipInfo, name: str
) -> tuple[list[str], int | None]:
    """Return the names of the parts that a manifest lists, and the rows it states."""
    refuse_path_tricks(manifest.filename, name)
    if manifest.file_size > _MANIFEST_BYTES:
        return [], None
    with unpacking(name):
        text = archive.read(manifest)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFile(
            name,
            _(
                "holds a list of its parts, “%(file)s”, that cannot be read; download "
                "the export again",
                file=base_name(manifest.filename),
            ),
        ) from None
    if not isinstance(said, dict):
        return [], None
    blobs = said.get("blobs")
    if isinstance(blobs, list):
        found = [one for one in blobs if isinstance(one, dict)]
        names = [_text(one, "blobName") or _text(one, "blobLink") for one in found]
        return [one for one in names if one], _rows_of(said, found)
    files = said.get("dataFiles") or said.get("reportKeys")
    if isinstance(files, list):
        return [one for one in files if isinstance(one, str)], None
    return [], None


def _text(said: Mapping[str, Any], key: str) -> str:
    value = said.get(key)
    return value if isinstance(value, str) else ""


def _rows_of(said: Mapping[str, Any], blobs: Sequence[Mapping[str, Any]]) -> int | None:
    total = said.get("dataRowCount")
    if type(total) is int:
        return total
    counts = [one.get("dataRowCount") for one in blobs]
    return sum(counts) if all(type(count) is int for count in counts) else None


def _find_listed(
    tables: Sequence[zipfile.ZipInfo], listed: Sequence[str], name: str
) -> tuple[zipfile.ZipInfo, ...]:
    """Return the members that a manifest lists by address or path."""
    wanted = [base_name(one.partition("?")[0]) for one in listed]
    by_name: dict[str, list[zipfile.ZipInfo]] = {}
    for one in tables:
        by_name.setdefault(base_name(one.filename), []).append(one)
    missing = [one for one in wanted if one not in by_name]
    if missing:
        shown = ", ".join(missing[:_NAMES_SHOWN])
        raise UnreadableFile(
            name,
            _(
                "lacks %(missing)s of the %(count)s parts that its manifest lists "
                "(%(files)s); import an archive of the whole folder",
                missing=len(missing),
                count=len(wanted),
                files=shown,
            ),
        )
    others = sorted(set(by_name) - set(wanted))
    if others or len(set(wanted)) < len(wanted) or len(tables) > len(wanted):
        shown = ", ".join((others or wanted)[:_NAMES_SHOWN])
        raise UnreadableFile(
            name,
            _(
                "holds tables beside the parts that its manifest lists (%(files)s); "
                "import the folder of each export as an archive of its own",
                files=shown,
            ),
        )
    return tuple(by_name[one][0] for one in wanted)


def _group_of(member: str) -> str | None:
    """Return what the names of an export's parts have in common; None: no part."""
    folder, _, base = member.replace("\\", "/").rpartition("/")
    stem = _PART.sub("#", base)
    if stem == base:
        return None
    # Spark writes a number of its own into each name
    stem = re.sub(r"(?<=#)-[0-9a-f-]{36}.*?(?=\.)", "", stem, flags=re.IGNORECASE)
    return f"{folder}/{stem}".lower()


def part_of(name: str) -> tuple[str, str] | None:
    """Return what the names of an export's parts have in common, and what is its own.

    None: the name of a file is not that of a part.
    """
    base = base_name(name)
    group, found = _group_of(base), _PART.search(base)
    return (group, found.group().lower()) if group and found else None


def find_parts(names: Iterable[str]) -> set[str]:
    """Return those names of files that come together that are parts of one export."""
    groups: dict[str, dict[str, str]] = {}
    for name in names:
        if part := part_of(name):
            groups.setdefault(part[0], {})[name] = part[1]
    return {
        name
        for parts in groups.values()
        if len(set(parts.values())) > 1 and min(map(_number_of, parts)) <= 1
        for name in parts
    }


def _number_of(member: str) -> int:
    """Return the number of a part: Azure's `part_1_0001` is the one after 0."""
    found = _PART.search(base_name(member))
    assert found is not None
    return int(re.findall(r"\d+", found.group())[0])


def _check_gaps(parts: Sequence[zipfile.ZipInfo], name: str) -> None:
    """Refuse an export of which a part is missing between others."""
    numbers = sorted({_number_of(one.filename) for one in parts})
    for expected, number in enumerate(numbers, start=min(numbers[0], 1)):
        if number != expected:
            raise UnreadableFile(
                name,
                _(
                    "holds parts of an export, but not the one numbered %(number)s; "
                    "import an archive of the whole folder",
                    number=expected,
                ),
            )


def unpack_export(
    packed: BinaryIO, size: int, name: str, limits: Limits
) -> Plain | None:
    """Return the parts of a ZIP archive as one table; None: it is no export.

    Texts are glued together, headers included, which readers know of.

    :param size: of the archive in bytes
    :raise UnreadableFile: parts are missing, damaged or of several kinds
    """
    with unpacking(name), zipfile.ZipFile(packed) as archive:
        export = find_export(archive, name)
        if export is None:
            return None
        streams: list[BinaryIO] = []
        try:
            kind = _unpack_parts(archive, export, size, name, limits, streams)
        except BaseException:
            for stream in streams:
                stream.close()
            raise
    first, *more = streams
    total = sum(stream.seek(0, 2) for stream in streams)
    return Plain(
        first,
        file_hash="",
        owned=True,
        size=total,
        kind=kind,
        more=tuple(more),
        parts=len(export.members),
        stated_rows=export.rows,
    )


def _unpack_parts(
    archive: zipfile.ZipFile,
    export: Export,
    size: int,
    name: str,
    limits: Limits,
    streams: list[BinaryIO],
) -> str:
    """Unpack the parts, one after the other; return what kind they are.

    :param streams: gets the unpacked parts; those of texts are one
    """
    kinds: dict[str, str] = {}
    for member in export.members:
        part = f"{name}/{member.filename}"
        refuse_path_tricks(member.filename, part)
        if member.flag_bits & 0x1:
            raise UnreadableFile(part, PROTECTED)
        target = spool()
        streams.append(target)
        with unpacking(part), archive.open(member) as packed:
            is_gzip = packed.read(2) == b"\x1f\x8b"
        with unpacking(part), archive.open(member) as packed:
            inner = gzip.GzipFile(fileobj=packed) if is_gzip else packed
            copy_bytes(inner.read, target, part, limits, packed_size=size)
        target.seek(0)
        head = target.read(512)
        if not head:
            raise UnreadableFile(part, _("is empty; download the export again"))
        refuse_other_kinds(head, part)
        kinds.setdefault(text_kind(head), part)
        if len(kinds) > 1:
            raise UnreadableFile(
                part,
                _(
                    "is another kind of file than “%(file)s”; download the export again",
                    file=next(iter(kinds.values())),
                ),
            )
        (kind,) = kinds
        if len(streams) > 1 and kind != PARQUET:
            _append(streams[0], streams.pop())
        if sum(stream.seek(0, 2) for stream in streams) > limits.usage_bytes:
            raise too_large(name, limits.usage_bytes)
    return kind


def _append(text: BinaryIO, part: BinaryIO) -> None:
    """Glue a part to the text before it."""
    with part:
        text.seek(-1, 2)
        if text.read(1) != b"\n":
            text.write(b"\n")
        part.seek(0)
        shutil.copyfileobj(part, text, CHUNK)
