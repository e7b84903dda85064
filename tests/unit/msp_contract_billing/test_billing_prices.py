"""Prices of whole periods: models, what stands beside them, and what is printed."""

import json
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from billing import Pricing, Tier
from billing.__main__ import quote
from billing.case import parse_case
from billing.entitlement import slices_by_position
from billing.errors import CaseError
from billing.pricing import price_of, steps_of
from billing.pricing_data import from_data, to_data
from billing_cases import case, due, line, version
from billing_edits import plain_pricings
from billing_reference_prices import content_of
from billing_reference_prices import price_of as reference_price_of
from billing_strategies import (
    cases,
    discounts,
    numbers,
    pricings,
    property_settings,
    quantities,
)
from hypothesis import given
from hypothesis import strategies as st

TIERS = (
    Tier(Decimal(10), Decimal(10), Decimal(2)),
    Tier(Decimal(20), Decimal(8)),
    Tier(None, Decimal(5), Decimal(1)),
)


def price(quantity, unit_price="0", discount="0", **values):
    found = price_of(
        Decimal(quantity), Decimal(unit_price), Decimal(discount), Pricing(**values)
    )
    return str(found)


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        # The first tier's flat amount is due for nothing at all.
        ("0", "2", "2"),
        ("10", "102", "102"),
        ("10.5", "106", "84"),
        ("20", "182", "160"),
        ("21", "188", "106"),
        ("-5", "-48", "-48"),
    ],
)
def test_tiers(quantity, graduated, volume):
    assert price(quantity, model="graduated", tiers=TIERS) == graduated
    assert price(quantity, model="volume", tiers=TIERS) == volume


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [("0", "0"), ("5", "0"), ("5.01", "40"), ("15", "40"), ("15.1", "80"), ("-3", "0")],
)
def test_packages_begun_above_the_free_units(quantity, expected):
    values = {"model": "package", "size": Decimal(10), "free": Decimal(5)}
    assert price(quantity, "40", **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"included": Decimal(4)}, "60"),
        ({"included": Decimal(11)}, "0"),
        ({"discount_amount": Decimal(30)}, "70"),
        ({"discount_amount": Decimal(130)}, "0"),
        ({"minimum": Decimal(120)}, "120"),
        ({"maximum": Decimal(80)}, "80"),
        ({"minimum": Decimal(0)}, "100"),
        # First the units, then the discounts, then the limits.
        ({"included": Decimal(5), "discount_amount": Decimal(5)}, "45"),
        ({"discount_amount": Decimal(30), "minimum": Decimal(90)}, "90"),
        ({"minimum": Decimal(0), "maximum": Decimal(0)}, "0"),
    ],
)
def test_what_stands_beside_a_price(values, expected):
    assert price("10", "10", **values) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "-100"),
        # A discount makes a credit no larger.
        ({"discount_amount": Decimal(30)}, "-100"),
        ({"minimum": Decimal(0)}, "0"),
        ({"minimum": Decimal(-50)}, "-50"),
        ({"maximum": Decimal(-120)}, "-120"),
        ({"included": Decimal(4)}, "-60"),
    ],
)
def test_negative_prices(values, expected):
    assert price("10", "-10", **values) == expected


TIERS_OF_A_MONTH = [
    {"up_to": "10", "unit_price": "10.00", "flat": "2.00"},
    {"up_to": None, "unit_price": "8.00"},
]


@pytest.mark.parametrize(
    ("line_", "policy", "expected"),
    [
        # 12 seats cost 2.00 + 10 x 10.00 + 2 x 8.00 = 118.00 a month.
        (
            {"pricing": {"model": "graduated", "tiers": TIERS_OF_A_MONTH}},
            {"unit": "quarter"},
            ["2026-01-01 2026-04-01 354.00"],
        ),
        (
            {"pricing": {"model": "flat", "amount": "10.00"}, "minimum": "40.00"},
            {"unit": "quarter"},
            ["2026-01-01 2026-04-01 120.00"],
        ),
        (
            {"unit_price": "10.00", "maximum": "90.00"},
            {"unit": "year", "end": "2026-07-02"},
            # 1080.00 x 182/365
            ["2026-01-01 2026-07-02 538.52"],
        ),
        (
            {"unit_price": "10.00", "included": "2", "discount_amount": "5.00"},
            {"every": 2},
            ["2026-01-01 2026-03-01 190.00"],
        ),
        (
            {"pricing": {"model": "package", "size": "10", "price": "40.00"}},
            {"every": 2, "decrease": "never"},
            ["2026-01-01 2026-03-01 160.00"],
        ),
        (
            {"pricing": {"model": "volume", "tiers": TIERS_OF_A_MONTH}},
            {"day_count": "year_share"},
            # 1152.00 x 31/365
            ["2026-01-01 2026-02-01 97.84"],
        ),
    ],
    ids=range(6),
)
def test_price_per_month_of_a_longer_period(line_, policy, expected):
    """All its amounts are multiplied, not just the unit price."""
    item = {"position": "seats", "quantity": "12", "price_months": 1, **line_}
    data = case(version("2026-01-01", item), until="2026-01-01", **policy)
    assert due(data) == expected


def test_tiers_per_month_are_compared_per_period():
    """A dearer quarter is no credit that has to wait."""
    before = {"position": "seats", "quantity": "12", "price_months": 1}
    before["pricing"] = {"model": "graduated", "tiers": TIERS_OF_A_MONTH}
    after = {"position": "seats", "quantity": "12", "unit_price": "29.00"}
    data = case(
        version("2026-01-01", before),
        version("2026-02-01", after),
        until="2026-01-01",
        unit="quarter",
        decrease="never",
    )
    # 348.00 a quarter are less than 354.00.
    assert due(data) == ["2026-01-01 2026-04-01 354.00"]


def test_percentage_of_a_negative_price():
    assert price("10", "-10", "25") == "-75"


@property_settings(300)
@given(pricings(), quantities() | numbers(-9, 0, 1), discounts())
def test_price_is_that_of_the_reference(values, quantity, discount):
    values |= {"quantity": quantity, "discount": discount}
    content = content_of(values)
    if content.is_dated:
        return
    scheme = {**values["pricing"], **values}
    found = from_data({name: scheme[name] for name in scheme if name in _SCHEME})
    unit_price = Decimal(
        scheme.get("amount") or scheme.get("price") or scheme.get("unit_price") or 0
    )
    steps = steps_of(Decimal(quantity), unit_price, Decimal(discount), found)
    assert sum(step.amount for step in steps) == (
        reference_price_of(content, content.price).amount
    )


_SCHEME = {
    "model",
    "tiers",
    "size",
    "free",
    "included",
    "minimum",
    "maximum",
    "discount_amount",
}


@property_settings(100)
@given(plain_pricings(dated=True), st.sampled_from(["0", "5", "-12.5"]))
def test_pricing_survives_being_stored(found, markup):
    _price, pricing = found
    if pricing.model == "amounts":
        pricing = Pricing(model="amounts", markup=Decimal(markup))
    data = to_data(pricing)
    assert from_data(json.loads(json.dumps(data))) == pricing
    assert to_data(from_data(data)) == data


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"model": "tiers"}, "model"),
        ({"model": "graduated"}, "tiers"),
        ({"model": "graduated", "tiers": []}, "tiers"),
        ({"model": "volume", "tiers": {}}, "tiers"),
        ({"model": "volume", "tiers": ["10"]}, "tiers[0]"),
        ({"model": "volume", "tiers": [{"unit_price": "1"}]}, "tiers[0].up_to"),
        ({"model": "volume", "tiers": [{"up_to": "5"}]}, "tiers[0].up_to"),
        (
            {"model": "volume", "tiers": [{"up_to": None}, {"up_to": None}]},
            "tiers[0].up_to",
        ),
        (
            {
                "model": "volume",
                "tiers": [{"up_to": "5"}, {"up_to": "4"}, {"up_to": 9}],
            },
            "tiers[1].up_to",
        ),
        (
            {"model": "graduated", "tiers": [{"up_to": "0"}, {"up_to": None}]},
            "tiers[0].up_to",
        ),
        ({"model": "package", "size": "0"}, "size"),
        ({"model": "package", "size": "-1"}, "size"),
        ({"free": "-1"}, "free"),
        ({"included": "-1"}, "included"),
        ({"discount_amount": "-1"}, "discount_amount"),
        ({"minimum": "x"}, "minimum"),
        ({"minimum": "2", "maximum": "1"}, "maximum"),
        ({"markup": "-101"}, "markup"),
        ({"included": "1e30"}, "included"),
    ],
    ids=str,
)
def test_malformed_pricing_names_the_field(data, field):
    with pytest.raises(CaseError) as caught:
        from_data(data)
    assert caught.value.field == f"pricing.{field}"
    assert str(caught.value).count("\n") == 0


# Exact, however long the numbers are


LONG = "9" * 29 + "." + "9" * 29


@pytest.mark.parametrize("precision", [9, 28])
def test_long_numbers_lose_nothing(precision):
    values = {
        "quantity": LONG,
        "unit_price": LONG,
        "price_months": 1,
        "included": "0." + "0" * 28 + "1",
    }
    data = case(
        version("2026-01-01", {"position": "seats", **values}),
        until="2026-01-01",
        unit="quarter",
        digits=6,
    )
    with localcontext() as context:
        context.prec = precision
        [charge] = quote(json.dumps(data))["charges"]
    exact = Fraction(LONG) - Fraction(values["included"])
    exact *= 3 * Fraction(LONG)
    assert abs(Fraction(charge["amount"]) - exact) <= Fraction(1, 2 * 10**6)


def test_tiers_of_long_numbers_lose_nothing():
    tiers = (Tier(Decimal(1), Decimal(0)), Tier(None, Decimal(1)))
    found = price(LONG, model="graduated", tiers=tiers)
    assert Fraction(found) == Fraction(LONG) - 1


# What is printed


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"unit_price": "5", "included": "2"}, ("8", "5")),
        ({"unit_price": "5", "discount_amount": "5"}, ("10", "4.500000")),
        ({"pricing": {"model": "flat", "amount": "49"}}, ("1", "49")),
        ({"pricing": {"model": "package", "size": "4", "price": "9"}}, ("3", "9")),
        (
            {"pricing": {"model": "volume", "tiers": [{"up_to": None, "flat": "5"}]}},
            ("10", "0.500000"),
        ),
        ({"unit_price": "3", "minimum": "30"}, ("10", "3")),
        ({"unit_price": "3", "minimum": "40"}, ("10", "4.000000")),
        ({"unit_price": "3", "quantity": "0", "minimum": "40"}, ("1", "40.000000")),
    ],
    ids=str,
)
def test_quantity_and_price_that_are_printed(values, shown):
    data = case(
        version("2026-01-01", {"position": "seats", "quantity": "10", **values}),
        until="2026-01-01",
    )
    [charge] = quote(json.dumps(data))["charges"]
    assert (charge["quantity"], charge["unit_price"]) == shown


@property_settings(100)
@given(cases(claimed=False))
def test_each_slice_multiplies_to_its_amount(case_):
    """Reconciliation counts on it: quantity x price x (1 - discount) x factor.

    Rounded on purpose are an average price (half a unit of its 6th digit), an
    instalment (one unit of the currency) and a price of one unit that is rounded
    first (one unit, for each of them).
    """
    case_.pop("catch_up", None)
    history, _claims, until, digits, *_rest = parse_case(case_)
    for pieces in slices_by_position(history, until, digits).values():
        for piece in pieces:
            shown = (piece.quantity, piece.unit_price, piece.discount)
            for quantity, unit_price, discount in (shown, piece.shown):
                if not quantity and piece.pricing:
                    # Flat or raised to a minimum, without a unit to bear it.
                    continue
                product = Fraction(quantity) * Fraction(unit_price) * piece.factor
                product *= 1 - Fraction(discount) / 100
                near = abs(Fraction(quantity)) * Fraction(1, 2 * 10**6)
                if piece.pricing and piece.pricing.model == "amounts":
                    near += abs(Fraction(unit_price)) * Fraction(1, 10**6)
                if piece.instalment:
                    near += Fraction(1, 10**digits)
                elif piece.period.policy.unit_rounding != "none":
                    near += (abs(Fraction(quantity)) + 1) * Fraction(1, 10**digits)
                assert abs(product - piece.amount) <= near, piece


def test_steps_of_a_slice_add_up_to_its_whole_price():
    lines = [
        line(quantity) | {"minimum": "40", "discount_amount": "1", "included": "1"}
        for quantity in ("1", "2")
    ]
    data = case(version("2026-01-01", lines[0]), version("2026-01-16", lines[1]))
    history, _claims, until, digits, *_rest = parse_case(data)
    [pieces] = slices_by_position(history, until, digits).values()
    for piece in pieces:
        whole = sum(step.amount for step in piece.steps)
        assert whole * piece.factor == piece.amount
    # 11.50 x 16/31 are 5.94; what is missing is borne by the days.
    assert [str(item["amount"]) for item in quote(json.dumps(data))["charges"]] == [
        "16.48",
        "23.52",
        "40.00",
        "40.00",
    ]
