"""Whether bytes are a workbook that can be read, told by content.

Other office documents are refused here, each with a sentence of its own.
"""

import zipfile
from typing import BinaryIO

from .errors import UnreadableFile
from .limits import Limits
from .sentence import _

TEXT, JSON, XLSX, XLS = "text", "json", "xlsx", "xls"
PARQUET = "parquet"

_CHUNK = 1 << 20
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DAMAGED = _("is damaged or was cut off while downloading; download it again")
_PROTECTED = _("is protected by a password; save it without and try again")


def _wide(text: str) -> bytes:
    """Return a name as directories of OLE files hold it."""
    return text.encode("utf-16-le")


# Beginning of a member's name -> what the archive then is.
_OTHER_DOCUMENTS = {
    "xl/workbook.bin": _(
        "is a binary Excel workbook (.xlsb); save it as .xlsx or CSV and import that"
    ),
    "word/": _("is a Word document, not a table; import the file it was made from"),
    "ppt/": _("is a presentation, not a table; import the file it was made from"),
}


# The same for names in the directory of files of the time before.
_OTHER_OLE = {
    _wide("EncryptedPackage"): _PROTECTED,
    _wide("WordDocument"): _OTHER_DOCUMENTS["word/"],
    _wide("PowerPoint Document"): _OTHER_DOCUMENTS["ppt/"],
}


def workbook_kind(stream: BinaryIO, name: str, limits: Limits) -> str | None:
    """Return ``xlsx`` or ``xls``, None for what is no office document.

    :raise UnreadableFile: an office document that cannot be read, a damaged archive
        or one that unpacks to too much
    """
    stream.seek(0)
    head = stream.read(8)
    stream.seek(0)
    if head.startswith(_OLE):
        return _ole_kind(stream, name)
    if not head.startswith(_ZIP):
        return None
    try:
        members = zipfile.ZipFile(stream).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UnreadableFile(name, _DAMAGED) from error
    names = {info.filename.replace("\\", "/") for info in members}
    if "[Content_Types].xml" not in names:
        if "mimetype" in names and "content.xml" in names:
            raise UnreadableFile(
                name,
                _(
                    "is an OpenDocument file such as .ods; save it as .xlsx or CSV and "
                    "import that"
                ),
            )
        return None
    for start, reason in _OTHER_DOCUMENTS.items():
        if any(member.lower().startswith(start) for member in names):
            raise UnreadableFile(name, reason)
    if not any(member.lower().startswith("xl/") for member in names):
        raise UnreadableFile(
            name,
            _(
                "is an office document, no workbook; save it as .xlsx or CSV and import "
                "that"
            ),
        )
    _check_sizes(members, stream, name, limits)
    return XLSX


def _check_sizes(
    members: list[zipfile.ZipInfo], stream: BinaryIO, name: str, limits: Limits
) -> None:
    """Refuse a bomb by what the archive claims.

    More than the size it claims is never unpacked of a part (see
    `zipfile.ZipExtFile`), so the claim binds.
    """
    unpacked = sum(info.file_size for info in members)
    if unpacked > limits.workbook_bytes:
        raise UnreadableFile(
            name,
            _(
                "holds more than %(size)s MB; split it or download it for a shorter "
                "period",
                size=limits.workbook_bytes // (1 << 20),
            ),
        )
    limits.check_ratio(name, unpacked, packed=stream.seek(0, 2))


def damaged_workbook(name: str) -> UnreadableFile:
    """Return the error for a workbook of which not all can be read."""
    return UnreadableFile(
        name,
        _("is a damaged workbook or was cut off while downloading; download it again"),
    )


def protected_workbook(name: str) -> UnreadableFile:
    """Return the error for a workbook that is encrypted."""
    return UnreadableFile(name, _PROTECTED)


def _ole_kind(stream: BinaryIO, name: str) -> str:
    """Tell what is no workbook by the names in the directory of the file."""
    found = _names_found(stream, tuple(_OTHER_OLE))
    for wide_name in found:
        raise UnreadableFile(name, _OTHER_OLE[wide_name])
    return XLS


def _names_found(stream: BinaryIO, names: tuple[bytes, ...]) -> set[bytes]:
    found: set[bytes] = set()
    overlap = max(map(len, names))
    rest = b""
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        window = rest + chunk
        found.update(name for name in names if name in window)
        rest = window[-overlap:]
    return found
