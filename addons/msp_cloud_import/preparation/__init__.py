"""Plain rules of the preparation: what is odd, and how quantities are shared out.

No import of Odoo; decimals and dates in, values out.
"""

from .outliers import is_outlier, months_before
from .shares import Share, share_money, share_out
from .sums import Said, Total, add_up

__all__ = [
    "Said",
    "Share",
    "Total",
    "add_up",
    "is_outlier",
    "months_before",
    "share_money",
    "share_out",
]
