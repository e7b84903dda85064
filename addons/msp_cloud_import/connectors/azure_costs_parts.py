"""The files of a report of costs: several are packed as one export."""

import csv
import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import BinaryIO

_GZIP = b"\x1f\x8b"
_COSTS = ("cost", "costinbillingcurrency", "pretaxcost")
_COVERED = frozenset({"reservation", "savingsplan"})


def is_gzip(path: Path) -> bool:
    """Return whether a file is packed."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


def pack(parts: Sequence[Path], target: Path) -> None:
    """Pack parts in their order as an archive of an export, with a list of them.

    Names of parts are Azure's own, so that `formats.export_parts` knows them as one
    table; the list has no links, which are secrets.
    """
    names = []
    half = target.with_name(f"{target.name}.part")
    with zipfile.ZipFile(half, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, part in enumerate(parts):
            is_packed = is_gzip(part)
            name = f"part_{number}_0001.csv" + (".gz" if is_packed else "")
            entry = zipfile.ZipInfo(name)
            entry.compress_type = (
                zipfile.ZIP_STORED if is_packed else zipfile.ZIP_DEFLATED
            )
            with (
                part.open("rb") as source,
                archive.open(entry, "w", force_zip64=True) as member,
            ):
                shutil.copyfileobj(source, member, 1 << 20)
            names.append(name)
        listed = json.dumps({"blobs": [{"blobName": name} for name in names]})
        archive.writestr(zipfile.ZipInfo("manifest.json"), listed)
    half.replace(target)


def spreads_anything(parts: Sequence[Path]) -> bool:
    """Return whether a report of amortised costs says anything of its own.

    Where nothing is reserved, it is the report of actual costs once more, and nothing
    in it tells the two apart: it would be taken for costs to be billed.
    """
    return any(_is_sign(row) for part in parts for row in _rows(part))


def _open(part: Path) -> BinaryIO:
    return gzip.open(part, "rb") if is_gzip(part) else part.open("rb")  # type: ignore[return-value]


def _is_sign(row: dict[str, str]) -> bool:
    """Return whether a row can only be one of amortised costs."""
    kind = _plain(row.get("chargetype", ""))
    if kind.startswith("unused"):
        return True
    if kind != "usage" or _plain(row.get("pricingmodel", "")) not in _COVERED:
        return False
    cost = next((row[name] for name in _COSTS if row.get(name)), "0")
    try:
        return bool(Decimal(cost))
    except InvalidOperation:
        return True


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()


def _rows(part: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a part by names in lower case."""
    with _open(part) as file, io.TextIOWrapper(file, "utf-8-sig", "replace") as text:
        reader = csv.reader(text)
        header = [name.strip().lower() for name in next(reader, [])]
        wanted = [
            (index, name)
            for index, name in enumerate(header)
            if name in ("chargetype", "pricingmodel", *_COSTS)
        ]
        for row in reader:
            yield {name: row[index] for index, name in wanted if index < len(row)}
