"""Rows that are a charge each, read one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Generic, TypeVar

from .layout import Layout
from .problem import Notice, Problem
from .provider_charge import ProviderCharge
from .row_key import RowKeys
from .typed_row import TypedRow

Line = TypeVar("Line", bound=TypedRow)


class RowByRow(Generic[Line]):
    """Reads the rows of one file, see `RowReader`; a format says what a row means."""

    def __init__(self, layout: Layout):
        self._layout = layout
        self._keys = RowKeys()
        self._notices: list[Notice] = []

    def use(self, layout: Layout) -> None:
        """Read the rows that follow by another header."""
        self._layout = layout

    def leaves_out(self, cells: Sequence[str]) -> bool:
        """Return False: every row counts."""
        return False

    def read(self, row: int, cells: Sequence[str]) -> ProviderCharge | Problem:
        """Return the charge of a row, or what is wrong with the row."""
        line = self._checked(row, cells)
        if line.bad:
            return line.problem()
        found = self._oddities(line)
        self._notices += [Notice(row, code, reason) for code, reason in found]
        return self._charge(line)

    def take_notices(self) -> list[Notice]:
        """Return what was odd about the rows read since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def money(
        self, row: int, cells: Sequence[str]
    ) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency of a row that cannot be read."""
        return self._line(row, cells).money()

    def _raw(self, line: Line) -> Mapping[str, str]:
        """Return every cell unchanged, by column name as in the file."""
        return dict(zip(self._layout.header, line.cells, strict=False))

    # What a format says

    def _line(self, row: int, cells: Sequence[str]) -> Line:
        """Return a row as text."""
        raise TypeError(f"{type(self).__name__} says nothing about rows")

    def _checked(self, row: int, cells: Sequence[str]) -> Line:
        """Return a row with its values read and checked."""
        raise TypeError(f"{type(self).__name__} says nothing about values")

    def _oddities(self, line: Line) -> Iterator[tuple[str, str]]:
        """Yield notice code and sentence of what is odd about a good row."""
        raise TypeError(f"{type(self).__name__} says nothing about oddities")

    def _charge(self, line: Line) -> ProviderCharge:
        """Return the charge of a good row."""
        raise TypeError(f"{type(self).__name__} says nothing about charges")
