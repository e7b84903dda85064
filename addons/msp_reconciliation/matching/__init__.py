"""Proof: what a provider supplied, what the contract contains, what was billed.

    supplied = contained = billed, on every day, or a finding that says why not

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `compare` looks at one position day by day; `cause_of_row`
says what is to be asked about a row that states no quantity; `cost_changes` finds
prices the provider has changed. `group` makes lines of a vendor bill of costs,
`differences` holds an invoice's total against its files.
"""

from .bill_document import Document, Listed, best, evidence, points
from .bill_lines import GROUPINGS, BillLine, Cost, group
from .bill_total import Difference, Stated, differences, normal_number
from .causes import CAUSES, DIRECTIONS, cause_of_row
from .comparison import Comparison, Finding, compare
from .costs import CostChange, UnitCost, cost_changes
from .invoice_date import invoice_date, is_date_column
from .timeline import Content, Statement, Supply, included, on, overlay, supplied

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
    "Finding",
    "Listed",
    "Stated",
    "Statement",
    "Supply",
    "UnitCost",
    "best",
    "cause_of_row",
    "compare",
    "cost_changes",
    "differences",
    "evidence",
    "group",
    "included",
    "invoice_date",
    "is_date_column",
    "normal_number",
    "on",
    "overlay",
    "points",
    "supplied",
]
