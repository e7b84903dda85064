"""What a quote says will be billed: amounts worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

from billing import Change, Claim, Policy, Pricing, Tier, Version, fold, outlook, settle

D = date
TODAY = D(2026, 11, 22)
NOVEMBER = D(2026, 11, 1)


def begin(position="seats", quantity="10", price="15.00", **fields):
    return Change(
        "begin",
        position,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        **{"price_months": 1, **fields},
    )


def history(*changes, start=TODAY, more=(), **policy):
    """Return the history of a contract; monthly with the calendar in advance."""
    terms = Change("terms", policy=Policy(**{"anchor": D(2026, 1, 1), **policy}))
    first = Version(1, start, (terms, *changes))
    others = [
        Version(number, day, found) for number, (day, *found) in enumerate(more, 2)
    ]
    return fold([first, *others])


def look(after, before=None, claims=(), digits=2):
    return outlook(after, before, claims, TODAY, digits)


def claims_of(charges):
    return [Claim(c.position, c.start, c.end, c.amount, 1, c.basis) for c in charges]


def billed(found, until):
    return claims_of(settle(found, (), until, 2))


def told(invoice):
    """Return "day: start end amount"; `end` is the last day."""
    if invoice is None:
        return None
    last = invoice.end - timedelta(days=1)
    return f"{invoice.day}: {invoice.start} {last} {invoice.amount}"


def steps(stream):
    """Return "start end amount [was old]" of each step."""
    found = []
    for step in stream.steps:
        text = f"{step.start} {step.end or ''} {'-'.join(map(str, step.amount))}"
        lowest, highest = step.amount
        if lowest == highest:
            text = f"{step.start} {step.end or '...'} {lowest}"
        if any(step.old):
            text += f" was {step.old.lowest}"
        found.append(text + (" part" if step.is_part else ""))
    return found


class TestNewContract:
    def test_part_period_in_advance(self):
        [stream] = look(history(begin()))
        assert stream.is_new
        # 150.00 x 9 / 30 days of November
        assert told(stream.first) == "2026-11-22: 2026-11-22 2026-11-30 45.00"
        assert told(stream.next) == "2026-12-01: 2026-12-01 2026-12-31 150.00"
        assert steps(stream) == ["2026-12-01 ... 150.00"]

    def test_whole_periods_from_the_first_on(self):
        [stream] = look(history(begin(), start=D(2026, 12, 1)))
        assert told(stream.first) == "2026-12-01: 2026-12-01 2026-12-31 150.00"
        assert steps(stream) == ["2027-01-01 ... 150.00"]

    def test_in_arrears(self):
        [stream] = look(history(begin(), timing="arrears"))
        assert told(stream.first) == "2026-12-01: 2026-11-22 2026-11-30 45.00"
        assert told(stream.next) == "2027-01-01: 2026-12-01 2026-12-31 150.00"

    def test_year_in_arrears_goes_on(self):
        [stream] = look(history(begin(), unit="year", timing="arrears"))
        assert told(stream.next) == "2028-01-01: 2027-01-01 2027-12-31 1800.00"
        assert steps(stream) == ["2027-01-01 ... 1800.00"]

    def test_instalments_of_centuries(self):
        found = history(begin(price_months=0), every=120, instalments=1000)
        [stream] = look(found)
        assert len(steps(stream)) == 1

    def test_lead_days_count_but_no_invoice_comes_before_today(self):
        [stream] = look(history(begin(), start=D(2027, 1, 1), lead_days=14))
        assert stream.first.day == D(2026, 12, 18)
        [stream] = look(history(begin(), start=D(2026, 12, 1), lead_days=14))
        assert stream.first.day == TODAY
        assert stream.next.day == D(2026, 12, 18)

    def test_quarter(self):
        [stream] = look(history(begin(), unit="quarter"))
        # 3 x 150.00 x 40 / 92 days
        assert told(stream.first) == "2026-11-22: 2026-11-22 2026-12-31 195.65"
        assert told(stream.next) == "2027-01-01: 2027-01-01 2027-03-31 450.00"

    def test_anchored_on_its_first_day(self):
        [stream] = look(history(begin(), anchor=TODAY))
        assert told(stream.first) == "2026-11-22: 2026-11-22 2026-12-21 150.00"
        assert steps(stream) == ["2026-12-22 ... 150.00"]

    def test_position_per_year_in_a_monthly_contract(self):
        yearly = begin(
            "backup", "1", "365.00", price_months=12, overrides=(("every", 12),)
        )
        monthly, year = look(history(begin(), yearly))
        assert monthly.positions == {"seats"}
        assert year.positions == {"backup"}
        assert told(monthly.first) == "2026-11-22: 2026-11-22 2026-11-30 45.00"
        # 365.00 x 40 / 365 days
        assert told(year.first) == "2026-11-22: 2026-11-22 2026-12-31 40.00"
        assert told(year.next) == "2027-01-01: 2027-01-01 2027-12-31 365.00"
        assert year.policy.months == 12

    def test_price_per_year_billed_in_months_adds_up(self):
        found = begin("backup", "1", "100.00", price_months=12)
        [stream] = look(history(found, start=D(2027, 1, 1)))
        # 8.33, 8.34, 8.33 ... make 100.00
        assert stream.first.amount == Decimal("8.33")
        assert steps(stream) == ["2027-02-01  8.33-8.34"]
        assert stream.steps[0].end is None

    def test_share_of_the_year_says_what_it_costs_at_least_and_most(self):
        found = begin("backup", "1", "365.00", price_months=12)
        [stream] = look(history(found, start=D(2027, 1, 1), day_count="year_share"))
        assert stream.first.amount == Decimal("31.00")
        assert steps(stream) == ["2027-02-01  28.00-31.00"]

    def test_scheme_and_discount(self):
        tiers = (Tier(Decimal(5), Decimal("10.00")), Tier(None, Decimal("8.00")))
        graduated = begin(
            quantity="8",
            discount=Decimal(10),
            pricing=Pricing(model="graduated", tiers=tiers),
        )
        [stream] = look(history(graduated, start=D(2026, 12, 1)))
        # (5 x 10 + 3 x 8) less 10 %
        assert stream.first.amount == Decimal("66.60")

    def test_currency_without_decimals(self):
        [stream] = look(history(begin("seats", "3", "1050")), digits=0)
        # 3150 x 9 / 30
        assert stream.first.amount == Decimal(945)

    def test_position_that_begins_later_and_one_that_ends(self):
        found = history(
            begin(),
            more=[
                (D(2027, 1, 15), begin("backup", "1", "31.00")),
                (D(2027, 7, 1), Change("end", "backup")),
            ],
        )
        [stream] = look(found)
        assert steps(stream) == [
            "2026-12-01 2027-01-01 150.00",
            # 31.00 x 17 / 31
            "2027-01-01 2027-02-01 167.00 part",
            "2027-02-01 2027-07-01 181.00",
            "2027-07-01 ... 150.00",
        ]

    def test_contract_that_ends(self):
        found = history(begin(), more=[(D(2027, 11, 22), Change("terminate"))])
        [stream] = look(found)
        assert steps(stream) == [
            "2026-12-01 2027-11-01 150.00",
            # 150.00 x 21 / 30
            "2027-11-01 2027-11-22 105.00 part",
        ]

    def test_contract_shorter_than_a_period_has_one_invoice(self):
        found = history(begin(), more=[(D(2026, 11, 25), Change("terminate"))])
        [stream] = look(found)
        assert told(stream.first) == "2026-11-22: 2026-11-22 2026-11-24 15.00"
        assert stream.next is None
        assert stream.steps == ()

    def test_what_was_missed_comes_with_the_first_invoice(self):
        [stream] = look(history(begin(), start=D(2026, 10, 1)))
        assert told(stream.first) == "2026-11-22: 2026-10-01 2026-11-30 300.00"
        assert told(stream.next) == "2026-12-01: 2026-12-01 2026-12-31 150.00"

    def test_free_months_at_the_beginning(self):
        price = Change("set", "seats", unit_price=Decimal("15.00"))
        found = history(
            begin(price="0"), start=D(2026, 12, 1), more=[(D(2027, 3, 1), price)]
        )
        [stream] = look(found)
        assert stream.first.amount == Decimal("0.00")
        assert steps(stream) == [
            "2027-01-01 2027-03-01 0.00",
            "2027-03-01 ... 150.00",
        ]

    def test_nothing_to_pay_is_no_stream(self):
        assert look(history(begin(price="0"))) == []

    def test_weeks(self):
        found = begin(price="7.00", quantity="1", price_months=0)
        [stream] = look(history(found, unit="week", anchor=D(2026, 11, 16)))
        # Sunday, the last day of its week
        assert told(stream.first) == "2026-11-22: 2026-11-22 2026-11-22 1.00"
        assert told(stream.next) == "2026-11-23: 2026-11-23 2026-11-29 7.00"


class TestRunningContract:
    def change(self, *changes, day=TODAY, until=NOVEMBER, **policy):
        """Return the streams of `changes` to ten seats since January."""
        first = {"start": D(2026, 1, 1), **policy}
        before = history(begin(), **first)
        after = history(begin(), more=[(day, *changes)], **first)
        return look(after, before, billed(before, until))

    def move(self, move):
        return Change("set", "seats", move=Decimal(move))

    def test_more_units_in_a_billed_month(self):
        [stream] = self.change(self.move("2"))
        assert not stream.is_new
        assert stream.first is None
        # 30.00 x 9 / 30
        assert (stream.rest, stream.rest_end) == (Decimal("9.00"), D(2026, 12, 1))
        assert told(stream.next) == "2026-12-01: 2026-12-01 2026-12-31 180.00"
        assert steps(stream) == ["2026-12-01 ... 180.00 was 150.00"]

    def test_fewer_units_are_credited(self):
        [stream] = self.change(self.move("-4"))
        # -60.00 x 9 / 30
        assert stream.rest == Decimal("-18.00")
        assert steps(stream) == ["2026-12-01 ... 90.00 was 150.00"]

    def test_fewer_units_that_are_never_credited(self):
        [stream] = self.change(self.move("-4"), decrease="never")
        assert (stream.rest, stream.rest_end) == (Decimal(0), None)
        assert steps(stream) == ["2026-12-01 ... 90.00 was 150.00"]

    def test_from_a_month_that_is_not_billed_yet(self):
        [stream] = self.change(self.move("2"), day=D(2027, 1, 1))
        assert (stream.rest, stream.rest_end) == (Decimal(0), None)
        assert told(stream.next) == "2026-12-01: 2026-12-01 2026-12-31 150.00"
        assert steps(stream) == ["2027-01-01 ... 180.00 was 150.00"]

    def test_within_a_month_that_is_not_billed_yet(self):
        [stream] = self.change(self.move("2"), day=D(2026, 12, 17))
        # 30.00 x 15 / 31
        assert (stream.rest, stream.rest_end) == (Decimal("14.52"), D(2027, 1, 1))
        assert told(stream.next) == "2026-12-01: 2026-12-01 2026-12-31 164.52"

    def test_new_position_in_a_billed_month(self):
        [stream] = self.change(begin("backup", "1", "30.00"))
        assert stream.positions == {"seats", "backup"}
        assert stream.rest == Decimal("9.00")
        assert steps(stream) == ["2026-12-01 ... 180.00 was 150.00"]

    def test_new_whole_period_beside_a_billed_one(self):
        [stream] = self.change(
            begin("backup", "1", "30.00"), day=D(2026, 12, 1), until=D(2026, 12, 1)
        )
        assert (stream.rest, stream.rest_end) == (Decimal("30.00"), D(2027, 1, 1))
        assert steps(stream) == ["2027-01-01 ... 180.00 was 150.00"]

    def test_year_billed_ahead(self):
        [stream] = self.change(
            self.move("-10"), day=D(2026, 12, 1), unit="year", until=D(2026, 1, 1)
        )
        # 1,800.00 less 1,800.00 x 31 / 365
        assert stream.rest == Decimal("-152.88")
        assert stream.rest_end == D(2027, 1, 1)
        assert steps(stream) == ["2027-01-01 ... 0.00 was 1800.00"]

    def test_pitfall_053_monthly_becomes_annual(self):
        annual = begin(
            "annual",
            "10",
            "150.00",
            price_months=12,
            overrides=(("anchor", D(2026, 11, 22)), ("every", 12)),
        )
        monthly, year = self.change(Change("end", "seats"), annual)
        # -150.00 x 9 / 30: nothing is billed twice
        assert (monthly.rest, monthly.rest_end) == (Decimal("-45.00"), D(2026, 12, 1))
        assert steps(monthly) == ["2026-12-01 ... 0 was 150.00"]
        assert monthly.next is None
        assert year.is_new
        assert told(year.first) == "2026-11-22: 2026-11-22 2027-11-21 1500.00"
        assert steps(year) == ["2027-11-22 ... 1500.00"]

    def test_temporary_change(self):
        before = history(begin(), start=D(2026, 1, 1))
        terms = Change("terms", policy=Policy(anchor=D(2026, 1, 1)))
        after = fold(
            [
                Version(1, D(2026, 1, 1), (terms, begin())),
                Version(2, D(2027, 1, 1), (self.move("2"),), D(2027, 3, 1)),
            ]
        )
        [stream] = look(after, before, billed(before, D(2026, 11, 1)))
        assert steps(stream) == ["2027-01-01 2027-03-01 180.00 was 150.00"]

    def test_no_change_is_no_stream(self):
        assert self.change(self.move("0")) == []

    def test_what_differed_before_is_not_of_the_change(self):
        before = history(begin(), start=D(2026, 1, 1))
        after = history(begin(), start=D(2026, 1, 1), more=[(TODAY, self.move("2"))])
        claims = billed(before, D(2026, 11, 1))
        # November was billed 20.00 too low.
        claims[-1] = Claim(
            "seats", D(2026, 11, 1), D(2026, 12, 1), Decimal("130.00"), 1
        )
        [stream] = look(after, before, claims)
        assert stream.rest == Decimal("9.00")
