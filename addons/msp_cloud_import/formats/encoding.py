"""Which characters the bytes of a file mean, decided once per file.

Order (page "Generic import: mapping profile", section 2): byte order mark, then
UTF-8 strictly, then Windows-1252. UTF-16 and binary files are refused.
"""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

from .errors import UnreadableFile
from .plain import CHUNK
from .problem import Notice
from .sentence import _

# Bytes Windows-1252 gives no character to.
_UNDEFINED_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
# Two or more bytes that UTF-8 would write for one character.
_UTF8_CHARACTER = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """:param codec: name for Python; :param notice: set if it was a fallback"""

    codec: str
    notice: Notice | None = None


def decide_encoding(stream: BinaryIO, name: str) -> Encoding:
    """Return the encoding of the whole of `stream`.

    :raise UnreadableFile: UTF-16, binary, or neither UTF-8 nor Windows-1252
    """
    stream.seek(0)
    head = stream.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        raise _utf16(name)
    bad_line = _first_line_not_utf8(stream, name)
    if head.startswith(codecs.BOM_UTF8):
        if bad_line:
            raise _broken_utf8(name, bad_line)
        return Encoding("utf-8-sig")
    if not bad_line:
        return Encoding("utf-8")
    _refuse_unless_1252(stream, name, bad_line)
    return Encoding(
        "cp1252",
        Notice(
            None,
            "encoding",
            _(
                "the file is not UTF-8 but Windows-1252, so a spreadsheet has probably "
                "saved it again; check names with special characters"
            ),
        ),
    )


def _first_line_not_utf8(stream: BinaryIO, name: str) -> int | None:
    """Return the number of the first line that is not UTF-8, None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    start, bad = 0, None
    while chunk := stream.read(CHUNK):
        nul = chunk.find(b"\0")
        if nul >= 0:
            if not start and _looks_utf16(chunk):
                raise _utf16(name)
            raise _binary(name, _line_of(stream, start + nul))
        if bad is None:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                # error.object is what was left over before plus this chunk
                over = len(error.object) - len(chunk)
                bad = start + max(error.start - over, 0)
        start += len(chunk)
    if bad is None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            bad = start
    return None if bad is None else _line_of(stream, bad)


def _line_of(stream: BinaryIO, offset: int) -> int:
    """Return the number of the line in which a byte stands."""
    stream.seek(0)
    line = 1
    while offset > 0 and (chunk := stream.read(min(CHUNK, offset))):
        line += chunk.count(b"\n")
        offset -= len(chunk)
    return line


def _refuse_unless_1252(stream: BinaryIO, name: str, bad_line: int) -> None:
    utf8, stray, undefined = 0, 0, False
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        characters = _UTF8_CHARACTER.findall(chunk)
        utf8 += len(characters)
        stray += len(_HIGH_BYTE.findall(chunk)) - sum(map(len, characters))
        undefined = undefined or bool(_UNDEFINED_1252.search(chunk))
    if utf8 >= stray:  # Windows-1252 text hardly ever looks like UTF-8 by chance
        raise _broken_utf8(name, bad_line)
    if undefined:
        raise _undecodable(name)


def _looks_utf16(chunk: bytes) -> bool:
    sample = chunk[:400]
    return sample[1::2].count(0) * 4 > len(sample) or (
        sample[::2].count(0) * 4 > len(sample)
    )


def _utf16(name: str) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "is saved as Unicode text (UTF-16), not as UTF-8; download it again and "
            "import it without opening it in Excel"
        ),
    )


def _binary(name: str, line: int) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "contains NUL bytes (line %(line)s) and so is no text file, or is damaged; "
            "download the CSV file again",
            line=line,
        ),
    )


def _broken_utf8(name: str, line: int) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "has characters in line %(line)s that are not UTF-8 although the rest is; "
            "download it again",
            line=line,
        ),
    )


def _undecodable(name: str) -> UnreadableFile:
    return UnreadableFile(
        name,
        _(
            "is neither UTF-8 nor Windows-1252 text; download it again and import it "
            "without opening it in another program"
        ),
    )
