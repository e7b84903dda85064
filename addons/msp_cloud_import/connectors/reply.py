"""An answer over HTTP, and what it means if it is none of those hoped for."""

import email.utils
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import urljoin, urlsplit

import requests

from . import errors
from .errors import ConnectorError
from .sentence import Sentence, _

# A provider that asks for more than a day means "not today".
_LONGEST_WAIT = 86_400
# Services accept tokens that are up to five minutes early or late.
_TOLERATED = 300


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that was read to its end."""

    status: int
    url: str
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, response: requests.Response, content: bytes) -> "Reply":
        """Return the reply of a response whose content was read."""
        return cls(response.status_code, response.url, response.headers, content)

    @property
    def host(self) -> str:
        """Return who has answered."""
        return host_of(self.url)

    def json(self, what: str) -> object:
        """Return the JSON it holds; numbers with a point are `Decimal`.

        :raise ConnectorError: `NOT_UNDERSTOOD` if it is none
        """
        try:
            # Some interfaces begin with a byte order mark.
            text = self.content.decode("utf-8-sig")
            return json.loads(
                text,
                parse_float=Decimal,
                parse_constant=_refuse,
                object_pairs_hook=_once,
            )
        except _Odd as error:
            reason = error.sentence
        except (ValueError, RecursionError):
            # Such as where a network wants people to sign in first.
            is_page = self.content.lstrip()[:1] == b"<"
            reason = _("a web page") if is_page else _("no JSON")
        raise ConnectorError(errors.NOT_UNDERSTOOD, self.host, what=what, reason=reason)

    @property
    def retry_after(self) -> float | None:
        """Return the seconds of Retry-After, which may be a number or a date.

        Azure has such headers for each of its limits; the longest counts.
        """
        told = [
            _seconds(text.strip())
            for name, text in self.headers.items()
            if name.lower().endswith("retry-after")
        ]
        return max((one for one in told if one is not None), default=None)

    @property
    def is_clock_wrong(self) -> bool:
        """Return whether the other side's clock differs by more than is tolerated."""
        try:
            moment = email.utils.parsedate_to_datetime(self.headers.get("Date", ""))
            seconds = (moment - datetime.now(timezone.utc)).total_seconds()
        except (ValueError, TypeError):
            return False
        return abs(seconds) > _TOLERATED

    @property
    def reason(self) -> str:
        """Return what the answer says in words, in one short line."""
        if 300 <= self.status < 400:
            try:
                target = urljoin(self.url, self.headers.get("Location", ""))
            except ValueError:
                target = ""
            return _("it sends us on to %(name)s", name=host_of(target))
        try:
            answer = self.json("")
        except ConnectorError:
            answer = None
        for name in _WORDS if isinstance(answer, dict) else ():
            said = answer.get(name)
            if isinstance(said, dict):
                said = said.get("message") or said.get("code")
            if isinstance(said, str) and said.strip():
                return " ".join(said.split())[:300]
        return _("status %(status)s", status=self.status)

    def as_error(self, what: str) -> ConnectorError:
        """Return what a status means that is not the one hoped for."""
        wait = self.retry_after
        if self.status == 429 or (self.status == 503 and wait is not None):
            wait = 30 if wait is None else wait
            return ConnectorError(errors.THROTTLED, self.host, wait, what=what)
        if self.status >= 500 or self.status == 408:
            code = errors.FAULTY
        elif self.status == 401 and self.is_clock_wrong:
            code = errors.CLOCK_SKEW
        elif 300 <= self.status < 400:
            # A service that sends us elsewhere is not where the settings say.
            code = errors.WRONG_REGION
        else:
            code = _CODES.get(self.status, errors.REFUSED)
        return ConnectorError(
            code, self.host, wait, what=what, status=self.status, reason=self.reason
        )


class _Odd(ValueError):
    """JSON that says nothing certain; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def _refuse(constant: str) -> None:
    raise _Odd(_("%(name)s is no number", name=constant))


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object, whose names come once or say the same each time."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for name, value in pairs:
            if found[name] != value:
                raise _Odd(_("“%(name)s” is said twice, differently", name=name[:80]))
    return found


_WORDS = ("error_description", "description", "message", "error", "title", "detail")
_CODES = {
    401: errors.EXPIRED_TOKEN,
    403: errors.NO_PERMISSION,
    404: errors.NOT_FOUND,
}


def _seconds(text: str) -> float | None:
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(text)
        left = moment - datetime.now(timezone.utc)
    except (ValueError, TypeError):
        return None
    return min(max(left.total_seconds(), 1), _LONGEST_WAIT)


def host_of(url: str) -> str:
    """Return the host of an address, which alone is safe to show."""
    return urlsplit(url).hostname or "?"
