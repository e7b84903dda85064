"""Case files: a contract's history and claims as JSON, for support and tests."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from .dated import is_dated
from .errors import CaseError, PriceIntervalError
from .history import WHOLE, Amount, History, Line, Terms
from .periods import Policy
from .policies import in_instalments, read_overrides, read_policy
from .portions import period_price
from .pricing import TIERED, Pricing
from .pricing_data import check_fields, read_pricing
from .rounding import to_decimal
from .settlement import Basis, Claim
from .values import (
    Fields,
    one_of,
    optional,
    show,
    to_count,
    to_day,
    to_digits,
    to_months,
    to_number,
    to_percent,
    to_text,
    to_unsigned,
)

#: What stands beside a price, of whatever model.
_BESIDE = ("included", "minimum", "maximum", "discount_amount", "markup")
_CASE = ("currency_digits", "until", "end", "policy", "versions", "claimed", "catch_up")
_LINE = (
    "position",
    "quantity",
    "unit_price",
    "discount",
    "price_months",
    "text",
    "share",
)
_CLAIM = ("position", "start", "end", "amount", "kind", "quantity", "unit_price")
_KINDS = ("regular", "correction", "goodwill")


class Case(NamedTuple):
    """What `billing.settle` takes.

    :param catch_up: most missed periods of a position in one run, None: all
    :param reasons: by number of a version, why it was made
    """

    history: History
    claims: list[Claim]
    until: date
    digits: int
    catch_up: int | None = None
    reasons: Mapping[int, str] = MappingProxyType({})


def parse_case(data: object) -> Case:
    """Return the case that decoded JSON describes.

    :param data: object with ``currency_digits``, ``until``, ``end``, ``policy``,
        ``versions``, ``claimed`` and ``catch_up``; intervals are half-open
    :raise CaseError: a field is missing or malformed; names the field
    """
    case = Fields(data, "")
    case.only(*_CASE)
    digits = case.get("currency_digits", to_digits, 2)
    until = case.get("until", to_day)
    end = case.get("end", optional(to_day), None)
    policy = case.get("policy", read_policy, Policy())
    reasons: dict[int, str] = {}
    history = _history(case.items("versions"), policy, end, reasons)
    claims = [_claim(item, digits) for item in case.items("claimed", [])]
    catch_up = case.get("catch_up", optional(to_count), None)
    return Case(history, claims, until, digits, catch_up, reasons)


def _history(
    versions: list[Fields], policy: Policy, end: date | None, reasons: dict[int, str]
) -> History:
    if not versions:
        raise CaseError("versions", "an empty list", "at least one version")
    # Of versions with the same first day the later recorded one wins: the days
    # of the earlier one are none.
    dated = sorted(
        ((version.get("start", to_day), version) for version in versions),
        key=lambda pair: pair[0],
    )
    first = dated[0][0]
    if end is not None and end < first:
        raise CaseError("end", end.isoformat(), f"a day from {first} on")
    lines: list[Line] = []
    terms: list[Terms] = []
    amounts: dict[str, dict] = {}
    for index, (start, version) in enumerate(dated):
        version.only("start", "lines", "policy", "reason")
        number = index + 1
        after = dated[number][0] if number < len(dated) else None
        stop = min(filter(None, (after, end)), default=None)
        policy = version.get("policy", read_policy, policy)
        reasons[number] = version.get("reason", to_text, "")
        anchored = replace(in_instalments(policy), anchor=policy.anchor or first)
        if start != after:
            terms = _extended(terms, Terms(start, after, anchored))
        seen = set()
        for item in version.items("lines", []):
            line = _line(item, start, stop, number, policy)
            if line.position in seen:
                raise CaseError(
                    item.name("position"),
                    show(line.position),
                    "each position once per version",
                )
            seen.add(line.position)
            given = _amounts(item)
            if stop is None or start < stop:
                lines.append(line)
            if start != after:
                # Behind the contract's end they are named, so that none is lost.
                amounts.setdefault(line.position, {}).update(given)
    return History(
        first,
        end,
        tuple(lines),
        tuple(terms),
        amounts={
            position: tuple(found.values()) for position, found in amounts.items()
        },
    )


def _extended(terms: list[Terms], new: Terms) -> list[Terms]:
    if terms and terms[-1].policy == new.policy:
        return [*terms[:-1], replace(terms[-1], end=new.end)]
    return [*terms, new]


def _line(
    item: Fields, start: date, end: date | None, number: int, policy: Policy
) -> Line:
    item.only(*_LINE, *_BESIDE, "pricing", "policy", "amounts")
    pricing, unit_price = _price(item)
    given = item.get("pricing", Fields) if "pricing" in item.data else item
    overrides = read_overrides(item, policy)
    line = Line(
        position=item.get("position", to_text),
        start=start,
        end=end,
        quantity=_quantity(item, pricing),
        unit_price=unit_price,
        discount=item.get("discount", to_percent, None)
        or given.get("discount", to_percent, Decimal(0)),
        price_months=item.get("price_months", to_months, 0),
        versions=(number,),
        # Said in so many words, a price per unit is no price scheme.
        pricing=None if pricing == Pricing() else pricing,
        overrides=overrides,
        share=item.get("share", to_percent, WHOLE),
    )
    if not is_dated(line):
        try:
            period_price(line, replace(in_instalments(policy), **dict(overrides)))
        except PriceIntervalError as error:
            fitting = "0 for periods of days or weeks"
            if error.period_months:
                fitting = f"a divisor or a multiple of {error.period_months} months"
            raise CaseError(
                item.name("price_months"), f'"{line.price_months}"', fitting
            ) from error
    return line


def _quantity(item: Fields, pricing: Pricing | None) -> Decimal:
    if pricing and pricing.model in ("flat", "amounts", "included"):
        return item.get("quantity", to_unsigned, Decimal(1))
    return item.get("quantity", to_unsigned)


def _price(item: Fields) -> tuple[Pricing | None, Decimal]:
    """Return the pricing, None if per unit and nothing else, and the unit price."""
    beside = {name: item.data[name] for name in _BESIDE if name in item.data}
    if "pricing" not in item.data:
        unit_price = item.get("unit_price", to_number)
        # Read on the line, so that messages name the field where it stands.
        return (read_pricing(item) if beside else None), unit_price
    given = item.get("pricing", Fields)
    check_fields(given)
    joined = Fields({**given.data, **beside}, given.path)
    pricing = read_pricing(joined)
    name = {"flat": "amount", "package": "price"}.get(pricing.model)
    if name and name in given.data:
        return pricing, given.get(name, to_number)
    if pricing.model in (*TIERED, "amounts", "included"):
        return pricing, item.get("unit_price", to_number, Decimal(0))
    if "unit_price" in given.data:
        return pricing, given.get("unit_price", to_number)
    if name and "unit_price" not in item.data:
        raise CaseError(given.name(name), "nothing", "a value")
    return pricing, item.get("unit_price", to_number)


def _amounts(item: Fields) -> dict[str, Amount]:
    """Return the dated amounts of a line by their keys."""
    found: dict[str, Amount] = {}
    for index, entry in enumerate(item.items("amounts", [])):
        entry.only("start", "end", "quantity", "amount", "key")
        key = entry.get("key", to_text, f"#{index + 1}")
        if key in found:
            raise CaseError(entry.name("key"), show(key), "each key once")
        start = entry.get("start", to_day)
        end = entry.get("end", optional(to_day), None) or start + timedelta(days=1)
        if end <= start:
            raise CaseError(entry.name("end"), str(end), f"a day after {start}")
        found[key] = Amount(
            start,
            end,
            entry.get("quantity", to_number, Decimal(0)),
            entry.get("amount", to_number),
            key,
        )
    return found


def _claim(item: Fields, digits: int) -> Claim:
    item.only(*_CLAIM, "discount", "factor", "reason")
    position = item.get("position", to_text)
    start = item.get("start", to_day)
    end = item.get("end", to_day)
    if end <= start:
        raise CaseError(item.name("end"), end.isoformat(), f"a day after {start}")
    given = item.get("amount", to_number)
    amount = to_decimal(Fraction(given), digits)
    if amount != given:
        raise CaseError(item.name("amount"), show(given), f"at most {digits} decimals")
    return Claim(
        position,
        start,
        end,
        amount,
        basis=_basis(item, start, end, amount),
        goodwill=item.get("kind", one_of(_KINDS), "regular") == "goodwill",
    )


def _basis(item: Fields, start: date, end: date, amount: Decimal) -> tuple | None:
    """Return what a claim says it rests on, if that explains its amount.

    So charges that were printed can be read back: corrections, and what had a
    discount (which is not printed), have no basis.
    """
    if "quantity" not in item.data or "unit_price" not in item.data:
        return None
    basis = Basis(
        start,
        end,
        item.get("quantity", to_number),
        item.get("unit_price", to_number),
        item.get("discount", to_percent, Decimal(0)),
    )
    factor = Fraction(item.get("factor", to_number, Decimal(1)))
    values = (basis.quantity, basis.unit_price, basis.discount)
    quantity, price, discount = map(Fraction, values)
    explained = quantity * price * (1 - discount / 100) * factor
    unit = Fraction(1, 10 ** -amount.as_tuple().exponent)
    if (
        item.data.get("kind") == "correction"
        or abs(explained - Fraction(amount)) >= unit
    ):
        return None
    return (basis,)
