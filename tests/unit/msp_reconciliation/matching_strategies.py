"""Random supplies, contents and invoices over the first months of 2026."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import strategies as st
from matching import Content, Statement

FIRST, END = date(2026, 1, 1), date(2026, 4, 1)
DAYS = st.integers(0, (END - FIRST).days - 1).map(lambda n: FIRST + timedelta(n))
QUANTITIES = st.sampled_from([Decimal(text) for text in ("0", "1", "2", "3.5", "5")])
PRICES = st.sampled_from([Fraction(text) for text in ("0", "9.99", "20.00", "1200")])
SHARES = st.sampled_from([Fraction(1, n) for n in (28, 30, 31, 365)])


@st.composite
def chains(draw, quantities=QUANTITIES, is_unique=False):
    """The statements of one subscription, in the order in which they were given."""
    starts = draw(st.lists(DAYS, max_size=5, unique=is_unique))
    ends = st.one_of(st.none(), st.integers(0, 60))
    return [
        Statement(
            start,
            None if (length := draw(ends)) is None else start + timedelta(length),
            draw(quantities),
            (draw(st.integers(0, 9)),),
        )
        for start in starts
    ]


SUBSCRIPTIONS = st.lists(chains(), max_size=3)


@st.composite
def stretches(draw):
    """Some stretches of days, in order, with and without gaps in between."""
    cuts = sorted(set(draw(st.lists(DAYS, max_size=6))))
    return [pair for pair in pairwise(cuts) if draw(st.integers(0, 3))]


@st.composite
def contents(draw, quantities=QUANTITIES, prices=PRICES, shares=SHARES):
    return [
        Content(
            start,
            end,
            draw(quantities),
            draw(prices),
            draw(shares),
            draw(st.booleans()),
        )
        for start, end in draw(stretches())
    ]


BILLED = contents(
    quantities=st.one_of(st.none(), QUANTITIES), shares=st.one_of(st.none(), SHARES)
)


@st.composite
def sides(draw):
    """Chains, contents and what is billed, which often agree."""
    contained = draw(contents())
    billed = [one for one in contained if draw(st.integers(0, 3))]
    billed = draw(st.one_of(st.just(billed), BILLED))
    return draw(SUBSCRIPTIONS), contained, billed


@st.composite
def periods(draw):
    start, end = sorted([draw(DAYS), draw(DAYS)])
    return start, end + timedelta(1)


def split(items, day):
    """Return contents with the one that holds `day` cut in two before that day."""
    result = []
    for one in items:
        if one.start < day < one.end:
            result += [replace(one, end=day), replace(one, start=day)]
        else:
            result.append(one)
    return result


def repeated(statements, day):
    """Return statements with the one that holds on `day` given again for that day."""
    so_far = [one for one in statements if one.start <= day]
    last = max((one.start for one in so_far), default=day)
    if last == day:
        return statements
    one = [each for each in so_far if each.start == last][-1]
    return [*statements, replace(one, start=day)]
