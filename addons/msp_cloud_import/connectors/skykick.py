"""SkyKick, now ConnectWise Cloud Services: backup subscriptions and their seats.

Source: page "SkyKick (ConnectWise Cloud Services)"; names of fields from clients of the
interface by third parties. It offers no invoices.
"""

from collections.abc import Mapping

from . import errors
from .by_customer import Listed, find_unlisted, lost_all, read_page
from .connector import SUBSCRIPTIONS, Account, Connector, Field
from .errors import ConnectorError
from .http import Http
from .kept_token import SECRET, KeptToken, read_token, refusal
from .keyed_api import KeyedApi, address_of
from .lenient import Loose, list_of, path_part
from .sentence import _
from .skykick_state import identify, state_of
from .values import Subscription, SubscriptionPage, Tested

#: Since about September 2025; before: https://apis.skykick.com
ADDRESS = "https://apis.cloudservices.connectwise.com"
#: If the answer does not say how long a token is good.
_LIFETIME = 1800
_LIST = _("the backup subscriptions")
_WRAPPERS = ("value", "items", "data", "subscriptions")


class SkyKickConnector(Connector):
    """Reads counts; there is nothing to be ordered and no document to be fetched."""

    kind = "skykick"
    title = "SkyKick / ConnectWise Cloud Services"
    abilities = frozenset({SUBSCRIPTIONS})
    vendor = "skykick"
    fields = (
        Field("user_id"),
        Field("subscription_key", is_secret=True),
        Field(SECRET, is_secret=True, is_required=False, is_kept=True),
        # Where the portal shows a secret of its own; else the key is the secret.
        Field("client_secret", is_secret=True, is_required=False),
        Field("scope", default="Partner", choices=("Partner", "Distributor")),
        Field("api_url", default=ADDRESS),
    )

    def __init__(self, account: Account, http: Http | None = None) -> None:
        super().__init__(account, http)
        self._listed: list[Listed] | None = None
        self._problems: list[tuple[str, Exception]] = []
        self._api_made: KeyedApi | None = None

    def test(self) -> Tested:
        """Sign in, list the subscriptions, and read the seats of one."""
        listed, problems = self._list({})
        if listed:
            self._read(listed[0])
        failed = tuple((SUBSCRIPTIONS, problem) for _id, problem in problems)
        return Tested(self._setting("user_id"), (SUBSCRIPTIONS,), failed)

    def read_subscriptions(
        self,
        cursor: object | None = None,
        known: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> SubscriptionPage:
        """Return the next customers' backup subscriptions.

        Seats change without the list saying so: details are read of all.
        """
        if self._listed is None or cursor is None:
            self._listed, self._problems = self._list(known or {})
        before = known or {}

        def read(one: Listed) -> tuple[Subscription, ...] | None:
            state = self._read(one)
            return None if before.get(one.id) == state.marker else (state,)

        return read_page(
            self._listed,
            cursor,
            read,
            deadline,
            lambda: self._api.get("/Backup", _LIST),
            problems=self._problems,
            unlisted=find_unlisted(self._listed, before) if self._problems else None,
        )

    def _list(
        self, known: Mapping[str, str]
    ) -> tuple[list[Listed], list[tuple[str, Exception]]]:
        """Return the subscriptions, sorted, and what is odd about the list."""
        answer = self._api.get("/Backup", _LIST)
        rows = list_of(answer, *_WRAPPERS)
        if rows is None:
            raise self._odd(_LIST, _("no list"))
        found: dict[str, Listed] = {}
        problems: list[tuple[str, Exception]] = []
        for number, row in enumerate(map(Loose, rows), start=1):
            customer, one = identify(row)
            if one is None or customer is None:
                problems.append(
                    (
                        f"#{number}",
                        self._odd(_LIST, _("entry %(number)s", number=number)),
                    )
                )
                continue
            seen = (one,) if one in known else ()
            found.setdefault(one, Listed(customer, one, row, seen))
        if known and not found and not problems:
            problems.append(("", lost_all(self._api.host, _LIST)))
        listed = sorted(found.values(), key=lambda one: (one.customer, one.id))
        return listed, problems

    def _read(self, one: Listed) -> Subscription:
        """Return the state of a subscription.

        :raise ConnectorError: it cannot be read
        """
        what = _("the backup subscription %(name)s", name=one.id)
        path = f"/Backup/{path_part(one.id, self._api.host, what)}"
        settings = Loose(self._api.get(f"{path}/subscriptionsettings", what))
        if not settings:
            raise self._odd(what, _("no settings"))
        state = state_of(one.customer, one.id, one.row, settings)
        if state is None:
            boxes = self._api.get(f"{path}/mailboxes", what)
            state = state_of(one.customer, one.id, one.row, settings, boxes)
        if state is None:
            raise self._odd(what, _("no count of enabled mailboxes"))
        return state

    @property
    def _api(self) -> KeyedApi:
        if self._api_made is None:
            self._api_made = self._make_api()
        return self._api_made

    def _make_api(self) -> KeyedApi:
        secrets = self.account.secrets
        address = address_of(self._setting("api_url"))
        user, key = self._setting("user_id"), secrets.get("subscription_key", "")
        scope = self._setting("scope")
        secret = secrets.get("client_secret") or key
        keys = {"Ocp-Apim-Subscription-Key": key}

        def sign_in() -> tuple[str, float]:
            what = _("the sign-in")
            try:
                reply = self.http.call(
                    "POST",
                    f"{address}/auth/token",
                    what,
                    headers=keys,
                    auth=(user.encode(), secret.encode()),
                    data={"grant_type": "client_credentials", "scope": scope},
                )
            except ConnectorError as error:
                raise refusal(error, _REFUSED).without(secret, key) from None
            return read_token(reply, what, "access_token", "expires_in", _LIFETIME)

        token = KeptToken(self.account, sign_in, (address, user, secret, key, scope))
        return KeyedApi(self.http, address, keys, token, (secret, key))

    def _odd(self, what: str, reason: str) -> ConnectorError:
        return ConnectorError(
            errors.NOT_UNDERSTOOD, self._api.host, what=what, reason=reason
        )


_REFUSED = {
    errors.EXPIRED_TOKEN: errors.WRONG_SECRET,
    errors.REFUSED: errors.WRONG_SECRET,
    errors.NOT_FOUND: errors.WRONG_REGION,
}
