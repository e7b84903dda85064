"""What the tests of SkyKick's connector share."""

import pytest
from connectors import CONNECTORS, Account, Http
from connectors.errors import ConnectorError

SIGN_IN, LIST = "/auth/token", "/Backup$"


def connect(server, kept=None, **secrets):
    """Return a connector; what it wants to be kept goes to `kept`."""
    account = Account(
        server.settings,
        {**server.secrets, **secrets},
        kept.update if kept is not None else None,
    )
    http = Http(verify=server.ca_path, patience=0.3)
    return CONNECTORS["skykick"](account, http)


def code_of(call):
    with pytest.raises(ConnectorError) as caught:
        call()
    return caught.value.code
