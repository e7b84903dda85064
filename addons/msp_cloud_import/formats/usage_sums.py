"""Rows of usage summed into provider charges, all digits kept."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .exact import EXACT
from .problem import Notice
from .provider_charge import ProviderCharge, plain
from .row_key import RowKeys
from .sentence import _
from .totals import Totals
from .usage_columns import UsageColumns
from .usage_row import SUMMED, UsageRow

_ZERO, _ONE = Decimal(0), Decimal(1)
# How much a charge may differ from price × quantity.
_CENTS, _SHARE = Decimal("0.02"), Decimal("0.01")
_UNKNOWN, _MIXED = -2, -3
NO_TAGS = -1


@dataclass(slots=True)
class Sum:
    """One charge while its rows are read.

    :param fields: what the charge says besides its sums
    :param names: columns that its rows have in common, as in the file
    :param cells: their cells
    :param amounts: sums in order of `SUMMED`, None where no row says anything
    :param tags: number of the tags that all rows have
    """

    key: str
    row: int
    fields: dict[str, object]
    names: tuple[str, ...]
    cells: tuple[str, ...]
    amounts: list[Decimal | None]
    count: int = 0
    tags: int = _UNKNOWN


class Sums:
    """The charges of one file.

    Memory: about 2 kB per charge; texts that charges have in common are kept once.
    """

    def __init__(self, totals: dict[str, Totals]):
        self._totals = totals
        self._keys = RowKeys()
        self._index: dict[bytes, int] = {}
        self._texts: dict[str, str] = {}
        self._tag_numbers: dict[str, int] = {}
        self._tags: list[str] = []
        self.all: list[Sum] = []

    def find(
        self, line: UsageRow, fields: dict[str, object], columns: UsageColumns
    ) -> tuple[int, bool]:
        """Return the number of the charge a row belongs to, and if it is new.

        :param fields: as the row describes its charge
        """
        parts = line.key(fields)
        if line.is_single(fields):
            parts += line.own_key(fields)
            key = self._keys.key(parts)
        else:
            text = "\x1f".join(parts).casefold()
            digest = hashlib.blake2b(text.encode(), digest_size=16)
            known = self._index.setdefault(digest.digest(), len(self.all))
            if known < len(self.all):
                return known, False
            key = self._keys.key(parts)
        share = self._texts.setdefault
        cells = line.cells
        self.all.append(
            Sum(
                key,
                line.row,
                {
                    name: share(value, value) if isinstance(value, str) else value
                    for name, value in fields.items()
                },
                columns.names,
                tuple(share(cells[at], cells[at]) for at in columns.common),
                [None] * len(SUMMED),
            )
        )
        return len(self.all) - 1, True

    def add(
        self,
        index: int,
        amounts: Sequence[Decimal | None],
        count: int = 1,
        first_tags: int = NO_TAGS,
        last_tags: int = NO_TAGS,
    ) -> None:
        """Add rows to a charge.

        :param amounts: their sums in order of `SUMMED`
        :param first_tags: lowest number of their tags
        :param last_tags: highest number of their tags
        """
        one = self.all[index]
        one.count += count
        for at, amount in enumerate(amounts):
            if amount is not None:
                before = one.amounts[at]
                one.amounts[at] = (
                    amount if before is None else EXACT.add(before, amount)
                )
        tags = first_tags if first_tags == last_tags else _MIXED
        if one.tags == _UNKNOWN:
            one.tags = tags
        elif one.tags != tags:
            one.tags = _MIXED
        amount = amounts[_BILLED]
        assert amount is not None
        totals = self._totals.setdefault(str(one.fields["billing_currency"]), Totals())
        totals.billed_cost = EXACT.add(totals.billed_cost, amount)
        totals.total = EXACT.add(totals.total, amount)

    def tag_number(self, tags: str | None) -> int:
        """Return the number of a text of tags."""
        if tags is None:
            return NO_TAGS
        number = self._tag_numbers.setdefault(tags, len(self._tags))
        if number == len(self._tags):
            self._tags.append(tags)
        return number

    def oddities(self, priced: str) -> Iterator[Notice]:
        """Yield where price and quantity contradict the amount of a charge.

        :param priced: the sum that they give, one of `SUMMED`; empty: none
        """
        if not priced:
            return
        for one in sorted(self.all, key=lambda one: one.row):
            fields, price = one.fields, one.fields.get("contracted_unit_price")
            amount = one.amounts[SUMMED.index(priced)]
            quantity = one.amounts[_QUANTITY]
            rate = fields.get("exchange_rate")
            if (
                rate is None
                and fields["pricing_currency"] == fields["billing_currency"]
            ):
                rate = _ONE
            numbers = [price, quantity, rate]
            if (
                amount is None
                or fields.get("charge_class")
                or not all(isinstance(number, Decimal) for number in numbers)
            ):
                continue
            expected = _ONE
            for number in numbers:
                expected = EXACT.multiply(expected, number)
            difference = EXACT.subtract(expected, amount).copy_abs()
            # the price is rounded, and so was the amount of the month
            if difference > EXACT.add(
                _CENTS, EXACT.multiply(amount.copy_abs(), _SHARE)
            ):
                said = " × ".join(plain(trimmed(number)) for number in numbers)
                yield Notice(
                    one.row,
                    "arithmetic",
                    _(
                        "price × quantity × rate of the charge that begins here, "
                        "%(factors)s, give %(expected)s, but its rows add up to "
                        "%(amount)s; the amounts of the file count",
                        factors=said,
                        expected=plain(trimmed(expected)),
                        amount=plain(trimmed(amount)),
                    ),
                )

    def charges(self) -> Iterator[ProviderCharge]:
        """Yield the charges, oldest first."""
        order = sorted(
            self.all, key=lambda one: (one.fields["charge_period_start"], one.row)
        )
        for one in order:
            yield _charge(one, self._tags)


def _charge(one: Sum, tags: Sequence[str]) -> ProviderCharge:
    sums = {
        name: None if amount is None else trimmed(amount)
        for name, amount in zip(SUMMED, one.amounts, strict=True)
    }
    flags = one.fields.get("flags") or ()
    assert isinstance(flags, tuple)
    if not sums["billed_cost"]:
        flags += ("zero_amount",)
    if sums["pricing_quantity"] == _ZERO:
        flags += ("zero_quantity",)
    return ProviderCharge(
        **{
            **one.fields,
            **sums,
            "row": one.row,
            "row_key": one.key,
            "quantity": sums["pricing_quantity"],
            "flags": flags,
            "tags": tags[one.tags] if one.tags >= 0 else None,
            "row_count": one.count,
            "raw": dict(zip(one.names, one.cells, strict=True)),
        }
    )


_BILLED, _QUANTITY = map(SUMMED.index, ("billed_cost", "pricing_quantity"))


def trimmed(number: Decimal) -> Decimal:
    """Return a sum without zeros at its end, and without an exponent."""
    if not number:
        return _ZERO
    return Decimal(plain(EXACT.normalize(number)))
