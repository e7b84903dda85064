"""The fold: from versions, which are sets of changes, to what holds on each day.

The content of a contract on a day is what its versions make of it that hold on
that day, in the order of their first days, then of their numbers. A later one
overrides only the fields it names, so the order of recording does not matter
save between two with the same first day.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .errors import FoldError
from .history import WHOLE, Change, History, Line, Terms, Version
from .periods import Policy
from .pricing import TIERED, Pricing
from .rounding import exact_product, exact_sum


@dataclass(slots=True)
class _Content:
    """Values of one position on a day, and the versions that made each.

    :param lowered_by: the last version that set the quantity or took some away
    :param bundle: position of which this is a component
    :param per_bundle: quantity for each one of the bundle
    """

    values: dict = field(default_factory=dict)
    sources: dict = field(default_factory=dict)
    lowered_by: int = 0
    bundle: Hashable = None
    per_bundle: Decimal = Decimal(1)

    def put(self, name: str, value, number: int):
        if name == "pricing" and value == Pricing():
            # Said in so many words, a price per unit is no price scheme.
            value = None
        self.values[name] = value
        self.sources[name] = {number}
        if name == "quantity":
            self.lowered_by = number


_FIELDS = (
    "quantity",
    "unit_price",
    "price_months",
    "discount",
    "text",
    "pricing",
    "overrides",
    "share",
)
_DEFAULTS = {
    "price_months": 0,
    "discount": Decimal(0),
    "text": "",
    "overrides": (),
    "share": WHOLE,
}
#: Models that bring their own prices, or need none.
_PRICED = (*TIERED, "amounts", "included")


@dataclass(slots=True)
class _Day:
    """The content of a contract on one day, while it is being folded.

    :param bundled: positions that are or were components, by that of the bundle
    :param share: percent that is billed of all positions
    :param share_from: number of the version that says so
    """

    positions: dict = field(default_factory=dict)
    bundled: dict = field(default_factory=dict)
    policy: Policy | None = None
    terminated: bool = False
    share: Decimal = WHOLE
    share_from: int = 0

    def apply(self, version: Version, change: Change) -> bool:
        """Apply `change`; return whether it had an effect."""
        if change.action == "terms":
            self.policy = change.policy
        elif change.action == "commitment":
            pass
        elif change.action == "terminate":
            self.positions.clear()
            self.terminated = True
            self.share = WHOLE
        elif change.action == "suspend" and change.position is None:
            self.share, self.share_from = change.share, version.number
        elif change.action == "begin":
            return self._begin(version, change)
        elif change.position not in self.positions:
            return False
        elif change.action == "end":
            del self.positions[change.position]
            for key in self._components(change.position):
                del self.positions[key]
        else:
            self._set(self.positions[change.position], version, change)
            self._follow(version, change)
        return True

    def _begin(self, version: Version, change: Change) -> bool:
        if change.bundle is not None and change.bundle not in self.positions:
            # There is no component without its bundle.
            return False
        content = self.positions[change.position] = _Content(
            bundle=change.bundle, per_bundle=change.per_bundle or Decimal(1)
        )
        self.terminated = False
        for name in _FIELDS:
            value = getattr(change, name)
            value = _DEFAULTS.get(name) if value is None else value
            content.put(name, value, version.number)
        if content.bundle is not None:
            self.bundled.setdefault(content.bundle, {})[change.position] = None
            self._fill(content, version)
        self._follow(version, change)
        return True

    def _components(self, bundle: Hashable) -> list[Hashable]:
        return [key for key in self.bundled.get(bundle, ()) if key in self.positions]

    def _fill(self, content: _Content, version: Version):
        """Give a component what its bundle's quantity makes of it."""
        bundled = self.positions[content.bundle].values["quantity"]
        if bundled is not None:
            quantity = exact_product(content.per_bundle, bundled)
            content.put("quantity", quantity, version.number)

    def _follow(self, version: Version, change: Change):
        """Let components follow the quantity of their bundle.

        What has a quantity of its own, as a provider says so, keeps the difference
        while the bundle's is moved, and is as the bundle once that is set.
        """
        for key in self._components(change.position):
            content = self.positions[key]
            if change.quantity is not None:
                self._fill(content, version)
            elif change.move is not None:
                move = exact_product(content.per_bundle, change.move)
                moved = exact_sum([content.values["quantity"], move])
                content.values["quantity"] = max(moved, Decimal(0))
                content.sources["quantity"].add(version.number)

    @staticmethod
    def _set(content: _Content, version: Version, change: Change):
        for name in _FIELDS:
            value = getattr(change, name)
            if value is not None:
                content.put(name, value, version.number)
        if change.move is not None:
            if content.values["quantity"] is None:
                raise FoldError(
                    "move_before_set",
                    f"Version {version.number} moves the quantity of "
                    f"{change.position} before any version has set it.",
                    version.number,
                    change.position,
                )
            moved = exact_sum([content.values["quantity"], change.move])
            content.values["quantity"] = moved
            content.sources["quantity"].add(version.number)
            if change.move < 0:
                content.lowered_by = version.number


def fold(versions: Iterable[Version]) -> History:
    """Return what `versions` make of a contract.

    :raise FoldError: a quantity is moved below 0 or before it was set, a position
        has no quantity or price, or no version gives the terms on some day
    """
    ordered = sorted(
        (item for item in versions if item.end is None or item.start < item.end),
        key=lambda version: (version.start, version.number),
    )
    if not ordered:
        raise FoldError("no_terms", "A contract without a version has no content.", 0)
    days = sorted(
        {version.start for version in ordered}
        | {version.end for version in ordered if version.end}
    )
    lines: dict[Hashable, list[Line]] = {}
    terms: list[Terms] = []
    ineffective = []
    contract_end = None
    beginning = _by_first_day(ordered)
    ending = {version.end for version in ordered}
    day = _Day()
    for start, end in zip(days, [*days[1:], None], strict=True):
        holding = beginning.get(start, ())
        if start in ending:
            # Only what a temporary version leaves behind needs a new beginning.
            day = _Day()
            holding = [version for version in ordered if version.holds_on(start)]
        for version in holding:
            for index, change in enumerate(version.changes):
                effective = day.apply(version, change)
                if not effective and version.start == start:
                    ineffective.append((version.number, index))
        _check(day, ordered[0].number, start)
        for position, content in day.positions.items():
            line = _line(position, start, end, content, day)
            _append(lines.setdefault(position, []), line)
        if terms and terms[-1].policy == day.policy:
            terms[-1] = replace(terms[-1], end=end)
        else:
            terms.append(Terms(start, end, day.policy))
        if not day.terminated:
            contract_end = None
        elif contract_end is None:
            contract_end = start
    return History(
        start=days[0],
        end=contract_end,
        lines=tuple(line for pieces in lines.values() for line in pieces),
        terms=tuple(terms),
        ineffective=tuple(ineffective),
    )


def _by_first_day(ordered: Iterable[Version]) -> dict[date, list[Version]]:
    result: dict[date, list[Version]] = {}
    for version in ordered:
        result.setdefault(version.start, []).append(version)
    return result


def _check(day: _Day, first: int, start: date):
    if day.policy is None:
        raise FoldError(
            "no_terms",
            f"No version gives the terms of the contract for {start}.",
            first,
        )
    for position, content in day.positions.items():
        quantity = content.values["quantity"]
        pricing = content.values["pricing"]
        if pricing and pricing.model in _PRICED:
            content.values["unit_price"] = content.values["unit_price"] or Decimal(0)
        if quantity is None or content.values["unit_price"] is None:
            missing = "quantity" if quantity is None else "price"
            raise FoldError(
                "incomplete",
                f"No version sets the {missing} of {position} for {start}.",
                max(content.sources["quantity"]),
                position,
            )
        if quantity < 0:
            raise FoldError(
                "negative_quantity",
                f"From {start} on the quantity of {position} would be {quantity}: "
                f"version {content.lowered_by} takes away more than there is.",
                content.lowered_by,
                position,
            )


def _line(position, start, end, content: _Content, day: _Day) -> Line:
    versions, values = set().union(*content.sources.values()), content.values
    if content.bundle is not None:
        bundle = day.positions[content.bundle]
        if bundle.values["share"] < values["share"]:
            values = {**values, "share": bundle.values["share"]}
            versions |= bundle.sources["share"]
    if day.share < values["share"]:
        values = {**values, "share": day.share}
        versions.add(day.share_from)
    return Line(position, start, end, versions=tuple(sorted(versions)), **values)


def _append(pieces: list[Line], line: Line):
    last = pieces[-1] if pieces else None
    if last and last.end == line.start and last.content == line.content:
        versions = tuple(sorted({*last.versions, *line.versions}))
        pieces[-1] = replace(last, end=line.end, versions=versions)
    else:
        pieces.append(line)
