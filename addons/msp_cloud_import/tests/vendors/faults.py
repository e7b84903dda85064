"""What can go wrong with an interface, to be switched on by tests."""

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

#: status, headers and body of an answer; a body that is no bytes is sent as JSON
Answered = tuple[int, Mapping[str, str], Any]
KINDS = frozenset(
    {
        "throttle",  # 429, Retry-After `seconds` (`as_date`: as an HTTP date)
        "error",  # `status`, 500 unless it says so, with `body`
        "slow",  # answers after `seconds`
        "reset",  # half of the body, then the connection breaks
        "truncate",  # half of the body, which says of itself to be whole
        "not_json",  # 200 with a web page
        "expire",  # a link that is no longer valid: `status`, 403 by default
        "redirect",  # 302 to `location`
        "change",  # what the function `by` makes of the answer
        "drip",  # a byte at a time, `seconds` apart
        "endless",  # a body without an end
        "header",  # a header of a hundred thousand characters
        "length",  # announces `more` bytes than there are, fewer if negative
    }
)


@dataclass(slots=True)
class Fault:
    path: re.Pattern[str]
    kind: str
    times: int | None
    after: int
    options: dict[str, Any]


class Faults:
    """What shall go wrong, in the order in which it was added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        path: str,
        kind: str,
        times: int | None = 1,
        after: int = 0,
        **options: Any,
    ) -> None:
        """Let requests fail.

        :param path: regular expression, found anywhere in the path
        :param kind: one of `KINDS`
        :param times: how often, None for ever
        :param after: so many such requests still succeed
        """
        assert kind in KINDS, kind
        fault = Fault(re.compile(path), kind, times, after, options)
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Let all go well again."""
        with self._lock:
            self._faults.clear()

    def take(self, path: str) -> Fault | None:
        """Return what goes wrong with this request."""
        with self._lock:
            for fault in self._faults:
                if not fault.path.search(path):
                    continue
                if fault.after:
                    fault.after -= 1
                elif fault.times is None:
                    return fault
                elif fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


def spoiled(fault: Fault | None, answer: Callable[[], Answered]) -> Answered:
    """Return what a request gets, with what goes wrong.

    :param answer: returns what it gets if nothing does
    """
    options = fault.options if fault else {}
    match fault.kind if fault else "":
        case "throttle":
            seconds = options.get("seconds", 1)
            told = str(seconds)
            if options.get("as_date"):
                told = formatdate(time.time() + seconds, usegmt=True)
            text = f"Rate limit is exceeded. Try again in {seconds} seconds."
            return 429, {"Retry-After": told}, {"statusCode": 429, "message": text}
        case "error":
            body = options.get("body", {"description": "Something went wrong."})
            return options.get("status", 500), options.get("headers", {}), body
        case "not_json":
            page = b"<!DOCTYPE html><html><body>Please sign in</body></html>"
            return 200, {"Content-Type": "text/html"}, page
        case "expire":
            return options.get("status", 403), {}, {"description": "Link has expired."}
        case "redirect":
            return 302, {"Location": options["location"]}, None
        case "slow":
            time.sleep(options["seconds"])
    answered = answer()
    return options["by"](*answered) if "by" in options else answered
