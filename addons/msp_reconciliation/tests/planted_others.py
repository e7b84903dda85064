"""What is planted in rows without quantity and in usage, with its money.

Each function is the cause of which it plants an error.
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .planted import BEFORE, MARKUP, MONTH, Article, Customer, Money, Seats, half_up
from .planted_causes import pair
from .planted_rows import seat_row

# Rows that state no quantity, or belong to nobody


def unassigned(build):
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


def unreadable(build):
    """A row of a customer nobody knows, or half of a change of seats.

    Of the latter nothing is known then: the import takes no half for a whole.
    """
    if build.number("unreadable") % 2:
        customer = Customer(8000 + build.number("stranger"))
        row = seat_row(_stranger(build, customer, build.plan.articles[0]))
    else:
        seats, day = build.take(), build.day()
        half, row = pair(build, seats, seats.quantity + 2, day)
        seats.rows.append(half)
    build.plan.strange.append({**row, "ChargeStartDate": "yesterday"})
    # The first row of a file is its header.
    subject = f"row {len(build.plan.strange) + 1}"
    build.plan.plant("unreadable", row["Subtotal"], subject=subject)


def _stranger(build, customer, article):
    subscription = f"99999999-0000-4000-8000-{build.number('strange'):012}"
    money = Money(build.plan.home, build.plan.home)
    return Seats(customer, article, subscription, 7, money)


def other_charge(build):
    seats = build.take()
    price = Decimal(build.random.randint(500, 9900)).scaleb(-2)
    fee = seat_row(seats, quantity=1, price=price, ChargeType="oneTimeFee")
    seats.rows.append(fee)
    build.plan.plant("other_charge", price, seats)


def credit_not_passed_on(build):
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


def not_passed_on(build):
    usage = build.unused_usages.pop()
    usage.is_billed = False
    _plant_usage(build, "not_passed_on", _sold(usage.rows), usage)


def late_usage(build):
    usage = build.unused_usages.pop()
    late = build.used(date(2026, 2, 25), 1, Decimal("3.15"))
    usage.rows.append(late)
    amount = _sold([*usage.before, late]) - _sold(usage.before)
    _plant_usage(build, "late_usage", amount, usage)


def rerated_usage(build):
    usage = build.unused_usages.pop()
    more = 10 if build.number("anew") % 2 else -1
    usage.again = [
        replace(one, quantity=max(one.quantity + more, 1)) if not number % 5 else one
        for number, one in enumerate(usage.rows)
    ]
    amount = _sold(usage.again) - _sold(usage.rows)
    _plant_usage(build, "rerated_usage", amount, usage)


def partner_credit_lost(build):
    usage = build.unused_usages.pop()
    usage.rows = [replace(one, percent=0) for one in usage.rows]
    listed = sum(Fraction(one.listed) for one in usage.rows)
    amount = half_up(listed * Fraction(15, 100))
    _plant_usage(build, "partner_credit_lost", amount, usage, usage.entitlement)


def usage_gap(build):
    usage = build.unused_usages.pop()
    usage.gap = Decimal("57.30") if build.number("gap") % 2 else Decimal("-41.05")
    used = sum(Fraction(one.cost) for one in usage.rows)
    amount = half_up(Fraction(usage.invoiced) - used)
    _plant_usage(build, "usage_gap", amount, usage, usage.plan)
