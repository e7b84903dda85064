"""Microsoft's daily rated usage: what its rows become."""

from datetime import date
from decimal import Decimal

import formats
import pytest
from formats import Problem, ProviderCharge, UsageReading, open_file
from usage_files import (
    AZURE,
    COLUMNS,
    COLUMNS_2021,
    CUSTOMER,
    MACHINE,
    NOT_BASIC,
    PLAN,
    api_name,
    hours,
    usage_file,
    usage_text,
)


def read(data: bytes) -> UsageReading:
    reading = open_file(data, name="usage.csv")
    assert isinstance(reading, UsageReading)
    return reading


def charges(rows, **options) -> list[ProviderCharge]:
    reading = read(usage_file(rows, **options))
    found = list(reading)
    assert not [item for item in found if isinstance(item, Problem)], found
    return found


def problems(rows, **options) -> list[Problem]:
    reading = read(usage_file(rows, **options))
    return [item for item in reading if isinstance(item, Problem)]


def details(data: bytes) -> list[dict]:
    return [row for batch in read(data).batches() for row in batch.frame.to_dicts()]


MARCH = [
    hours(),
    hours(UsageDate="03/02/2026", Quantity="23.5", BillingPreTaxTotal="0.9208238722"),
    hours(
        UsageDate="03/03/2026",
        Quantity="0.000012",
        BillingPreTaxTotal="0",
        ResourceURI="",
        Tags="",
    ),
]


def test_rows_of_one_price_and_month_are_one_charge():
    (charge,) = charges(MARCH)
    found = {
        name: value for name, value in charge.to_dict().items() if value is not None
    }
    raw = found.pop("raw")
    assert len(found.pop("row_key")) == 34
    assert found == {
        "row": 2,
        "row_count": 3,
        "invoice_id": "G000000101",
        "sub_account_id": CUSTOMER,
        "sub_account_name": "Muster Bau GmbH",
        "customer_domain": "musterbau.example",
        "subscription_id": PLAN,
        "sub_subscription_id": AZURE,
        "sub_subscription_name": "Produktion",
        "sku_id": "DZH318Z0BPS6:0001",
        "availability_id": "DZH318Z08MLK",
        "service_name": "Azure plan",
        "sku_name": "Azure plan",
        "publisher_name": "Microsoft",
        "charge_description": "Virtual Machines - Bs Series - B2s - EU West",
        "region_id": "EU West",
        "event": "usage",
        "charge_type": "New",
        "charge_category": "Usage",
        "quantity": "47.500012",
        "pricing_quantity": "47.500012",
        "is_difference": False,
        "pricing_unit": "1 Hour",
        "list_unit_price": "0.05",
        "contracted_unit_price": "0.0425312",
        "billed_cost": "1.8612397416",
        "billing_currency": "EUR",
        "pricing_currency": "USD",
        "exchange_rate": "0.9213",
        "exchange_rate_date": "2026-03-31",
        "charge_period_start": "2026-03-01",
        "charge_period_end": "2026-04-01",
        "partner_credit_rate": "0.15",
        "flags": [],
    }
    assert raw["CustomerCountry"] == "DE"
    assert "ResourceURI" not in raw


def test_details_are_the_rows_with_what_the_charge_does_not_say():
    reading = read(usage_file(MARCH))
    (batch,) = reading.batches()
    (charge,) = reading.charges()
    assert batch.problems == []
    rows = batch.frame.to_dicts()
    assert rows[0] == {
        "row": 2,
        "charge_key": charge.row_key,
        "charge_date": date(2026, 3, 1),
        "quantity": "24",
        "unit_price": "0.0425312",
        "billed_cost": "0.9404158694",
        "resource_id": MACHINE,
        "resource_name": "vm-1",
        "resource_group": "rg-prod",
        "region": "westeurope",
        "tags": '{"costcenter": "4711"}',
        "raw": (
            '{"ConsumedService":"Microsoft.Compute",'
            '"PricingPreTaxTotal":"1.0207488000",'
            '"AdditionalInfo":"{\\"VMName\\": \\"vm-1\\", \\"VCPUs\\": 2}"}'
        ),
    }
    assert [row["charge_date"].day for row in rows] == [1, 2, 3]
    assert rows[2]["resource_id"] is None and rows[2]["resource_name"] is None
    assert rows[2]["tags"] is None
    assert charge.tags is None  # the rows differ


def test_tags_that_all_rows_share_stand_on_the_charge():
    (charge,) = charges([hours(), hours(UsageDate="03/02/2026")])
    assert charge.tags == '{"costcenter": "4711"}'


@pytest.mark.parametrize(
    "tags", ["costcenter: 4711", "[1]", '{"a"', '{"a": "\\u0000"}', '{"a": "\\ud800"}']
)
def test_tags_that_are_no_json_object_stay_as_they_are(tags):
    (row,) = details(usage_file([hours(Tags=tags)]))
    assert row["tags"] is None
    assert '"Tags":' in row["raw"]


def test_header_of_2021_has_51_columns():
    assert len(COLUMNS) == 55 and len(COLUMNS_2021) == 51
    (charge,) = charges([hours()], columns=COLUMNS_2021)
    assert charge.billed_cost == Decimal("0.9404158694")
    assert read(usage_file([hours()], columns=COLUMNS_2021)).format.id == (
        "microsoft_daily"
    )


def test_spelling_of_the_api_and_its_rates():
    row = hours(
        UsageDate="2026-03-01T00:00:00Z",
        ChargeStartDate="2026-03-01T00:00:00Z",
        ChargeEndDate="2026-04-01T00:00:00Z",
        PCToBCExchangeRateDate="2026-03-31T00:00:00Z",
        PartnerEarnedCreditPercentage="0.15",
    )
    text = usage_text([row])
    header, _, rest = text.partition("\r\n")
    header = ",".join(api_name(name) for name in header.split(","))
    reading = read(f"{header}\r\n{rest}".encode())
    (charge,) = reading.charges()
    assert charge.partner_credit_rate == Decimal("0.15")
    assert charge.pricing_unit == "1 Hour"
    assert charge.charge_period_end == date(2026, 4, 1)


def test_basic_attributes_are_enough():
    columns = [name for name in COLUMNS if name not in NOT_BASIC]
    (charge,) = charges([hours()], columns=columns)
    assert charge.billed_cost == Decimal("0.9404158694")
    assert charge.charge_description == "33333333-0000-4000-8000-000000000001"
    assert charge.partner_credit_rate is None
    assert charge.tags is None


def test_rows_shown_in_the_documentation_with_columns_left_out():
    data = b"""CustomerName,SubscriptionId,UsageDate,MeterCategory,MeterName,Unit,ResourceGroup,UnitPrice,Quantity,BillingPreTaxTotal,BillingCurrency,EffectiveUnitPrice,PCToBCExchangeRate,EntitlementId,PartnerEarnedCreditPercentage,CreditType,Tags
Muster Bau GmbH,11111111-0000-4000-8000-000000000001,03/01/2026,Virtual Machines,B2s,1 Hour,rg-prod,0.05,24,0.9404158694,EUR,0.0425312,0.9213,22222222-0000-4000-8000-000000000001,15,Partner Earned Credit Applied,"{""costcenter"": ""4711""}"
Muster Bau GmbH,11111111-0000-4000-8000-000000000001,03/02/2026,Virtual Machines,B2s,1 Hour,rg-prod,0.05,23.5,0.9208238722,EUR,0.0425312,0.9213,22222222-0000-4000-8000-000000000001,15,Partner Earned Credit Applied,"{""costcenter"": ""4711""}"
Muster Bau GmbH,11111111-0000-4000-8000-000000000001,03/01/2026,Bandwidth,Data Transfer Out,1 GB,RG-PROD,0.087,0.000012,0,EUR,0,0.9213,22222222-0000-4000-8000-000000000001,15,Partner Earned Credit Applied,
Praxis Beispiel,11111111-0000-4000-8000-000000000002,03/01/2026,Log Analytics,Data Ingestion,1 GB,rg-log,2.99,0.5,1.3773435000,EUR,2.99,0.9213,22222222-0000-4000-8000-000000000009,0,Credit Not Applied,
"""
    reading = read(data)
    found = [(str(c.billed_cost), c.row_count, c.flags) for c in reading.charges()]
    assert found == [
        ("1.8612397416", 2, ("no_customer_id", "unbilled")),
        ("0", 1, ("no_customer_id", "unbilled", "zero_amount")),
        ("1.3773435", 1, ("no_customer_id", "unbilled")),
    ]
    assert reading.summary()["totals"] == {
        "EUR": {"billed_cost": "3.2385832416", "tax": "0.00"}
    }


@pytest.mark.parametrize(
    "change",
    [
        {"CustomerId": "77777777-0000-4000-8000-000000000002"},
        {"SubscriptionId": "11111111-0000-4000-8000-000000000002"},
        {"EntitlementId": "22222222-0000-4000-8000-000000000002"},
        {"SkuId": "0002"},
        {"MeterId": "33333333-0000-4000-8000-000000000002"},
        {"EffectiveUnitPrice": "0.0425313"},
        {"UnitPrice": "0.06"},
        {"ChargeType": "Credit"},
        {"BillingCurrency": "USD"},
        {"InvoiceNumber": "G000000102"},
        {"PartnerEarnedCreditPercentage": "0"},
        {"UsageDate": "02/28/2026"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_keeps_rows_apart(change):
    assert len(charges([hours(), hours(**change)])) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"ResourceURI": "/other"},
        {"ResourceGroup": "RG-PROD"},
        {"UsageDate": "03/31/2026"},
        {"EffectiveUnitPrice": "0.04253120"},
        {"CustomerName": "MUSTER BAU"},
        {"CustomerId": CUSTOMER.upper()},
        {"Tags": ""},
        {"AdditionalInfo": ""},
        {"SubscriptionId": f" '{PLAN} "},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_does_not_keep_rows_apart(change):
    (charge,) = charges([hours(), hours(**change)])
    assert (charge.row_count, charge.sub_account_name) == (2, "Muster Bau GmbH")


def test_key_of_a_charge_is_the_same_in_the_next_download():
    (before,) = charges(MARCH[:1])
    (after,) = charges(MARCH)
    assert before.row_key == after.row_key


def test_apostrophes_that_guard_numbers_and_ids():
    row = hours(
        SubscriptionId=f"'{PLAN}",
        Quantity="'24.000",
        BillingPreTaxTotal="'0.9404158694",
    )
    (charge,) = charges([row])
    assert charge.subscription_id == PLAN
    assert charge.billed_cost == Decimal("0.9404158694")


def test_many_digits_and_exponents_are_exact():
    rows = [
        hours(Quantity="1e-06", BillingPreTaxTotal="0.0000000000000000000001"),
        hours(Quantity="2E-6", BillingPreTaxTotal="1E+2"),
        hours(Quantity="0.1234567890123456789", BillingPreTaxTotal="-0.3"),
    ]
    (charge,) = charges(rows)
    assert str(charge.billed_cost) == "99.7000000000000000000001"
    assert str(charge.pricing_quantity) == "0.1234597890123456789"
    texts = [(row["quantity"], row["billed_cost"]) for row in details(usage_file(rows))]
    assert texts == [
        ("0.000001", "0.0000000000000000000001"),
        ("0.000002", "100"),
        ("0.1234567890123456789", "-0.3"),
    ]


def test_unbilled_usage_is_flagged_and_has_no_invoice():
    reading = read(usage_file([hours(InvoiceNumber="")]))
    (charge,) = reading.charges()
    assert charge.flags == ("unbilled",)
    assert charge.invoice_id == reading.file_hash
    (again,) = charges([hours(InvoiceNumber="", Quantity="25")])
    assert again.row_key == charge.row_key


def test_sku_id_that_lost_its_zeros_is_refused():
    (problem,) = problems([hours(SkuId="1"), hours()])
    assert (problem.row, problem.column, problem.value) == (2, "SkuId", "1")
    assert "damaged by a spreadsheet" in problem.reason
    assert (problem.amount, problem.currency) == (Decimal("0.9404158694"), "EUR")


def test_marketplace_usage_without_sku_is_known_by_its_meter():
    (charge,) = charges(
        [hours(ProductId="", SkuId="", MeterId="1core", PublisherName="Contoso")]
    )
    assert charge.sku_id == "Virtual Machines - Bs Series - B2s - EU West"
    assert charge.publisher_name == "Contoso"


def test_ids_of_any_case_are_one_customer_and_one_subscription():
    names = ("CustomerId", "SubscriptionId", "EntitlementId")
    upper = hours(**dict.fromkeys(names, "ABCDEF01-0000-4000-8000-00000000000A"))
    lower = upper | {name: upper[name].lower() for name in names}
    (charge,) = charges([upper, lower])
    found = (charge.sub_account_id, charge.subscription_id, charge.sub_subscription_id)
    assert set(found) == {lower["CustomerId"]}


def test_unknown_charge_type_is_said_once_per_charge():
    reading = read(usage_file([hours(ChargeType="gift")] * 3))
    (charge,) = reading.charges()
    assert (charge.event, charge.charge_category) == ("unknown", None)
    assert charge.flags == ("unknown_charge_type",)
    assert [notice.code for notice in reading.warnings] == ["unknown_charge_type"]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"BillingPreTaxTotal": ""}, "BillingPreTaxTotal"),
        ({"BillingPreTaxTotal": "abc"}, "BillingPreTaxTotal"),
        ({"BillingPreTaxTotal": "1.2.3"}, "BillingPreTaxTotal"),
        ({"Quantity": "many"}, "Quantity"),
        ({"UsageDate": ""}, "UsageDate"),
        ({"UsageDate": "13/32/2026"}, "UsageDate"),
        ({"BillingCurrency": "Euro"}, "BillingCurrency"),
        ({"CustomerId": "1.23457E+15"}, "CustomerId"),
        (
            {"CustomerId": "", "CustomerName": "", "CustomerDomainName": ""},
            "CustomerId",
        ),
        ({"CustomerName": "x" * 251}, "CustomerName"),
        ({"ChargeEndDate": "02/01/2026"}, "ChargeEndDate"),
        ({"EffectiveUnitPrice": "-"}, None),
        ({"EffectiveUnitPrice": "free"}, "EffectiveUnitPrice"),
    ],
)
def test_a_bad_row_is_a_problem_and_the_others_count(cells, column):
    reading = read(usage_file([hours(), hours(**cells), hours()]))
    found = list(reading)
    bad = [item for item in found if isinstance(item, Problem)]
    assert [(item.row, item.column) for item in bad] == (
        [(3, column)] if column else []
    )
    assert reading.rows == 3
    assert reading.problem_count == len(bad)
    counted = sum(item.row_count for item in found if isinstance(item, ProviderCharge))
    assert counted == 3 - len(bad)


def test_pitfall_078_late_usage_keeps_its_month_and_is_marked():
    late = hours(UsageDate="02/28/2026", Quantity="1", BillingPreTaxTotal="0.05")
    first, second = charges([hours(), late])
    assert (first.charge_period_start, first.charge_period_end) == (
        date(2026, 2, 1),
        date(2026, 3, 1),
    )
    assert (first.flags, second.flags) == (("late",), ())
    assert str(first.billed_cost) == "0.05"


def test_pitfall_079_period_is_that_of_the_charge():
    (charge,) = charges(
        [hours(ChargeStartDate="03/01/2026", ChargeEndDate="03/31/2026")]
    )
    # an end on the last day of a month can only be inclusive
    assert charge.charge_period_end == date(2026, 4, 1)


def test_pitfall_082_blank_rows_titles_repeated_headers_and_total_rows():
    lines = usage_text(MARCH[:2]).split("\r\n")
    total = ["Total", *[""] * 54]
    total[COLUMNS.index("BillingPreTaxTotal")] = "1.8612397416"
    text = "\r\n".join(
        [
            "Usage of March",
            "",
            lines[0],
            lines[1],
            "," * 54,
            lines[0],
            "",
            lines[2],
            ",".join(total),
        ]
    )
    reading = read(text.encode())
    (charge,) = reading.charges()
    assert (charge.row, charge.row_count) == (4, 2)
    assert (reading.rows, reading.problem_count, reading.warnings) == (2, 0, [])


def test_total_row_that_differs_is_said():
    lines = usage_text(MARCH[:2])
    total = ["Total", *[""] * 54]
    total[COLUMNS.index("BillingPreTaxTotal")] = "2"
    rest = usage_text(MARCH[2:]).partition("\r\n")[2]
    reading = read((lines + ",".join(total) + "\r\n" + rest).encode())
    list(reading)
    (notice,) = reading.warnings
    assert (notice.row, notice.code) == (4, "total_differs")
    assert "0.1387602584 is missing" in notice.reason


def test_pitfall_083_amount_that_price_and_quantity_contradict_is_said():
    wrong = hours(BillingPreTaxTotal="94.04", ResourceURI="/vm2")
    reading = read(usage_file([hours(), hours(SkuId="0002"), wrong]))
    assert len(list(reading)) == 2
    (notice,) = reading.warnings
    assert (notice.row, notice.code) == (2, "arithmetic")
    assert notice.reason == (
        "price × quantity × rate of the charge that begins here, 0.0425312 × 48 × "
        "0.9213, give 1.88083173888, but its rows add up to 94.9804158694; the amounts "
        "of the file count"
    )


def test_pitfall_083_rounding_of_a_month_is_no_contradiction():
    rows = [
        hours(BillingPreTaxTotal="0.95"),
        hours(SkuId="0002", EffectiveUnitPrice=""),
    ]
    reading = read(usage_file(rows))
    list(reading)
    assert reading.warnings == []


def test_pitfall_085_quantity_zero_is_allowed():
    (charge,) = charges([hours(Quantity="0", BillingPreTaxTotal="0")])
    assert charge.pricing_quantity == 0
    assert charge.flags == ("zero_amount", "zero_quantity")


def test_pitfall_086_negative_amounts_are_summed():
    (charge,) = charges(
        [hours(), hours(Quantity="-24", BillingPreTaxTotal="-0.9404158695")]
    )
    assert charge.pricing_quantity == 0
    assert charge.to_dict()["billed_cost"] == "-0.0000000001"


def test_pitfall_089_every_row_is_counted_and_summed():
    rows = [
        hours(UsageDate=f"03/{day:02d}/2026", ResourceURI=f"/vm{number}")
        for number in range(40)
        for day in range(1, 32)
    ]
    reading = read(usage_file([*rows, hours(Quantity="x")]))
    found = list(reading)
    assert reading.summary() == {
        "format": "microsoft_daily",
        "rows": 1241,
        "charges": 1,
        "problems": 1,
        "totals": {"EUR": {"billed_cost": "1166.115678056", "tax": "0.00"}},
    }
    assert len(found) == 2
    assert reading.problem_amounts == {"EUR": Decimal("0.9404158694")}


def test_pitfall_076_difference_to_the_invoice_is_named():
    reading = read(usage_file(MARCH))
    list(reading)
    assert reading.difference(Decimal("1.86"), "EUR") == Decimal("-0.0012397416")


def test_decimal_comma_of_a_spreadsheet():
    row = hours(
        Quantity="24,5",
        BillingPreTaxTotal="1.234,5678",
        UnitPrice="0,05",
        EffectiveUnitPrice="0,0425",
        PricingPreTaxTotal="1,02",
        PCToBCExchangeRate="0,9213",
        UsageDate="31.03.2026",
        ChargeStartDate="01.03.2026",
        ChargeEndDate="01.04.2026",
        PCToBCExchangeRateDate="31.03.2026",
    )
    reading = read(usage_file([row, row], delimiter=";"))
    (charge,) = reading.charges()
    assert str(charge.billed_cost) == "2469.1356"
    codes = {notice.code for notice in reading.warnings}
    assert codes == {"number_style", "date_style", "arithmetic"}


def test_windows_1252():
    data = usage_text([hours(CustomerName="Müller Möbel")]).encode("cp1252")
    reading = read(data)
    (charge,) = reading.charges()
    assert charge.sub_account_name == "Müller Möbel"
    assert [notice.code for notice in reading.warnings] == ["encoding"]


def test_a_reading_can_be_read_again():
    reading = read(usage_file(MARCH))
    first = [item.to_dict() for item in reading]
    second = [item.to_dict() for item in reading]
    assert first == second
    assert reading.rows == 3


def test_header_without_rows_is_refused():
    with pytest.raises(formats.UnreadableFile, match="a header but no rows"):
        open_file(usage_file([]), name="usage.csv")
