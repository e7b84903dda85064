"""Column profiles: what the columns of a file without a published layout mean.

A profile is a value, kept as data by whoever uses this package; `profile_format`
makes a `Format` of it (page "Generic import: mapping profile").
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from .errors import FormatsError
from .layout import normalised
from .provider_charge import EVENTS

BILLING_PLANS = ("monthly", "annual", "triennial", "one_time")


@dataclass(frozen=True, slots=True)
class Target:
    """A field of the provider charge that a column can mean.

    :param name: as in `ProviderCharge`, or one of the few that only help reading
    :param title: words for people
    :param kind: ``text``, ``id``, ``number`` or ``date``
    """

    name: str
    title: str
    kind: str


TARGETS: tuple[Target, ...] = (
    Target("invoice_id", "Invoice number", "id"),
    Target("sub_account_id", "Customer id", "id"),
    Target("sub_account_name", "Customer name", "text"),
    Target("customer_domain", "Customer domain", "text"),
    Target("subscription_id", "Subscription id", "id"),
    Target("sku_id", "Article number", "id"),
    Target("service_name", "Product", "text"),
    Target("sku_name", "Plan or edition", "text"),
    Target("publisher_name", "Vendor", "text"),
    Target("charge_description", "Description", "text"),
    Target("charge_type", "Kind of charge", "text"),
    Target("event_date", "Day of the change", "date"),
    Target("pricing_quantity", "Quantity", "number"),
    Target("pricing_unit", "Unit", "text"),
    Target("duration", "Share of the period", "number"),
    Target("list_unit_price", "List price per unit", "number"),
    Target("contracted_unit_price", "Price per unit", "number"),
    Target("billed_cost", "Net amount", "number"),
    Target("tax", "Tax", "number"),
    Target("total", "Gross amount", "number"),
    Target("billing_currency", "Currency", "text"),
    Target("pricing_currency", "Currency of the price", "text"),
    Target("exchange_rate", "Exchange rate", "number"),
    Target("charge_period_start", "First day of the period", "date"),
    Target("charge_period_end", "Last day of the period", "date"),
    Target("charge_period_text", "Period inside a text", "text"),
    Target("term", "Term", "text"),
    Target("billing_plan", "Billing rhythm", "text"),
    Target("term_start", "First day of the term", "date"),
    Target("term_end", "Last day of the term", "date"),
    Target("group_ref", "Reference shared by rows", "id"),
)
TARGET_NAMES = tuple(target.name for target in TARGETS)

# Groups of targets of which a profile needs one each.
REQUIRED: tuple[tuple[str, ...], ...] = (
    ("sub_account_id", "sub_account_name", "customer_domain"),
    ("sku_id", "service_name"),
    ("pricing_quantity",),
    ("billed_cost",),
    ("charge_period_start", "charge_period_text"),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the columns of a kind of file mean.

    :param id: short name such as ``ingram_micro_cloud``
    :param title: name for people
    :param columns: target -> spellings of its column, the first one found wins;
        case, blanks and punctuation of a spelling do not count
    :param fingerprint: if set, only files with exactly this header are read by
        it (see `layout.fingerprint`: order and case aside)
    :param end_is_inclusive: whether the last day in the file still counts
    :param currency: where the file has no currency column, or an empty cell
    :param term: ISO 8601, where the file does not say it
    :param billing_plan: one of `BILLING_PLANS`, where the file does not say it
    :param changes_are_differences: "Change, quantity 3" means 3 more, not 3
    :param charge_types: the file's word -> one of `EVENTS`
    :param default_event: event of rows that name no kind of charge
    :param decimal_mark: ``.`` or ``,``; empty: decided from all rows
    :param date_order: ``day`` or ``month``; empty: decided from all rows
    """

    id: str
    title: str
    columns: Mapping[str, tuple[str, ...]]
    fingerprint: str | None = None
    end_is_inclusive: bool = True
    currency: str | None = None
    term: str | None = None
    billing_plan: str | None = None
    changes_are_differences: bool = False
    charge_types: Mapping[str, str] = field(default_factory=dict)
    default_event: str = "recurring"
    decimal_mark: str = ""
    date_order: str = ""

    def events(self) -> dict[str, str]:
        """Return normalised word of the file -> event."""
        return {normalised(word): event for word, event in self.charge_types.items()}


class BadProfile(FormatsError):
    """A profile cannot be used; the message is one sentence."""


def profile_from_dict(data: object) -> Profile:
    """Return the profile that decoded JSON describes; keys are `Profile`'s fields.

    :raise BadProfile: with a sentence that names what is wrong
    """
    if not isinstance(data, dict):
        raise BadProfile("The profile must be a JSON object with id, title, columns.")
    known = {one.name for one in fields(Profile)}
    for name in data:
        if name not in known:
            raise BadProfile(
                f"The profile has the unknown field “{name}”; known fields are "
                f"{', '.join(sorted(known))}."
            )
    for name in ("id", "title", "columns"):
        if not data.get(name):
            raise BadProfile(f"The profile lacks the field “{name}”.")
    columns, types = data["columns"], data.get("charge_types", {})
    if not isinstance(columns, dict) or not isinstance(types, dict):
        raise BadProfile("The fields “columns” and “charge_types” must be objects.")
    spellings = {}
    for target, found in columns.items():
        names = [found] if isinstance(found, str) else found
        if not isinstance(names, (list, tuple)) or not all(
            isinstance(n, str) for n in names
        ):
            raise BadProfile(f"The columns of “{target}” must be a list of names.")
        spellings[target] = tuple(names)
    profile = Profile(**{**data, "columns": spellings})
    _check_values(profile)
    return profile


def _check_values(profile: Profile) -> None:
    named = [("columns", name, TARGET_NAMES) for name in profile.columns] + [
        ("charge_types", event, EVENTS) for event in profile.charge_types.values()
    ]
    named += [
        ("default_event", profile.default_event, EVENTS),
        ("billing_plan", profile.billing_plan or "monthly", BILLING_PLANS),
        ("decimal_mark", profile.decimal_mark, ("", ".", ",")),
        ("date_order", profile.date_order, ("", "day", "month")),
    ]
    for place, value, allowed in named:
        if value not in allowed:
            raise BadProfile(
                f"The profile says “{value}” in {place}; expected one of "
                f"{', '.join(filter(None, allowed))}."
            )
    missing = check_profile(profile.columns)
    if missing:
        raise BadProfile(f"The profile names no column for {', '.join(missing)}.")


def check_profile(columns: Mapping[str, object]) -> list[str]:
    """Return what a profile still lacks, as names of targets.

    :param columns: target -> its column or columns; empty ones do not count
    :return: one entry per missing group, such as ``sku_id / service_name``
    """
    return [
        " / ".join(group)
        for group in REQUIRED
        if not any(columns.get(name) for name in group)
    ]
