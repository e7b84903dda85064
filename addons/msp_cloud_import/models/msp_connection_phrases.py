"""What connectors say in parts of sentences, in the language of whoever reads it.

Connectors are plain and speak English; what they say is stored as it is, and is its own
code here: a phrase that is not known stays as it came, as the words of providers do.
"""

import re

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# What of a phrase is a number; `inner` is a phrase itself.
_NUMBERS = ("count", "total", "number", "status")
_PLACE = re.compile(r"%\((\w+)\)s")

_THINGS = (
    _lt("costs of %(name)s"),
    _lt("part %(number)s of %(inner)s"),
    _lt("the backup subscription %(name)s"),
    _lt("the backup subscriptions"),
    _lt("the change of a subscription"),
    _lt("the customers"),
    _lt("the export %(name)s"),
    _lt("the id “%(name)s”"),
    _lt("the list of customers"),
    _lt("the list of invoices"),
    _lt("the list of subscriptions"),
    _lt("the orders"),
    _lt("the partner's billing data"),
    _lt("the parts of %(inner)s"),
    _lt("the report %(name)s"),
    _lt("the reports"),
    _lt("the request"),
    _lt("the sign-in"),
    _lt("the subscription %(name)s"),
    _lt("the subscriptions of %(name)s"),
    _lt("to sign in"),
)
_REASONS = (
    _lt("%(count)s entries without an id"),
    _lt("%(count)s of %(total)s"),
    _lt("%(count)s of %(total)s bytes"),
    _lt("%(count)s of %(total)s parts are listed"),
    _lt("%(count)s of %(total)s rows"),
    _lt("%(name)s is %(value)s, expected a date"),
    _lt("%(name)s is %(value)s, expected a number"),
    _lt("%(name)s is %(value)s, expected true or false"),
    _lt("a customer has no id"),
    _lt("a part has a name that leads elsewhere"),
    _lt("a part has no name"),
    _lt("a part is listed twice"),
    _lt("a quantity is no number of licences"),
    _lt("a subscription has no id"),
    _lt("a subscription is no object"),
    _lt("a web page"),
    _lt("an invoice has no number"),
    _lt("data format “%(name)s”"),
    _lt("entry %(number)s"),
    _lt("invoice %(name)s has no invoiceDate"),
    _lt("it changed"),
    _lt("it ends after %(count)s rows in the middle of the data"),
    _lt("it goes on after %(count)s pages"),
    _lt("it has no end"),
    _lt("it holds no token"),
    _lt("it is damaged after %(count)s rows"),
    _lt("it is empty"),
    _lt("it is of another subscription"),
    _lt("it leads to %(name)s"),
    _lt("it names no customer"),
    _lt("it repeats itself"),
    _lt("it unpacks to more than billing data does"),
    _lt("it was made anew meanwhile"),
    _lt("its format is “%(name)s”"),
    _lt("its id is none"),
    _lt("its link is no longer good (%(status)s)"),
    _lt("its pages cannot be continued"),
    _lt("its status is “%(name)s”"),
    _lt("more than %(count)s MB"),
    _lt("no HTTPS"),
    _lt("no JSON"),
    _lt("no address"),
    _lt("no count of enabled mailboxes"),
    _lt("no id"),
    _lt("no link to the file"),
    _lt("no list"),
    _lt("no object"),
    _lt("no reason"),
    _lt("no settings"),
    _lt("no token"),
    _lt(
        "reports are made of subscriptions and billing accounts only, such as "
        "subscriptions/… or providers/Microsoft.Billing/billingAccounts/…"
    ),
    _lt("status is “%(name)s”, which is not known"),
    _lt("status %(status)s"),
    _lt("status “%(name)s”"),
    _lt("the address is not https://…"),
    _lt("the list of its parts is missing"),
    _lt("the list repeats itself without an end"),
    _lt("there is no list of its parts"),
    _lt("there is no location of the result"),
    _lt("there is no safe address for its parts"),
    _lt("“items” is missing"),
)
# What becomes of an order.
_ANSWERS = (
    _lt("Expected %(expected)s units, but there are %(name)s now."),
    _lt("It does not say what is wanted."),
    _lt("It is so already; nothing was sent."),
    _lt("Microsoft sells whole units only."),
    _lt("Nothing like “%(name)s” can be ordered."),
    _lt("Somebody has changed the subscription meanwhile. %(words)s"),
    _lt("Status %(status)s."),
    _lt(
        "The quantity has to be between 1 and %(count)s; to end a subscription, turn "
        "off its renewal."
    ),
    _lt("The subscription has ended."),
)


def _pattern(source):
    """Return the expression of what a phrase looks like with its values in it."""
    parts = _PLACE.split(source)
    return re.compile(
        "".join(
            (rf"(?P<{part}>\d+)" if part in _NUMBERS else rf"(?P<{part}>.+)")
            if index % 2
            else re.escape(part)
            for index, part in enumerate(parts)
        ),
        re.DOTALL,
    )


_EXACT, _OPEN = {}, []
for _phrase in (*_THINGS, *_REASONS, *_ANSWERS):
    if _PLACE.search(_phrase._source):
        _OPEN.append((_pattern(_phrase._source), _phrase))
    else:
        _EXACT[_phrase._source] = _phrase


def is_known(text):
    """Return whether a connector's phrase can be said in other languages."""
    return text in _EXACT or any(one.fullmatch(text) for one, _phrase in _OPEN)


def say(env, text):
    """Return what a connector has said in the language of `env`."""
    if not isinstance(text, str) or not text:
        return text
    if text in _EXACT:
        return env._(_EXACT[text])
    for pattern, phrase in _OPEN:
        if found := pattern.fullmatch(text):
            values = found.groupdict()
            if "inner" in values:
                values["inner"] = say(env, values["inner"])
            return env._(phrase) % values
    return text
