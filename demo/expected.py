"""What must be billed, computed from the scenario alone.

No Odoo and none of the engine's code: every day of a billing period is looked at
by itself, and money is added up as exact fractions. A period's sum is rounded half
up, once for each state of knowledge.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from . import files, microsoft_file
from .catalogue import Article
from .expected_findings import Content, Finding, find, round_half_up, total
from .scenario import (
    Cancellation,
    PriceEntry,
    Quote,
    QuoteLine,
    Rhythm,
    Scenario,
    SeatChange,
    SeatEntry,
    Step,
    Unknown,
)

_ONE_DAY = timedelta(days=1)
#: (customer's number, article's key)
PositionKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class StepFigures:
    """What one step of the calendar brings.

    :param documents: net amount by customer's number; negative: a credit note
    :param bills: the files that become vendor bills, one each
    """

    step: Step
    versions: int = 0
    documents: Mapping[int, Decimal] = field(default_factory=dict)
    bills: tuple[files.FileFigures, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def invoices(self) -> int:
        return sum(amount >= 0 for amount in self.documents.values())

    @property
    def credit_notes(self) -> int:
        return sum(amount < 0 for amount in self.documents.values())

    @property
    def net(self) -> Decimal:
        return sum(self.documents.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Figures:
    """:param invoiced_total: without tax, credit notes subtracted
    :param waiting: net amount of the files' rows that nobody can bill, by
        what is unknown: customer | product
    :param bills: what providers ask for, file by file
    """

    steps: tuple[StepFigures, ...]
    contracts: int
    versions: int
    invoices: int
    credit_notes: int
    invoiced_total: Decimal
    waiting: dict[str, Decimal]
    bills: tuple[files.FileFigures, ...]
    vendor_total: Decimal
    findings: tuple[Finding, ...]
    leakage_total: Decimal
    overbilled_total: Decimal


@dataclass(frozen=True, slots=True)
class _Fact:
    """From `day` on a position has another quantity or price; None: it is gone."""

    day: date
    field: str
    value: Decimal | None


class _Position:
    """One line of a quote and what is known about it so far."""

    def __init__(self, quote: Quote, line: QuoteLine):
        self.key: PositionKey = (quote.customer.number, line.article.key)
        self._quote = quote
        self._line = line
        self._facts: list[_Fact] = []
        #: by first day of a natural period: what is on invoices for it
        self.claimed: dict[date, Decimal] = {}

    def learn(self, fact: _Fact) -> None:
        self._facts.append(fact)

    def _daily(self, day: date) -> tuple[Fraction, Fraction] | None:
        """Return quantity and discounted price per month at the content of `day`."""
        if day < self._quote.start:
            return None
        quantity: Decimal | None = Decimal(self._line.quantity)
        price = self._line.price
        for fact in sorted(self._facts, key=lambda fact: fact.day):
            if fact.day > day:
                break
            if fact.field == "quantity":
                quantity = fact.value
            else:
                assert fact.value is not None
                price = fact.value
        if quantity is None:
            return None
        discounted = Fraction(100 - self._line.discount, 100)
        return Fraction(quantity), Fraction(price) * discounted

    def content(self, day: date) -> Content | None:
        """Return quantity and price of a day; None: no content."""
        daily = self._daily(day)
        if daily is None:
            return None
        *_earlier, (start, end) = _natural_periods(self._quote, day)
        share = Fraction(self._quote.rhythm.months, (end - start).days)
        return Content(daily[0], daily[1] * share)

    def entitled(self, start: date, end: date) -> Decimal | None:
        """Return what the natural period [start, end) costs; None: no content."""
        days = (end - start).days
        contents = [self._daily(start + _ONE_DAY * n) for n in range(days)]
        if all(content is None for content in contents):
            return None
        months = self._quote.rhythm.months
        costs = (quantity * price for quantity, price in filter(None, contents))
        return round_half_up(sum(costs, Fraction(0)) * months / days)


def periods(quote: Quote, until: date) -> list[tuple[date, date]]:
    """Return the natural periods [start, end) of a contract that are due."""
    is_early = quote.rhythm.timing == "advance"
    return [
        (start, end)
        for start, end in _natural_periods(quote, until)
        if (max(start, quote.start) if is_early else end) <= until
    ]


def _natural_periods(quote: Quote, until: date) -> Iterator[tuple[date, date]]:
    """Yield the periods of a contract that begin by a day, in order."""
    start = quote.start
    if quote.rhythm.anchor == "calendar":
        start = quote.start.replace(month=1, day=1)
    while start <= until:
        end = _later(start, quote.rhythm)
        if end > quote.start:
            yield start, end
        start = end


def _later(day: date, rhythm: Rhythm) -> date:
    # No contract begins after the 28th, so no month is too short.
    years, month = divmod(day.month - 1 + rhythm.months, 12)
    return date(day.year + years, month + 1, day.day)


class _Ledger:
    """Plays the calendar: what is known, what is claimed, what each step brings."""

    def __init__(self, scenario: Scenario):
        self._scenario = scenario
        self.contracts = [
            (quote, [_Position(quote, line) for line in quote.lines])
            for quote in scenario.quotes
        ]
        self._positions = {
            position.key: position
            for _quote, positions in self.contracts
            for position in positions
        }

    def play(self, step: Step) -> StepFigures:
        if step.action == "confirm":
            return StepFigures(step, versions=len(self._scenario.confirmed_by(step)))
        if step.action == "bill":
            assert step.month is not None
            return StepFigures(step, bills=files.figures(self._scenario, step.month))
        if step.action == "reconcile":
            assert step.month is not None
            found = find(self._scenario, step.month, self._content)
            return StepFigures(step, findings=found)
        if step.action == "import":
            return StepFigures(step, versions=self._import(step))
        if step.action == "enter":
            return StepFigures(step, versions=self._enter(step))
        if step.action == "one_time":
            return self._one_time(step)
        return self._run(step)

    def _import(self, step: Step) -> int:
        """Learn what the files of a month say.

        One version per file, contract and day.
        """
        versions = set()
        for event in self._scenario.events:
            if event.day.replace(day=1) != step.month:
                continue
            if isinstance(event, SeatChange) and not event.is_left_out:
                quantity: Decimal | None = Decimal(event.new)
            elif isinstance(event, Cancellation):
                quantity = None
            else:
                continue
            item = event.subscription
            self._learn(item.customer.number, item.article, event.day, quantity)
            provider = item.article.provider
            versions.add((provider, item.customer.number, event.day))
        return len(versions)

    def _enter(self, step: Step) -> int:
        entries = [e for e in self._scenario.entries if e.entered == step.day]
        for entry in entries:
            number, article = entry.customer.number, entry.article
            if isinstance(entry, SeatEntry):
                self._learn(number, article, entry.day, Decimal(entry.new))
            elif isinstance(entry, PriceEntry):
                fact = _Fact(entry.day, "price", entry.new)
                self._positions[number, article.key].learn(fact)
        return len(entries)

    def _learn(
        self, number: int, article: Article, day: date, quantity: Decimal | None
    ) -> None:
        fact = _Fact(day, "quantity", quantity)
        self._positions[number, article.key].learn(fact)

    def _content(self, number: int, key: str, day: date) -> Content | None:
        position = self._positions.get((number, key))
        return position.content(day) if position else None

    def _one_time(self, step: Step) -> StepFigures:
        fees = {
            quote.customer.number: quote.setup_fee
            for quote in self._scenario.quotes
            if quote.setup_fee
        }
        return StepFigures(step, documents=fees)

    def _run(self, step: Step) -> StepFigures:
        documents = {}
        for quote, positions in self.contracts:
            due = [
                amount
                for position in positions
                for amount in self._due(step, quote, position)
            ]
            if due:
                documents[quote.customer.number] = sum(due, Decimal(0))
        return StepFigures(step, documents=documents)

    @staticmethod
    def _due(step: Step, quote: Quote, position: _Position) -> Iterator[Decimal]:
        """Yield the amounts of one position; they count as claimed then."""
        for start, end in periods(quote, step.day):
            entitled = position.entitled(start, end)
            claimed = position.claimed.get(start)
            if step.action == "regular" and claimed is None and entitled is not None:
                position.claimed[start] = entitled
                yield entitled
            elif step.action == "differential" and claimed is not None:
                amount = (entitled or Decimal(0)) - claimed
                position.claimed[start] = claimed + amount
                if amount:
                    yield amount


def compute(scenario: Scenario) -> Figures:
    """Return all figures of the demo."""
    ledger = _Ledger(scenario)
    steps = tuple(ledger.play(step) for step in scenario.calendar)
    bills = tuple(bill for step in steps for bill in step.bills)
    findings = tuple(finding for step in steps for finding in step.findings)
    return Figures(
        steps=steps,
        contracts=len(scenario.quotes),
        versions=sum(step.versions for step in steps),
        invoices=sum(step.invoices for step in steps),
        credit_notes=sum(step.credit_notes for step in steps),
        invoiced_total=sum((step.net for step in steps), Decimal(0)),
        waiting=_waiting(scenario),
        bills=bills,
        vendor_total=sum((bill.net for bill in bills), Decimal(0)),
        findings=findings,
        leakage_total=total(findings, "leakage"),
        overbilled_total=total(findings, "overbilled"),
    )


def final_entitlements(scenario: Scenario) -> dict[tuple[int, str, date], Decimal]:
    """Return what each due period costs, knowing everything from the beginning.

    By customer's number, article's key and first day of the natural period.
    """
    ledger = _Ledger(scenario)
    for step in scenario.calendar:
        if step.action in ("import", "enter"):
            ledger.play(step)
    last = max(step.day for step in scenario.calendar if step.action == "regular")
    result = {}
    for quote, positions in ledger.contracts:
        for start, end in periods(quote, last):
            for position in positions:
                entitled = position.entitled(start, end)
                if entitled is not None:
                    result[(*position.key, start)] = entitled
    return result


def _waiting(scenario: Scenario) -> dict[str, Decimal]:
    waiting: dict[str, Decimal] = defaultdict(Decimal)
    imported = [s.month for s in scenario.calendar if s.action == "import" and s.month]
    for event in scenario.events:
        if isinstance(event, Unknown):
            for month in imported:
                rows = microsoft_file.rows_of(scenario, month)
                waiting[event.what] += microsoft_file.total(
                    row for row in rows if row.subscription == event.subscription
                )
    return dict(waiting)
