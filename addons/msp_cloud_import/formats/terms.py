"""Length of a commitment and rhythm of its bills, from dates or free text.

Source: page "Partner Center NCE reconciliation file", section 4. The texts have
no code list, so nothing here refuses a text; None means "not said".
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache

_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_NUMBERS |= {"ein": 1, "zwei": 2, "drei": 3, "fünf": 5}
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
# Whole words in any of the four languages, for files without a published layout.
_MONTHS_OF_WORD = {
    "monthly": 1,
    "monatlich": 1,
    "maandelijks": 1,
    "kuukausittain": 1,
    "quarterly": 3,
    "quartalsweise": 3,
    "vierteljährlich": 3,
    "annual": 12,
    "annually": 12,
    "yearly": 12,
    "jährlich": 12,
    "jaarlijks": 12,
    "vuosittain": 12,
    "triennial": 36,
    "dreijährlich": 36,
}
_ONCE = re.compile(r"\b(one.?time|once|einmalig|eenmalig|kertamaksu)\b", re.IGNORECASE)
_ISO = re.compile(r"P(?:([0-9]{1,2})Y)?(?:([0-9]{1,3})M)?", re.IGNORECASE)
_COUNTED = re.compile(
    r"(?<![\w.,])(?P<count>[0-9]{1,3}|one|two|three|five|ein|zwei|drei|fünf)[\s-]*"
    r"(?:(?P<month>month(?:s|\(s\))?|mo|monate?n?|maand(?:en)?|kk|kuukau(?:si|tta))"
    r"|(?:years?|year\(s\)|yrs?|jahre?n?|jaar|jaren|vuo(?:si|tta)))(?!\w)",
    re.IGNORECASE,
)
ONCE_PER_TERM = {"P1M": "monthly", "P1Y": "annual", "P3Y": "triennial"}


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
    return named_plan(text) or ONCE_PER_TERM.get(term or "")


@lru_cache(maxsize=256)
def named_plan(text: str) -> str | None:
    """Return the billing plan if a term text names exactly one."""
    named = text.lower().partition(" for ")[2].removesuffix("billing").strip()
    return _BY_TEXT.get(_squeezed(named))


@lru_cache(maxsize=256)
def is_trial(text: str) -> bool:
    """Return whether a term text is that of a trial."""
    return bool(re.search(r"\btrial\b", text, re.IGNORECASE))


@lru_cache(maxsize=256)
def term_of_words(text: str) -> str | None:
    """Return the term that a text of any provider names, as ISO 8601 duration.

    A bare number counts months; a word such as "yearly" is taken only where no
    length is written.

    >>> [term_of_words(text) for text in ("12", "1 Year", "P12M", "36 Monate")]
    ['P1Y', 'P1Y', 'P1Y', 'P3Y']
    """
    months = _months_of_words(text.strip())
    return _duration(months) if months else None


@lru_cache(maxsize=256)
def plan_of_words(text: str) -> str | None:
    """Return the billing plan that a text of any provider names, None if none.

    >>> [plan_of_words(text) for text in ("jährlich", "P1M", "One-time", "?")]
    ['annual', 'monthly', 'one_time', None]
    """
    if _ONCE.search(text):
        return "one_time"
    term = term_of_words(text)
    return ONCE_PER_TERM.get(term) if term else None


def months_of(term: str) -> int:
    """Return the months of a term as ISO 8601 duration, 0 if it is none.

    >>> [months_of(term) for term in ("P1M", "P3Y", "?")]
    [1, 36, 0]
    """
    return _months_of_words(term)


def _months_of_words(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 3:
        return int(text)
    if match := _ISO.fullmatch(text):
        return int(match[1] or 0) * 12 + int(match[2] or 0)
    if match := _COUNTED.search(text):
        word = match["count"].lower()
        count = _NUMBERS.get(word) or int(word)
        return count * (1 if match["month"] else 12)
    words = re.findall(r"\w+", text.casefold())
    return next((_MONTHS_OF_WORD[word] for word in words if word in _MONTHS_OF_WORD), 0)


def add_months(anchor: date, months: int) -> date:
    """Return `anchor` moved by whole months, clamped to the month's last day."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor.day, last))


def _duration(months: int) -> str:
    return f"P{months // 12}Y" if months % 12 == 0 else f"P{months}M"


def _squeezed(text: str) -> str:
    return re.sub(r"[\s_-]+", "", text.lower())
