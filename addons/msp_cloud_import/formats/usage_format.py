"""What a format of usage rows declares: one table of columns, read by one engine.

Files of usage have a row per day and resource, and nobody bills each. Rows that
agree in who, what, price and month are summed into one provider charge and kept
as its details.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .layout import Format
from .problem import Notice
from .usage_row import UsageRow


@dataclass(frozen=True, slots=True)
class Turn:
    """What turns a file into one of another kind with the same columns.

    :param columns: two columns by which it shows; missing ones count as blank
    :param amount: column of an amount
    :param is_sign: gets their cells and whether there is an amount other than 0; says
        whether a row can only be of that kind
    :param into: what the file then is read by
    :param notice: what is said about it
    """

    columns: tuple[str, str]
    amount: str
    is_sign: Callable[[str, str, bool], bool]
    into: "UsageFormat"
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageFormat(Format):
    """A format whose rows are summed.

    :param row: how one row is understood; its class attributes say which columns
        belong to the charge and which to the single row
    :param version: says of which version a header is
    :param turn: how a file of another kind is told by its rows
    """

    row: type[UsageRow]
    reader: None = None
    version: Callable[[Sequence[str]], str] | None = None
    turn: Turn | None = None
