"""Short ways to write statements, contents and findings of 2026."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

from matching import Content, Statement, compare


def day(text):
    """Return the day of 2026 of ``MM-DD``, of another year if the text names it."""
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def says(start, end, quantity, *keys):
    return Statement(day(start), end and day(end), Decimal(quantity), keys)


def said(text):
    """Return the statements of ``01-01 02-01 5, 02-01 - 6``; ``-`` is no end."""
    parts = [part.split() for part in text.split(",") if part]
    return [
        says(start, None if end == "-" else end, count) for start, end, count in parts
    ]


def has(start, end, quantity, price="31.00", share="1/31", is_due=True):
    """Return a content; by default one unit costs 1.00 a day."""
    return Content(
        day(start),
        day(end),
        None if quantity is None else Decimal(quantity),
        Fraction(price),
        None if share is None else Fraction(share),
        is_due,
    )


def compared(chains, contents, billed=None, start="01-01", end="02-01", digits=2):
    """Compare; by default all that is contained is billed."""
    billed = contents if billed is None else billed
    return compare(chains, contents, billed, day(start), day(end), digits)


def found(*args, **options):
    """Return ``cause start end supplied/contained/billed amount`` of each finding."""
    return [
        f"{one.cause} {one.start:%m-%d} {one.end:%m-%d} "
        f"{one.supplied}/{one.contained}/{one.billed} {one.amount}"
        for one in compared(*args, **options).findings
    ]
