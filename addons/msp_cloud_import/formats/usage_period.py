"""For which days usage is billed."""

from datetime import date, timedelta


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
