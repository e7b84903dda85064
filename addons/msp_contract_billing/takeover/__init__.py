"""What was billed before this system: rows of a table become claims to enter.

Plain Python without Odoo: cells in, values and problems out.
"""

from .cells import BadCell, is_plausible, to_amount, to_day, to_text
from .file import UnreadableFile, to_table
from .table import COLUMNS, OpeningRow, Problem, Reading, read_table

__all__ = [
    "COLUMNS",
    "BadCell",
    "OpeningRow",
    "Problem",
    "Reading",
    "UnreadableFile",
    "is_plausible",
    "read_table",
    "to_amount",
    "to_day",
    "to_table",
    "to_text",
]
