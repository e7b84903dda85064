"""Random contracts for hypothesis, with dates around a leap year."""

import os
from datetime import date, timedelta
from decimal import Decimal

from billing import Change, Policy, Version
from hypothesis import settings
from hypothesis import strategies as st

# The same examples at each run; MSP_EXAMPLES=2000 looks further, at random ones.
_EXAMPLES = int(os.environ.get("MSP_EXAMPLES", "0"))


def property_settings(examples):
    return settings(
        max_examples=_EXAMPLES or examples,
        derandomize=not _EXAMPLES,
        deadline=None,
        database=None,
    )


_MONTH_ENDS = [
    date(2023, 12, 31),
    date(2024, 1, 30),
    date(2024, 1, 31),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2024, 4, 30),
    date(2025, 1, 1),
    date(2025, 1, 31),
    date(2025, 2, 28),
]
POSITIONS = ("backup", "seats")


def days(first=date(2023, 12, 1), last=date(2025, 3, 31)):
    ends = [day for day in _MONTH_ENDS if first <= day <= last]
    anywhere = st.dates(first, last)
    return st.one_of(anywhere, st.sampled_from(ends)) if ends else anywhere


@st.composite
def policies(draw):
    """Policies as in a case file."""
    every, unit = draw(
        st.sampled_from(
            [
                (1, "month"),
                (1, "month"),
                (2, "month"),
                (3, "month"),
                (1, "year"),
                (1, "week"),
                (2, "week"),
                (10, "day"),
                (45, "day"),
            ]
        )
    )
    counts = ["actual", "none"]
    if unit in ("month", "year"):
        counts.append("30/360")
    anchor = draw(st.none() | days())
    return {
        "every": every,
        "unit": unit,
        "anchor": anchor and str(anchor),
        "timing": draw(st.sampled_from(["advance", "arrears"])),
        "day_count": draw(st.sampled_from(counts)),
    }


def numbers(minimum, maximum, digits):
    """Decimals as text."""
    return st.integers(minimum * 10**digits, maximum * 10**digits).map(
        lambda value: f"{value}E-{digits}"
    )


def quantities():
    return st.one_of(st.integers(0, 20).map(str), numbers(0, 9, 2))


def prices():
    return st.one_of(
        numbers(0, 99, 2),
        numbers(0, 9, 4),
        st.sampled_from(["0", "10", "0.01", "1000", "-5.55"]),
    )


def discounts():
    return st.sampled_from(["0", "0", "0", "10", "33.33", "100"])


def lines():
    """The content of a version: up to one line per position."""
    values = st.fixed_dictionaries(
        {"quantity": quantities(), "unit_price": prices(), "discount": discounts()}
    )
    return st.dictionaries(st.sampled_from(POSITIONS), values, max_size=2).map(
        lambda content: [
            {"position": name, **content[name]} for name in sorted(content)
        ]
    )


@st.composite
def claims(draw, digits):
    start = draw(days())
    end = start + timedelta(days=draw(st.integers(1, 100) | st.just(366)))
    return {
        "position": draw(st.sampled_from([*POSITIONS, "former"])),
        "start": str(start),
        "end": str(end),
        "amount": draw(numbers(-200, 200, digits)),
    }


@st.composite
def cases(draw, changing=True, claimed=True):
    """Whole case files: up to four versions, up to five claims.

    :param changing: whether a later version may have a policy of its own
    :param claimed: whether anything was claimed
    """
    digits = draw(st.sampled_from([0, 2, 2, 3]))
    versions = []
    for start in draw(st.lists(days(), min_size=1, max_size=4, unique=True)):
        version = {"start": str(start), "lines": draw(lines())}
        if changing and versions and draw(st.integers(0, 3)) == 0:
            version["policy"] = draw(policies())
        versions.append(version)
    first = min(date.fromisoformat(version["start"]) for version in versions)
    end = draw(st.none() | days(first, max(first, date(2025, 6, 30))))
    return {
        "currency_digits": digits,
        "until": str(draw(days(last=date(2025, 6, 30)))),
        "end": end and str(end),
        "policy": draw(policies()),
        "versions": versions,
        "claimed": draw(st.lists(claims(digits), max_size=5)) if claimed else [],
    }


BASE_START = date(2024, 1, 10)
END = date(2025, 1, 20)


def plain_policies():
    """Policies as the fold takes them."""
    return policies().map(
        lambda values: Policy(
            **{
                **values,
                "anchor": values["anchor"] and date.fromisoformat(values["anchor"]),
            }
        )
    )


@st.composite
def edits(draw, terms=False, distinct=False, ending=True):
    """Versions of one contract: a first one, then up to six edits of it.

    No edit can be refused, whichever of them are left out, as long as the first
    one stays.

    :param terms: whether edits may change the policy
    :param distinct: whether no two have the same first day
    :param ending: whether positions and the contract may end
    """
    starts = draw(
        st.lists(days(BASE_START, END), min_size=1, max_size=6, unique=distinct)
    )
    if distinct and BASE_START in starts:
        starts.remove(BASE_START)
    begun = [Change("terms", policy=draw(plain_policies()))]
    begun += [draw(_begin(position)) for position in POSITIONS]
    versions = [Version(1, BASE_START, tuple(begun))]
    for number, start in enumerate(starts, 2):
        kinds = [_set(), _set(), _set(), st.sampled_from(POSITIONS).flatmap(_begin)]
        if ending:
            kinds.append(
                st.sampled_from(
                    [
                        Change("end", "seats"),
                        Change("end", "backup"),
                        Change("terminate"),
                    ]
                )
            )
        if terms:
            kinds.append(
                plain_policies().map(lambda policy: Change("terms", policy=policy))
            )
        changes = draw(st.lists(st.one_of(kinds), min_size=1, max_size=2))
        end = draw(st.none() | st.integers(1, 90))
        end = end and start + timedelta(days=end)
        versions.append(Version(number, start, tuple(changes), end))
    return versions


def _decimals(strategy):
    return strategy.map(Decimal)


def _begin(position):
    return st.builds(
        Change,
        st.just("begin"),
        st.just(position),
        quantity=_decimals(quantities()),
        unit_price=_decimals(prices()),
        discount=_decimals(discounts()),
    )


def _set():
    one = st.fixed_dictionaries(
        {},
        optional={
            "quantity": _decimals(quantities()),
            "move": _decimals(st.integers(0, 5).map(str)),
            "unit_price": _decimals(prices()),
            "discount": _decimals(discounts()),
        },
    )
    return st.builds(
        lambda position, values: Change("set", position, **values),
        st.sampled_from(POSITIONS),
        one,
    )
