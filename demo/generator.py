"""Makes the scenario: the same values on every machine and on every day."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from .catalogue import BY_KEY, Article
from .dice import Dice
from .events import Events
from .places import PLACES, Place
from .resale import add_resale
from .scenario import (
    MONTHS,
    Customer,
    Entry,
    FileEvent,
    PriceEntry,
    Quote,
    QuoteLine,
    Rhythm,
    Scenario,
    SeatChange,
    SeatEntry,
    Subscription,
    guid,
)

SEED = 20260101
_NAMES = (
    ("Alster Logistik", "alster-logistik"),
    ("Backhaus Lorenzen", "backhaus-lorenzen"),
    ("Brandt & Söhne Metallbau", "brandt-metallbau"),
    ("Deichgraf Immobilien", "deichgraf-immobilien"),
    ("Dr. Petersen Zahntechnik", "petersen-zahntechnik"),
    ("Elbufer Architekten", "elbufer-architekten"),
    ("Fährhaus Catering", "faehrhaus-catering"),
    ("Fink Steuerberatung", "fink-steuerberatung"),
    ("Friesentee Handels", "friesentee-handel"),
    ("Geestland Agrar", "geestland-agrar"),
    ("Gröne Gartenbau", "groene-gartenbau"),
    ("Hanse Optik", "hanse-optik"),
    ("Heidekraut Naturkosmetik", "heidekraut-kosmetik"),
    ("Holsten Fensterbau", "holsten-fensterbau"),
    ("Ingenieurbüro Wrede", "ingenieure-wrede"),
    ("Jansen Schiffsausrüstung", "jansen-schiffsausruestung"),
    ("Kaisen, Voß & Partner", "kaisen-voss"),
    ("Kontor Nord Spedition", "kontor-nord"),
    ("Küstenwind Energie", "kuestenwind-energie"),
    ("Leuchtturm Versicherungsmakler", "leuchtturm-makler"),
    ("Lüdemann Elektrotechnik", "luedemann-elektro"),
    ("Marsch Maschinenbau", "marsch-maschinenbau"),
    ("Meyer-Hansen Verlag", "meyer-hansen-verlag"),
    ("Moorhof Pflegedienst", "moorhof-pflege"),
    ("Nissen Rohrleitungsbau", "nissen-rohrbau"),
    ("Oldenburger Druckwerk", "oldenburger-druckwerk"),
    ("Ostsee Klinikservice", "ostsee-klinikservice"),
    ("Paulsen Dachdecker", "paulsen-dach"),
    ("Quickborn Labortechnik", "quickborn-labor"),
    ("Reetdach Hotel", "reetdach-hotel"),
    ("Rickmers Werbetechnik", "rickmers-werbetechnik"),
    ("Sandberg Softwarehaus", "sandberg-software"),
    ("Schlei Bootsbau", "schlei-bootsbau"),
    ("Siebert Kältetechnik", "siebert-kaelte"),
    ("Störtebeker Brauhaus", "stoertebeker-brauhaus"),
    ("Tidenhub Beratung", "tidenhub-beratung"),
    ("Uhlenhorst Hausverwaltung", "uhlenhorst-hausverwaltung"),
    ("Wattblick Reisen", "wattblick-reisen"),
    ("Wiebke Thomsen Textil", "thomsen-textil"),
    ("Zimmermann Holzbau", "zimmermann-holzbau"),
)
_STRANGER = ("Elbtal Fahrradhaus", "elbtal-fahrradhaus")
_NEWCOMER = ("Nordmole Hafenservice", "nordmole-hafenservice")

# Rhythm and first day, one pair per customer, dealt at random.
_TERMS = (
    *((Rhythm(1), date(2025, 12, 1)),) * 6,
    *((Rhythm(1), date(2025, 12, 15)),) * 2,
    *((Rhythm(1), date(2026, 1, 1)),) * 13,
    *((Rhythm(1), date(2026, 1, 12)),) * 3,
    *((Rhythm(1, anchor="start"), date(2026, 1, 12)),) * 3,
    *((Rhythm(1, "arrears"), date(2025, 12, 1)),) * 1,
    *((Rhythm(1, "arrears"), date(2026, 1, 1)),) * 3,
    *((Rhythm(1, "arrears"), date(2026, 1, 12)),) * 1,
    *((Rhythm(3), date(2025, 12, 1)),) * 1,
    *((Rhythm(3), date(2026, 1, 1)),) * 2,
    *((Rhythm(3), date(2026, 1, 12)),) * 1,
    *((Rhythm(3, "arrears"), date(2026, 1, 1)),) * 1,
    *((Rhythm(12), date(2026, 1, 1)),) * 1,
    *((Rhythm(12, anchor="start"), date(2025, 12, 15)),) * 2,
)


def build(locale: str = "en") -> Scenario:
    """Return the scenario; `locale` only changes names, addresses and languages."""
    place = PLACES[locale]
    dice = Dice(SEED)
    customers = [
        _customer(place, number, name)
        for number, name in enumerate((*_NAMES, _STRANGER, _NEWCOMER), 1)
    ]
    *customers, stranger, newcomer = customers
    quotes = [
        _quote(dice, customer, rhythm, start)
        for customer, (rhythm, start) in zip(
            customers, dice.shuffled(_TERMS), strict=True
        )
    ]
    subscriptions = [
        _subscription(dice, quote, line)
        for quote in quotes
        for line in quote.lines
        if line.article.cost is not None
    ]
    quotes = [_price_by_term(quote, subscriptions) for quote in quotes]
    events = Events(dice, quotes, subscriptions)
    for month in MONTHS:
        events.add_month(month)
    events.add_credit()
    foreign = events.add_unknown(stranger)
    entries = _entries(quotes, events.found)
    resale = add_resale(quotes, newcomer, [entry.customer for entry in entries])
    return Scenario(
        place=place,
        customers=(*customers, newcomer),
        quotes=resale.quotes,
        subscriptions=(*subscriptions, *resale.subscriptions),
        foreign=foreign,
        events=tuple(sorted((*events.found, *resale.events), key=lambda e: e.day)),
        entries=(*resale.entries, *entries),
        cost_changes=resale.cost_changes,
    )


def _customer(place: Place, number: int, name: tuple[str, str]) -> Customer:
    # Not drawn: another place must not change what follows.
    postal_code, town = place.towns[number % len(place.towns)]
    street = place.streets[number % len(place.streets)]
    return Customer(
        number=number,
        name=f"{name[0]} {place.legal_form}",
        domain=f"{name[1]}.example",
        tenant=guid("tenant", name[1]),
        street=f"{street} {number * 7 % 90 + 1}",
        postal_code=postal_code,
        town=town,
        country=place.country,
    )


def _quote(dice: Dice, customer: Customer, rhythm: Rhythm, start: date) -> Quote:
    people = dice.number(6, 48)
    lines = []
    if dice.happens(90):
        office = BY_KEY["premium" if dice.happens(65) else "standard"]
        lines.append(_quote_line(dice, office, people))
        if dice.happens(40):
            lines.append(_quote_line(dice, BY_KEY["exchange"], dice.number(4, people)))
        if office.key == "standard" and dice.happens(60):
            lines.append(_quote_line(dice, BY_KEY["defender"], people))
    if dice.happens(45) or not lines:
        lines.append(_quote_line(dice, BY_KEY["workplace"], people))
    if len(lines) < 4 and dice.happens(35):
        lines.append(_quote_line(dice, BY_KEY["backup"], dice.number(1, 4)))
    setup_fee = None
    if start >= date(2026, 1, 1) and dice.happens(35):
        setup_fee = dice.one((Decimal("290.00"), Decimal("490.00"), Decimal("890.00")))
    return Quote(
        customer=customer,
        ordered=date(2025, 11, 17) + timedelta(days=dice.number(0, 11)),
        start=start,
        rhythm=rhythm,
        lines=tuple(lines),
        setup_fee=setup_fee,
    )


def _quote_line(dice: Dice, article: Article, quantity: int) -> QuoteLine:
    discount = dice.one((5, 10)) if dice.happens(20) else 0
    return QuoteLine(article, quantity, article.price, discount)


def _subscription(dice: Dice, quote: Quote, line: QuoteLine) -> Subscription:
    """Return what stands behind a line.

    Whoever came in the middle of a month bought anew that day; the others have
    had theirs for a while, with a day of the month of their own.
    """
    assert line.article.cost is not None
    is_flexible = dice.happens(40)
    earlier = date(2025, dice.number(2, 11), dice.number(2, 27))
    return Subscription(
        id=guid("subscription", quote.customer.domain, line.article.key),
        customer=quote.customer,
        article=line.article,
        start=earlier if quote.start.day == 1 else quote.start,
        seats=line.quantity,
        term="P1M" if is_flexible else "P1Y",
        cost=_flexible(line.article.cost) if is_flexible else line.article.cost,
    )


def _flexible(price: Decimal) -> Decimal:
    """Return the price with a monthly commitment: a fifth more, as at Microsoft."""
    return (price * Decimal("1.2")).quantize(Decimal("0.01"))


def _price_by_term(quote: Quote, subscriptions: Sequence[Subscription]) -> Quote:
    """Return the quote with the price of the commitment that stands behind it."""
    flexible = {
        item.article.key
        for item in subscriptions
        if item.customer == quote.customer and item.term == "P1M"
    }
    return replace(
        quote,
        lines=tuple(
            replace(line, price=_flexible(line.price))
            if line.article.key in flexible
            else line
            for line in quote.lines
        ),
    )


def _entries(quotes: Sequence[Quote], events: Sequence[FileEvent]) -> tuple[Entry, ...]:
    """Return what a person enters after everything is billed.

    The price goes back behind a change of seats, so that it flows into both
    quantities; the seats are of a service that no file speaks about.
    """
    entered, day = date(2026, 4, 10), date(2026, 2, 1)
    monthly = {q.customer.number: q for q in quotes if q.rhythm == Rhythm(1)}
    changed = next(
        event.subscription
        for event in events
        if isinstance(event, SeatChange)
        and event.day > day
        and event.subscription.article.key in ("premium", "standard")
        and event.subscription.customer.number in monthly
    )
    agreed = next(
        line
        for line in monthly[changed.customer.number].lines
        if line.article == changed.article
    )
    quote, line = next(
        (quote, line)
        for quote in monthly.values()
        for line in quote.lines
        if line.article.key == "workplace" and quote.customer != changed.customer
    )
    return (
        PriceEntry(
            entered=entered,
            day=day,
            customer=changed.customer,
            article=changed.article,
            old=agreed.price,
            new=agreed.price - Decimal("1.30"),
            reason="Price agreed in January, entered late",
        ),
        SeatEntry(
            entered=entered,
            day=date(2026, 2, 10),
            customer=quote.customer,
            article=line.article,
            old=line.quantity,
            new=line.quantity + 3,
            reason="Three workplaces since 10 February, reported late",
        ),
    )
