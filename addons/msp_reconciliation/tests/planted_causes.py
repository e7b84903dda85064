"""What is planted about seats and their prices, with the money to be found.

Each function is the cause of which it plants an error.
"""

from decimal import Decimal
from fractions import Fraction

from .planted import BEFORE, MONTH, Money, half_up, part, rest
from .planted_rows import cancelled, monthly, moved, seat_row

#: Foreign prices at the rate of the books.
HALF = Decimal("0.5")


def pair(build, seats, quantity, day, **values):
    return moved(seats, quantity, day, reference=build.number("pair"), **values)


def price_in(seats, money, price):
    """Let both months be priced in another currency."""
    seats.money = money
    seats.before = [seat_row(seats, BEFORE, price=price)]
    seats.rows = [seat_row(seats, price=price)]


def worth(seats, quantity, day=MONTH):
    """Return what the customer pays for some seats from a day of March on."""
    return rest(seats.article.price * quantity, day)


# What contains other days or seats than are supplied


def seats_missing(build):
    seats, day = build.take(), build.day()
    more = build.random.randint(1, 5)
    seats.rows += pair(build, seats, seats.quantity + more, day)
    seats.is_left_out = True
    build.plan.plant("seats_missing", worth(seats, more, day), seats)


def seats_surplus(build):
    seats, day = build.take(), build.day()
    less = build.random.randint(1, 3)
    seats.rows += pair(build, seats, seats.quantity - less, day)
    seats.is_left_out = True
    build.plan.plant("seats_surplus", worth(seats, less, day), seats)


def ended_at_provider(build):
    """Ended by a row that was left out, or no longer listed."""
    seats, day = build.take(), MONTH
    if build.number("ended") % 2:
        day = build.day()
        seats.rows.append(cancelled(seats, day))
        seats.is_left_out = True
    else:
        seats.rows = []
    amount = worth(seats, seats.quantity, day)
    build.plan.plant("ended_at_provider", amount, seats)


def only_in_contract(build):
    seats = build.take()
    seats.before = seats.rows = []
    amount = worth(seats, seats.quantity)
    # Of no row there is a subscription, so it is known by its article.
    subject = f"Article {seats.article.number}"
    build.plan.plant("only_in_contract", amount, seats, subject=subject)


def not_in_contract(build):
    seats = build.take()
    seats.is_contained, seats.is_left_out, seats.before = False, True, []
    seats.rows = [{**seat_row(seats), "ChargeType": "new"}]
    amount = seats.article.cost * seats.quantity
    build.plan.plant("not_in_contract", amount, seats)


def cancellation_missed(build):
    seats = build.take()
    seats.ends = build.day()
    amount = worth(seats, seats.quantity, seats.ends)
    build.plan.plant("cancellation_missed", amount, seats)


def more_than_bundle(build):
    seats, day = build.bundled.pop(), build.day()
    more = build.random.randint(1, 5)
    seats.rows += pair(build, seats, seats.quantity + more, day)
    cost = sum(Fraction(row["Subtotal"]) for row in seats.rows)
    units = more * part(day)
    share = units / (seats.quantity + units)
    build.plan.plant("more_than_bundle", half_up(cost * share), seats)


def less_than_bundle(build):
    seats = build.bundled.pop()
    less = build.random.randint(1, 3)
    seats.quantity -= less
    seats.before, seats.rows = [seat_row(seats, BEFORE)], [seat_row(seats)]
    build.plan.plant("less_than_bundle", seats.article.cost * less, seats)


# What is billed otherwise


def not_billed(build):
    seats = build.take()
    seats.is_alone = True
    build.plan.plant("not_billed", worth(seats, seats.quantity), seats)


def to_correct(build):
    """Dearer, or cheaper, after the differences were billed."""
    seats, day = build.take(), build.day()
    more = Decimal("1.50") if build.number("corrected") % 2 else Decimal("-0.75")
    seats.reprices_late = (day, seats.article.price + more)
    amount = rest(more * seats.quantity, day)
    build.plan.plant("to_correct", amount, seats)


# What the provider asks


def wrong_plan(build):
    """The monthly term, which means the same product or another one."""
    has_monthly = not build.number("plan") % 2
    seats, more = build.take(has_monthly=has_monthly), Decimal("2.40")
    seats.is_left_out = has_monthly
    seats.rows = [monthly(seats, seats.article.cost + more)]
    build.plan.plant("wrong_plan", more * seats.quantity, seats)


def cost_changed(build):
    """Of one subscription, or of three customers' at once."""
    number = build.number("price")
    first = build.take()
    change = Decimal(number).scaleb(-2)
    more = -change if number % 3 == 0 else change + 1
    group = [first]
    while number % 2 and len(group) < 3:
        other = build.take(article=first.article)
        if other.customer not in [one.customer for one in group]:
            group.append(other)
    for seats in group:
        seats.rows = [seat_row(seats, price=seats.article.cost + more)]
    amount = more * sum(seats.quantity for seats in group)
    if len(group) == 1:
        build.plan.plant("cost_changed", amount, first)
    else:
        subject = f"Article {first.article.number}"
        names = {"customer": f"{len(group)} customers", "subject": subject}
        build.plan.plant("cost_changed", amount, **names)


def promotion_ended(build):
    seats = build.take()
    less = Decimal("1.20")
    price, name = seats.article.cost - less, f"39NFJQT{build.number('promotion'):05}"
    seats.before = [seat_row(seats, BEFORE, price=price, PromotionId=name)]
    build.plan.plant("promotion_ended", less * seats.quantity, seats)


def proration(build):
    """A part is charged like a whole, or half as dear again."""
    seats, day = build.take(), build.day()
    more, cost = build.random.randint(1, 5), seats.article.cost
    price = cost if build.number("part") % 2 else rest(cost * 3 / 2, day)
    quantity = seats.quantity + more
    seats.rows += pair(build, seats, quantity, day, price=price)
    amount = price * quantity - rest(cost * quantity, day)
    build.plan.plant("proration", amount, seats)


def rounding(build):
    """Half a cent of each unit is cut, in each currency that is billed in."""
    home, number = build.plan.home, build.number("rounding")
    if number > 2:
        return
    money = Money("XPD", *((home, HALF) if number == 1 else ("XPE", Decimal("2.5"))))
    amount = Fraction(0)
    for _count in range(3):
        seats = build.take()
        price = Decimal("20.03") + 2 * build.random.randint(0, 99)
        price_in(seats, money, price)
        exact = Fraction(price) * Fraction(money.rate) * seats.quantity
        amount += Fraction(seats.rows[0]["Subtotal"]) - exact
    names = {"currency": money.billed}
    build.plan.plant("rounding", half_up(amount), **names)


def exchange_rate(build):
    """The file's rate is not that of the books; one finding per pair."""
    home, number = build.plan.home, build.number("exchange")
    pairs = [("XPA", "0.5", "0.4"), ("XPB", "0.9", "0.8"), ("XPC", "0.3", "0.25")]
    if number > len(pairs):
        return
    currency, theirs, ours = pairs[number - 1]
    amount = Decimal(0)
    for _count in range(2):
        seats, price = build.take(), Decimal(10 * build.random.randint(1, 9))
        price_in(seats, Money(currency, home, Decimal(theirs)), price)
        amount += price * seats.quantity * (Decimal(theirs) - Decimal(ours))
    build.plan.plant("exchange_rate", amount, subject=f"{currency}/{home}")
