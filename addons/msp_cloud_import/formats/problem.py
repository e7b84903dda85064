"""What is wrong or odd about one row, in words a billing clerk understands."""

from dataclasses import dataclass
from decimal import Decimal

from .sentence import Sentence, _

MAX_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that yields no charge.

    One problem per row: `column` and `value` are those of the first bad cell,
    `reason` names the others as well.

    :param row: row of the file, counted from 1, as a spreadsheet shows it
    :param column: column name as in the file; empty if the whole row is meant
    :param value: the cell as found
    :param reason: what was expected and what to do, without a full stop
    :param amount: net amount of the row where it could be read for certain, so
        that its money does not vanish; None where it could not
    :param currency: currency of `amount`
    """

    row: int
    column: str
    value: str
    reason: str
    amount: Decimal | None = None
    currency: str | None = None

    @property
    def sentence(self) -> Sentence:
        """What is wrong, with the place."""
        if not self.column:
            return _("row %(row)s: %(reason)s", row=self.row, reason=self.reason)
        return _(
            "row %(row)s, column %(column)s: %(reason)s",
            row=self.row,
            column=self.column,
            reason=self.reason,
        )

    def __str__(self) -> str:
        return self.sentence


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth a look; the row, if any, was read all the same.

    :param row: row of the file, None if the whole file is meant
    :param code: ``arithmetic``, ``zero_quantity``, ``no_charge_end``,
        ``no_exchange_rate``, ``unknown_charge_type``, ``no_customer_id``,
        ``total_differs``, ``encoding``, ``number_style``, ``date_style``,
        ``more_pages``, ``left_out``, ``amortised``, ``parts``, ``rows_differ`` or
        ``other_sheets``
    :param reason: a sentence without the final full stop
    """

    row: int | None
    code: str
    reason: str

    @property
    def sentence(self) -> str:
        """What is odd, with the place."""
        if self.row is None:
            return self.reason
        return _("row %(row)s: %(reason)s", row=self.row, reason=self.reason)

    def __str__(self) -> str:
        return self.sentence


def shown(value: str) -> str:
    """Return `value` for use inside a sentence: one line, cut if it is long."""
    text = " ".join(value.split())
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
