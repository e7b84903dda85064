"""Follows the header through a file whose parts were glued together.

A part may repeat the header or bring another set of columns of the same format.
"""

import re
from collections.abc import Mapping, Sequence

from .header import distinct, trimmed
from .layout import Format, normalised
from .tabular import Rows

_LETTER = re.compile(r"[^\W\d_]")


class Headers:
    """The header that holds for the row at hand.

    :param header: column names as in this part of the file
    :param position: our column name -> index in a row of this part
    :param number_at: index of a number column, None if there is none
    """

    def __init__(self, table: Rows, form: Format, header: tuple[str, ...]):
        self.header, self.position = header, form.positions(header)
        self._table, self._form = table, form
        self._first = header, self.position
        self._find_number()

    def begin(self) -> None:
        """Go back to the header of the first part."""
        self.header, self.position = self._first
        self._table.width = len(self.header)
        self._find_number()

    def take(self, cells: Sequence[str]) -> bool:
        """Return whether a row is a header; if so, it holds from here on.

        In a row of data some number column holds a number; that is looked at first,
        as it tells nearly all rows.
        """
        if not self.may_take(cells):
            return False
        if self._repeats(cells):
            return True
        if self.number_at is None or not self._form.fits(cells):
            return False
        names = distinct(trimmed(cells))
        if self._form.repeated(names):
            return False
        self.header, self.position = names, self._form.positions(names)
        self._table.width = len(names)
        self._find_number()
        return True

    def may_take(self, cells: Sequence[str]) -> bool:
        """Return whether a row may be a header; of data this is hardly ever true."""
        index = self.number_at
        if index is None or index >= len(cells):
            return True
        return bool(cells[index]) and _LETTER.search(cells[index]) is not None

    def _repeats(self, cells: Sequence[str]) -> bool:
        width = len(cells)
        return all(
            index < width and normalised(cells[index]) == normalised(self.header[index])
            for index in self.position.values()
        )

    def _find_number(self) -> None:
        """Choose a number column that is never empty in a row of data."""
        known: Mapping[str, int] = self.position
        wanted = [*self._form.sum_columns[:1], *self._form.number_columns]
        found = [known[name] for name in wanted if name in known]
        self.number_at = found[0] if found else None
