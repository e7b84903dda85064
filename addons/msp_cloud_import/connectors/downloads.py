"""Files behind links that are good for a while only."""

import hashlib
import re
import time
from pathlib import Path

from . import errors
from .errors import ConnectorError, Unfinished
from .http import Http
from .reply import host_of
from .sentence import _

# How storages say that a link is too old, or that what was there is gone.
_EXPIRED = frozenset(
    {errors.EXPIRED_TOKEN, errors.NO_PERMISSION, errors.NOT_FOUND, errors.REFUSED}
)
_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html)", re.IGNORECASE)
_NOT_A_NAME = re.compile(r"[^\w.-]+")


def fetch_file(
    http: Http,
    link: object,
    giver: str,
    what: str,
    path: Path,
    size: int | None = None,
    deadline: float | None = None,
) -> None:
    """Download a file unless it is there already, and check that it is whole.

    Nothing is sent besides the link, which holds the right to read.

    :param giver: host that gave the link
    :param size: in bytes, None if it is not known
    :raise ConnectorError: `INCOMPLETE` also if the link is too old
    :raise Unfinished: the deadline has passed; the next call goes on
    """
    if path.exists() and size in (None, path.stat().st_size):
        return
    if not isinstance(link, str) or not link.startswith("https://"):
        raise ConnectorError(
            errors.NOT_UNDERSTOOD, giver, what=what, reason=_("no link to the file")
        )
    host = host_of(link)
    try:
        received = http.download(link, what, path, deadline)
    except ConnectorError as error:
        if error.code not in _EXPIRED:
            raise
        status = error.details["status"]
        reason = _("its link is no longer good (%(status)s)", status=status)
    else:
        reason = None
        if received == 0:
            reason = _("it is empty")
        elif size is not None and received != size:
            reason = _("%(count)s of %(total)s bytes", count=received, total=size)
        else:
            with path.open("rb") as file:
                if _PAGE.match(file.read(512)):
                    path.unlink()
                    raise ConnectorError(
                        errors.NOT_UNDERSTOOD, host, what=what, reason=_("a web page")
                    )
    if reason:
        path.unlink(missing_ok=True)
        raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)


def stop_if_late(deadline: float | None) -> None:
    """Raise `Unfinished` if a deadline has passed."""
    if deadline is not None and time.monotonic() >= deadline:
        raise Unfinished


def file_name(text: str) -> str:
    """Return a text as part of a file's name."""
    return _NOT_A_NAME.sub("-", text).strip("-.")[:80] or "file"


def digest(*texts: str) -> str:
    """Return a short name for texts of any length."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]
