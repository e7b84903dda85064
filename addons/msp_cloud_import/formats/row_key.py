"""What makes a row this line of the provider, and what the line says.

Its identity never changes: a corrected file says other quantities and amounts of the
same line. What it says is its content.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .exact import EXACT
from .provider_charge import ProviderCharge, plain

#: All that counts of a charge.
CONTENT = (
    "quantity",
    "pricing_quantity",
    "list_unit_price",
    "contracted_unit_price",
    "billed_cost",
    "tax",
    "total",
    "billing_currency",
    "pricing_currency",
    "exchange_rate",
    "charge_period_start",
    "charge_period_end",
    "charge_description",
    "event_date",
    "term",
    "billing_plan",
    "term_start",
    "term_end",
)


@dataclass(slots=True)
class RowKeys:
    """Makes the keys of one file's rows.

    Rows equal in all parts are told apart by counting them; which of them an earlier
    row is, their content says (`row_match`). Memory: one
    64-bit number per row, about 100 bytes in Python; nothing else of a file is
    remembered.
    """

    _once: set[int] = field(default_factory=set)
    _again: dict[int, int] = field(default_factory=dict)

    def key(self, parts: Sequence[str]) -> str:
        """Return 32 hexadecimal digits, a hyphen and the occurrence from 1.

        :param parts: the natural key, every part normalised by the caller
        """
        text = "\x1f".join(parts).casefold()
        digest = hashlib.blake2b(text.encode(), digest_size=16)
        number = int.from_bytes(digest.digest()[:8], "big", signed=True)
        occurrence = 1
        if number in self._once:
            occurrence = self._again.get(number, 1) + 1
            self._again[number] = occurrence
        else:
            self._once.add(number)
        return f"{digest.hexdigest()}-{occurrence}"


def content_hash(charge: ProviderCharge) -> str:
    """Return 32 hexadecimal digits; equal for rows that say the same.

    How a file writes a number does not matter: 1.50 is 1.5.
    """
    texts = (_text(getattr(charge, name)) for name in CONTENT)
    digest = hashlib.blake2b("\x1f".join(texts).encode(), digest_size=16)
    return digest.hexdigest()


def line_key(row_key: str) -> str:
    """Return a row's key without the occurrence."""
    return row_key.rpartition("-")[0] or row_key


def sign(number: Decimal | None) -> str:
    """Return which way a row goes: a charge is never a correction of its reversal."""
    return "-" if number is not None and number < 0 else "+"


def _text(value: object) -> str:
    if isinstance(value, Decimal):
        return plain(EXACT.normalize(value)) if value else "0"
    return "" if value is None else str(value)
