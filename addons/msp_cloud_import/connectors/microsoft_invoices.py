"""Which exports there are: Partner Center's list of invoices, and the open month.

Source: page "Microsoft partner billing APIs", sections 1 and 2.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from . import errors
from .errors import ConnectorError
from .json_values import BadValue, day, text
from .microsoft_service import Service
from .sentence import _
from .values import BILLED, BILLED_USAGE, UNBILLED, UNBILLED_USAGE, Export

_SIZE = 200
_MOST_PAGES = 500
# Until then Microsoft may issue the data of an invoice once more.
_SETTLED_AFTER = timedelta(days=45)
_PATHS = {
    BILLED: "/reconciliation/billed/export",
    UNBILLED: "/reconciliation/unbilled/export",
    BILLED_USAGE: "/usage/billed/export",
    UNBILLED_USAGE: "/usage/unbilled/export",
}
_NAMES = {
    BILLED: "reconciliation",
    UNBILLED: "unbilled-reconciliation",
    BILLED_USAGE: "daily-usage",
    UNBILLED_USAGE: "unbilled-daily-usage",
}
# Invoices of the old kind, D…, have no export; those of new commerce begin with G.
_LEGACY = "D"
_WHAT = _("the list of invoices")


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of Microsoft to the partner.

    :param month: first day of the month that it bills
    """

    number: str
    issued: date
    month: date
    currency: str


def read_invoices(partner: Service, since: date) -> list[Invoice]:
    """Return the invoices issued since a day, oldest first.

    :raise ConnectorError: the list cannot be read, or does not end
    """
    found: dict[str, Invoice] = {}
    for said in _items(partner):
        try:
            invoice = _invoice(said)
        except BadValue as error:
            raise ConnectorError(
                errors.NOT_UNDERSTOOD, partner.host, what=_WHAT, reason=error.sentence
            ) from None
        if invoice.issued >= since:
            found[invoice.number] = invoice
    return sorted(found.values(), key=lambda one: (one.issued, one.number))


def read_one_page(partner: Service) -> None:
    """Read one invoice, to see whether that is allowed."""
    partner.get_json("/invoices", _WHAT, params={"size": 1, "offset": 0})


def _items(partner: Service) -> Iterator[Mapping[str, object]]:
    """Yield the items of all pages; `totalCount` is known to be wrong."""
    seen: set[str] = set()
    offset = 0
    for _page in range(_MOST_PAGES):
        page = partner.get_json(
            "/invoices", _WHAT, params={"size": _SIZE, "offset": offset}
        )
        items = page.get("items") if isinstance(page, Mapping) else None
        if not isinstance(items, list):
            raise _unknown(partner, _("“items” is missing"))
        fresh = 0
        for item in items:
            if not isinstance(item, Mapping) or not text(item.get("id")):
                raise _unknown(partner, _("an invoice has no number"))
            if text(item["id"]) not in seen:
                seen.add(text(item["id"]))
                fresh += 1
                yield item
                yield from _amendments(item)
        # A page that says nothing new is the end; one that is short is none, as the
        # service may send fewer than it is asked for.
        if not fresh:
            return
        offset += len(items)
    raise _unknown(partner, _("it goes on after %(count)s pages", count=_MOST_PAGES))


def _amendments(item: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Yield the corrections of an invoice, which are in no list of their own."""
    found = item.get("amendments")
    for one in found if isinstance(found, list) else ():
        if isinstance(one, Mapping) and text(one.get("id")):
            yield {"currencyCode": item.get("currencyCode"), **one}


def _invoice(said: Mapping[str, object]) -> Invoice:
    issued = day(said.get("invoiceDate"), "invoiceDate")
    if issued is None:
        number = text(said.get("id"))
        raise BadValue(_("invoice %(name)s has no invoiceDate", name=number))
    # The period ends with the month that is billed; invoices come a few days later.
    ended = day(said.get("billingPeriodEndDate"), "billingPeriodEndDate")
    month = (ended or issued.replace(day=1) - timedelta(days=1)).replace(day=1)
    currency = text(said.get("currencyCode")).upper()
    return Invoice(text(said["id"]), issued, month, currency)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which exports a connection fetches.

    :param months: how far back invoices are looked for
    :param currencies: of the open month, besides those of the invoices
    """

    months: int
    currencies: tuple[str, ...]
    usage: bool


def find_exports(
    partner: Service, wanted: Wanted, today: date, known: Mapping[str, str]
) -> list[Export]:
    """Return what is worth asking for; see `Connector.find_exports`."""
    invoices = [
        one
        for one in read_invoices(partner, _months_back(today, wanted.months))
        if not one.number.upper().startswith(_LEGACY)
    ]
    found = [
        _billed(kind, one)
        for one in invoices
        for kind in ((BILLED, BILLED_USAGE) if wanted.usage else (BILLED,))
        if _is_open(kind, one, today, known)
    ]
    currencies = {one.currency for one in invoices} | set(wanted.currencies)
    kinds = (UNBILLED, UNBILLED_USAGE) if wanted.usage else (UNBILLED,)
    for currency in sorted(currencies - {""}):
        billed = [one.month for one in invoices if one.currency == currency]
        found += [
            _unbilled(kind, month, period, currency)
            for month, period in _open_months(billed, today)
            for kind in kinds
        ]
    return found


def _is_open(
    kind: str, invoice: Invoice, today: date, known: Mapping[str, str]
) -> bool:
    """Return whether there may be something that is not known yet."""
    is_settled = invoice.issued + _SETTLED_AFTER < today
    return not is_settled or f"{kind}:{invoice.number}" not in known


def _open_months(billed: list[date], today: date) -> Iterator[tuple[date, str]]:
    """Yield the months without invoice, and what Microsoft calls them."""
    current = today.replace(day=1)
    last = (current - timedelta(days=1)).replace(day=1)
    if last not in billed:
        yield last, "last"
    yield current, "current"


def _billed(kind: str, invoice: Invoice) -> Export:
    body = {"invoiceId": invoice.number, "attributeSet": "full"}
    return Export(
        key=f"{kind}:{invoice.number}",
        kind=kind,
        name=f"microsoft-{_NAMES[kind]}-{invoice.number}.jsonl.gz",
        invoice_id=invoice.number,
        request={"path": _PATHS[kind], "body": body},
    )


def _unbilled(kind: str, month: date, period: str, currency: str) -> Export:
    """Return the export of a month that has no invoice yet.

    Its key names the month, not “current”: that of tomorrow is another document.
    """
    body = {
        "currencyCode": currency,
        "billingPeriod": period,
        "attributeSet": "full",
    }
    return Export(
        key=f"{kind}:{month:%Y-%m}:{currency}",
        kind=kind,
        name=f"microsoft-{_NAMES[kind]}-{month:%Y-%m}-{currency}.jsonl.gz",
        request={"path": _PATHS[kind], "body": body},
    )


def _months_back(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, 1)


def _unknown(partner: Service, reason: str) -> ConnectorError:
    return ConnectorError(
        errors.NOT_UNDERSTOOD, partner.host, what=_WHAT, reason=reason
    )
