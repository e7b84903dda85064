"""What the tests of Microsoft's connector share."""

from pathlib import Path

from connectors import Account, Http, MicrosoftConnector
from vendors.microsoft import MicrosoftServer


def connect(server: MicrosoftServer, per_minute=None, **settings):
    """Return a connector to the local server, as a connection of Odoo makes it."""
    kept = {}
    account = Account({**server.settings, **settings}, server.secrets, kept.update)
    http = Http(per_minute, patience=3, verify=server.ca_path)
    connector = MicrosoftConnector(account, http)
    connector.kept = kept
    return connector


def fetched(connector, export, folder: Path, looks: int = 5):
    """Ask for an export, look until it is ready, and return its documents."""
    export = connector.begin_export(export)
    for _ in range(looks):
        if export.is_ready or export.is_empty:
            break
        export = connector.look_at_export(type(export).from_dict(export.to_dict()))
    assert export.is_ready
    return list(connector.fetch_export(export, folder))


def all_pages(connector, known=None):
    """Read all subscriptions; the cursor goes through JSON as in a database."""
    import json

    cursor, pages = None, []
    for _ in range(100):
        page = connector.read_subscriptions(cursor, known)
        pages.append(page)
        if page.cursor is None:
            return pages
        cursor = json.loads(json.dumps(page.cursor))
    raise AssertionError("it does not end")
