"""The billing engine: billing is a difference.

    due(position, period) = entitlement(version history, period) - claimed

Plain Python without Odoo: dates and `decimal.Decimal` in, values out. All
intervals are half-open. `fold` turns versions into a history, `settle` turns a
history and claims into the charges that are due.
"""

from .catch_up import limit_periods
from .charges import Basis, Charge, Claim, Difference
from .comparison import Comparison, Content, compare, content_on
from .dated import unplaced_amounts
from .errors import (
    BillingError,
    CaseError,
    FoldError,
    PolicyError,
    PriceIntervalError,
)
from .folding import fold
from .history import Amount, Change, History, Line, Terms, Version
from .outlook import outlook
from .periods import Period, Policy, add_months
from .pricing import Pricing, Step, Tier
from .settlement import settle
from .valuation import monthly_value

__all__ = [
    "Amount",
    "Basis",
    "BillingError",
    "CaseError",
    "Change",
    "Charge",
    "Claim",
    "Comparison",
    "Content",
    "Difference",
    "FoldError",
    "History",
    "Line",
    "Period",
    "Policy",
    "PolicyError",
    "PriceIntervalError",
    "Pricing",
    "Step",
    "Terms",
    "Tier",
    "Version",
    "add_months",
    "compare",
    "content_on",
    "fold",
    "limit_periods",
    "monthly_value",
    "outlook",
    "settle",
    "unplaced_amounts",
]
