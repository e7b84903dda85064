"""Values out of answers whose form nobody promises: what is odd is None, not a crash."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

from . import errors
from .errors import ConnectorError
from .sentence import _

_LONGEST, _LONGEST_ID = 500, 200
#: More units than any subscription has; a larger number is an error of the answer.
MOST_UNITS = Decimal(10) ** 9
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:$|[T ])")
_LINK = re.compile(r"(?:links?|ur[li]|href)$|token|secret|password", re.IGNORECASE)
_DEEPEST, _WIDEST, _MOST_KEPT = 5, 60, 20_000


class Loose:
    """An object of an answer; names are found in any spelling of case.

    :param value: what came; anything but an object has no names
    """

    def __init__(self, value: object) -> None:
        self.raw: Mapping[str, object] = value if isinstance(value, dict) else {}
        self._values = {name.casefold(): found for name, found in self.raw.items()}

    def __bool__(self) -> bool:
        return bool(self.raw)

    def get(self, *names: str) -> object:
        """Return the value of the first name that has one."""
        for name in names:
            found = self._values.get(name.casefold())
            if found is not None:
                return found
        return None

    def text(self, *names: str) -> str | None:
        """Return a text without blanks around it; a whole number is one too."""
        found = self.get(*names)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        if not isinstance(found, str):
            return None
        return " ".join(found.split())[:_LONGEST] or None

    def id(self, *names: str) -> str | None:
        """Return an id; one that is too long to be one is none."""
        found = self.get(*names)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        is_one = isinstance(found, str) and 0 < len(found.strip()) <= _LONGEST_ID
        return found.strip() if is_one else None  # type: ignore[union-attr]

    def number(self, *names: str) -> Decimal | None:
        """Return a number, which may be given as text; None if it is none."""
        found = self.get(*names)
        if isinstance(found, bool) or not isinstance(found, (int, str, Decimal)):
            return None
        try:
            number = Decimal(found)
        except (InvalidOperation, ValueError):
            return None
        if not number.is_finite() or not -MOST_UNITS <= number <= MOST_UNITS:
            return None
        whole = number.to_integral_value()
        return whole if whole == number else number

    def day(self, *names: str) -> date | None:
        """Return the day of an ISO date or moment."""
        found = _DAY.match(self.text(*names) or "")
        try:
            return date(*map(int, found.groups())) if found else None
        except ValueError:
            return None

    def flag(self, *names: str) -> bool | None:
        """Return true or false; None if it says neither."""
        found = self.get(*names)
        if isinstance(found, bool):
            return found
        return {"true": True, "false": False}.get(str(found).casefold())

    def inner(self, *names: str) -> "Loose":
        """Return an object in it, an empty one if there is none."""
        return Loose(self.get(*names))

    def rows(self, *names: str) -> Iterator["Loose"]:
        """Yield the objects of a list in it."""
        found = self.get(*names)
        for one in found if isinstance(found, list) else ():
            if isinstance(one, dict):
                yield Loose(one)

    def kept(self) -> dict[str, object]:
        """Return what may be stored of it: no links, nothing secret, nothing huge."""
        kept = _keep(self.raw, _DEEPEST)
        assert isinstance(kept, dict)
        if len(json.dumps(kept)) > _MOST_KEPT:
            plain = (str, int, type(None))
            return {name: one for name, one in kept.items() if isinstance(one, plain)}
        return kept


def _keep(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value[:_LONGEST]
    if isinstance(value, Decimal):
        return format(value, "f") if abs(value.adjusted()) < 40 else str(value)
    if isinstance(value, dict):
        names = [name for name in value if not _LINK.search(name)][:_WIDEST]
        return {name[:100]: _keep(value[name], depth - 1) for name in names if depth}
    if isinstance(value, list):
        return [_keep(one, depth - 1) for one in value[:_WIDEST] if depth]
    if isinstance(value, bool) or value is None:
        return value
    return (
        value if isinstance(value, int) and abs(value) < MOST_UNITS else str(value)[:40]
    )


def list_of(answer: object, *names: str) -> list[object] | None:
    """Return the list that an answer is, or that it holds by one of the names."""
    found = answer if isinstance(answer, list) else Loose(answer).get(*names)
    return found if isinstance(found, list) else None


def path_part(text: str, host: str, what: str) -> str:
    """Return an id as one part of an address' path, whatever it consists of.

    :raise ConnectorError: it would lead somewhere else
    """
    if not text.strip("."):
        raise ConnectorError(
            errors.NOT_UNDERSTOOD, host, what=what, reason=_("its id is none")
        )
    return quote(text, safe="")
