"""Prints the story as a table that a person understands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from .scenario import Step

_WIDTH = 54
_FILE_COLUMNS = ("read", "in_contracts", "waiting", "without_quantity", "unaccounted")
_RULE = "-" * (12 + _WIDTH + 3 * 9 + 14)


@dataclass(frozen=True)
class StepResult:
    """What a step of the calendar brought in the database.

    :param moves: its invoices and credit notes, records or None
    :param imported: its import, a record or None
    """

    step: Step
    text: str
    moves: Any = None
    imported: Any = None
    versions: int = 0

    @property
    def invoices(self) -> int:
        return self._count("out_invoice")

    @property
    def credit_notes(self) -> int:
        return self._count("out_refund")

    @property
    def net(self) -> Decimal:
        amounts = [move.amount_untaxed_signed for move in self.moves or ()]
        return sum((Decimal(f"{amount:.2f}") for amount in amounts), Decimal("0.00"))

    def _count(self, move_type: str) -> int:
        return sum(move.move_type == move_type for move in self.moves or ())


def print_story(summary: Mapping, results: Sequence[StepResult]) -> None:
    """Print what happened month by month, and what waits."""
    print("\n".join(_lines(summary, results)))


def print_logins(summary: Mapping) -> None:
    """Print the address and one log-in per role."""
    print(f"\nOpen {summary['url']} and log in as")
    for login in summary["logins"]:
        print(
            f"  {login['role']:<16} user {login['login']:<7}"
            f"password {login['password']}"
        )


def _lines(summary: Mapping, results: Sequence[StepResult]) -> Iterator[str]:
    currency = summary["currency"]
    yield ""
    yield (
        f"{summary['company']}: {summary['customers']} customers, "
        f"{summary['contracts']} contracts. All amounts in {currency}, without tax."
    )
    yield ""
    yield _row("", "", "Versions", "Invoices", "Credits", "Net")
    yield _RULE
    for month, of_month in groupby(results, lambda r: f"{r.step.day:%B %Y}"):
        yield month
        for result in of_month:
            yield _row(
                f"  {result.step.day:%-d %b}",
                _describe(result),
                _count(result.versions),
                _count(result.invoices),
                _count(result.credit_notes),
                _outcome(result),
            )
    yield _RULE
    yield _row(
        "Total",
        "",
        _count(summary["versions"]),
        _count(summary["invoices"]),
        _count(summary["credit_notes"]),
        _money(summary["invoiced_total"]),
    )
    yield ""
    yield "Where the money of Microsoft's files is"
    yield _file_row("", *(name.replace("_", " ") for name in _FILE_COLUMNS))
    for money in summary["money_imported"]:
        yield _file_row(money["file"], *(_money(money[name]) for name in _FILE_COLUMNS))
    yield ""
    yield "Waiting, since nobody has said yet whom or what to bill"
    for item in summary["waiting"]:
        text = f"  unknown {item['unknown']:<9} {item['name']}"
        yield f"{text:<48}{_money(item['amount']):>12}"
    yield ""
    yield "The files, to open or to import yourself:"
    for path in summary["files"]:
        yield f"  {path}"


def _file_row(name: str, *cells: str) -> str:
    return f"  {name:<26}" + "".join(f"{cell:>17}" for cell in cells)


def _row(day: str, text: str, *numbers: str) -> str:
    *counts, net = numbers
    cells = "".join(f"{cell:>9}" for cell in counts)
    return f"{day:<12}{text:<{_WIDTH}}{cells}{net:>14}".rstrip()


def _describe(result: StepResult) -> str:
    if result.imported is None:
        return result.text
    return f"{result.text}: {result.imported.row_count} rows"


def _outcome(result: StepResult) -> str:
    """Return the net amount of a billing step, and say it where there is none."""
    if result.moves is None:
        return ""
    return _money(result.net) if len(result.moves) else "nothing"


def _count(number: int) -> str:
    return str(number) if number else ""


def _money(amount: Decimal | str) -> str:
    return f"{Decimal(amount):,.2f}"
