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
    sums: dict[str, int]
    details: dict[str, int]
    tags: int | None
    leftovers: dict[str, int]

    @property
    def amount(self) -> int:
        """Index of the net amount."""
        return self.sums["billed_cost"]


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
    names = tuple(layout.header[index] for index in common)
    identity = _found(layout, form.identity_columns)
    return UsageColumns(
        identity, common, names, at[row.DAY], sums, details, tags, leftovers
    )


def _found(layout: Layout, names: Sequence[str]) -> tuple[int, ...]:
    return tuple(layout.position[name] for name in names if name in layout.position)
