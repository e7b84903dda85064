"""Texts of a file that say several things: cut into parts by a pattern.

``{service_name} ({subscription_id}) from {charge_period_start} through *``: names in
braces are targets of the column profile, ``*`` is anything, the rest stands there as
it is. Words are looked for from the end, so a product may itself contain “ from ”.
Unlike a regular expression, no pattern takes longer than its text is.
"""

import re
from dataclasses import dataclass

from .errors import FormatsError
from .sentence import _

MAX_CHARS = 500
_HOLE = re.compile(r"\{([a-z_]+)\}|\*")


class BadPattern(FormatsError):
    """A pattern cannot be used; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the text of a column is cut.

    :param column: name of the column as in the file
    :param holes: targets in order; None for what is passed over
    :param words: what stands before, between and after them; one more
    """

    column: str
    holes: tuple[str | None, ...]
    words: tuple[str, ...]

    def targets(self) -> tuple[str, ...]:
        """Return the targets the pattern fills."""
        return tuple(hole for hole in self.holes if hole)

    def parts(self, text: str) -> dict[str, str]:
        """Return target -> part of the text, nothing if the pattern does not fit."""
        text = " ".join(text.split())
        before, *between, after = self.words
        if not text.startswith(before) or not text.endswith(after):
            return {}
        end = len(text) - len(after)
        if end < len(before):
            return {}
        found: dict[str, str] = {}
        for hole, word in zip(self.holes[:0:-1], reversed(between), strict=True):
            at = text.rfind(word, len(before), end)
            if at < 0:
                return {}
            if hole:
                found[hole] = text[at + len(word) : end].strip()
            end = at
        if self.holes[0]:
            found[self.holes[0]] = text[len(before) : end].strip()
        return found if all(found.values()) else {}


def split_of(column: str, pattern: str, allowed: tuple[str, ...]) -> Split:
    """Return what a pattern says.

    :param allowed: names that may stand in braces
    :raise BadPattern: with a sentence
    """
    text = " ".join(pattern.split())
    if len(text) > MAX_CHARS:
        raise BadPattern(
            _("The pattern is longer than %(count)s characters.", count=MAX_CHARS)
        )
    holes, words, at = [], [], 0
    for match in _HOLE.finditer(text):
        words.append(text[at : match.start()])
        holes.append(match[1])
        at = match.end()
    words.append(text[at:])
    named = [hole for hole in holes if hole]
    for name in named:
        if name not in allowed:
            raise BadPattern(
                _(
                    "The pattern “%(pattern)s” names {%(name)s}, which is none of "
                    "%(names)s.",
                    pattern=text,
                    name=name,
                    names=", ".join(allowed),
                )
            )
    if not named or len(set(named)) < len(named):
        raise BadPattern(
            _(
                "The pattern “%(pattern)s” must name each part once, such as "
                "{service_name} from {charge_period_start} through {charge_period_end}.",
                pattern=text,
            )
        )
    if any(not word for word in words[1:-1]):
        raise BadPattern(
            _(
                "The pattern “%(pattern)s” has two parts side by side; something that "
                "stands in the file must be between them.",
                pattern=text,
            )
        )
    return Split(column, tuple(holes), tuple(words))
