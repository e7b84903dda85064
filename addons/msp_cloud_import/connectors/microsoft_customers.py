"""Pages of Partner Center's lists, which a token in a header continues."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import errors
from .errors import ConnectorError
from .json_values import BadValue, text, uniform
from .microsoft_service import Service
from .microsoft_states import Customer, read_customer
from .sentence import _

CUSTOMERS = _("the list of customers")
TOKEN = "MS-ContinuationToken"
_SIZE = 500
_MOST_PAGES = 100
#: (connect, read): a customer that answers slowly shall not use up everybody's time.
TIMEOUT = (10, 20)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list.

    :param token: of the next one, empty if it is the last
    """

    items: Sequence[object]
    token: str
    total: int | None


def read_page(
    partner: Service, path: str, what: str, token: str, size: int | None = None
) -> Page:
    """Return one page.

    :param token: of the page, empty for the first
    :raise ConnectorError: it is none
    """
    query: dict[str, object] = {} if size is None else {"size": size}
    headers = {}
    if token:
        query["seekOperation"], headers[TOKEN] = "Next", token
    reply = partner.call(
        "GET", path, what, headers=headers, params=query, timeout=TIMEOUT
    )
    said = reply.json(what)
    items = said.get("items") if isinstance(said, Mapping) else None
    if not isinstance(said, Mapping) or not isinstance(items, list):
        raise unknown(partner, what, _("“items” is missing"))
    total = said.get("totalCount")
    is_count = isinstance(total, int) and not isinstance(total, bool)
    return Page(items, _next_token(said, reply.headers), total if is_count else None)


def read_all(partner: Service, path: str, what: str) -> list[object]:
    """Return the items of all pages of a short list, each once.

    :raise ConnectorError: there are fewer than it says, or it does not end
    """
    found: list[object] = []
    tokens = {""}
    token = ""
    while True:
        page = read_page(partner, path, what, token)
        found += page.items
        token = page.token
        if not token:
            break
        if token in tokens or len(tokens) > _MOST_PAGES:
            raise unknown(partner, what, _("the list repeats itself without an end"))
        tokens.add(token)
    unique = {
        (uniform(one.get("id")) if isinstance(one, Mapping) else "") or number: one
        for number, one in enumerate(found)
    }
    if page.total is not None and len(unique) < page.total:
        reason = _("%(count)s of %(total)s", count=len(unique), total=page.total)
        raise ConnectorError(errors.INCOMPLETE, partner.host, what=what, reason=reason)
    return list(unique.values())


def read_customers(
    partner: Service, token: str
) -> tuple[list[Customer], Page, list[ConnectorError]]:
    """Return the customers of a page, and what is wrong with others."""
    what = CUSTOMERS
    page = read_page(partner, "/customers", what, token, _SIZE)
    customers: dict[str, Customer] = {}
    problems = []
    for said in page.items:
        try:
            customer = read_customer(said)
        except BadValue as error:
            problems.append(unknown(partner, what, error.sentence))
        else:
            customers.setdefault(customer.id, customer)
    return list(customers.values()), page, problems


def print_of(parts: Iterator[str] | Sequence[str]) -> str:
    """Return a short text by which a page or token is recognised again."""
    joined = "\n".join(parts)
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:12]


def unknown(partner: Service, what: str, reason: str) -> ConnectorError:
    """Return that an answer is not what is documented."""
    return ConnectorError(errors.NOT_UNDERSTOOD, partner.host, what=what, reason=reason)


def _next_token(said: Mapping[str, object], headers: Mapping[str, str]) -> str:
    """Return the token of the link to the next page.

    The header may be there without a link; without `links` it alone says it.
    """
    links = said.get("links")
    if not isinstance(links, Mapping):
        return headers.get(TOKEN, "")
    link = links.get("next")
    if not isinstance(link, Mapping):
        return ""
    named = link.get("headers")
    for one in named if isinstance(named, list) else ():
        if isinstance(one, Mapping) and text(one.get("key")).lower() == TOKEN.lower():
            return text(one.get("value"))
    return headers.get(TOKEN, "")
