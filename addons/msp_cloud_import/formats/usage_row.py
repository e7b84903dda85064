"""One row of usage as typed values, and the charge it belongs to.

A format is a class of its own, that says by class attributes where its values
stand and by `describe` what they mean. The columnar reading asks it once per
group of equal rows, and for each row that is not as usual.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from .exact import EXACT
from .lacking import NO_AMOUNT, NO_DAY_OF_USE
from .layout import normalised
from .oddities import NO_CHARGE_END, NO_CUSTOMER_ID, unknown_charge_type
from .provider_charge import plain
from .typed_row import TypedRow

_ZERO, _ONE, _PERCENT = Decimal(0), Decimal(1), Decimal("0.01")
# What is summed, by field of the provider charge.
SUMMED = (
    "pricing_quantity",
    "billed_cost",
    "contracted_cost",
    "list_cost",
    "effective_cost",
    "consumed_quantity",
)
# Texts of a detail; `tags` and `raw` come on top.
DETAIL_TEXTS = ("resource_id", "resource_name", "resource_group", "region")


@dataclass(slots=True)
class UsageRow(TypedRow):
    """The cells of one row by name.

    :cvar DAY: column of the day of use
    :cvar SUMS: field of `SUMMED` -> column
    :cvar DETAILS: field of `DETAIL_TEXTS` -> column
    :cvar TAGS: column of the tags
    :cvar CHARGE: columns that all rows of a charge have in common
    :cvar NUMBERS: number columns among them
    :cvar DAYS: date columns among them
    :cvar ROW_DAYS: date columns of the single row; of rows that are summed they are
        only checked
    :cvar END: the one among them that ends what begins on `DAY`
    :cvar IDS: id columns among them
    :cvar KEY_COLUMNS: columns that tell charges apart, besides the customer
    :cvar KEY: fields of the charge that do
    :cvar NAMES: columns by which a customer may be found without an id
    :cvar SINGLE: events whose rows are a charge of their own
    :cvar PRICED: the sum that price and quantity of a charge give, if any does
    :cvar BLANKS: words for no value
    """

    DAY: ClassVar[str]
    SUMS: ClassVar[Mapping[str, str]]
    DETAILS: ClassVar[Mapping[str, str]]
    TAGS: ClassVar[str]
    CHARGE: ClassVar[tuple[str, ...]]
    NUMBERS: ClassVar[tuple[str, ...]]
    DAYS: ClassVar[tuple[str, ...]]
    IDS: ClassVar[tuple[str, ...]]
    KEY_COLUMNS: ClassVar[tuple[str, ...]]
    KEY: ClassVar[tuple[str, ...]]
    NAMES: ClassVar[tuple[str, ...]] = ()
    ROW_DAYS: ClassVar[tuple[str, ...]] = ()
    END: ClassVar[str] = ""
    SINGLE: ClassVar[frozenset[str]] = frozenset(
        {"purchase", "recurring", "tax", "credit", "rounding"}
    )
    PRICED: ClassVar[str] = ""
    BLANKS: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        """Take the cells."""
        # super() without arguments does not work in a class with slots
        TypedRow.__post_init__(self)
        if self.BLANKS:
            for name, cell in self.values.items():
                if cell in self.BLANKS:
                    self.values[name] = ""

    def read(self) -> None:
        """Read and check all values; what is wrong with them goes to `bad`."""
        self.read_numbers(self.SUMS.values())
        self.read_numbers(self.NUMBERS)
        self.read_days(dict.fromkeys((self.DAY, *self.DAYS, *self.ROW_DAYS)))
        self.currency = self.currency_code()
        self.check_ids(self.IDS)
        self.check_lengths(self.NAMES)
        self.require(self.AMOUNT, NO_AMOUNT)
        self.check_currency()
        self.require(self.DAY, NO_DAY_OF_USE)
        self.check_order(self.DAY, self.END)
        self.check()

    @property
    def day(self) -> date:
        """The day of use."""
        day = self.days[self.DAY]
        assert day is not None  # checked by read
        return day

    def sums(self) -> list[Decimal | None]:
        """Return what the row adds to its charge, in order of `SUMMED`.

        What is not billed at all adds 0 to the billed cost.
        """
        found = {name: self.numbers[column] for name, column in self.SUMS.items()}
        found.setdefault("billed_cost", _ZERO)
        return [found.get(name) for name in SUMMED]

    def check(self) -> None:
        """Add to `bad` what else is wrong with the row."""

    def describe(self) -> dict[str, object]:
        """Return the fields of the row's charge, but for sums, row and raw."""
        raise TypeError(f"{type(self).__name__} says nothing about charges")

    def key(self, fields: Mapping[str, object]) -> list[str]:
        """Return the natural key of the charge; see `RowKeys.key`."""
        words = (self.word(name) for name in self.KEY_COLUMNS)
        return [self.customer_key(), *words, *(text_of(fields[n]) for n in self.KEY)]

    def customer_key(self) -> str:
        """Return what the customer is recognised by."""
        raise TypeError(f"{type(self).__name__} says nothing about customers")

    def own_key(self, fields: Mapping[str, object]) -> list[str]:
        """Return what tells apart rows that are a charge of their own."""
        texts = [self.cell(name) for name in self.DETAILS.values()]
        numbers = [text_of(self.numbers[name]) for name in self.SUMS.values()]
        return [self.day.isoformat(), *texts, *numbers]

    def is_single(self, fields: Mapping[str, object]) -> bool:
        """Return whether the row is a charge of its own."""
        return fields["event"] in self.SINGLE

    def oddities(self, fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
        """Yield notice code and sentence of what is odd about the charge."""
        flags = fields.get("flags") or ()
        assert isinstance(flags, tuple)
        if "unknown_charge_type" in flags:
            yield unknown_charge_type(str(fields.get("charge_type")))
        if "no_customer_id" in flags:
            yield NO_CUSTOMER_ID
        if "no_charge_end" in flags:
            yield NO_CHARGE_END

    def event_of(self, events: Mapping[str, str], kind: str, frequency: str) -> str:
        """Return the event that two cells say: what it is and how often it comes.

        :param events: normalised word -> event
        """
        event = events.get(normalised(self.cell(kind)), "unknown")
        is_recurring = normalised(self.cell(frequency)) == "recurring"
        return "recurring" if event == "purchase" and is_recurring else event

    def meter(self) -> str | None:
        """Return what was used of Azure, as the reconciliation file writes it."""
        names = ("MeterCategory", "MeterSubCategory", "MeterName", "MeterRegion")
        found = dict.fromkeys(self.text(name) for name in names)
        found.pop(None, None)
        return " - ".join(map(str, found)) or None

    def tags_text(self) -> str | None:
        """Return the row's tags as text of a JSON object, None if it has none."""
        return self.tags(self.cell(self.TAGS)) if self.cell(self.TAGS) else None

    @staticmethod
    def tags(cell: str) -> str | None:
        """Return tags as the text of a JSON object, None if they are not one."""
        try:
            # numbers of any size are for a database no JSON
            value = json.loads(cell, parse_float=str, parse_int=str, parse_constant=str)
            text = json.dumps(value, ensure_ascii=False)
            text.encode()
        except (ValueError, RecursionError):
            return None
        is_tags = isinstance(value, dict) and value and "\\u0000" not in text
        return text if is_tags else None


def credit_rate(rate: Decimal | None, applied: str) -> Decimal | None:
    """Return the share that is left to the partner.

    :param rate: a share, or percents
    :param applied: the cell that says whether there is one at all
    """
    if applied.casefold() in ("0", "false"):
        return _ZERO
    if rate is not None and rate > _ONE:
        return EXACT.multiply(rate, _PERCENT)
    return rate


def text_of(value: object) -> str:
    """Return a value as part of a key: equal numbers are equal texts."""
    if value is None:
        return ""
    return _number_text(value) if isinstance(value, Decimal) else str(value)


@lru_cache(maxsize=1 << 12)
def _number_text(number: Decimal) -> str:
    return plain(EXACT.normalize(EXACT.add(number, _ZERO)))
