"""Random contracts for hypothesis, with dates around a leap year."""

import copy
import os
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, seed, settings
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


def in_rounds(strategy, look):
    """Let `look` see examples of `strategy`, a few from each of many beginnings.

    One long search alters what it has found, so its examples are much alike.
    """
    for number in range(1 if _EXAMPLES else 16):
        search = property_settings(30)(given(strategy)(look))
        (search if _EXAMPLES else seed(number)(search))()


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


RHYTHMS = [
    (1, "month"),
    (1, "month"),
    (1, "month"),
    (2, "month"),
    (1, "quarter"),
    (1, "year"),
    (1, "week"),
    (2, "week"),
    (10, "day"),
    (45, "day"),
]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
#: What else a policy may say, beside the rhythm.
_RULES = {
    "lead_days": st.sampled_from([5, 40, 80]),
    "increase": st.sampled_from(["end_of_term", "next_period"]),
    "decrease": st.sampled_from(["next_period", "end_of_term", "never"]),
    "term_months": st.sampled_from([1, 3, 12]),
    "unit_rounding": st.sampled_from(["down_twice", "half_up", "down"]),
    "instalments": st.sampled_from([2, 3, 12]),
    "re_anchor": st.just(True),
    "own_start": st.just(True),
    "credit_cap": st.just(True),
}


def _rarely(draw):
    return draw(st.integers(0, 3)) == 0


@st.composite
def policies(draw, rules=True):
    """Policies as in a case file.

    :param rules: whether they may say more than rhythm, timing and day count
    """
    every, unit = draw(st.sampled_from(RHYTHMS))
    counts = ["actual", "actual", "none", "year_share"]
    if unit in MONTHS:
        counts += ["30/360", "actual/30"]
    anchor = draw(st.none() | days())
    policy = {
        "every": every,
        "unit": unit,
        "anchor": anchor and str(anchor),
        "timing": draw(st.sampled_from(["advance", "arrears"])),
        "day_count": draw(st.sampled_from(counts)),
    }
    if rules:
        names = [*_RULES, "decrease", "decrease", "increase", "unit_rounding"]
        # Drawn one by one, since sets are mostly small and alike.
        for _ in range(draw(st.sampled_from([0, 1, 2, 3, 4]))):
            name = draw(st.sampled_from(names))
            policy[name] = draw(_RULES[name])
        if draw(st.booleans()):
            policy.setdefault("decrease", draw(_RULES["decrease"]))
        waits = {policy.get("increase"), policy.get("decrease")}
        if "end_of_term" in waits and not _rarely(draw):
            policy.setdefault("term_months", draw(_RULES["term_months"]))
    return policy


@st.composite
def own_policies(draw):
    """What one position does otherwise."""
    policy = draw(policies())
    names = draw(st.sets(st.sampled_from(sorted(policy)), min_size=1, max_size=3))
    if names & {"every", "unit", "day_count"}:
        names |= {"every", "unit", "day_count"}
    return {name: policy[name] for name in sorted(names)}


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


def shares():
    """What is billed while suspended, in percent."""
    return st.sampled_from(["0", "40", "100", "12.5"])


@st.composite
def tiers(draw):
    """Up to three tiers, the last one without an end."""
    ends = draw(st.lists(st.integers(1, 15), max_size=2, unique=True).map(sorted))
    return [
        {
            "up_to": end and str(end),
            "unit_price": draw(numbers(0, 20, 2)),
            **({"flat": draw(numbers(0, 9, 2))} if _rarely(draw) else {}),
        }
        for end in [*ends, None]
    ]


@st.composite
def amounts(draw):
    """Dated amounts; a key may come again in another version."""
    found = []
    least = draw(st.sampled_from([0, 1, 2, 3]))
    keys = st.lists(st.sampled_from("abcd"), min_size=least, max_size=4, unique=True)
    for key in draw(keys):
        start = draw(days())
        end = draw(st.none() | st.integers(1, 60))
        found.append(
            {
                "start": str(start),
                **({"end": str(start + timedelta(days=end))} if end else {}),
                "quantity": draw(numbers(-5, 40, 1)),
                "amount": draw(numbers(-30, 99, 2)),
                "key": key,
            }
        )
    return found


@st.composite
def pricings(draw):
    """The fields of a line that say how its quantity makes a price."""
    models = ["unit", "flat", "graduated", "volume", "package"]
    model = draw(st.sampled_from([*models, *models[1:], "amounts", "included"]))
    line = {"pricing": {"model": model}}
    if model in ("graduated", "volume"):
        line["pricing"]["tiers"] = draw(tiers())
    elif model == "flat":
        line["pricing"]["amount"] = draw(prices())
    elif model == "package":
        line["pricing"] |= {
            "size": draw(st.sampled_from(["1", "5", "2.5"])),
            "price": draw(prices()),
            "free": draw(st.sampled_from(["0", "3"])),
        }
    elif model == "amounts":
        line["amounts"] = draw(amounts())
        line["pricing"]["markup"] = draw(st.sampled_from(["0", "10", "-12.5"]))
    else:
        line["unit_price"] = draw(prices())
    if draw(st.booleans()):
        line["included"] = draw(st.sampled_from(["2", "7.5", "20"]))
    if _rarely(draw):
        line["discount_amount"] = draw(numbers(0, 30, 2))
    least = draw(st.none() | numbers(0, 90, 2))
    if least is not None:
        line["minimum"] = least
    if draw(st.booleans()):
        most = Decimal(least or 0) + Decimal(draw(numbers(0, 90, 2)))
        line["maximum"] = f"{most:f}"
    return line


@st.composite
def contents(draw, pricing=True):
    """A line without its position."""
    line = {"quantity": draw(quantities()), "discount": draw(discounts())}
    if _rarely(draw):
        line["share"] = draw(shares())
    if pricing and draw(st.integers(0, 2)) == 0:
        return line | draw(pricings())
    return line | {"unit_price": draw(prices())}


def lines(pricing=True, least=0):
    """The content of a version: up to one line per position.

    :param pricing: whether there are prices other than per unit
    :param least: number of lines
    """
    values, names = contents(pricing), st.sampled_from(POSITIONS)
    return st.dictionaries(names, values, min_size=least, max_size=2).map(
        lambda content: [
            {"position": name, **content[name]} for name in sorted(content)
        ]
    )


@st.composite
def claims(draw, digits):
    start = draw(days())
    end = start + timedelta(days=draw(st.integers(1, 100) | st.just(366)))
    claim = {
        "position": draw(st.sampled_from([*POSITIONS, "former"])),
        "start": str(start),
        "end": str(end),
        "amount": draw(numbers(-200, 200, digits)),
    }
    if _rarely(draw):
        claim["kind"] = "goodwill"
    return claim


@st.composite
def cases(draw, changing=True, claimed=True, pricing=True, rules=True):
    """Whole case files: up to four versions, up to five claims.

    :param changing: whether a later version may have a policy of its own
    :param claimed: whether anything was claimed
    :param pricing: whether there are prices other than per unit
    :param rules: whether policies say more than rhythm, timing and day count, and
        positions differ from their contract
    """
    digits = draw(st.sampled_from([0, 2, 2, 3]))
    policy = before = draw(policies(rules))
    versions, held = [], {}
    least = draw(st.sampled_from([1, 2, 3, 3]))
    starts = draw(st.lists(days(), min_size=least, max_size=4, unique=True))
    for start in sorted(starts):
        # Most contracts that supply nothing at first owe nothing at all.
        least = 0 if versions else draw(st.sampled_from([0, 1, 1, 2]))
        version = {"start": str(start), "lines": draw(lines(pricing, least))}
        if changing and versions and _rarely(draw):
            before = version["policy"] = draw(policies(rules))
        for number, line in enumerate(version["lines"]):
            if rules and _rarely(draw):
                line["policy"] = draw(own_policies())
            last = held.get(line["position"])
            if last and draw(st.booleans()):
                # Most changes set a quantity and leave the rest.
                line = {**copy.deepcopy(last), "quantity": line["quantity"]}
                version["lines"][number] = line
            if rules:
                _fit(draw, line, before)
            held[line["position"]] = line
        versions.append(version)
    _fit_what_waits(versions)
    first = date.fromisoformat(versions[0]["start"])
    end = draw(days(first, max(first, date(2025, 6, 30)))) if _rarely(draw) else None
    claimed = draw(st.lists(claims(digits), max_size=5)) if claimed else []
    if rules and claimed and draw(st.booleans()):
        # Given back for good, of something that was billed.
        billed = draw(st.sampled_from(claimed))
        amount = draw(numbers(-99, 20, digits))
        claimed.append({**billed, "kind": "goodwill", "amount": amount})
        policy["credit_cap"] = True
    case = {
        "currency_digits": digits,
        "until": str(draw(days(draw(st.sampled_from(starts)), date(2025, 6, 30)))),
        "end": end and str(end),
        "policy": policy,
        "versions": draw(st.permutations(versions)) if not changing else versions,
        "claimed": claimed,
    }
    if rules and _rarely(draw):
        case["catch_up"] = draw(st.integers(1, 3))
    return case


def _fit(draw, line, policy):
    """Let a line's rules and price fit its periods."""
    policy = {**policy, **line.get("policy", {})}
    months = MONTHS.get(policy["unit"], 0) * policy["every"]
    if policy["day_count"] in ("30/360", "actual/30") and not months:
        line["policy"]["day_count"] = "actual"
    count = policy.get("instalments", 1)
    if months and months % count == 0:
        months //= count
    fitting = [0, 0]
    if policy["day_count"] == "year_share":
        fitting += [1, 12]
    elif months:
        fitting += [m for m in (1, 3, 12, 24) if not (m % months and months % m)]
    line["price_months"] = draw(st.sampled_from(fitting))


def _fit_what_waits(versions):
    """Let no price meet a rhythm that it does not fit when its position has ended.

    Units that wait for the end of a term may live to see another policy.
    """
    for index, version in enumerate(versions[:-1]):
        after = {line["position"] for line in versions[index + 1]["lines"]}
        for line in version["lines"]:
            changes = any("policy" in later for later in versions[index + 1 :])
            if line["position"] not in after and changes:
                line["price_months"] = 0
