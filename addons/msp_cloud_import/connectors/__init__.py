"""Providers' interfaces over HTTP: the same documents as files, and subscriptions.

Plain Python, no Odoo. `CONNECTORS` names them; each is a `Connector`.
"""

from .azure_costs import AzureCostsConnector
from .connector import (
    ABILITIES,
    EXPORTS,
    ORDERS,
    SUBSCRIPTIONS,
    Account,
    Connector,
    Field,
)
from .errors import SENTENCES, ConnectorError, Unfinished
from .http import Http
from .ingram import IngramConnector
from .microsoft import MicrosoftConnector
from .skykick import SkyKickConnector
from .values import (
    Answer,
    Document,
    Export,
    Order,
    Subscription,
    SubscriptionPage,
    Tested,
)

_ALL: tuple[type[Connector], ...] = (
    MicrosoftConnector,
    AzureCostsConnector,
    IngramConnector,
    SkyKickConnector,
)
CONNECTORS = {connector.kind: connector for connector in _ALL}
