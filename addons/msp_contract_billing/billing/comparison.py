"""What differs between two contents of a contract: of two days, or two sets of versions."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from .errors import FoldError
from .folding import fold
from .history import Change, Line, Version
from .periods import Policy

#: Stands in for terms that no version gives; recognised by identity.
_NO_TERMS = Policy()
#: Fields of a line that are no content.
_PLACE = ("position", "start", "end", "versions")
_CONTENT = tuple(item.name for item in fields(Line) if item.name not in _PLACE)


@dataclass(frozen=True, slots=True)
class Content:
    """What a contract contains on one day.

    :param lines: by position
    :param policy: the contract's terms, None where no version gives them
    """

    lines: Mapping[Hashable, Line] = field(default_factory=dict)
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class PositionDifference:
    """What differs of one position.

    :param kind: ``begin``, ``end``, ``set``, or ``same`` if nothing does
    :param before: its line, None if it is not under contract
    :param after: likewise
    :param changed: (old, new) of each field of `Line` that differs, for ``set``
    """

    position: Hashable
    kind: str
    before: Line | None
    after: Line | None
    changed: Mapping[str, tuple] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What differs between two contents.

    :param positions: all of both, first those of the content before, in order
    """

    before: Content
    after: Content
    positions: tuple[PositionDifference, ...]

    @property
    def differences(self) -> tuple[PositionDifference, ...]:
        return tuple(item for item in self.positions if item.kind != "same")

    @property
    def terms(self) -> tuple[Policy | None, Policy | None] | None:
        """The terms before and after, None if they are the same."""
        both = self.before.policy, self.after.policy
        return None if both[0] == both[1] else both


def content_on(versions: Iterable[Version], day: date) -> Content:
    """Return what `versions` make of a contract on `day`.

    It is the fold of those that hold on the day, so days before and after cannot
    make it fail. Before the first version it is empty.

    :raise FoldError: a quantity is below 0 or was moved before it was set, or a
        position has no quantity or price
    """
    holding = sorted(
        (item for item in versions if item.holds_on(day)),
        key=lambda version: (version.start, version.number),
    )
    # All on the one day, in the order in which they apply.
    numbers = dict(enumerate((version.number for version in holding), 1))
    folded = [
        replace(version, number=number, start=day, end=None)
        for number, version in enumerate(holding, 1)
    ]
    try:
        history = fold([Version(0, day, (Change("terms", policy=_NO_TERMS),)), *folded])
    except FoldError as error:
        number = numbers.get(error.version, error.version)
        message = f"The versions that hold on {day} have no meaning together."
        raise FoldError(error.code, message, number, error.position) from error
    [terms] = history.terms
    return Content(
        {
            line.position: replace(
                line, versions=tuple(sorted(numbers[item] for item in line.versions))
            )
            for line in history.lines
        },
        None if terms.policy is _NO_TERMS else terms.policy,
    )


def compare(before: Content, after: Content) -> Comparison:
    """Return what differs between two contents, position by position."""
    positions = dict.fromkeys([*before.lines, *after.lines])
    return Comparison(
        before,
        after,
        tuple(
            _compare(position, before.lines.get(position), after.lines.get(position))
            for position in positions
        ),
    )


def _compare(
    position: Hashable, old: Line | None, new: Line | None
) -> PositionDifference:
    if old is None or new is None:
        return PositionDifference(position, "begin" if old is None else "end", old, new)
    changed = {
        name: (getattr(old, name), getattr(new, name))
        for name in _CONTENT
        if getattr(old, name) != getattr(new, name)
    }
    return PositionDifference(position, "set" if changed else "same", old, new, changed)
