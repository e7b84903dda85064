"""At most so many missed periods at once: the rest is said, and comes next time."""

from collections.abc import Hashable, Iterable

from .charges import Charge


def limit_periods(
    charges: Iterable[Charge], most: int
) -> tuple[list[Charge], dict[Hashable, int]]:
    """Return (charges to bill, {position: number of periods put off}).

    Of each position the oldest `most` natural periods are taken, so none is
    skipped; corrections and what has no period are taken always.

    :param charges: as `settle` returns them
    :param most: at least 1; of each position
    """
    taken, put_off = [], {}
    seen: dict[Hashable, list] = {}
    for charge in charges:
        if charge.period is None:
            taken.append(charge)
            continue
        periods = seen.setdefault(charge.position, [])
        if not periods or periods[-1] != charge.period:
            periods.append(charge.period)
        if len(periods) <= most:
            taken.append(charge)
        else:
            put_off[charge.position] = len(periods) - most
    return taken, put_off
