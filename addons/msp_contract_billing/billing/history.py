"""What a contract's versions say, and what they come to, day by day.

All intervals are half-open: `start` is the first day, `end` the first day after,
None for "from then on".
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .periods import Policy
from .pricing import Pricing

#: The share, in percent, of a price that is billed as agreed.
WHOLE = Decimal(100)
#: (name, value) of policy fields in which a position differs from its contract.
Overrides = tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """What a version does to one position or to the contract's terms.

    Fields that are None are not touched. `quantity` sets, `move` adds.

    :param action: ``begin``: the position exists from now on, with all its fields;
        ``end``: it exists no longer; ``set``: fields change; ``terms``: the contract's
        policy changes; ``suspend``: less is billed of a position, or of all that the
        contract has (`position` is None), until another one says otherwise;
        ``terminate``: every position ends and so does the contract; ``commitment``:
        nothing that is billed changes
    :param unit_price: price of one unit for `price_months` months, or for one
        natural period if `price_months` is 0
    :param discount: percent, 0 to 100
    :param pricing: how quantity and price make the amount; `Pricing()`: per unit
    :param policy: the contract's rules, for ``terms``
    :param overrides: policy fields in which the position differs from the contract
    :param share: percent of the price that is billed, for ``suspend``; 0 to 100
    :param bundle: for ``begin``: the position of whose bundle this is a component. It
        begins with `per_bundle` times the bundle's quantity, whatever `quantity` says,
        and follows what later happens to the bundle
    """

    action: str
    position: Hashable = None
    quantity: Decimal | None = None
    move: Decimal | None = None
    unit_price: Decimal | None = None
    price_months: int | None = None
    discount: Decimal | None = None
    text: str | None = None
    policy: Policy | None = None
    pricing: Pricing | None = None
    overrides: Overrides | None = None
    share: Decimal | None = None
    bundle: Hashable = None
    per_bundle: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A set of changes that holds on [start, end)."""

    number: int
    start: date
    changes: tuple[Change, ...]
    end: date | None = None

    def holds_on(self, day: date) -> bool:
        return _holds_on(self, day)


@dataclass(frozen=True, slots=True)
class Line:
    """A position's content over an interval of days.

    :param versions: numbers of the versions that set these values
    :param pricing: None: quantity x unit price
    :param share: percent of the price that is billed
    """

    position: Hashable
    start: date
    end: date | None
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    price_months: int = 0
    text: str = ""
    versions: tuple[int, ...] = ()
    pricing: Pricing | None = None
    overrides: Overrides = ()
    share: Decimal = WHOLE

    def holds_on(self, day: date) -> bool:
        return _holds_on(self, day)

    @property
    def priced(self) -> tuple:
        """What an amount depends on, the text left out."""
        return (
            self.quantity,
            self.unit_price,
            self.discount,
            self.price_months,
            self.pricing,
            self.overrides,
            self.share,
        )

    @property
    def content(self) -> tuple:
        return (*self.priced, self.text)


@dataclass(frozen=True, slots=True)
class Terms:
    """The policy of a contract over an interval of days."""

    start: date
    end: date | None
    policy: Policy


@dataclass(frozen=True, slots=True)
class Amount:
    """A dated amount given from outside, such as a provider's charge.

    :param start: first day it is for
    :param end: first day after it
    :param quantity: for people; 0 if it has none
    :param amount: before markup and discount
    :param key: its source; each key stands for one amount of a position
    """

    start: date
    end: date
    quantity: Decimal
    amount: Decimal
    key: Hashable = None


@dataclass(frozen=True, slots=True)
class History:
    """What a contract supplies, day by day.

    :param start: the contract's first day
    :param end: the first day after it, None if it goes on
    :param lines: by position and day, without overlap
    :param terms: by day, without gap from `start` on
    :param ineffective: (version number, index of the change in it) of changes
        to positions that do not exist on the version's first day
    :param amounts: by position, what its lines priced by amounts bill
    """

    start: date
    end: date | None
    lines: tuple[Line, ...]
    terms: tuple[Terms, ...]
    ineffective: tuple[tuple[int, int], ...] = ()
    amounts: Mapping[Hashable, tuple[Amount, ...]] = field(default_factory=dict)

    def line_on(self, position: Hashable, day: date) -> Line | None:
        """Return what a position contains on a day, None if it is not there."""
        return next(
            (
                line
                for line in self.lines
                if line.position == position and line.holds_on(day)
            ),
            None,
        )

    def policy_on(self, day: date) -> Policy:
        """Return the policy of a day, before the contract begins its first one."""
        begun = [terms for terms in self.terms if terms.start <= day]
        return (begun or self.terms[:1])[-1].policy


def _holds_on(item: Version | Line, day: date) -> bool:
    return item.start <= day and (item.end is None or day < item.end)
