"""The plan of a month: who and what there is, what is wrong and what is right."""

from decimal import Decimal

from . import planted_causes as causes
from . import planted_others as others
from .planted import BEFORE, MONTH, Builder, Money, rest
from .planted_rows import cancelled, seat_row

#: {currency: so many for one of the company's}; in the last one is billed, too.
RATES = {"XPA": 2.5, "XPB": 1.25, "XPC": 4.0, "XPD": 2.0, "XPE": 5.0}
#: In the order in which they are planted, again and again.
PLANTED = (
    causes.exchange_rate,
    causes.rounding,
    causes.cost_changed,
    causes.wrong_plan,
    causes.seats_missing,
    causes.seats_surplus,
    causes.ended_at_provider,
    causes.only_in_contract,
    causes.not_in_contract,
    causes.cancellation_missed,
    causes.more_than_bundle,
    causes.less_than_bundle,
    causes.not_billed,
    causes.to_correct,
    causes.promotion_ended,
    causes.proration,
    others.unassigned,
    others.unreadable,
    others.other_charge,
    others.credit_not_passed_on,
    others.not_passed_on,
    others.late_usage,
    others.rerated_usage,
    others.partner_credit_lost,
    others.usage_gap,
)


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
            seats.rows += causes.pair(build, seats, seats.quantity + 3, day)
        elif number % 6 == 1:
            seats.rows += causes.pair(build, seats, seats.quantity - 2, day)
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
            causes.price_in(
                seats, Money("XPD", build.plan.home, causes.HALF), Decimal("20.04")
            )
