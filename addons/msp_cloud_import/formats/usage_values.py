"""Columns of texts become numbers and days; what is not as usual is left to rows.

Whatever a row means is decided by one piece of code, `UsageRow`. Here the same is
done for whole columns: usual cells by a pattern, others once per distinct cell by
the code of the rows.
"""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

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


def are_days(cells: pl.Series, style: DateStyle) -> pl.Series:
    """Return whether the cells of a column are blank or days."""
    found = {cell: _is_day(cell, style) for cell in cells.unique()}
    return mapped(cells, found, pl.Boolean)


def _is_day(cell: str, style: DateStyle) -> bool:
    try:
        style.parse(cell.strip())
    except BadCell:
        return False
    return True


def _day(cell: str, style: DateStyle) -> date | None:
    try:
        return style.parse(cell.strip())
    except BadCell:
        return None


def mapped(
    cells: pl.Series, values: Mapping[Any, Any], kind: type[pl.DataType]
) -> pl.Series:
    """Return for each cell what a mapping says."""
    if not len(cells):
        return pl.Series(dtype=kind)
    return cells.replace_strict(
        pl.Series(list(values), dtype=cells.dtype),
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
    :param blanks: words for no value
    """

    def __init__(self, names: Mapping[str, int], blanks: Iterable[str] = ()):
        self._names, self._blanks = names, ["", *blanks]

    def of_frame(self, frame: pl.DataFrame) -> pl.Series:
        """Return a text per row; null where no cell is filled."""
        names = {name: str(index) for name, index in self._names.items()}
        if not names or not frame.height:
            return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
        blanks = frame.select(
            pl.col(index).is_in(self._blanks).sum() for index in names.values()
        ).row(0)
        counts = dict(zip(names, blanks, strict=True))
        names = {n: index for n, index in names.items() if counts[n] < frame.height}
        if not any(counts[name] for name in names):
            cells = [pl.col(index).alias(name) for name, index in names.items()]
            if not cells:
                return pl.repeat(None, frame.height, dtype=pl.String, eager=True)
            return frame.select(pl.struct(cells).struct.json_encode()).to_series()
        cells = [
            pl.when(~pl.col(index).is_in(self._blanks)).then(pl.col(index)).alias(name)
            for name, index in names.items()
        ]
        # no column is called like the last one, which ends every text alike
        text = pl.struct(*cells, pl.lit("").alias("")).struct.json_encode()
        # an encoded name has no quotation mark inside, so no cell looks like this
        blank = [
            f"{json.dumps(name, ensure_ascii=False)}:null,"
            for name in names
            if counts[name]
        ]
        text = text.str.replace_many(blank, [""]).str.strip_suffix('"":""}')
        filled = pl.concat_str(text.str.strip_suffix(","), pl.lit("}"))
        return frame.select(pl.when(text != "{").then(filled)).to_series()

    def of_cells(self, cells: Mapping[int, str] | Sequence[str]) -> str | None:
        """Return the same of one row."""
        filled = {
            name: cells[index]
            for name, index in self._names.items()
            if cells[index] not in self._blanks
        }
        if not filled:
            return None
        return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))
