"""What the tests of Azure's connector share."""

import json
from datetime import date

import pytest
from connectors import CONNECTORS, Account, Export, Http
from connectors.errors import ConnectorError
from cost_files import azure, azure_file
from formats import ProviderCharge, open_file

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
