"""How dates are written in one file: decided once, from all rows.

Microsoft writes ``MM/DD/YYYY`` or ``M/D/YYYY``, the API ISO 8601 (page "Partner
Center NCE reconciliation file", section 1). A time of day is ignored.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from .errors import BadCell, UnreadableFile
from .month_names import month_number
from .number_style import BLANK, bare
from .problem import Notice, shown
from .sentence import _

_TIME = (
    r"(?:[T ]\s*[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]+)?)?"
    r"(?:\s?[AaPp][Mm])?\s?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_ISO = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})" + _TIME)
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})" + _TIME)
_SLASHED = re.compile(r"([0-9]{1,2})([/-])([0-9]{1,2})\2([0-9]{4})" + _TIME)
# 5 March 2026, 05-Mar-2026, 5. März 2026; Mar 5, 2026
_DAY_NAMED = r"([0-9]{1,2})(?:\.\s?|\s|-)([^\W\d_]{3,})(?:\.\s?|\s|-)([0-9]{4})"
_NAME_DAY = r"([^\W\d_]{3,})\.?\s([0-9]{1,2}),?\s([0-9]{4})"
_DAY_NAMED_ONLY = re.compile(_DAY_NAMED + _TIME)
_NAME_DAY_ONLY = re.compile(_NAME_DAY + _TIME)

# What some APIs print for "no date".
_NO_DATE = (1, 1, 1)
OLDEST_YEAR = 1900
MAX_REMEMBERED = 4096
_DAY_IN_TEXT = re.compile(
    r"(?<![0-9])(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
    r"|[0-9]{1,2}(?P<mark>[./-])[0-9]{1,2}(?P=mark)[0-9]{4}"
    rf"|{_DAY_NAMED}|(?<!\w){_NAME_DAY})(?![0-9])"
)


def days_in(text: str) -> list[str]:
    """Return what looks like a day in the middle of a text, in order."""
    return [
        match[0]
        for match in _DAY_IN_TEXT.finditer(text)
        # "2 Seats 2026" is no day
        if all(map(month_number, filter(None, (match[3], match[5]))))
    ]


@dataclass(frozen=True, slots=True)
class DateStyle:
    """:param day_first: whether ``03/04/2026`` is the third of April"""

    day_first: bool = False
    _known: dict[str, date | None] = field(
        default_factory=dict, repr=False, compare=False
    )

    def parse(self, cell: str) -> date | None:
        """Return the day in `cell`, None if the cell is blank.

        :raise BadCell: anything else
        """
        try:
            return self._known[cell]
        except KeyError:
            value = self._parse(bare(cell))
        if len(self._known) < MAX_REMEMBERED:
            self._known[cell] = value
        return value

    def _parse(self, text: str) -> date | None:
        if text.lower() in BLANK:
            return None
        example = "31/03/2026" if self.day_first else "03/31/2026"
        parts = self._parts(text)
        if parts:
            if parts == _NO_DATE:
                return None
            try:
                day = date(*parts)
            except ValueError:
                day = None
            if day and day.year >= OLDEST_YEAR:
                return day
            raise BadCell(
                _(
                    "expected a day of the calendar such as %(example)s; correct the "
                    "file or download it again",
                    example=example,
                )
            )
        raise BadCell(
            _(
                "expected a date such as %(example)s; correct the file or download it "
                "again",
                example=example,
            )
        )

    def _parts(self, text: str) -> tuple[int, int, int] | None:
        if match := _ISO.fullmatch(text):
            return int(match[1]), int(match[2]), int(match[3])
        if match := _DOTTED.fullmatch(text):
            return int(match[3]), int(match[2]), int(match[1])
        if match := _SLASHED.fullmatch(text):
            first, second, year = int(match[1]), int(match[3]), int(match[4])
            if self.day_first:
                return year, second, first
            return year, first, second
        return _named_parts(text)


@dataclass(slots=True)
class DateSurvey:
    """Evidence from all date cells of a file for one way of writing them."""

    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def look(self, row: int, cell: str) -> None:
        """Note what a date cell proves about the file."""
        if cell in self._seen:
            return
        if len(self._seen) < MAX_REMEMBERED:
            self._seen.add(cell)
        kind = _kind(bare(cell))
        if kind:
            self.first.setdefault(kind, (row, cell))

    def decide(
        self, name: str, numbers_have_comma: bool
    ) -> tuple[DateStyle, Notice | None]:
        """Return the style of the file.

        :raise UnreadableFile: the file contradicts itself or leaves it open
        """
        seen = self.first
        slashed = [k for k in ("month first", "day first", "open") if k in seen]
        if "dotted" in seen and slashed:
            raise self._contradiction(name, "dotted", slashed[0])
        if "month first" in seen and "day first" in seen:
            raise self._contradiction(name, "month first", "day first")
        if "open" in seen and len(slashed) == 1 and numbers_have_comma:
            row, cell = seen["open"]
            raise UnreadableFile(
                name,
                _(
                    "was saved again by a spreadsheet and leaves open whether "
                    "“%(cell)s” in row %(row)s starts with the day or the month; "
                    "download the file again and import it without opening it in Excel",
                    cell=shown(cell),
                    row=row,
                ),
            )
        if "day first" in seen or "dotted" in seen:
            return DateStyle(day_first=True), Notice(
                None,
                "date_style",
                _(
                    "dates start with the day, so a spreadsheet has probably saved the "
                    "file again; compare the periods with the invoice"
                ),
            )
        return DateStyle(), None

    def decide_by_profile(self, name: str, date_order: str) -> DateStyle:
        """Return the style of a file whose sender may write either way.

        Points always mean day, month, year and prove nothing about slashes beside
        them, unless nothing else does.

        :param date_order: what the column profile says, empty if nothing
        :raise UnreadableFile: the file contradicts itself or leaves it open
        """
        if date_order:
            return DateStyle(day_first=date_order == "day")
        seen = self.first
        if "month first" in seen and "day first" in seen:
            raise self._contradiction(name, "month first", "day first")
        is_open = "open" in seen and "month first" not in seen
        if is_open and "day first" not in seen and "dotted" not in seen:
            row, cell = seen["open"]
            raise UnreadableFile(
                name,
                _(
                    "leaves open whether “%(cell)s” in row %(row)s starts with the day "
                    "or the month; set the order of day and month in the column "
                    "profile",
                    cell=shown(cell),
                    row=row,
                ),
            )
        return DateStyle(day_first="month first" not in seen)

    def _contradiction(self, name: str, one: str, two: str) -> UnreadableFile:
        (row_1, cell_1), (row_2, cell_2) = self.first[one], self.first[two]
        return UnreadableFile(
            name,
            _(
                "writes dates in two ways (“%(cell_1)s” in row %(row_1)s, “%(cell_2)s” "
                "in row %(row_2)s), as a spreadsheet does when it understands only some "
                "of them; download the file again and import it without opening it in "
                "Excel",
                cell_1=shown(cell_1),
                row_1=row_1,
                cell_2=shown(cell_2),
                row_2=row_2,
            ),
        )


def _named_parts(text: str) -> tuple[int, int, int] | None:
    if match := _DAY_NAMED_ONLY.fullmatch(text):
        day, name, year = match[1], match[2], match[3]
    elif match := _NAME_DAY_ONLY.fullmatch(text):
        name, day, year = match[1], match[2], match[3]
    else:
        return None
    month = month_number(name)
    return (int(year), month, int(day)) if month else None


def _kind(text: str) -> str | None:
    if _DOTTED.fullmatch(text):
        return "dotted"
    match = _SLASHED.fullmatch(text)
    if not match:
        return None
    first, second = int(match[1]), int(match[3])
    if first == second or (first > 12 and second > 12):
        return None
    if first > 12:
        return "day first"
    return "month first" if second > 12 else "open"
