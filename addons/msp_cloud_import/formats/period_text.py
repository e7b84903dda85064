"""The period of a charge where it stands inside a text.

"Office Recurring (1 Month(s) term) from 2026-03-05 through 2026-04-04",
"05.03.2026 - 04.04.2026", "5 March 2026 - 4 April 2026", "March 2026", "2026-03".
A text that could be read in two ways is refused, never guessed.
"""

import re
from datetime import date

from .date_style import OLDEST_YEAR, DateStyle, days_in
from .errors import BadCell
from .month_names import month_number
from .sentence import _
from .terms import add_months

_NAMED = re.compile(r"(?<!\w)([^\W\d_]+)\.?\s*['/-]?\s*([0-9]{4})(?![0-9])")
_YEAR_FIRST = re.compile(r"(?<![0-9./-])([0-9]{4})[-/.]([0-9]{1,2})(?![0-9./-])")
_MONTH_FIRST = re.compile(r"(?<![0-9./-])([0-9]{1,2})[-/.]([0-9]{4})(?![0-9./-])")
# What stands before the last day of "01.03. - 31.03.2026" or "5 to 31 March 2026".
_FIRST_DAY_WITHOUT_YEAR = re.compile(
    r"(?<![0-9])[0-9]{1,2}(?![0-9])\.?\s?(?:[0-9]{1,2}\.?|[^\W\d_]+\.?)?"
    r"\s*(?:[-–—]|bis|to|until|through|tot|t/m)\s*(?:[^\W\d_]+\.?\s)?",
    re.IGNORECASE,
)
_EXPECTED = _(
    "expected a period such as 2026-03-05 - 2026-04-04 or 2026-03; correct the "
    "file or choose another column for the period in the column profile"
)


def period_of_text(
    text: str, dates: DateStyle, end_is_inclusive: bool
) -> tuple[date, date | None]:
    """Return first day and exclusive end of the period a text names.

    Two days in the text are the period, else the month it names or the first and
    the last of two; of a single day only the start is known.

    :param end_is_inclusive: whether the second day still counts
    :raise BadCell: the text names neither days nor months, or too many
    """
    found = days_in(text)
    days = [day for one in found if (day := dates.parse(one))]
    if len(days) == 2:
        end = days[1]
        return days[0], day_after(end) if end_is_inclusive else end
    if len(days) == 1 and not _ends_range(text.partition(found[0])[0]):
        return days[0], None
    months = [] if days else _months(text)
    if months and len(months) <= 2 and months == sorted(months):
        return months[0], add_months(months[-1], 1)
    raise BadCell(_EXPECTED)


def day_after(last_day: date | None) -> date | None:
    """Return the exclusive end; None for "never ends" (31 December 9999)."""
    if last_day is None or last_day == date.max:
        return None
    return date.fromordinal(last_day.toordinal() + 1)


def _ends_range(before: str) -> bool:
    """Return whether a day is the last one of a range, by the text before it."""
    return any(
        match.end() == len(before) for match in _FIRST_DAY_WITHOUT_YEAR.finditer(before)
    )


def _months(text: str) -> list[date]:
    """Return the first days of the months a text names, in order."""
    named = [
        (int(match[2]), number)
        for match in _NAMED.finditer(text)
        if (number := month_number(match[1]))
    ]
    found = (
        named
        or [(int(match[1]), int(match[2])) for match in _YEAR_FIRST.finditer(text)]
        or [(int(match[2]), int(match[1])) for match in _MONTH_FIRST.finditer(text)]
    )
    return [day for year, month in found if (day := _first_day(year, month))]


def _first_day(year: int, month: int) -> date | None:
    if 1 <= month <= 12 and OLDEST_YEAR <= year < date.max.year:
        return date(year, month, 1)
    return None
