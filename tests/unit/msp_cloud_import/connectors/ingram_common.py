"""What the tests of Ingram's connector share."""

import json

import pytest
from connectors import CONNECTORS, Account, Http
from connectors.errors import ConnectorError

SIGN_IN = "/token$"
LIST, ORDERS, CUSTOMERS = "/subscriptions$", "/orders$", "/customers$"
DETAILS = "/subscriptions/"


def connect(server, kept=None, patience=0.3, **secrets):
    """Return a connector; what it wants to be kept goes to `kept`."""
    account = Account(
        server.settings,
        {**server.secrets, **secrets},
        kept.update if kept is not None else None,
    )
    http = Http(verify=server.ca_path, patience=patience)
    return CONNECTORS["ingram"](account, http)


def read_all(connector, known=None, deadline=None):
    """Return all pages; the cursor goes through JSON, as it is stored."""
    pages, cursor = [], None
    while True:
        page = connector.read_subscriptions(cursor, known, deadline)
        pages.append(page)
        if page.cursor is None:
            return pages
        cursor = json.loads(json.dumps(page.cursor))


def markers(pages, known=None):
    """Return what the next sync knows."""
    found = {s.subscription_id: s.marker for page in pages for s in page.subscriptions}
    return {**(known or {}), **found}


def details(server):
    """Return of which subscriptions details were asked for, and forget it."""
    found = [call.path.rpartition("/")[2] for call in server.calls(DETAILS)]
    server.log.clear()
    return sorted(found)


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def small(server):
    """Add a customer with two subscriptions, and one with one."""
    a, b = server.add_customer(1004567), server.add_customer(1004999)
    ids = server.add(2001001, a, 12), server.add(2001002, a, 3)
    return *ids, server.add(2001007, b, 5, name="Contoso Mail")
