"""Azure Cost Management: reports asked for, looked at, downloaded, read."""

import json
import logging
import zipfile
from datetime import date
from decimal import Decimal

import pytest
from connectors import CONNECTORS, Account, Export, Http, errors
from connectors.azure_costs_scopes import path_of, scopes_of
from connectors.errors import ConnectorError
from cost_files import azure, azure_file
from formats import ProviderCharge, open_file
from vendors.azure import AzureServer

TODAY = date(2026, 4, 20)
PROD = "subscriptions/22222222-0000-4000-8000-000000000001"
TEST = "subscriptions/22222222-0000-4000-8000-000000000002"
ACCOUNT = (
    "providers/Microsoft.Billing/billingAccounts/"
    "1a2b:3c4d_2019-05-31/customers/77777777-0000-4000-8000-000000000001"
)
ASK, LOOK, PART = "generateCostDetailsReport", "OperationResults", "/costs/"
MARCH = azure_file(
    [
        azure(Quantity="24", CostInBillingCurrency="0.94", Tags='"env": "prod"'),
        azure(
            Date="03/02/2026",
            ResourceId="/subscriptions/x/vm-2",
            ResourceName="vm-2",
            ResourceGroup="rg-test",
            CostInBillingCurrency="0.06",
            Tags='"env": "test"',
        ),
    ]
)


@pytest.fixture
def server():
    with AzureServer() as server:
        yield server


def connect(server, scopes=PROD, secrets=None, **settings):
    account = Account(
        {**server.settings, "scopes": scopes, **settings},
        {**server.secrets, **(secrets or {})},
    )
    return CONNECTORS["azure_costs"](account, Http(verify=server.ca_path, patience=0.3))


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def stored(export):
    """Return an export as another process gets it."""
    return Export.from_dict(json.loads(json.dumps(export.to_dict())))


def march(server, parts=(MARCH,), kind="ActualCost", **settings):
    """Return a connector and its report of March, ready to be fetched."""
    server.costs[PROD, kind, "2026-03"] = list(parts)
    connector = connect(server, **settings)
    export = connector.find_exports(TODAY, {})[0]
    return connector, make(connector, export)


def make(connector, export):
    """Return a report when it is ready."""
    export = connector.begin_export(stored(export))
    for _look in range(5):
        if export.is_ready:
            return export
        export = connector.look_at_export(stored(export))
    return export


def charges_of(document):
    with open_file(document.path, document.name) as reading:
        return [row for row in reading if isinstance(row, ProviderCharge)]


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


def keys(connector, today, known=()):
    return [
        one.key.rpartition(":")[2]
        for one in connector.find_exports(today, dict.fromkeys(known, "x"))
    ]


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


@pytest.mark.parametrize(
    ("refusal", "code"),
    [
        (7000215, errors.WRONG_SECRET),
        (7000222, errors.WRONG_SECRET),
        (65001, errors.MISSING_CONSENT),
        (700082, errors.EXPIRED_TOKEN),
        (700024, errors.CLOCK_SKEW),
        (90002, errors.WRONG_REGION),
        (53003, errors.NO_PERMISSION),
    ],
)
def test_ways_to_fail_at_signing_in(server, refusal, code):
    server.refusal = refusal
    assert code_of(connect(server).test) == code


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {"status": 400}, errors.REFUSED),
        ("error", {"status": 422}, errors.REFUSED),
        ("error", {"status": 403}, errors.NO_PERMISSION),
        ("error", {"status": 404}, errors.NOT_FOUND),
        ("error", {}, errors.FAULTY),
        ("throttle", {"seconds": 300}, errors.THROTTLED),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
        ("change", {"by": lambda *_: (202, {}, None)}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda *_: (202, {"Location": "https://127.0.0.1:1/x"}, None)},
            errors.UNTRUSTED,
        ),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
    ],
)
def test_ways_to_fail_at_asking(server, kind, options, code):
    connector = connect(server)
    export = connector.find_exports(TODAY, {})[0]
    server.faults.add(ASK, kind, times=None, **options)
    assert code_of(lambda: connector.begin_export(export)) == code


def test_limits_of_its_own(server):
    """Azure names how long to wait in a header for each of its limits."""
    name = "x-ms-ratelimit-microsoft.costmanagement-clienttype-retry-after"
    headers = {name: "45", "Retry-After": "10"}
    server.faults.add(
        ASK, "error", times=None, status=429, headers=headers, body={"error": {}}
    )
    connector = connect(server)
    with pytest.raises(ConnectorError) as caught:
        connector.begin_export(connector.find_exports(TODAY, {})[0])
    assert (caught.value.code, caught.value.retry_after) == (errors.THROTTLED, 45)


def change(**values):
    """Return a fault that says other things of a finished report."""
    return {"by": lambda status, headers, body: (status, headers, {**body, **values})}


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("error", {}, errors.FAULTY),
        ("not_json", {}, errors.NOT_UNDERSTOOD),
        ("truncate", {}, errors.NOT_UNDERSTOOD),
        ("reset", {}, errors.INCOMPLETE),
        (
            "change",
            change(status="Failed", error={"code": "X1", "message": "Too much."}),
            errors.REFUSED,
        ),
        ("change", change(status="Sleeping"), errors.NOT_UNDERSTOOD),
        ("change", change(manifest=None), errors.NOT_UNDERSTOOD),
        ("change", change(manifest={"dataFormat": "Parquet"}), errors.NOT_UNDERSTOOD),
        (
            "change",
            change(manifest={"blobCount": 2, "blobs": [{"blobLink": "x"}]}),
            errors.INCOMPLETE,
        ),
        ("change", {"by": lambda *_: (200, {}, [1])}, errors.NOT_UNDERSTOOD),
        (
            "change",
            {"by": lambda *_: (200, {}, b"[" * 200_000)},
            errors.NOT_UNDERSTOOD,
        ),
    ],
)
def test_ways_to_fail_at_looking(server, kind, options, code):
    server.looks = 0
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server)
    export = connector.begin_export(connector.find_exports(TODAY, {})[0])
    server.faults.add(LOOK, kind, times=None, **options)
    assert code_of(lambda: connector.look_at_export(export)) == code


def test_report_that_was_thrown_away_is_asked_for_once_more(server):
    server.costs[PROD, "ActualCost", "2026-03"] = [MARCH]
    connector = connect(server)
    export = connector.begin_export(connector.find_exports(TODAY, {})[0])
    server.expire_operations()
    again = connector.look_at_export(stored(export))
    assert again.location != export.location
    server.expire_operations()
    code = code_of(lambda: connector.look_at_export(stored(again)))
    assert code == errors.NOT_FOUND


@pytest.mark.parametrize(
    ("kind", "options", "code"),
    [
        ("expire", {}, errors.INCOMPLETE),
        ("expire", {"status": 404}, errors.INCOMPLETE),
        ("reset", {}, errors.INCOMPLETE),
        ("truncate", {}, errors.INCOMPLETE),
        ("change", {"by": lambda *_: (200, {}, b"")}, errors.INCOMPLETE),
        ("error", {}, errors.FAULTY),
        ("throttle", {"seconds": 90}, errors.THROTTLED),
        ("redirect", {"location": "https://127.0.0.1:1/"}, errors.WRONG_REGION),
    ],
)
def test_parts_that_do_not_come_whole(server, tmp_path, kind, options, code):
    connector, export = march(server, [MARCH, MARCH.replace(b"03/0", b"03/1")])
    # The first comes, the second does not.
    server.faults.add(PART, kind, times=None, after=1, **options)
    call = lambda: list(connector.fetch_export(stored(export), tmp_path))  # noqa: E731
    assert code_of(call) == code
    server.faults.clear()
    server.log.clear()
    (document,) = call()
    # The part that was there is not downloaded again.
    assert [one.path[-2:] for one in server.calls(PART)] == ["/1"]
    assert sum(one.billed_cost for one in charges_of(document)) == 2


def test_a_web_page_is_no_part(server, tmp_path):
    page = b"<!DOCTYPE html><html>" + b" " * (len(MARCH) - 21)
    connector, export = march(server)
    server.faults.add(PART, "change", times=None, by=lambda *_: (200, {}, page))
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.NOT_UNDERSTOOD
    assert list(tmp_path.iterdir()) == []


def test_link_that_expires_meanwhile_is_asked_for_anew(server, tmp_path):
    connector, export = march(server)
    server.faults.add(PART, "expire")
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == MARCH
    assert len(server.calls(PART)) == 2


def test_report_that_is_made_anew_meanwhile(server, tmp_path):
    connector, export = march(server, [MARCH, MARCH.replace(b"03/0", b"03/1")])
    server.faults.add(PART, "expire")
    server.faults.add(
        LOOK,
        "change",
        times=None,
        after=1,
        by=lambda s, h, body: (
            s,
            h,
            {
                **body,
                "manifest": {"blobs": [{"blobLink": "https://x", "byteCount": 1}]},
            },
        ),
    )
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.INCOMPLETE


@pytest.mark.parametrize("link", [None, 5, "http://localhost/x", "file:///etc/passwd"])
def test_links_that_are_none(server, tmp_path, link):
    connector, export = march(server)
    blobs = {"blobs": [{"blobLink": link, "byteCount": len(MARCH)}]}
    server.faults.add(LOOK, "change", times=None, **change(manifest=blobs))
    call = lambda: list(connector.fetch_export(export, tmp_path))  # noqa: E731
    assert code_of(call) == errors.NOT_UNDERSTOOD


@pytest.mark.parametrize("size", [None, "x", -5, True, 10**30])
def test_sizes_that_are_none(server, tmp_path, size):
    connector, export = march(server)

    def other(status, headers, body):
        for blob in body["manifest"]["blobs"]:
            blob["byteCount"] = size
        return status, headers, body

    server.faults.add(LOOK, "change", times=None, by=other)
    (document,) = connector.fetch_export(export, tmp_path)
    assert document.path.read_bytes() == MARCH


def test_no_secret_is_stored_logged_or_sent_elsewhere(server, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    connector, export = march(server)
    list(connector.fetch_export(export, tmp_path))
    (call,) = server.calls(PART)
    assert "Authorization" not in call.headers
    with pytest.raises(ConnectorError) as caught:
        connect(server, secrets={"client_secret": "another-secret-9"}).test()
    told = f"{caught.value} {caught.value.details} {caplog.text} {connector.account}"
    told += json.dumps(export.to_dict())
    secrets = (server.client_secret, "another-secret-9", "sig=", "access-token-")
    for secret in secrets:
        assert secret not in told


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


def test_slow_answers(server, tmp_path):
    connector, export = march(server)
    server.faults.add(PART, "slow", seconds=1)
    assert list(connector.fetch_export(export, tmp_path))


def test_token_that_was_revoked(server):
    connector = connect(server)
    connector.test()
    server.expire_tokens()
    # It was given just now: another would be refused as well.
    assert code_of(connector.test) == errors.NO_PERMISSION
    assert connect(server).test()


def test_what_it_cannot_do(server):
    connector = connect(server)
    assert connector.abilities == {"exports"}
    for call in (connector.read_subscriptions, lambda: connector.send_order(None)):
        with pytest.raises(LookupError):
            call()
