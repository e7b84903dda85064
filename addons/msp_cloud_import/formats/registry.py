"""Which formats exist, and the way in: `open_file`."""

import csv
import os
from collections.abc import Sequence
from pathlib import Path

from .container import Limits, Source, open_plain
from .date_style import DateSurvey
from .encoding import decide_encoding
from .errors import UnknownFormat, UnreadableFile
from .layout import Format, Layout
from .microsoft_nce import MICROSOFT_NCE
from .number_style import NumberSurvey
from .problem import shown
from .reading import Reading
from .tabular import DELIMITERS, Table, is_blank

FORMATS: dict[str, Format] = {form.id: form for form in (MICROSOFT_NCE,)}

NAMES_SHOWN = 12
# A row is taken for a damaged header from this share of required columns on.
SIMILAR = 0.6


def detect(header: Sequence[str]) -> Format | None:
    """Return the format a header belongs to, None if it belongs to none.

    Column names decide, in any order and spelling of case; never the file name.
    """
    fitting = [form for form in FORMATS.values() if not form.missing(header)]
    return max(fitting, key=lambda form: len(form.required), default=None)


def get_format(format_id: str) -> Format:
    """Return a format by its id.

    :raise UnknownFormat: there is none
    """
    try:
        return FORMATS[format_id]
    except KeyError:
        raise UnknownFormat(format_id, tuple(FORMATS)) from None


def open_file(
    source: Source,
    name: str | None = None,
    format_id: str | None = None,
    limits: Limits | None = None,
) -> Reading:
    """Return a `Reading` of a file; everything that stops the file is found here.

    The whole file is looked through once, to decide encoding, delimiter, decimal
    mark and date order for all rows together; iterating reads it a second time.

    :param source: path, bytes or binary stream; a stream is left open
    :param name: file name for messages; by default that of the path
    :param format_id: use this format instead of detecting one
    :raise UnreadableFile: with one sentence that says what to do
    :raise UnknownFormat: no format has this id
    """
    limits = limits or Limits()
    name = name or _name_of(source)
    candidates = [get_format(format_id)] if format_id else list(FORMATS.values())
    plain = open_plain(source, name, limits)
    try:
        table = Table(name, plain, decide_encoding(plain.stream, name), limits)
        form, header = _find_header(table, candidates)
        return _survey(table, form, header)
    except BaseException:
        if plain.owned:
            plain.stream.close()
        raise


def _name_of(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name or str(source)
    inner = getattr(source, "name", None)
    return Path(inner).name if isinstance(inner, str) else "file"


def _find_header(
    table: Table, candidates: list[Format]
) -> tuple[Format, tuple[str, ...]]:
    """Find header row, delimiter and format; sets them on `table`."""
    records = table.first_records()
    best: tuple[int, int, str, list[str]] | None = None
    for delimiter in DELIMITERS:
        for number, record in enumerate(records, start=1):
            cells = _cells(table, record, delimiter)
            if is_blank(cells):
                continue
            for form in candidates:
                if not form.missing(cells):
                    return form, _accept(table, form, delimiter, number, cells)
            score = max(len(form.positions(cells)) for form in candidates)
            # else the widest row of the first delimiter stands for the header
            if best is None or (score, len(cells)) > best[:2]:
                best = (score, len(cells), delimiter, cells)
    if best is None:
        raise UnreadableFile(table.name, "holds only blank rows; download it again")
    raise _unknown_header(table, candidates, best[3])


def _cells(table: Table, record: str, delimiter: str) -> list[str]:
    try:
        return table.parse(record, delimiter)
    except csv.Error:
        return []


def _accept(
    table: Table, form: Format, delimiter: str, number: int, cells: list[str]
) -> tuple[str, ...]:
    if len(cells) > table.limits.columns:
        raise _too_wide(table, len(cells))
    twice = form.repeated(cells)
    if twice:
        raise UnreadableFile(
            table.name,
            f"has the column {shown(twice[0])} twice, so it is unclear which one "
            "counts; download the file again",
        )
    while len(cells) > 1 and not cells[-1].strip():
        cells = cells[:-1]  # a separator at the end of each line is no column
    table.delimiter, table.width, table.header_row = delimiter, len(cells), number
    return _distinct(cells)


def _distinct(cells: Sequence[str]) -> tuple[str, ...]:
    """Return column names made unique, so that no raw cell replaces another."""
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells, start=1):
        name = base = cell.strip() or f"column {index}"
        count = 1
        while name in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def _too_wide(table: Table, columns: int) -> UnreadableFile:
    return UnreadableFile(
        table.name,
        f"has {columns:,} columns, which no known billing file has; download it again",
    )


def _unknown_header(
    table: Table, candidates: list[Format], cells: list[str]
) -> UnreadableFile:
    if len(cells) > table.limits.columns:
        return _too_wide(table, len(cells))
    form = max(candidates, key=lambda form: len(form.positions(cells)))
    missing = form.missing(cells)
    formats = ", ".join(f"{one.id} ({one.title})" for one in FORMATS.values())
    if len(missing) <= len(form.required) * (1 - SIMILAR):
        return UnreadableFile(
            table.name,
            f"looks like {form.title} but lacks the columns {', '.join(missing)} "
            f"(found {_listed(cells)}); download the full file again; "
            f"known formats are {formats}",
        )
    return UnreadableFile(
        table.name,
        f"has no known header in its first rows: found the columns {_listed(cells)}, "
        f"while {form.id} also needs {_listed(missing)}; check that this is the "
        f"right file; known formats are {formats}",
    )


def _listed(names: Sequence[str]) -> str:
    filled = [shown(name) for name in names if name.strip()]
    text = ", ".join(filled[:NAMES_SHOWN])
    more = len(filled) - NAMES_SHOWN
    return f"{text} and {more} more" if more > 0 else text


def _survey(table: Table, form: Format, header: tuple[str, ...]) -> Reading:
    """Look through all rows and decide how numbers and dates are written."""
    position = form.positions(header)
    number_at = [position[name] for name in form.number_columns if name in position]
    date_at = [position[name] for name in form.date_columns if name in position]
    numbers, dates, data = NumberSurvey(), DateSurvey(), False
    for row in table.rows():
        if row.number <= table.header_row:
            continue
        data = data or row.broken is not None or not is_blank(row.cells)
        if len(row.cells) < table.width:
            continue
        for index in number_at:
            cell = row.cells[index]
            if "." in cell or "," in cell:
                numbers.look(row.number, cell)
        for index in date_at:
            if cell := row.cells[index]:
                dates.look(row.number, cell)
    if not data:
        raise UnreadableFile(
            table.name,
            "has a header but no rows; download it again when the invoice is ready",
        )
    style, number_notice = numbers.decide(table.name, table.delimiter)
    order, date_notice = dates.decide(table.name, style.decimal_mark == ",")
    notices = (table.encoding.notice, number_notice, date_notice)
    layout = Layout(header, position, style, order, table.plain.file_hash)
    return Reading(table, form, layout, tuple(n for n in notices if n))
