"""The billing engine: billing is a difference.

    due(position, period) = entitlement(version history, period) - claimed

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `fold` turns versions into a history, `settle` turns a
history and claims into the charges that are due.
"""

from .errors import BillingError, CaseError, FoldError, PriceIntervalError
from .history import Change, History, Line, Terms, Version, fold
from .periods import Period, Policy, add_months
from .settlement import Basis, Charge, Claim, Difference, settle

__all__ = [
    "Basis",
    "BillingError",
    "CaseError",
    "Change",
    "Charge",
    "Claim",
    "Difference",
    "FoldError",
    "History",
    "Line",
    "Period",
    "Policy",
    "PriceIntervalError",
    "Terms",
    "Version",
    "add_months",
    "fold",
    "settle",
]
