"""Recognises ids that a spreadsheet has damaged.

A spreadsheet keeps 15 digits of a number: longer ids end in zeros or turn into
scientific notation (pitfall 74). What is lost cannot be brought back, so such a
row is refused.
"""

import re
from functools import lru_cache

from .sentence import _

# 1.23457E+15, or nothing but zeros after the 15 digits a spreadsheet keeps
_LIKE_A_NUMBER = re.compile(r"[0-9](?:[.,][0-9]+)?[eE][+-][0-9]{1,3}|[1-9][0-9]{14}0+")
_GUID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
)
DAMAGED = _(
    "this id was damaged by a spreadsheet; download the file again and import it "
    "without opening it in Excel"
)
# What something is recognised by is indexed, and an index entry has a limit.
MAX_KEY_CHARS = 250
TOO_LONG = _(
    "expected at most %(count)s characters; the row is damaged, download the file again",
    count=MAX_KEY_CHARS,
)


@lru_cache(maxsize=1 << 14)
def is_damaged(text: str) -> bool:
    """Return whether an id looks like a number a spreadsheet has cut."""
    return _LIKE_A_NUMBER.fullmatch(text) is not None


def uniform(text: str) -> str:
    """Return an id as all downloads have it: a GUID in lower case, else unchanged.

    Portal and interface differ in case; a GUID means the same in any.
    """
    return text.lower() if _GUID.fullmatch(text) else text
