"""Whatever is answered: a result or a `ConnectorError`, and nothing else."""

import json
import tempfile
import time
from datetime import date
from pathlib import Path

import pytest
from connectors import CONNECTORS, Account, Export, Subscription, SubscriptionPage
from connectors.errors import ConnectorError
from connectors.kept_token import SECRET
from connectors.reply import Reply
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

TEXTS = st.text(max_size=12) | st.sampled_from(
    ["", "active", "terminated", "completed", "Completed", "2026-03-04", "9999-12-31"]
    + ["0000-00-00", "2026-02-30T00:00:00Z", "12", "-1", "1e9", "٣", "..", "a/b", "%2F"]
    + ["true", "https://localhost/x", "https://elsewhere/x", "file:///x", "https://["]
)
NUMBERS = st.integers(-(10**20), 10**20) | st.floats()
PLAIN = st.none() | st.booleans() | NUMBERS | TEXTS
ANY = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def objects(*names, **given):
    """Return objects that have some of the names, or something else altogether."""
    optional = dict.fromkeys(names, ANY) | given
    return st.fixed_dictionaries({}, optional=optional) | ANY


IDS = st.sampled_from(["1", "2", "..", "a/b", 3]) | ANY
PRODUCTS = objects("mpn", "name", subscriptionId=IDS, quantity=PLAIN)
ROWS = objects(
    *("name", "status", "renewalStatus", "creationDate", "expirationDate"),
    *("subscriptionPeriod", "billingPeriod", "downloadUrl", "format", "type"),
    id=IDS,
    customerId=IDS,
    products=st.lists(PRODUCTS, max_size=3) | ANY,
)
INGRAM = objects(
    data=st.lists(ROWS, max_size=3) | ANY, pagination=objects("total", "offset")
)
SKYKICK = objects(
    *("TotalExchangeMailboxesEnabled", "BackupExchangeEnabled", "companyName"),
    *("BackupSharepointEnabled", "IndividualMailboxesCharged", "orderState"),
    *("CustomerInformation", "orderPlacedDate", "TotalSharepointActiveLicenses"),
    id=IDS,
    tenantId=IDS,
    IndividualMailboxes=st.lists(objects("IsEnabled"), max_size=2) | ANY,
)
BLOBS = objects("byteCount", blobLink=TEXTS)
AZURE = objects(
    *("status", "id", "name", "error"),
    manifest=objects(
        "blobCount", "dataFormat", blobs=st.lists(BLOBS, max_size=2) | ANY
    ),
)
HEADERS = st.fixed_dictionaries({}, optional={"Retry-After": TEXTS, "Location": TEXTS})
DOWNLOADS = st.sampled_from([b"", b"<html>", b"ChargeType\nUsage\n", b"\x1f\x8bx"])


class _Http:
    """Answers all calls with what is at hand, the last for ever."""

    def __init__(self, answers, headers=None, download=b"x"):
        self.answers, self.headers, self.content = answers, headers or {}, download
        self.calls = 0

    def call(self, method, url, what, ok=(200,), **arguments):
        assert url.startswith("https://localhost/")
        # A path of the answer's making leads nowhere else.
        assert "/../" not in url
        self.calls += 1
        answer = self.answers[min(self.calls, len(self.answers)) - 1]
        content = json.dumps(answer).encode("utf-8", "replace")
        return Reply(200, url, self.headers, content)

    def download(self, url, what, path, **arguments):
        assert url.startswith("https://")
        path.write_bytes(self.content)
        return len(self.content)


class _Tokens:
    def token(self, audience, as_user):
        return "t"


def connect(kind, http, **given):
    url = {"api_url": "https://localhost/eu", "management_url": "https://localhost"}
    connector = CONNECTORS[kind](Account({**url, **given}, {}), http)
    if kind == "azure_costs":
        connector._service._tokens = _Tokens()
    else:
        # Signed in: the answers are those of other calls.
        api = connector._api
        kept = {"of": api._token._of, "token": "t", "since": time.time() - 5}
        kept["until"] = time.time() + 10**6
        connector.account.secrets[SECRET] = json.dumps(kept)
    return connector


def result_of(call):
    """Return what comes of it, None if it is an error that is known."""
    try:
        return call()
    except ConnectorError as error:
        assert str(error)
        return None


EXAMPLES = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    # The same examples each time.
    derandomize=True,
)


@pytest.mark.parametrize(
    ("kind", "answers"), [("ingram", INGRAM), ("skykick", SKYKICK)]
)
def test_subscriptions(kind, answers):
    rows = st.lists(answers, max_size=3) if kind == "skykick" else answers

    @EXAMPLES
    @given(st.tuples(rows), st.lists(answers, min_size=1, max_size=6))
    def check(first, more):
        connector = connect(kind, _Http([*first, *more]))
        page = result_of(lambda: connector.read_subscriptions(None, {"1": "m"}))
        if page is None:
            return
        assert isinstance(page, SubscriptionPage)
        json.dumps(page.cursor)
        for state in page.subscriptions:
            assert isinstance(state, Subscription)
            assert state.sub_account_id
            assert state.subscription_id
            for count in (state.purchased, state.assigned, state.billed):
                assert count is None or 0 <= count <= 10**9
            # As it is stored.
            told = json.dumps(state.to_dict(), allow_nan=False)
            assert len(told) < 200_000
        assert all(isinstance(error, ConnectorError) for _one, error in page.problems)

    check()


@EXAMPLES
@given(
    st.lists(INGRAM | ROWS, min_size=1, max_size=4),
    st.sampled_from(["listed", "requested"]),
)
def test_reports_of_ingram(answers, way):
    connector = connect("ingram", _Http(answers), reports=way)
    found = result_of(lambda: connector.find_exports(date(2026, 4, 2), {}))
    for export in found or ():
        assert "/" not in export.name
        export = result_of(lambda one=export: connector.begin_export(one))
        fetch(connector, export)


@EXAMPLES
@given(st.lists(AZURE, min_size=1, max_size=4), HEADERS, DOWNLOADS, st.booleans())
def test_reports_of_azure(answers, headers, download, is_amortised):
    connector = connect(
        "azure_costs",
        _Http(answers, headers, download),
        scopes="subscriptions/1",
        metric="amortised" if is_amortised else "actual",
    )
    export = connector.find_exports(date(2026, 4, 1), {})[0]
    fetch(connector, result_of(lambda: connector.begin_export(export)))


def fetch(connector, export):
    """Look at a document twice, and fetch it if it is ready."""
    for _look in range(2):
        if export is None:
            return
        stored = Export.from_dict(json.loads(json.dumps(export.to_dict())))
        assert stored.wait >= 0
        export = result_of(lambda one=stored: connector.look_at_export(one))
    if export and export.is_ready and not export.is_empty:
        with tempfile.TemporaryDirectory() as folder:
            fetched = result_of(
                lambda: list(connector.fetch_export(export, Path(folder)))
            )
            for document in fetched or ():
                assert document.path.exists()
