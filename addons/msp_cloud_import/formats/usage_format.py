"""What a format of usage rows declares: one table of columns, read by one engine.

Files of usage have a row per day and resource, and nobody bills each. Rows that
agree in who, what, price and month are summed into one provider charge and kept
as its details.
"""

from dataclasses import dataclass

from .layout import Format
from .usage_row import UsageRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFormat(Format):
    """A format whose rows are summed.

    :param row: how one row is understood; its class attributes say which columns
        belong to the charge and which to the single row
    """

    row: type[UsageRow]
    reader: None = None
