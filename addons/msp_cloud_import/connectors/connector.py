"""What all connectors have in common: the interface that Odoo's side knows."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from .http import Http
from .values import (
    Answer,
    Document,
    Export,
    Order,
    Subscription,
    SubscriptionPage,
    Tested,
)

SUBSCRIPTIONS = "subscriptions"
EXPORTS = "exports"
ORDERS = "orders"
#: What a connector may be able to; `Connector.abilities` names its own.
ABILITIES = (SUBSCRIPTIONS, EXPORTS, ORDERS)


@dataclass(frozen=True, slots=True)
class Field:
    """One entry of a connection's form.

    :param name: key in `Account.settings` or, if secret, in `Account.secrets`
    :param is_secret: readable by administrators only, never logged
    :param default: what most enter, such as the address of the public cloud
    :param choices: the values it may have; empty for free text
    :param is_kept: nobody enters it: the connector has it stored for the next time
    """

    name: str
    is_secret: bool = False
    is_required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()
    is_kept: bool = False


@dataclass(slots=True)
class Account:
    """Whose account at the provider it is, and how to sign in.

    :param settings: {name: text}, as the fields of the connector say
    :param secrets: {name: text}; a connector that is given a new secret while it
        works (a refresh token) writes it here and calls `keep`
    :param keep: called with {name: new secret}; stores it at once, whatever becomes
        of the rest
    """

    settings: Mapping[str, str]
    secrets: dict[str, str] = field(repr=False)
    keep: Callable[[Mapping[str, str]], None] | None = field(default=None, repr=False)

    def renew(self, **secrets: str) -> None:
        """Take over new secrets, and have them stored."""
        changed = {
            name: secret
            for name, secret in secrets.items()
            if secret and self.secrets.get(name) != secret
        }
        self.secrets.update(changed)
        if changed and self.keep:
            self.keep(changed)


class Connector(ABC):
    """One provider's interface. Methods raise `ConnectorError` and nothing else.

    No method sleeps longer than `Http.patience`; what takes longer is told by
    `ConnectorError.retry_after`, `Export.wait` or a cursor to go on from.
    """

    #: technical name
    kind: str
    #: for people
    title: str
    abilities: frozenset[str]
    fields: tuple[Field, ...]
    #: rows of its documents are of this provider, as in `formats.vendor_code`
    vendor: str
    #: calls that the provider allows per minute, None if it names no limit
    per_minute: int | None = None

    def __init__(self, account: Account, http: Http | None = None) -> None:
        self.account = account
        self.http = http or Http(self.per_minute)

    def _setting(self, name: str) -> str:
        """Return what was entered, else the default."""
        found = self.account.settings.get(name) or ""
        default = next(one.default for one in self.fields if one.name == name)
        return found.strip() or default

    def _address(self, name: str) -> str:
        """Return an address without a slash at its end."""
        return self._setting(name).rstrip("/")

    @abstractmethod
    def test(self) -> Tested:
        """Sign in and read one small thing of each ability."""

    def expires_on(self) -> Mapping[str, date]:
        """Return {secret: day from which on it is no longer valid}, as far as known.

        Secrets that are renewed by their use are valid from their last use on, so
        this is asked after something was read.
        """
        return {}

    def read_subscriptions(
        self,
        cursor: object | None = None,
        known: Mapping[str, str] | None = None,
        deadline: float | None = None,
    ) -> SubscriptionPage:
        """Return the next part of the subscriptions.

        :param cursor: of the page before; None begins anew
        :param known: {subscription id: marker} of what was read before
        :param deadline: `time.monotonic()` at which the page shall be returned, with
            what has been read by then
        """
        raise _unable(self, SUBSCRIPTIONS)

    def find_exports(self, today: date, known: Mapping[str, str]) -> list[Export]:
        """Return what is worth asking for tonight, oldest first.

        :param known: {key: etag} of what was fetched before
        """
        raise _unable(self, EXPORTS)

    def begin_export(self, export: Export) -> Export:
        """Ask for a document; return it with its location, or ready at once."""
        raise _unable(self, EXPORTS)

    def look_at_export(self, export: Export) -> Export:
        """Return how far a document is that was asked for."""
        raise _unable(self, EXPORTS)

    def fetch_export(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download a document that is ready; its parts are checked to be whole.

        What is in `folder` already is not downloaded again.

        :param deadline: `time.monotonic()` at which to stop
        :raise Unfinished: it has passed; the next call goes on with what is there
        """
        raise _unable(self, EXPORTS)

    def send_order(self, order: Order) -> Answer:
        """Ask the provider for a change."""
        raise _unable(self, ORDERS)

    def read_subscription(
        self, sub_account_id: str, subscription_id: str
    ) -> Subscription:
        """Return a subscription as it is now, to verify an order."""
        raise _unable(self, ORDERS)

    def close(self) -> None:
        """Give back connections."""
        self.http.close()


def _unable(connector: Connector, ability: str) -> LookupError:
    return LookupError(f"{connector.title} cannot do this; see abilities: {ability}")
