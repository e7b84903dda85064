"""What the tests of Microsoft's connector share."""

import io
import json
import zipfile
from datetime import date
from pathlib import Path

import formats
import pytest
from connectors import Account, Http, MicrosoftConnector
from connectors.errors import ConnectorError
from vendors.microsoft import MicrosoftServer

TODAY = date(2026, 4, 9)


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
    cursor, pages = None, []
    for _ in range(100):
        page = connector.read_subscriptions(cursor, known)
        pages.append(page)
        if page.cursor is None:
            return pages
        cursor = json.loads(json.dumps(page.cursor))
    raise AssertionError("it does not end")


def charges_of(documents, with_list=False):
    """Return what `formats` reads of documents; several are packed as one archive."""
    source = documents[0].path
    if len(documents) > 1:
        source = io.BytesIO()
        with zipfile.ZipFile(source, "w") as archive:
            for one in documents:
                archive.write(one.path, one.name)
            if with_list:
                blobs = [
                    {"blobName": one.name, "dataRowCount": one.rows}
                    for one in documents
                ]
                archive.writestr("manifest.json", json.dumps({"blobs": blobs}))
    with formats.open_file(source) as reading:
        items = list(reading)
    assert all(isinstance(one, formats.ProviderCharge) for one in items), items
    return items


def first_export(connector):
    return connector.find_exports(TODAY, {})[0]


def ready(connector):
    export = connector.begin_export(first_export(connector))
    for _ in range(3):
        if not export.is_ready:
            export = connector.look_at_export(export)
    return export


def rows_of(documents):
    return sum(one.rows for one in documents)


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code


def subscriptions_of(pages):
    return [one for page in pages for one in page.subscriptions]


def problem_of(connector, cursor=None):
    with pytest.raises(ConnectorError) as caught:
        connector.read_subscriptions(cursor)
    return caught.value
