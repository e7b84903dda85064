"""Rows of a file read by a column profile become provider charges."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from .exact import EXACT
from .layout import Layout, normalised
from .oddities import (
    NO_CHARGE_END,
    NO_CUSTOMER_ID,
    NO_EXCHANGE_RATE,
    total_oddity,
    unlisted_charge_type,
    zero_quantity,
)
from .profile import Profile
from .profile_row import ProfileRow
from .profile_rows import ProfileRows
from .provider_charge import ProviderCharge, charge_category, flagged, plain
from .row_by_row import RowByRow
from .row_key import sign
from .sentence import _, joined

_CENT = Decimal("0.01")
_ONE = Decimal(1)


class ProfileReader(RowByRow[ProfileRow]):
    """Reads the rows of one file."""

    def __init__(self, layout: Layout, profile: Profile):
        super().__init__(layout)
        self._profile = profile
        self._rows = ProfileRows(layout, profile)

    def use(self, layout: Layout) -> None:
        """Read the rows that follow by another header."""
        super().use(layout)
        self._rows = ProfileRows(layout, self._profile)

    def leaves_out(self, cells: Sequence[str]) -> bool:
        """Return whether a filter of the profile leaves a row out."""
        return self._rows.leaves_out(cells)

    def _line(self, row: int, cells: Sequence[str]) -> ProfileRow:
        return self._rows.unread(row, cells)

    def _checked(self, row: int, cells: Sequence[str]) -> ProfileRow:
        return self._rows.read(row, cells)

    def _charge(self, line: ProfileRow) -> ProviderCharge:
        number, days, word, text = line.numbers.get, line.days, line.word, line.text
        amount, start = line.numbers["billed_cost"], line.start
        assert amount is not None and start is not None  # checked by ProfileRows
        term, plan = line.term_and_plan(self._profile)
        return ProviderCharge(
            row=line.row,
            row_key=self._row_key(line),
            invoice_id=word("invoice_id") or self._layout.file_hash,
            sub_account_id=line.uniform_id("sub_account_id"),
            sub_account_name=text("sub_account_name"),
            customer_domain=text("customer_domain"),
            subscription_id=line.subscription_key(),
            sku_id=line.sku_key(),
            service_name=text("service_name"),
            sku_name=text("sku_name"),
            publisher_name=text("publisher_name"),
            charge_description=text("charge_description"),
            event=line.event,
            charge_type=word("charge_type"),
            event_date=days.get("event_date"),
            charge_category=charge_category(line.event),
            quantity=number("pricing_quantity"),
            pricing_quantity=line.quantity(),
            is_difference=self._rows.is_difference(line),
            pricing_unit=text("pricing_unit"),
            list_unit_price=number("list_unit_price"),
            contracted_unit_price=line.unit_price(),
            billed_cost=amount,
            tax=number("tax"),
            total=number("total"),
            billing_currency=line.currency,
            pricing_currency=word("pricing_currency").upper() or None,
            exchange_rate=number("exchange_rate"),
            charge_period_start=start,
            charge_period_end=line.end,
            term=term,
            billing_plan=plan,
            term_start=days.get("term_start"),
            term_end=line.term_end(self._profile),
            group_ref=word("group_ref") or None,
            flags=self._flags(line),
            raw=self._raw(line),
        )

    def _row_key(self, line: ProfileRow) -> str:
        """Return the key; names count only where they stand in for an id."""
        amount, quantity = line.numbers["billed_cost"], line.quantity()
        return self._keys.key(
            (
                line.word("invoice_id"),
                line.customer_key(),
                line.subscription_key(),
                line.sku_key(),
                line.cell("charge_description"),
                normalised(line.word("charge_type")),
                str(line.start),
                sign(amount or quantity),
            )
        )

    def _flags(self, line: ProfileRow) -> tuple[str, ...]:
        amount, quantity = line.numbers["billed_cost"], line.quantity()
        flags = {
            "unknown_charge_type": line.event == "unknown",
            "no_customer_id": self._lacks_customer_id(line),
            "no_charge_end": line.end is None and bool(amount),
            "zero_amount": not amount and not line.is_count,
            "count_only": line.is_count,
            "zero_quantity": quantity is not None and not quantity,
        }
        return flagged(flags)

    def _lacks_customer_id(self, line: ProfileRow) -> bool:
        has_ids = "sub_account_id" in self._layout.position
        return has_ids and not line.word("sub_account_id")

    def _oddities(self, line: ProfileRow) -> Iterator[tuple[str, str]]:
        """Yield notice code and sentence of what is odd about a row."""
        number = line.numbers.get
        if line.event == "unknown":
            yield unlisted_charge_type(line.cell("charge_type"))
        if self._lacks_customer_id(line):
            yield NO_CUSTOMER_ID
        if line.end is None and number("billed_cost"):
            yield NO_CHARGE_END
        yield from total_oddity(number("billed_cost"), number("tax"), number("total"))
        yield from _price_oddity(line)


def _price_oddity(line: ProfileRow) -> Iterator[tuple[str, str]]:
    """Yield where price, quantity and share of the period contradict the amount.

    A cent per unit is rounding, and so is what the last printed digit of the share
    can hide: 0.71 stands for 22 of 31 days. The amount is never recomputed.
    """
    amount, price = (
        line.numbers["billed_cost"],
        line.numbers.get("contracted_unit_price"),
    )
    quantity, rate = line.numbers.get("pricing_quantity"), line.rate()
    if amount is None or price is None or quantity is None or rate is None:
        if amount and price is not None and quantity and rate is None:
            yield NO_EXCHANGE_RATE
        return
    if not quantity:
        if amount:
            yield zero_quantity(amount)
        return
    share = line.numbers.get("duration")
    share = _ONE if share is None else share
    full = EXACT.multiply(EXACT.multiply(price, rate), quantity).copy_abs()
    expected = EXACT.multiply(full, share.copy_abs())
    allowed = EXACT.add(EXACT.multiply(_CENT, quantity.copy_abs()), _CENT)
    exponent = share.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0 and share != share.to_integral():
        half_digit = Decimal(5).scaleb(exponent - 1)
        allowed = EXACT.add(allowed, EXACT.multiply(full, half_digit))
    if EXACT.subtract(expected, amount.copy_abs()).copy_abs() > allowed:
        factors = [
            _("price %(number)s", number=plain(price)),
            _("quantity %(number)s", number=plain(quantity)),
        ]
        if rate != _ONE:
            factors.append(_("rate %(number)s", number=plain(rate)))
        if share != _ONE:
            factors.append(_("share %(number)s", number=plain(share)))
        yield (
            "arithmetic",
            _(
                "%(factors)s gives %(expected)s, but the file says %(amount)s; the "
                "amount of the file counts",
                factors=joined(factors, " × "),
                expected=plain(EXACT.quantize(expected, _CENT)),
                amount=plain(amount),
            ),
        )
