"""One row of Microsoft's reconciliation file as typed values, and its checks.

Section numbers are those of the page "Microsoft Partner Center – new-commerce
invoice reconciliation file".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .errors import BadCell
from .layout import Layout, normalised
from .microsoft_nce_columns import DATES, EVENTS, IDS, NEEDS_ORDER_DATE, NUMBERS
from .number_style import bare
from .problem import Problem, shown
from .terms import is_trial, term_of_text

# 1.23457E+15, or nothing but zeros after the 15 digits a spreadsheet keeps
_LIKE_A_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?[eE][+-][0-9]{1,3}|[1-9][0-9]{14}0+")
_DAMAGED = (
    "this id was damaged by a spreadsheet; download the file again and import it "
    "without opening it in Excel"
)
_MISSING = "is missing; download the file again"
SKU_ID_CHARS = 4


@dataclass(slots=True)
class NceRow:
    """The cells of one row by name.

    :param values: our column name -> cell without blanks around it
    :param bad: column, cell and advice for each cell that cannot be understood;
        filled by `read_row`
    """

    layout: Layout
    row: int
    cells: Sequence[str]
    values: dict[str, str]
    numbers: dict[str, Decimal | None] = field(default_factory=dict)
    days: dict[str, date | None] = field(default_factory=dict)
    bad: list[tuple[str, str, str]] = field(default_factory=list)
    event: str = "unknown"
    is_metered: bool = False
    currency: str = ""

    def cell(self, name: str) -> str:
        """Return a cell, empty if the file has no such column."""
        return self.values.get(name, "")

    def text(self, name: str) -> str | None:
        """Return a name or description, None if it is blank."""
        return self.values.get(name) or None

    def word(self, name: str) -> str:
        """Return an id or code without the apostrophe that guards it."""
        value = self.values.get(name, "")
        return bare(value) if value[:1] == "'" else value

    def is_trial(self) -> bool:
        """Return whether the row belongs to a trial (sections 2 and 4)."""
        return is_trial(self.cell("TermAndBillingCycle")) or (
            '"trial"' in self.cell("ProductQualifiers").lower()
        )

    def money(self) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency, None for both if one is not certain.

        In a row with shifted cells a number might be another column's; that the
        currency is where it should be speaks against it.
        """
        currency = self.word("Currency").upper()
        try:
            amount = self.layout.numbers.parse(self.cell("Subtotal"))
        except BadCell:
            amount = None
        if amount is None or not _is_currency(currency):
            return None, None
        return amount, currency

    def problem(self) -> Problem:
        """Return what is wrong with the row: the first bad cell, others by name."""
        column, value, reason = self.bad[0]
        names = (self._name(column) for column, _, _ in self.bad[1:])
        others = ", ".join(dict.fromkeys(names))
        text = f"found “{shown(value)}”, {reason}" if value else reason
        if others:
            text += f" (also wrong: {others})"
        return Problem(self.row, self._name(column), value, text, *self.money())

    def _name(self, column: str) -> str:
        """Return the column's name as this file spells it."""
        index = self.layout.position.get(column)
        return column if index is None else self.layout.header[index]


def unread_row(layout: Layout, row: int, cells: Sequence[str]) -> NceRow:
    """Return a row as text; `cells` may be fewer than the header's."""
    width = len(cells)
    values = {
        name: cells[index].strip()
        for name, index in layout.position.items()
        if index < width
    }
    return NceRow(layout, row, cells, values)


def read_row(layout: Layout, row: int, cells: Sequence[str]) -> NceRow:
    """Return a row with its values read and checked."""
    line = unread_row(layout, row, cells)
    _read_numbers(line)
    _read_days(line)
    line.currency = line.word("Currency").upper()
    line.is_metered = _is_metered(line)
    line.event = EVENTS.get(normalised(line.cell("ChargeType")), "unknown")
    if line.event == "purchase" and line.is_metered:
        line.event = "usage"
    _check_ids(line)
    _check_required(line)
    _check_who_and_what(line)
    return line


def _read_numbers(line: NceRow) -> None:
    parse = line.layout.numbers.parse
    for name in NUMBERS:
        cell = line.cell(name)
        try:
            line.numbers[name] = parse(cell) if cell else None
        except BadCell as error:
            line.numbers[name] = None
            line.bad.append((name, cell, error.expected))


def _read_days(line: NceRow) -> None:
    parse = line.layout.dates.parse
    for name in DATES:
        cell = line.cell(name)
        try:
            line.days[name] = parse(cell) if cell else None
        except BadCell as error:
            line.days[name] = None
            line.bad.append((name, cell, error.expected))


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


def _check_ids(line: NceRow) -> None:
    for name in IDS:
        text = line.word(name)
        if text and _is_damaged(name, text):
            line.bad.append((name, text, _DAMAGED))


def _is_damaged(name: str, text: str) -> bool:
    """Return whether a spreadsheet changed an id (section 7)."""
    if name == "SkuId" and len(text) < SKU_ID_CHARS:
        return True
    return _LIKE_A_NUMBER.fullmatch(text) is not None


def _check_required(line: NceRow) -> None:
    unreadable = {name for name, _, _ in line.bad}
    if line.numbers["Subtotal"] is None and "Subtotal" not in unreadable:
        line.bad.append(("Subtotal", "", f"the net amount {_MISSING}"))
    if not _is_currency(line.currency):
        advice = "expected a currency code of three letters such as EUR; correct the "
        advice += "file or download it again"
        line.bad.append(("Currency", line.cell("Currency"), advice))
    start, end = line.days["ChargeStartDate"], line.days["ChargeEndDate"]
    if start is None and "ChargeStartDate" not in unreadable:
        line.bad.append(("ChargeStartDate", "", f"the charge's first day {_MISSING}"))
    if start and end and end < start:
        advice = "the charge ends before it starts; correct the file or download it "
        advice += "again"
        line.bad.append(("ChargeEndDate", line.cell("ChargeEndDate"), advice))
    needs_day = line.event in NEEDS_ORDER_DATE and "OrderDate" not in unreadable
    if needs_day and line.days["OrderDate"] is None:
        line.bad.append(
            ("OrderDate", "", f"the day on which the change took effect {_MISSING}")
        )


def _check_who_and_what(line: NceRow) -> None:
    who = ("CustomerId", "CustomerDomainName", "CustomerName")
    if not any(line.text(name) for name in who):
        advice = "the row names no customer, neither id nor domain nor name; download "
        line.bad.append(("CustomerId", "", f"{advice}the file again"))
    what = ("ProductId", "SkuId", "ProductName", "SkuName")
    if not any(line.text(name) for name in what):
        advice = "the row names no product; download the file again"
        line.bad.append(("ProductId", "", advice))


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()
