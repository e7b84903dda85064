"""Where a file of usage has what, by index of the column."""

from collections.abc import Sequence
from dataclasses import dataclass

from .layout import Layout
from .usage_format import UsageFormat
from .usage_row import DETAIL_TEXTS, SUMMED


@dataclass(frozen=True, slots=True)
class UsageColumns:
    """:param identity: cells that are all empty on a total row
    :param common: cells that all rows of a charge have in common
    :param names: their columns as in the file
    :param day: the day of use
    :param row_days: other days that are only checked
    :param end: the one among them that may not be before the day of use
    :param amount: what every row needs: the net amount
    :param sums: field of `SUMMED` -> index
    :param details: field of `DETAIL_TEXTS` -> index
    :param tags: the tags, None if the file has none
    :param leftovers: name as in the file -> index, for all others; tags stand there as well, in
        case that they are no JSON
    """

    identity: tuple[int, ...]
    common: tuple[int, ...]
    names: tuple[str, ...]
    day: int
    row_days: tuple[int, ...]
    end: int | None
    amount: int
    sums: dict[str, int]
    details: dict[str, int]
    tags: int | None
    leftovers: dict[str, int]


def usage_columns(layout: Layout, form: UsageFormat) -> UsageColumns:
    """Return the columns of one file."""
    at, row = layout.position, form.row
    common = _found(layout, row.CHARGE)
    sums = {name: at[row.SUMS[name]] for name in SUMMED if row.SUMS.get(name) in at}
    details = {
        name: at[row.DETAILS[name]]
        for name in DETAIL_TEXTS
        if row.DETAILS.get(name) in at
    }
    tags = at.get(row.TAGS)
    kept = {*common, *details.values(), at[row.DAY]}
    kept |= {sums[name] for name in ("billed_cost", "pricing_quantity") if name in sums}
    leftovers = {
        name: index for index, name in enumerate(layout.header) if index not in kept
    }
    return UsageColumns(
        identity=_found(layout, form.identity_columns),
        common=common,
        names=tuple(layout.header[index] for index in common),
        day=at[row.DAY],
        row_days=_found(layout, row.ROW_DAYS),
        end=at.get(row.END),
        amount=at[row.AMOUNT],
        sums=sums,
        details=details,
        tags=tags,
        leftovers=leftovers,
    )


def _found(layout: Layout, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(layout.position[name] for name in names if name in layout.position)
