"""The period of a charge where it stands inside a text.

"Office Recurring (1 Month(s) term) from 2026-03-05 through 2026-04-04",
"05.03.2026 - 04.04.2026", "March 2026", "2026-03".
"""

import re
from datetime import date

from .date_style import OLDEST_YEAR, DateStyle, days_in
from .errors import BadCell
from .terms import add_months

# English, German, Dutch, Finnish; compared by their first letters.
_MONTHS = (
    ("jan", "januar", "january", "januari", "jän", "jänner", "tammikuu"),
    ("feb", "februar", "february", "februari", "helmikuu"),
    ("mar", "märz", "mär", "mrz", "march", "maart", "mrt", "maaliskuu"),
    ("apr", "april", "huhtikuu"),
    ("may", "mai", "mei", "toukokuu"),
    ("jun", "juni", "june", "kesäkuu"),
    ("jul", "juli", "july", "heinäkuu"),
    ("aug", "august", "augustus", "elokuu"),
    ("sep", "sept", "september", "syyskuu"),
    ("oct", "okt", "october", "oktober", "lokakuu"),
    ("nov", "november", "marraskuu"),
    ("dec", "dez", "december", "dezember", "joulukuu"),
)
_NUMBER_OF = {name: n for n, names in enumerate(_MONTHS, 1) for name in names}
_NAMED = re.compile(r"(?<!\w)([^\W\d_]+)\.?\s*['/-]?\s*([0-9]{4})(?![0-9])")
_YEAR_FIRST = re.compile(r"(?<![0-9./-])([0-9]{4})[-/.]([0-9]{1,2})(?![0-9./-])")
_MONTH_FIRST = re.compile(r"(?<![0-9./-])([0-9]{1,2})[-/.]([0-9]{4})(?![0-9./-])")


def period_of_text(
    text: str, dates: DateStyle, end_is_inclusive: bool
) -> tuple[date, date | None]:
    """Return first day and exclusive end of the period a text names.

    The first two days in the text are the period, else the first month named is;
    of a single day only the start is known.

    :param end_is_inclusive: whether the second day still counts
    :raise BadCell: the text names neither days nor a month
    """
    days = [day for found in days_in(text) if (day := dates.parse(found))]
    if len(days) > 1:
        end = days[1]
        return days[0], day_after(end) if end_is_inclusive else end
    month = _month(text)
    if month and not days:
        return month, add_months(month, 1)
    if days:
        return days[0], None
    raise BadCell(
        "expected a period such as 2026-03-05 - 2026-04-04 or 2026-03; correct the "
        "file or choose another column for the period in the column profile"
    )


def day_after(last_day: date | None) -> date | None:
    """Return the exclusive end; None for "never ends" (31 December 9999)."""
    if last_day is None or last_day == date.max:
        return None
    return date.fromordinal(last_day.toordinal() + 1)


def _month(text: str) -> date | None:
    for match in _NAMED.finditer(text):
        number = _NUMBER_OF.get(match[1].casefold())
        if number:
            return _first_day(int(match[2]), number)
    if match := _YEAR_FIRST.search(text):
        return _first_day(int(match[1]), int(match[2]))
    if match := _MONTH_FIRST.search(text):
        return _first_day(int(match[2]), int(match[1]))
    return None


def _first_day(year: int, month: int) -> date | None:
    if 1 <= month <= 12 and OLDEST_YEAR <= year < date.max.year:
        return date(year, month, 1)
    return None
