"""Files of JSON lines packed by gzip: checked to be whole, and glued together."""

import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import errors
from .errors import ConnectorError

_CHUNK = 1 << 20
# As `formats.Limits`: what more is unpacked is no billing data.
MOST = 8 << 30
_RATIO, _RATIO_FROM = 400, 32 << 20
# A part of its own in between; its date is left out, so that the same parts give the
# same file on each night.
_LINE_END = gzip.compress(b"\n", mtime=0)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a file holds that was unpacked to its end.

    :param size: bytes as unpacked
    :param ends_line: a line end is last
    """

    rows: int
    size: int
    ends_line: bool


def count(path: Path, host: str, what: str, most: int = MOST) -> Counted:
    """Unpack a file to its end.

    Several gzip members one after the other are one file.

    :param most: bytes that it may unpack to
    :raise ConnectorError: it was cut off, is damaged, no gzip or a bomb
    """
    packed = path.stat().st_size
    rows = size = 0
    is_open, last = False, b"\n"
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > most or (size > _RATIO_FROM and size > _RATIO * packed):
                    reason = "it unpacks to more than billing data does"
                    raise ConnectorError(
                        errors.NOT_UNDERSTOOD, host, what=what, reason=reason
                    )
                first, *others = chunk.split(b"\n")
                is_open = is_open or bool(first.strip())
                for piece in others:
                    rows += is_open
                    is_open = bool(piece.strip())
                last = chunk[-1:]
    except EOFError:
        reason = f"it ends after {rows} rows in the middle of the data"
    except (OSError, zlib.error):
        reason = f"it is damaged after {rows} rows"
    else:
        return Counted(rows + is_open, size, last == b"\n")
    raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)


def glue(parts: Iterable[tuple[Path, Counted]], path: Path) -> None:
    """Write one file of several, as packed as they are.

    :param parts: checked files
    """
    new = path.with_name(path.name + ".part")
    with new.open("wb") as target:
        for part, counted in parts:
            with part.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
            if not counted.ends_line:
                target.write(_LINE_END)
    new.replace(path)
