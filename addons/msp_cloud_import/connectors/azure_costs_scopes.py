"""Whose costs are read: scopes of Azure Cost Management as people enter them."""

import re
from urllib.parse import quote

from . import errors
from .errors import ConnectorError
from .sentence import _

_GUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
_BILLING = ("providers", "microsoft.billing", "billingaccounts")
_KINDS = frozenset(
    {
        "billingprofiles",
        "customers",
        "departments",
        "enrollmentaccounts",
        "invoicesections",
    }
)
# Billing accounts of customer agreements have colons and underscores in their ids.
_SAFE = ":_-.~"


def scopes_of(text: str) -> list[str]:
    """Return the scopes of a text, one per line or between commas, each once.

    A subscription may be named by its id alone.
    """
    found = []
    for one in re.split(r"[\s,;]+", text):
        scope = one.strip("/")
        if _GUID.fullmatch(scope):
            scope = f"subscriptions/{scope.lower()}"
        if scope:
            found.append(scope)
    return list(dict.fromkeys(found))


def path_of(scope: str, host: str) -> str:
    """Return a scope as the path of an address.

    :raise ConnectorError: there are no reports of such a scope
    """
    parts = scope.split("/")
    lower = [part.lower() for part in parts]
    is_subscription = lower[0] == "subscriptions" and len(parts) == 2
    is_billing = (
        tuple(lower[:3]) == _BILLING
        and len(parts) in (4, 6, 8)
        and all(kind in _KINDS for kind in lower[4::2])
    )
    has_ids = all(part.strip(".") and len(part) <= 200 for part in parts)
    if not has_ids or not (is_subscription or is_billing):
        raise ConnectorError(
            errors.REFUSED,
            host,
            what=_("costs of “%(name)s”", name=scope[:200]),
            reason=_(
                "reports are made of subscriptions and billing accounts only, such "
                "as subscriptions/… or providers/Microsoft.Billing/billingAccounts/…"
            ),
        )
    return "/" + "/".join(quote(part, safe=_SAFE) for part in parts)
