"""The three-way comparison of one position, day by day over a period."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from .timeline import Content, Statement, Supply, on, product, supplied

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Finding:
    """Days on which two of the three sides differ, for one cause.

    :param start: first of these days
    :param end: first day after the last of them; there may be others in between
    :param supplied: quantity at the provider on the last of them
    :param contained: quantity in the contract on the last of them
    :param billed: quantity on invoices on the last of them
    :param amount: value of the difference at the customer's price, rounded once;
        None if there is no price. Positive except for ``to_correct``, where it is
        what the customer will be charged, or credited if negative
    :param keys: rows that say what is supplied on these days
    """

    cause: str
    start: date
    end: date
    supplied: Decimal
    contained: Decimal
    billed: Decimal
    amount: Decimal | None
    keys: tuple[Hashable, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """What one position comes to in a period.

    :param supplied: quantity on the last day, None if that is before the first
        statement
    :param contained: likewise in the contract
    :param billed: likewise on invoices
    :param value: what the contract's content of these days costs the customer
    :param billed_value: what of that stands on invoices
    """

    findings: tuple[Finding, ...]
    supplied: Decimal | None
    contained: Decimal
    billed: Decimal
    value: Decimal
    billed_value: Decimal


def compare(
    chains: Iterable[Iterable[Statement]],
    contents: Sequence[Content],
    billed: Sequence[Content],
    start: date,
    end: date,
    digits: int = 2,
    stand_in: Content | None = None,
    speaks: bool = True,
) -> Comparison:
    """Compare the three sides on the days of [start, end).

    Days before the first statement of all are not held against the contract, as
    the files that spoke for them were never read. Without any statement the
    provider supplies nothing. A day without content is priced by `stand_in`, else
    by the content before it, else by the first one.

    :param chains: statements of each subscription of the position, see `supplied`
    :param contents: the contract's content, in order of days, no overlap
    :param billed: likewise what invoices say
    :param digits: decimals of the currency
    :param stand_in: whose price and share count on days without content
    :param speaks: False if there are rows, but what they say is not known: then
        only contract and invoices are compared
    """
    chains = [list(chain) for chain in chains]
    first = min((one.start for chain in chains for one in chain), default=None)
    supplies = [supplied(chain) for chain in chains]
    sums: dict[str, _Sum] = {}
    value = billed_value = Fraction(0)
    last = None
    for day, after in _stretches(supplies, contents, billed, first, start, end):
        content = on(contents, day)
        sides = _Sides(
            _supply(supplies, day) if speaks and (not first or day >= first) else None,
            content,
            content or _priced(contents, day, stand_in),
            on(billed, day),
            _has_ended(contents, content, day),
        )
        last, days = sides, (after - day).days
        owed = sides.owed(days)
        paid = sides.billed_value(days, owed)
        value += owed
        billed_value += paid or 0
        for cause, amount in _differences(sides, days, bool(first), owed, paid):
            sums.setdefault(cause, _Sum()).add(sides, day, after, amount)
    return Comparison(
        tuple(sums[cause].to_finding(cause, digits) for cause in sums),
        last.supply[0] if last and last.supply else None,
        last.contained if last else _ZERO,
        last.invoiced if last else _ZERO,
        round_half_up(value, digits),
        round_half_up(billed_value, digits),
    )


@dataclass(frozen=True, slots=True)
class _Sides:
    """The three sides on one day.

    :param supply: quantity and keys of the rows, None if no file speaks for it
    :param priced: the content whose price counts, on days without content too
    :param has_ended: whether the contract contained something before
    """

    supply: tuple[Decimal, tuple] | None
    content: Content | None
    priced: Content | None
    invoice: Content | None
    has_ended: bool = False

    @property
    def contained(self) -> Decimal:
        return (self.content and self.content.quantity) or _ZERO

    @property
    def invoiced(self) -> Decimal:
        if self.invoice and self.invoice.quantity is None:
            return self.contained
        return (self.invoice and self.invoice.quantity) or _ZERO

    def owed(self, days: int) -> Fraction:
        """Return what the contract asks for some of these days."""
        return self.content.value(days) if self.content else Fraction(0)

    def billed_value(self, days: int, owed: Fraction) -> Fraction | None:
        """Return what of that stands on invoices, None if no share is known."""
        if self.invoice is None:
            return Fraction(0)
        if self.invoice.quantity is None:
            return owed
        content = self.content
        if (
            content
            and (content.exact_price is not None or self.invoice.share is None)
            and content.is_same(self.invoice)
        ):
            # If at all, only the average was rounded, not what is on the invoice.
            return owed
        if self.invoice.share is not None:
            return self.invoice.value(days)
        if self.priced is None:
            return None
        one = self.invoice
        return product(one.quantity, one.unit_price, self.priced.share, days)


class _Sum:
    """What the stretches of one cause add up to."""

    def __init__(self):
        self.start = self.end = self.sides = None
        self.amount: Fraction | None = Fraction(0)
        self.keys: dict[Hashable, None] = {}

    def add(self, sides: _Sides, start: date, end: date, amount) -> None:
        self.start = self.start or start
        self.end, self.sides = end, sides
        if amount is None or self.amount is None:
            self.amount = None
        else:
            self.amount += amount
        self.keys.update(dict.fromkeys(sides.supply[1] if sides.supply else ()))

    def to_finding(self, cause: str, digits: int) -> Finding:
        return Finding(
            cause,
            self.start,
            self.end,
            self.sides.supply[0] if self.sides.supply else _ZERO,
            self.sides.contained,
            self.sides.invoiced,
            None if self.amount is None else round_half_up(self.amount, digits),
            tuple(self.keys),
        )


def _differences(
    sides: _Sides,
    days: int,
    was_supplied: bool,
    owed: Fraction,
    billed: Fraction | None,
) -> Iterator[tuple[str, Fraction | None]]:
    """Yield cause and value of what differs on some days that are all alike.

    :param owed: what the contract asks for these days
    :param billed: what of that stands on invoices, None if no share is known
    """
    content, invoice = sides.content, sides.invoice
    is_amount = bool(content and content.is_amount)
    if sides.supply and not is_amount:
        quantity = sides.supply[0]
        more = quantity - sides.contained
        is_priced = more and sides.priced and not sides.priced.is_included
        amount = sides.priced.value(days, abs(more)) if is_priced else None
        is_included = content and content.is_included
        if more > 0 and is_included:
            yield "more_than_bundle", amount
        elif more > 0 and sides.has_ended:
            yield "cancellation_missed", amount
        elif more > 0:
            yield "seats_missing" if content else "not_in_contract", amount
        elif more < 0 and quantity:
            yield "less_than_bundle" if is_included else "seats_surplus", amount
        elif more < 0:
            yield "ended_at_provider" if was_supplied else "only_in_contract", amount
    if invoice is None:
        if owed and content.is_due:
            yield "not_passed_on" if is_amount else "not_billed", owed
    elif content and content.is_same(invoice):
        return
    elif billed is None:
        if invoice.quantity and invoice.unit_price:
            yield "to_correct", None
    elif owed != billed:
        yield "to_correct", owed - billed


def as_one_change(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with those that one change has caused as one of them.

    Who gives seats back and ends the rest has ended it: the surplus of the days
    before is part of that.
    """
    by_cause = {one.cause: one for one in findings}
    whole, part = by_cause.get("ended_at_provider"), by_cause.get("seats_surplus")
    if whole and part and part.start < whole.start:
        amounts = (whole.amount, part.amount)
        by_cause[whole.cause] = replace(
            whole,
            start=part.start,
            amount=None if None in amounts else sum(amounts),
            keys=tuple(dict.fromkeys((*part.keys, *whole.keys))),
        )
        del by_cause[part.cause]
    return list(by_cause.values())


def _has_ended(contents: Sequence[Content], content: Content | None, day: date) -> bool:
    """Return whether nothing is contained on a day, but something was before.

    :param content: that of the day
    """
    if content and content.quantity:
        return False
    return any(one.quantity and one.end <= day for one in contents)


def _priced(
    contents: Sequence[Content], day: date, stand_in: Content | None
) -> Content | None:
    """Return the content whose price counts on a day without any, see `compare`."""
    before = [one for one in contents if one.start <= day]
    return stand_in or (before[-1:] or contents[:1] or [None])[0]


def _supply(supplies: Sequence[Sequence[Supply]], day: date) -> tuple[Decimal, tuple]:
    found = [one for chain in supplies if (one := on(chain, day))]
    keys = dict.fromkeys(key for one in found for key in one.keys)
    return sum((one.quantity for one in found), _ZERO), tuple(keys)


def _stretches(
    supplies, contents, billed, first, start, end
) -> Iterator[tuple[date, date]]:
    """Yield the stretches of days on which no side changes."""
    cuts = {start, end}
    for one in (*(one for chain in supplies for one in chain), *contents, *billed):
        cuts.update(day for day in (one.start, one.end) if day and start < day < end)
    if first and start < first < end:
        cuts.add(first)
    yield from pairwise(sorted(cuts))


def round_half_up(value: Fraction, digits: int) -> Decimal:
    """Return `value` rounded half away from zero to `digits` decimals."""
    above, below = abs(value.numerator) * 10**digits, value.denominator
    units = (2 * above + below) // (2 * below)
    return Decimal(f"{-units if value < 0 else units}E-{digits}")
