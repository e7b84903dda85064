"""Column profiles: what the columns of a file without a published layout mean.

A profile is a value, kept as data by whoever uses this package; `profile_format`
makes a `Format` of it (page "Generic import: mapping profile").
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from .errors import FormatsError
from .layout import normalised
from .profile_formula import Formula
from .profile_split import Split
from .sentence import _

SIGN_RULES = ("amount", "quantity", "event")
FILTER_KINDS = ("leave_out", "keep_only")
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
    Target("invoice_id", _("Invoice number"), "id"),
    Target("sub_account_id", _("Customer id"), "id"),
    Target("sub_account_name", _("Customer name"), "text"),
    Target("customer_domain", _("Customer domain"), "text"),
    Target("subscription_id", _("Subscription id"), "id"),
    Target("sku_id", _("Article number"), "id"),
    Target("service_name", _("Product"), "text"),
    Target("sku_name", _("Plan or edition"), "text"),
    Target("publisher_name", _("Vendor"), "text"),
    Target("charge_description", _("Description"), "text"),
    Target("charge_type", _("Kind of charge"), "text"),
    Target("event_date", _("Day of the change"), "date"),
    Target("pricing_quantity", _("Quantity"), "number"),
    Target("pricing_unit", _("Unit"), "text"),
    Target("duration", _("Share of the period"), "number"),
    Target("list_unit_price", _("List price per unit"), "number"),
    Target("contracted_unit_price", _("Price per unit"), "number"),
    Target("billed_cost", _("Net amount"), "number"),
    Target("tax", _("Tax"), "number"),
    Target("total", _("Gross amount"), "number"),
    Target("billing_currency", _("Currency"), "text"),
    Target("pricing_currency", _("Currency of the price"), "text"),
    Target("exchange_rate", _("Exchange rate"), "number"),
    Target("charge_period_start", _("First day of the period"), "date"),
    Target("charge_period_end", _("Last day of the period"), "date"),
    Target("charge_period_text", _("Period inside a text"), "text"),
    Target("term", _("Term"), "text"),
    Target("billing_plan", _("Billing rhythm"), "text"),
    Target("term_start", _("First day of the term"), "date"),
    Target("term_end", _("Last day of the term"), "date"),
    Target("group_ref", _("Reference shared by rows"), "id"),
)
TARGET_NAMES = tuple(target.name for target in TARGETS)
# What a formula may compute, and what a pattern may fill.
NUMBER_TARGETS = tuple(target.name for target in TARGETS if target.kind == "number")
SPLIT_TARGETS = tuple(name for name in TARGET_NAMES if name != "charge_period_text")

# Groups of targets of which a profile needs one each.
REQUIRED: tuple[tuple[str, ...], ...] = (
    ("sub_account_id", "sub_account_name", "customer_domain"),
    ("sku_id", "service_name"),
    ("pricing_quantity",),
    ("billed_cost",),
    ("charge_period_start", "charge_period_text"),
)
# Of a profile that states counts without money.
REQUIRED_OF_COUNTS = REQUIRED[:2]


@dataclass(frozen=True, slots=True)
class RowFilter:
    """Rows that are left out because of what stands in a column.

    :param column: name of the column as in the file
    :param kind: ``leave_out`` rows with one of the words, or ``keep_only`` those
    :param words: cells; case, blanks and punctuation do not count
    """

    column: str
    kind: str
    words: tuple[str, ...]

    def leaves_out(self, cell: str) -> bool:
        """Return whether a row with this cell is left out."""
        is_named = normalised(cell) in {normalised(word) for word in self.words}
        return is_named is (self.kind == "leave_out")


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
    :param computed: target of a number -> formula, see `profile_formula`
    :param splits: columns whose texts are cut into targets, see `profile_split`
    :param filters: rows that are left out
    :param sign_rule: what says whether a row takes back: its ``amount``; its
        ``quantity``, where amounts are printed without sign; or its ``event``, where
        both are
    :param count_day: set: rows state without money how many there are on this day;
        neither amount nor period are read
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
    computed: Mapping[str, Formula] = field(default_factory=dict)
    splits: tuple[Split, ...] = ()
    filters: tuple[RowFilter, ...] = ()
    sign_rule: str = "amount"
    count_day: date | None = None

    def events(self) -> dict[str, str]:
        """Return normalised word of the file -> event."""
        return {normalised(word): event for word, event in self.charge_types.items()}


class BadProfile(FormatsError):
    """A profile cannot be used; the message is one sentence."""


def check_profile(
    columns: Mapping[str, object],
    others: Iterable[str] = (),
    is_count: bool = False,
) -> list[str]:
    """Return what a profile still lacks, as names of targets.

    :param columns: target -> its column or columns; empty ones do not count
    :param others: targets that formulas and patterns fill
    :param is_count: it states counts without money
    :return: one entry per missing group, such as ``sku_id / service_name``
    """
    filled = {name for name, found in columns.items() if found} | set(others)
    groups = REQUIRED_OF_COUNTS if is_count else REQUIRED
    return [" / ".join(group) for group in groups if not filled & set(group)]
