"""Values of JSON answers, which interfaces write in more than one way."""

import re
from datetime import date, datetime, timezone
from decimal import Decimal

from .lenient import MOST_UNITS
from .sentence import Sentence, _

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?")
_GUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
# 2026-03-04T23:59:59.9999999+00:00; fractions have up to seven digits
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?"
    r"(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)
# What means "never" is written as a date all the same.
_NEVER = 9000


class BadValue(ValueError):
    """A value is not what its name promises; the sentence says which."""

    def __init__(self, sentence: Sentence) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def text(value: object) -> str:
    """Return a text without blanks around it; of anything else nothing."""
    return value.strip() if isinstance(value, str) else ""


def uniform(value: object) -> str:
    """Return an id as `formats.ids.uniform` does: a GUID in lower case."""
    found = text(value)
    return found.lower() if _GUID.fullmatch(found) else found


def units(value: object, name: str) -> Decimal | None:
    """Return a number of units, which may be written as text; None if there is none.

    :raise BadValue: it is something else
    """
    if value is None or value == "":
        return None
    is_text = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    is_number = isinstance(value, (int, Decimal)) and not isinstance(value, bool)
    found = Decimal(value) if is_text or is_number else None  # type: ignore[arg-type]
    if found is None or not 0 <= found <= MOST_UNITS:
        raise BadValue(
            _(
                "%(name)s is %(value)s, expected a number of units",
                name=name,
                value=_shown(value),
            )
        )
    return found


def flag(value: object, name: str) -> bool | None:
    """Return yes or no; None if it is not said.

    :raise BadValue: it is something else
    """
    if value is None or isinstance(value, bool):
        return value
    known = {"true": True, "false": False}.get(text(value).lower())
    if known is None:
        raise BadValue(
            _(
                "%(name)s is %(value)s, expected true or false",
                name=name,
                value=_shown(value),
            )
        )
    return known


def moment(value: object, name: str) -> datetime | None:
    """Return a moment in UTC without time zone; None if there is none, or "never".

    :raise BadValue: it is something else
    """
    if value is None or value == "":
        return None
    match = _MOMENT.fullmatch(text(value))
    if not match:
        raise _no_date(value, name)
    zone = (match["zone"] or "Z").upper().replace("Z", "+00:00")
    try:
        found = datetime.fromisoformat(
            f"{match['day']}T{match['time'] or '00:00:00'}{zone[:3]}:{zone[-2:]}"
        )
        if found.year >= _NEVER or found.year <= 1:
            return None
        return found.astimezone(timezone.utc).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _no_date(value, name) from None


def day(value: object, name: str) -> date | None:
    """Return the day of a moment in UTC."""
    found = moment(value, name)
    return found.date() if found else None


def _no_date(value: object, name: str) -> BadValue:
    return BadValue(
        _("%(name)s is %(value)s, expected a date", name=name, value=_shown(value))
    )


def _shown(value: object) -> str:
    return f"“{str(value)[:80]}”"
