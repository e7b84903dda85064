"""Random histories of edits for hypothesis, as the fold takes them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from billing import Amount, Change, Policy, Version
from billing.pricing_data import from_data
from billing_strategies import (
    MONTHS,
    POSITIONS,
    amounts,
    days,
    discounts,
    policies,
    prices,
    pricings,
    quantities,
    shares,
)
from hypothesis import strategies as st

_DAY = timedelta(days=1)
BASE_START = date(2024, 1, 10)
END = date(2025, 1, 20)


def _parsed(values):
    """Return policy fields as the fold takes them, if a case can say the same."""
    months = MONTHS.get(values.get("unit"), 0) * values.get("every", 1)
    if "instalments" in values and not months % values["instalments"]:
        # In a case a year in 12 instalments is billed monthly.
        values = {name: values[name] for name in values if name != "instalments"}
    anchor = values.get("anchor")
    return {**values, "anchor": date.fromisoformat(anchor)} if anchor else values


def plain_policies(rules=True):
    """Policies as the fold takes them."""
    return policies(rules).map(lambda values: Policy(**_parsed(values)))


def plain_overrides():
    """What one position does otherwise, whatever rhythm its contract has."""
    names = {"lead_days", "increase", "decrease", "term_months", "timing"}
    names |= {"anchor", "re_anchor", "own_start"}
    return policies().map(
        lambda values: tuple(
            sorted(
                (name, value)
                for name, value in _parsed(values).items()
                if name in names
            )
        )
    )


def plain_pricings(dated=False):
    """(unit price, price scheme) as the fold takes them.

    :param dated: whether they may bill dated amounts
    """
    return (
        pricings()
        .filter(lambda line: dated or line["pricing"]["model"] != "amounts")
        .map(_plain_pricing)
    )


def plain_amounts():
    """Dated amounts of one position."""
    return amounts().map(
        lambda found: tuple(
            Amount(
                start := date.fromisoformat(item["start"]),
                date.fromisoformat(item["end"]) if "end" in item else start + _DAY,
                Decimal(item["quantity"]),
                Decimal(item["amount"]),
                item["key"],
            )
            for item in found
        )
    )


def _plain_pricing(line):
    scheme = {**line["pricing"]}
    price = scheme.pop("amount", None) or scheme.pop("price", None)
    scheme.update(
        (name, value)
        for name, value in line.items()
        if name in ("included", "discount_amount", "minimum", "maximum")
    )
    return Decimal(price or line.get("unit_price", "0")), from_data(scheme)


@st.composite
def edits(draw, terms=False, distinct=False, ending=True, rules=True, dated=False):
    """Versions of one contract: a first one, then up to six edits of it.

    No edit can be refused, whichever of them are left out, as long as the first
    one stays.

    :param terms: whether edits may change the policy, and positions have their own
    :param distinct: whether no two have the same first day
    :param ending: whether positions and the contract may end
    :param rules: whether policies say more than rhythm, timing and day count
    :param dated: whether positions may bill dated amounts
    """
    starts = draw(
        st.lists(days(BASE_START, END), min_size=1, max_size=6, unique=distinct)
    )
    if distinct and BASE_START in starts:
        starts.remove(BASE_START)
    policy = draw(plain_policies(rules))
    if not terms:
        policy = replace(policy, re_anchor=False, own_start=False)
    begun = [Change("terms", policy=policy)]
    begun += [draw(_begin(position, terms, dated)) for position in POSITIONS]
    versions = [Version(1, BASE_START, tuple(begun))]
    for number, start in enumerate(starts, 2):
        kinds = [_set(terms, dated)] * 3
        kinds.append(
            st.sampled_from(POSITIONS).flatmap(lambda p: _begin(p, terms, dated))
        )
        kinds.append(
            st.builds(
                lambda position, share: Change("suspend", position, share=share),
                st.sampled_from([None, *POSITIONS]),
                _decimals(shares()),
            )
        )
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
                plain_policies(rules).map(lambda policy: Change("terms", policy=policy))
            )
        changes = draw(st.lists(st.one_of(kinds), min_size=1, max_size=2))
        end = draw(st.none() | st.integers(1, 90))
        end = end and start + timedelta(days=end)
        versions.append(Version(number, start, tuple(changes), end))
    return versions


def _decimals(strategy):
    return strategy.map(Decimal)


def _begin(position, terms, dated):
    """Return a change with which a position begins, priced in some way."""
    plain = st.tuples(_decimals(prices()), st.none())
    return st.builds(
        lambda price, overrides, **values: Change(
            "begin",
            position,
            unit_price=price[0],
            pricing=price[1],
            overrides=overrides,
            **values,
        ),
        st.one_of(plain, plain, plain_pricings(dated)),
        st.none() | plain_overrides() if terms else st.none(),
        quantity=_decimals(quantities()),
        discount=_decimals(discounts()),
    )


def _set(terms, dated):
    one = st.fixed_dictionaries(
        {},
        optional={
            "quantity": _decimals(quantities()),
            "move": _decimals(st.integers(0, 5).map(str)),
            "unit_price": _decimals(prices()),
            "discount": _decimals(discounts()),
            "pricing": plain_pricings(dated).map(lambda found: found[1]),
            **({"overrides": plain_overrides()} if terms else {}),
        },
    )
    return st.builds(
        lambda position, values: Change("set", position, **values),
        st.sampled_from(POSITIONS),
        one,
    )
