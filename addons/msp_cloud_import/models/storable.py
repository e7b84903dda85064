"""What a provider says, as the database can keep it: odd values are none, not a crash.

Else one odd subscription would keep all others from being read.
"""

import math
import re
from dataclasses import fields, replace
from datetime import date

_TEXT, _RAW = 500, 10_000
#: More units than any subscription has.
_MOST = 10**9
#: Days between which a day before, after, or a term earlier is a day as well.
_YEARS = range(1900, 2200)
# The database takes no NUL, and UTF-8 no half of a pair.
_BAD = re.compile("[\x00\ud800-\udfff]")
_TERM = re.compile(r"P(?=\d)(\d{1,2}Y)?(\d{1,3}M)?(\d{1,3}D)?")


def text(value, most=_TEXT):
    """Return a text without what no column takes, and not longer than a text is."""
    return _BAD.sub("\N{REPLACEMENT CHARACTER}", value[:most])


def plain(value):
    """Return a JSON-able value with all texts in it storable."""
    if isinstance(value, str):
        return text(value, _RAW)
    if isinstance(value, dict):
        return {text(str(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def state(subscription):
    """Return a `connectors.Subscription` that can be stored and reckoned with."""
    return replace(
        subscription,
        **{
            field.name: _value(field.name, getattr(subscription, field.name))
            for field in fields(subscription)
        },
    )


def page(found):
    """Return a `connectors.SubscriptionPage` that can be stored."""
    return replace(
        found,
        subscriptions=tuple(state(one) for one in found.subscriptions),
        unchanged=tuple(text(one) for one in found.unchanged),
    )


def export(found):
    """Return a `connectors.Export` that can be stored."""
    return type(found).from_dict(plain(found.to_dict()))


def _value(name, value):
    if name == "raw":
        return plain(value)
    if name == "term":
        return value if value and _TERM.fullmatch(value) else None
    if name in ("purchased", "assigned", "billed", "next_quantity"):
        # What is no count is not said.
        is_count = value is not None and value.is_finite() and 0 <= value <= _MOST
        return value if is_count else None
    if isinstance(value, str):
        return text(value)
    if isinstance(value, date):
        return value if value.year in _YEARS else None
    return value
