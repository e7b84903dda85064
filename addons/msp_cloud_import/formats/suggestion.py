"""Suggestions for what the columns of an unknown file mean; a person confirms them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from .date_style import DateStyle
from .errors import BadCell
from .layout import normalised, spelled
from .number_style import BLANK, NumberStyle, bare
from .profile import TARGETS, Profile
from .sentence import _
from .spellings import SPELLINGS

SIMILAR = 0.8
SAMPLES_SHOWN = 5
# Short names are alike by accident: "Rate" and "Date".
SIMILAR_FROM_CHARS = 6

_KIND = {target.name: target.kind for target in TARGETS}
_TITLE = {target.name: target.title for target in TARGETS}
_CURRENCY = re.compile(
    r"EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|HUF|RON|BGN|ISK|TRY|JPY|CAD|AUD|NZD"
)
_DATES = (DateStyle(day_first=True), DateStyle(day_first=False))
_NUMBERS = tuple(
    NumberStyle(mark, grouped=True, is_lenient=True) for mark in (".", ",")
)


@dataclass(frozen=True, slots=True)
class ColumnSuggestion:
    """What a column probably means.

    :param column: its name as in the file
    :param target: name of a `Target`, None if no guess can be made
    :param reason: why, in a few words; empty without a target
    :param samples: some filled cells of the column
    """

    column: str
    target: str | None
    reason: str
    samples: tuple[str, ...]


def suggest_columns(
    header: Sequence[str],
    samples: Sequence[Sequence[str]],
    profiles: Iterable[Profile],
) -> tuple[ColumnSuggestion, ...]:
    """Return one suggestion per column in file order, each target at most once.

    A spelling some profile knows comes first, then the usual spellings, then
    names that are nearly the same, then what the cells look like. All but the
    first only where the samples fit; an amount is never guessed from its cells.

    :param header: column names
    :param samples: a few rows of cells
    """
    guess = _Guess(header, samples)
    for profile in profiles:
        for target in _KIND:
            guess.by_name(target, profile.columns.get(target, ()), profile.title)
    for target, spellings in SPELLINGS.items():
        guess.by_name(target, spellings, None)
    guess.by_similar_name()
    guess.by_cells()
    return tuple(
        ColumnSuggestion(name, *guess.found.get(index, (None, "")), cells)
        for index, (name, cells) in enumerate(zip(header, guess.samples, strict=True))
    )


class _Guess:
    """:param found: index of a column -> target and reason"""

    def __init__(self, header: Sequence[str], rows: Sequence[Sequence[str]]):
        self.names = [normalised(name) for name in header]
        self.spelled = [spelled(name) for name in header]
        self.samples = [_samples(rows, index) for index in range(len(header))]
        self.found: dict[int, tuple[str, str]] = {}
        self.taken: set[str] = set()

    def take(self, index: int, target: str, reason: str) -> None:
        self.found[index] = (target, reason)
        self.taken.add(target)

    def open_columns(self) -> list[int]:
        return [i for i, name in enumerate(self.names) if name and i not in self.found]

    def by_name(
        self, target: str, spellings: Sequence[str], profile: str | None
    ) -> None:
        """Take the first spelling the file has; a profile's counts in any case."""
        if target in self.taken:
            return
        for spelling in spellings:
            same = [
                index
                for index in self.open_columns()
                if self.names[index] == normalised(spelling)
            ]
            # "Tax" before "Tax %"
            same.sort(key=lambda index: self.spelled[index] != spelled(spelling))
            for index in same:
                if profile is not None:
                    self.take(
                        index, target, _("same name as in %(profile)s", profile=profile)
                    )
                    return
                if self.fits(index, target):
                    reason = _("usual name for: %(target)s", target=_TITLE[target])
                    self.take(index, target, reason)
                    return

    def by_similar_name(self) -> None:
        """Take names that are nearly a usual one, the most alike first."""
        near = []
        for index in self.open_columns():
            name = self.names[index]
            if len(name) < SIMILAR_FROM_CHARS:
                continue
            matcher = SequenceMatcher(b=name, autojunk=False)
            for target, spellings in SPELLINGS.items():
                if target in self.taken:
                    continue
                for spelling in spellings:
                    other = normalised(spelling)
                    matcher.set_seq1(other)
                    if len(other) < SIMILAR_FROM_CHARS or (
                        matcher.real_quick_ratio() < SIMILAR
                        or matcher.quick_ratio() < SIMILAR
                    ):
                        continue
                    ratio = matcher.ratio()
                    if ratio >= SIMILAR:
                        near.append((-ratio, index, target, spelling))
        for _distance, index, target, spelling in sorted(near):
            is_open = index not in self.found and target not in self.taken
            if is_open and self.fits(index, target):
                reason = _("name like “%(spelling)s”", spelling=spelling)
                self.take(index, target, reason)

    def by_cells(self) -> None:
        """Take a column of currencies, and two columns of days as the period."""
        if "billing_currency" not in self.taken:
            columns = [
                index
                for index in self.open_columns()
                if self.samples[index]
                and all(_CURRENCY.fullmatch(cell) for cell in self.samples[index])
            ]
            if len(columns) == 1:
                self.take(columns[0], "billing_currency", _("looks like currencies"))
        period = {"charge_period_start", "charge_period_end", "charge_period_text"}
        if period & self.taken:
            return
        days = [
            index
            for index in self.open_columns()
            if self.samples[index] and self.fits(index, "charge_period_start")
        ]
        if len(days) == 2 and self._in_order(*days):
            self.take(days[0], "charge_period_start", _("looks like dates"))
            self.take(days[1], "charge_period_end", _("looks like dates"))

    def fits(self, index: int, target: str) -> bool:
        """Return whether the samples can be of the target's kind."""
        cells = self.samples[index]
        kind = _KIND[target]
        if kind == "date":
            return any(_parsed(style, cells) is not None for style in _DATES)
        if kind == "number":
            return any(_parsed(style, cells) is not None for style in _NUMBERS)
        return True

    def _in_order(self, first: int, second: int) -> bool:
        for style in _DATES:
            one = _parsed(style, self.samples[first])
            two = _parsed(style, self.samples[second])
            if one is not None and two is not None and len(one) == len(two):
                return all(
                    isinstance(a, date) and isinstance(b, date) and a <= b
                    for a, b in zip(one, two, strict=True)
                )
        return False


def _parsed(
    style: DateStyle | NumberStyle, cells: Iterable[str]
) -> list[object] | None:
    """Return the values, None if one of the cells is not of the kind."""
    try:
        return [style.parse(cell) for cell in cells]
    except BadCell:
        return None


def _samples(rows: Sequence[Sequence[str]], index: int) -> tuple[str, ...]:
    cells = (row[index].strip() for row in rows if index < len(row))
    filled = [cell for cell in cells if bare(cell).lower() not in BLANK]
    return tuple(filled[:SAMPLES_SHOWN])
