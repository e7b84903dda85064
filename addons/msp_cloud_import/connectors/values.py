"""What connectors yield: states of subscriptions, exports, documents, answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

#: `Subscription.status`: what the provider supplies and charges is `active` and
#: `suspended` (still charged until its term ends); `ended` is over.
STATUSES = ("active", "suspended", "pending", "ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription as the provider states it now.

    Names as in `formats.ProviderCharge`; counts are None where the interface does
    not say them.

    :param purchased: units bought, which the provider charges
    :param assigned: units given to users
    :param billed: units on the provider's last bill
    :param term: length of the commitment, ISO 8601 (``P1M``, ``P1Y``)
    :param billing_plan: ``monthly``, ``annual``, ``triennial`` or ``one_time``
    :param term_end: exclusive
    :param cancellable_until: last moment at which it, or the first of the units that
        were added since, can be returned, UTC
    :param returnable: units that can be returned now
    :param next_quantity: units from the next term on, None if nothing is scheduled
    :param next_term: length of the next term, if another one is scheduled
    :param marker: changes whenever the provider's list says something else of the
        subscription; handed in again as `known`, so that details are read only then
    :param etag: version of the state, which an order refers to
    :param raw: the answer as it came, without its links
    """

    sub_account_id: str
    subscription_id: str
    status: str
    sub_account_name: str | None = None
    customer_domain: str | None = None
    sku_id: str | None = None
    availability_id: str | None = None
    service_name: str | None = None
    purchased: Decimal | None = None
    assigned: Decimal | None = None
    billed: Decimal | None = None
    term: str | None = None
    billing_plan: str | None = None
    start: date | None = None
    term_end: date | None = None
    auto_renew: bool | None = None
    cancellable_until: datetime | None = None
    returnable: Decimal | None = None
    next_quantity: Decimal | None = None
    next_term: str | None = None
    parent_id: str | None = None
    is_trial: bool = False
    is_usage: bool = False
    marker: str = ""
    etag: str = ""
    raw: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the state as JSON-able values; every name is always present."""
        return {name: _jsonable(getattr(self, name)) for name in _NAMES}


_NAMES = tuple(one.name for one in fields(Subscription))


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """Some of the subscriptions, and where to go on.

    :param subscriptions: states that were read anew
    :param unchanged: ids of those whose marker is the one that was handed in
    :param customers: ids of customers of whom *all* subscriptions are in this page,
        so that what is known of them and not named here is gone
    :param cursor: JSON-able; None when all has been read
    :param total: how many customers or subscriptions there are, None if unknown
    :param done: how many of them have been read up to and with this page
    :param problems: (customer or subscription id, `ConnectorError`) of those that
        could not be read; the others were
    """

    subscriptions: tuple[Subscription, ...] = ()
    unchanged: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    cursor: object | None = None
    total: int | None = None
    done: int = 0
    problems: tuple[tuple[str, Exception], ...] = ()


#: `Export.kind`
BILLED, UNBILLED = "billed", "unbilled"
BILLED_USAGE, UNBILLED_USAGE = "billed_usage", "unbilled_usage"
COSTS, UNBILLED_COSTS = "costs", "unbilled_costs"
#: running figures of a month that is not over, or has no invoice yet
NOT_BILLED = frozenset({UNBILLED, UNBILLED_USAGE, UNBILLED_COSTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A document that the provider makes on request, and how far it is.

    JSON-able by `to_dict`, so that the next look may be another process's.

    :param key: the same for the same document on every night, such as
        ``billed:G000000001``
    :param kind: one of the constants above
    :param name: of the file it becomes, without folder
    :param invoice_id: number of the provider's invoice, if it is of one
    :param request: what the connector needs to ask for it
    :param location: where to look for it, once it was asked for
    :param etag: of the finished document; the same etag is the same content
    :param is_ready: it can be fetched
    :param is_empty: there is nothing to fetch, which is no fault
    :param wait: seconds until the next look is worthwhile
    """

    key: str
    kind: str
    name: str
    invoice_id: str = ""
    request: Mapping[str, object] = field(default_factory=dict)
    location: str = ""
    etag: str = ""
    is_ready: bool = False
    is_empty: bool = False
    wait: float = 0
    manifest: Mapping[str, object] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Return the export as JSON-able values."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "Export":
        """Return the export of `to_dict`."""
        return cls(**values)  # type: ignore[arg-type]

    def but(self, **changes: object) -> "Export":
        """Return a copy with other values."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the provider on the disk, as a person would download it.

    :param path: belongs to the caller's folder, who removes it
    :param name: for people and for recognising parts
    :param rows: how many rows the provider says it has, None if it does not
    """

    path: Path
    name: str
    rows: int | None = None


#: `Order.kind`
QUANTITY, AUTO_RENEW = "quantity", "auto_renew"
#: `Answer.status`
DONE, ACCEPTED, REFUSED = "done", "accepted", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A change that the provider is asked for.

    :param request_id: the same for each attempt at the same order, so that a
        repetition does nothing
    :param quantity: units wanted (`QUANTITY`)
    :param auto_renew: whether the term shall be followed by another (`AUTO_RENEW`)
    :param expected: units the provider is believed to have now; another number
        refuses the order, as somebody else has changed it meanwhile
    """

    kind: str
    request_id: str
    sub_account_id: str
    subscription_id: str
    quantity: Decimal | None = None
    auto_renew: bool | None = None
    expected: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said to an order.

    :param status: `DONE`, `ACCEPTED` (will be done, look later) or `REFUSED`
    :param text: the provider's own words, without secrets
    :param subscription: the state after it, if the answer has one
    """

    status: str
    text: str = ""
    subscription: Subscription | None = None


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test of a connection has found.

    :param account: the name or number the provider knows the reseller by
    :param abilities: what works, of `connector.ABILITIES`
    :param problems: (ability, `ConnectorError`) of what does not, or in part only
    """

    account: str
    abilities: tuple[str, ...]
    problems: tuple[tuple[str, Exception], ...] = ()


def _jsonable(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    return value
