"""For which days usage is billed."""

from datetime import date, timedelta

_ONE_DAY = timedelta(days=1)


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of the calendar month and that of the next."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def period_of_use(
    day: date, start: date | None, end: date | None
) -> tuple[date, date, bool]:
    """Return first day and day after of the charge for a day of use.

    The period that the file states, if it touches the month of use; else the month
    of use, as a file speaks for the days on which things were used.

    :param end: exclusive
    :return: also whether the use is earlier than the period the file states
    """
    month, next_month = month_of(day)
    if start and end and start < next_month and end > month:
        return start, end, False
    return month, next_month, start is not None and next_month <= start


def exclusive_end(end: date | None) -> date | None:
    """Return the day after a period of whole months.

    Of an end that should be exclusive, the last day of a month is inclusive.
    """
    if end and end != date.max and (end + _ONE_DAY).day == 1:
        return end + _ONE_DAY
    return end
