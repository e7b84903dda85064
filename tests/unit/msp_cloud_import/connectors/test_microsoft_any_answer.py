"""Whatever is answered: a result or a `ConnectorError`, and nothing else."""

import json
from contextlib import suppress

import pytest
from connectors import Export
from connectors.errors import ConnectorError
from connectors.json_values import BadValue
from connectors.microsoft_export import Exports
from connectors.microsoft_invoices import read_invoices
from connectors.microsoft_manifest import read_manifest
from connectors.microsoft_service import Service
from connectors.microsoft_states import Customer, read_customer, read_state
from connectors.microsoft_subscriptions import read_subscriptions
from connectors.reply import Reply
from hypothesis import given, settings
from hypothesis import strategies as st
from microsoft_common import TODAY

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "active", "P1Y", "P9999999Y", "P0M", "2026-03-04", "9999-12-31", "0001-01-01"]
    + [
        "2026-03-04T00:00:00+99:99",
        "2026-02-30T00:00:00Z",
        "12",
        "-1",
        "1e9",
        "٣",
        "a:b",
    ]
    + [
        "::",
        "true",
        "https://localhost/x",
        "/x",
        "//elsewhere/x",
        "succeeded",
        "https://[",
    ]
)
PLAIN = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXTS
ANY = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def objects(*names):
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, ANY)) | ANY


STATES = objects(
    "id",
    "offerId",
    "offerName",
    "quantity",
    "unitType",
    "billingType",
    "status",
    "effectiveStartDate",
    "commitmentEndDate",
    "commitmentEndDateTime",
    "cancellationAllowedUntilDate",
    "termDuration",
    "billingCycle",
    "autoRenewEnabled",
    "isTrial",
    "parentSubscriptionId",
    "scheduledNextTermInstructions",
    "attributes",
)
BLOBS = objects("name", "sizeInBytes", "itemCount")
MANIFESTS = st.fixed_dictionaries(
    {"blobs": st.lists(BLOBS, max_size=3) | ANY},
    optional={
        "blobCount": ANY,
        "dataFormat": st.sampled_from(["compressedJSONLines", "compressedJSON"]) | ANY,
        "rootDirectory": st.just("https://blobs.example/a") | ANY,
        "sasToken": ANY,
        "eTag": ANY,
    },
)
OPERATIONS = st.fixed_dictionaries(
    {"status": st.sampled_from(["running", "succeeded", "failed"]) | ANY},
    optional={
        "resourceLocation": MANIFESTS | ANY,
        "resourceLocation@odata.navigationLink": TEXTS,
        "error": objects("code", "message"),
        "@odata.type": ANY,
    },
)


class _Tokens:
    def token(self, audience, as_user):
        return "t"


class _Http:
    """Answers all calls with what is at hand, and counts them."""

    def __init__(self, *answers):
        self.answers, self.calls = list(answers), 0

    def call(self, method, url, what, **arguments):
        self.calls += 1
        assert self.calls < 1000
        # Links may lead to another path of the host, to which alone the token goes.
        assert url.startswith("https://localhost/")
        answer = self.answers[min(self.calls, len(self.answers)) - 1]
        content = json.dumps(answer).encode("utf-8", "replace")
        return Reply(200, url, {}, content)


def service(*answers):
    http = _Http(*answers)
    return Service(http, _Tokens(), "https://localhost/v1", as_user=True)


@settings(max_examples=200, deadline=None)
@given(STATES, objects("id", "companyProfile"))
def test_states(said, customer):
    try:
        found = read_state(said, Customer("c", None, None))
        json.dumps(found.to_dict())
    except BadValue:
        pass
    with suppress(BadValue):
        assert read_customer(customer).id


@settings(max_examples=150, deadline=None)
@given(MANIFESTS | ANY)
def test_manifests(said):
    try:
        manifest = read_manifest(said, "host", "it")
    except ConnectorError:
        return
    for blob in manifest.blobs:
        assert manifest.url(blob).startswith("https://")
    json.dumps(manifest.to_dict())


@settings(max_examples=150, deadline=None)
@given(OPERATIONS, MANIFESTS | ANY)
def test_operations(said, manifest):
    export = Export(key="k", kind="billed", name="n", location="https://localhost/v1/o")
    try:
        found = Exports(service(said, manifest)).look(export)
    except ConnectorError:
        return
    json.dumps(found.to_dict())


@pytest.mark.parametrize(
    "link", ["https://[", "https://x:y/", "//elsewhere/x", "x", "?"]
)
def test_links(link):
    said = {"status": "succeeded", "resourceLocation": link}
    export = Export(key="k", kind="billed", name="n", location="https://localhost/v1/o")
    with pytest.raises(ConnectorError):
        Exports(service(said, [])).look(export)


@pytest.mark.parametrize(
    "folder",
    ["https://[", "http://a.example", "https://a b", "https://a?b", "ftp://a", "", 5]
    + ["https://user:password@a.example/", "https://"],
)
def test_folders(folder):
    said = {"blobs": [{"name": "a"}], "rootDirectory": folder}
    with pytest.raises(ConnectorError):
        read_manifest(said, "host", "it")


@settings(max_examples=100, deadline=None)
@given(st.lists(objects("id", "invoiceDate", "billingPeriodEndDate"), max_size=3) | ANY)
def test_invoices(items):
    with suppress(ConnectorError):
        read_invoices(service({"items": items}), TODAY)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(objects("id", "companyProfile"), max_size=3) | ANY,
    st.lists(STATES, max_size=3) | ANY,
    objects("next"),
    ANY,
)
def test_subscriptions(customers, states, links, total):
    first = {"items": customers, "links": links, "totalCount": total}
    try:
        page = read_subscriptions(
            service(first, {"items": states, "totalCount": total}), None, {}, None, 2
        )
    except ConnectorError:
        return
    json.dumps([one.to_dict() for one in page.subscriptions])
    json.dumps(page.cursor)
