"""Which rows of a file are rows of an earlier one: same, changed, gone or new."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """What of a row is compared.

    :param id: any name of the row
    :param key: what makes it this line, see `RowKeys`; without the occurrence
    :param content: hash of all that counts, see `content_hash`
    :param exact: what every variant of a file has: money, quantity, days
    :param loose: what a variant may lack; 0 or empty is "not said"
    :param days: first day and day after
    :param is_strong: rows of this key are the same line whatever they say, as the
        provider numbers its invoices or says anew what was used
    """

    id: int
    key: str
    content: str
    exact: tuple = ()
    loose: tuple = ()
    description: str = ""
    days: tuple = ()
    quantity: Hashable = None
    amount: Hashable = None
    price: Hashable = None
    is_strong: bool = False


@dataclass(slots=True)
class Matching:
    """Every old row is in one of same, changed and gone; every new row likewise."""

    same: list[tuple[Line, Line]] = field(default_factory=list)
    changed: list[tuple[Line, Line]] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)
    new: list[Line] = field(default_factory=list)


def match(old: Iterable[Line], new: Iterable[Line]) -> Matching:
    """Pair the rows of two readings, whatever order they come in.

    Rows of one key are told apart by what they say: equal ones are paired first, as
    often as they occur; of the rest those that differ least. Without a strong key
    a row is only the other's correction if quantity or amount are the same: it may
    as well be one more.
    """
    result = Matching()
    mine, theirs = _by_key(new), _by_key(old)
    for key, rows in mine.items():
        _match_key(theirs.pop(key, []), rows, result)
    for rest in theirs.values():
        result.gone += rest
    return result


def _by_key(lines: Iterable[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        found[line.key].append(line)
    return found


def _match_key(old: list[Line], new: list[Line], result: Matching) -> None:
    pairs, old, new = _pair(old, new, lambda line: line.content)
    result.same += pairs
    if old and new:
        pairs, old, new = _pair(old, new, lambda line: line.exact, _say_the_same)
        result.same += pairs
    for tier in _TIERS:
        if not (old and new):
            break
        pairs, old, new = _pair(old, new, tier, _may_be_one)
        result.changed += pairs
    result.gone += old
    result.new += new


def _pair(
    old: list[Line],
    new: list[Line],
    name: Callable[[Line], Hashable],
    fits: Callable[[Line, Line], bool] | None = None,
) -> tuple[list[tuple[Line, Line]], list[Line], list[Line]]:
    """Pair lines of one name; return the pairs and what is left of both."""
    waiting: dict[Hashable, list[Line]] = defaultdict(list)
    for line in sorted(old, key=_order, reverse=True):
        waiting[name(line)].append(line)
    pairs, left = [], []
    for line in sorted(new, key=_order):
        candidates = waiting.get(name(line), [])
        for index in range(len(candidates) - 1, -1, -1):
            if fits is None or fits(candidates[index], line):
                pairs.append((candidates.pop(index), line))
                break
        else:
            left.append(line)
    return pairs, [line for rest in waiting.values() for line in rest], left


def _order(line: Line) -> tuple:
    return (line.content, line.id)


def _say_the_same(one: Line, other: Line) -> bool:
    return _is_same_thing(one, other) and all(
        not a or not b or a == b for a, b in zip(one.loose, other.loose, strict=True)
    )


def _is_same_thing(one: Line, other: Line) -> bool:
    texts = (one.description, other.description)
    return not all(texts) or texts[0] == texts[1]


def _may_be_one(one: Line, other: Line) -> bool:
    if not _is_same_thing(one, other):
        return False
    if one.is_strong and other.is_strong:
        return True
    return one.days == other.days and (
        one.quantity == other.quantity or one.amount == other.amount
    )


#: What corrections leave as it was, the likeliest first.
_TIERS: tuple[Callable[[Line], Hashable], ...] = (
    lambda line: (line.days, line.quantity, line.price),
    lambda line: (line.days, line.quantity),
    lambda line: (line.days, line.price),
    lambda line: (line.days, line.amount),
    lambda line: line.days,
    lambda line: line.quantity,
    lambda line: None,
)
