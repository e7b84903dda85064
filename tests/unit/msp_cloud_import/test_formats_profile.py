"""Files without a published layout, read by column profiles."""

import json
from datetime import date, timedelta
from decimal import Decimal

import formats
import pytest
from formats.profile import TARGET_NAMES, BadProfile
from formats.profile_json import profile_from_dict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nce_files import nce_file, seats
from profile_files import (
    CANCELLATION,
    CHANGE,
    INGRAM,
    INGRAM_HEADER,
    RECURRING,
    SKYKICK,
    WRITERS,
    csv_file,
    german_csv,
    ingram_row,
    profile,
    xls_file,
    xlsx_file,
)

QUIET = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)
TABLES = {"ingram_micro_cloud": INGRAM, "skykick": SKYKICK}


def opened(data: bytes, name: str = "ingram_micro_cloud", **changes):
    """Return the reading of a file by one profile of the fixtures."""
    form = formats.profile_format(profile(name, **changes))
    return formats.open_file(data, name="export", formats=[form])


def read(data: bytes, name: str = "ingram_micro_cloud", **changes):
    """Return charges and problems of a file."""
    return list(opened(data, name, **changes))


def one(*, name: str = "ingram_micro_cloud", changes=None, **cells):
    """Return what becomes of one Ingram row with some cells changed."""
    data = csv_file((INGRAM_HEADER, ingram_row(**cells)))
    (item,) = read(data, name, **(changes or {}))
    return item


def problem(**cells) -> formats.Problem:
    item = one(**cells)
    assert isinstance(item, formats.Problem), item
    return item


def compared(item) -> dict:
    """Return a charge without the spelling of its cells and the file's hash."""
    found = {
        name: getattr(item, name)
        for name in item.to_dict()
        if name not in ("raw", "invoice_id")
    }
    assert item.raw.keys()
    return found


# -- rows of the pages ---------------------------------------------------------


def test_ingram_rows_become_charges():
    first, second, third = read(csv_file(INGRAM))
    assert first.sub_account_id == "1004567"
    assert first.subscription_id == "2001001"
    assert first.sku_id == "CFQ7TTC0AAAA:0001"
    assert (first.event, first.charge_type) == ("recurring", "Recurring")
    assert (first.pricing_quantity, first.billed_cost) == (12, Decimal("114.00"))
    assert first.charge_period_start == date(2026, 3, 5)
    assert first.charge_period_end == date(2026, 4, 5)
    assert first.term_end == date(2027, 3, 5)
    assert first.billing_plan == "monthly"
    assert not first.is_difference
    assert (second.event, second.is_difference) == ("increase", True)
    assert (third.event, third.pricing_quantity) == ("cancel", -5)
    assert first.raw["Reseller Company Name"] == "Example IT Services"
    assert len(first.invoice_id) == 64  # the file's hash where no number is named


def test_skykick_rows_become_charges():
    first, _, third = read(csv_file(SKYKICK), "skykick")
    assert first.invoice_id == "SK-000123"
    assert first.sku_id == "Cloud Backup / Exchange + SharePoint"
    assert first.subscription_id == f"muster-bau.example/{first.sku_id}"
    assert (first.event, first.pricing_quantity) == ("recurring", 25)
    assert (third.event, third.pricing_quantity) == ("credit", -2)
    assert third.charge_category == "Credit"


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("writer", WRITERS)
def test_every_kind_of_file_gives_the_same_charges(name, writer):
    expected = [compared(item) for item in read(csv_file(TABLES[name]), name)]
    reading = opened(WRITERS[writer](TABLES[name]), name)
    assert [compared(item) for item in reading] == expected
    assert not reading.warnings


NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), include_characters=" &-"),
    min_size=1,
    max_size=20,
).filter(lambda text: text.strip() == text and formats.layout.normalised(text))


@st.composite
def random_rows(draw):
    """Rows whose amounts are quantity × price, as a table of the Ingram layout."""
    rows = []
    for number in range(draw(st.integers(1, 8))):
        quantity = draw(st.integers(-500, 500))
        price = Decimal(draw(st.integers(0, 99_999))).scaleb(-2)
        start = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 400)))
        rows.append(
            ingram_row(
                Customer_Account_ID=draw(st.integers(1, 10**15 - 1)),
                End_Customer_Name=f"K {draw(NAMES)}",
                Subscription_ID=f"S{number}",
                Order_Type=draw(st.sampled_from(("Recurring", "Change", "Other"))),
                From=start,
                To=start + timedelta(days=draw(st.integers(0, 40))),
                Quantity=quantity,
                Duration=Decimal("1.00"),
                Unit_Cost=price,
                Net_Cost=quantity * price,
            )
        )
    return (INGRAM_HEADER, *rows)


@QUIET
@given(random_rows())
def test_random_rows_are_the_same_from_every_kind_of_file(table):
    expected = opened(csv_file(table))
    items = [compared(item) for item in expected]
    assert len(items) == len(table) - 1
    total = sum(row[-2] for row in table[1:])
    assert sum(item["billed_cost"] for item in items) == total
    for write in (german_csv, xlsx_file, xls_file):
        reading = opened(write(table), decimal_mark="," if write is german_csv else ".")
        assert [compared(item) for item in reading] == items
        assert reading.totals == expected.totals


CELLS = st.one_of(
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12),
    st.sampled_from(["0", "-1", "1,5", "1.234", "03/04/2026", "#REF!", "1E+20", "x"]),
)


@QUIET
@given(st.lists(CELLS, min_size=17, max_size=17))
def test_any_cells_end_in_rows_or_a_sentence(cells):
    data = csv_file((INGRAM_HEADER, RECURRING, cells))
    try:
        reading = opened(data)
        items = list(reading)
    except formats.UnreadableFile as error:
        assert str(error).endswith(".")
    else:
        assert len(items) == reading.charge_count + reading.problem_count


# -- what a row says -----------------------------------------------------------


def test_unknown_kind_of_charge_is_shown():
    reading = opened(csv_file((INGRAM_HEADER, ingram_row(Order_Type="Swap"))))
    (charge,) = reading
    assert (charge.event, charge.flags) == ("unknown", ("unknown_charge_type",))
    assert "“Swap” is not known" in str(reading.warnings[0])
    assert not formats.quantity_changes([charge])


@pytest.mark.parametrize("word", ["RECURRING", " recurring ", "Re-curring"])
def test_words_for_events_are_compared_normalised(word):
    assert one(Order_Type=word).event == "recurring"


def test_row_without_kind_of_charge_has_the_default_event():
    assert one(Order_Type=None).event == "recurring"
    assert one(Order_Type=None, changes={"default_event": "usage"}).event == "usage"
    assert one(Order_Type=None, Net_Cost=-114).event == "credit"


@pytest.mark.parametrize(
    ("quantity", "amount", "expected"),
    [(12, -114, -12), (-12, 114, 12), (-12, 0, -12), (12, 0, 12), (0, 5, 0)],
)
def test_quantity_takes_the_sign_of_the_amount(quantity, amount, expected):
    charge = one(Quantity=quantity, Net_Cost=amount)
    assert (charge.pricing_quantity, charge.quantity) == (expected, quantity)


@pytest.mark.parametrize("inclusive", [True, False])
def test_end_of_the_period_by_profile(inclusive):
    charge = one(changes={"end_is_inclusive": inclusive})
    assert charge.charge_period_end == date(2026, 4, 5 if inclusive else 4)
    assert charge.term_end == date(2027, 3, 5 if inclusive else 4)


def test_missing_end_is_left_open_and_said():
    reading = opened(csv_file((INGRAM_HEADER, ingram_row(To=None))))
    (charge,) = reading
    assert charge.charge_period_end is None
    assert [notice.code for notice in reading.warnings] == ["no_charge_end"]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        (
            "Office Recurring (1 Month(s) term) from 2026-03-05 through 2026-04-04",
            (2026, 3, 5),
            (2026, 4, 5),
        ),
        ("2026-03-05 - 2026-04-04", (2026, 3, 5), (2026, 4, 5)),
        ("05.03.2026 - 04.04.2026", (2026, 3, 5), (2026, 4, 5)),
        ("05.03.2026-04.04.2026", (2026, 3, 5), (2026, 4, 5)),
        ("13/03/2026 – 12/04/2026", (2026, 3, 13), (2026, 4, 13)),
        ("Leistung März 2026", (2026, 3, 1), (2026, 4, 1)),
        ("Office 365, March 2026", (2026, 3, 1), (2026, 4, 1)),
        ("Dez. 2026", (2026, 12, 1), (2027, 1, 1)),
        ("2026-03", (2026, 3, 1), (2026, 4, 1)),
        ("03/2026", (2026, 3, 1), (2026, 4, 1)),
        ("ab 05.03.2026", (2026, 3, 5), None),
        ("Office 365 - 05.03.2026", (2026, 3, 5), None),
        ("5 March 2026 - 4 April 2026", (2026, 3, 5), (2026, 4, 5)),
        ("05-Mar-2026 to 04-Apr-2026", (2026, 3, 5), (2026, 4, 5)),
        ("5. März 2026 – 4. April 2026", (2026, 3, 5), (2026, 4, 5)),
        ("Mar 5, 2026 - Apr 4, 2026", (2026, 3, 5), (2026, 4, 5)),
        ("January 2026 - December 2026", (2026, 1, 1), (2027, 1, 1)),
        ("01/2026 - 03/2026", (2026, 1, 1), (2026, 4, 1)),
        ("12 Seats 2026, March 2026", (2026, 3, 1), (2026, 4, 1)),
    ],
)
def test_period_inside_a_text(text, start, end):
    header = [n if n != "Plan ID" else "Service Description" for n in INGRAM_HEADER]
    row = ingram_row(Plan_ID=text, From=None, To=None)
    (charge,) = read(csv_file((header, row)))
    assert charge.charge_period_start == date(*start)
    assert charge.charge_period_end == (end and date(*end))


@pytest.mark.parametrize(
    "text",
    [
        "Office",
        "99/2026",
        "32.03.2026 - 01.04.2026",
        "1",
        # the year stands once, so only the last day is whole
        "01.03. - 31.03.2026",
        "01.-31.03.2026",
        "1 March - 31 March 2026",
        "March 5-April 4, 2026",
        # which two days or months are the period?
        "Invoice 01.03.2026: 05.03.2026 - 04.04.2026",
        "January 2026, February 2026, March 2026",
    ],
)
def test_text_without_a_period_is_a_problem(text):
    header = [n if n != "Plan ID" else "Service Description" for n in INGRAM_HEADER]
    row = ingram_row(Plan_ID=text, From=None, To=None)
    (item,) = read(csv_file((header, row)))
    assert isinstance(item, formats.Problem)
    assert item.column == "Service Description"
    assert (item.amount, item.currency) == (114, "EUR")


@pytest.mark.parametrize(
    ("term", "plan", "expected"),
    [
        ("P1Y", "Monthly", ("P1Y", "monthly")),
        ("12", "monatlich", ("P1Y", "monthly")),
        ("1 Year", "Annual", ("P1Y", "annual")),
        ("36 Monate", "jährlich", ("P3Y", "annual")),
        ("1 Month(s)", "P1M", ("P1M", "monthly")),
        ("Annual commitment", "One-time", ("P1Y", "one_time")),
        ("3 jaar", "maandelijks", ("P3Y", "monthly")),
        ("", "", ("P1M", "annual")),
        ("nonsense", "nonsense", ("P1M", "annual")),
    ],
)
def test_term_and_billing_plan(term, plan, expected):
    columns = profile("skykick").columns
    changes = {
        "columns": columns | {"term": ["Invoice Number"], "billing_plan": ["Domain"]},
        "term": "P1M",
        "billing_plan": "annual",
    }
    row = list(SKYKICK[1])
    row[0], row[3] = term, plan
    (charge,) = read(csv_file((SKYKICK[0], row)), "skykick", **changes)
    assert (charge.term, charge.billing_plan) == expected


def test_currency_of_the_profile_where_the_file_has_none():
    header, rows = SKYKICK[0], SKYKICK[1:]
    without = [[*row[:9], *row[10:]] for row in (header, *rows)]
    with pytest.raises(formats.UnknownHeader, match="billing_currency"):
        read(csv_file(without), "skykick")
    charges = read(csv_file(without), "skykick", currency="chf")
    assert {charge.billing_currency for charge in charges} == {"CHF"}


def test_row_key_is_that_of_the_line_not_of_the_download():
    first = read(csv_file(INGRAM))
    again = read(german_csv((INGRAM_HEADER, CANCELLATION, RECURRING, CHANGE)))
    assert {c.row_key for c in first} == {c.row_key for c in again}
    twice = read(csv_file((INGRAM_HEADER, RECURRING, RECURRING)))
    assert len({c.row_key for c in twice}) == 2


# -- bad rows ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"Net_Cost": None}, "Net Cost", "net amount is missing"),
        ({"Net_Cost": "abc"}, "Net Cost", "expected a number"),
        ({"Currency": "Euro"}, "Currency", "currency code of three letters"),
        ({"Currency": None}, "Currency", "currency code of three letters"),
        ({"From": None}, "From", "first day is missing"),
        ({"From": "46086"}, "From", "expected a date"),
        ({"To": date(2026, 3, 1)}, "To", "ends before it starts"),
        ({"MPN": None, "Subscription_Name": None}, "MPN", "product is missing"),
        ({"Quantity": "#REF!"}, "Quantity", "expected a number"),
    ],
)
def test_bad_cell_is_a_problem_that_names_it(cells, column, words):
    found = problem(**cells)
    assert found.column == column
    assert words in found.reason
    has_money = column not in ("Net Cost", "Currency")
    assert (found.amount is not None) == has_money


def test_row_without_customer_is_a_problem():
    found = problem(Customer_Account_ID=None, End_Customer_Name=None)
    assert found.column == "Customer Account ID"
    assert "the customer is missing" in found.reason


def test_fewer_seats_at_a_positive_amount_are_a_problem():
    row = ingram_row(Order_Type="Change", Quantity=-3, Net_Cost=Decimal("14.25"))
    (item,) = read(csv_file((INGRAM_HEADER, row)))
    assert isinstance(item, formats.Problem)
    assert item.column == "Quantity"
    assert "more or fewer" in item.reason
    (charge,) = read(csv_file((INGRAM_HEADER, row)), changes_are_differences=False)
    assert charge.pricing_quantity == 3


def test_money_of_problems_is_kept():
    rows = (RECURRING, ingram_row(From=None), ingram_row(To=date(2020, 1, 1)))
    reading = opened(csv_file((INGRAM_HEADER, *rows)))
    list(reading)
    assert reading.problem_amounts == {"EUR": Decimal("228.00")}
    assert reading.totals["EUR"].billed_cost == 114


def test_total_rows_and_repeated_headers_are_no_rows():
    total = [None] * 15 + [Decimal("114.05"), "EUR"]
    total[3] = "Summe"
    reading = opened(csv_file((*INGRAM, INGRAM_HEADER, [None] * 17, total)))
    assert len(list(reading)) == 3
    assert not reading.warnings
    total[15] = Decimal("200.00")
    reading = opened(csv_file((*INGRAM, total)))
    list(reading)
    assert "the total row says Net Cost 200.00 EUR" in str(reading.warnings[0])


# -- numbers and dates ---------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("€ 114,00", "114.00"),
        ("114,00 €", "114.00"),
        ("EUR 1.140,00", "1140.00"),
        ("(114,00)", "-114.00"),
        ("114,00-", "-114.00"),
        ("-€114,00", "-114.00"),
        ("1 140,50", "1140.50"),
        ("1'140,50", "1140.50"),
        ("−114,00", "-114.00"),
    ],
)
def test_amounts_as_people_write_them(cell, amount):
    charge = one(Net_Cost=cell, Unit_Cost=None, Duration=None)
    assert charge.billed_cost == Decimal(amount)


@pytest.mark.parametrize("cell", ["--1,00", "(-1,00)", "1,00 EUR EUR", "12,,5", "€"])
def test_amounts_nobody_writes_are_problems(cell):
    rows = (RECURRING, ingram_row(Net_Cost=cell))
    *_, item = read(csv_file((INGRAM_HEADER, *rows)), decimal_mark=",")
    assert isinstance(item, formats.Problem)


def test_open_decimal_mark_is_asked_for_and_can_be_set():
    cells = {"Quantity": 1, "Duration": None, "Unit_Cost": None, "Net_Cost": "1.234"}
    data = csv_file((INGRAM_HEADER, ingram_row(**cells)))
    with pytest.raises(formats.UnreadableFile) as caught:
        read(data)
    assert "set the decimal mark in the column profile" in str(caught.value)
    (charge,) = read(data, decimal_mark=",")
    assert charge.billed_cost == 1234
    (charge,) = read(data, decimal_mark=".")
    assert charge.billed_cost == Decimal("1.234")


def test_mixed_decimal_marks_are_asked_for():
    rows = (RECURRING, ingram_row(Net_Cost="9,50"))
    data = csv_file((INGRAM_HEADER, *rows))
    with pytest.raises(formats.UnreadableFile, match="in the column profile"):
        read(data)
    _, item = read(data, decimal_mark=".")
    assert "the decimal mark is “.” here" in item.reason


def test_open_order_of_day_and_month_is_asked_for_and_can_be_set():
    cells = {"Subscription_Expiration_Date": None}
    row = ingram_row(From="05/03/2026", To="04/04/2026", **cells)
    data = csv_file((INGRAM_HEADER, row))
    with pytest.raises(formats.UnreadableFile) as caught:
        read(data)
    assert "set the order of day and month in the column profile" in str(caught.value)
    (charge,) = read(data, date_order="day")
    assert charge.charge_period_start == date(2026, 3, 5)
    (item,) = read(data, date_order="month")
    assert "ends before it starts" in item.reason


def test_a_later_row_decides_the_order_of_day_and_month():
    rows = [
        ingram_row(From=start, To=end, Subscription_Expiration_Date=None)
        for start, end in (("03/05/2026", "04/04/2026"), ("03/31/2026", "04/30/2026"))
    ]
    first, _ = read(csv_file((INGRAM_HEADER, *rows)))
    assert first.charge_period_start == date(2026, 3, 5)


# -- pitfalls ------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["1.23457E+15", "1,23457E+15", "1234567890123450000"])
def test_pitfall_074_damaged_ids_are_refused(cell):
    found = problem(Customer_Account_ID=cell)
    assert "damaged by a spreadsheet" in found.reason
    assert (found.amount, found.currency) == (114, "EUR")


@pytest.mark.parametrize("column", ["Subscription_ID", "End_Customer_Name", "MPN"])
def test_what_things_are_recognised_by_is_bounded(column):
    found = problem(**{column: "ä" * 251})
    assert "at most 250 characters" in found.reason
    assert (found.amount, found.currency) == (114, "EUR")


@pytest.mark.parametrize("write", [xlsx_file, xls_file])
def test_pitfall_074_long_id_stored_as_a_number_is_refused(write):
    rows = [ingram_row(Customer_Account_ID=n) for n in (123456789012345, 10**16 + 1)]
    good, bad = read(write((INGRAM_HEADER, *rows)))
    assert good.sub_account_id == "123456789012345"
    assert "damaged by a spreadsheet" in bad.reason


def test_pitfall_074_leading_zeros_of_text_ids_are_kept():
    for write in WRITERS.values():
        (charge,) = read(write((INGRAM_HEADER, ingram_row(Customer_Account_ID="007"))))
        assert charge.sub_account_id == "007"


def test_ids_of_any_case_are_one_customer_and_one_subscription():
    upper = "ABCDEF01-0000-4000-8000-00000000000A"
    item = one(**{"Customer Account ID": upper, "Subscription ID": upper})
    assert item.sub_account_id == item.subscription_id == upper.lower()


def test_pitfall_081_two_layouts_of_one_provider_are_told_apart():
    new = ["Net Price" if name == "Net Cost" else name for name in INGRAM_HEADER]
    old_form, new_form = (
        formats.profile_format(
            profile(
                "ingram_micro_cloud",
                id=name,
                fingerprint=formats.fingerprint(header),
            )
        )
        for name, header in (("old", INGRAM_HEADER), ("new", new))
    )
    loose = formats.profile_format(profile("ingram_micro_cloud"))
    for header, expected in ((INGRAM_HEADER, "old"), (new, "new")):
        reading = formats.open_file(
            csv_file((header, RECURRING)), formats=[loose, new_form, old_form]
        )
        assert reading.format.id == expected
    other = [*INGRAM_HEADER[:-1], "Currency", "More"]
    data = csv_file((other, [*RECURRING, "x"]))
    reading = formats.open_file(data, formats=[new_form, old_form, loose])
    assert reading.format is loose
    with pytest.raises(formats.UnknownHeader):
        formats.open_file(data, formats=[new_form, old_form])


@pytest.mark.parametrize("writer", WRITERS)
def test_pitfall_082_header_below_titles_and_blank_rows(writer):
    blank = [None] * 17
    title = ["Billing export", *blank[1:]]
    table = (title, blank, INGRAM_HEADER, RECURRING, blank, CHANGE)
    reading = opened(WRITERS[writer](table))
    assert [item.row for item in reading] == [4, 6]
    assert reading.rows == 2


def test_pitfall_083_price_from_amount_and_quantity_if_exact():
    assert one(Unit_Cost=None).contracted_unit_price == Decimal("9.5")
    thirds = one(Unit_Cost=None, Quantity=3, Net_Cost=Decimal("10.00"))
    assert thirds.contracted_unit_price is None
    half = one(Unit_Cost=None, Quantity=3, Duration="0.50", Net_Cost="14.25")
    assert half.contracted_unit_price == Decimal("9.5")


def test_pitfall_083_quantity_from_amount_and_price_if_exact():
    assert one(Quantity=None).pricing_quantity == 12
    assert one(Quantity=None, Net_Cost=Decimal("-114.00")).pricing_quantity == -12
    assert one(Quantity=None, Unit_Cost=7).pricing_quantity is None


@pytest.mark.parametrize(
    ("cells", "is_odd"),
    [
        ({"Net_Cost": Decimal("114.13")}, False),
        ({"Net_Cost": Decimal("114.14")}, True),
        ({"Net_Cost": Decimal("57.00")}, True),
        ({"Quantity": 0}, True),
        ({"Quantity": 0, "Net_Cost": 0}, False),
        # 22 of 31 days are 0.7097
        ({"Duration": "0.71", "Net_Cost": Decimal("80.90")}, False),
        ({"Duration": "0.71", "Net_Cost": Decimal("84.00")}, True),
    ],
)
def test_pitfall_083_contradiction_is_said_and_the_amount_counts(cells, is_odd):
    reading = opened(csv_file((INGRAM_HEADER, ingram_row(**cells))))
    (charge,) = reading
    assert charge.billed_cost == cells.get("Net_Cost", 114)
    assert bool(reading.warnings) is is_odd


def test_pitfall_084_currency_is_checked_per_row_and_bad_rows_are_not_used():
    rows = (RECURRING, ingram_row(Currency="??"), ingram_row(Currency="USD"))
    reading = opened(csv_file((INGRAM_HEADER, *rows)))
    items = list(reading)
    assert [type(item) is formats.Problem for item in items] == [False, True, False]
    assert {k: v.billed_cost for k, v in reading.totals.items()} == {
        "EUR": 114,
        "USD": 114,
    }


def test_pitfall_084_price_in_another_currency_is_checked_with_the_rate():
    columns = profile("ingram_micro_cloud").columns
    columns = columns | {"pricing_currency": ["Plan ID"], "exchange_rate": ["MPN"]}
    for rate, codes in (("0.5", []), ("0.9", ["arithmetic"]), (None, ["no_exchange_"])):
        row = ingram_row(Plan_ID="USD", MPN=rate, Net_Cost=Decimal("57.00"))
        reading = opened(csv_file((INGRAM_HEADER, row)), columns=columns)
        list(reading)
        assert [notice.code[:12] for notice in reading.warnings] == [
            code[:12] for code in codes
        ]


def test_pitfall_085_quantity_zero_is_allowed():
    charge = one(Quantity=0, Net_Cost=0)
    assert charge.pricing_quantity == 0
    assert set(charge.flags) == {"zero_amount", "zero_quantity"}


# -- formats and profiles ------------------------------------------------------


def test_microsoft_file_is_not_taken_by_a_loose_profile():
    loose = profile(
        "skykick",
        columns={
            "sub_account_id": ["CustomerId"],
            "sku_id": ["SkuId"],
            "pricing_quantity": ["Quantity"],
            "billed_cost": ["Subtotal"],
            "charge_period_start": ["ChargeStartDate"],
            "billing_currency": ["Currency"],
        },
    )
    forms = [formats.profile_format(loose), *formats.FORMATS.values()]
    assert formats.open_file(nce_file([seats()]), formats=forms).format.id == (
        "microsoft_nce"
    )


def test_first_spelling_of_the_profile_wins_wherever_it_stands():
    header = [*INGRAM_HEADER, "Net Price"]
    (charge,) = read(csv_file((header, [*RECURRING, Decimal("99.00")])))
    assert charge.billed_cost == 99


def test_column_that_stands_twice_is_chosen_by_an_exact_profile_only():
    data = csv_file(([*INGRAM_HEADER, "Net Cost"], [*RECURRING, Decimal("99.00")]))
    with pytest.raises(formats.UnreadableFile, match="the column Net Cost twice"):
        read(data)
    columns = profile("ingram_micro_cloud").columns | {"billed_cost": ["Net Cost (2)"]}
    exact = formats.fingerprint([*INGRAM_HEADER, "Net Cost (2)"])
    (charge,) = read(data, columns=columns, fingerprint=exact)
    assert charge.billed_cost == 99


@pytest.mark.parametrize(
    "header",
    [["Tax %", "Tax"], ["Tax", "Tax %"], ["TAX %", "tax"], ["TAX", "Tax"]],
)
def test_columns_that_differ_only_in_signs_or_case_are_told_apart(header):
    names = formats.header.distinct([*INGRAM_HEADER, *header])
    wanted = "TAX (2)" if header[0] == "TAX" else "Tax"
    wanted = "Tax (2)" if header == ["TAX", "Tax"] else wanted
    columns = profile("ingram_micro_cloud").columns | {"tax": [wanted]}
    cells = [
        19 if "%" in name or name == "TAX" else Decimal("21.66") for name in header
    ]
    (charge,) = read(
        csv_file(([*INGRAM_HEADER, *header], [*RECURRING, *cells])),
        columns=columns,
        fingerprint=formats.fingerprint(names),
    )
    assert charge.tax == Decimal("21.66")


def test_column_that_signs_alone_would_tell_apart_is_asked_for():
    header = [*INGRAM_HEADER, "Tax (%)", "Tax €"]
    columns = profile("ingram_micro_cloud").columns | {"tax": ["Tax"]}
    with pytest.raises(formats.UnknownHeader):
        read(
            csv_file((header, [*RECURRING, 19, Decimal("21.66")])),
            columns=columns,
            fingerprint=formats.fingerprint(header),
        )


@pytest.mark.parametrize("day", ["05-Mar-2026", "5 March 2026", "Mar 5, 2026"])
def test_names_of_months_are_read_in_dates(day):
    (charge,) = read(csv_file((INGRAM_HEADER, ingram_row(From=day))))
    assert charge.charge_period_start == date(2026, 3, 5)


def test_one_column_may_serve_two_targets():
    columns = profile("skykick").columns
    changes = {"columns": columns | {"charge_description": ["Product"]}}
    first, *_ = read(csv_file(SKYKICK), "skykick", **changes)
    assert first.charge_description == first.service_name == "Cloud Backup"


def test_check_profile_names_missing_groups():
    assert formats.check_profile({}) == [
        "sub_account_id / sub_account_name / customer_domain",
        "sku_id / service_name",
        "pricing_quantity",
        "billed_cost",
        "charge_period_start / charge_period_text",
    ]
    assert formats.check_profile(profile("skykick").columns) == []
    assert formats.check_profile(profile("skykick").columns | {"billed_cost": ()}) == [
        "billed_cost"
    ]


def test_targets_are_fields_of_the_charge_or_help_reading():
    fields = set(formats.ProviderCharge.__dataclass_fields__)
    assert set(TARGET_NAMES) - fields == {"duration", "charge_period_text"}
    assert len(set(TARGET_NAMES)) == len(TARGET_NAMES)
    assert {name for group in formats.REQUIRED for name in group} <= set(TARGET_NAMES)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"surprise": 1}, "unknown field “surprise”"),
        ({"title": ""}, "lacks the field “title”"),
        ({"columns": []}, "lacks the field “columns”"),
        ({"columns": {"colour": ["Colour"]}}, "says “colour” in columns"),
        ({"columns": {"sku_id": ["SKU"]}}, "names no column for sub_account_id"),
        ({"charge_types": {"x": "y"}}, "says “y” in charge_types"),
        ({"decimal_mark": ";"}, "says “;” in decimal_mark"),
        ({"date_order": "year"}, "says “year” in date_order"),
        ({"default_event": "x"}, "says “x” in default_event"),
        ({"billing_plan": "weekly"}, "says “weekly” in billing_plan"),
    ],
)
def test_bad_profile_is_refused_with_a_sentence(change, words):
    with pytest.raises(BadProfile) as caught:
        profile("skykick", **change)
    assert words in str(caught.value)
    with pytest.raises(BadProfile, match="must be a JSON object"):
        profile_from_dict(json.loads("[]"))
