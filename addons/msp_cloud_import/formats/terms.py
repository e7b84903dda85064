"""Length of a commitment and rhythm of its bills, from dates or free text.

Source: page "Partner Center NCE reconciliation file", section 4. The texts have
no code list, so nothing here refuses a text; None means "not said".
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
# "One-Year commitment …", "Three-3 Years commitment …", "1 Month Subscription",
# "3 Years Reservation", "1 Year Savings plan"; not "1 Compute Hour", "1/Month".
_TERM = re.compile(
    r"\s*(?P<word>one|two|three|four|five|[0-9]+)[-\s]+(?:[0-9]+\s+)?"
    r"(?P<unit>month|year)s?(?![a-z/(])",
    re.IGNORECASE,
)
_BY_FREQUENCY = {
    "monthly": "monthly",
    "annual": "annual",
    "annually": "annual",
    "yearly": "annual",
    "triennial": "triennial",
    "3years": "triennial",
    "onetime": "one_time",
}
_BY_TEXT = {"monthly": "monthly", "yearly": "annual", "3years": "triennial"}
_ONCE_PER_TERM = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}


@lru_cache(maxsize=256)
def term_of_text(text: str) -> str | None:
    """Return the term a text names, as ISO 8601 duration.

    >>> term_of_text("Three-3 Years commitment for monthly/3 Years/yearly billing")
    'P3Y'
    """
    match = _TERM.match(text)
    if not match:
        return None
    word = match["word"].lower()
    count = _NUMBERS.get(word) or int(word)
    return _duration(count * (12 if match["unit"].lower() == "year" else 1))


@lru_cache(maxsize=256)
def term_of_dates(start: date, end: date) -> str | None:
    """Return the term between two days if it is whole months.

    :param end: exclusive
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    if months <= 0 or add_months(start, months) != end:
        return None
    return _duration(months)


@lru_cache(maxsize=256)
def billing_plan(frequency: str, text: str, term: str | None) -> str | None:
    """Return ``monthly``, ``annual``, ``triennial``, ``one_time`` or None.

    A blank BillingFrequency means billed once for the whole term, unless the
    text names exactly one rhythm.
    """
    plan = _BY_FREQUENCY.get(_squeezed(frequency))
    if plan:
        return plan
    if is_trial(text):
        return None
    named = text.lower().partition(" for ")[2].removesuffix("billing").strip()
    return _BY_TEXT.get(_squeezed(named)) or _ONCE_PER_TERM.get(term or "")


@lru_cache(maxsize=256)
def is_trial(text: str) -> bool:
    """Return whether a term text is that of a trial."""
    return bool(re.search(r"\btrial\b", text, re.IGNORECASE))


def add_months(anchor: date, months: int) -> date:
    """Return `anchor` moved by whole months, clamped to the month's last day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, last))


def _duration(months: int) -> str:
    return f"P{months // 12}Y" if months % 12 == 0 else f"P{months}M"


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.lower())
