"""What the reader makes of the files of Ingram and SkyKick is what happened."""

import io

import pytest
from formats import (
    Profile,
    UnknownHeader,
    open_file,
    profile_format,
    quantity_changes,
    suggest_columns,
)

from demo.files import WRITERS
from demo.scenario import MONTHS, Cancellation, SeatChange

PROFILES = {
    "ingram": Profile(
        id="ingram",
        title="Ingram",
        columns={
            "invoice_id": ("Invoice Number",),
            "sub_account_id": ("Customer Account ID",),
            "sub_account_name": ("End Customer Name",),
            "subscription_id": ("Subscription ID",),
            "sku_id": ("MPN",),
            "service_name": ("Subscription Name",),
            "charge_type": ("Order Type",),
            "pricing_quantity": ("Quantity",),
            "duration": ("Duration",),
            "contracted_unit_price": ("Unit Cost",),
            "billed_cost": ("Net Cost",),
            "tax": ("Tax",),
            "billing_currency": ("Currency",),
            "charge_period_start": ("From",),
            "charge_period_end": ("To",),
        },
        billing_plan="monthly",
        changes_are_differences=True,
        charge_types={
            "Recurring": "recurring",
            "Sales": "purchase",
            "Change": "increase",
            "Cancellation": "cancel",
            "Credit": "credit",
        },
    ),
    "skykick": Profile(
        id="skykick",
        title="SkyKick",
        columns={
            "invoice_id": ("Invoice Number",),
            "sub_account_name": ("Customer",),
            "customer_domain": ("Domain",),
            "service_name": ("Product",),
            "sku_name": ("Plan",),
            "pricing_quantity": ("Seats",),
            "contracted_unit_price": ("Unit Price",),
            "billed_cost": ("Amount",),
            "billing_currency": ("Currency",),
            "charge_period_start": ("Period Start",),
            "charge_period_end": ("Period End",),
        },
        billing_plan="monthly",
        term="P1M",
    ),
}
FILES = [(provider, month) for provider in PROFILES for month in MONTHS]


def read(scenario, provider, month):
    writer = WRITERS[provider]
    return open_file(
        io.BytesIO(writer.content(scenario, month)),
        writer.file_name(month),
        formats=[profile_format(PROFILES[provider])],
    )


@pytest.mark.parametrize(("provider", "month"), FILES)
def test_a_file_reads_without_problem_or_notice(scenario, provider, month):
    reading = read(scenario, provider, month)
    charges = list(reading)
    rows = WRITERS[provider].rows_of(scenario, month)

    assert (reading.problem_count, reading.warning_count) == (0, 0)
    assert len(charges) == len(rows)
    assert len({charge.row_key for charge in charges}) == len(charges)
    assert sum(charge.billed_cost for charge in charges) == WRITERS[provider].total(
        rows
    )


@pytest.mark.parametrize(("provider", "month"), FILES)
def test_a_file_says_what_happened(scenario, provider, month):
    """The seats of the first day, and those of each event."""
    changes = quantity_changes(read(scenario, provider, month))
    found = {
        (
            change.sub_account_id if provider == "skykick" else change.subscription_id,
            change.start,
        ): change.quantity
        for change in changes
    }
    expected = {}
    for item in scenario.subscriptions_at(provider):
        key = item.customer.domain if provider == "skykick" else item.id
        if scenario.seats_on(item, month):
            expected[key, month] = scenario.seats_on(item, month)
        for event in scenario.events:
            is_seats = isinstance(event, SeatChange | Cancellation)
            is_here = event.subscription == item and event.day > month
            if is_seats and is_here and event.day.month == month.month:
                expected[key, event.day] = getattr(event, "new", 0)
    assert all(change.is_certain for change in changes)
    assert found == expected


@pytest.mark.parametrize("provider", PROFILES)
def test_the_suggested_columns_are_the_right_ones(scenario, provider):
    """Bernd confirms them as they are."""
    content = WRITERS[provider].content(scenario, MONTHS[0])
    with pytest.raises(UnknownHeader) as refused:
        open_file(io.BytesIO(content), "file")
    suggested = {
        one.target: one.column
        for one in suggest_columns(
            refused.value.header, refused.value.samples, [PROFILES[provider]]
        )
        if one.target
    }
    for target, (column, *_others) in PROFILES[provider].columns.items():
        assert suggested[target] == column
