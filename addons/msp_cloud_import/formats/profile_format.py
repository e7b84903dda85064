"""A column profile as a `Format`, so that everything that reads files works on it."""

from collections.abc import Iterator
from functools import partial

from .layout import Format
from .profile import NUMBER_TARGETS, REQUIRED, REQUIRED_OF_COUNTS, TARGETS, Profile
from .profile_reader import ProfileReader
from .profile_rows import beside

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
    """Return the format whose columns are the targets of a profile.

    Columns that formulas, patterns and filters need stand beside them, by names of
    their own.
    """
    needed = REQUIRED if profile.count_day is None else REQUIRED_OF_COUNTS
    if not profile.currency:
        needed += (("billing_currency",),)
    filled = {*profile.computed, *(t for s in profile.splits for t in s.targets())}
    formulas, texts, filters = map(dict, _beside(profile))
    return Format(
        id=profile.id,
        title=profile.title,
        columns=tuple(target.name for target in TARGETS),
        aliases={},
        required=(*formulas, *texts, *filters),
        number_columns=(*NUMBER_TARGETS, *formulas),
        date_columns=DATES,
        identity_columns=_IDENTITY,
        sum_columns=("billed_cost", "tax", "total"),
        reader=partial(ProfileReader, profile=profile),
        one_of=tuple(group for group in needed if not filled & set(group)),
        spellings={**profile.columns, **formulas, **texts, **filters},
        fingerprint=profile.fingerprint,
        text_date_columns=("charge_period_text", *texts),
        is_profile=True,
        decimal_mark=profile.decimal_mark,
        date_order=profile.date_order,
    )


def _beside(profile: Profile) -> Iterator[Iterator[tuple[str, tuple[str]]]]:
    """Yield name -> column of what formulas, patterns and filters need."""
    computed = profile.computed.values()
    yield ((beside(c, "number"), (c,)) for formula in computed for c in formula.columns)
    yield ((beside(s.column, "text"), (s.column,)) for s in profile.splits)
    yield ((beside(f.column, "filter"), (f.column,)) for f in profile.filters)
