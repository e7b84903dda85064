"""Charges cut where a rate of tax changes; corrections follow what they correct."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing import Claim, settle
from billing.case import parse_case
from billing.regimes import split_by_regime
from billing_cases import case, claims_of, dated, line, version
from billing_due import due
from billing_strategies import cases, days, property_settings
from hypothesis import given
from hypothesis import strategies as st

JULY = date(2020, 7, 1)
OLD, NEW = "19 %", "16 %"


def on(day):
    return NEW if day >= JULY else OLD


def split(charge, history, under=(), changes=(JULY,), regime_on=on, digits=2):
    found = split_by_regime(
        charge, lambda: history, dict(under), regime_on, changes, digits
    )
    return [(regime, str(c.start), str(c.end), c.amount) for regime, c in found]


def half_month(*versions, until="2020-06-15", claimed=()):
    """Return (history, charges) of a contract billed from the 15th to the 15th."""
    data = case(*versions, until=until, anchor="2020-06-15", claimed=claimed)
    found = parse_case(data)
    return found.history, settle(found.history, found.claims, found.until, 2)


FROM_JUNE = version("2020-06-15", line("10", "3.01"), anchor="2020-06-15")


def test_new_charge_is_cut_by_days():
    history, [charge] = half_month(FROM_JUNE)
    # 30.10 x 16/30 = 16.05(3), x 14/30 = 14.04(6)
    assert split(charge, history) == [
        (OLD, "2020-06-15", "2020-07-01", Decimal("16.05")),
        (NEW, "2020-07-01", "2020-07-15", Decimal("14.05")),
    ]
    pieces = split_by_regime(charge, lambda: history, {}, on, [JULY], 2)
    assert [piece.days for _regime, piece in pieces] == [(16, 30), (14, 30)]
    assert sum(piece.factor for _regime, piece in pieces) == 1
    assert [piece.basis[0].end for _regime, piece in pieces] == [
        JULY,
        date(2020, 7, 15),
    ]


def test_charge_that_does_not_cross_the_day_stays_whole():
    history, [charge] = half_month(FROM_JUNE)
    assert split(charge, history, changes=[]) == [
        (OLD, "2020-06-15", "2020-07-15", charge.amount)
    ]
    again = split_by_regime(charge, lambda: history, {}, lambda day: OLD, [JULY], 2)
    assert again == [(OLD, charge)]


def _corrected(*versions, regimes=(OLD, NEW)):
    """Return (history, correction) of a month billed in two parts."""
    first = Claim("seats", date(2020, 6, 15), JULY, Decimal("16.05"), 1, key=1)
    second = Claim("seats", JULY, date(2020, 7, 15), Decimal("14.05"), 1, key=2)
    history, _charges = half_month(FROM_JUNE, *versions)
    [charge] = settle(history, [first, second], date(2020, 6, 15), 2)
    return history, charge, dict(zip((1, 2), regimes, strict=True))


def test_correction_on_days_of_one_regime_only():
    twice = version("2020-07-05", line("20", "3.01"), anchor="2020-06-15")
    history, charge, under = _corrected(twice)
    # 3.01 x 10 more for 10 of 30 days
    assert split(charge, history, under) == [
        (NEW, "2020-07-01", "2020-07-15", Decimal("10.03"))
    ]


def test_correction_across_the_day_is_split_by_the_differences():
    twice = version("2020-06-29", line("20", "3.01"), anchor="2020-06-15")
    history, charge, under = _corrected(twice)
    parts = split(charge, history, under)
    # 3.01 x 10 more for 2 and for 14 of 30 days
    assert parts == [
        (OLD, "2020-06-15", "2020-07-01", Decimal("2.01")),
        (NEW, "2020-07-01", "2020-07-15", Decimal("14.04")),
    ]
    assert sum(part[3] for part in parts) == charge.amount


def test_correction_keeps_the_taxes_of_what_it_corrects_whatever_holds_now():
    twice = version("2020-06-29", line("20", "3.01"), anchor="2020-06-15")
    history, charge, under = _corrected(twice, regimes=(OLD, OLD))
    assert split(charge, history, under) == [
        (OLD, "2020-06-15", "2020-07-15", charge.amount)
    ]


def test_days_that_were_not_claimed_bear_what_holds_on_them():
    history, _charges = half_month(FROM_JUNE)
    claim = Claim("seats", date(2020, 6, 15), JULY, Decimal("16.05"), 1, key=1)
    [charge] = settle(history, [claim], date(2020, 6, 15), 2)
    assert split(charge, history, {1: OLD}) == [
        (NEW, "2020-07-01", "2020-07-15", Decimal("14.05"))
    ]


def test_claim_without_known_taxes_is_under_what_holds_on_its_days():
    claim = Claim("seats", date(2020, 6, 15), date(2020, 7, 15), Decimal("30.10"))
    [charge] = settle(None, [claim], date(2020, 6, 15), 2)
    assert split(charge, None) == [
        (OLD, "2020-06-15", "2020-07-01", Decimal("-16.05")),
        (NEW, "2020-07-01", "2020-07-15", Decimal("-14.05")),
    ]


def test_regime_without_a_difference_gets_no_cent_of_rounding():
    none = version("2020-07-05", line("0", "3.01"), anchor="2020-06-15")
    history, charge, under = _corrected(none)
    # Both sides are a third of a cent away from what was claimed.
    assert split(charge, history, under) == [
        (NEW, "2020-07-01", "2020-07-15", Decimal("-10.03"))
    ]


def test_capped_credit_is_spread_over_what_gets_credits():
    none = version("2020-06-15", line("0", "3.01"), anchor="2020-06-15")
    history, charge, under = _corrected(none)
    capped = replace(charge, amount=Decimal("-10.00"))
    assert split(capped, history, under) == [
        (OLD, "2020-06-15", "2020-07-01", Decimal("-5.33")),
        (NEW, "2020-07-01", "2020-07-15", Decimal("-4.67")),
    ]


def test_history_is_asked_for_only_where_regimes_differ():
    _history, [charge] = half_month(FROM_JUNE)

    def load():
        raise AssertionError("not needed")

    split_by_regime(charge, load, {}, on, [JULY], 2)


@property_settings(80)
@given(cases(claimed=False), st.lists(days(), min_size=1, max_size=3), days())
def test_parts_add_up_and_settle_each_regime(data, changes, until):
    """Split what is due, change the history, split again: nothing is left."""
    data["until"] = str(until)
    found = parse_case(data)
    digits = found.digits
    changes = sorted(set(changes))

    def regime_on(day):
        return sum(change <= day for change in changes)

    first = min(data["versions"], key=lambda item: item["start"])
    shorter = parse_case({**data, "versions": [first]}).history
    claims, under = [], {}
    for history in (shorter, found.history):
        for charge in due(history, claims, until, digits):
            parts = split_by_regime(
                charge, lambda h=history: h, under, regime_on, changes, digits
            )
            assert sum(part.amount for _regime, part in parts) == charge.amount
            assert all(
                charge.start <= part.start < part.end <= charge.end
                for _regime, part in parts
            )
            for regime, part in parts:
                [claim] = claims_of([part])
                key = len(under)
                under[key] = regime
                claims.append(
                    Claim(
                        claim.position,
                        claim.start,
                        claim.end,
                        claim.amount,
                        settlement=key,
                        basis=claim.basis,
                        key=key,
                    )
                )
        assert settle(history, claims, until, digits) == []


@property_settings(60)
@given(st.integers(1, 10**6), days(), st.lists(days(), max_size=4))
def test_parts_of_a_new_charge_are_days_shares(units, start, changes):
    data = case(version(str(start), line("1", f"{units}E-2")), until=str(start))
    data["policy"]["anchor"] = str(start)
    history = parse_case(data).history
    [charge] = settle(history, [], start, 2)

    def regime_on(day):
        return sum(change <= day for change in changes)

    parts = split_by_regime(charge, lambda: history, {}, regime_on, changes, 2)
    whole = (charge.end - charge.start).days
    for _regime, part in parts:
        exact = Fraction(charge.amount) * (part.end - part.start).days / whole
        assert abs(Fraction(part.amount) - exact) < Fraction(1, 100)
    assert [part.start for _regime, part in parts[1:]] == [
        part.end for _regime, part in parts[:-1]
    ]


USAGE = (
    ("2020-06-20", "10"),
    ("2020-06-30", "-1"),
    ("2020-07-01", "4"),
)


def usage(*entries, until="2020-07-15", claimed=()):
    return half_month(
        version(
            "2020-06-15",
            dated(*entries, markup="10"),
            anchor="2020-06-15",
            timing="arrears",
        ),
        until=until,
        claimed=claimed,
    )


def test_dated_amounts_bear_the_rate_of_their_own_days():
    history, [charge] = usage(*USAGE)
    pieces = split_by_regime(charge, lambda: history, {}, on, [JULY], 2)
    assert [(regime, c.amount, c.quantity) for regime, c in pieces] == [
        (OLD, Decimal("9.90"), 1),
        (NEW, Decimal("4.40"), 1),
    ]
    assert [c.days for _regime, c in pieces] == [(16, 16), (14, 14)]
    assert [c.factor for _regime, c in pieces] == [1, 1]


def test_dated_amounts_on_one_side_are_one_charge():
    history, [charge] = usage(*USAGE[:2])
    assert split(charge, history) == [
        (OLD, "2020-06-15", "2020-07-01", Decimal("9.90")),
    ]


def test_dated_amounts_of_zero_are_put_out_once():
    history, [charge] = usage(("2020-06-20", "0"), ("2020-07-03", "0"))
    assert split(charge, history) == [(OLD, "2020-06-15", "2020-07-01", Decimal(0))]


def test_correction_of_dated_amounts_bears_the_rate_of_their_days():
    late = ("2020-07-02", "5")
    claimed = [
        {
            "position": "seats",
            "start": start,
            "end": end,
            "amount": amount,
        }
        for start, end, amount in (
            ("2020-06-15", "2020-07-01", "9.90"),
            ("2020-07-01", "2020-07-15", "4.40"),
        )
    ]
    history, [charge] = usage(*USAGE, late, claimed=claimed)
    assert charge.amount == Decimal("5.50")
    claims = [replace(claim, key=claim.start) for claim in charge.claims]
    charge = replace(charge, claims=tuple(claims))
    under = {claim.key: on(claim.start) for claim in claims}
    assert [
        (regime, amount) for regime, _s, _e, amount in split(charge, history, under)
    ] == [(NEW, Decimal("5.50"))]
