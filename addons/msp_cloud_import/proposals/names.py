"""Names of companies and articles that mean the same, written differently."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import fuzz, process

# Below this, in percent, two names have nothing to do with each other.
FLOOR = 80
# What words must begin with the same letters, for names to be compared at all.
PREFIX = 3
# How many of the most similar names are looked at.
LIMIT = 4

# Legal forms and words that say "company", after accents and dots are gone.
_COMPANY_TEXT = """
    gmbh mbh ggmbh ug haftungsbeschrankt ag kg kgaa ohg gbr ek ekfr ekfm ev eg se co
    cie firma fa und
    bv nv vof cv bvba srl sprl asbl vzw besloten vennootschap en
    oy oyj ab publ ky tmi ry as asa aps hb kb og ja och
    ltd limited llc llp lp inc incorporated corp corporation plc pty company the and
    sa sas sarl spa sl slu sro sp z oo zoo kft doo ou sia uab et y e
"""
_COMPANY_WORDS = frozenset(_COMPANY_TEXT.split())
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.)+(?:[^\W\d_]\b)?")
_SLASHED = re.compile(r"\b([^\W\d_])/([^\W\d_])\b")
_WORDS = re.compile(r"[^\W_]+")
# Umlauts are written in two ways; letters that have no accent to take off.
_LETTERS = str.maketrans({"ø": "o", "æ": "a", "œ": "o", "ł": "l", "đ": "d", "ð": "d"})
_DOUBLED = (("ae", "a"), ("oe", "o"), ("ue", "u"))


def plain_name(name: str, is_company: bool = True) -> str:
    """Return what is left of a name: its words, sorted, without accents and case.

    :param is_company: leave out legal forms and words such as "company", as long as
        anything else is left
    """
    text = unicodedata.normalize("NFKD", name).casefold()
    text = _DOTTED.sub(lambda match: match[0].replace(".", ""), text)
    text = _SLASHED.sub(r"\1\2", text)
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    text = "".join(char for char in text if not unicodedata.combining(char))
    words = _WORDS.findall(text)
    if is_company:
        words = [word for word in words if word not in _COMPANY_WORDS] or words
    plain = " ".join(sorted(words))
    for written, short in _DOUBLED:
        plain = plain.replace(written, short)
    return plain


class NameIndex:
    """Names among which similar ones are looked for.

    Only names with a word that begins alike are compared, so that thousands of
    names are looked up among tens of thousands within seconds.

    :param names: (key, name) pairs; a key may have several names
    """

    def __init__(self, names: Iterable[tuple[int, str]], is_company: bool = True):
        self._is_company = is_company
        self._keys: dict[str, set[int]] = defaultdict(set)
        for key, name in names:
            if plain := plain_name(name, is_company):
                self._keys[plain].add(key)
        self._blocks: dict[str, list[str]] = defaultdict(list)
        for plain in self._keys:
            for prefix in _prefixes(plain):
                self._blocks[prefix].append(plain)

    def find(self, name: str) -> list[tuple[int, float]]:
        """Return (key, percent) of names that are similar, the most similar first.

        100 means the same words. Names that share too little are left out.
        """
        plain = plain_name(name, self._is_company)
        if not plain:
            return []
        found: dict[str, float] = {}
        for prefix in _prefixes(plain):
            for match, percent, _index in process.extract(
                plain,
                self._blocks.get(prefix, ()),
                scorer=fuzz.ratio,
                score_cutoff=FLOOR,
                limit=LIMIT,
            ):
                found[match] = percent
        best: dict[int, float] = {}
        for match, percent in found.items():
            for key in self._keys[match]:
                best[key] = max(percent, best.get(key, 0))
        return sorted(best.items(), key=lambda item: (-item[1], item[0]))


def _prefixes(plain: str) -> set[str]:
    return {word[:PREFIX] for word in plain.split()}
