"""What is planted for each cause, with the money that has to be found."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .planted import (
    BEFORE,
    MARKUP,
    MONTH,
    Article,
    Builder,
    Customer,
    Money,
    Seats,
    half_up,
    part,
    rest,
)
from .planted_rows import cancelled, monthly, moved, seat_row

#: {currency: so many for one of the company's}; in the last one is billed, too.
RATES = {"XPA": 2.5, "XPB": 1.25, "XPC": 4.0, "XPD": 2.0, "XPE": 5.0}
#: Foreign prices at the rate of the books.
HALF = Decimal("0.5")


def make_plan(home, customers, rows, errors, seed=1):
    """Return the plan of a month in which that many errors are planted.

    :param home: the company's currency
    :param rows: of March's files, roughly; daily usage fills them up
    """
    build = Builder(home, customers, rows, seed)
    plan = build.plan
    plan.rates = RATES
    for seats in plan.seats:
        seats.before.append(seat_row(seats, BEFORE))
        seats.rows.append(seat_row(seats))
    _use(build)
    while len(plan.errors) < errors:
        done = len(plan.errors)
        for plant in PLANTED:
            if len(plan.errors) < errors:
                plant(build)
        assert len(plan.errors) > done
    _add_what_is_right(build)
    return plan


def _use(build):
    """Let the customers use as much as is left of the rows."""
    plan = build.plan
    left = build.rows - len(plan.seats) - len(plan.usages)
    each = max(left // len(plan.usages), 2)
    for usage in plan.usages:
        for number in range(each):
            day = MONTH.replace(day=number % 31 + 1)
            price = Decimal(build.random.randint(5, 400)).scaleb(-2)
            usage.rows.append(build.used(day, number // 31 + 2, price))


def _add_what_is_right(build):
    """Change much that agrees on all sides, so that a month is not too quiet."""
    for number in range(len(build.free) // 3):
        seats, day = build.take(), build.day()
        if number % 6 == 0:
            seats.rows += _moved(build, seats, seats.quantity + 3, day)
        elif number % 6 == 1:
            seats.rows += _moved(build, seats, seats.quantity - 2, day)
        elif number % 6 == 2:
            seats.rows.append(cancelled(seats, day))
        elif number % 6 == 3:
            seats.begins, seats.before = day, []
            price = rest(seats.article.cost, day)
            new = seat_row(seats, price=price, start=day)
            seats.rows = [{**new, "ChargeType": "new"}]
        elif number % 6 == 4:
            seats.reprices = (day, seats.article.price + 1)
        else:
            _price(seats, Money("XPD", build.plan.home, HALF), Decimal("20.04"))


def _moved(build, seats, quantity, day, **values):
    return moved(seats, quantity, day, reference=build.number("pair"), **values)


def _price(seats, money, price):
    """Let both months be priced in another currency."""
    seats.money = money
    seats.before = [seat_row(seats, BEFORE, price=price)]
    seats.rows = [seat_row(seats, price=price)]


def _worth(seats, quantity, day=MONTH):
    """Return what the customer pays for some seats from a day of March on."""
    return rest(seats.article.price * quantity, day)


# What contains other days or seats than are supplied


def _seats_missing(build):
    seats, day = build.take(), build.day()
    more = build.random.randint(1, 5)
    seats.rows += _moved(build, seats, seats.quantity + more, day)
    seats.is_left_out = True
    build.plan.plant("seats_missing", _worth(seats, more, day), seats)


def _seats_surplus(build):
    seats, day = build.take(), build.day()
    less = build.random.randint(1, 3)
    seats.rows += _moved(build, seats, seats.quantity - less, day)
    seats.is_left_out = True
    build.plan.plant("seats_surplus", _worth(seats, less, day), seats)


def _ended_at_provider(build):
    """Ended by a row that was left out, or no longer listed."""
    seats, day = build.take(), MONTH
    if build.number("ended") % 2:
        day = build.day()
        seats.rows.append(cancelled(seats, day))
        seats.is_left_out = True
    else:
        seats.rows = []
    amount = _worth(seats, seats.quantity, day)
    build.plan.plant("ended_at_provider", amount, seats)


def _only_in_contract(build):
    seats = build.take()
    seats.before = seats.rows = []
    amount = _worth(seats, seats.quantity)
    # Of no row there is a subscription, so it is known by its article.
    subject = f"Article {seats.article.number}"
    build.plan.plant("only_in_contract", amount, seats, subject=subject)


def _not_in_contract(build):
    seats = build.take()
    seats.is_contained, seats.is_left_out, seats.before = False, True, []
    seats.rows = [{**seat_row(seats), "ChargeType": "new"}]
    amount = seats.article.cost * seats.quantity
    build.plan.plant("not_in_contract", amount, seats)


def _cancellation_missed(build):
    seats = build.take()
    seats.ends = build.day()
    amount = _worth(seats, seats.quantity, seats.ends)
    build.plan.plant("cancellation_missed", amount, seats)


def _more_than_bundle(build):
    seats, day = build.bundled.pop(), build.day()
    more = build.random.randint(1, 5)
    seats.rows += _moved(build, seats, seats.quantity + more, day)
    cost = sum(Fraction(row["Subtotal"]) for row in seats.rows)
    share = Fraction(more, seats.quantity + more) * part(day)
    build.plan.plant("more_than_bundle", half_up(cost * share), seats)


def _less_than_bundle(build):
    seats = build.bundled.pop()
    less = build.random.randint(1, 3)
    seats.quantity -= less
    seats.before, seats.rows = [seat_row(seats, BEFORE)], [seat_row(seats)]
    build.plan.plant("less_than_bundle", seats.article.cost * less, seats)


# What is billed otherwise


def _not_billed(build):
    seats = build.take()
    seats.is_alone = True
    build.plan.plant("not_billed", _worth(seats, seats.quantity), seats)


def _to_correct(build):
    """Dearer, or cheaper, after the differences were billed."""
    seats, day = build.take(), build.day()
    more = Decimal("1.50") if build.number("corrected") % 2 else Decimal("-0.75")
    seats.reprices_late = (day, seats.article.price + more)
    amount = rest(more * seats.quantity, day)
    build.plan.plant("to_correct", amount, seats)


# What the provider asks


def _wrong_plan(build):
    """The monthly term, which means the same product or another one."""
    has_monthly = not build.number("plan") % 2
    seats, more = build.take(has_monthly=has_monthly), Decimal("2.40")
    seats.is_left_out = has_monthly
    seats.rows = [monthly(seats, seats.article.cost + more)]
    build.plan.plant("wrong_plan", more * seats.quantity, seats)


def _cost_changed(build):
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


def _promotion_ended(build):
    seats = build.take()
    less = Decimal("1.20")
    price, name = seats.article.cost - less, f"39NFJQT{build.number('promotion'):05}"
    seats.before = [seat_row(seats, BEFORE, price=price, PromotionId=name)]
    build.plan.plant("promotion_ended", less * seats.quantity, seats)


def _proration(build):
    """A part is charged like a whole, or half as dear again."""
    seats, day = build.take(), build.day()
    more, cost = build.random.randint(1, 5), seats.article.cost
    price = cost if build.number("part") % 2 else rest(cost * 3 / 2, day)
    quantity = seats.quantity + more
    seats.rows += _moved(build, seats, quantity, day, price=price)
    amount = price * quantity - rest(cost * quantity, day)
    build.plan.plant("proration", amount, seats)


def _rounding(build):
    """A tenth of a cent of each unit is cut, in each currency that is billed in."""
    home, number = build.plan.home, build.number("rounding")
    if number > 2:
        return
    money = Money("XPD", *((home, HALF) if number == 1 else ("XPE", Decimal("2.5"))))
    amount = Fraction(0)
    for _count in range(3):
        seats = build.take()
        price = Decimal("20.03") + 2 * build.random.randint(0, 99)
        _price(seats, money, price)
        exact = Fraction(price) * Fraction(money.rate) * seats.quantity
        amount += Fraction(seats.rows[0]["Subtotal"]) - exact
    names = {"currency": money.billed}
    build.plan.plant("rounding", half_up(amount), **names)


def _exchange_rate(build):
    """The file's rate is not that of the books; one finding per pair."""
    home, number = build.plan.home, build.number("exchange")
    pairs = [("XPA", "0.5", "0.4"), ("XPB", "0.9", "0.8"), ("XPC", "0.3", "0.25")]
    if number > len(pairs):
        return
    currency, theirs, ours = pairs[number - 1]
    amount = Decimal(0)
    for _count in range(2):
        seats, price = build.take(), Decimal(10 * build.random.randint(1, 9))
        _price(seats, Money(currency, home, Decimal(theirs)), price)
        amount += price * seats.quantity * (Decimal(theirs) - Decimal(ours))
    build.plan.plant("exchange_rate", amount, subject=f"{currency}/{home}")


# Rows that state no quantity, or belong to nobody


def _unassigned(build):
    """A customer, or an article, that nobody has assigned."""
    number = 9000 + build.number("stranger")
    customer, article = Customer(number), build.plan.articles[0]
    if build.number("unassigned") % 2:
        customer = build.random.choice(build.plan.customers)
        article = Article(number, Decimal("12.34"), Decimal(20))
    seats = _stranger(build, customer, article)
    build.plan.strange.append(seat_row(seats))
    amount = article.cost * seats.quantity
    build.plan.plant("unassigned", amount, seats)


def _unreadable(build):
    """A row of a customer nobody knows, or half of a change of seats.

    Of the latter nothing is known then: the import takes no half for a whole.
    """
    if build.number("unreadable") % 2:
        customer = Customer(8000 + build.number("stranger"))
        row = seat_row(_stranger(build, customer, build.plan.articles[0]))
    else:
        seats, day = build.take(), build.day()
        half, row = _moved(build, seats, seats.quantity + 2, day)
        seats.rows.append(half)
    build.plan.strange.append({**row, "ChargeStartDate": "yesterday"})
    # The first row of a file is its header.
    subject = f"row {len(build.plan.strange) + 1}"
    build.plan.plant("unreadable", row["Subtotal"], subject=subject)


def _stranger(build, customer, article):
    subscription = f"99999999-0000-4000-8000-{build.number('strange'):012}"
    money = Money(build.plan.home, build.plan.home)
    return Seats(customer, article, subscription, 7, money)


def _other_charge(build):
    seats = build.take()
    price = Decimal(build.random.randint(500, 9900)).scaleb(-2)
    fee = seat_row(seats, quantity=1, price=price, ChargeType="oneTimeFee")
    seats.rows.append(fee)
    build.plan.plant("other_charge", price, seats)


def _credit_not_passed_on(build):
    seats = build.take()
    price = Decimal(build.random.randint(50, 300)).scaleb(-2)
    days = {"ChargeStartDate": BEFORE, "ChargeEndDate": date(2026, 2, 28)}
    cells = {"ChargeType": "customerCredit", "OrderDate": MONTH, **days}
    seats.rows.append({**seat_row(seats, price=-price), **cells})
    build.plan.plant("credit_not_passed_on", price * seats.quantity, seats)


# Usage


def _sold(rows):
    """Return what a customer pays for what was used: all of it, rounded once."""
    return half_up(sum(Fraction(one.cost) for one in rows) * MARKUP)


def _plant_usage(build, cause, amount, usage, subject=None):
    """Plant an error of usage, which belongs to the customer's tenant as a whole."""
    customer = usage.customer
    names = {"customer": customer.name, "subject": subject or customer.tenant}
    build.plan.plant(cause, amount, **names)


def _not_passed_on(build):
    usage = build.unused_usages.pop()
    usage.is_billed = False
    _plant_usage(build, "not_passed_on", _sold(usage.rows), usage)


def _late_usage(build):
    usage = build.unused_usages.pop()
    late = build.used(date(2026, 2, 25), 1, Decimal("3.15"))
    usage.rows.append(late)
    amount = _sold([*usage.before, late]) - _sold(usage.before)
    _plant_usage(build, "late_usage", amount, usage)


def _rerated_usage(build):
    usage = build.unused_usages.pop()
    more = 10 if build.number("anew") % 2 else -1
    usage.again = [
        replace(one, quantity=max(one.quantity + more, 1)) if not number % 5 else one
        for number, one in enumerate(usage.rows)
    ]
    amount = _sold(usage.again) - _sold(usage.rows)
    _plant_usage(build, "rerated_usage", amount, usage)


def _partner_credit_lost(build):
    usage = build.unused_usages.pop()
    usage.rows = [replace(one, percent=0) for one in usage.rows]
    listed = sum(Fraction(one.listed) for one in usage.rows)
    amount = half_up(listed * Fraction(15, 100))
    _plant_usage(build, "partner_credit_lost", amount, usage, usage.entitlement)


def _usage_gap(build):
    usage = build.unused_usages.pop()
    usage.gap = Decimal("57.30") if build.number("gap") % 2 else Decimal("-41.05")
    used = sum(Fraction(one.cost) for one in usage.rows)
    amount = half_up(Fraction(usage.invoiced) - used)
    _plant_usage(build, "usage_gap", amount, usage, usage.plan)


#: In the order in which they are planted, again and again.
PLANTED = (
    _exchange_rate,
    _rounding,
    _cost_changed,
    _wrong_plan,
    _seats_missing,
    _seats_surplus,
    _ended_at_provider,
    _only_in_contract,
    _not_in_contract,
    _cancellation_missed,
    _more_than_bundle,
    _less_than_bundle,
    _not_billed,
    _to_correct,
    _promotion_ended,
    _proration,
    _unassigned,
    _unreadable,
    _other_charge,
    _credit_not_passed_on,
    _not_passed_on,
    _late_usage,
    _rerated_usage,
    _partner_credit_lost,
    _usage_gap,
)
