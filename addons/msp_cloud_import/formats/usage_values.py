"""Columns of texts become numbers and days; what is not as usual is left to rows.

Whatever a row means is decided by one piece of code, `UsageRow`. Here the same is
done for whole columns: usual cells by a pattern, others once per distinct cell by
the code of the rows.
"""

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from .date_style import DateStyle
from .errors import BadCell
from .number_style import NumberStyle
from .provider_charge import plain

# What fits into a column of decimals and may be summed a million times.
SCALE = 20
DECIMAL = pl.Decimal(38, SCALE)
_USUAL = r"^-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,20})?$"
_USUAL_COMMA = _USUAL.replace(r"\.", ",")
# polars and Python do not agree about what a blank is.
BLANKS = "".join(chr(code) for code in range(sys.maxunicode) if chr(code).isspace())


def stripped(cells: pl.Series) -> pl.Series:
    """Return cells without blanks around them, as `str.strip` does."""
    return cells.str.strip_chars(BLANKS)


def plain_numbers(cells: pl.Series, style: NumberStyle) -> pl.Series:
    """Return the numbers of a column as plain texts: digits, point, minus.

    :return: empty where the cell is blank, null where only a row can tell
    """
    is_comma = style.decimal_mark == ","
    usual = cells.str.contains(_USUAL_COMMA if is_comma else _USUAL)
    texts = cells.str.replace(",", ".", literal=True) if is_comma else cells
    if usual.all():
        return texts
    others = {
        cell: _plain_number(cell, style) for cell in cells.filter(~usual).unique()
    }
    return _chosen(usual, texts, cells, others)


def _plain_number(cell: str, style: NumberStyle) -> str | None:
    try:
        number = style.parse(cell.strip())
    except BadCell:
        return None
    if number is None:
        return ""
    text = plain(number)
    digits, _, decimals = text.removeprefix("-").partition(".")
    return text if len(digits) <= 12 and len(decimals) <= SCALE else None


def decimals(texts: pl.Series) -> pl.Series:
    """Return plain texts as exact decimals, null where they are empty."""
    if (texts == "").any():
        texts = texts.set(texts == "", None)
    return texts.cast(DECIMAL)


def days(cells: pl.Series, style: DateStyle) -> pl.Series:
    """Return the days of a column, null where a cell is blank or no day."""
    found = {cell: _day(cell, style) for cell in cells.unique()}
    return mapped(cells, found, pl.Date)


def _day(cell: str, style: DateStyle) -> date | None:
    try:
        return style.parse(cell.strip())
    except BadCell:
        return None


def mapped(
    cells: pl.Series, values: Mapping[str, object], kind: type[pl.DataType]
) -> pl.Series:
    """Return for each cell what a mapping says."""
    return cells.replace_strict(
        pl.Series(list(values), dtype=pl.String),
        pl.Series(list(values.values()), dtype=kind),
        return_dtype=kind,
    )


def _chosen(
    usual: pl.Series, texts: pl.Series, cells: pl.Series, others: Mapping[str, object]
) -> pl.Series:
    return pl.select(
        pl.when(usual)
        .then(texts)
        .otherwise(
            cells.replace_strict(
                pl.Series(list(others), dtype=pl.String),
                pl.Series(list(others.values()), dtype=pl.String),
                default=None,
                return_dtype=pl.String,
            )
        )
    ).to_series()


def tags_of(cells: pl.Series, tags: Callable[[str], str | None]) -> pl.Series:
    """Return the tags of a column as texts of JSON objects, null without any."""
    found = {cell: tags(cell.strip()) for cell in cells.unique()}
    return mapped(cells, found, pl.String)


class Leftovers:
    """The cells that went nowhere else, as the text of a JSON object.

    :param names: column names as in the file -> index
    """

    def __init__(self, names: Mapping[str, int]):
        self._names = names
        # an encoded name never contains a quotation mark of its own
        listed = "|".join(
            _escaped(json.dumps(name, ensure_ascii=False)) for name in names
        )
        self._blank = f"(?:{listed}):null,?"

    def of_frame(self, frame: pl.DataFrame) -> pl.Series:
        """Return a text per row; null where no cell is filled."""
        if not self._names:
            return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
        cells = [
            pl.when(pl.col(str(index)) != "").then(pl.col(str(index))).alias(name)
            for name, index in self._names.items()
        ]
        text = pl.struct(cells).struct.json_encode()
        text = text.str.replace_all(self._blank, "").str.replace(r",\}$", "}")
        return frame.select(pl.when(text != "{}").then(text)).to_series()

    def of_cells(self, cells: Mapping[int, str] | list[str]) -> str | None:
        """Return the same of one row."""
        filled = {
            name: cells[index] for name, index in self._names.items() if cells[index]
        }
        if not filled:
            return None
        return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))


def _escaped(text: str) -> str:
    """Return a text as a pattern of Rust's regular expressions."""
    return "".join(
        character
        if character.isalnum() or not character.isascii()
        else f"\\x{{{ord(character):x}}}"
        for character in text
    )
