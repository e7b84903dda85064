"""Article numbers with their term and billing plan."""

import re

_NOISE = re.compile(r"[^0-9a-z]+")


def plain_code(code: str) -> str:
    """Return an article number as it is compared: letters and digits only."""
    return _NOISE.sub("", code.casefold())


def article_codes(sku_id: str, term: str, billing_plan: str) -> list[tuple[str, str]]:
    """Return (code, kind) of the ways in which we may number an article.

    Kinds: ``plan`` names term and billing plan, ``term`` the term only, ``sku``
    neither. The same article with another term has another price, so a code that
    names it says more.
    """
    if not plain_code(sku_id):
        return []
    codes = []
    if term and billing_plan:
        codes.append((plain_code(sku_id + term + billing_plan), "plan"))
    if term or billing_plan:
        codes.append((plain_code(sku_id + (term or billing_plan)), "term"))
    codes.append((plain_code(sku_id), "sku"))
    return codes
