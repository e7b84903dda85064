"""Which rows of a file are rows of an earlier one, whatever happened to the file."""

from decimal import Decimal
from random import Random

import formats
from formats import Line, content_hash, line_key, match
from hypothesis import given, settings
from hypothesis import strategies as st
from nce_files import nce_file, seats

QUIET = settings(database=None, deadline=None)

#: Few keys and few values, so that lines of one key are many and alike.
SAID = st.tuples(
    st.sampled_from("abc"),  # key
    st.integers(1, 3),  # quantity
    st.integers(1, 3),  # amount
    st.sampled_from(["", "meter 1", "meter 2"]),
)
FILES = st.lists(SAID, max_size=12)


def lines(said, start=0, is_strong=True):
    return [
        Line(
            start + number,
            key,
            content=f"{quantity} {amount} {text}",
            exact=(quantity, amount),
            description=text,
            days=("2026-03-05", "2026-04-05"),
            quantity=quantity,
            amount=amount,
            is_strong=is_strong,
        )
        for number, (key, quantity, amount, text) in enumerate(said)
    ]


def counted(old, new):
    """Return the counts of same, changed, gone and new, checked to be complete."""
    found = match(old, new)
    ours = [line.id for _old, line in [*found.same, *found.changed]]
    assert sorted([*ours, *(line.id for line in found.new)]) == sorted(
        line.id for line in new
    )
    theirs = [line.id for line, _new in [*found.same, *found.changed]]
    assert sorted([*theirs, *(line.id for line in found.gone)]) == sorted(
        line.id for line in old
    )
    return found


@QUIET
@given(FILES, FILES, st.booleans())
def test_money_is_conserved_and_no_line_meets_another_key(first, second, is_strong):
    old, new = lines(first, 0, is_strong), lines(second, 100, is_strong)
    found = counted(old, new)
    for one, other in [*found.same, *found.changed]:
        assert one.key == other.key
        assert not (
            one.description
            and other.description
            and one.description != other.description
        )
    total = sum(line.amount for line in old)
    total += sum(b.amount - a.amount for a, b in found.changed)
    total += sum(line.amount for line in found.new)
    total -= sum(line.amount for line in found.gone)
    assert total == sum(line.amount for line in new)


@QUIET
@given(FILES, st.randoms(use_true_random=False))
def test_order_does_not_matter(said, random):
    shuffled = list(said)
    random.shuffle(shuffled)
    found = counted(lines(said), lines(shuffled, 100))
    assert len(found.same) == len(said)
    assert not (found.changed or found.gone or found.new)


@QUIET
@given(FILES, st.integers(0, 11))
def test_a_line_that_comes_twice_is_one_more(said, index):
    if not said:
        return
    again = [*said, said[index % len(said)]]
    found = counted(lines(said), lines(again, 100))
    assert (len(found.same), len(found.new)) == (len(said), 1)
    assert not (found.changed or found.gone)


@QUIET
@given(FILES, st.integers(0, 11))
def test_a_line_that_is_missing_is_gone(said, index):
    if not said:
        return
    rest = list(said)
    lost = rest.pop(index % len(said))
    found = counted(lines(said), lines(rest, 100))
    assert len(found.same) == len(rest)
    assert [(line.key, line.quantity, line.amount) for line in found.gone] == [lost[:3]]


@QUIET
@given(FILES, st.integers(0, 11), st.integers(7, 9), st.booleans())
def test_a_corrected_amount_is_a_correction(said, index, amount, is_strong):
    if not said:
        return
    index %= len(said)
    corrected = list(said)
    key, quantity, _amount, text = corrected[index]
    corrected[index] = (key, quantity, amount, text)
    found = counted(lines(said, 0, is_strong), lines(corrected, 100, is_strong))
    assert len(found.same) == len(said) - 1
    ((old, new),) = found.changed
    assert (old.quantity, new.amount) == (quantity, amount)


def test_without_invoice_number_another_quantity_at_another_price_is_one_more():
    old = lines([("a", 3, 3, "")], 0, is_strong=False)
    new = lines([("a", 2, 2, "")], 100, is_strong=False)
    found = match(old, new)
    assert (len(found.gone), len(found.new), found.changed) == (1, 1, [])


def test_what_a_variant_lacks_is_no_correction():
    old = Line(1, "a", "x", exact=(1,), loose=(Decimal("9.5"), "31"))
    new = Line(2, "a", "y", exact=(1,), loose=(0, None))
    assert match([old], [new]).same == [(old, new)]
    other = Line(3, "a", "z", exact=(1,), loose=(Decimal("9.6"), "31"), is_strong=True)
    assert not match([old], [other]).same


# Keys and contents of real rows


def read(*rows):
    return list(formats.open_file(nce_file(rows), name="f.csv"))


def as_lines(charges, start=0):
    return [
        Line(
            start + charge.row,
            line_key(charge.row_key),
            content_hash(charge),
            exact=(charge.billed_cost, charge.pricing_quantity),
            description=charge.charge_description or "",
            days=(charge.charge_period_start, charge.charge_period_end),
            quantity=charge.pricing_quantity,
            amount=charge.billed_cost,
            is_strong=True,
        )
        for charge in charges
    ]


def test_halves_of_a_change_are_two_lines():
    pair = [
        seats(ChargeType="addQuantity", Subtotal="-81.24", EffectiveUnitPrice="-6.77"),
        seats(ChargeType="addQuantity", Subtotal="101.55", EffectiveUnitPrice="6.77"),
    ]
    old, new = read(*pair)
    assert line_key(old.row_key) != line_key(new.row_key)
    pair[1]["Subtotal"] = "108.32"
    found = match(as_lines([old, new]), as_lines(read(*pair), 100))
    assert [(a.amount, b.amount) for a, b in found.same] == [
        (Decimal("-81.24"), Decimal("-81.24"))
    ]
    assert [(a.amount, b.amount) for a, b in found.changed] == [
        (Decimal("101.55"), Decimal("108.32"))
    ]


def test_how_a_number_is_written_is_no_content():
    (one,) = read(seats(Subtotal="120.00", UnitPrice="10"))
    (other,) = read(seats(Subtotal="120", UnitPrice="10.000"))
    assert content_hash(one) == content_hash(other)
    (third,) = read(seats(Subtotal="120.01", UnitPrice="10"))
    assert content_hash(one) != content_hash(third)
    assert one.row_key == third.row_key


@QUIET
@given(st.lists(st.integers(1, 4), min_size=1, max_size=8), st.integers(0, 2**16))
def test_a_file_saved_in_another_order_is_the_same_file(quantities, seed):
    rows = [
        seats(BillableQuantity=str(quantity), SkuId=f"000{quantity % 2}")
        for quantity in quantities
    ]
    mixed = list(rows)
    Random(seed).shuffle(mixed)
    found = match(as_lines(read(*rows)), as_lines(read(*mixed), 100))
    assert len(found.same) == len(rows)
