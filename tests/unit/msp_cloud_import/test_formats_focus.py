"""FOCUS 1.0, 1.1 and 1.2: what the rows of any vendor become."""

from datetime import date
from decimal import Decimal

import formats
import pytest
from cost_files import focus, focus_file
from formats import Problem, ProviderCharge, UsageReading, open_file
from formats.focus_columns import ADDED_1_1, ADDED_1_2, COLUMNS_1_0, focus_version

EXAMPLE = b"""BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeClass,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,ContractedCost,EffectiveCost,InvoiceId,ListCost,PricingQuantity,PricingUnit,ProviderName,ServiceName,SkuId,SubAccountId,SubAccountName,Tags
1.2,BA-1,EUR,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Usage,,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,24,Hours,1.2,1.2,INV-77,1.44,24,Hours,Example Cloud,Virtual Machines,VM-S,sub-001,Muster Bau,"{""env"": ""prod""}"
0,BA-1,EUR,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Usage,,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,24,Hours,2.4,1.6,INV-77,2.88,24,Hours,Example Cloud,Virtual Machines,VM-M,sub-001,Muster Bau,
480,BA-1,EUR,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Purchase,,2026-03-01T00:00:00Z,2027-03-01T00:00:00Z,,,480,0,INV-77,480,1,Units/1 Year,Example Cloud,Virtual Machines,RI-M,sub-001,Muster Bau,
-5.5,BA-1,EUR,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Credit,Correction,2026-02-01T00:00:00Z,2026-03-01T00:00:00Z,,,-5.5,-5.5,INV-77,-5.5,,,Example Cloud,Support,,sub-002,Praxis Beispiel,
91.2,BA-1,EUR,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,Tax,,2026-03-01T00:00:00Z,2026-04-01T00:00:00Z,,,91.2,0.2,INV-77,91.2,,,Example Cloud,Tax,,sub-001,Muster Bau,
"""


def read(data: bytes) -> UsageReading:
    reading = open_file(data, name="focus.csv")
    assert isinstance(reading, UsageReading)
    return reading


def charges(rows, **options) -> list[ProviderCharge]:
    found = list(read(focus_file(rows, **options)))
    assert not [item for item in found if isinstance(item, Problem)], found
    return found


def test_rows_shown_in_the_documentation():
    reading = read(EXAMPLE)
    found = {charge.row: charge for charge in reading.charges()}
    assert reading.format.id == "focus" and reading.version == "1.2"
    assert [
        (row, one.event, str(one.billed_cost), str(one.effective_cost))
        for row, one in sorted(found.items())
    ] == [
        (2, "usage", "1.2", "1.2"),
        # covered by the purchase: not billed again
        (3, "usage", "0", "1.6"),
        (4, "purchase", "480", "0"),
        (5, "credit", "-5.5", "-5.5"),
        (6, "tax", "91.2", "0.2"),
    ]
    assert reading.summary()["totals"] == {
        "EUR": {"billed_cost": "566.90", "tax": "0.00"}
    }
    assert found[2].tags == '{"env": "prod"}'
    assert (found[4].charge_period_start, found[4].charge_period_end) == (
        date(2026, 3, 1),
        date(2027, 3, 1),
    )
    assert found[5].charge_class == "Correction" and found[5].flags == ()
    assert found[5].sku_id == "Support" and found[6].sku_id == "Tax"


def test_usage_of_a_month_is_one_charge_with_focus_names():
    rows = [
        focus(
            ChargePeriodStart=f"2026-03-{day:02d}T00:00:00Z",
            ChargePeriodEnd=f"2026-03-{day + 1:02d}T00:00:00Z",
        )
        for day in range(1, 31)
    ]
    (charge,) = charges(rows)
    found = {n: v for n, v in charge.to_dict().items() if v not in (None, [])}
    found.pop("raw")
    found.pop("row_key")
    assert found == {
        "row": 2,
        "row_count": 30,
        "invoice_id": "INV-77",
        "billing_account_id": "BA-1",
        "billing_account_name": "Muster IT",
        "sub_account_id": "sub-001",
        "sub_account_name": "Muster Bau",
        "sku_id": "VM-S",
        "service_name": "Virtual Machines",
        "service_category": "Compute",
        "publisher_name": "Example Cloud",
        "charge_description": "VM-S, per hour",
        "event": "usage",
        "charge_type": "Usage",
        "charge_category": "Usage",
        "charge_frequency": "Usage-Based",
        "quantity": "720",
        "pricing_quantity": "720",
        "is_difference": False,
        "pricing_unit": "Hours",
        "consumed_quantity": "720",
        "consumed_unit": "Hours",
        "list_unit_price": "0.06",
        "contracted_unit_price": "0.05",
        "billed_cost": "36",
        "contracted_cost": "36",
        "effective_cost": "36",
        "list_cost": "43.2",
        "billing_currency": "EUR",
        "pricing_currency": "EUR",
        "charge_period_start": "2026-03-01",
        "charge_period_end": "2026-04-01",
        "tags": '{"env": "prod"}',
    }


@pytest.mark.parametrize(
    ("columns", "version"),
    [
        (COLUMNS_1_0, "1.0"),
        (COLUMNS_1_0 + ADDED_1_1, "1.1"),
        (COLUMNS_1_0 + ADDED_1_1 + ADDED_1_2, "1.2"),
        (COLUMNS_1_0[::-1], "1.0"),
        ((*COLUMNS_1_0, "x_SkuMeterId", "Id"), "1.0"),
    ],
    ids=["1.0", "1.1", "1.2", "other order", "columns of a vendor"],
)
def test_versions_are_told_by_their_columns(columns, version):
    sizes = {"1.0": 43, "1.1": 50, "1.2": 57}
    assert (
        len([name for name in columns if name not in ("x_SkuMeterId", "Id")])
        == (sizes[version])
    )
    assert focus_version(columns) == version
    reading = read(focus_file([focus()], columns=columns))
    (charge,) = reading.charges()
    assert reading.version == version
    assert charge.billed_cost == Decimal("1.2")
    # before 1.2 there is no invoice number, so nothing can be said about it
    expected = "INV-77" if version == "1.2" else reading.file_hash
    assert (charge.invoice_id, charge.flags) == (expected, ())


def test_words_for_null_and_dates_of_the_official_sample():
    row = focus(
        ChargePeriodStart="2026-03-01 00:00:00",
        ChargePeriodEnd="2026-03-02 00:00:00",
        BillingPeriodStart="2026-03-01 00:00:00",
        BillingPeriodEnd="2026-04-01 00:00:00",
        ChargeClass="NULL",
        ResourceName="NULL",
        SkuPriceId="NULL",
        Tags="NULL",
        ConsumedQuantity="NULL",
        BillingAccountName="NULL",
        RegionName="NULL",
        Id="77",
    )
    reading = read(focus_file([row], columns=(*COLUMNS_1_0, "Id")))
    (batch,) = reading.batches()
    (charge,) = reading.charges()
    assert charge.charge_class is None and charge.billing_account_name is None
    assert charge.consumed_quantity is None and charge.tags is None
    (detail,) = batch.frame.to_dicts()
    assert detail["resource_name"] is None and detail["tags"] is None
    assert detail["raw"] == (
        '{"ChargePeriodEnd":"2026-03-02 00:00:00","ContractedCost":"1.2",'
        '"EffectiveCost":"1.2","ListCost":"1.44","ResourceType":"machine","Id":"77"}'
    )


def test_numbers_with_exponents_are_exact():
    rows = [
        focus(BilledCost="1.2E-7", PricingQuantity="35.2E5"),
        focus(BilledCost="-3e2", PricingQuantity="1"),
    ]
    (charge,) = charges(rows)
    assert charge.to_dict()["billed_cost"] == "-299.99999988"
    assert charge.to_dict()["quantity"] == "3520001"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"BilledCost": "$10,000.00 "}, "BilledCost"),
        ({"BilledCost": ""}, "BilledCost"),
        ({"BilledCost": "NULL"}, "BilledCost"),
        ({"ChargePeriodStart": "5/1/25"}, "ChargePeriodStart"),
        ({"ChargePeriodEnd": "2026-02-01T00:00:00Z"}, "ChargePeriodEnd"),
        ({"ChargePeriodEnd": "soon"}, "ChargePeriodEnd"),
        ({"BillingPeriodStart": "soon"}, "BillingPeriodStart"),
        ({"BillingCurrency": "tokens"}, "BillingCurrency"),
        ({"SubAccountId": "1.23457E+11"}, "SubAccountId"),
        ({"EffectiveCost": "much"}, "EffectiveCost"),
    ],
)
def test_cells_that_break_the_specification_are_problems(cells, column):
    found = list(read(focus_file([focus(), focus(**cells)])))
    assert [(one.row, one.column) for one in found if isinstance(one, Problem)] == [
        (3, column)
    ]


@pytest.mark.parametrize(
    "category", ["Purchase", "Credit", "Tax", "Adjustment"], ids=str.lower
)
def test_what_is_no_usage_is_a_charge_each(category):
    rows = [focus(ChargeCategory=category, ResourceId="")] * 3
    found = charges(rows)
    assert [one.row for one in found] == [2, 3, 4]
    assert len({one.row_key for one in found}) == 3
    assert {one.charge_category for one in found} == {category}


def test_recurring_purchase():
    (charge,) = charges(
        [
            focus(
                ChargeCategory="Purchase",
                ChargeFrequency="Recurring",
                PricingQuantity="5",
            )
        ]
    )
    assert (charge.event, charge.charge_category) == ("recurring", "Purchase")


def test_unused_commitment_is_kept_apart():
    used = focus(
        BilledCost="0",
        PricingCategory="Committed",
        CommitmentDiscountId="cd-1",
        CommitmentDiscountStatus="Used",
    )
    unused = used | {"CommitmentDiscountStatus": "Unused", "ResourceId": "cd-1"}
    found = charges([used, unused, focus()])
    assert [str(one.billed_cost) for one in found] == ["0", "0", "1.2"]
    assert [one.flags for one in found] == [("zero_amount",), ("zero_amount",), ()]


def test_marketplace_charges_that_somebody_else_bills_are_zero():
    (charge,) = charges([focus(BilledCost="0", EffectiveCost="3")])
    assert (charge.billed_cost, charge.effective_cost) == (0, 3)


def test_azure_names_the_customer_apart_from_the_subscription():
    row = focus(
        SubAccountId="/subscriptions/2222", x_CustomerId="c-1", x_CustomerName="Muster"
    )
    (charge,) = charges([row | {"x_PartnerCreditRate": "15"}])
    assert (charge.sub_account_id, charge.sub_account_name) == ("c-1", "Muster")
    assert (charge.sub_subscription_id, charge.sub_subscription_name) == (
        "2222",
        "Muster Bau",
    )
    assert charge.partner_credit_rate == Decimal("0.15")


def test_azures_own_columns():
    account = "ABCDEF01-0000-4000-8000-00000000000A"
    row = focus(
        SubAccountId=f"/subscriptions/{account}",
        x_CustomerId=account,
        x_PartnerCreditApplied="False",
        x_PartnerCreditRate="0.15",
        x_ResourceGroupName="rg-prod",
    )
    reading = read(focus_file([row]))
    (batch,) = reading.batches()
    (charge,) = reading.charges()
    assert charge.partner_credit_rate == 0
    assert charge.sub_account_id == charge.sub_subscription_id == account.lower()
    assert batch.frame["resource_group"].to_list() == ["rg-prod"]


def test_invoice_number_of_azures_1_0_export():
    columns = (*COLUMNS_1_0, "x_InvoiceId")
    (charge,) = charges([focus(x_InvoiceId="G1")], columns=columns)
    assert charge.invoice_id == "G1"
    (charge,) = charges([focus(x_InvoiceId="")], columns=columns)
    assert charge.flags == ("unbilled",)


def test_charges_without_sub_account_belong_to_the_billing_account():
    reading = read(focus_file([focus(SubAccountId="", SubAccountName="")]))
    (charge,) = reading.charges()
    assert (charge.sub_account_id, charge.sub_account_name) == ("BA-1", "Muster IT")
    assert charge.flags == ("no_customer_id",)
    assert [notice.code for notice in reading.warnings] == ["no_customer_id"]


def test_hours_of_a_day_belong_to_that_day():
    (charge,) = charges(
        [
            focus(
                ChargeCategory="Credit",
                ChargePeriodStart="2026-03-31T22:00:00Z",
                ChargePeriodEnd="2026-03-31T23:00:00Z",
            )
        ]
    )
    assert (charge.charge_period_start, charge.charge_period_end) == (
        date(2026, 3, 31),
        date(2026, 4, 1),
    )


def test_pitfall_078_late_usage_is_marked_and_a_correction_says_so_itself():
    days = {
        "ChargePeriodStart": "2026-02-27T00:00:00Z",
        "ChargePeriodEnd": "2026-02-28T00:00:00Z",
    }
    late, correction = charges([focus(**days), focus(ChargeClass="Correction", **days)])
    assert (late.flags, late.charge_class) == (("late",), None)
    assert (correction.flags, correction.charge_class) == ((), "Correction")
    assert {one.charge_period_start for one in (late, correction)} == {date(2026, 2, 1)}


def test_pitfall_086_credits_are_negative_without_a_quantity():
    (charge,) = charges(
        [focus(ChargeCategory="Credit", BilledCost="-5.5", PricingQuantity="")]
    )
    assert (charge.billed_cost, charge.quantity) == (Decimal("-5.5"), None)


def test_unknown_category_is_said():
    reading = read(focus_file([focus(ChargeCategory="Gift")]))
    (charge,) = reading.charges()
    assert (charge.event, charge.flags) == ("unknown", ("unknown_charge_type",))


def test_lacking_a_column_that_bills():
    columns = [name for name in COLUMNS_1_0 if name != "BilledCost"]
    with pytest.raises(formats.UnknownHeader, match="lacks the columns BilledCost"):
        open_file(focus_file([focus()], columns=columns), name="focus.csv")
