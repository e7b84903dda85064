"""The engine against a reading of the same cases day by day."""

import copy
import json
from collections import Counter

from billing import BillingError
from billing.__main__ import quote
from billing_reference import assert_as_reference
from billing_strategies import cases, in_rounds, property_settings
from hypothesis import given


def quoted(case):
    return quote(json.dumps(case))


@property_settings(60)
@given(cases(changing=False, claimed=False))
def test_first_billing_is_what_a_look_at_each_day_gives(case):
    assert_as_reference(case, quoted(case))


# Whether the drawn cases hit each rule: without it something else would be due.

#: Fields of policies, and what stands there without the rule.
POLICY_RULES = {
    "timing": "advance",
    "day_count": "actual",
    "lead_days": 0,
    "increase": "at_once",
    "decrease": "at_once",
    "term_months": 0,
    "unit_rounding": "none",
    "instalments": 1,
    "re_anchor": False,
    "own_start": False,
    "credit_cap": False,
}
LINE_RULES = (
    "included",
    "minimum",
    "maximum",
    "discount",
    "discount_amount",
    "price_months",
    "share",
    "amounts",
    "policy",
)


def _policies(case):
    yield case["policy"]
    for version in case["versions"]:
        yield version.get("policy", {})
        for line in version["lines"]:
            yield line.get("policy", {})


def _lines(case):
    return [line for version in case["versions"] for line in version["lines"]]


def without_each_rule(case):
    """Yield (rule, the case without it) for each rule that it states."""
    for name, usual in POLICY_RULES.items():
        stated = {policy.get(name, usual) for policy in _policies(case)} - {usual}
        for value in stated:
            other = copy.deepcopy(case)
            for policy in _policies(other):
                if policy.get(name) == value:
                    policy[name] = usual
            is_choice = isinstance(value, str)
            yield (f"{name} {value}" if is_choice else name), other
    for name in LINE_RULES:
        other = copy.deepcopy(case)
        for line in _lines(other):
            line.pop(name, None)
            line.setdefault("unit_price", "1")
        if other != case:
            yield name, other
    for model in {line.get("pricing", {}).get("model") for line in _lines(case)}:
        other = copy.deepcopy(case)
        for line in _lines(other):
            if line.get("pricing", {}).get("model") == model:
                line.pop("pricing", None)
                line.setdefault("unit_price", "1")
        yield f"model {model}", other
    if "catch_up" in case:
        yield "catch_up", {name: case[name] for name in case if name != "catch_up"}
    for kind, taken in (("goodwill", True), ("claim", False)):
        kept = [
            item
            for item in case["claimed"]
            if (item.get("kind") == "goodwill") != taken
        ]
        if kept != case["claimed"]:
            yield kind, {**case, "claimed": kept}


RULES = {
    "timing arrears",
    "day_count 30/360",
    "day_count actual/30",
    "day_count none",
    "day_count year_share",
    "lead_days",
    "increase next_period",
    "increase end_of_term",
    "decrease next_period",
    "decrease end_of_term",
    "decrease never",
    "term_months",
    "unit_rounding half_up",
    "unit_rounding down",
    "unit_rounding down_twice",
    "instalments",
    "re_anchor",
    "own_start",
    "credit_cap",
    "included",
    "minimum",
    "maximum",
    "discount",
    "discount_amount",
    "price_months",
    "share",
    "model included",
    "model flat",
    "model graduated",
    "model volume",
    "model package",
    "model amounts",
    "amounts",
    "policy",
    "catch_up",
    "goodwill",
    "claim",
}


def test_due_is_what_a_look_at_each_day_gives():
    """And each rule decides in some of the cases."""
    hits, enough = Counter(), 1

    def look(case):
        output = quoted(case)
        assert_as_reference(case, output)
        for rule, other in without_each_rule(case):
            if hits[rule] < enough:
                hits[rule] += _is_other(other, output)

    in_rounds(cases(), look)
    assert {rule for rule in RULES if hits[rule] < enough} == set()


def _is_other(case, output):
    try:
        return quoted(case)["charges"] != output["charges"]
    except BillingError:
        # Without instalments, say, a price may not fit its periods.
        return False
