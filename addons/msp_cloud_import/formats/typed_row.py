"""One row of a file as typed values by column name, and what is wrong with it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import ClassVar

from .errors import BadCell
from .ids import DAMAGED, MAX_KEY_CHARS, TOO_LONG, is_damaged, uniform
from .lacking import ENDS_BEFORE_START, NO_CURRENCY
from .layout import Layout
from .number_style import bare
from .problem import Problem, shown
from .sentence import Sentence, _


@dataclass(slots=True)
class TypedRow:
    """The cells of one row by name.

    :param values: our column name -> cell without blanks around it
    :param bad: column, cell and advice for each cell that cannot be understood
    :param default_currency: where the file names none
    """

    AMOUNT: ClassVar[str]
    CURRENCY: ClassVar[str]

    layout: Layout
    row: int
    cells: Sequence[str]
    values: dict[str, str] = field(init=False)
    numbers: dict[str, Decimal | None] = field(default_factory=dict)
    days: dict[str, date | None] = field(default_factory=dict)
    bad: list[tuple[str, str, str]] = field(default_factory=list)
    event: str = "unknown"
    currency: str = ""
    default_currency: str = ""

    def __post_init__(self) -> None:
        """Take the cells; there may be fewer than the header's."""
        cells, width = self.cells, len(self.cells)
        self.values = {
            name: cells[index].strip()
            for name, index in self.layout.position.items()
            if index < width
        }

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

    def uniform_id(self, *names: str) -> str | None:
        """Return the first id of some columns as all downloads have it, else None."""
        found = next(filter(None, map(self.word, names)), None)
        return uniform(found) if found else None

    def read_numbers(self, names: Iterable[str]) -> None:
        """Read the number columns; blank and unreadable cells become None."""
        parse = self.layout.numbers.parse
        for name in names:
            cell = self.cell(name)
            try:
                self.numbers[name] = parse(cell) if cell else None
            except BadCell as error:
                self.numbers[name] = None
                self.bad.append((name, cell, error.expected))

    def read_days(self, names: Iterable[str]) -> None:
        """Read the date columns; blank and unreadable cells become None."""
        parse = self.layout.dates.parse
        for name in names:
            cell = self.cell(name)
            try:
                self.days[name] = parse(cell) if cell else None
            except BadCell as error:
                self.days[name] = None
                self.bad.append((name, cell, error.expected))

    def check_ids(self, names: Iterable[str]) -> None:
        """Refuse ids that a spreadsheet has damaged."""
        for name in names:
            text = self.word(name)
            if text and self.is_damaged(name, text):
                self.bad.append((name, text, DAMAGED))
        self.check_lengths(names)

    def check_lengths(self, names: Iterable[str]) -> None:
        """Refuse what is too long to recognise anything by."""
        for name in names:
            if len(self.cell(name)) > MAX_KEY_CHARS:
                self.bad.append((name, self.cell(name), TOO_LONG))

    def is_bad(self, name: str) -> bool:
        """Return whether something is wrong with a cell."""
        return any(name == one for one, _, _ in self.bad)

    def require(self, name: str, reason: Sentence) -> None:
        """Refuse a row without a value; one that cannot be read is refused already.

        :param reason: what is said then
        """
        values = self.numbers if name in self.numbers else self.days
        if values.get(name) is None and not self.is_bad(name):
            self.bad.append((name, "", reason))

    def check_currency(self) -> None:
        """Refuse a row without a currency, which is set before."""
        if not is_currency(self.currency):
            self.bad.append((self.CURRENCY, self.cell(self.CURRENCY), NO_CURRENCY))

    def check_order(self, first: str, last: str) -> None:
        """Refuse a last day before the first one."""
        start, end = self.days.get(first), self.days.get(last)
        if start and end and end < start:
            self.bad.append((last, self.cell(last), ENDS_BEFORE_START))

    def is_damaged(self, name: str, text: str) -> bool:
        """Return whether a spreadsheet changed an id."""
        return is_damaged(text)

    def currency_code(self) -> str:
        """Return the currency of the row, empty if it names none."""
        return self.word(self.CURRENCY).upper() or self.default_currency

    def money(self) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency, None for both if one is not certain.

        In a row with shifted cells a number might be another column's; that the
        currency is where it should be speaks against it.
        """
        currency = self.currency_code()
        try:
            amount = self.layout.numbers.parse(self.cell(self.AMOUNT))
        except BadCell:
            amount = None
        if amount is None or not is_currency(currency):
            return None, None
        return amount, currency

    def problem(self) -> Problem:
        """Return what is wrong with the row: the first bad cell, others by name."""
        column, value, reason = self.bad[0]
        names = (self.name(column) for column, _, _ in self.bad[1:])
        others = ", ".join(dict.fromkeys(names))
        if value:
            reason = _(
                "found “%(value)s”, %(expected)s", value=shown(value), expected=reason
            )
        if others:
            reason = _(
                "%(reason)s (also wrong: %(columns)s)", reason=reason, columns=others
            )
        return Problem(self.row, self.name(column), value, reason, *self.money())

    def name(self, column: str) -> str:
        """Return the column's name as this file spells it."""
        index = self.layout.position.get(column)
        return column if index is None else self.layout.header[index]


def is_currency(text: str) -> bool:
    """Return whether a text is like a currency code."""
    return len(text) == 3 and text.isascii() and text.isalpha()
