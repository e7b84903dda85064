"""Proof: what a provider supplied, what the contract contains, what was billed.

    supplied = contained = billed, on every day, or a finding that says why not

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `compare` looks at one position day by day; `cause_of_row`
says what is to be asked about a row that states no quantity; `cost_changes` finds
prices the provider has changed, `prorations`, `roundings` and `exchanges` what of a
row's money is not its price, `plan_change` other terms than sold, `lost_credits`
and `usage_gaps` what is to be said about usage.
"""

from .causes import CAUSES, DIRECTIONS, cause_of_row
from .comparison import Comparison, Finding, as_one_change, compare
from .costs import CostChange, GroupedChange, UnitCost, cost_changes, grouped
from .plans import Plan, PlanChange, agreed_since, plan_change
from .rows import (
    Row,
    by_own_rule,
    cycle_of,
    exchanges,
    expected_cost,
    price_of,
    prices,
    prorations,
    rounding,
    roundings,
)
from .timeline import Content, Statement, Supply, included, on, overlay, supplied
from .usage import Earning, Usage, lost_credits, usage_gaps

__all__ = [
    "CAUSES",
    "DIRECTIONS",
    "Comparison",
    "Content",
    "CostChange",
    "Earning",
    "Finding",
    "GroupedChange",
    "Plan",
    "PlanChange",
    "Row",
    "Statement",
    "Supply",
    "UnitCost",
    "Usage",
    "agreed_since",
    "as_one_change",
    "by_own_rule",
    "cause_of_row",
    "compare",
    "cost_changes",
    "cycle_of",
    "exchanges",
    "expected_cost",
    "grouped",
    "included",
    "lost_credits",
    "on",
    "overlay",
    "plan_change",
    "price_of",
    "prices",
    "prorations",
    "rounding",
    "roundings",
    "supplied",
    "usage_gaps",
]
