"""Azure Cost Management: actual costs are billed, amortised ones never."""

from datetime import date
from decimal import Decimal

import pytest
from cost_files import AZURE_HOURS, azure, azure_file
from formats import Problem, ProviderCharge, UsageReading, open_file
from formats.azure_cost_columns import COLUMNS_EA
from usage_files import AZURE, CUSTOMER

EXAMPLE = b"""SubscriptionId,Date,MeterCategory,MeterName,Quantity,EffectivePrice,CostInBillingCurrency,BillingCurrency,CustomerName,CustomerTenantId,PartnerEarnedCreditApplied,PartnerEarnedCreditRate,ChargeType,Frequency,PricingModel,Tags
22222222-0000-4000-8000-000000000001,03/01/2026,Virtual Machines,B2s,24,0.0391840,0.940416,EUR,Muster Bau GmbH,77777777-0000-4000-8000-000000000001,1,0.15,Usage,UsageBased,OnDemand,\"""costcenter"": ""4711""\"
22222222-0000-4000-8000-000000000001,03/01/2026,Virtual Machines,D2s v3,24,0,0,EUR,Muster Bau GmbH,77777777-0000-4000-8000-000000000001,0,0,Usage,UsageBased,Reservation,
22222222-0000-4000-8000-000000000001,03/14/2026,Reservation,D2s v3 1 Year,1,480.00,480.00,EUR,Muster Bau GmbH,77777777-0000-4000-8000-000000000001,0,0,Purchase,OneTime,Reservation,
22222222-0000-4000-8000-000000000001,03/31/2026,,,1,-0.01,-0.01,EUR,Muster Bau GmbH,77777777-0000-4000-8000-000000000001,0,0,RoundingAdjustment,OneTime,OnDemand,
"""


def read(data: bytes) -> UsageReading:
    reading = open_file(data, name="costs.csv")
    assert isinstance(reading, UsageReading)
    return reading


def charges(rows) -> list[ProviderCharge]:
    found = list(read(azure_file(rows)))
    assert not [item for item in found if isinstance(item, Problem)], found
    return found


def codes(reading: UsageReading) -> list[str]:
    list(reading)
    return [notice.code for notice in reading.warnings]


def test_rows_shown_in_the_documentation():
    reading = read(EXAMPLE)
    found = sorted(reading.charges(), key=lambda one: one.row)
    assert reading.format.id == "azure_cost"
    assert [(one.event, str(one.billed_cost)) for one in found] == [
        ("usage", "0.940416"),
        ("usage", "0"),
        ("purchase", "480"),
        ("rounding", "-0.01"),
    ]
    usage, covered, purchase, rounding = found
    # without numbers the names are the articles, or all would be one
    assert [one.sku_id for one in found] == [
        "Virtual Machines - B2s",
        "Virtual Machines - D2s v3",
        "Reservation - D2s v3 1 Year",
        "RoundingAdjustment",
    ]
    assert usage.tags == '{"costcenter": "4711"}'
    assert (usage.charge_period_start, usage.charge_period_end) == (
        date(2026, 3, 1),
        date(2026, 4, 1),
    )
    assert usage.partner_credit_rate == Decimal("0.15")
    assert covered.partner_credit_rate == 0
    assert (purchase.charge_period_start, purchase.charge_period_end) == (
        date(2026, 3, 14),
        None,
    )
    assert purchase.flags == ("no_charge_end",)
    assert codes(reading) == ["no_charge_end"]
    # kept, as it balances the file to the invoice
    assert rounding.charge_category == "Adjustment"
    assert reading.summary()["totals"]["EUR"]["billed_cost"] == "480.930416"


def test_partners_export():
    second = azure(Date="03/02/2026", Quantity="12", CostInBillingCurrency="0.470208")
    (charge,) = charges([azure(), second])
    found = {n: v for n, v in charge.to_dict().items() if v not in (None, [])}
    found.pop("raw")
    found.pop("row_key")
    assert found == {
        "row": 2,
        "row_count": 2,
        "invoice_id": "G000000101",
        "billing_account_id": "ba-1",
        "sub_account_id": CUSTOMER,
        "sub_account_name": "Muster Bau GmbH",
        "sub_subscription_id": AZURE,
        "sub_subscription_name": "Produktion",
        "sku_id": "DZH318Z0BPS6",
        "service_name": "Virtual Machines",
        "service_category": "Compute",
        "sku_name": "Virtual Machines B2s",
        "publisher_name": "Microsoft",
        "charge_description": "Virtual Machines - Bs Series - B2s - EU West",
        "region_id": "EU West",
        "event": "usage",
        "charge_type": "Usage",
        "charge_category": "Usage",
        "charge_frequency": "Usage-Based",
        "quantity": "36",
        "pricing_quantity": "36",
        "is_difference": False,
        "pricing_unit": "1 Hour",
        "list_unit_price": "0.06",
        "contracted_unit_price": "0.05",
        "billed_cost": "1.410624",
        "billing_currency": "EUR",
        "pricing_currency": "USD",
        "exchange_rate": "0.9213",
        "charge_period_start": "2026-03-01",
        "charge_period_end": "2026-04-01",
        "partner_credit_rate": "0.15",
        "tags": '{"costcenter": "4711"}',
    }


def test_enterprise_agreement_has_55_columns_and_no_customers():
    assert len(COLUMNS_EA) == 55
    row = {
        "BillingAccountId": "1234567",
        "BillingPeriodStartDate": "03/01/2026",
        "BillingPeriodEndDate": "03/31/2026",
        "SubscriptionId": AZURE,
        "SubscriptionName": "Produktion",
        "Date": "03/31/2026",
        "PartNumber": "AAA-12345",
        "MeterCategory": "Storage",
        "MeterName": "Hot",
        "Quantity": "0.00672043010752688",
        "Cost": "0.000230769230769231",
        "BillingCurrency": "EUR",
        "Tags": '"a": "b","c": "d"',
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
    }
    reading = read(azure_file([row], COLUMNS_EA))
    (charge,) = reading.charges()
    assert (charge.sub_account_id, charge.sub_account_name) == (AZURE, "Produktion")
    assert str(charge.billed_cost) == "0.000230769230769231"
    assert charge.charge_period_end == date(2026, 4, 1)
    assert charge.tags == '{"a": "b", "c": "d"}'
    assert charge.flags == ()  # such exports name no invoice at all


def test_older_names_of_columns():
    row = {
        "SubscriptionGuid": AZURE,
        "UsageDateTime": "2026-03-01T00:00:00Z",
        "MeterCategory": "Storage",
        "ConsumedQuantity": "2",
        "ResourceRate": "0.5",
        "PreTaxCost": "1",
        "BillingCurrencyCode": "EUR",
        "InstanceId": "/a/b",
        "ResourceGroupName": "rg",
    }
    reading = read(azure_file([row]))
    (batch,) = reading.batches()
    (charge,) = reading.charges()
    assert (charge.billed_cost, charge.quantity, charge.event) == (1, 2, "usage")
    (detail,) = batch.frame.to_dicts()
    assert (detail["resource_id"], detail["resource_group"]) == ("/a/b", "rg")


def test_list_price_is_read_in_the_currency_of_the_bill():
    first = azure() | {"PaygCostInBillingCurrency": "1.32"}
    (charge,) = charges([first, first | {"Date": "03/02/2026"}])
    assert str(charge.list_cost) == "2.64"


def test_ids_of_any_case_are_one_customer_and_one_subscription():
    ids = {"CustomerTenantId": CUSTOMER, "SubscriptionId": AZURE}
    upper = {name: value.upper() for name, value in ids.items()}
    (charge,) = charges([azure(**upper), azure(**ids)])
    assert (charge.sub_account_id, charge.sub_subscription_id) == (CUSTOMER, AZURE)


@pytest.mark.parametrize(
    ("rate", "applied", "share"),
    [("15", "True", "0.15"), ("0.15", "", "0.15"), ("0.15", "False", "0")],
)
def test_share_left_to_the_partner(rate, applied, share):
    cells = {"PartnerEarnedCreditRate": rate, "PartnerEarnedCreditApplied": applied}
    (charge,) = charges([azure(**cells)])
    assert charge.partner_credit_rate == Decimal(share)


def test_cost_in_billing_currency_counts_before_cost():
    (charge,) = charges([azure() | {"Cost": "99"}])
    assert str(charge.billed_cost) == "0.940416"


def test_purchase_is_for_the_period_it_states():
    purchase = azure(
        ChargeType="Purchase",
        PricingModel="Reservation",
        Date="03/14/2026",
        CostInBillingCurrency="480",
        ServicePeriodStartDate="03/14/2026",
        ServicePeriodEndDate="03/13/2027",
    )
    (charge,) = charges([purchase])
    assert (charge.charge_period_start, charge.charge_period_end) == (
        date(2026, 3, 14),
        date(2027, 3, 14),
    )
    assert (charge.event, charge.flags) == ("purchase", ())


def test_refund_of_an_earlier_invoice():
    (charge,) = charges(
        [
            azure(
                ChargeType="Refund",
                CostInBillingCurrency="-1",
                PreviousInvoiceId="G000000099",
            )
        ]
    )
    assert (charge.event, charge.charge_class) == ("credit", "Correction")


def test_open_month_is_unbilled():
    (charge,) = charges([azure(InvoiceId="")])
    assert charge.flags == ("unbilled",)


@pytest.mark.parametrize(
    "sign",
    [
        {"ChargeType": "UnusedReservation", "CostInBillingCurrency": "3"},
        {"ChargeType": "UnusedSavingsPlan", "CostInBillingCurrency": "0"},
        {"PricingModel": "Reservation", "CostInBillingCurrency": "0.0001"},
        {"PricingModel": "SavingsPlan", "CostInBillingCurrency": "1e-9"},
    ],
)
def test_amortised_costs_are_recognised_and_never_billed(sign):
    rows = [azure(), azure(**sign), azure(Quantity="x")]
    reading = read(azure_file(rows))
    assert codes(reading) == ["amortised"]
    assert "nothing of it is billed" in reading.warnings[0].reason
    assert reading.totals["EUR"].billed_cost == 0
    assert reading.problem_amounts == {}
    found = list(reading.charges())
    assert {str(one.billed_cost) for one in found} == {"0"}
    assert all("amortised" in one.flags for one in found)
    expected = Decimal("0.940416") + Decimal(sign["CostInBillingCurrency"])
    assert sum(one.effective_cost for one in found) == expected
    details = [row for batch in reading.batches() for row in batch.frame.to_dicts()]
    assert [row["billed_cost"] for row in details] == ["0", "0"]
    assert '"CostInBillingCurrency":"0.940416"' in details[0]["raw"]


@pytest.mark.parametrize(
    "row",
    [
        {"PricingModel": "Reservation", "CostInBillingCurrency": "0"},
        {"PricingModel": "Reservation", "CostInBillingCurrency": "0E-10"},
        {"PricingModel": "SavingsPlan", "CostInBillingCurrency": "0.000"},
        {"PricingModel": "Reservation", "ChargeType": "Purchase"},
        {"PricingModel": "Spot"},
    ],
)
def test_actual_costs_are_not_taken_for_amortised(row):
    reading = read(azure_file([azure(), azure(**row)]))
    assert "amortised" not in codes(reading)
    assert reading.totals["EUR"].billed_cost > 0


def test_month_to_date_files_have_the_same_charges_again():
    first = charges([azure(), azure(Date="03/02/2026")])
    second = charges([azure(), azure(Date="03/02/2026"), azure(Date="03/03/2026")])
    assert [one.row_key for one in first] == [one.row_key for one in second]
    assert [one.row_count for one in second] == [3]


def test_what_a_customer_of_a_csp_sees_is_no_partners_file():
    """Without partner columns the subscription stands for the customer."""
    row = {
        name: cell
        for name, cell in AZURE_HOURS.items()
        if not name.startswith(("Customer", "Partner"))
    }
    (charge,) = charges([row])
    assert charge.sub_account_id == AZURE
    assert charge.partner_credit_rate is None


def test_pitfall_085_and_empty_meters_are_fine():
    (charge,) = charges([azure(Quantity="0", CostInBillingCurrency="0", MeterName="")])
    assert charge.flags == ("zero_amount", "zero_quantity")
