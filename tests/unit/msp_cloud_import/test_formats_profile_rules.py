"""What a column profile can say besides names: formulas, patterns, filters, signs."""

from contextlib import suppress
from datetime import date
from decimal import Decimal

import formats
import pytest
from formats.profile import BadProfile
from formats.profile_formula import BadFormula, NoResult, formula_of
from formats.profile_json import profile_from_dict
from formats.profile_split import BadPattern, split_of
from hypothesis import given
from hypothesis import strategies as st
from profile_files import csv_file, german_csv, profile, xlsx_file

SIMPLE = {
    "id": "simple",
    "title": "Simple",
    "columns": {
        "sub_account_name": ["Customer"],
        "service_name": ["Product"],
        "pricing_quantity": ["Quantity"],
        "billed_cost": ["Net"],
        "charge_period_start": ["From"],
        "charge_period_end": ["To"],
        "charge_type": ["Kind"],
    },
    "currency": "EUR",
    "billing_plan": "monthly",
    "charge_types": {"Credit": "credit", "Cancel": "cancel", "Line": "recurring"},
}
HEADER = ("Customer", "Product", "Quantity", "Net", "From", "To", "Kind")
MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def simple(**changes) -> formats.Format:
    """Return the format of the profile with some fields changed."""
    data = SIMPLE | changes
    if "columns" in changes:
        columns = SIMPLE["columns"] | changes["columns"]
        data["columns"] = {name: found for name, found in columns.items() if found}
    return formats.profile_format(profile_from_dict(data))


def read(form, *table, write=csv_file):
    reading = formats.open_file(write(table), "a", formats=[form])
    return reading, list(reading)


# -- formulas ------------------------------------------------------------------

NUMBERS = {
    "A": Decimal(3),
    "B b": Decimal("0.5"),
    "Zero": Decimal(0),
    "Blank": None,
    "Net - fee": Decimal(7),
}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("[A]", "3"),
        ("[A] + [B b]", "3.5"),
        ("[A]-[B b]*2", "2.0"),
        ("([A] - [B b]) × 2", "5.0"),
        ("[A] ÷ [B b]", "6"),
        ("[A] : 2", "1.5"),
        ("[A] − 1", "2"),
        ("-[A]", "-3"),
        ("--[A]", "3"),
        ("[A] - -1", "4"),
        ("[Net - fee] + 1", "8"),
        ("[A] / 7", "0.4285714286"),
        ("2 / [A]", "0.6666666667"),
        ("1.19 * [A]", "3.57"),
        ("[A] + [Blank]", "3"),
        ("[Blank] - [A]", "-3"),
        ("[Blank] + [Blank]", None),
        ("[A] * [Blank]", None),
        ("[Blank]", None),
        ("[Zero] + [Blank]", "0"),
    ],
)
def test_formula(text, result):
    found = formula_of(text).value(NUMBERS)
    assert found == (None if result is None else Decimal(result))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be understood"),
        ("[A", "cannot be understood at “[A”"),
        ("A + B", "cannot be understood at “A + B”"),
        ("[A] +", "cannot be understood"),
        ("[A] [B]", "cannot be understood"),
        ("([A]", "cannot be understood"),
        ("[ ]", "cannot be understood"),
        ("__import__('os')", "cannot be understood"),
        ("[A] ** 2", "cannot be understood"),
        ("12", "names no column"),
        ("[A]" + "+[A]" * 200, "longer than 500"),
        ("(" * 60 + "[A]" + ")" * 60, "cannot be understood"),
        ("-" * 60 + "[A]", "cannot be understood"),
    ],
)
def test_formula_that_cannot_be_understood(text, words):
    with pytest.raises(BadFormula, match=r"^The formula .*\.$") as caught:
        formula_of(text)
    assert words in str(caught.value)


def test_formula_that_divides_by_zero_has_no_result():
    with pytest.raises(NoResult):
        formula_of("[A] / [Zero]").value(NUMBERS)


@given(st.text(alphabet="[]AB ()+-*/.0123456789×÷", max_size=60))
def test_any_formula_has_a_value_or_a_sentence(text):
    with suppress(BadFormula, NoResult):
        formula_of(text).value({})


@pytest.mark.parametrize("write", [csv_file, german_csv, xlsx_file])
def test_numbers_are_computed_from_columns(write):
    form = simple(
        columns={"pricing_quantity": (), "billed_cost": ()},
        computed={
            "pricing_quantity": "[Included] + [Additional]",
            "billed_cost": "[Gross] - [Discount]",
        },
    )
    header = ("Customer", "Product", "Included", "Additional", "Gross", "Discount")
    header += ("From", "To")
    row = ("Muster", "Office", 10, Decimal("2.5"), Decimal("20.50"), Decimal("0.25"))
    blank = ("Muster", "Office", 10, None, Decimal("20.50"), None)
    reading, items = read(form, header, (*row, *MARCH), (*blank, *MARCH), write=write)
    assert [item.pricing_quantity for item in items] == [Decimal("12.5"), 10]
    assert [item.billed_cost for item in items] == [Decimal("20.25"), Decimal("20.5")]
    assert items[0].raw["Included"] == "10"
    assert reading.header == header


def test_cells_of_a_formula_that_are_no_numbers_are_named():
    form = simple(
        columns={"billed_cost": ()}, computed={"billed_cost": "[Gross] / [Months]"}
    )
    header = ("Customer", "Product", "Quantity", "Gross", "Months", "From", "To")
    rows = [
        ("M", "O", 1, gross, months, *MARCH)
        for gross, months in (("x", 1), (12, 0), (12, ""), (12, 12))
    ]
    _, items = read(form, header, *rows)
    assert [type(item).__name__ for item in items] == ["Problem"] * 3 + [
        "ProviderCharge"
    ]
    assert (items[0].column, items[0].value) == ("Gross", "x")
    assert "the formula [Gross] / [Months] divides by zero" in items[1].reason
    assert "the net amount is missing" in items[2].reason
    assert items[3].billed_cost == 1


def test_a_file_without_a_column_of_a_formula_is_another_file():
    form = simple(computed={"tax": "[Net] * [Rate]"})
    with pytest.raises(formats.UnknownHeader):
        read(form, HEADER, ("M", "O", 1, 2, *MARCH, "Line"))


# -- patterns ------------------------------------------------------------------

INGRAM_TEXT = "{service_name} ({subscription_id}) from {charge_period_start} through "
INGRAM_TEXT += "{charge_period_end}"


@pytest.mark.parametrize(
    ("pattern", "text", "parts"),
    [
        (
            INGRAM_TEXT,
            "Office from A (2001) from 2026-03-05  through 2026-04-04",
            {
                "service_name": "Office from A",
                "subscription_id": "2001",
                "charge_period_start": "2026-03-05",
                "charge_period_end": "2026-04-04",
            },
        ),
        (INGRAM_TEXT, "Office from 2026-03-05 through 2026-04-04", {}),
        (INGRAM_TEXT, "", {}),
        ("Order {group_ref}: *", "Order 7: all sorts", {"group_ref": "7"}),
        ("Order {group_ref}: *", "order 7: all sorts", {}),
        ("*#{subscription_id}", "a#b#c", {"subscription_id": "c"}),
        ("{sku_id}/{sku_name}/*", "a/b/c/", {"sku_id": "a/b", "sku_name": "c"}),
        ("ab{sku_id}ba", "aba", {}),
        ("ab{sku_id}ba", "abxba", {"sku_id": "x"}),
    ],
)
def test_pattern(pattern, text, parts):
    split = split_of("Text", pattern, formats.profile.SPLIT_TARGETS)
    assert split.parts(text) == parts


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("no part", "must name each part once"),
        ("{sku_id} {sku_id}", "must name each part once"),
        ("{sku_id}{sku_name}", "side by side"),
        ("{sku_id}*", None),
        ("{nonsense} x", "which is none of"),
        ("{sku_id}" + "x" * 600, "longer than 500"),
    ],
)
def test_pattern_that_cannot_be_used(pattern, words):
    if words is None:
        words = "side by side"
    with pytest.raises(BadPattern, match=r"^The pattern .*\.$") as caught:
        split_of("Text", pattern, formats.profile.SPLIT_TARGETS)
    assert words in str(caught.value)


@given(st.text(alphabet="{}*ab sku_id", max_size=30), st.text("ab ", max_size=40))
def test_any_pattern_cuts_or_has_a_sentence(pattern, text):
    try:
        split = split_of("Text", pattern, ("sku_id", "sku_name"))
    except BadPattern:
        return
    for part in split.parts(text).values():
        assert part in " ".join(text.split())


def test_parts_of_a_description_are_read():
    form = simple(
        columns={"charge_period_start": (), "charge_period_end": ()},
        splits={"Product": INGRAM_TEXT},
    )
    header = ("Customer", "Product", "Quantity", "Net")
    text = "Office ({}) from 05.03.2026 through 04.04.2026"
    rows = [("M", text.format("0020"), 3, 6), ("M", "Office", 3, 6)]
    rows.append(("M", "Office (1) from 31.02.2026 through 04.04.2026", 3, 6))
    _, (found, missing, wrong) = read(form, header, *rows)
    assert (found.charge_period_start, found.charge_period_end) == (
        date(2026, 3, 5),
        date(2026, 4, 5),
    )
    assert found.subscription_id == "0020"
    # a column of its own counts first
    assert found.service_name == text.format("0020")
    assert (missing.row, missing.column) == (3, "Product")
    assert "first day is missing" in missing.reason
    assert (wrong.column, wrong.value) == ("Product", "31.02.2026")


def test_days_inside_texts_decide_the_order_of_day_and_month():
    form = simple(
        columns={"charge_period_start": (), "charge_period_end": ()},
        splits={"Product": INGRAM_TEXT},
    )
    rows = [
        ("M", f"A (1) from {day} through 30/04/2026", 1, 2) for day in ("05/03/2026",)
    ]
    _, (found,) = read(form, ("Customer", "Product", "Quantity", "Net"), *rows)
    assert found.charge_period_start == date(2026, 3, 5)


# -- filters -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "words", "left"),
    [
        ("keep_only", ["reseller"], [2, 4]),
        ("leave_out", ["Customer", "-"], [2, 4]),
        ("leave_out", ["RESELLER"], [3]),
        ("keep_only", ["nothing"], []),
    ],
)
def test_rows_are_left_out_and_their_money_is_told(kind, words, left):
    form = simple(filters=[{"column": "Level", "kind": kind, "words": words}])
    header = (*HEADER, "Level")
    rows = [
        ("M", "O", 1, net, *MARCH, "Line", level)
        for net, level in ((10, "Reseller"), (15, "Customer"), (20, "reseller "))
    ]
    reading, items = read(form, header, *rows)
    assert [item.row for item in items] == left
    assert (reading.rows, reading.left_out_count) == (len(left), 3 - len(left))
    total = {2: 10, 3: 15, 4: 20}
    gone = sum(total.values()) - sum(total[row] for row in left)
    assert reading.left_out_amounts == {"EUR": gone}
    notice = reading.warnings[-1]
    assert notice.code == "left_out"
    assert f"rows with {gone}.00 EUR were left out" in notice.reason
    list(reading)
    assert reading.left_out_count == 3 - len(left)


def test_total_row_counts_what_was_left_out():
    form = simple(
        filters=[{"column": "Kind", "kind": "leave_out", "words": ["Credit"]}]
    )
    rows = [("M", "O", 1, 10, *MARCH, "Line"), ("M", "O", 1, -4, *MARCH, "Credit")]
    total = ("Total", None, None, 6, None, None, None)
    reading, _ = read(form, HEADER, *rows, total)
    assert [notice.code for notice in reading.warnings] == ["left_out"]


# -- signs ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "quantity", "net", "kind", "expected"),
    [
        ("amount", 3, -6, "Line", (-6, -3)),
        ("amount", -3, 6, "Line", (6, 3)),
        ("quantity", -3, 6, "Line", (-6, -3)),
        ("quantity", 3, 6, "Credit", (6, 3)),
        ("quantity", 3, -6, "Line", (6, 3)),
        ("event", 3, 6, "Credit", (-6, -3)),
        ("event", 3, 6, "Cancel", (-6, -3)),
        ("event", 3, 6, "Line", (6, 3)),
        ("event", 3, -6, "Credit", (-6, -3)),
    ],
)
def test_pitfall_086_what_says_that_a_row_takes_back(
    rule, quantity, net, kind, expected
):
    form = simple(sign_rule=rule)
    row = ("M", "O", quantity, net, *MARCH, kind)
    reading, (found,) = read(form, HEADER, row)
    assert (found.billed_cost, found.pricing_quantity) == expected
    assert reading.totals["EUR"].billed_cost == expected[0]


# -- counts without money ------------------------------------------------------

COUNTS = {
    "columns": {
        **dict.fromkeys(SIMPLE["columns"], ()),
        "sub_account_id": ["SUBSCRIPTION_ACCOUNT_ID"],
        "subscription_id": ["SUBSCRIPTION_ID"],
        "sku_id": ["SUBSCRIPTION_RESOURCE_ID"],
        "service_name": ["SUBSCRIPTION_RESOURCE_NAME"],
        "charge_type": ["SUBSCRIPTION_STATUS"],
        "term_start": ["SUBSCRIPTION_START_DATE"],
    },
    "computed": {
        "pricing_quantity": "[SUBSCRIPTION_RESOURCE_INCL_AMOUNT] + "
        "[SUBSCRIPTION_RESOURCE_ADDITIONAL_AMOUNT]"
    },
    "charge_types": {"30": "recurring", "60": "cancel"},
    "count_day": "2026-03-31",
}
COUNTS_HEADER = (
    *("SUBSCRIPTION_ID", "SUBSCRIPTION_ACCOUNT_ID", "SUBSCRIPTION_START_DATE"),
    *("SUBSCRIPTION_STATUS", "SUBSCRIPTION_RESOURCE_ID", "SUBSCRIPTION_RESOURCE_NAME"),
    *("SUBSCRIPTION_RESOURCE_INCL_AMOUNT", "SUBSCRIPTION_RESOURCE_ADDITIONAL_AMOUNT"),
)


def resource(status=30, included=10, additional=2):
    start = date(2024, 1, 5)
    return (2001, 1004567, start, status, 77, "Office", included, additional)


def test_counts_hold_from_the_day_on_which_they_were_counted():
    _, (found,) = read(simple(**COUNTS), COUNTS_HEADER, resource())
    assert (found.pricing_quantity, found.billed_cost) == (12, 0)
    assert (found.charge_period_start, found.charge_period_end) == (
        date(2026, 3, 31),
        None,
    )
    assert found.term_start == date(2024, 1, 5)
    assert found.contracted_unit_price is None
    assert found.flags == ("count_only",)
    (change,) = formats.quantity_changes([found])
    assert (change.start, change.quantity, change.kind) == (
        date(2026, 3, 31),
        12,
        "set",
    )


def test_counts_of_ended_and_unknown_subscriptions():
    reading, items = read(
        simple(**COUNTS), COUNTS_HEADER, resource(60), resource(15), resource(30, 0, 0)
    )
    assert [item.event for item in items] == ["cancel", "unknown", "recurring"]
    assert [notice.code for notice in reading.warnings] == ["unknown_charge_type"]
    (change,) = formats.quantity_changes(items[:1])
    assert (change.start, change.kind) == (date(2026, 3, 31), "end")
    assert formats.quantity_changes(items[1:]) == []


def test_counts_of_another_day_are_other_rows():
    keys = [
        read(simple(**COUNTS, **day), COUNTS_HEADER, resource())[1][0].row_key
        for day in ({}, {})
    ]
    later = simple(**COUNTS | {"count_day": "2026-04-01"})
    _, (other,) = read(later, COUNTS_HEADER, resource())
    assert keys[0] == keys[1] != other.row_key


def test_counts_need_no_quantity_of_their_own():
    form = simple(**COUNTS | {"computed": {}})
    _, (found,) = read(form, COUNTS_HEADER, resource())
    assert found.pricing_quantity is None
    assert formats.quantity_changes([found]) == []


# -- as JSON -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sign_rule": "nothing"}, "says “nothing” in sign_rule"),
        ({"computed": {"service_name": "[A]"}}, "says “service_name” in computed"),
        ({"computed": {"tax": "[A"}}, "cannot be understood"),
        ({"computed": ["x"]}, "must be an object of texts"),
        ({"splits": {"A": "x"}}, "must name each part once"),
        ({"filters": {}}, "must be a list"),
        ({"filters": [{"column": "A"}]}, "must have column, kind"),
        (
            {"filters": [{"column": "A", "kind": "x", "words": []}]},
            "must have column, kind",
        ),
        ({"count_day": "soon"}, "must be a day"),
        ({"columns": {"customer": ["X"]}}, "in columns"),
    ],
)
def test_bad_rules_are_named(changes, words):
    with pytest.raises(formats.FormatsError) as caught:
        simple(**changes)
    assert words in str(caught.value)


def test_profile_lacks_what_nothing_fills():
    with pytest.raises(BadProfile, match="names no column for billed_cost"):
        simple(columns={"billed_cost": ()})
    assert formats.check_profile({}, ["sub_account_id"], is_count=True) == [
        "sku_id / service_name"
    ]


def test_rules_leave_other_profiles_as_they_were():
    plain = profile("skykick")
    assert (plain.computed, plain.splits, plain.filters) == ({}, (), ())
    assert (plain.sign_rule, plain.count_day) == ("amount", None)
