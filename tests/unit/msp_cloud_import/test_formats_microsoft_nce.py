"""Rows of Microsoft's reconciliation file become the charges they mean."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import formats
import pytest
from formats.microsoft_arithmetic import (
    expected_subtotal_seats,
    expected_subtotal_usage,
)
from nce_files import COLUMNS_2021, CUSTOMER, SUBSCRIPTION, nce_file, seats, usage

FIXTURES = Path(__file__).parent / "fixtures"


def read(*rows, **options):
    """Return reading and items of a file with these rows."""
    reading = formats.open_file(nce_file(rows, **options), name="file.csv")
    return reading, list(reading)


def charge(row):
    """Return the charge of a file with this one row."""
    _, (item,) = read(row)
    assert isinstance(item, formats.ProviderCharge), item
    return item


def warned(row):
    """Return the codes of the warnings about this one row."""
    reading, _ = read(row)
    return [notice.code for notice in reading.warnings]


def test_fixture_of_47_columns_is_read_completely():
    reading = formats.open_file(FIXTURES / "nce_47_columns.csv")
    charges = list(reading)
    assert reading.summary() == {
        "format": "microsoft_nce",
        "rows": 8,
        "charges": 8,
        "problems": 0,
        "totals": {"EUR": {"billed_cost": "135.59", "tax": "25.77"}},
    }
    assert [(c.row, c.event, str(c.pricing_quantity)) for c in charges] == [
        (2, "recurring", "12"),
        (3, "increase", "-12"),
        (4, "increase", "15"),
        (5, "purchase", "5"),
        (6, "cancel", "-5"),
        (7, "usage", "376.5"),
        (8, "credit", "0"),
        (9, "purchase", "1"),
    ]
    assert [notice.code for notice in reading.warnings] == ["zero_quantity"]


def test_seat_row_becomes_a_charge_with_focus_names():
    found = charge(seats()).to_dict()
    raw = found.pop("raw")
    row_key = found.pop("row_key")
    # what only files of usage say
    assert found.pop("row_count") == 1
    assert {name for name, value in found.items() if value is None} >= {
        *("billing_account_id", "billing_account_name", "resource_id", "region_id"),
        *("sub_subscription_id", "sub_subscription_name", "partner_credit_rate"),
        *("service_category", "charge_frequency", "consumed_unit", "tags"),
        *("contracted_cost", "list_cost", "effective_cost", "consumed_quantity"),
    }
    found = {name: value for name, value in found.items() if value is not None}
    assert found == {
        "row": 2,
        "invoice_id": "G000000101",
        "sub_account_id": CUSTOMER,
        "sub_account_name": "Muster Bau GmbH",
        "customer_domain": "musterbau.example",
        "subscription_id": SUBSCRIPTION,
        "sku_id": "CFQ7TTC0AAAA:0001",
        "availability_id": "CFQ7TTC0BBBB",
        "service_name": "Contoso Office",
        "sku_name": "Contoso Office Suite",
        "publisher_name": "Microsoft Corporation",
        "event": "recurring",
        "charge_type": "cycleCharge",
        "event_date": "2026-03-05",
        "charge_category": "Purchase",
        "quantity": "12",
        "pricing_quantity": "12",
        "is_difference": False,
        "list_unit_price": "10",
        "contracted_unit_price": "10",
        "billed_cost": "120",
        "tax": "22.8",
        "total": "142.8",
        "billing_currency": "EUR",
        "pricing_currency": "EUR",
        "exchange_rate": "1",
        "exchange_rate_date": "2026-03-05",
        "charge_period_start": "2026-03-05",
        "charge_period_end": "2026-04-05",
        "term": "P1Y",
        "billing_plan": "monthly",
        "term_start": "2026-03-05",
        "term_end": "2027-03-05",
        "group_ref": "b3a10000-0000-4000-8000-000000000001",
        "flags": [],
    }
    assert len(row_key) == 34
    assert raw["SkuId"] == "0001"
    assert raw["SubscriptionEndDate"] == "03/04/2027"
    assert len(raw) == 47


@pytest.mark.parametrize(
    ("charge_type", "event", "category"),
    [
        ("new", "purchase", "Purchase"),
        ("New", "purchase", "Purchase"),
        ("renew", "renewal", "Purchase"),
        ("cycleCharge", "recurring", "Purchase"),
        ("cycleccharge", "recurring", "Purchase"),
        ("Cycle Charge", "recurring", "Purchase"),
        ("addQuantity", "increase", "Purchase"),
        ("ADD_QUANTITY", "increase", "Purchase"),
        ("remove-quantity", "decrease", "Purchase"),
        ("cancelImmediate", "cancel", "Purchase"),
        ("cancel", "cancel", "Purchase"),
        ("convert", "convert", "Purchase"),
        ("trialConversion", "convert", "Purchase"),
        ("customerCredit", "credit", "Credit"),
        ("credit", "credit", "Credit"),
        ("creditNote", "credit", "Credit"),
        ("moveQuantity", "unknown", None),
        ("transfer", "unknown", None),
        ("", "unknown", None),
    ],
)
def test_charge_type_decides_event(charge_type, event, category):
    found = charge(seats(ChargeType=charge_type))
    assert (found.event, found.charge_category) == (event, category)
    assert ("unknown_charge_type" in found.flags) is (event == "unknown")


@pytest.mark.parametrize(
    ("cells", "event"),
    [
        ({}, "usage"),
        ({"MeterDescription": ""}, "usage"),
        ({"MeterDescription": "", "TermAndBillingCycle": "1 Compute Hour"}, "usage"),
        ({"MeterDescription": "", "TermAndBillingCycle": "1/Month"}, "usage"),
        ({"MeterDescription": "", "TermAndBillingCycle": ""}, "purchase"),
        (
            {"MeterDescription": "", "TermAndBillingCycle": "3 Years Reservation"},
            "purchase",
        ),
        ({"ChargeType": "customerCredit"}, "credit"),
    ],
)
def test_new_is_usage_where_a_meter_is_billed(cells, event):
    assert charge(usage(**cells)).event == event


@pytest.mark.parametrize(
    ("text", "frequency", "dates", "expected"),
    [
        ("One-Year commitment for monthly/yearly billing", "Monthly", 0, "P1Y monthly"),
        ("One-Year commitment for monthly/yearly billing", "", 0, "P1Y annual"),
        ("One-Year commitment for yearly billing", "", 0, "P1Y annual"),
        ("One-Year commitment for yearly billing", "Annual", 0, "P1Y annual"),
        ("One-Month commitment for monthly billing", "NA", 0, "P1M monthly"),
        ("One-Month commitment for trial", "", 0, "P1M None"),
        (
            "Three-3 Years commitment for monthly/3 Years/yearly billing",
            "Monthly",
            0,
            "P3Y monthly",
        ),
        (
            "Three-3 Years commitment for monthly/3 Years/yearly billing",
            "",
            0,
            "P3Y triennial",
        ),
        ("Three-3 Years commitment for yearly billing", "", 0, "P3Y annual"),
        ("1 Year Reservation", "Monthly", 0, "P1Y monthly"),
        ("3 Years Reservation", "", 0, "P3Y triennial"),
        ("1 Month Subscription", "", 0, "P1M monthly"),
        ("1 Month Trial", "", 0, "P1M None"),
        ("", "", 0, "None None"),
        ("a text nobody has seen", "Monthly", ("03/05/2026", "03/04/2027"), "P1Y mon"),
        ("1 Year Reservation", "", ("01/31/2026", "02/27/2026"), "P1M monthly"),
        # co-terminated: the dates are no whole months, so the text counts
        (
            "One-Year commitment for monthly billing",
            "",
            ("03/05/2026", "02/28/2027"),
            "P1Y mo",
        ),
        (
            "One-Year commitment for monthly billing",
            "",
            ("03/05/2026", "12/31/9999"),
            "P1Y mo",
        ),
    ],
)
def test_term_and_billing_plan(text, frequency, dates, expected):
    start, end = dates or ("", "")
    found = charge(
        seats(
            TermAndBillingCycle=text,
            BillingFrequency=frequency,
            SubscriptionStartDate=start,
            SubscriptionEndDate=end,
        )
    )
    assert f"{found.term} {found.billing_plan}".startswith(expected)


def test_a_term_that_never_ends_has_no_end():
    assert charge(seats(SubscriptionEndDate="12/31/9999")).term_end is None


@pytest.mark.parametrize(
    ("cells", "charge_class"),
    [
        ({}, None),
        ({"Subtotal": "-120"}, None),
        ({"Subtotal": "-120", "OrderDate": "04/02/2026"}, "Correction"),
        ({"OrderDate": "04/02/2026"}, None),
    ],
)
def test_money_back_on_an_earlier_invoice_is_a_correction(cells, charge_class):
    assert charge(seats(**cells)).charge_class == charge_class


def test_usage_credit_of_the_month_just_closed_is_no_correction():
    of_march = charge(usage(ChargeType="customerCredit", Subtotal="-13.26"))
    of_february = charge(
        usage(
            ChargeType="customerCredit",
            Subtotal="-13.26",
            ChargeStartDate="02/01/2026",
            ChargeEndDate="02/28/2026",
        )
    )
    assert of_march.charge_class is None
    assert of_february.charge_class == "Correction"


def test_pitfall_072_billable_quantity_is_priced_and_both_are_kept():
    found = charge(usage(Quantity="1", BillableQuantity="376.5"))
    assert (found.quantity, found.pricing_quantity) == (1, Decimal("376.5"))


def test_sign_of_the_money_is_the_sign_of_the_quantity():
    found = charge(seats(Subtotal="-81.24", EffectiveUnitPrice="-6.77"))
    assert found.pricing_quantity == -12
    assert found.contracted_unit_price == Decimal("6.77")
    free = charge(seats(Subtotal="0", EffectiveUnitPrice="-0.001"))
    assert free.pricing_quantity == -12


@pytest.mark.parametrize(
    ("rule", "price", "quantity", "rate", "subtotal"),
    [
        # page section 8 and its explanation
        (expected_subtotal_usage, "0.03825", "376.5", "0.9213", "13.26"),
        (expected_subtotal_usage, "-0.03825", "376.5", "0.9213", "-13.26"),
        (expected_subtotal_seats, "6.77", "15", "1", "101.55"),
        (expected_subtotal_seats, "-47.47", "5", "1", "-237.35"),
        (expected_subtotal_seats, "10", "3", "0.92139", "27.63"),
    ],
)
def test_pitfall_073_subtotal_is_cut_per_seat_once_and_per_usage_twice(
    rule, price, quantity, rate, subtotal
):
    values = (Decimal(value) for value in (price, quantity, rate))
    assert rule(*values) == Decimal(subtotal)


def test_pitfall_073_rounding_of_a_cent_is_no_warning():
    assert warned(usage(Subtotal="13.27", Total="15.79")) == []
    assert warned(usage(Subtotal="13.28", Total="15.80")) == ["arithmetic"]


def test_pitfall_083_contradiction_of_price_quantity_amount_is_named():
    reading, (found,) = read(seats(EffectiveUnitPrice="9"))
    assert found.billed_cost == 120
    assert str(reading.warnings[0]) == (
        "row 2: price 9 × quantity 12 × rate 1 gives 108.00, but the file says 120; "
        "the amount of the file counts"
    )


def test_total_that_is_not_net_plus_tax_is_named():
    assert warned(seats(Total="142.81")) == ["arithmetic"]


def test_pitfall_084_currency_of_each_row_is_checked():
    reading, items = read(
        seats(),
        seats(Currency="CHF"),
        seats(Currency=""),
        seats(Currency="12.00"),
        usage(PCToBCExchangeRate=""),
    )
    assert [type(item).__name__ for item in items] == [
        "ProviderCharge",
        "ProviderCharge",
        "Problem",
        "Problem",
        "ProviderCharge",
    ]
    assert reading.summary()["totals"] == {
        "CHF": {"billed_cost": "120.00", "tax": "22.80"},
        "EUR": {"billed_cost": "133.26", "tax": "25.32"},
    }
    assert [notice.code for notice in reading.warnings] == ["no_exchange_rate"]
    assert items[2].amount is None  # money without a currency is not certain


def test_pitfall_085_quantity_zero_is_allowed():
    found = charge(usage(BillableQuantity="0", Subtotal="0", TaxTotal="0", Total="0"))
    assert found.pricing_quantity == 0
    assert found.flags == ("zero_amount", "zero_quantity")


def test_pitfall_086_negative_amounts_are_fine_where_money_comes_back():
    for charge_type in ("customerCredit", "cancelImmediate", "addQuantity", "convert"):
        _, (found,) = read(
            seats(
                ChargeType=charge_type,
                Subtotal="-120",
                TaxTotal="-22.8",
                Total="-142.8",
                EffectiveUnitPrice="-10",
            )
        )
        assert found.billed_cost == -120


def test_row_without_end_date_is_kept_and_named():
    placeholder = charge(usage(ChargeEndDate="", Subtotal="0"))
    assert placeholder.charge_period_end is None
    assert "no_charge_end" not in placeholder.flags
    assert "no_charge_end" in charge(seats(ChargeEndDate="")).flags


def test_customer_without_id_is_kept_for_a_proposal_by_name():
    found = charge(seats(CustomerId=""))
    assert found.sub_account_id is None
    assert found.customer_domain == "musterbau.example"
    assert found.flags == ("no_customer_id",)


def test_trial_is_flagged():
    assert charge(seats(ProductQualifiers='["Trial"]')).flags == ("trial",)


@pytest.mark.parametrize(
    ("reference", "group_ref"),
    [
        ("b3a1", "b3a1"),
        ('{"osId":"o","id":"b3a1","v":1}', "b3a1"),
        ('{"broken', '{"broken'),
        ("", None),
    ],
)
def test_group_of_rows(reference, group_ref):
    assert charge(seats(ReferenceId=reference)).group_ref == group_ref


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"SkuId": "1"}, "SkuId", "damaged by a spreadsheet"),
        ({"OrderId": "1.23457E+15"}, "OrderId", "damaged by a spreadsheet"),
        ({"AlternateId": "1,23E+11"}, "AlternateId", "damaged by a spreadsheet"),
        ({"OrderId": "123456789012345000"}, "OrderId", "damaged by a spreadsheet"),
        ({"Subtotal": "abc"}, "Subtotal", "expected a number such as 120.50"),
        ({"Subtotal": ""}, "Subtotal", "the net amount is missing"),
        ({"Subtotal": "NaN"}, "Subtotal", "expected a number"),
        ({"Subtotal": "Infinity"}, "Subtotal", "expected a number"),
        ({"Subtotal": "1,234.56"}, "Subtotal", "without thousands marks"),
        ({"Subtotal": "1,234"}, "Subtotal", "unclear whether"),
        ({"Subtotal": "12,5"}, "Subtotal", "another decimal mark"),
        ({"Subtotal": "1E+40"}, "Subtotal", "far too large"),
        ({"Subtotal": "1" * 70}, "Subtotal", "too many digits"),
        ({"TaxTotal": "€ 3"}, "TaxTotal", "expected a number"),
        ({"BillableQuantity": "#####"}, "BillableQuantity", "expected a number"),
        ({"ChargeStartDate": ""}, "ChargeStartDate", "first day is missing"),
        ({"ChargeStartDate": "02/30/2026"}, "ChargeStartDate", "calendar"),
        ({"ChargeStartDate": "46086"}, "ChargeStartDate", "expected a date"),
        ({"ChargeEndDate": "03/01/2026"}, "ChargeEndDate", "ends before it starts"),
        (
            {"OrderDate": "", "ChargeType": "cancel"},
            "OrderDate",
            "day on which the change took effect",
        ),
        (
            {"CustomerId": "", "CustomerName": "", "CustomerDomainName": ""},
            "CustomerId",
            "names no customer",
        ),
        (
            {"ProductId": "", "SkuId": "", "ProductName": "", "SkuName": ""},
            "ProductId",
            "names no product",
        ),
    ],
)
def test_bad_cell_becomes_a_problem_and_reading_goes_on(cells, column, words):
    _, (before, problem, after) = read(seats(), seats(**cells), seats())
    assert (before.row, problem.row, after.row) == (2, 3, 4)
    assert problem.column == column
    assert words in problem.reason
    assert str(problem).startswith(f"row 3, column {column}: ")


def test_money_of_a_bad_row_does_not_vanish():
    reading, items = read(
        seats(), seats(SkuId="1"), seats(Subtotal="x"), seats(ChargeStartDate="x")
    )
    assert (reading.rows, reading.charge_count, reading.problem_count) == (4, 1, 3)
    assert [(p.amount, p.currency) for p in items[1:]] == [
        (120, "EUR"),
        (None, None),
        (120, "EUR"),
    ]
    assert reading.problem_amounts == {"EUR": 240}
    assert reading.summary()["totals"]["EUR"]["billed_cost"] == "120.00"


def test_problem_names_all_bad_cells():
    _, (problem,) = read(seats(Subtotal="x", TaxTotal="y", SkuId="7"))
    assert str(problem) == (
        "row 2, column Subtotal: found “x”, expected a number such as 120.50; correct "
        "the file or download it again (also wrong: TaxTotal, SkuId)"
    )


@pytest.mark.parametrize("sku_id", ["0002", "006G", "1E10", "00E5", "MARKETPLACE-SKU"])
def test_sku_id_is_text(sku_id):
    assert charge(seats(SkuId=sku_id)).sku_id == f"CFQ7TTC0AAAA:{sku_id}"


def test_cells_are_never_formulas():
    evil = '=HYPERLINK("http://example.invalid","x")'
    found = charge(seats(CustomerName=evil, ProductName="+1+1", SkuName="@SUM(A1)"))
    assert found.sub_account_name == evil
    assert found.raw["CustomerName"] == evil
    assert (found.service_name, found.sku_name) == ("+1+1", "@SUM(A1)")


def test_columns_may_have_any_order_and_api_spelling_and_company():
    names = list(reversed(list(seats())))
    api = {name: name[0].lower() + name[1:] for name in names} | {
        "Total": "totalForCustomer"
    }
    row = {api[name]: value for name, value in seats().items()} | {"invented": "x"}
    _, (found,) = read(row, columns=[api[name] for name in names] + ["invented"])
    assert found.to_dict() | {"raw": 0} == charge(seats()).to_dict() | {"raw": 0}
    assert found.raw["invented"] == "x"


def test_file_of_2021_has_two_columns_less():
    reading = formats.open_file(FIXTURES / "nce_45_columns_2021.csv")
    assert len(list(reading)) == 1
    assert reading.header == COLUMNS_2021


def test_numbers_behind_apostrophes_and_glued_parts():
    name = "nce_2026_apostrophes_repeated_header.csv"
    reading = formats.open_file(FIXTURES / name)
    first, second = list(reading)
    assert (first.row, second.row) == (2, 4)
    assert first.billed_cost == 120
    assert first.to_dict()["tax"] == "0.00000000000000000000"
    assert first.group_ref == "b3a10000-0000-4000-8000-000000000001"
    assert reading.summary()["totals"] == {
        "EUR": {"billed_cost": "360.00", "tax": "45.60"}
    }


def test_pitfall_074_file_saved_by_german_excel_is_read_with_warnings():
    reading = formats.open_file(FIXTURES / "nce_saved_by_german_excel.csv")
    charges = list(reading)
    assert [c.billed_cost for c in charges] == [
        Decimal(120),
        Decimal("-81.24"),
        Decimal("101.55"),
    ]
    assert charges[2].charge_period_start == date(2026, 3, 15)
    assert charges[0].sub_account_name == "Müller & Söhne GmbH"
    assert charges[0].sku_id == "CFQ7TTC0AAAA:0001"
    codes = [notice.code for notice in reading.warnings]
    assert codes == ["encoding", "number_style", "date_style"]


def test_pitfall_074_ids_cut_by_a_spreadsheet_are_refused():
    _, items = read(seats(SkuId="1"), seats(OrderId="1.23457E+15"))
    assert all(isinstance(item, formats.Problem) for item in items)
    assert all("without opening it in Excel" in item.reason for item in items)


def test_row_key_is_the_same_in_every_download():
    rows = [seats(), usage(), seats(Subtotal="-120"), seats()]
    _, first = read(*rows)
    _, second = read(*reversed(rows), columns=COLUMNS_2021)
    assert {c.row_key for c in first} == {c.row_key for c in second}
    assert len({c.row_key for c in first}) == 4
    assert first[0].row_key[:-2] == first[3].row_key[:-2]
    assert (first[0].row_key[-2:], first[3].row_key[-2:]) == ("-1", "-2")


def test_row_key_ignores_spelling_and_names():
    plain = charge(seats())
    other = charge(
        seats(
            CustomerName="Renamed GmbH",
            ChargeType="Cycle Charge",
            Subtotal="120.00",
            CustomerId=CUSTOMER.upper(),
            ChargeStartDate="2026-03-05T00:00:00Z",
        )
    )
    assert plain.row_key == other.row_key


def test_file_without_invoice_number_gets_the_hash_of_the_file():
    reading, (found,) = read(seats(InvoiceNumber=""))
    assert found.invoice_id == reading.file_hash
    assert len(reading.file_hash) == 64


def test_estimates_of_usage_in_the_open_month_are_unbilled():
    # page "… daily rated usage file", section 4: unbilled reconciliation
    _, found = read(usage(InvoiceNumber=""), seats(InvoiceNumber=""), usage())
    assert ["unbilled" in charge.flags for charge in found] == [True, False, False]


def test_pitfall_076_difference_to_the_invoice_is_named():
    reading, _ = read(seats(), usage())
    assert reading.difference(Decimal("133.26"), "EUR") == 0
    assert reading.difference(Decimal("130.00"), "EUR") == Decimal("-3.26")
    assert reading.difference(Decimal(5), "CHF") == 5
