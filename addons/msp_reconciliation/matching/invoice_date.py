"""The date of an invoice, where a file states one."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date

# Names of columns, without blanks and signs, in lower case.
COLUMNS = frozenset(
    {"invoicedate", "billdate", "documentdate", "rechnungsdatum", "belegdatum"}
)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?")


def invoice_date(
    rows: Iterable[Mapping[str, str]], day_first: bool | None = None
) -> date | None:
    """Return the only date of the invoice that rows state, else None.

    :param rows: cells as received, by name of their column
    :param day_first: whether 3/2/2026 is the third of February, None: not known, then
        it is no date
    """
    found = set()
    for cells in rows:
        for name, cell in cells.items():
            if is_date_column(name) and cell:
                found.add(_read(cell.strip(), day_first))
    return found.pop() if len(found) == 1 else None


def is_date_column(name: str) -> bool:
    """Return whether a column of this name states the date of the invoice."""
    return "".join(sign for sign in name.lower() if sign.isalnum()) in COLUMNS


def is_day_first(
    rows: Iterable[tuple[Mapping[str, str], Collection[date]]],
) -> bool | None:
    """Return whether a file's 3/2/2026 is the third of February, None if it is open.

    :param rows: cells as received, and days that were read from some of them
    """
    proofs = set()
    for cells, days in rows:
        for cell in cells.values():
            if not (isinstance(cell, str) and _SLASHES.fullmatch(cell.strip())):
                continue
            read = {order: _read(cell.strip(), order) for order in (True, False)}
            known = {order for order, day in read.items() if day in days}
            if len(known) == 1:
                proofs |= known
    return proofs.pop() if len(proofs) == 1 else None


def _read(text, day_first):
    if match := _ISO.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _DOTS.fullmatch(text):
        day, month, year = map(int, match.groups())
    elif match := _SLASHES.fullmatch(text):
        first, second, year = map(int, match.groups())
        if day_first is None and first != second:
            return None
        day, month = (first, second) if day_first else (second, first)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
