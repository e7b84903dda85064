"""How the cells of a workbook become text.

A workbook holds numbers and days as binary fractions. Their text says what the
spreadsheet shows: numbers with the 15 digits it keeps, days as ISO 8601.
"""

import re
from datetime import datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache

DIGITS_KEPT = 15
_SHOWN = Context(prec=DIGITS_KEPT)
_SMALLEST = Decimal("1E-30")
_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,3})?")
# Days count from here; the 1900 calendar has a 29 February 1900 that never was.
_EPOCH_1900 = datetime(1899, 12, 30)
_EPOCH_1904 = datetime(1904, 1, 1)
_LEAP_DAY_1900 = 60
_LAST_DAY = 2958465  # 31 December 9999
_SECONDS = 86400


class Typed(str):
    """Text of a cell that holds a number or a day, not a text.

    It says nothing about how people wrote the texts of the file.
    """

    __slots__ = ()


def with_comma(cells: list[str]) -> list[str]:
    """Return cells with typed numbers written as the file's texts write them."""
    return [
        Typed(cell.replace(".", ",")) if type(cell) is Typed else cell for cell in cells
    ]


@lru_cache(maxsize=4096)
def number_text(raw: str) -> str:
    """Return a number as the spreadsheet shows it: ``0.1``, ``12``, no exponent.

    A whole number of more than 15 digits cannot be a quantity and, as an id, was
    damaged: it keeps its exponent, by which ids are recognised (see `ids`).

    :param raw: as the workbook holds it
    """
    if _PLAIN_NUMBER.fullmatch(raw):
        return Typed(raw.rstrip("0").rstrip(".") if "." in raw else raw)
    exact = Decimal(raw)
    if not exact.is_finite():
        raise ValueError(raw)
    is_whole = exact == exact.to_integral_value()
    if is_whole and len(exact.normalize().as_tuple().digits) > DIGITS_KEPT:
        return Typed(f"{exact.normalize():E}")
    short = _SHOWN.create_decimal(exact).normalize()
    return Typed("0" if abs(short) < _SMALLEST else format(short, "f"))


@lru_cache(maxsize=4096)
def day_text(raw: str, is_1904: bool) -> str:
    """Return a day, with its time if it has one, as ISO 8601; else the number.

    :param raw: days since the workbook's epoch
    :param is_1904: the epoch is that of old Macintosh workbooks
    """
    serial = Decimal(raw)
    if not 0 <= serial <= _LAST_DAY:
        return number_text(raw)
    days, seconds = divmod(round(serial * _SECONDS), _SECONDS)
    if not days and not is_1904:
        # a time of day only
        return Typed((_EPOCH_1900 + timedelta(seconds=seconds)).time().isoformat())
    if is_1904:
        moment = _EPOCH_1904
    else:
        moment = _EPOCH_1900
        if days < _LEAP_DAY_1900:
            days += 1
    try:
        moment += timedelta(days=days, seconds=seconds)
    except OverflowError:
        return number_text(raw)
    if not seconds:
        return Typed(moment.date().isoformat())
    return Typed(moment.isoformat(timespec="seconds"))
