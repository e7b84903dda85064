"""What may be odd about a good row, by notice code and sentence."""

from collections.abc import Iterator
from decimal import Decimal

from .exact import EXACT
from .problem import shown
from .provider_charge import plain
from .sentence import Sentence, _

NO_CUSTOMER_ID = (
    "no_customer_id",
    _("the customer id is empty; check the customer by domain and name"),
)
NO_CHARGE_END = (
    "no_charge_end",
    _("the charge has an amount but no last day; check its period"),
)
NO_EXCHANGE_RATE = (
    "no_exchange_rate",
    _(
        "price and amount are in different currencies and the exchange rate is missing; "
        "the price cannot be checked"
    ),
)


def unknown_charge_type(word: str) -> tuple[str, Sentence]:
    """Return what is said about a word for a kind of charge that nobody knows."""
    return (
        "unknown_charge_type",
        _(
            "charge type “%(word)s” is not known; decide by hand what it means",
            word=shown(word),
        ),
    )


def unlisted_charge_type(word: str) -> tuple[str, Sentence]:
    """Return what is said about a word that a column profile does not list."""
    return (
        "unknown_charge_type",
        _(
            "charge type “%(word)s” is not known; add it to the column profile or "
            "decide by hand what it means",
            word=shown(word),
        ),
    )


def zero_quantity(amount: Decimal) -> tuple[str, str]:
    """Return what is said about money without a quantity."""
    return (
        "zero_quantity",
        _(
            "the quantity is 0 but the amount is %(amount)s; the amount counts",
            amount=plain(amount),
        ),
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
            _(
                "net %(net)s and tax %(tax)s make %(expected)s, but the file says "
                "%(total)s",
                net=plain(subtotal),
                tax=plain(tax),
                expected=plain(expected),
                total=plain(total),
            ),
        )
