"""One pass over one file: charges and problems in file order, sums at the end."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from .errors import BadCell
from .exact import EXACT
from .glued import Headers
from .layout import Format, Layout, RowReader, fingerprint
from .problem import Notice, Problem
from .provider_charge import ProviderCharge, plain
from .sentence import Count, _
from .tabular import Row, Rows, is_blank
from .totals import Totals, money_text
from .vendor import vendor_of

KEPT = 1000
_ZERO = Decimal(0)
_TOTAL = re.compile(
    r"(?:grand\s*|sub\s*|invoice\s*)?(?:totals?|sum)(?:\s.*)?"
    r"|(?:zwischen|end)?summe(?:\s.*)?|gesamt(?:summe|betrag|ergebnis)?(?:\s.*)?"
    r"|totaal(?:\s.*)?|yhteensä(?:\s.*)?",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Reading:
    """A file that can be read; iterate to read it.

    ``for item in reading`` yields a `ProviderCharge` or a `Problem` per data row
    in file order, so ``rows == charge_count + problem_count`` always holds.
    Counters, sums and the kept lists are complete after the iteration and begin
    anew when it starts again. Memory stays constant: of `problems` and
    `warnings` the first `KEPT` are kept, the counts are exact.

    :param format: the format recognised or asked for
    :param header: column names as in the file
    :param last_row: number of the last row, known before reading begins
    :param totals: currency -> sums of the charges
    :param problem_amounts: currency -> net money in rows with problems, as far as
        it could be read
    :param left_out_count: rows left out as the column profile says; they are no
        data rows
    :param left_out_amounts: their net money, likewise
    """

    table: Rows
    format: Format
    layout: Layout
    file_notices: tuple[Notice, ...] = ()
    last_row: int = 0
    rows: int = 0
    charge_count: int = 0
    problem_count: int = 0
    warning_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Notice] = field(default_factory=list)
    totals: dict[str, Totals] = field(default_factory=dict)
    problem_amounts: dict[str, Decimal] = field(default_factory=dict)
    left_out_count: int = 0
    left_out_amounts: dict[str, Decimal] = field(default_factory=dict)
    _part: Layout = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the header of the first part."""
        self._part = self.layout

    @property
    def header(self) -> tuple[str, ...]:
        return self.layout.header

    @property
    def header_fingerprint(self) -> str:
        """Changes when columns come, go or are renamed; see `fingerprint`."""
        return fingerprint(self.layout.header)

    @property
    def vendor(self) -> str:
        """Whose file it is, such as ``microsoft``; empty if it does not say."""
        return vendor_of(self.format, self.table, self.layout.position)

    @property
    def file_hash(self) -> str:
        """SHA-256 of the file as received, hexadecimal."""
        return self.layout.file_hash

    def __iter__(self) -> Iterator[ProviderCharge | Problem]:
        self._begin()
        headers = Headers(self.table, self.format, self.layout.header)
        headers.begin()
        reader = self.format.reader(self.layout)
        for row in self.table.rows():
            if row.number <= self.table.header_row:
                continue
            if row.broken is None:
                if is_blank(row.cells):
                    continue
                if headers.take(row.cells):
                    if headers.header != self._part.header:
                        self._part = replace(
                            self.layout,
                            header=headers.header,
                            position=headers.position,
                        )
                        reader.use(self._part)
                    continue
                if self._is_total(row.cells):
                    self._check_total(row)
                    continue
                if reader.leaves_out(row.cells):
                    self._leave_out(reader, row)
                    continue
            item = self._read(reader, row)
            self._count(item)
            for notice in reader.take_notices():
                self._warn(notice)
            yield item
        if self.left_out_count:
            self._warn(self._left_out())
        self._check_stated()

    def charges(self) -> Iterator[ProviderCharge]:
        """Yield only the charges; problems are still counted and kept."""
        return (item for item in self if isinstance(item, ProviderCharge))

    def summary(self) -> dict[str, object]:
        """Return counts and sums as JSON-able values, complete after reading.

        Keys: format, rows (data rows: without blank rows, repeated headers and
        total rows), charges, problems, totals (currency -> billed_cost and tax of
        the charges, as text with at least two decimals).
        """
        return {
            "format": self.format.id,
            "rows": self.rows,
            "charges": self.charge_count,
            "problems": self.problem_count,
            "totals": {
                currency: {
                    "billed_cost": money_text(sums.billed_cost),
                    "tax": money_text(sums.tax),
                }
                for currency, sums in sorted(self.totals.items())
            },
        }

    def difference(self, invoice_net: Decimal, currency: str) -> Decimal:
        """Return how much more the invoice says than the charges add up to.

        :param invoice_net: net total of the provider's invoice, typed in
        :return: 0 if all of the invoice is in the file
        """
        sums = self.totals.get(currency, Totals())
        return EXACT.subtract(invoice_net, sums.billed_cost)

    def close(self) -> None:
        """Release the temporary file, if one was needed."""
        self.table.close()

    def __enter__(self) -> "Reading":  # noqa: PYI034 (Self needs Python 3.11)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    # -- rows ------------------------------------------------------------------

    def _read(self, reader: RowReader, row: Row) -> ProviderCharge | Problem:
        if row.broken is not None:
            return Problem(row.number, "", "", row.broken)
        width = len(self._part.header)
        if len(row.cells) < width:
            reason = _(
                "too few cells: found %(found)s, expected %(expected)s as in the header; "
                "the row was cut off or a quotation mark is missing, download the file "
                "again",
                found=len(row.cells),
                expected=width,
            )
            return self._wrong_width(reader, row, reason)
        if any(cell.strip() for cell in row.cells[width:]):
            reason = _(
                "too many cells: found %(found)s, expected %(expected)s as in the "
                "header; the row was cut off or a quotation mark is missing, download "
                "the file again",
                found=len(row.cells),
                expected=width,
            )
            return self._wrong_width(reader, row, reason)
        return reader.read(row.number, row.cells)

    def _leave_out(self, reader: RowReader, row: Row) -> None:
        """Count a row that the column profile leaves out, and its money."""
        self.left_out_count += 1
        _add(self.left_out_amounts, *reader.money(row.number, row.cells))

    def _left_out(self) -> Notice:
        count = Count(self.left_out_count)
        money = ", ".join(
            f"{money_text(amount)} {currency}"
            for currency, amount in sorted(self.left_out_amounts.items())
        )
        if money:
            reason = _(
                "%(count)s rows with %(money)s were left out, as the column profile "
                "says",
                count=count,
                money=money,
            )
        else:
            reason = _(
                "%(count)s rows with no money were left out, as the column profile says",
                count=count,
            )
        return Notice(None, "left_out", reason)

    def _wrong_width(self, reader: RowReader, row: Row, reason: str) -> Problem:
        money = reader.money(row.number, row.cells)
        return Problem(row.number, "", "", reason, *money)

    def _check_stated(self) -> None:
        """Compare the rows with what the manifest of an export states."""
        stated, found = self.table.plain.stated_rows, self.rows + self.left_out_count
        if stated is not None and stated != found:
            self._warn(
                Notice(
                    None,
                    "rows_differ",
                    _(
                        "the manifest states %(stated)s rows, but %(found)s were found; "
                        "download the export again",
                        stated=Count(stated),
                        found=Count(found),
                    ),
                )
            )

    def _is_total(self, cells: Sequence[str]) -> bool:
        at = self._part.position
        for name in self.format.identity_columns:
            index = at.get(name)  # a profile need not know all of them
            if index is None or index >= len(cells):
                continue
            if not _is_word(cells[index]):
                return False
        return any(_TOTAL.fullmatch(cell.strip().rstrip(":")) for cell in cells)

    def _check_total(self, row: Row) -> None:
        """Compare a total row with the sums so far, problems' money included."""
        if len(self.totals) != 1:
            return
        ((currency, sums),) = self.totals.items()
        others = EXACT.add(
            self.problem_amounts.get(currency, _ZERO),
            self.left_out_amounts.get(currency, _ZERO),
        )
        read = (
            EXACT.add(sums.billed_cost, others),
            sums.tax,
            sums.total,
        )
        for name, amount in zip(self.format.sum_columns, read, strict=True):
            printed = self._total_cell(row.cells, name)
            is_net = name == self.format.sum_columns[0]
            if printed is None or (self.problem_count and not is_net):
                continue  # of a row with problems only the net amount is known
            missing = EXACT.subtract(printed, amount)
            if missing:
                self._warn(
                    Notice(
                        row.number,
                        "total_differs",
                        _(
                            "the total row says %(column)s %(total)s %(currency)s, the "
                            "rows add up to %(sum)s: %(missing)s is missing from the "
                            "file or from what could be read",
                            column=self._title(name),
                            total=plain(printed),
                            currency=currency,
                            sum=money_text(amount),
                            missing=money_text(missing),
                        ),
                    )
                )

    def _title(self, name: str) -> str:
        """Return the column's name as this file spells it."""
        return self._part.header[self._part.position[name]]

    def _total_cell(self, cells: Sequence[str], name: str) -> Decimal | None:
        index = self._part.position.get(name)
        if index is None or index >= len(cells):
            return None
        try:
            return self.layout.numbers.parse(cells[index])
        except BadCell:
            return None

    # -- counting --------------------------------------------------------------

    def _begin(self) -> None:
        self.rows = self.charge_count = self.problem_count = self.warning_count = 0
        self.problems, self.warnings = [], []
        self.totals, self.problem_amounts = {}, {}
        self.left_out_count, self.left_out_amounts = 0, {}
        self._part = self.layout
        for notice in self.file_notices:
            self._warn(notice)

    def _count(self, item: ProviderCharge | Problem) -> None:
        self.rows += 1
        if isinstance(item, ProviderCharge):
            self.charge_count += 1
            self.totals.setdefault(item.billing_currency, Totals()).add(item)
            return
        self.problem_count += 1
        if len(self.problems) < KEPT:
            self.problems.append(item)
        _add(self.problem_amounts, item.amount, item.currency)

    def _warn(self, notice: Notice) -> None:
        self.warning_count += 1
        if len(self.warnings) < KEPT:
            self.warnings.append(notice)


def _add(
    amounts: dict[str, Decimal], amount: Decimal | None, currency: str | None
) -> None:
    if amount is not None and currency:
        amounts[currency] = EXACT.add(amounts.get(currency, _ZERO), amount)


def _is_word(cell: str) -> bool:
    """Return whether an id cell may be that of a total row: empty or "Total"."""
    text = cell.strip()
    return not text or bool(_TOTAL.fullmatch(text.rstrip(":")))
