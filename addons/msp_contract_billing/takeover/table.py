"""A table of what was billed: by hand, or the ledger's own export.

The columns are recognised by their headings, in any order; others are ignored.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from .cells import BadCell, to_amount, to_currency, to_day, to_text

#: Headings of each column, as people write them and as the ledger's export does.
COLUMNS = {
    "contract": (
        "contract",
        "contract number",
        "contract_id",
        "contract_id/name",
        "contract/number",
        "vertrag",
        "vertragsnummer",
    ),
    "position": (
        "position",
        "position_id",
        "position_id/name",
        "product",
        "product code",
        "description",
        "artikel",
        "artikelnummer",
        "produkt",
    ),
    "start": ("first day", "date_start", "from", "service from", "erster tag", "von"),
    "end": ("last day", "date_end", "to", "until", "service to", "letzter tag", "bis"),
    "amount": ("amount", "net amount", "amount_untaxed", "betrag", "nettobetrag"),
    "reference": (
        "invoice",
        "invoice number",
        "earlier invoice",
        "reference",
        "move_id",
        "move_id/name",
        "opening_reference",
        "rechnung",
        "rechnungsnummer",
    ),
    "currency": ("currency", "currency_id", "currency_id/name", "währung"),
    "kind": ("kind", "art"),
    "counts": ("counts", "zählt"),
}
REQUIRED = ("contract", "position", "start", "end", "amount")
_NO = frozenset({"", "0", "false", "no", "nein", "falsch"})
HEADER_ROWS = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row.

    :param code: ``missing``, ``day``, ``amount``, ``open``, ``order``
    :param column: key of `COLUMNS`
    :param found: what the cell says
    """

    code: str
    column: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One claim as a row states it; the days are both included.

    :param number: of the row, as a spreadsheet counts them
    :param left_out: why the row claims nothing: ``released``, ``one_off`` or empty
    :param currency: as the row states it, in a column or beside the amount
    :param kind: what the ledger's export says of the charge, empty in other tables
    :param above: contract of the row above if this one names none, as cells that are
        merged do
    """

    number: int
    contract: str
    position: str
    start: date | None
    end: date | None
    amount: Decimal | None
    reference: str = ""
    left_out: str = ""
    problems: tuple[Problem, ...] = ()
    currency: str = ""
    kind: str = ""
    above: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a table says.

    :param missing: columns that no heading names; then there are no rows
    :param headings: of the columns found, as they stand in the table
    """

    rows: tuple[OpeningRow, ...]
    missing: tuple[str, ...] = ()
    headings: Mapping[str, str] = field(default_factory=dict)


def read_table(
    table: Sequence[Sequence[object]],
    aliases: Mapping[str, Iterable[str]] | None = None,
    kinds: Mapping[str, Iterable[str]] | None = None,
) -> Reading:
    """Return the rows of `table`, each with its problems.

    :param table: rows of cells, blank rows may be missing
    :param aliases: further headings by key of `COLUMNS`, such as translations
    :param kinds: what the column ``kind`` says, besides their keys, of ``one_off``
        charges, which are outside the difference and so are left out, and of
        ``counter`` ones, which take others back
    """
    names = _headings(aliases or {})
    best: dict[str, list[int]] = {}
    header = 0
    for number, cells in enumerate(table[:HEADER_ROWS]):
        found = _find_columns(cells, names)
        if len(found.keys() & set(REQUIRED)) > len(best.keys() & set(REQUIRED)):
            best, header = found, number
    missing = tuple(name for name in REQUIRED if name not in best)
    if missing:
        return Reading((), missing)
    by_kind = {
        key: {_plain(key), *map(_plain, (kinds or {}).get(key, ()))}
        for key in ("one_off", "counter")
    }
    rows = tuple(_read_rows(table, header, best, by_kind["one_off"]))
    headings = {key: to_text(table[header][index[0]]) for key, index in best.items()}
    return Reading(_with_counters_out(rows, by_kind["counter"]), (), headings)


def _read_rows(table, header, columns, one_off) -> Iterator[OpeningRow]:
    above = ""
    for number, cells in enumerate(table[header + 1 :], header + 2):
        if not any(to_text(cell) for cell in cells):
            continue
        row = _read_row(number, cells, columns, one_off)
        yield row if row.contract else replace(row, above=above)
        above = row.contract or above


def _with_counters_out(rows, counter) -> tuple[OpeningRow, ...]:
    """Leave out what was credited of one-off charges as well."""

    def claimed(row):
        return row.contract, row.position, row.start, row.end

    one_offs = {claimed(row) for row in rows if row.left_out == "one_off"}
    return tuple(
        replace(row, left_out="one_off", problems=())
        if row.kind in counter and not row.left_out and claimed(row) in one_offs
        else row
        for row in rows
    )


def _plain(text: object) -> str:
    return to_text(text).casefold()


def _headings(aliases: Mapping[str, Iterable[str]]) -> dict[str, str]:
    names = {_plain(name): key for key, known in COLUMNS.items() for name in known}
    for key, known in aliases.items():
        for name in known:
            names.setdefault(_plain(name), key)
    return names


def _find_columns(cells: Sequence[object], names: dict[str, str]) -> dict:
    found: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        key = names.get(_plain(cell))
        if key:
            found.setdefault(key, []).append(index)
    return found


def _read_row(number, cells, columns, one_off) -> OpeningRow:
    def cell(key: str) -> object:
        values = (cells[index] for index in columns.get(key, ()) if index < len(cells))
        return next((value for value in values if to_text(value)), "")

    problems = []

    def convert(key: str, to_value):
        try:
            value = to_value(cell(key))
        except BadCell as error:
            problems.append(Problem(error.code, key, to_text(cell(key))))
            return None
        if value is None or value == "":
            problems.append(Problem("missing", key))
        return value

    contract, position = convert("contract", to_text), convert("position", to_text)
    start, end = convert("start", to_day), convert("end", to_day)
    amount = convert("amount", to_amount)
    if start and end and end < start:
        problems.append(Problem("order", "end", to_text(cell("end"))))
    left_out = ""
    if "counts" in columns and _plain(cell("counts")) in _NO:
        left_out = "released"
    elif _plain(cell("kind")) in one_off:
        left_out = "one_off"
    return OpeningRow(
        number,
        contract,
        position,
        start,
        end,
        amount,
        to_text(cell("reference")),
        left_out,
        () if left_out else tuple(problems),
        to_text(cell("currency")) or to_currency(cell("amount")),
        _plain(cell("kind")),
    )
