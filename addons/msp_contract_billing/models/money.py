"""The border between Odoo's floats and inclusive days and the plain packages."""

from datetime import timedelta
from decimal import Decimal

from odoo.tools import float_compare


def to_decimal(value):
    """Return a field's float as the decimal a person sees.

    Odoo reads every numeric column as float; its shortest text is the decimal
    that was stored, for up to 15 significant digits.
    """
    return Decimal(repr(value or 0)) if isinstance(value, int | float) else value


def same_number(first, second):
    """Return whether two fields' floats are the same for a person."""
    return float_compare(first, second, precision_digits=9) == 0


def day_after(day):
    """Return the exclusive end of an interval whose last day is `day`."""
    return day + timedelta(days=1) if day else None


def day_before(day):
    """Return the last day of an interval whose exclusive end is `day`."""
    return day - timedelta(days=1) if day else False


def holds_on(record, day):
    """Return whether `day` is one of the days of a contract, version, line or terms."""
    return record.date_start <= day and (not record.date_end or day <= record.date_end)
