"""Values of decoded JSON, checked one by one: each says what was found and expected."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation

from .errors import CaseError

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Decimal itself also takes "1_000", " 12 " and "NaN".
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Far more than any invoice, far less than what makes arithmetic slow.
_MAX_DIGITS = 30
_YEARS = range(1900, 2200)
_MISSING = object()


class Fields:
    """Typed access to a JSON object that knows the path of each field."""

    def __init__(self, data: object, path: str):
        if not isinstance(data, dict):
            raise CaseError(path or "the case", show(data), "an object")
        self.data, self.path = data, path

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str, convert: Callable, default=_MISSING):
        if key not in self.data:
            if default is _MISSING:
                raise CaseError(self.name(key), "nothing", "a value")
            return default
        return convert(self.data[key], self.name(key))

    def only(self, *known: str):
        """Refuse fields of other names: a misspelt one would be ignored."""
        for key in self.data:
            if key not in known:
                expected = "one of " + ", ".join(known)
                raise CaseError(
                    self.name(_shortened(key)), "an unknown field", expected
                )

    def items(self, key: str, default=_MISSING) -> list["Fields"]:
        values = self.get(key, to_list, default)
        return [Fields(v, f"{self.name(key)}[{i}]") for i, v in enumerate(values)]


def show(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    return f'"{_shortened(str(value))}"'


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 58 else text[:55] + "..."


def to_list(value: object, name: str) -> list:
    if not isinstance(value, list):
        raise CaseError(name, show(value), "a list")
    return value


def to_text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise CaseError(name, show(value), "a text that is not empty")
    return value


def to_day(value: object, name: str) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            if day.year in _YEARS:
                return day
    except ValueError:
        pass
    raise CaseError(name, show(value), "a day such as 2026-01-31 (1900 to 2199)")


def to_number(value: object, name: str) -> Decimal:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            number = Decimal(value) if _NUMBER.fullmatch(str(value)) else None
        except InvalidOperation:
            number = None
        if (
            number is not None
            and number.adjusted() < _MAX_DIGITS
            and -number.as_tuple().exponent < _MAX_DIGITS
        ):
            return number
    raise CaseError(name, show(value), 'a number as text, such as "12.50"')


def to_percent(value: object, name: str) -> Decimal:
    number = to_number(value, name)
    if not 0 <= number <= 100:
        raise CaseError(name, show(value), "a percentage from 0 to 100")
    return number


def to_whole(value: object, name: str, minimum: int, maximum: int) -> int:
    if type(value) is int and minimum <= value <= maximum:
        return value
    raise CaseError(name, show(value), f"a whole number from {minimum} to {maximum}")


def to_count(value: object, name: str) -> int:
    return to_whole(value, name, 1, 1000)


def to_days(value: object, name: str) -> int:
    return to_whole(value, name, 0, 366)


def to_months(value: object, name: str) -> int:
    return to_whole(value, name, 0, 1200)


def to_digits(value: object, name: str) -> int:
    return to_whole(value, name, 0, 6)


def to_flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise CaseError(name, show(value), "true or false")
    return value


def one_of(allowed: tuple[str, ...]) -> Callable:
    def convert(value: object, name: str) -> str:
        if value not in allowed:
            raise CaseError(name, show(value), "one of " + ", ".join(allowed))
        return value

    return convert


def optional(convert: Callable) -> Callable:
    return lambda value, name: None if value is None else convert(value, name)


def to_unsigned(value: object, name: str) -> Decimal:
    """Return a number that is not negative."""
    found = to_number(value, name)
    if found < 0:
        raise CaseError(name, show(value), "a number that is not negative")
    return found
