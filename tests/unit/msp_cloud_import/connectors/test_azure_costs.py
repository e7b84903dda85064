"""Azure Cost Management: reports asked for, looked at, downloaded, read."""

import zipfile
from datetime import date
from decimal import Decimal

import pytest
from azure_common import (
    ACCOUNT,
    ASK,
    MARCH,
    PROD,
    TEST,
    TODAY,
    charges_of,
    code_of,
    connect,
    make,
    march,
    stored,
)
from connectors import errors
from connectors.azure_costs_scopes import path_of, scopes_of
from cost_files import azure, azure_file
from formats import ProviderCharge, open_file
from vendors.azure import AzureServer

SERVER = AzureServer


def keys(connector, today, known=()):
    return [
        one.key.rpartition(":")[2]
        for one in connector.find_exports(today, dict.fromkeys(known, "x"))
    ]


def test_report_is_asked_for_looked_at_and_fetched(server, tmp_path):
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server)
    export = connector.find_exports(TODAY, {})[0]
    assert export.key == f"costs:actual:{PROD}:2026-03"
    export = connector.begin_export(stored(export))
    assert (export.is_ready, export.wait) == (False, 60)
    (call,) = server.calls(ASK)
    assert call.json() == {
        "metric": "ActualCost",
        "timePeriod": {"start": "2026-03-01", "end": "2026-03-31"},
    }
    export = connector.look_at_export(stored(export))
    assert (export.is_ready, export.wait) == (False, 30)
    export = connector.look_at_export(stored(export))
    assert (export.is_ready, export.is_empty) == (True, False)
    assert export.etag
    (document,) = connector.fetch_export(stored(export), tmp_path)
    assert document.path.read_bytes() == MARCH
    assert document.name.startswith("azure-costs-actual-2026-03-22222222")
    assert document.name.endswith(".csv")


def test_costs_by_resource_group_and_tag(server, tmp_path):
    connector, export = march(server)
    (document,) = connector.fetch_export(export, tmp_path)
    with open_file(document.path, document.name) as reading:
        assert reading.format.id == "azure_cost"
        assert reading.vendor == connector.vendor
        charges = [row for row in reading if isinstance(row, ProviderCharge)]
    # One machine a day each: the charge of the meter is their sum.
    assert sum(one.billed_cost for one in charges) == Decimal("1.00")
    assert {one.sub_subscription_name for one in charges} == {"Produktion"}


def test_several_parts_are_one_document(server, tmp_path):
    other = azure_file([azure(Date="03/03/2026", CostInBillingCurrency="2.00")])
    connector, export = march(server, [MARCH, other])
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.name.endswith(".zip")
    with zipfile.ZipFile(document.path) as archive:
        assert archive.namelist() == [
            "part_0_0001.csv",
            "part_1_0001.csv",
            "manifest.json",
        ]
        assert b"sig=" not in archive.read("manifest.json")
    charges = charges_of(document)
    assert sum(one.billed_cost for one in charges) == Decimal("3.00")
    # Parts are gone: what is in the folder is what was yielded.
    assert list(tmp_path.iterdir()) == [document.path]


@pytest.mark.parametrize("parts", [1, 2])
def test_packed_parts(server, tmp_path, parts):
    server.is_packed = True
    connector, export = march(server, [MARCH, MARCH.replace(b"03/0", b"03/1")][:parts])
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.name.endswith(".csv.gz" if parts == 1 else ".zip")
    assert sum(one.billed_cost for one in charges_of(document)) == parts


def test_nothing_used(server):
    connector = connect(server)
    export = make(connector, connector.find_exports(TODAY, {})[0])
    assert (export.is_ready, export.is_empty) == (True, True)


def test_no_content_is_nothing_used(server):
    server.faults.add(ASK, "change", by=lambda *_: (204, {}, None))
    connector = connect(server)
    export = connector.begin_export(connector.find_exports(TODAY, {})[0])
    assert (export.is_ready, export.is_empty) == (True, True)


def test_ready_at_once(server, tmp_path):
    server.looks = 0

    def at_once(_status, headers, _body):
        one = headers["Location"].partition("?")[0].partition(f"{server.port}/")[2]
        return 200, {}, {"id": one, "status": "Completed"}

    server.faults.add(ASK, "change", by=at_once)
    connector, export = march(server)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == MARCH


def test_which_months(server):
    connector = connect(server)
    before = f"costs:actual:{PROD}:2026-03"
    # Use changes for two weeks after the month.
    assert keys(connector, date(2026, 4, 16), [before]) == ["2026-03", "2026-04"]
    assert keys(connector, date(2026, 4, 17), [before]) == ["2026-04"]
    # What was never fetched is caught up with.
    assert keys(connector, date(2026, 4, 17)) == ["2026-03", "2026-04"]
    # On the first there is nothing of the month yet.
    assert keys(connector, date(2026, 4, 1), [before]) == ["2026-03"]
    assert keys(connector, date(2026, 1, 5)) == ["2025-12", "2026-01"]
    so_far = connector.find_exports(date(2026, 4, 17), {before: "x"})[0]
    assert (so_far.request["first"], so_far.request["last"]) == (
        "2026-04-01",
        "2026-04-17",
    )
    leap = connector.find_exports(date(2028, 3, 5), {})[0]
    assert leap.request["last"] == "2028-02-29"
    assert keys(connect(server, until_day="3"), date(2026, 4, 4), [before]) == [
        "2026-04"
    ]


def test_each_scope_is_an_export_of_its_own(server, tmp_path):
    server.forbidden.add(TEST)
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server, f"{PROD}\n{TEST}, {ACCOUNT};")
    found = connector.find_exports(date(2026, 4, 1), {})
    assert [one.request["scope"] for one in found] == [PROD, TEST, ACCOUNT]
    assert len({one.name for one in found}) == len({one.key for one in found}) == 3
    prod, test, account = found
    # One that may not be read stops no other.
    assert code_of(lambda: connector.begin_export(test)) == errors.NO_PERMISSION
    assert not make(connector, prod).is_empty
    assert make(connector, account).is_empty
    (call,) = server.calls("/customers/.*generate")
    assert call.path.startswith(
        "/providers/Microsoft.Billing/billingAccounts/1a2b:3c4d_2019-05-31/customers/"
    )


def test_scopes_as_people_enter_them():
    guid = "22222222-0000-4000-8000-00000000000A"
    text = f"""
        {guid}
        /subscriptions/{guid.lower()}/ , {ACCOUNT}
        {guid.lower()}
    """
    assert scopes_of(text) == [f"subscriptions/{guid.lower()}", ACCOUNT]
    assert scopes_of("") == []


@pytest.mark.parametrize(
    "scope",
    [
        "subscriptions",
        "subscriptions/a/resourceGroups/b",
        "providers/Microsoft.Management/managementGroups/x",
        "providers/Microsoft.Billing/billingAccounts",
        "providers/Microsoft.Billing/billingAccounts/1/secrets/2",
        "subscriptions/..",
        "subscriptions/" + "x" * 300,
        "https://example/x",
        "..",
    ],
)
def test_scopes_that_are_none(server, scope):
    assert code_of(lambda: path_of(scope, "localhost")) == errors.REFUSED
    # It is found out when it is asked for, so that the others go on.
    connector = connect(server, f"{scope} {PROD}")
    found = connector.find_exports(date(2026, 4, 1), {})
    assert code_of(lambda: connector.begin_export(found[0])) == errors.REFUSED
    assert connector.begin_export(found[-1]).location
    assert not server.calls("secrets|Groups")


def test_scopes_are_quoted(server):
    assert path_of("subscriptions/a?b#c%2F", "x") == "/subscriptions/a%3Fb%23c%252F"


def test_actual_and_amortised(server, tmp_path):
    amortised = azure_file(
        [azure(PricingModel="Reservation", CostInBillingCurrency="0.40")]
    )
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    server.costs[PROD, "AmortizedCost", "2026-03"] = [amortised]
    connector = connect(server, metric="both")
    found = connector.find_exports(date(2026, 4, 1), {})
    assert [one.request["metric"] for one in found] == ["ActualCost", "AmortizedCost"]
    actual, spread = (make(connector, one) for one in found)
    (document,) = connector.fetch_export(actual, tmp_path)
    assert sum(one.billed_cost for one in charges_of(document)) == 1
    (document,) = connector.fetch_export(spread, tmp_path)
    (charge,) = charges_of(document)
    # For information: nothing of it is billed.
    assert "amortised" in charge.flags
    assert not charge.billed_cost


@pytest.mark.parametrize(
    ("rows", "is_own"),
    [
        ([azure()], False),
        ([azure(PricingModel="Reservation", CostInBillingCurrency="0")], False),
        ([azure(PricingModel="Savings Plan", CostInBillingCurrency="0.1")], True),
        ([azure(ChargeType="UnusedReservation")], True),
        ([azure(ChargeType="unused savings plan")], True),
        ([azure(ChargeType="Purchase", PricingModel="Reservation")], False),
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_amortised_report_that_says_nothing_of_its_own(
    server, tmp_path, rows, is_own, is_packed
):
    """It would be read as actual costs, and be billed a second time."""
    server.is_packed = is_packed
    connector, export = march(
        server, [azure_file(rows)], "AmortizedCost", metric="amortised"
    )
    assert len(list(connector.fetch_export(export, tmp_path))) == is_own


def test_test_names_scopes_that_fail(server):
    server.forbidden.add(TEST)
    tested = connect(server, f"{PROD} {TEST}").test()
    assert tested.abilities == ("exports",)
    ((_ability, error),) = tested.problems
    assert error.code == errors.NO_PERMISSION
    assert TEST in str(error)
    assert code_of(connect(server, TEST).test) == errors.NO_PERMISSION


def test_without_scopes(server):
    assert connect(server, "").find_exports(TODAY, {}) == []


def test_what_it_cannot_do(server):
    connector = connect(server)
    assert connector.abilities == {"exports"}
    for call in (connector.read_subscriptions, lambda: connector.send_order(None)):
        with pytest.raises(LookupError):
            call()
