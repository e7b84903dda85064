"""How Microsoft computes the Subtotal of a line, to compare and never to book.

Source: page "Partner Center NCE reconciliation file", section 6: recomputed on
a genuine file; 5,200 of 5,206 rows are exact. The vendor bill is always booked
as printed.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from .exact import EXACT
from .oddities import NO_EXCHANGE_RATE, total_oddity, zero_quantity
from .provider_charge import plain
from .sentence import _

CENT = Decimal("0.01")
_ONE = Decimal(1)


def expected_subtotal_usage(
    unit_price: Decimal, quantity: Decimal, rate: Decimal
) -> Decimal:
    """Return ``trunc(trunc(price × quantity, 2) × rate, 2)``.

    Truncation is towards zero, so charges and credits mirror each other.

    :param unit_price: EffectiveUnitPrice, signed, pricing currency
    :param quantity: BillableQuantity, unsigned
    :param rate: pricing to billing currency
    """
    return _cut(EXACT.multiply(_cut(EXACT.multiply(unit_price, quantity)), rate))


def expected_subtotal_seats(
    unit_price: Decimal, quantity: Decimal, rate: Decimal
) -> Decimal:
    """Return ``trunc(price × rate, 2) × quantity``; parameters as for usage."""
    return EXACT.multiply(_cut(EXACT.multiply(unit_price, rate)), quantity)


def _cut(amount: Decimal) -> Decimal:
    return EXACT.quantize(amount, CENT)


def oddities(
    number: Mapping[str, Decimal | None], is_foreign: bool, is_metered: bool
) -> Iterator[tuple[str, str]]:
    """Yield notice code and sentence where a row's amounts contradict each other.

    :param number: column name -> number of the row; Subtotal is never None
    :param is_foreign: pricing and billing currency differ
    :param is_metered: the row bills consumption
    """
    yield from total_oddity(number["Subtotal"], number["TaxTotal"], number["Total"])
    subtotal, price = number["Subtotal"], number["EffectiveUnitPrice"]
    quantity, rate = number["BillableQuantity"], number["PCToBCExchangeRate"]
    if subtotal is None or price is None or quantity is None:
        return
    if not quantity:
        if subtotal:
            yield zero_quantity(subtotal)
        return
    if rate is None and is_foreign:
        yield NO_EXCHANGE_RATE
        return
    rate = _ONE if rate is None else rate
    rule = expected_subtotal_usage if is_metered else expected_subtotal_seats
    expected = rule(price, quantity, rate)
    if EXACT.abs(EXACT.subtract(expected, subtotal)) > CENT:
        yield (
            "arithmetic",
            _(
                "price %(price)s × quantity %(quantity)s × rate %(rate)s gives "
                "%(expected)s, but the file says %(amount)s; the amount of the file "
                "counts",
                price=plain(price),
                quantity=plain(quantity),
                rate=plain(rate),
                expected=plain(expected),
                amount=plain(subtotal),
            ),
        )
