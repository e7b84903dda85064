"""VAT numbers and mail addresses in columns that no format names."""

import json
import re
from collections.abc import Mapping

_VAT = re.compile(
    r"\bvat\b|vat.?(?:id|no|nr|num|reg)|ust.?id|umsatzsteuer.?id|\bbtw|\balv\b|"
    r"tax.?id|y.?tunnus",
    re.IGNORECASE,
)
# A partner's or reseller's own number says nothing about the customer.
_OWN = re.compile(r"partner|reseller|vendor|distributor|provider", re.IGNORECASE)
# Rates and amounts of VAT are no numbers to recognise a company by.
_MONEY = re.compile(
    r"amount|rate|betrag|satz|bedrag|tarief|percent|total|%", re.IGNORECASE
)
_MAIL_COLUMN = re.compile(r"e.?mail", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")


def find_cells(raw: Mapping[str, object]) -> tuple[list[str], list[str]]:
    """Return the VAT numbers and the mail addresses of a row's customer.

    :param raw: cells by column; a cell with a JSON object, such as tags, counts with
        its own names
    """
    vats, mails = [], []
    for name, cell in _flat(raw):
        if _OWN.search(name):
            continue
        if _VAT.search(name) and not _MONEY.search(name):
            vats.append(cell)
        if _MAIL_COLUMN.search(name):
            mails += [mail.casefold() for mail in _MAIL.findall(cell)]
    return vats, mails


def _flat(raw):
    for name, cell in raw.items():
        text = str(cell or "").strip()
        if not text:
            continue
        if text.startswith("{"):
            try:
                inner = json.loads(text)
            except ValueError:
                continue
            if isinstance(inner, dict):
                yield from (
                    (key, str(value or "").strip()) for key, value in inner.items()
                )
            continue
        yield name, text
