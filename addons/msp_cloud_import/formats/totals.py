"""Sums of a file's money by currency, and how they are written."""

from dataclasses import dataclass
from decimal import Decimal

from .exact import EXACT
from .provider_charge import ProviderCharge, plain

_CENTS = 2
_ZERO = Decimal(0)


@dataclass(slots=True)
class Totals:
    """Sums of the charges of one currency; a missing tax or total counts as 0."""

    billed_cost: Decimal = _ZERO
    tax: Decimal = _ZERO
    total: Decimal = _ZERO

    def add(self, charge: ProviderCharge) -> None:
        """Add a charge."""
        tax = _ZERO if charge.tax is None else charge.tax
        total = charge.total
        if total is None:
            total = EXACT.add(charge.billed_cost, tax)
        self.billed_cost = EXACT.add(self.billed_cost, charge.billed_cost)
        self.tax = EXACT.add(self.tax, tax)
        self.total = EXACT.add(self.total, total)


def money_text(amount: Decimal) -> str:
    """Return a sum with two decimals, or more if they are not zero."""
    if not amount:
        return "0.00"
    digits = EXACT.normalize(amount)
    exponent = digits.as_tuple().exponent
    places = max(_CENTS, -exponent if isinstance(exponent, int) else _CENTS)
    return plain(digits.quantize(Decimal(1).scaleb(-places), context=EXACT))
