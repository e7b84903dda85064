"""What the providers' interfaces answered, night by night: no network is used.

The connectors of Microsoft and Ingram with their own forms, but with recorded answers.
Counts are those of the contracts, save for what customers have changed themselves in
the providers' portals.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from odoo.addons.msp_cloud_import.connectors import (
    CONNECTORS,
    Answer,
    ConnectorError,
    Subscription,
    SubscriptionPage,
    Tested,
    errors,
)

from .ingram_file import account_id
from .microsoft_file import PARTNER, term_of
from .scenario import Subscription as Sold
from .scenario import guid

ONE_DAY = timedelta(days=1)
HOSTS = {
    "microsoft": "api.partnercenter.microsoft.com",
    "ingram": "api.cloud.im",
}


@dataclass(slots=True)
class Recording:
    """What one provider says; the story turns it on night by night.

    :param states: by the subscription's id, as of the night that is played
    :param fault: raised instead of an answer
    :param refused: (customer, error) of those that cannot be read
    """

    states: dict[str, Subscription] = field(default_factory=dict)
    fault: ConnectorError | None = None
    refused: tuple[tuple[str, ConnectorError], ...] = ()

    def change(self, key: str, **values: Any) -> None:
        """Let the provider say something else of a subscription."""
        self.states[key] = replace(self.states[key], **values)

    def make_connector(self, kind: str) -> type:
        """Return the provider's connector, with these answers."""
        return type(
            "Recorded", (_Recorded, CONNECTORS[kind]), {"recording": self, "kind": kind}
        )


class _Recorded:
    """Answers in the place of a connector's own methods that ask the provider."""

    recording: ClassVar[Recording]

    def read_subscriptions(self, cursor=None, known=None, deadline=None):
        if self.recording.fault:
            raise self.recording.fault
        unread = {customer for customer, _error in self.recording.refused}
        states = tuple(
            one
            for one in self.recording.states.values()
            if one.sub_account_id not in unread
        )
        return SubscriptionPage(
            subscriptions=states,
            total=len(states),
            done=len(states),
            problems=self.recording.refused,
        )

    def send_order(self, order):
        return Answer("accepted", "Accepted; the change is being processed.")

    def expires_on(self):
        return {}


def state_of(sold: Sold, units: float, today: date) -> Subscription:
    """Return what a provider says of a subscription that goes on as agreed."""
    _start, end = term_of(sold, today)
    customer, offer = sold.customer, sold.article.offer
    is_microsoft = sold.article.provider == "microsoft"
    raw = {
        "id": sold.id,
        "offerName": sold.article.name,
        "quantity": units,
        "status": "active",
        "termDuration": sold.term,
        "commitmentEndDate": end.isoformat(),
        "autoRenewEnabled": True,
        "billingCycle": "monthly",
        "orderId": guid("order", sold.id)[:12],
    }
    return Subscription(
        sub_account_id=customer.tenant if is_microsoft else account_id(customer.number),
        sub_account_name=customer.name,
        customer_domain=customer.domain,
        subscription_id=sold.id,
        status="active",
        sku_id=":".join(offer[:2]),
        availability_id=offer[2] if is_microsoft else None,
        service_name=sold.article.name,
        purchased=Decimal(f"{units:g}"),
        term=sold.term,
        billing_plan="monthly",
        start=sold.start,
        term_end=end + ONE_DAY,
        auto_renew=True,
        raw=raw,
    )


def unavailable(provider: str) -> ConnectorError:
    """Return the fault of a provider that is down."""
    return ConnectorError(errors.FAULTY, HOSTS[provider], status=503)


def wrong_secret(provider: str) -> ConnectorError:
    """Return the fault of a secret that has lapsed."""
    reason = "401: access denied due to invalid subscription key"
    return ConnectorError(errors.WRONG_SECRET, HOSTS[provider], reason=reason)


def no_consent(of: Subscription) -> tuple[str, ConnectorError]:
    """Return the customer who cannot be read, and why."""
    error = ConnectorError(
        errors.NO_PERMISSION,
        HOSTS["microsoft"],
        what=f"the subscriptions of {of.sub_account_name}",
        reason="403: the customer has ended the partner relationship",
    )
    return of.sub_account_id, error


ACCOUNT = {"tenant_id": "nordlicht.example", "client_id": PARTNER, "user": "nordlicht"}


def tested(account: str, abilities: Iterable[str]) -> Tested:
    """Return what a test of a connection in which all works has found."""
    return Tested(account, tuple(abilities))
