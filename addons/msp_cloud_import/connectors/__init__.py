"""Providers' interfaces over HTTP: the same documents as files, and subscriptions.

Plain Python, no Odoo. `CONNECTORS` names them; each is a `Connector`.
"""

from .connector import (
    ABILITIES,
    EXPORTS,
    ORDERS,
    SUBSCRIPTIONS,
    Account,
    Connector,
    Field,
)
from .errors import SENTENCES, ConnectorError
from .http import Http
from .microsoft import MicrosoftConnector
from .values import (
    Answer,
    Document,
    Export,
    Order,
    Subscription,
    SubscriptionPage,
    Tested,
)

_ALL: tuple[type[Connector], ...] = (MicrosoftConnector,)
CONNECTORS = {connector.kind: connector for connector in _ALL}
