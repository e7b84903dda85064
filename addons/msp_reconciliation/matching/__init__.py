"""Proof: what a provider supplied, what the contract contains, what was billed.

    supplied = contained = billed, on every day, or a finding that says why not

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `compare` looks at one position day by day; `cause_of_row`
says what is to be asked about a row that states no quantity; `cost_changes` finds
prices the provider has changed, `prorations`, `roundings` and `exchanges` what of a
row's money is not its price, `plan_change` other terms than sold, `lost_credits`
and `usage_gaps` what is to be said about usage. `group` makes lines of a vendor bill of costs,
`differences` holds an invoice's total against its files.
"""

from .bill_document import Document, Listed, best, evidence, points
from .bill_lines import GROUPINGS, BillLine, Cost, group
from .bill_total import Difference, Stated, differences, normal_number
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
from .invoice_date import invoice_date, is_date_column
from .timeline import Content, Statement, Supply, included, on, overlay, supplied
from .usage import Earning, Usage, lost_credits, usage_gaps

__all__ = [
    "CAUSES",
    "DIRECTIONS",
    "GROUPINGS",
    "BillLine",
    "Comparison",
    "Content",
    "Cost",
    "CostChange",
    "Difference",
    "Document",
    "Earning",
    "Finding",
    "GroupedChange",
    "Listed",
    "Plan",
    "PlanChange",
    "Row",
    "Stated",
    "Statement",
    "Supply",
    "UnitCost",
    "Usage",
    "agreed_since",
    "as_one_change",
    "best",
    "by_own_rule",
    "cause_of_row",
    "compare",
    "cost_changes",
    "cycle_of",
    "differences",
    "evidence",
    "exchanges",
    "expected_cost",
    "group",
    "grouped",
    "included",
    "invoice_date",
    "is_date_column",
    "lost_credits",
    "normal_number",
    "on",
    "overlay",
    "plan_change",
    "points",
    "price_of",
    "prices",
    "prorations",
    "rounding",
    "roundings",
    "supplied",
    "usage_gaps",
]
