"""One cell of a table that a person has filled in, or a spreadsheet has saved."""

import re
from datetime import date, datetime
from decimal import Decimal

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T].*)?")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_PLAIN = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_POINT_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_COMMA_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# 1,234 and 1.234 are a thousand or a bit more than one.
_OPEN = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_CURRENCY = re.compile(r"^(?:[A-Z]{3}|[€$£])\s*|\s*(?:[A-Z]{3}|[€$£])$")
#: Far enough from the first and the last day that can be counted with.
_YEARS = range(1900, 2200)
_MAX_DIGITS = 18


class BadCell(ValueError):
    """A cell that is not what its column asks for.

    :param code: ``day`` or ``amount``, ``open`` if it could be two numbers
    """

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


def to_text(cell: object) -> str:
    """Return a cell as text on one line."""
    return " ".join(str("" if cell is None else cell).split())


def is_plausible(day: date) -> bool:
    """Return whether something can have been billed for `day`."""
    return day.year in _YEARS


def to_day(cell: object) -> date | None:
    """Return the day in a cell: 2026-01-31 or 31.01.2026; None if it is empty.

    :raise BadCell: anything else; of 01/02/2026 nobody knows the month
    """
    found = _find_day(cell)
    if found and not is_plausible(found):
        raise BadCell("day")
    return found


def _find_day(cell: object) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = to_text(cell)
    if not text:
        return None
    if match := _ISO.fullmatch(text):
        year, month, day = map(int, match.groups())
    elif match := _DOTTED.fullmatch(text):
        day, month, year = map(int, match.groups())
    else:
        raise BadCell("day")
    try:
        return date(year, month, day)
    except ValueError:
        raise BadCell("day") from None


def to_currency(cell: object) -> str:
    """Return the currency written beside the amount in a cell, empty if none is."""
    match = _CURRENCY.search(to_text(cell))
    return match[0].strip() if match else ""


def to_amount(cell: object) -> Decimal | None:
    """Return the amount in a cell, with decimal point or comma; None if empty.

    :raise BadCell: no number, or one whose mark may be either
    """
    if isinstance(cell, Decimal):
        return _bounded(cell)
    text = _CURRENCY.sub("", to_text(cell)).replace("\u2212", "-").replace(" ", "")
    if not text:
        return None
    if _OPEN.fullmatch(text):
        raise BadCell("open")
    if _PLAIN.fullmatch(text):
        text = text.replace(",", ".")
    elif _POINT_GROUPS.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif _COMMA_GROUPS.fullmatch(text):
        text = text.replace(",", "")
    else:
        raise BadCell("amount")
    return _bounded(Decimal(text))


def _bounded(amount: Decimal) -> Decimal:
    if (
        not amount.is_finite()
        or amount.adjusted() >= _MAX_DIGITS
        or -amount.as_tuple().exponent > _MAX_DIGITS
    ):
        raise BadCell("amount")
    return amount
