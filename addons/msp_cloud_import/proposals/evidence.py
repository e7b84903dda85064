"""Which of several candidates the evidence speaks for, and how clearly."""

from collections.abc import Iterable
from dataclasses import dataclass

# A lead of fewer points is no lead: somebody has to look.
MARGIN = 4
# What another kind of evidence for the same candidate adds.
AGREEMENT = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason to take a candidate.

    :param key: the candidate, such as a record's id
    :param score: 0 to 100, how far the reason alone is to be trusted
    :param kind: name of the reason; several of one kind count once
    :param detail: what was the same, for people
    """

    key: int
    score: int
    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to propose.

    :param best: the strongest evidence, None if nothing may be proposed
    :param score: 0 to 100 with agreeing evidence counted, 0 without `best`
    :param rivals: keys of the candidates that are too close, best first; only
        without `best`
    """

    best: Evidence | None = None
    score: int = 0
    rivals: tuple[int, ...] = ()


def choose(evidence: Iterable[Evidence]) -> Proposal:
    """Return the candidate that leads clearly, or those that are too close."""
    kinds: dict[int, dict[str, Evidence]] = {}
    for one in evidence:
        own = kinds.setdefault(one.key, {})
        if one.kind not in own or own[one.kind].score < one.score:
            own[one.kind] = one
    if not kinds:
        return Proposal()
    scores = {
        key: min(
            100,
            max(one.score for one in own.values()) + AGREEMENT * (len(own) - 1),
        )
        for key, own in kinds.items()
    }
    ranked = sorted(scores, key=lambda key: (-scores[key], key))
    first = ranked[0]
    rivals = [key for key in ranked if scores[first] - scores[key] < MARGIN]
    if len(rivals) > 1:
        return Proposal(rivals=tuple(rivals))
    best = max(kinds[first].values(), key=lambda one: one.score)
    return Proposal(best, scores[first])
