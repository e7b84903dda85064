"""Chance that falls the same way every time."""

from collections.abc import Iterable, Sequence
from random import Random


class Dice:
    """Draws by `Random.random` only: Python promises to keep just that the same."""

    def __init__(self, seed: int):
        self._random = Random(seed).random

    def number(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included."""
        return low + int(self._random() * (high - low + 1))

    def one(self, items: Sequence):
        return items[self.number(0, len(items) - 1)]

    def happens(self, percent: int) -> bool:
        return self.number(1, 100) <= percent

    def shuffled(self, items: Iterable) -> list:
        rest = list(items)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in range(len(rest))]
