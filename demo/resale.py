"""Adds what comes from Ingram and SkyKick, and what goes wrong there.

Drawn after everything else and with dice of its own, so that Microsoft's part of
the story does not depend on it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from .catalogue import BY_KEY, Article
from .dice import Dice
from .scenario import (
    MONTHS,
    Cancellation,
    CostChange,
    Credit,
    Customer,
    Delisting,
    FileEvent,
    PriceEntry,
    Quote,
    QuoteLine,
    Rhythm,
    SeatChange,
    Subscription,
    guid,
)

SEED = 20260102
_INGRAM = ("acrobat",) * 6 + ("endpoint",) * 3
_SKYKICK = ("cloudbackup",) * 3 + ("mailbackup",) * 4
_FEBRUARY, _MARCH = MONTHS[1:]


@dataclass(frozen=True, slots=True)
class Resale:
    """What is added to the scenario; `quotes` are all, with the lines added."""

    quotes: tuple[Quote, ...]
    subscriptions: tuple[Subscription, ...]
    events: tuple[FileEvent, ...]
    entries: tuple[PriceEntry, ...]
    cost_changes: tuple[CostChange, ...]


def add_resale(
    quotes: Sequence[Quote], newcomer: Customer, untouched: Sequence[Customer]
) -> Resale:
    """Return what Ingram and SkyKick add.

    :param newcomer: a customer who comes in the middle of the story
    :param untouched: customers who get nothing, since a person changes theirs
    """
    dice = Dice(SEED)
    lines = _deal(dice, quotes, untouched)
    own = _quote_of(newcomer)
    lines += [(own, line) for line in own.lines]
    subscriptions = [_subscription(dice, quote, line) for quote, line in lines]
    ingram = [item for item in subscriptions if item.article.provider == "ingram"]
    skykick = [item for item in subscriptions if item.article.provider == "skykick"]
    added: dict[int, tuple[QuoteLine, ...]] = {}
    for quote, line in lines[: -len(own.lines)]:
        number = quote.customer.number
        added[number] = (*added.get(number, ()), line)
    return Resale(
        quotes=(
            *(
                replace(q, lines=q.lines + added.get(q.customer.number, ()))
                for q in quotes
            ),
            own,
        ),
        subscriptions=tuple(subscriptions),
        events=(*_ingram_events(dice, ingram), *_skykick_events(dice, skykick)),
        entries=(_price_revision(lines),),
        cost_changes=(
            CostChange(_MARCH, BY_KEY["cloudbackup"], Decimal("2.90"), Decimal("3.20")),
        ),
    )


def _deal(
    dice: Dice, quotes: Sequence[Quote], untouched: Sequence[Customer]
) -> list[tuple[Quote, QuoteLine]]:
    """Return lines to add, each with its quote: first Ingram's, then SkyKick's.

    Most go to customers who pay monthly; of each provider the last goes to one who
    pays by the quarter. All have been customers before the first file.
    """
    old = [
        quote
        for quote in quotes
        if quote.start <= MONTHS[0] and quote.customer not in untouched
    ]
    monthly = dice.shuffled(quote for quote in old if quote.rhythm == Rhythm(1))
    quarterly = dice.shuffled(quote for quote in old if quote.rhythm == Rhythm(3))
    chosen = [
        *zip(monthly, _INGRAM, strict=False),
        (quarterly[0], "acrobat"),
        *zip(monthly[len(_INGRAM) :], _SKYKICK, strict=False),
        (quarterly[1], "cloudbackup"),
    ]
    return [(quote, _line(dice, quote, BY_KEY[key])) for quote, key in chosen]


def _line(dice: Dice, quote: Quote, article: Article) -> QuoteLine:
    people = max(line.quantity for line in quote.lines)
    # Backups are for everybody, the rest is for some.
    is_for_all = article.provider == "skykick"
    seats = people if is_for_all else dice.number(4, max(6, people // 2))
    return QuoteLine(article, seats, article.price, 5 if dice.happens(25) else 0)


def _quote_of(newcomer: Customer) -> Quote:
    lines = (("premium", 12), ("endpoint", 12), ("cloudbackup", 12))
    return Quote(
        customer=newcomer,
        ordered=date(2026, 2, 20),
        start=_MARCH,
        rhythm=Rhythm(1),
        lines=tuple(
            QuoteLine(BY_KEY[key], seats, BY_KEY[key].price) for key, seats in lines
        ),
    )


def _subscription(dice: Dice, quote: Quote, line: QuoteLine) -> Subscription:
    article, number = line.article, quote.customer.number
    assert article.cost is not None
    is_new = quote.start == _MARCH
    earlier = date(2025, dice.number(5, 11), dice.number(2, 27))
    return Subscription(
        id=(
            str(2001000 + number)
            if article.provider == "ingram"
            else guid("subscription", quote.customer.domain, article.key)
        ),
        customer=quote.customer,
        article=article,
        start=quote.start if is_new else earlier,
        seats=line.quantity,
        term="P1M" if article.provider == "skykick" else "P1Y",
        cost=article.cost,
    )


def _ingram_events(dice: Dice, items: Sequence[Subscription]) -> list[FileEvent]:
    """Return Ingram's events, each with a subscription of its own."""
    forgotten, cancelled, credited, more, less, late, *_quiet = items
    quarterly = items[len(_INGRAM)]
    return [
        # The customer disputes two seats, nobody asks again, Ingram bills them on.
        _more(forgotten, date(2026, 2, 11), 2, is_left_out=True),
        Cancellation(_FEBRUARY.replace(day=17), cancelled, cancelled.seats),
        Credit(
            day=date(2026, 3, 12),
            subscription=credited,
            seats=credited.seats,
            unit_amount=Decimal("2.75"),
            cycle_start=MONTHS[0],
        ),
        _more(more, _any_day(dice, MONTHS[0]), dice.number(1, 4)),
        _more(less, _any_day(dice, _FEBRUARY), -1),
        _more(late, _any_day(dice, _MARCH), dice.number(1, 4)),
        _more(quarterly, _any_day(dice, _MARCH), dice.number(1, 4)),
    ]


def _skykick_events(dice: Dice, items: Sequence[Subscription]) -> list[FileEvent]:
    """Return SkyKick's events: it counts seats on the first of a month."""
    more, *others = (i for i in items[1:] if i.article.key == "cloudbackup")
    gone, less, *_quiet = (i for i in items if i.article.key == "mailbackup")
    quarterly = items[len(_SKYKICK)]
    assert quarterly in others
    return [
        _more(more, _FEBRUARY, dice.number(1, 3)),
        _more(less, _MARCH, -2),
        _more(quarterly, _MARCH, dice.number(1, 3)),
        # Cancelled there; nobody tells whoever keeps the contract.
        Delisting(_MARCH, gone),
    ]


def _more(
    item: Subscription, day: date, seats: int, is_left_out: bool = False
) -> SeatChange:
    return SeatChange(day, item, item.seats, item.seats + seats, is_left_out)


def _any_day(dice: Dice, month: date) -> date:
    return month.replace(day=dice.number(4, 27))


def _price_revision(lines: Sequence[tuple[Quote, QuoteLine]]) -> PriceEntry:
    """Return a dearer price, entered in time for SkyKick's own."""
    quote, line = next(
        (quote, line) for quote, line in lines if line.article.key == "cloudbackup"
    )
    return PriceEntry(
        entered=date(2026, 2, 25),
        day=_MARCH,
        customer=quote.customer,
        article=line.article,
        old=line.price,
        new=line.price + Decimal("0.40"),
        reason="SkyKick becomes dearer in March",
    )
