"""What may be odd about a good row, by notice code and sentence."""

from collections.abc import Iterator
from decimal import Decimal

from .exact import EXACT
from .problem import shown
from .provider_charge import plain

NO_CUSTOMER_ID = (
    "no_customer_id",
    "the customer id is empty; check the customer by domain and name",
)
NO_CHARGE_END = (
    "no_charge_end",
    "the charge has an amount but no last day; check its period",
)
NO_EXCHANGE_RATE = (
    "no_exchange_rate",
    (
        "price and amount are in different currencies and the exchange rate is missing; "
        "the price cannot be checked"
    ),
)


def unknown_charge_type(word: str, advice: str = "") -> tuple[str, str]:
    """Return what is said about a word for a kind of charge that nobody knows."""
    return (
        "unknown_charge_type",
        f"charge type “{shown(word)}” is not known; {advice}decide by hand what it means",
    )


def zero_quantity(amount: Decimal) -> tuple[str, str]:
    """Return what is said about money without a quantity."""
    return (
        "zero_quantity",
        f"the quantity is 0 but the amount is {plain(amount)}; the amount counts",
    )


def total_oddity(
    subtotal: Decimal | None, tax: Decimal | None, total: Decimal | None
) -> Iterator[tuple[str, str]]:
    """Yield what is said where net and tax do not make the total."""
    if subtotal is None or tax is None or total is None:
        return
    expected = EXACT.add(subtotal, tax)
    if expected != total:
        yield (
            "arithmetic",
            (
                f"net {plain(subtotal)} and tax {plain(tax)} make {plain(expected)}, but "
                f"the file says {plain(total)}"
            ),
        )
