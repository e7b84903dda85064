"""All documented ways in which Microsoft's reconciliation comes, and old files."""

import json
from datetime import date
from decimal import Decimal

import formats
import pytest
from nce_files import COLUMNS, COLUMNS_2021, CUSTOMER, nce_file, nce_text, seats, usage

# page "… new-commerce invoice reconciliation file", section 2: columns marked *
COLUMNS_40 = tuple(
    name
    for name in COLUMNS_2021
    if name
    not in (
        "SubscriptionStartDate",
        "SubscriptionEndDate",
        "ReferenceId",
        "ProductQualifiers",
        "PromotionId",
    )
)
# Microsoft Graph reference, attributeSet: what "basic" leaves out of 47
LACKS = frozenset(
    {
        *("CustomerDomainName", "CustomerCountry", "MpnId", "Quantity", "PublisherId"),
        *("SubscriptionDescription", "UnitType", "AlternateId", "BillingFrequency"),
        *("PCToBCExchangeRateDate", "MeterDescription", "ProductQualifiers"),
    }
)
BASIC = tuple(name for name in COLUMNS if name not in LACKS)
API = {"Tier2MpnId": "ResellerMpnId", "Total": "TotalForCustomer"}


def read(data: bytes):
    reading = formats.open_file(data, name="file")
    items = list(reading)
    assert all(isinstance(item, formats.ProviderCharge) for item in items), items
    return reading, items


def api_name(name: str) -> str:
    name = API.get(name, name)
    return name[0].lower() + name[1:]


def api_page(*rows, columns=COLUMNS) -> bytes:
    """Return a page of the old interface: numbers and days as it writes them."""
    items = []
    for row in rows:
        item = {}
        for name in columns:
            value = row.get(name, "")
            if name.endswith("Date") and value:
                month, day, year = value.split("/")
                value = f"{year}-{month}-{day}T00:00:00Z"
            item[api_name(name)] = value
        item["productQualifiers"] = ["AddOn"]
        item["invoiceLineItemType"] = "billing_line_items"
        item["attributes"] = {"objectType": "OneTimeInvoiceLineItem"}
        items.append(item)
    return json.dumps({"totalCount": len(items), "items": items}, indent=4).encode()


@pytest.mark.parametrize(
    ("columns", "count"),
    [(COLUMNS, 47), (COLUMNS_2021, 45), (COLUMNS_40, 40), (BASIC, 35)],
)
def test_all_sets_of_columns_say_the_same(columns, count):
    assert len(columns) == count
    reading, (seat, meter) = read(nce_file([seats(), usage()], columns=columns))
    assert len(reading.header) == count
    assert (seat.event, meter.event) == ("recurring", "usage")
    assert (seat.pricing_quantity, meter.pricing_quantity) == (12, Decimal("376.5"))
    assert (seat.term, seat.billing_plan) == ("P1Y", "monthly")
    assert (meter.term, meter.billing_plan) == (None, None)
    assert reading.summary()["totals"] == {
        "EUR": {"billed_cost": "133.26", "tax": "25.32"}
    }
    assert reading.warnings == []


def test_a_line_has_one_key_in_portal_interface_and_basic_set():
    rows = [seats(), usage()]
    upper = [row | {"CustomerId": CUSTOMER.upper()} for row in rows]
    keys = [
        [charge.row_key for charge in read(data)[1]]
        for data in (
            nce_file(rows),
            nce_file(rows, columns=COLUMNS_2021),
            nce_file(rows, columns=BASIC),
            api_page(*upper),
        )
    ]
    assert all(found == keys[0] for found in keys)


def test_page_of_the_old_interface():
    _, (seat, meter) = read(api_page(seats(), usage()))
    assert (seat.billed_cost, seat.total) == (120, Decimal("142.8"))
    assert seat.charge_period_end == date(2026, 4, 5)
    assert seat.raw["productQualifiers"] == '["AddOn"]'
    assert json.loads(seat.raw["attributes"]) == {
        "objectType": "OneTimeInvoiceLineItem"
    }
    assert meter.event == "usage"


def test_trial_is_seen_in_a_list_of_the_interface():
    page = api_page(seats()).replace(b'"AddOn"', b'"AddOn", "Trial"')
    _, (found,) = read(page)
    assert found.flags == ("trial",)


def test_ids_of_any_case_are_one_customer_and_one_subscription():
    row = seats(
        CustomerId="ABCDEF01-0000-4000-8000-00000000000A",
        SubscriptionId="ABCDEF02-0000-4000-8000-00000000000B",
        SkuId="00AB",
    )
    _, (found,) = read(nce_file([row]))
    assert found.sub_account_id == "abcdef01-0000-4000-8000-00000000000a"
    assert found.subscription_id == "abcdef02-0000-4000-8000-00000000000b"
    assert found.sku_id == "CFQ7TTC0AAAA:00AB"
    assert found.raw["CustomerId"] == "ABCDEF01-0000-4000-8000-00000000000A"


THREE = "Three-3 Years commitment for monthly/3 Years/yearly billing"


@pytest.mark.parametrize(
    ("cells", "plan"),
    [
        ({}, "monthly"),
        # part of a month, after a change
        ({"ChargeStartDate": "03/20/2026"}, "monthly"),
        # all of the year
        ({"ChargeEndDate": "03/04/2027"}, "annual"),
        # seats added to a year
        ({"ChargeStartDate": "06/20/2026", "ChargeEndDate": "03/04/2027"}, "annual"),
        # the last month of a year: nobody can tell
        ({"ChargeStartDate": "02/05/2027", "ChargeEndDate": "03/04/2027"}, None),
        ({"ChargeStartDate": "02/20/2027", "ChargeEndDate": "03/04/2027"}, None),
        ({"ChargeEndDate": ""}, None),
        (
            {"TermAndBillingCycle": "One-Year commitment for yearly billing"},
            "annual",
        ),
        (
            {
                "TermAndBillingCycle": "One-Month commitment for monthly billing",
                "SubscriptionEndDate": "04/04/2026",
            },
            "monthly",
        ),
        (
            {
                "TermAndBillingCycle": "One-Month commitment for trial",
                "SubscriptionEndDate": "04/04/2026",
            },
            None,
        ),
        (
            {"TermAndBillingCycle": THREE, "SubscriptionEndDate": "03/04/2029"},
            "monthly",
        ),
        (
            {
                "TermAndBillingCycle": THREE,
                "SubscriptionEndDate": "03/04/2029",
                "ChargeEndDate": "03/04/2027",
            },
            "annual",
        ),
        (
            {
                "TermAndBillingCycle": THREE,
                "SubscriptionEndDate": "03/04/2029",
                "ChargeEndDate": "03/04/2029",
            },
            "triennial",
        ),
    ],
)
def test_without_billing_frequency_only_the_days_tell_the_plan(cells, plan):
    _, (found,) = read(nce_file([seats(**cells)], columns=BASIC))
    assert found.billing_plan == plan


@pytest.mark.parametrize(
    ("first", "second"),
    [(COLUMNS, COLUMNS_40), (COLUMNS_40, COLUMNS), (COLUMNS_2021, COLUMNS[::-1])],
)
def test_parts_with_other_columns_are_read_by_their_own_header(first, second):
    rows = [seats(CustomerName='Muster\n"Bau" GmbH'), usage()]
    one, two = nce_text(rows, columns=first), nce_text(rows, columns=second)
    for data in (f"{one}{two}", f"{one}\r\n\r\n\ufeff{two}"):
        reading, items = read(data.encode())
        assert [item.billed_cost for item in items] == [
            *(120, Decimal("13.26"), 120, Decimal("13.26")),
        ]
        assert items[2].raw.keys() == set(second)
        assert items[2].sub_account_name == 'Muster\n"Bau" GmbH'
        if COLUMNS_40 not in (first, second):  # which lacks a part of the key
            begins = [item.row_key[:-2] for item in items]
            assert begins[:2] == begins[2:]
            assert {item.row_key[-2:] for item in items[2:]} == {"-2"}
        assert reading.summary()["rows"] == 4
        # once more from the beginning
        assert [item.row for item in reading] == [item.row for item in items]


def test_numbers_of_all_parts_decide_the_decimal_mark():
    part = {"delimiter": ";", "newline": "\n"}
    comma = usage(Subtotal="13,26", TaxTotal="2,52", Total="15,78")
    comma |= {"UnitPrice": "0,0450001", "EffectiveUnitPrice": "0,0382501"}
    comma |= {"BillableQuantity": "376,5", "PCToBCExchangeRate": "0,92134"}
    whole = seats(TaxTotal="22", Total="142")
    data = nce_text([whole], columns=COLUMNS_40, **part)
    data += nce_text([comma], columns=COLUMNS[::-1], **part)
    _, (first, second) = read(data.encode())
    assert (first.billed_cost, second.billed_cost) == (120, Decimal("13.26"))


def test_row_of_another_part_that_is_too_short_names_its_own_width():
    short = nce_text([seats()], columns=COLUMNS_40).splitlines()[1].rsplit(",", 3)[0]
    data = nce_text([seats()]) + nce_text([usage()], columns=COLUMNS_40) + short
    reading = formats.open_file(data.encode())
    *_, problem = reading
    assert isinstance(problem, formats.Problem)
    assert "found 37, expected 40" in problem.reason


# -- before new commerce -------------------------------------------------------

LEGACY_HEADER = (
    *("PartnerId", "CustomerId", "CustomerName", "MpnId", "ResellerMpnId", "OrderId"),
    *("SubscriptionId", "SyndicationPartnerSubscriptionNumber", "OfferId"),
    *("DurableOfferId", "OfferName", "SubscriptionStartDate", "SubscriptionEndDate"),
    *("ChargeStartDate", "ChargeEndDate", "ChargeType", "UnitPrice", "Quantity"),
    *("Amount", "TotalOtherDiscount", "Subtotal", "Tax", "TotalForCustomer"),
    *("Currency", "DomainName", "SubscriptionName", "SubscriptionDescription"),
    "BillingCycleType",
)
SHOWN_ID = "33333333-0000-4000-8000-000000000001"
LEGACY = {
    "CustomerId": CUSTOMER,
    "CustomerName": "Muster Bau GmbH",
    "DomainName": "musterbau.example",
    "SubscriptionId": "55555555-0000-4000-8000-000000000001",
    "SyndicationPartnerSubscriptionNumber": SHOWN_ID,
    "DurableOfferId": "44444444-0000-4000-8000-000000000001",
    "OfferName": "Contoso Office E1",
    "ChargeStartDate": "2/1/2019 0:00",
    "ChargeEndDate": "2/28/2019 23:59",
    "ChargeType": "Cycle fee",
    "UnitPrice": "6.00",
    "Quantity": "10",
    "Amount": "60.00",
    "TotalOtherDiscount": "0",
    "Subtotal": "60.00",
    "Tax": "11.40",
    "TotalForCustomer": "71.40",
    "Currency": "EUR",
    "BillingCycleType": "Monthly",
}
CHANGE = LEGACY | {
    "ChargeStartDate": "2/15/2019 0:00",
    "ChargeType": "Cycle instance prorate",
}
BACK = CHANGE | {"UnitPrice": "-3.00", "Amount": "-30.00", "Subtotal": "-30.00"}
BACK |= {"Tax": "-5.70", "TotalForCustomer": "-35.70"}
ANEW = CHANGE | {"UnitPrice": "3.00", "Quantity": "12", "Amount": "36.00"}
ANEW |= {"Subtotal": "36.00", "Tax": "6.84", "TotalForCustomer": "42.84"}


def legacy(*rows) -> bytes:
    return nce_file(rows, columns=LEGACY_HEADER)


def test_licence_file_of_before_is_read():
    assert len(LEGACY_HEADER) == 28
    reading, items = read(legacy(LEGACY, BACK, ANEW))
    assert reading.format.id == "microsoft_legacy"
    assert [item.event for item in items] == ["recurring", "increase", "increase"]
    assert [item.pricing_quantity for item in items] == [10, -10, 12]
    first = items[0]
    assert (first.charge_period_start, first.charge_period_end) == (
        date(2019, 2, 1),
        date(2019, 3, 1),
    )
    assert (first.subscription_id, first.sku_id) == (
        SHOWN_ID,
        "44444444-0000-4000-8000-000000000001",
    )
    assert (first.contracted_unit_price, first.billing_plan) == (6, "monthly")
    assert first.invoice_id == reading.file_hash
    assert reading.warnings == []
    assert reading.summary()["totals"] == {
        "EUR": {"billed_cost": "66.00", "tax": "12.54"}
    }


def test_seats_of_a_licence_file_change_on_the_day_of_the_pair():
    _, items = read(legacy(ANEW, BACK, LEGACY))
    changes = formats.quantity_changes(items)
    assert [(one.start, one.quantity, one.kind) for one in changes] == [
        (date(2019, 2, 1), 10, "set"),
        (date(2019, 2, 15), 12, "set"),
    ]


@pytest.mark.parametrize(
    ("charge_type", "event"),
    [
        ("Prorate fees when purchase", "purchase"),
        ("Purchase fee", "purchase"),
        ("Renew fee", "renewal"),
        ("Cancel instance prorate", "cancel"),
        ("Prorate fees when convert to a new offering", "convert"),
        ("Offset a line item", "credit"),
        ("Cycle discount", "credit"),
        ("Something new", "unknown"),
    ],
)
def test_charge_types_of_a_licence_file(charge_type, event):
    reading, (found,) = read(legacy(LEGACY | {"ChargeType": charge_type}))
    assert found.event == event
    codes = [notice.code for notice in reading.warnings]
    assert codes == (["unknown_charge_type"] if event == "unknown" else [])


@pytest.mark.parametrize(
    ("cells", "column", "words"),
    [
        ({"Subtotal": ""}, "Subtotal", "net amount is missing"),
        ({"Currency": ""}, "Currency", "three letters"),
        ({"ChargeStartDate": ""}, "ChargeStartDate", "first day is missing"),
        ({"ChargeEndDate": "1/1/2019 0:00"}, "ChargeEndDate", "ends before it starts"),
        (
            {"CustomerId": "", "CustomerName": "", "DomainName": ""},
            "CustomerName",
            "customer is missing",
        ),
        ({"DurableOfferId": "", "OfferName": ""}, "OfferName", "product is missing"),
        ({"OrderId": "1.23457E+15"}, "OrderId", "damaged by a spreadsheet"),
    ],
)
def test_bad_cells_of_a_licence_file(cells, column, words):
    before, problem, after = formats.open_file(legacy(LEGACY, LEGACY | cells, LEGACY))
    assert (before.row, after.row) == (2, 4)
    assert (problem.row, problem.column) == (3, column)
    assert words in problem.reason


def test_discount_and_total_that_do_not_fit_are_named():
    odd = LEGACY | {"TotalOtherDiscount": "5", "TotalForCustomer": "71.41"}
    reading, (found,) = read(legacy(odd))
    assert [notice.code for notice in reading.warnings] == ["arithmetic", "arithmetic"]
    assert (found.list_unit_price, found.contracted_unit_price) == (6, None)


def test_usage_file_of_the_old_azure_offer_is_refused_by_its_name():
    header = (
        "CustomerCompanyName,SubscriptionId,ServiceName,ResourceName,Region,"
        "ConsumedQuantity,IncludedQuantity,OverageQuantity,ListPrice,PretaxCharges,"
        "TaxAmount,PostTaxTotal,Currency,ChargeType,Unit"
    )
    row = "Muster Bau GmbH,4,Storage,LRS,EU West,12.5,5,7.5,0.04,0.30,0.06,0.36,EUR,x,1"
    for forms in (None, []):
        with pytest.raises(formats.UnreadableFile, match="old Azure offer") as caught:
            formats.open_file(f"{header}\n{row}\n".encode(), "a.csv", formats=forms)
        assert not isinstance(caught.value, formats.UnknownHeader)
