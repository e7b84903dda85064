"""Case files: a contract's history and claims as JSON, for support and tests."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from .errors import CaseError
from .history import History, Line, Terms
from .periods import DAY_COUNTS, TIMINGS, UNITS, Policy
from .rounding import to_decimal
from .settlement import Basis, Claim

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Decimal itself also takes "1_000", " 12 " and "NaN".
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
# Far more than any invoice, far less than what makes arithmetic slow.
_MAX_DIGITS = 30
_YEARS = range(1900, 2200)
_MISSING = object()


class Case(NamedTuple):
    """What `billing.settle` takes."""

    history: History
    claims: list[Claim]
    until: date
    digits: int


def parse_case(data: object) -> Case:
    """Return the case that decoded JSON describes.

    :param data: object with ``currency_digits``, ``until``, ``end``, ``policy``,
        ``versions`` and ``claimed``; intervals are half-open
    :raise CaseError: a field is missing or malformed; names the field
    """
    case = _Fields(data, "")
    digits = case.get("currency_digits", _digits, 2)
    until = case.get("until", _day)
    end = case.get("end", _optional(_day), None)
    policy = case.get("policy", _policy, Policy())
    history = _history(case.items("versions"), policy, end)
    claims = [_claim(item, digits) for item in case.items("claimed", [])]
    return Case(history, claims, until, digits)


class _Fields:
    """Typed access to a JSON object that knows the path of each field."""

    def __init__(self, data: object, path: str):
        if not isinstance(data, dict):
            raise CaseError(path or "the case", _show(data), "an object")
        self.data, self.path = data, path

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def get(self, key: str, convert: Callable, default=_MISSING):
        if key not in self.data:
            if default is _MISSING:
                raise CaseError(self.name(key), "nothing", "a value")
            return default
        return convert(self.data[key], self.name(key))

    def items(self, key: str, default=_MISSING) -> list["_Fields"]:
        values = self.get(key, _list, default)
        return [_Fields(v, f"{self.name(key)}[{i}]") for i, v in enumerate(values)]


def _history(versions: list[_Fields], policy: Policy, end: date | None) -> History:
    if not versions:
        raise CaseError("versions", "an empty list", "at least one version")
    # Of versions with the same first day the later recorded one wins: the days
    # of the earlier one are none.
    dated = sorted(
        ((version.get("start", _day), version) for version in versions),
        key=lambda pair: pair[0],
    )
    first = dated[0][0]
    if end is not None and end < first:
        raise CaseError("end", end.isoformat(), f"a day from {first} on")
    lines: list[Line] = []
    terms: list[Terms] = []
    for index, (start, version) in enumerate(dated):
        after = dated[index + 1][0] if index + 1 < len(dated) else None
        stop = min(filter(None, (after, end)), default=None)
        policy = version.get("policy", _policy, policy)
        anchored = replace(policy, anchor=policy.anchor or first)
        if start != after:
            terms = _extended(terms, Terms(start, after, anchored))
        seen = set()
        for item in version.items("lines", []):
            line = _line(item, start, stop, index + 1)
            if line.position in seen:
                raise CaseError(
                    item.name("position"),
                    _show(line.position),
                    "each position once per version",
                )
            seen.add(line.position)
            if stop is None or start < stop:
                lines.append(line)
    return History(first, end, tuple(lines), tuple(terms))


def _extended(terms: list[Terms], new: Terms) -> list[Terms]:
    if terms and terms[-1].policy == new.policy:
        return [*terms[:-1], replace(terms[-1], end=new.end)]
    return [*terms, new]


def _line(item: _Fields, start: date, end: date | None, number: int) -> Line:
    return Line(
        position=item.get("position", _text),
        start=start,
        end=end,
        quantity=item.get("quantity", _number),
        unit_price=item.get("unit_price", _number),
        discount=item.get("discount", _percent, Decimal(0)),
        versions=(number,),
    )


def _claim(item: _Fields, digits: int) -> Claim:
    position = item.get("position", _text)
    start = item.get("start", _day)
    end = item.get("end", _day)
    if end <= start:
        raise CaseError(item.name("end"), end.isoformat(), f"a day after {start}")
    given = item.get("amount", _number)
    amount = to_decimal(Fraction(given), digits)
    if amount != given:
        raise CaseError(item.name("amount"), _show(given), f"at most {digits} decimals")
    return Claim(position, start, end, amount, basis=_basis(item, start, end, amount))


def _basis(item: _Fields, start: date, end: date, amount: Decimal) -> tuple | None:
    """Return what a claim says it rests on, if that explains its amount.

    So charges that were printed can be read back: corrections, and what had a
    discount (which is not printed), have no basis.
    """
    if "quantity" not in item.data or "unit_price" not in item.data:
        return None
    basis = Basis(
        start,
        end,
        item.get("quantity", _number),
        item.get("unit_price", _number),
        item.get("discount", _percent, Decimal(0)),
    )
    factor = Fraction(item.get("factor", _number, Decimal(1)))
    quantity, price, discount = map(Fraction, basis.content)
    explained = quantity * price * (1 - discount / 100) * factor
    unit = Fraction(1, 10 ** -amount.as_tuple().exponent)
    if (
        item.data.get("kind") == "correction"
        or abs(explained - Fraction(amount)) >= unit
    ):
        return None
    return (basis,)


def _policy(value: object, name: str) -> Policy:
    fields = _Fields(value, name)
    policy = Policy(
        every=fields.get("every", _count, 1),
        unit=fields.get("unit", _one_of(UNITS), "month"),
        anchor=fields.get("anchor", _optional(_day), None),
        timing=fields.get("timing", _one_of(TIMINGS), "advance"),
        day_count=fields.get("day_count", _one_of(DAY_COUNTS), "actual"),
    )
    if policy.day_count == "30/360" and not policy.months:
        raise CaseError(
            fields.name("day_count"),
            '"30/360"',
            '"actual" or "none" for days and weeks',
        )
    return policy


def _show(value: object) -> str:
    text = "null" if value is None else '"' + " ".join(str(value).split()) + '"'
    return text if len(text) <= 60 else text[:57] + '..."'


def _list(value: object, name: str) -> list:
    if not isinstance(value, list):
        raise CaseError(name, _show(value), "a list")
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise CaseError(name, _show(value), "a text that is not empty")
    return value


def _day(value: object, name: str) -> date:
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            day = date.fromisoformat(value)
            if day.year in _YEARS:
                return day
    except ValueError:
        pass
    raise CaseError(name, _show(value), "a day such as 2026-01-31 (1900 to 2199)")


def _number(value: object, name: str) -> Decimal:
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
    raise CaseError(name, _show(value), 'a number as text, such as "12.50"')


def _percent(value: object, name: str) -> Decimal:
    number = _number(value, name)
    if not 0 <= number <= 100:
        raise CaseError(name, _show(value), "a percentage from 0 to 100")
    return number


def _whole(value: object, name: str, minimum: int, maximum: int) -> int:
    if type(value) is int and minimum <= value <= maximum:
        return value
    raise CaseError(name, _show(value), f"a whole number from {minimum} to {maximum}")


def _count(value: object, name: str) -> int:
    return _whole(value, name, 1, 1000)


def _digits(value: object, name: str) -> int:
    return _whole(value, name, 0, 6)


def _one_of(allowed: tuple[str, ...]) -> Callable:
    def convert(value: object, name: str) -> str:
        if value not in allowed:
            raise CaseError(name, _show(value), "one of " + ", ".join(allowed))
        return value

    return convert


def _optional(convert: Callable) -> Callable:
    return lambda value, name: None if value is None else convert(value, name)
