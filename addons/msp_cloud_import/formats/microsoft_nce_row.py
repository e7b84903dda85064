"""One row of Microsoft's reconciliation file as typed values, and its checks.

Section numbers are those of the page "Microsoft Partner Center – new-commerce
invoice reconciliation file".
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .lacking import (
    NAMES_NO_CUSTOMER,
    NAMES_NO_PRODUCT,
    NO_AMOUNT,
    NO_DAY_OF_CHANGE,
    NO_FIRST_DAY,
)
from .layout import Layout, normalised
from .microsoft_nce_columns import DATES, EVENTS, IDS, NEEDS_ORDER_DATE, NUMBERS
from .terms import is_trial, term_of_text
from .typed_row import TypedRow

SKU_ID_CHARS = 4


@dataclass(slots=True)
class NceRow(TypedRow):
    """The cells of one row by name."""

    AMOUNT = "Subtotal"
    CURRENCY = "Currency"

    is_metered: bool = False

    def is_trial(self) -> bool:
        """Return whether the row belongs to a trial (sections 2 and 4)."""
        return is_trial(self.cell("TermAndBillingCycle")) or (
            '"trial"' in self.cell("ProductQualifiers").lower()
        )

    def is_damaged(self, name: str, text: str) -> bool:
        """Return whether a spreadsheet changed an id (section 7)."""
        is_short = name == "SkuId" and len(text) < SKU_ID_CHARS
        # super() without arguments does not work in a class with slots
        return is_short or TypedRow.is_damaged(self, name, text)


def read_row(layout: Layout, row: int, cells: Sequence[str]) -> NceRow:
    """Return a row with its values read and checked."""
    line = NceRow(layout, row, cells)
    line.read_numbers(NUMBERS)
    line.read_days(DATES)
    line.currency = line.currency_code()
    line.is_metered = _is_metered(line)
    line.event = EVENTS.get(normalised(line.cell("ChargeType")), "unknown")
    if line.event == "purchase" and line.is_metered:
        line.event = "usage"
    line.check_ids(IDS)
    line.check_lengths(("CustomerName", "CustomerDomainName"))
    _check_required(line)
    _check_who_and_what(line)
    return line


def _is_metered(line: NceRow) -> bool:
    """Return whether a row bills consumption: its term text is a meter's unit.

    Zero "Azure plan" purchases have neither meter nor text (section 4).
    """
    if line.text("MeterDescription"):
        return True
    text = line.word("TermAndBillingCycle")
    if not text or line.text("SubscriptionStartDate"):
        return False
    return term_of_text(text) is None


def _check_required(line: NceRow) -> None:
    line.require("Subtotal", NO_AMOUNT)
    line.check_currency()
    line.require("ChargeStartDate", NO_FIRST_DAY)
    line.check_order("ChargeStartDate", "ChargeEndDate")
    if line.event in NEEDS_ORDER_DATE:
        line.require("OrderDate", NO_DAY_OF_CHANGE)


def _check_who_and_what(line: NceRow) -> None:
    who = ("CustomerId", "CustomerDomainName", "CustomerName")
    if not any(line.text(name) for name in who):
        line.bad.append(("CustomerId", "", NAMES_NO_CUSTOMER))
    what = ("ProductId", "SkuId", "ProductName", "SkuName")
    if not any(line.text(name) for name in what):
        line.bad.append(("ProductId", "", NAMES_NO_PRODUCT))
