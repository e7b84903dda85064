"""Why a charge is due, as data and as a story that a person can read."""

import json
from datetime import date

import pytest
from billing import fold, settle
from billing.__main__ import explain, quote
from billing.explanation import explanation
from billing.story import story
from billing_cases import case, claim, line, version
from billing_edits import edits
from billing_strategies import cases, property_settings
from hypothesis import given

BEGUN = version("2026-01-01", line())
JANUARY = claim("2026-01-01", "2026-02-01", "125.00")


def explained(data):
    return explain(json.dumps(data))


def told(data, index=-1):
    """Return the story of one charge, line by line."""
    return story(explained(data)[index]).split("\n  ")


def priced(**values):
    return {"position": "seats", **values}


def test_part_of_a_period():
    versions = [BEGUN, {**version("2026-01-15", line("12")), "reason": "Order 7"}]
    data = case(*versions, until="2026-01-01")
    first, second = explained(data)
    assert first["rule"] == {
        "timing": "advance",
        "day_count": "actual",
        "days": [14, 31],
        "factor": "0.451612903226",
        "period": ["2026-01-01", "2026-02-01"],
    }
    assert first["price"] == [
        {"kind": "unit", "quantity": "10", "unit_price": "12.5", "amount": "125.00"}
    ]
    assert (first["whole_price"], first["amount"]) == ("125.00", "56.45")
    assert second["versions"] == [
        {
            "number": 2,
            "start": "2026-01-15",
            "reason": "Order 7",
            "changes": ["the quantity 10 -> 12"],
        }
    ]
    assert told(data) == [
        "seats, 15 January 2026 to 31 January 2026: 82.26",
        "A whole period costs 150.00: 12 x 12.5 = 150.00.",
        (
            "17 of 31 days of the period (1 January 2026 to 31 January 2026) are charged, "
            "by the actual days of the period."
        ),
        "It is billed in advance, and nothing was billed for it yet.",
        "Version 2 from 15 January 2026 (Order 7): the quantity 10 -> 12.",
    ]


@pytest.mark.parametrize(
    ("policy", "start", "expected"),
    [
        (
            {"day_count": "30/360"},
            "2026-01-16",
            (
                "15 of 30 days of the period (1 January 2026 to 31 January 2026) are "
                "charged, by 30 days per month (30E/360)."
            ),
        ),
        (
            {"day_count": "actual/30"},
            "2026-01-02",
            (
                "30 of 30 days of the period (1 January 2026 to 31 January 2026) are "
                "charged, by actual days over 30 per month."
            ),
        ),
        (
            {"day_count": "year_share"},
            "2026-01-01",
            (
                "31 of 365 days of the year are charged, by the days of the year that the "
                "price pays for."
            ),
        ),
        (
            {"day_count": "none"},
            "2026-01-16",
            "The period (1 January 2026 to 31 January 2026) is charged whole.",
        ),
        (
            {},
            "2026-01-01",
            "All 31 days of the period (1 January 2026 to 31 January 2026) are charged.",
        ),
    ],
    ids=str,
)
def test_days_are_told_as_they_are_counted(policy, start, expected):
    assert (
        told(case(version(start, line()), until="2026-01-31", **policy))[2] == expected
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"pricing": {"model": "flat", "amount": "49.00"}, "quantity": "3"},
            "A whole period costs 49.00: flat 49 = 49.00.",
        ),
        (
            {
                "quantity": "12",
                "pricing": {
                    "model": "graduated",
                    "tiers": [
                        {"up_to": "10", "unit_price": "10", "flat": "2"},
                        {"up_to": None, "unit_price": "8"},
                    ],
                },
            },
            (
                "A whole period costs 118.00: 10 x 10 in this tier = 100.00, 2 for entering "
                "the tier = 2.00, 2 x 8 in this tier = 16.00."
            ),
        ),
        (
            {
                "quantity": "27",
                "pricing": {
                    "model": "package",
                    "size": "10",
                    "price": "4",
                    "free": "5",
                },
            },
            "A whole period costs 12.00: 3 packages x 4 = 12.00.",
        ),
        (
            {"quantity": "130", "unit_price": "0.2", "included": "100", "minimum": "9"},
            (
                "A whole period costs 9.00: 100 included, 30 x 0.2 = 6.00, raised to the "
                "minimum of 9 = 3.00."
            ),
        ),
        (
            {"quantity": "3", "unit_price": "10", "discount": "10", "maximum": "20"},
            (
                "A whole period costs 20.00: 3 x 10 = 30.00, less 10 % = -3.00, cut to the "
                "maximum of 20 = -7.00."
            ),
        ),
        (
            {"quantity": "3", "unit_price": "10", "discount_amount": "5"},
            "A whole period costs 25.00: 3 x 10 = 30.00, less a discount = -5.00.",
        ),
    ],
    ids=str,
)
def test_steps_of_a_price(values, expected):
    data = case(version("2026-01-01", priced(**values)), until="2026-01-01")
    assert told(data)[1] == expected


def test_minimum_that_slices_share_is_told_for_each():
    data = case(
        version("2026-01-01", priced(quantity="1", unit_price="10", minimum="40")),
        version("2026-01-16", priced(quantity="2", unit_price="10", minimum="40")),
        until="2026-01-01",
    )
    # (10 x 15 + 20 x 16) / 31 are 15.16; to 40.00 are missing 24.84 for all days.
    first, second = explained(data)
    assert [step["kind"] for step in first["price"]] == ["unit", "minimum"]
    assert (first["whole_price"][:6], second["whole_price"][:6]) == ("34.838", "44.838")
    amounts = [item["amount"] for item in quote(json.dumps(data))["charges"]]
    assert amounts == ["16.86", "23.14"]


def test_instalment():
    year = {"unit": "year", "instalments": 12}
    data = case(version("2026-01-01", line("1", "100.00")), until="2026-02-01", **year)
    assert explained(data)[1]["rule"]["instalment"] == [2, 12]
    assert told(data)[1:4] == [
        "All instalments together cost 100.00: 1 x 100 = 100.00.",
        "All 28 days of the period (1 February 2026 to 28 February 2026) are charged.",
        "It is instalment 2 of 12 of the price.",
    ]


def test_unit_that_is_rounded_first():
    data = case(
        version("2026-01-22", line("7", "10.00")),
        until="2026-01-31",
        unit_rounding="down",
    )
    assert told(data)[3] == "The price of one unit is cut before it is multiplied."


def amounts(*items, **pricing):
    entries = [
        {"start": start, "quantity": "1", "amount": amount, "key": key}
        for key, start, amount in items
    ]
    return priced(pricing={"model": "amounts", **pricing}, amounts=entries)


def test_dated_amounts():
    row, other = ("row-1", "2026-01-03", "20.00"), ("row-2", "2026-01-04", "5.00")
    for items, expected in (
        ((row, other), "The sum of 2 amounts for these days, changed by 10 %."),
        ((row,), "One amount for these days, changed by 10 %."),
        ((), "There are no amounts for these days."),
    ):
        data = case(
            version("2026-01-01", amounts(*items, markup="10")), until="2026-01-01"
        )
        [found] = explained(data)
        assert found["amounts"] == {"keys": [key for key, *_ in items], "markup": "10"}
        assert told(data)[1] == expected
        assert (
            told(data)[-1]
            == "Version 1 from 1 January 2026: begins to bill dated amounts."
        )


def test_reason_counts_amounts():
    row = ("row-1", "2026-01-03", "20.00")
    data = case(version("2026-01-01", amounts(row)), until="2026-01-01")
    [found] = explained(data)
    assert found["reason"] == "1 amount of 31 days"


@pytest.mark.parametrize(
    ("policy", "price", "expected"),
    [
        (
            {"decrease": "next_period"},
            "12.50",
            "8 are agreed; that counts from the next",
        ),
        (
            {"decrease": "end_of_term"},
            "12.50",
            "8 are agreed; that counts when the term",
        ),
        (
            {"decrease": "never"},
            "12.50",
            "8 are agreed; that counts from the next period",
        ),
        (
            {"day_count": "none"},
            "12.50",
            "8 are agreed; that counts from the next period",
        ),
    ],
    ids=str,
)
def test_fewer_units_that_count_later(policy, price, expected):
    data = case(BEGUN, version("2026-01-11", line("8", price)), until="2026-01-01")
    data["policy"] |= policy
    [found] = [text for text in told(data) if "agreed" in text]
    assert found.startswith(f"From 11 January 2026 on {expected}")


def test_lower_price_that_counts_later():
    data = case(
        BEGUN,
        version("2026-01-11", line("10", "10.00")),
        until="2026-01-01",
        decrease="never",
    )
    assert (
        "From 11 January 2026 on other terms are agreed; that counts from the next "
        "period on, as nothing is given back within one."
    ) in told(data)


def test_position_that_ended_and_is_charged_on():
    data = case(
        BEGUN, version("2026-01-11"), until="2026-01-01", decrease="next_period"
    )
    assert (
        "From 11 January 2026 on no units are agreed; that counts from the next period on."
        in told(data)
    )


def test_more_units_that_count_later():
    data = case(
        BEGUN,
        version("2026-01-11", line("12")),
        until="2026-01-01",
        increase="end_of_term",
    )
    assert (
        "From 11 January 2026 on 12 are agreed; that counts when the term is over."
        in told(data)
    )


def test_correction_with_what_it_rests_on():
    data = case(BEGUN, until="2026-01-01")
    data["claimed"] = quote(json.dumps(data))["charges"]
    data["versions"].append(version("2026-01-16", line("12")))
    [found] = explained(data)
    assert (found["entitled"], found["difference"]) == ("137.90", "12.90")
    assert told(data) == [
        "seats, 1 January 2026 to 31 January 2026: 12.90",
        "Already billed: 125.00 for 1 January 2026 to 31 January 2026.",
        "By what is agreed now these days cost 137.90.",
        "16 January 2026 to 31 January 2026: 10 x 12.5 -> 12 x 12.5.",
        "Version 1 from 1 January 2026: begins with 10 x 12.5.",
        "Version 2 from 16 January 2026: the quantity 10 -> 12.",
    ]


def test_correction_without_content():
    data = case(version("2026-01-01"), until="2026-01-01", claimed=[JANUARY])
    assert told(data) == [
        "seats, 1 January 2026 to 31 January 2026: -125.00",
        "Already billed: 125.00 for 1 January 2026 to 31 January 2026.",
        "From 1 January 2026 on nothing is agreed.",
        "By what is agreed now these days cost 0.00.",
    ]


def test_correction_of_a_contract_that_was_shortened():
    data = case(BEGUN, until="2026-01-01", end="2026-01-16", claimed=[JANUARY])
    assert "From 16 January 2026 on nothing is agreed." in told(data)


def test_credit_that_goodwill_has_left_open():
    gift = {**claim("2026-01-01", "2026-02-01", "-50.00"), "kind": "goodwill"}
    data = case(
        version("2026-01-01"),
        until="2026-01-01",
        credit_cap=True,
        claimed=[JANUARY, gift],
    )
    assert told(data)[0].endswith(": -75.00")
    assert "Of the difference of -125.00 goodwill has left -75.00 open." in told(data)


def test_names_beyond_ascii():
    data = case(version("2026-01-01", line(position="Sitzplätze für Zoë")))
    data["versions"][0]["reason"] = "Auftrag Nº 5 – „neu“"
    text = "\n".join(told(data))
    assert "Sitzplätze für Zoë" in text and "Auftrag Nº 5 – „neu“" in text


@property_settings(60)
@given(cases())
def test_every_charge_can_be_told(case):
    found = explained(case)
    assert json.loads(json.dumps(found)) == found
    for charge, data in zip(quote(json.dumps(case))["charges"], found, strict=True):
        text = story(data)
        assert text.startswith(f"{charge['position']}, ")
        assert text.split("\n")[0].endswith(f": {charge['amount']}")
        assert data["reason"] == charge["reason"]
        assert all(part.endswith(".") for part in text.split("\n")[1:])
        assert "None" not in text and "Decimal" not in text


@property_settings(20)
@given(edits(terms=True))
def test_charges_of_folded_versions_can_be_told(versions):
    history = fold(versions)
    for charge in settle(history, [], date(2025, 7, 1), 2):
        assert story(explanation(charge, history, {2: "because"}, 2))
