"""How numbers are written in one file: decided once, from all rows.

Microsoft writes a decimal point and no thousands mark (page "Partner Center NCE
reconciliation file", section 1). A spreadsheet with another locale may have
saved the file again with a decimal comma.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from .errors import BadCell, UnreadableFile
from .problem import Notice, shown
from .sentence import Sentence, _

MAX_CHARS = 60
MAX_INTEGER_DIGITS = 18
BLANK = frozenset({"", "null", "n/a", "-"})

_PLAIN = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_POINT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_COMMA = re.compile(r"[+-]?(?:[0-9]+(?:,[0-9]*)?|,[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_COMMA_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_POINT_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
# 1,234 and 1.234 are a thousand or a bit more than one; 0.045 is neither.
_COULD_BE_GROUP = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_CURRENCY = r"(?:[A-Z]{3}|[€$£¥])"
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-]?){_CURRENCY}?(?P<inner>[+-]?)(?P<digits>[0-9.,]*[0-9])"
    rf"(?P<after>-?){_CURRENCY}?(?P<close>\))?"
)
# 1 234,50 and 1'234.50, blanks of any width
_GROUP_MARK = re.compile(r"(?<=[0-9])[\s'’](?=[0-9]{3}(?![0-9]))")


def bare(cell: str) -> str:
    """Return a cell without blanks and the apostrophe that guards numbers.

    2026 exports print ``'22.000000000000000000`` (same page, section 7).
    """
    return cell.strip().removeprefix("'").strip()


def simplified(text: str) -> str:
    """Return an amount as people write it with nothing but sign, digits and marks.

    Knows ``(12.50)``, ``12.50-``, ``€ 12,50``, ``1'234.50``; returns anything else
    as it is.
    """
    squeezed = _GROUP_MARK.sub("", text.replace("−", "-"))
    match = _AMOUNT.fullmatch("".join(squeezed.split()))
    if not match or len(squeezed.split()) > 2:
        return text
    if bool(match["open"]) != bool(match["close"]):
        return text
    signs = [match["sign"], match["inner"], match["after"], match["open"] and "-"]
    signs = [sign for sign in signs if sign]
    if len(signs) > 1:
        return text
    return ("-" if signs and signs[0] == "-" else "") + match["digits"]


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """:param decimal_mark: point or comma
    :param grouped: thousands marks occur
    :param is_lenient: currency signs, brackets and trailing minus are understood
    """

    decimal_mark: str = "."
    grouped: bool = False
    is_lenient: bool = False

    def parse(self, cell: str) -> Decimal | None:
        """Return the number in `cell`, None if the cell is blank.

        :raise BadCell: anything else
        """
        is_short = len(cell) <= MAX_INTEGER_DIGITS
        if is_short and self.decimal_mark == "." and _PLAIN.fullmatch(cell):
            return Decimal(cell)  # nearly all cells of Microsoft's own files
        text = bare(cell)
        if text.lower() in BLANK:
            return None
        if len(text) > MAX_CHARS:
            raise BadCell(_("expected a number such as 120.50; it has too many digits"))
        plain = self._to_point(simplified(text) if self.is_lenient else text)
        if plain is None:
            raise BadCell(self._advice(text))
        number = Decimal(plain)
        if number.adjusted() >= MAX_INTEGER_DIGITS and number:
            raise BadCell(_("expected a number such as 120.50; it is far too large"))
        return number

    def _to_point(self, text: str) -> str | None:
        if self.decimal_mark == ".":
            if _POINT.fullmatch(text):
                return text
            is_grouped = self.is_lenient and _POINT_GROUPED.fullmatch(text)
            return text.replace(",", "") if is_grouped else None
        if _COMMA.fullmatch(text):
            return text.replace(",", ".")
        if _COMMA_GROUPED.fullmatch(text) and (
            self.grouped or not _COULD_BE_GROUP.fullmatch(text)
        ):
            return text.replace(".", "").replace(",", ".")
        return None

    def _advice(self, text: str) -> Sentence:
        example = "120.50" if self.decimal_mark == "." else "120,50"
        other = "," if self.decimal_mark == "." else "."
        is_number = text.strip("+-0123456789.,") == ""
        if self.is_lenient:
            if other in text and is_number:
                return _(
                    "expected a number such as %(example)s; the decimal mark is "
                    "“%(mark)s” here",
                    example=example,
                    mark=self.decimal_mark,
                )
        elif "." in text and "," in text and is_number:
            return _(
                "expected a number such as %(example)s, without thousands marks",
                example=example,
            )
        elif _COULD_BE_GROUP.fullmatch(text):
            return _(
                "expected a number such as %(example)s; it is unclear whether “%(mark)s” "
                "marks thousands here",
                example=example,
                mark=other,
            )
        elif other in text and is_number:
            return _(
                "expected a number such as %(example)s; the rest of the file uses "
                "another decimal mark",
                example=example,
            )
        return _(
            "expected a number such as %(example)s; correct the file or download it "
            "again",
            example=example,
        )


@dataclass(slots=True)
class NumberSurvey:
    """Evidence from all number cells of a file for one way of writing them.

    Each dictionary entry holds how often a kind was seen and the first place.
    """

    seen: dict[str, int] = field(default_factory=dict)
    first: dict[str, tuple[int, str]] = field(default_factory=dict)
    is_lenient: bool = False

    def look(self, row: int, cell: str, count: int = 1) -> None:
        """Count a cell that contains a point or a comma, found `count` times."""
        text = bare(cell)
        kind = _kind(simplified(text) if self.is_lenient else text)
        if kind:
            self.seen[kind] = self.seen.get(kind, 0) + count
            self.first.setdefault(kind, (row, cell))

    def decide(self, name: str, delimiter: str) -> tuple[NumberStyle, Notice | None]:
        """Return the style of the file.

        :raise UnreadableFile: the file mixes styles or leaves it open
        """
        count = self.seen.get
        point = count("point", 0) + count("point grouped", 0)
        comma = count("comma", 0) + count("comma grouped", 0)
        if point and comma:
            few = max(3, point // 10)
            if count("comma grouped", 0) or count("point grouped", 0) or comma > few:
                raise UnreadableFile(
                    name,
                    _(
                        "mixes decimal point (“%(point)s” in row %(point_row)s) and "
                        "decimal comma (“%(comma)s” in row %(comma_row)s), so amounts "
                        "cannot be trusted; download the file again and import it "
                        "without opening it in Excel",
                        **self._both_marks(),
                    ),
                )
            return NumberStyle("."), None  # those few rows become problems
        if comma:
            notice = Notice(
                None,
                "number_style",
                _(
                    "numbers have a decimal comma, so a spreadsheet has probably saved "
                    "the file again; compare the totals with the invoice"
                ),
            )
            return NumberStyle(",", bool(count("comma grouped", 0))), notice
        if count("open point", 0) and not point and delimiter == ";":
            row, cell = self.first["open point"]
            raise UnreadableFile(
                name,
                _(
                    "was saved again by a spreadsheet and leaves open whether the "
                    "number “%(cell)s” in row %(row)s is a thousand or not; download "
                    "the file again and import it without opening it in Excel",
                    cell=shown(cell),
                    row=row,
                ),
            )
        return NumberStyle("."), None

    def decide_by_profile(self, name: str, decimal_mark: str) -> NumberStyle:
        """Return the style of a file whose sender may write either way.

        :param decimal_mark: what the column profile says, empty if nothing
        :raise UnreadableFile: the file mixes styles or leaves it open
        """
        if decimal_mark:
            return NumberStyle(decimal_mark, True, True)
        point = "point" in self.seen or "point grouped" in self.seen
        comma = "comma" in self.seen or "comma grouped" in self.seen
        if point and comma:
            raise UnreadableFile(
                name,
                _(
                    "mixes decimal point (“%(point)s” in row %(point_row)s) and decimal "
                    "comma (“%(comma)s” in row %(comma_row)s), so amounts cannot be "
                    "trusted; set the decimal mark in the column profile",
                    **self._both_marks(),
                ),
            )
        still_open = self.first.get("open point") or self.first.get("open comma")
        if still_open and not point and not comma:
            row, cell = still_open
            raise UnreadableFile(
                name,
                _(
                    "leaves open whether the number “%(cell)s” in row %(row)s is a "
                    "thousand or not; set the decimal mark in the column profile",
                    cell=shown(cell),
                    row=row,
                ),
            )
        return NumberStyle("," if comma else ".", True, True)

    def _both_marks(self) -> dict[str, str | int]:
        """Return the first number with either mark, for a sentence."""
        first = self.first.get
        one = first("point") or first("point grouped") or (0, "")
        two = first("comma") or first("comma grouped") or (0, "")
        return {
            "point": shown(one[1]),
            "point_row": one[0],
            "comma": shown(two[1]),
            "comma_row": two[0],
        }


def _kind(text: str) -> str | None:
    if "." in text and "," in text:
        if _COMMA_GROUPED.fullmatch(text):
            return "comma grouped"
        return "point grouped" if _POINT_GROUPED.fullmatch(text) else None
    if _COULD_BE_GROUP.fullmatch(text):
        return "open point" if "." in text else "open comma"
    if "." in text:
        if _POINT.fullmatch(text):
            return "point"
        return "comma grouped" if _COMMA_GROUPED.fullmatch(text) else None
    if "," in text:
        if _COMMA.fullmatch(text):
            return "comma"
        return "point grouped" if _POINT_GROUPED.fullmatch(text) else None
    return None
