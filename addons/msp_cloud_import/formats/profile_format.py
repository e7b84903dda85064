"""A column profile as a `Format`, so that everything that reads files works on it."""

from functools import partial

from .layout import Format
from .profile import REQUIRED, TARGETS, Profile
from .profile_reader import ProfileReader

NUMBERS = tuple(target.name for target in TARGETS if target.kind == "number")
DATES = tuple(target.name for target in TARGETS if target.kind == "date")
# All empty, or a word such as "Total", on a total row.
_IDENTITY = (
    "sub_account_id",
    "sub_account_name",
    "customer_domain",
    "subscription_id",
    "sku_id",
    "service_name",
)


def profile_format(profile: Profile) -> Format:
    """Return the format whose columns are the targets of a profile."""
    needed = REQUIRED
    if not profile.currency:
        needed += (("billing_currency",),)
    return Format(
        id=profile.id,
        title=profile.title,
        columns=tuple(target.name for target in TARGETS),
        aliases={},
        required=(),
        number_columns=NUMBERS,
        date_columns=DATES,
        identity_columns=_IDENTITY,
        sum_columns=("billed_cost", "tax", "total"),
        reader=partial(ProfileReader, profile=profile),
        one_of=needed,
        spellings=profile.columns,
        fingerprint=profile.fingerprint,
        text_date_columns=("charge_period_text",),
        is_profile=True,
        decimal_mark=profile.decimal_mark,
        date_order=profile.date_order,
    )
