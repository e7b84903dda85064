"""How fast similar names are found, against comparing each with each by rapidfuzz."""

import random
import sys
import time
from pathlib import Path

from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).parents[2] / "addons" / "msp_cloud_import"))

from proposals import NameIndex, plain_name
from proposals.names import FLOOR

PARTNERS, CUSTOMERS, COMPARED = 20_000, 5_000, 250
SYLLABLES = [
    "mu",
    "ster",
    "bau",
    "tech",
    "soft",
    "ware",
    "hand",
    "werk",
    "sys",
    "tem",
    "med",
    "net",
    "log",
    "con",
    "sult",
    "pra",
]
FORMS = ["GmbH", "AG", "BV", "Oy", "GmbH & Co. KG", "Ltd."]


def _name(dice):
    words = (
        "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()
        for _ in range(dice.randint(1, 3))
    )
    return f"{' '.join(words)} {dice.choice(FORMS)}"


def test_similar_names():
    dice = random.Random(6)
    names = [_name(dice) for _ in range(PARTNERS)]
    wanted = [_name(dice) for _ in range(CUSTOMERS)]
    start = time.perf_counter()
    index = NameIndex(enumerate(names))
    found = [index.find(name) for name in wanted]
    ours = CUSTOMERS / (time.perf_counter() - start)
    plain = [plain_name(name) for name in names]
    start = time.perf_counter()
    for name, keys in zip(wanted[:COMPARED], found, strict=False):
        best = process.extractOne(
            plain_name(name), plain, scorer=fuzz.ratio, score_cutoff=FLOOR
        )
        assert not best or not keys or keys[0][1] <= best[1]
    each = COMPARED / (time.perf_counter() - start)
    print(f"\nnames/s    each with each, rapidfuzz: {each:>9,.0f}")
    print(f"{f'of {PARTNERS:,} partners':>36}: {ours:>9,.0f}   {ours / each:.1f} : 1")
