"""What SkyKick's answers say of a backup subscription.

Names of fields as third parties' clients have them; all of them may be missing.
"""

import hashlib
import json
from dataclasses import replace
from decimal import Decimal

from .lenient import Loose, list_of
from .values import Subscription

_ENABLED = ("TotalExchangeMailboxesEnabled", "TotalIndividualMailboxesEnabled")
_SITES = "TotalSharepointSitesEnabled"
_CHARGED = ("IndividualMailboxesCharged", "SharedResourcesCharged")
_IS_ENABLED = ("IsEnabled", "Enabled", "BackupEnabled", "IsSubscribed")
#: Words of an order that is over.
_OVER = ("cancel", "deprovision", "delet", "expired", "terminated")


def identify(row: Loose) -> tuple[str | None, str | None]:
    """Return customer and id of a row of the list.

    A subscription is one customer's; who has no tenant is known by its id.
    """
    one = row.id("id", "subscriptionId")
    return row.id("tenantId", "customerId") or one, one


def state_of(
    customer: str, one: str, row: Loose, settings: Loose, boxes: object = None
) -> Subscription | None:
    """Return the state of a subscription.

    `assigned` counts mailboxes that are backed up, `billed` those that are charged,
    shared ones that are not free included. What is bought is not said.

    :param boxes: the answer that lists the mailboxes
    :return: None if the mailboxes' count is not known; the list of them may say it
    """
    assigned = _count(settings, *_ENABLED)
    if assigned is None and boxes is not None:
        assigned = _count_enabled(boxes)
    has_mail = settings.flag("BackupExchangeEnabled")
    has_sites = settings.flag("BackupSharepointEnabled")
    if assigned is None and has_mail is not False:
        return None
    parts = [_count(settings, name) for name in _CHARGED]
    charged = [part for part in parts if part is not None]
    billed = sum(charged, Decimal(0)) if charged else None
    if has_mail is False and has_sites:
        # Backup of sites alone is charged by licence.
        assigned = _count(settings, "TotalSharepointActiveLicenses")
        billed = _count(settings, "TotalSharepointLicensesCharged")
    raw = {"subscription": row.kept(), "settings": settings.kept()}
    information = settings.inner("CustomerInformation")
    order = (row.text("orderState") or "").casefold()
    state = Subscription(
        sub_account_id=customer,
        subscription_id=one,
        status="ended" if any(word in order for word in _OVER) else "active",
        sub_account_name=row.text("companyName") or information.text("CompanyName"),
        customer_domain=row.text("onMicrosoftDomain")
        or settings.text("OnMicrosoftDomain"),
        sku_id=_plan(has_mail, has_sites),
        service_name="Cloud Backup",
        assigned=assigned,
        billed=billed,
        start=row.day("orderPlacedDate"),
        raw=raw,
    )
    told = json.dumps({**state.to_dict(), "raw": None}, sort_keys=True)
    told += json.dumps(settings.get(_SITES), default=str)
    marker = hashlib.sha256(told.encode()).hexdigest()[:20]
    return replace(state, marker=marker)


def _plan(has_mail: bool | None, has_sites: bool | None) -> str | None:
    """Return what is backed up, as invoices name it."""
    parts = (("Exchange", has_mail), ("SharePoint", has_sites))
    return " + ".join(name for name, is_on in parts if is_on) or None


def _count(settings: Loose, *names: str) -> Decimal | None:
    """Return a count, None if it is missing or none."""
    number = settings.number(*names)
    return number if number is not None and number >= 0 else None


def _count_enabled(boxes: object) -> Decimal | None:
    """Return how many mailboxes of a list are backed up, None if it does not say."""
    rows = list_of(boxes, "IndividualMailboxes", "value", "items", "mailboxes")
    if rows is None:
        return None
    flags = [Loose(row).flag(*_IS_ENABLED) for row in rows]
    return None if None in flags else Decimal(sum(map(bool, flags)))
