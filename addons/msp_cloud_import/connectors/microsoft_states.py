"""One subscription of Partner Center as a state; names and ids as in the files.

Source: page "Microsoft partner billing APIs", section 3.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from .json_values import BadValue, day, flag, moment, text, uniform, units
from .lenient import Loose
from .sentence import _
from .values import Subscription

_STATUSES = {
    # As long as nothing is known of it.
    "none": "pending",
    "active": "active",
    "suspended": "suspended",
    "pending": "pending",
    "expired": "ended",
    "disabled": "ended",
    "deleted": "ended",
}
_PLANS = {
    "monthly": "monthly",
    "annual": "annual",
    "triennial": "triennial",
    "onetime": "one_time",
}
_MONTHS = {"M": 1, "Y": 12}
_ONE_DAY = timedelta(days=1)
# What changes without anything having happened to the subscription.
_UNSTEADY = frozenset({"links", "attributes"})


@dataclass(frozen=True, slots=True)
class Customer:
    """An end customer as Partner Center lists it."""

    id: str
    name: str | None
    domain: str | None


def read_customer(said: object) -> Customer:
    """Return a customer of the list.

    :raise BadValue: it is none
    """
    profile = said.get("companyProfile") if isinstance(said, Mapping) else None
    profile = profile if isinstance(profile, Mapping) else {}
    found = uniform(said.get("id")) if isinstance(said, Mapping) else ""
    found = found or uniform(profile.get("tenantId"))
    if not found:
        raise BadValue(_("a customer has no id"))
    return Customer(
        found,
        text(profile.get("companyName")) or None,
        text(profile.get("domain")) or None,
    )


def read_state(said: object, customer: Customer) -> Subscription:
    """Return the state that an answer describes.

    :raise BadValue: something in it is not known
    """
    if not isinstance(said, Mapping):
        raise BadValue(_("a subscription is no object"))
    subscription_id = uniform(said.get("id"))
    if not subscription_id:
        raise BadValue(_("a subscription has no id"))
    status = _STATUSES.get(text(said.get("status")).lower())
    if status is None:
        name = str(said.get("status"))[:80]
        raise BadValue(_("status is “%(name)s”, which is not known", name=name))
    is_usage = "usage" in (
        text(said.get("billingType")).lower(),
        text(said.get("unitType")).lower().partition("-")[0],
    )
    sku_id, availability_id, is_legacy = _offer(said)
    returnable, until = _returnable(said)
    planned = Loose(said).inner("scheduledNextTermInstructions")
    attributes = said.get("attributes")
    attributes = attributes if isinstance(attributes, Mapping) else {}
    return Subscription(
        sub_account_id=customer.id,
        sub_account_name=customer.name,
        customer_domain=customer.domain,
        subscription_id=subscription_id,
        status=status,
        sku_id=sku_id,
        availability_id=availability_id,
        service_name=text(said.get("offerName")) or None,
        purchased=units(said.get("quantity"), "quantity"),
        term=None if is_usage else _term(said.get("termDuration")),
        billing_plan=None if is_usage else _plan(said.get("billingCycle")),
        start=day(said.get("effectiveStartDate"), "effectiveStartDate"),
        term_end=_term_end(said, is_legacy),
        auto_renew=flag(said.get("autoRenewEnabled"), "autoRenewEnabled"),
        cancellable_until=until,
        returnable=returnable,
        next_quantity=planned.number("quantity"),
        next_term=_term(planned.inner("product").get("termDuration")),
        parent_id=uniform(said.get("parentSubscriptionId")) or None,
        is_trial=bool(flag(said.get("isTrial"), "isTrial")),
        is_usage=is_usage,
        marker=_marker(said, customer),
        etag=text(attributes.get("etag")),
        raw=Loose(said).kept(),
    )


def _offer(said: Mapping[str, object]) -> tuple[str | None, str | None, bool]:
    """Return product and sku as in the reconciliation file, the availability, and
    whether it is an offer of the time before new commerce.
    """
    offer = text(said.get("offerId"))
    product, *others = offer.split(":")
    if not others:
        return uniform(offer) or None, None, bool(offer)
    sku = ":".join(part for part in (product, others[0]) if part)
    return sku or None, (others[1] if len(others) > 1 else "") or None, False


def _term(value: object) -> str | None:
    """Return a duration as `formats.terms` writes it: P12M is P1Y."""
    found = text(value).upper()
    count, unit = found[1:-1], found[-1:]
    if not found.startswith("P") or not count.isdigit() or unit not in _MONTHS:
        return None
    months = int(count) * _MONTHS[unit]
    if not months:
        return None
    return f"P{months}M" if months % 12 else f"P{months // 12}Y"


def _plan(value: object) -> str | None:
    return _PLANS.get(text(value).lower().replace("_", ""))


def _term_end(said: Mapping[str, object], is_legacy: bool) -> date | None:
    """Return the first day after the term.

    New commerce names the last day, inclusive; legacy offers the day after it.
    """
    name = "commitmentEndDate"
    if not said.get(name):
        name = "commitmentEndDateTime"
    last = day(said.get(name), name)
    if last is None or is_legacy:
        return last
    return last + _ONE_DAY


def _returnable(said: Mapping[str, object]) -> tuple[Decimal | None, datetime | None]:
    """Return how many units can be returned, and until when at least.

    Each that is added later has a week of its own, which `refundableQuantity` lists.
    """
    name = "cancellationAllowedUntilDate"
    until = moment(said.get(name), name)
    refundable = Loose(said).inner("refundableQuantity")
    windows = []
    for one in refundable.rows("details"):
        with suppress(BadValue):
            windows.append(moment(one.get("allowedUntilDateTime"), "it"))
    known = [one for one in windows if one]
    return refundable.number("totalQuantity"), min(known, default=until)


def _marker(said: Mapping[str, object], customer: Customer) -> str:
    steady = {name: said[name] for name in sorted(said) if name not in _UNSTEADY}
    content = [customer.name, customer.domain, Loose(steady).kept()]
    packed = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(packed.encode("utf-8", "replace")).hexdigest()[:32]
