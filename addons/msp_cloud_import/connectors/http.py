"""HTTP as all connectors use it: time-outs, retries, rates, and errors as codes."""

import logging
import random
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import requests
import urllib3
from pyrate_limiter import Duration, Limiter, Rate
from tenacity import RetryCallState, Retrying, retry_if_exception

from . import errors
from .errors import ConnectorError, Unfinished
from .reply import Reply, host_of
from .sentence import _

#: (connect, read) in seconds: a call fits into a slice of the scheduler.
TIMEOUT = (10, 30)
#: Seconds from an answer's head to its end: a byte now and then is no answer either.
LONGEST = 45
CHUNK = 1 << 20
#: The most that is kept in memory of one answer.
MAX_ANSWER = 64 << 20
AGENT = "msp-billing-suite"
# Calls are spread over the minute: who begins anew after a break, as another
# process, may not send a whole minute's calls at once.
_SPREAD = 20
_T = TypeVar("_T")


class Http:
    """A session with one provider; may be used by several threads.

    :param per_minute: calls the provider allows, None for no limit of its own
    :param patience: the longest a call waits in all before it gives up with what the
        provider wants; the caller then comes back later
    :param attempts: how often a call is tried that fails for a passing reason
    :param verify: as in requests: True, or the path of certificates to trust
    """

    def __init__(
        self,
        per_minute: int | None = None,
        patience: float = 15,
        attempts: int = 4,
        verify: bool | str = True,
    ) -> None:
        self.session = requests.Session()
        self.session.headers["User-Agent"] = AGENT
        # Of the server's environment only its proxy: no passwords of .netrc.
        self.session.trust_env = False
        self.session.verify = verify
        self.patience = patience
        self.attempts = attempts
        self._limiter = Limiter(_rate(per_minute)) if per_minute else None

    def close(self) -> None:
        """Close all connections."""
        self.session.close()
        if self._limiter:
            self._limiter.close()

    def call(
        self,
        method: str,
        url: str,
        what: str,
        ok: tuple[int, ...] = (200,),
        is_safe: bool | None = None,
        **arguments: object,
    ) -> Reply:
        """Send a request until it is answered, and return the answer.

        :param what: what is asked for, as a person says it
        :param ok: statuses that are no failure
        :param is_safe: may be repeated without doing anything twice; by default GETs
        :param arguments: for requests (headers, params, json, data, timeout …)
        :raise ConnectorError: another status, or no answer
        """

        def send() -> Reply:
            with self._open(method, url, what, **arguments) as response:
                content = b"".join(_read(response, what, MAX_ANSWER, decoded=True))
                reply = Reply.of(response, content)
            if reply.status not in ok:
                raise reply.as_error(what)
            return reply

        return self._try(send, method == "GET" if is_safe is None else is_safe)

    def get_json(self, url: str, what: str, **arguments: object) -> object:
        """Return what a GET answers, read by `Reply.json`."""
        return self.call("GET", url, what, **arguments).json(what)

    def download(
        self,
        url: str,
        what: str,
        path: Path,
        deadline: float | None = None,
    ) -> int:
        """Write what a GET answers to `path`, whole or not at all; return its size.

        Bytes stay as sent: what is packed stays packed. What came of it before is
        beside `path` and is gone on with, if the storage says which version it is.

        :param deadline: `time.monotonic()` at which to stop, if it can be gone on with
        :raise ConnectorError: `INCOMPLETE` if less came than was announced
        :raise Unfinished: the time is up
        """
        part = path.with_name(f"{path.name}.part")
        version = path.with_name(f"{path.name}.version")

        def fetch() -> int:
            headers = {"Accept-Encoding": "identity"}
            start = part.stat().st_size if version.exists() and part.exists() else 0
            if start:
                headers["Range"] = f"bytes={start}-"
                headers["If-Range"] = version.read_text()
            with self._open("GET", url, what, headers=headers) as response:
                if response.status_code not in (200, 206):
                    part.unlink(missing_ok=True)
                    head = b"".join(_read(response, what, MAX_ANSWER, decoded=True))
                    raise Reply.of(response, head).as_error(what)
                is_rest = _is_rest(response, start)
                is_kept = is_rest or _keep_version(response, version)
                with part.open("ab" if is_rest else "wb") as file:
                    for chunk in _read(response, what):
                        file.write(chunk)
                        is_late = deadline is not None and time.monotonic() >= deadline
                        if is_late and is_kept and response.raw.length_remaining:
                            raise Unfinished
            return part.stat().st_size

        size = self._try(fetch, is_safe=True)
        version.unlink(missing_ok=True)
        part.replace(path)
        return size

    def _try(self, send: Callable[[], _T], is_safe: bool) -> _T:
        """Do it again as long as that may help and patience lasts."""
        began = time.monotonic()

        def is_worth_it(error: BaseException) -> bool:
            if not isinstance(error, ConnectorError) or not error.is_passing:
                return False
            # Whoever is throttled has not been heard, so nothing is done twice.
            return is_safe or error.code == errors.THROTTLED

        def stop(state: RetryCallState) -> bool:
            left = began + self.patience - time.monotonic()
            return state.attempt_number >= self.attempts or state.upcoming_sleep > left

        retrying = Retrying(
            retry=retry_if_exception(is_worth_it), stop=stop, wait=_wait, reraise=True
        )
        return retrying(send)

    def _open(
        self, method: str, url: str, what: str, **arguments: object
    ) -> requests.Response:
        """Send once; return the answer with its content still to be read."""
        host = host_of(url)
        if not url.lower().startswith("https://"):
            # Who listens in would have our secrets.
            raise ConnectorError(
                errors.UNTRUSTED, host, what=what, reason=_("no HTTPS")
            )
        self._wait_for_turn(host, what)
        arguments.setdefault("timeout", TIMEOUT)
        try:
            return self.session.request(  # type: ignore[call-overload]
                method,
                url,
                stream=True,
                # Who sends us elsewhere would have our token sent there as well.
                allow_redirects=False,
                proxies=requests.utils.get_environ_proxies(url),
                **arguments,
            )
        except requests.exceptions.SSLError as error:
            code, reason = errors.UNTRUSTED, _kind_of(error)
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            code, reason = errors.WRONG_REGION, _("no address")
        except (requests.exceptions.InvalidHeader, UnicodeError):
            # Copied with it out of a page: a blank that nobody sees, a dash.
            code, reason = (
                errors.WRONG_SECRET,
                _("it has a character that no secret has"),
            )
        except (requests.exceptions.RequestException, OSError) as error:
            code, reason = errors.UNREACHABLE, _kind_of(error)
        # Outside of `except`: the text of the cause may hold the address with its query.
        raise ConnectorError(code, host, what=what, reason=reason)

    def _wait_for_turn(self, host: str, what: str) -> None:
        if self._limiter and not self._limiter.try_acquire(host, timeout=self.patience):
            raise ConnectorError(errors.THROTTLED, host, self.patience, what=what)


def _rate(per_minute: int) -> Rate:
    if per_minute < _SPREAD:
        return Rate(per_minute, Duration.MINUTE)
    return Rate(per_minute // _SPREAD, Duration.MINUTE.value // _SPREAD)


def _read(
    response: requests.Response, what: str, most: int | None = None, decoded=False
) -> Iterator[bytes]:
    """Yield the content as it comes; say so if it ends before its announced end.

    :raise ConnectorError: cut off, more than `most`, or not at its end in time
    """
    host, size = host_of(response.url), 0
    announced = response.headers.get("Content-Length", "")
    until = time.monotonic() + LONGEST
    try:
        while chunk := response.raw.read1(CHUNK, decode_content=decoded):
            size += len(chunk)
            if most is not None and size > most:
                reason = _("more than %(count)s MB", count=most >> 20)
                raise ConnectorError(
                    errors.NOT_UNDERSTOOD, host, what=what, reason=reason
                )
            yield chunk
            if time.monotonic() > until:
                reason = _("not at its end after %(count)s seconds", count=LONGEST)
                raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        reason = _kind_of(error)
    else:
        received = response.raw.tell()
        if not announced.isdigit() or int(announced) == received:
            return
        reason = _("%(count)s of %(total)s bytes", count=received, total=announced)
    raise ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)


def _is_rest(response: requests.Response, start: int) -> bool:
    """Return whether an answer goes on where a part ends."""
    if response.status_code != 206:
        return False
    if start and response.headers.get("Content-Range", "").startswith(
        f"bytes {start}-"
    ):
        return True
    raise ConnectorError(
        errors.NOT_UNDERSTOOD, host_of(response.url), reason=_("another part of a file")
    )


def _keep_version(response: requests.Response, path: Path) -> bool:
    """Write down the version of a file that begins; return whether it has any."""
    etag = response.headers.get("ETag", "")
    if not etag.startswith('"') or response.headers.get("Accept-Ranges") != "bytes":
        path.unlink(missing_ok=True)
        return False
    path.write_text(etag)
    return True


def _kind_of(error: BaseException) -> str:
    """Return what kind of error it is; its text may hold addresses with secrets."""
    cause = getattr(error.args[0], "reason", None) if error.args else None
    cause = cause or error
    inner = cause.args[0] if cause.args else None
    if isinstance(inner, ssl.SSLCertVerificationError):
        # Expired, of another, or of nobody who is trusted.
        return inner.verify_message.rstrip(".")
    return type(cause).__name__


class _WithoutQueries(logging.Filter):
    """Keep queries of addresses, which may hold signatures, out of urllib3's log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                one.partition("?")[0] if isinstance(one, str) else one
                for one in record.args
            )
        return True


logging.getLogger("urllib3.connectionpool").addFilter(_WithoutQueries())


def _wait(state: RetryCallState) -> float:
    """Return how long to wait: as told, else longer each time, never in step."""
    error = state.outcome.exception() if state.outcome else None
    told = getattr(error, "retry_after", None)
    if told is not None:
        return float(told)
    return min(0.5 * 2**state.attempt_number, 10) * random.uniform(0.5, 1)
