"""What a format declares about its table, and how a header is recognised."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Protocol

from .date_style import DateStyle
from .number_style import NumberStyle
from .problem import Notice, Problem
from .provider_charge import ProviderCharge

_NOT_ALNUM = re.compile(r"[\W_]+")


@lru_cache(maxsize=1024)
def normalised(name: str) -> str:
    """Return a column name or enumeration value without case and separators.

    ``PCToBCExchangeRate``, ``pcToBCExchangeRate`` and ``PC to BC exchange rate``
    are one column; ``add-Quantity`` and ``addQuantity`` one charge type.
    """
    return _NOT_ALNUM.sub("", name.casefold())


def spelled(name: str) -> str:
    """Return a column name without case; unlike `normalised`, “Tax” is not “Tax %”."""
    return " ".join(name.casefold().split())


@dataclass(frozen=True, slots=True)
class Layout:
    """A table as found in one file.

    :param header: column names as in the file
    :param position: our column name -> index in a row; missing ones left out
    :param file_hash: stands in for the invoice number where a file has none
    """

    header: tuple[str, ...]
    position: Mapping[str, int]
    numbers: NumberStyle
    dates: DateStyle
    file_hash: str


class RowReader(Protocol):
    """Turns the rows of one file into charges, one after the other."""

    def read(self, row: int, cells: Sequence[str]) -> ProviderCharge | Problem:
        """Return the charge of a row, or what is wrong with the row."""

    def use(self, layout: Layout) -> None:
        """Read the rows that follow by another header, see `glued`."""

    def leaves_out(self, cells: Sequence[str]) -> bool:
        """Return whether a row is left out on purpose."""

    def take_notices(self) -> list[Notice]:
        """Return what was odd about the rows read since the last call."""

    def money(
        self, row: int, cells: Sequence[str]
    ) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency of a row that cannot be read, if certain."""


@dataclass(frozen=True, slots=True)
class Format:
    """One file format: how its header is recognised and its rows are read.

    :param id: short name, ``microsoft_nce``
    :param title: name for people
    :param columns: column names of the format in documented order
    :param aliases: other spellings -> column name
    :param required: columns without which nothing can be billed
    :param number_columns: looked at to decide the decimal mark
    :param date_columns: looked at to decide the order of day and month
    :param identity_columns: all empty on a total row
    :param sum_columns: what a total row is compared in: billed cost, tax, total
    :param reader: makes the reader of one file's rows
    :param one_of: groups of columns of which one each is required as well
    :param spellings: column name -> spellings, the first that a file has counts;
        empty where columns and aliases say it
    :param fingerprint: set: no other header is read by this format
    :param text_date_columns: texts that may hold dates, looked at like dates
    :param is_profile: made from a column profile: whoever sends the file may write
        numbers and dates in any one way, which proves nothing about a spreadsheet
    :param decimal_mark: of a profile; empty: decided from all rows
    :param date_order: of a profile, ``day`` or ``month``; empty: likewise
    """

    id: str
    title: str
    columns: tuple[str, ...]
    aliases: Mapping[str, str]
    required: tuple[str, ...]
    number_columns: tuple[str, ...]
    date_columns: tuple[str, ...]
    identity_columns: tuple[str, ...]
    sum_columns: tuple[str, str, str]
    reader: Callable[[Layout], RowReader]
    one_of: tuple[tuple[str, ...], ...] = ()
    spellings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fingerprint: str | None = None
    text_date_columns: tuple[str, ...] = ()
    is_profile: bool = False
    decimal_mark: str = ""
    date_order: str = ""

    def fits(self, header: Sequence[str]) -> bool:
        """Return whether files with this header are read by this format."""
        if self.fingerprint and (
            self.fingerprint != fingerprint(header) or self._is_ambiguous(header)
        ):
            return False
        return not self.missing(header)

    def known(self) -> dict[str, str]:
        """Return normalised spelling -> column name, for all spellings."""
        names = {normalised(name): name for name in self.columns}
        names.update({normalised(a): name for a, name in self.aliases.items()})
        for name, spellings in self.spellings.items():
            names.update({normalised(spelling): name for spelling in spellings})
        return names

    def positions(self, header: Sequence[str]) -> dict[str, int]:
        """Return our column name -> index; the first of several spellings wins.

        A profile may use one column for two names and says itself which spelling
        is the first; otherwise it is the first in the file.
        """
        if self.spellings:
            return self._positions_by_spelling(header)
        known, found = self.known(), {}
        for index, cell in enumerate(header):
            name = known.get(normalised(cell))
            if name and name not in found:
                found[name] = index
        return found

    def missing(self, header: Sequence[str]) -> list[str]:
        """Return the required columns a header lacks, in documented order."""
        found = self.positions(header)
        lacking = [name for name in self.required if name not in found]
        return lacking + [
            " / ".join(group)
            for group in self.one_of
            if not any(name in found for name in group)
        ]

    def _positions_by_spelling(self, header: Sequence[str]) -> dict[str, int]:
        """Return the columns by their spelling, else by letters and digits alone.

        Of “Tax” and “Tax %” it takes the one that is meant.
        """
        exact: dict[str, int] = {}
        loose: dict[str, int] = {}
        for index, cell in enumerate(header):
            exact.setdefault(spelled(cell), index)
            loose.setdefault(normalised(cell), index)
        loose.pop("", None)
        found = {}
        for name, spellings in self.spellings.items():
            for spelling in spellings:
                index = exact.get(spelled(spelling), loose.get(normalised(spelling)))
                if index is not None and normalised(spelling):
                    found[name] = index
                    break
        return found

    def _is_ambiguous(self, header: Sequence[str]) -> bool:
        """Return whether a column meant is one of several that differ in signs only."""
        exact = {spelled(cell) for cell in header}
        count = Counter(map(normalised, header))
        return any(
            count[normalised(spelling)] > 1 and spelled(spelling) not in exact
            for spellings in self.spellings.values()
            for spelling in spellings
        )

    def repeated(self, header: Sequence[str]) -> list[str]:
        """Return columns that a header names twice in the same spelling."""
        known, seen, twice = self.known(), set(), []
        for cell in header:
            spelling = normalised(cell)
            if spelling in seen and spelling in known:
                twice.append(cell)
            seen.add(spelling)
        return twice


def fingerprint(header: Sequence[str]) -> str:
    """Return 16 hexadecimal digits that change when columns come, go or are
    renamed, but not when they change their order or their spelling in case."""
    names = "\n".join(sorted(normalised(cell) for cell in header))
    return hashlib.sha256(names.encode()).hexdigest()[:16]
