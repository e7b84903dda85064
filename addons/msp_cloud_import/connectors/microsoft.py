"""Microsoft Partner Center and Graph partner billing."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from . import errors, microsoft_invoices
from .connector import EXPORTS, ORDERS, SUBSCRIPTIONS, Account, Connector, Field
from .errors import ConnectorError
from .http import Http
from .microsoft_customers import read_customers
from .microsoft_export import PATH, Exports
from .microsoft_invoices import Wanted
from .microsoft_orders import read_one, send_order
from .microsoft_service import Service
from .microsoft_subscriptions import read_subscriptions
from .microsoft_token import Tokens
from .sentence import _
from .values import (
    Answer,
    Document,
    Export,
    Order,
    Subscription,
    SubscriptionPage,
    Tested,
)

_YES_NO = ("yes", "no")
_MONTHS = tuple(str(number) for number in range(1, 13))
# No operation has this number: who may ask for it may read those that exist.
_NO_OPERATION = "00000000-0000-0000-0000-000000000000"


class MicrosoftConnector(Connector):
    """A partner's own tenant: bills and usage by Graph, the rest by Partner Center."""

    kind = "microsoft"
    title = "Microsoft Partner Center"
    abilities = frozenset({SUBSCRIPTIONS, EXPORTS, ORDERS})
    vendor = "microsoft"
    # Of the resource "subscription", per tenant.
    per_minute = 500
    fields = (
        Field("tenant_id"),
        Field("client_id"),
        Field("client_secret", is_secret=True),
        Field("refresh_token", is_secret=True, is_required=False),
        Field("months", default="3", choices=_MONTHS),
        Field("usage", default="yes", choices=_YES_NO),
        Field("currencies", is_required=False),
        Field("login_url", default="https://login.microsoftonline.com"),
        Field("graph_url", default="https://graph.microsoft.com/v1.0"),
        Field("partner_url", default="https://api.partnercenter.microsoft.com/v1"),
    )

    def __init__(self, account: Account, http: Http | None = None) -> None:
        super().__init__(account, http)
        self._tokens = Tokens(account, self.http, self._address("login_url"))
        self._graph = Service(
            self.http, self._tokens, self._address("graph_url"), as_user=False
        )
        self._partner = Service(
            self.http,
            self._tokens,
            self._address("partner_url"),
            as_user=True,
            headers={"MS-Contract-Version": "v1", "X-Locale": "en-US"},
        )
        self._exports = Exports(self._graph)

    def test(self) -> Tested:
        """Sign in and read one small thing of each ability."""
        found: list[str] = []
        problems: list[tuple[str, Exception]] = []
        for ability, check in (
            (SUBSCRIPTIONS, self._check_subscriptions),
            (EXPORTS, self._check_exports),
        ):
            try:
                check()
            except ConnectorError as error:
                problems.append((ability, error))
            else:
                found.append(ability)
        if SUBSCRIPTIONS in found:
            # Who may read may change; only a change would prove it.
            found.append(ORDERS)
        else:
            problems += [(ORDERS, error) for name, error in problems[:1]]
        return Tested(self._setting("tenant_id"), tuple(found), tuple(problems))

    def expires_on(self) -> dict[str, date]:
        """Return when the refresh token lapses if it is not used until then."""
        return self._tokens.expires_on()

    def read_subscriptions(
        self,
        cursor: object | None = None,
        known: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> SubscriptionPage:
        """Return the next part of the subscriptions; see `Connector`."""
        return read_subscriptions(self._partner, cursor, known or {}, deadline)

    def read_subscription(
        self, sub_account_id: str, subscription_id: str
    ) -> Subscription:
        """Return a subscription as it is now."""
        return read_one(self._partner, sub_account_id, subscription_id)

    def find_exports(self, today: date, known: Mapping[str, str]) -> list[Export]:
        """Return what is worth asking for tonight, oldest first."""
        months = self._setting("months")
        wanted = Wanted(
            months=int(months) if months.isdigit() else 3,
            currencies=tuple(
                re.findall("[A-Z]{3}", self._setting("currencies").upper())
            ),
            usage=self._setting("usage") != "no",
        )
        return microsoft_invoices.find_exports(self._partner, wanted, today, known)

    def begin_export(self, export: Export) -> Export:
        """Ask for an export."""
        return self._exports.begin(export)

    def look_at_export(self, export: Export) -> Export:
        """Return how far an export is."""
        return self._exports.look(export)

    def fetch_export(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download the parts of a finished export."""
        return self._exports.fetch(export, folder, deadline)

    def send_order(self, order: Order) -> Answer:
        """Ask for another quantity, or for another answer to "renew?"."""
        return send_order(self._partner, order)

    def _check_subscriptions(self) -> None:
        read_customers(self._partner, "")

    def _check_exports(self) -> None:
        microsoft_invoices.read_one_page(self._partner)
        _unless_missing(
            lambda: self._graph.get_json(
                f"{PATH}/operations/{_NO_OPERATION}", _("the partner's billing data")
            )
        )


def _unless_missing(check: Callable[[], object]) -> None:
    try:
        check()
    except ConnectorError as error:
        if error.code not in (errors.NOT_FOUND, errors.REFUSED):
            raise
