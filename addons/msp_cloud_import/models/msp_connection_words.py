"""Sentences for what can go wrong with a connection, and names for its entries."""

from collections import defaultdict

from odoo.tools.translate import LazyTranslate

from ..connectors import errors
from .msp_imports_as import MAY_NOT_IMPORT
from .translated import translated

_lt = LazyTranslate(__name__)

# What goes wrong on our side of a connection.
MISSING_ENTRY = "missing_entry"
UNEXPECTED = "unexpected"
TOO_LONG = "too_long"
NOT_ALLOWED = "not_allowed"
FORBIDDEN = "forbidden"
UNREADABLE = "unreadable"
SUSPICIOUS = "suspicious"

SENTENCES = {
    errors.WRONG_SECRET: _lt(
        "%(host)s does not accept the secret. Make a new one in the provider's portal "
        "and enter it here; look out for spaces, and enter the secret's value, not its "
        "number. (%(reason)s)"
    ),
    errors.MISSING_CONSENT: _lt(
        "%(host)s says that nobody has consented to what this connection may read. Let "
        "an administrator of your account at the provider consent, then test again. "
        "(%(reason)s)"
    ),
    errors.EXPIRED_TOKEN: _lt(
        "The sign-in at %(host)s has expired or was withdrawn. Sign in again as the "
        "user of this connection, and enter the new token. (%(reason)s)"
    ),
    errors.CLOCK_SKEW: _lt(
        "%(host)s refuses the sign-in because this server's clock is wrong. Let the "
        "server take its time from a time server, then test again."
    ),
    errors.WRONG_REGION: _lt(
        "%(host)s does not know the account, or not %(what)s. Check tenant, region and "
        "address of this connection: a national cloud has addresses of its own. "
        "(%(reason)s)"
    ),
    errors.NO_PERMISSION: _lt(
        "%(host)s refuses %(what)s. Give the connection's application or user the "
        "right to it in the provider's portal. (%(reason)s)"
    ),
    errors.NOT_FOUND: _lt(
        "%(host)s knows nothing of %(what)s. Check the entries of this connection; if "
        "they are right, the provider has taken it away."
    ),
    errors.THROTTLED: _lt(
        "%(host)s gets too many requests and asks to wait %(seconds)s seconds with "
        "%(what)s. Nothing is to be done: it is tried again later."
    ),
    errors.UNREACHABLE: _lt(
        "%(host)s cannot be reached for %(what)s (%(reason)s). It is tried again later; "
        "if it lasts, check the address, and whether this server may connect to it."
    ),
    errors.UNTRUSTED: _lt(
        "%(host)s cannot prove who it is (%(reason)s), so nothing was sent to it for "
        "%(what)s. Check the address; a proxy that opens encrypted traffic causes this "
        "as well."
    ),
    errors.FAULTY: _lt(
        "%(host)s has a fault of its own (%(status)s) with %(what)s. Nothing is to be "
        "done here: it is tried again later."
    ),
    errors.NOT_UNDERSTOOD: _lt(
        "%(host)s answers %(what)s in a way that is not known: %(reason)s. The provider "
        "may have changed its interface; use files until the connector follows."
    ),
    errors.REFUSED: _lt(
        "%(host)s refuses %(what)s: %(reason)s (Correct what it names, or ask the "
        "provider.)"
    ),
    errors.INCOMPLETE: _lt(
        "%(what)s of %(host)s came incomplete (%(reason)s) and was dropped. It is "
        "fetched again later."
    ),
    MISSING_ENTRY: _lt("Enter first: %(names)s."),
    NOT_ALLOWED: MAY_NOT_IMPORT,
    TOO_LONG: _lt(
        "Not finished within %(reason)s hours. What was read stays; the next sync goes "
        "on from there."
    ),
    SUSPICIOUS: _lt(
        "%(gone)s of %(running)s subscriptions are not listed any more. So many at once "
        "are not believed: they stay as they were. Look at the provider's portal; if "
        "they have ended, open this sync in the log and confirm it there."
    ),
    UNEXPECTED: _lt(
        "An unexpected error occurred (%(reason)s). The server's log has the details."
    ),
}

# What connectors ask for, and where it comes from.
LABELS = {
    "api_url": _lt("Address"),
    "client_id": _lt("Application (Client) ID"),
    "client_secret": _lt("Client Secret"),
    "currencies": _lt("Currencies"),
    "graph_url": _lt("Address of Graph"),
    "login_url": _lt("Address of the Sign-in"),
    "management_url": _lt("Address of Azure"),
    "metric": _lt("Costs"),
    "months": _lt("Months of Invoices"),
    "partner_url": _lt("Address of Partner Center"),
    "password": _lt("Password"),
    "refresh_token": _lt("Refresh Token"),
    "report_format": _lt("Format of Reports"),
    "report_name": _lt("Name of the Report"),
    "reports": _lt("Reports"),
    "scope": _lt("Account as"),
    "scopes": _lt("Scopes"),
    "subscription_key": _lt("Subscription Key"),
    "tenant_id": _lt("Tenant"),
    "until_day": _lt("Read Last Month until Day"),
    "usage": _lt("Daily Usage"),
    "user": _lt("User"),
    "user_id": _lt("Client ID"),
}
# Values to choose from; numbers and formats speak for themselves.
CHOICES = {
    "actual": _lt("Actual costs"),
    "amortised": _lt("Amortised costs"),
    "both": _lt("Both"),
    "Distributor": _lt("Distributor"),
    "listed": _lt("Those scheduled in the control panel"),
    "no": _lt("No"),
    "none": _lt("None"),
    "Partner": _lt("Partner"),
    "requested": _lt("Order one per month"),
    "yes": _lt("Yes"),
}
_AS_IT_IS = _lt("Stays as it is, unless you are in a national cloud")
HELP = {
    "api_url": _lt("As the provider names it; some end with your marketplace"),
    "client_id": _lt("Of the application that you have registered for this connection"),
    "client_secret": _lt("The secret's value, which the portal shows only once"),
    "currencies": _lt("Of figures that are not billed yet, such as EUR,USD"),
    "graph_url": _AS_IT_IS,
    "login_url": _AS_IT_IS,
    "management_url": _AS_IT_IS,
    "metric": _lt("Actual costs are billed; amortised ones are for information"),
    "months": _lt("How many months back invoices are looked for"),
    "partner_url": _AS_IT_IS,
    "password": _lt("Of the user of the interface"),
    "refresh_token": _lt("Of the user who has consented; renewed by itself afterwards"),
    "report_format": _lt("In which reports are ordered"),
    "report_name": _lt("Of several scheduled reports the one to take; empty: all"),
    "reports": _lt("Take what is scheduled in the control panel, or order one"),
    "scope": _lt("Whether you are a partner or a distributor"),
    "scopes": _lt("Ids of subscriptions or billing accounts, between commas"),
    "subscription_key": _lt("Of the interface, from the provider's portal"),
    "tenant_id": _lt("Domain or number of your own tenant, not of a customer's"),
    "until_day": _lt("Of the next month, as usage changes after the month's end"),
    "usage": _lt("Whether daily rated usage is fetched as well"),
    "user": _lt("Of the interface, which is not your own sign-in"),
    "user_id": _lt("From the portal's page for developers"),
}


def explain(env, code, details):
    """Return what a code means and what to do, in the language of `env`.

    :param details: what the sentence names, as `tell_apart` has made it storable
    """
    if not code:
        return False
    if code in (FORBIDDEN, UNREADABLE):
        # A sentence already, in the language of whoever has the right.
        return (details or {}).get("reason", "")
    values = defaultdict(str)
    values.update({k: translated(env, v) for k, v in (details or {}).items()})
    if code == MISSING_ENTRY:
        values["names"] = ", ".join(label(env, name) for name in values["names"])
    sentence = env._(SENTENCES.get(code, SENTENCES[UNEXPECTED])) % values
    return sentence.replace(" ()", "").strip()


def label(env, name):
    """Return what people call an entry of a connection."""
    known = LABELS.get(name)
    return env._(known) if known else name.replace("_", " ").capitalize()


def choice(env, value):
    """Return what people call a value to choose from."""
    known = CHOICES.get(value)
    return env._(known) if known else value


def describe(env, name):
    """Return where an entry of a connection comes from; empty if it says itself."""
    known = HELP.get(name)
    return env._(known) if known else ""
