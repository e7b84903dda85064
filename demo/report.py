"""Prints the story as tables that a person understands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from .scenario import Step

_PROVIDERS = {
    "microsoft": "Microsoft",
    "ingram": "Ingram Micro",
    "skykick": "SkyKick",
}
_STEP_WIDTH = 60
_STEP_COLUMNS = {
    "Imported": 10,
    "Versions": 9,
    "Invoices": 9,
    "Billed": 11,
    "Credits": 8,
    "Credited": 9,
    "Vendor bills": 13,
}
_FILE_COLUMNS = {
    "read": "In the file",
    "in_contracts": "In contracts",
    "waiting": "Waiting",
    "without_quantity": "Credits",
    "ignored": "Left out",
    "unaccounted": "Lost",
}
_CAUSES = {
    "seats_missing": "seats supplied, never billed",
    "ended_at_provider": "ended there, still billed",
    "credit_not_passed_on": "credit not passed on",
    "cost_changed": "became dearer",
}


@dataclass(frozen=True)
class StepResult:
    """What a step of the calendar brought in the database; records or None.

    :param moves: its invoices and credit notes
    :param imported: its imports
    :param bills: its vendor bills
    :param findings: what its comparison found
    """

    step: Step
    text: str
    moves: Any = None
    imported: Any = None
    bills: Any = None
    findings: Any = None
    versions: int = 0

    @property
    def rows(self) -> int:
        return sum(one.row_count for one in self.imported or ())

    @property
    def invoices(self) -> int:
        return self._count("out_invoice")

    @property
    def credit_notes(self) -> int:
        return self._count("out_refund")

    @property
    def imported_net(self) -> Decimal:
        return _sum(one.amount_read for one in self.imported or ())

    @property
    def billed(self) -> Decimal:
        return self._sum_moves("out_invoice")

    @property
    def credited(self) -> Decimal:
        return self._sum_moves("out_refund")

    @property
    def net(self) -> Decimal:
        return self.billed + self.credited

    @property
    def vendor_net(self) -> Decimal:
        return _sum(-bill.amount_untaxed_signed for bill in self.bills or ())

    def _count(self, move_type: str) -> int:
        return sum(move.move_type == move_type for move in self.moves or ())

    def _sum_moves(self, move_type: str) -> Decimal:
        moves = (move for move in self.moves or () if move.move_type == move_type)
        return _sum(move.amount_untaxed_signed for move in moves)


def _sum(amounts) -> Decimal:
    return sum((Decimal(f"{amount:.2f}") for amount in amounts), Decimal("0.00"))


def print_story(summary: Mapping, results: Sequence[StepResult]) -> None:
    """Print what happened day by day, where the money is, and what was found."""
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
    yield ""
    yield (
        f"{summary['company']}: {summary['customers']} customers, "
        f"{summary['contracts']} contracts. All amounts in {summary['currency']}, "
        "without tax."
    )
    yield ""
    yield from _story(summary, results)
    yield ""
    yield from _files(summary)
    yield ""
    yield from _findings(summary)
    yield ""
    yield from _totals(summary)
    yield from _proof(summary["proof"])
    yield ""
    yield from _april(summary["april"])
    yield ""
    yield "Left on the desks, to go on with"
    yield from (f"  {sentence}" for sentence in summary["left_open"])
    yield from _nights(summary["nights"])


def _story(summary: Mapping, results: Sequence[StepResult]) -> Iterator[str]:
    header = _step("What happened", *_STEP_COLUMNS)
    yield header
    yield "-" * len(header)
    for result in results:
        yield _step(
            f"{result.step.day:%d %b}  {_describe(result)}",
            _money_or_blank(result.imported_net),
            _count(result.versions),
            _count(result.invoices),
            _money_or_blank(result.billed),
            _count(result.credit_notes),
            _money_or_blank(result.credited),
            _money_or_blank(result.vendor_net),
        )
    yield "-" * len(header)
    yield _step(
        "Total",
        _money(sum(result.imported_net for result in results)),
        _count(summary["versions"]),
        _count(summary["invoices"]),
        _money(sum(result.billed for result in results)),
        _count(summary["credit_notes"]),
        _money(sum(result.credited for result in results)),
        _money(summary["vendor_total"]),
    )


def _step(text: str, *cells: str) -> str:
    columns = zip(cells, _STEP_COLUMNS.values(), strict=True)
    line = "".join(f"{cell:>{width}}" for cell, width in columns)
    return f"{text:<{_STEP_WIDTH}}{line}".rstrip()


def _describe(result: StepResult) -> str:
    """Return what was done, and say it where nothing came of it."""
    if result.findings is not None:
        return f"{result.text}: {_count(len(result.findings)) or 'no'} findings"
    if result.moves is not None and not len(result.moves):
        return f"{result.text}: nothing"
    return result.text


def _files(summary: Mapping) -> Iterator[str]:
    """Say file by file where the money of the providers is."""
    yield _file_row("Where the money of the files is", *_FILE_COLUMNS.values())
    for one in summary["money_imported"]:
        what = f"  {_month(one['month'])}  {_PROVIDERS[one['provider']]}"
        yield _file_row(what, *(_money(one[name]) for name in _FILE_COLUMNS))
    if summary["files"]:
        folder = summary["files"][0].rpartition("/")[0]
        yield f"The files lie in {folder}, to open or to import yourself."


def _file_row(name: str, *cells: str) -> str:
    return f"{name:<35}" + "".join(f"{cell:>14}" for cell in cells)


def _findings(summary: Mapping) -> Iterator[str]:
    yield "Findings that wait for somebody to decide"
    for finding in summary["findings"]:
        what, who = _CAUSES.get(finding["cause"], finding["label"]), finding["customer"]
        if finding["unknown"]:
            what = f"nobody has assigned the {finding['unknown']}"
        if finding["unknown"] == "product":
            who = f"{finding['article']} ({who})"
        start = f"  {_month(finding['month'])}  {_PROVIDERS[finding['provider']]:<14}"
        yield f"{start}{what:<36}{who:<48}{_money(finding['amount']):>11}"


def _totals(summary: Mapping) -> Iterator[str]:
    for text, name in (
        ("Billed to customers, credits deducted", "invoiced_total"),
        ("Owed to vendors by their bills", "vendor_total"),
        ("Owed to vendors, billed to nobody (leakage)", "leakage_total"),
        ("Billed to customers, no longer supplied", "overbilled_total"),
    ):
        yield f"{text:<46}{_money(summary[name]):>14}"


def _proof(proof: Mapping) -> Iterator[str]:
    """Say what was decided about the months since."""
    resolved = proof["resolved"]
    yield (
        f"{_month(proof['month'])} signed off for {proof['providers']} providers after "
        f"{proof['rows']} rows were looked at; resolved since: "
        f"{_money(resolved['amount'])}, {resolved['article']}"
    )


def _april(april: Mapping) -> Iterator[str]:
    """Say what came for April, of which the runs have billed nothing yet."""
    usage, corrected = april["usage"], april["corrected"]
    amounts = {name: _money(text) for name, text in corrected["amounts"].items()}
    waiting, mail = april["waiting"], april["mail"]
    yield "Files of April, in contracts or on the desks, billed by the next runs"
    yield (
        f"  {usage['file']}: {usage['rows']} rows of usage for {_money(usage['cost'])},"
        f" passed on to {usage['customers']} customers with {usage['markup']} %:"
        f" {_money(usage['passed_on'])}"
    )
    yield (
        f"  {corrected['file']}: {corrected['same']} rows the same,"
        f" {corrected['changed']} changed, {corrected['gone']} missing,"
        f" {corrected['new']} new:"
    )
    yield (
        f"    {amounts['before']} before, {amounts['changed']} more,"
        f" {amounts['gone']} missing, {amounts['new']} new, {amounts['now']} now"
    )
    yield (
        f"  waits: {_money(waiting['amount'])} of {waiting['customer']}; suggested with"
        f" {waiting['score']} points: {waiting['suggestion']}"
    )
    yield (
        f"  {mail['file']}: mailed to {mail['mailbox']}, {_money(mail['amount'])};"
        f" not in it any more: {', '.join(mail['missing'])}"
    )
    for card in april["board"]:
        complete = card["complete"] and _month(card["complete"])
        late = f"late since {card['expected']}" if card["late"] else "nothing is late"
        yield (
            f"  {_PROVIDERS[card['provider']]:<14}complete until {complete or 'no month'},"
            f" {late}, {_money(card['waiting'])} waiting"
        )


def _nights(nights: Mapping) -> Iterator[str]:
    """Say what was read from the providers every night."""
    yield (
        f"Read in {nights['nights']} nights: {nights['subscriptions']} subscriptions of two"
        f" providers; {nights['failed']} syncs failed, {nights['different']} differ from"
        " their contracts"
    )
    yield f"  ordered: {nights['order']}"


def _month(key: str) -> str:
    """Return a month such as "2026-03" as people write it."""
    return f"{date.fromisoformat(f'{key}-01'):%b %Y}"


def _count(number: int) -> str:
    return str(number) if number else ""


def _money_or_blank(amount: Decimal) -> str:
    return _money(amount) if amount else ""


def _money(amount: Decimal | str) -> str:
    return f"{Decimal(amount):,.2f}"
