"""The date of an invoice, where a file states one."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

# Names of columns, without blanks and signs, in lower case.
COLUMNS = frozenset(
    {"invoicedate", "billdate", "documentdate", "rechnungsdatum", "belegdatum"}
)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_DOTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: .*)?")


def invoice_date(rows: Iterable[Mapping[str, str]]) -> date | None:
    """Return the only date of the invoice that rows state, else None.

    Only spellings that mean one day are read: 2026-02-03 and 3.2.2026, not 3/2/2026.

    :param rows: cells as received, by name of their column
    """
    found = set()
    for cells in rows:
        for name, cell in cells.items():
            if is_date_column(name) and cell:
                found.add(_read(cell.strip()))
    return found.pop() if len(found) == 1 else None


def is_date_column(name: str) -> bool:
    """Return whether a column of this name states the date of the invoice."""
    return "".join(sign for sign in name.lower() if sign.isalnum()) in COLUMNS


def _read(text):
    if match := _ISO.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _DOTS.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
