"""The list of blobs that a finished export of Microsoft's consists of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from . import errors
from .errors import ConnectorError
from .sentence import _

_ADDRESS = re.compile(r"https://[\w.-]+(?::[0-9]+)?(?:/[^\s?#]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Blob:
    """One part of an export.

    :param size: bytes as packed, `rows`: how many; None if the list does not say it
    """

    name: str
    size: int | None
    rows: int | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What there is to download.

    :param signature: query that opens the blobs for a short time; a secret
    """

    etag: str
    folder: str
    blobs: tuple[Blob, ...]
    signature: str = field(repr=False)

    def url(self, blob: Blob) -> str:
        """Return the address of a blob, with its signature."""
        address = f"{self.folder}/{quote(blob.name, safe='/')}"
        return f"{address}?{self.signature}" if self.signature else address

    def to_dict(self) -> dict[str, object]:
        """Return what may be stored, which the signature may not."""
        rows = [blob.rows for blob in self.blobs]
        known = [one for one in rows if one is not None]
        return {
            "blobs": len(self.blobs),
            "rows": sum(known) if len(known) == len(rows) else None,
        }


def read_manifest(said: object, host: str, what: str) -> Manifest:
    """Return a manifest as Graph answers it.

    :raise ConnectorError: it is none, or lists fewer blobs than it counts
    """
    if not isinstance(said, Mapping) or not isinstance(said.get("blobs"), list):
        raise _unknown(host, what, _("the list of its parts is missing"))
    form = str(said.get("dataFormat") or "compressedJSON")
    if form.lower() not in ("compressedjson", "compressedjsonlines"):
        raise _unknown(host, what, _("data format “%(name)s”", name=form[:80]))
    blobs = tuple(_blob(one, host, what) for one in said["blobs"])
    count = _number(said.get("blobCount"))
    if count is not None and count != len(blobs):
        reason = _(
            "%(count)s of %(total)s parts are listed", count=len(blobs), total=count
        )
        raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)
    if len({blob.name for blob in blobs}) < len(blobs):
        raise _unknown(host, what, _("a part is listed twice"))
    folder = str(said.get("rootDirectory") or "").rstrip("/")
    if blobs and not _ADDRESS.fullmatch(folder):
        raise _unknown(host, what, _("there is no safe address for its parts"))
    return Manifest(
        etag=str(said.get("eTag") or said.get("etag") or ""),
        folder=folder,
        blobs=blobs,
        signature=str(said.get("sasToken") or "").lstrip("?"),
    )


def _blob(said: object, host: str, what: str) -> Blob:
    name = said.get("name") if isinstance(said, Mapping) else None
    if not isinstance(name, str) or not name.strip("/. "):
        raise _unknown(host, what, _("a part has no name"))
    assert isinstance(said, Mapping)
    if ".." in name.split("/") or "?" in name:
        raise _unknown(host, what, _("a part has a name that leads elsewhere"))
    return Blob(
        name.lstrip("/"),
        _number(said.get("sizeInBytes")),
        _number(said.get("itemCount")),
    )


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and value >= 0 else None  # type: ignore[operator,return-value]


def _unknown(host: str, what: str, reason: str) -> ConnectorError:
    return ConnectorError(errors.NOT_UNDERSTOOD, host, what=what, reason=reason)
