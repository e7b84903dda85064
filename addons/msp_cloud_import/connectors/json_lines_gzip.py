"""Files of JSON lines packed by gzip: checked to be whole."""

import gzip
import zlib
from pathlib import Path

from . import errors
from .errors import ConnectorError
from .sentence import _

_CHUNK = 1 << 20
# As `formats.Limits`: what more is unpacked is no billing data.
_MOST = 8 << 30
_RATIO, _RATIO_FROM = 400, 32 << 20


def count_rows(path: Path, host: str, what: str) -> int:
    """Unpack a file to its end; return how many lines it has that are not blank.

    Several gzip members one after the other are one file.

    :raise ConnectorError: it was cut off, is damaged, no gzip or a bomb
    """
    packed = path.stat().st_size
    rows = size = 0
    is_open = False
    try:
        with gzip.open(path) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                if size > _MOST or (size > _RATIO_FROM and size > _RATIO * packed):
                    reason = _("it unpacks to more than billing data does")
                    raise ConnectorError(
                        errors.NOT_UNDERSTOOD, host, what=what, reason=reason
                    )
                first, *others = chunk.split(b"\n")
                is_open = is_open or bool(first.strip())
                for piece in others:
                    rows += is_open
                    is_open = bool(piece.strip())
    except EOFError:
        reason = _("it ends after %(count)s rows in the middle of the data", count=rows)
    except (OSError, zlib.error):
        reason = _("it is damaged after %(count)s rows", count=rows)
    else:
        return rows + is_open
    raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)
