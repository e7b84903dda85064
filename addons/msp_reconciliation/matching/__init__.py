"""Proof: what a provider supplied, what the contract contains, what was billed.

    supplied = contained = billed, on every day, or a finding that says why not

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `compare` looks at one position day by day; `cause_of_row`
says what is to be asked about a row that states no quantity; `cost_changes` finds
prices the provider has changed.
"""

from .causes import CAUSES, DIRECTIONS, cause_of_row
from .comparison import Comparison, Finding, compare
from .costs import CostChange, UnitCost, cost_changes
from .timeline import Content, Statement, Supply, included, on, overlay, supplied

__all__ = [
    "CAUSES",
    "DIRECTIONS",
    "Comparison",
    "Content",
    "CostChange",
    "Finding",
    "Statement",
    "Supply",
    "UnitCost",
    "cause_of_row",
    "compare",
    "cost_changes",
    "included",
    "on",
    "overlay",
    "supplied",
]
