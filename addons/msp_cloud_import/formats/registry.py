"""Which formats exist, and the way in: `open_file`."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from .azure_cost import AZURE_COST
from .container import open_plain
from .encoding import decide_encoding
from .errors import UnknownFormat
from .focus import FOCUS
from .glued import Headers
from .header import find_header
from .json_lines import JsonTable
from .layout import Format, Layout
from .limits import Limits
from .microsoft_daily import MICROSOFT_DAILY
from .microsoft_legacy import MICROSOFT_LEGACY
from .microsoft_nce import MICROSOFT_NCE
from .parquet import ParquetTable
from .plain import Source
from .problem import Notice
from .reading import Reading
from .sentence import _
from .subscription_states import SUBSCRIPTION_STATES
from .survey import Survey
from .tabular import Rows, Table
from .usage_blocks import Cut, blocks_of_rows
from .usage_csv import CsvBlocks
from .usage_format import UsageFormat
from .usage_reading import UsageReading
from .vendor import vendor_of
from .workbook import Workbook
from .workbook_kind import JSON, PARQUET, TEXT, XLSX
from .xls import Xls
from .xlsx import Xlsx

FORMATS: dict[str, Format] = {
    form.id: form
    for form in (
        MICROSOFT_NCE,
        MICROSOFT_LEGACY,
        MICROSOFT_DAILY,
        AZURE_COST,
        FOCUS,
        SUBSCRIPTION_STATES,
    )
}


def detect(header: Sequence[str]) -> Format | None:
    """Return the format a header belongs to, None if it belongs to none.

    Column names decide, in any order and spelling of case; never the file name.
    """
    fitting = [form for form in FORMATS.values() if form.fits(header)]
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
    formats: Sequence[Format] | None = None,
    limits: Limits | None = None,
    sheet: str | None = None,
) -> Reading:
    """Return a `Reading` of a file; everything that stops the file is found here.

    The whole file is looked through once, to decide encoding, delimiter, decimal
    mark and date order for all rows together; iterating reads it a second time.

    :param source: path, bytes or binary stream; a stream is left open
    :param name: file name for messages; by default that of the path
    :param formats: the formats it may have; by default all of `FORMATS`
    :param sheet: name of the workbook's sheet to read; by default the first whose
        header is known
    :raise UnknownHeader: a table was found, but none of the formats reads it
    :raise UnreadableFile: with one sentence that says what to do
    """
    table = _open_table(source, name or _name_of(source), limits, sheet)
    try:
        form, header = find_header(table, _candidates(formats))
        if not isinstance(form, UsageFormat):
            # each row is remembered
            table.plain.check_size(table.name, (limits or Limits()).total_bytes)
        return _survey(table, form, header)
    except BaseException:
        table.close()
        raise


def recognise(
    source: Source, name: str, formats: Sequence[Format] | None = None
) -> tuple[Format, str]:
    """Return format and vendor of a file by its header and first rows.

    :raise UnknownHeader: a table was found, but none of the formats reads it
    :raise UnreadableFile: with one sentence that says what to do
    """
    table = _open_table(source, name, None, None)
    try:
        form, header = find_header(table, _candidates(formats))
        return form, vendor_of(form, table, Headers(table, form, header).position)
    finally:
        table.close()


def _candidates(formats: Sequence[Format] | None) -> list[Format]:
    return list(FORMATS.values() if formats is None else formats)


def _open_table(
    source: Source, name: str, limits: Limits | None, sheet: str | None
) -> Rows:
    """Return the rows of a file, whose header is not known yet."""
    limits = limits or Limits()
    plain = open_plain(source, name, limits)
    try:
        if plain.kind in (TEXT, JSON):
            encoding = decide_encoding(plain.stream, name)
            make = JsonTable if plain.kind == JSON else Table
            return make(name, plain, encoding, limits)
        if plain.kind == PARQUET:
            return ParquetTable(name, plain, limits)
        if plain.kind == XLSX:
            sheets: Xlsx | Xls = Xlsx(plain.stream, name, limits)
        else:
            sheets = Xls(plain.stream, name, limits)
        return Workbook(name, plain, sheets, limits, sheet)
    except BaseException:
        plain.close()
        raise


def _name_of(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return Path(source).name or str(source)
    inner = getattr(source, "name", None)
    return Path(inner).name if isinstance(inner, str) else "file"


def _survey(table: Rows, form: Format, header: tuple[str, ...]) -> Reading:
    """Look through all rows and decide how numbers and dates are written."""
    headers = Headers(table, form, header)
    survey = Survey(table, form, headers)
    cut = _cutter(table, headers) if isinstance(form, UsageFormat) else None
    if cut is not None and not table.is_workbook:
        survey.look_at_blocks(cut(survey.wanted))
    else:
        survey.look_at_rows(table.rows())
    headers.begin()
    style, order, notices = survey.decide()
    if table.plain.parts > 1:
        notices.append(
            Notice(
                None,
                "parts",
                _(
                    "the %(count)s parts of the export are read as one file; numbers of "
                    "rows count through all of them",
                    count=table.plain.parts,
                ),
            )
        )
    table.decimal_mark = style.decimal_mark
    layout = Layout(header, headers.position, style, order, table.plain.file_hash)
    if cut is None or not isinstance(form, UsageFormat):
        return Reading(table, form, layout, tuple(notices), survey.last_row)
    if survey.has_turned and form.turn is not None:
        notices.append(form.turn.notice)
        form = form.turn.into
    last = survey.last_row
    return UsageReading(
        table, form, layout, tuple(notices), last, headers=headers, cut=cut
    )


def _cutter(table: Rows, headers: Headers) -> Cut:
    """Return what cuts a table into blocks of columns, the fastest way there is."""
    if isinstance(table, Table):
        return CsvBlocks(table, headers).blocks
    if isinstance(table, ParquetTable):
        return table.blocks
    return partial(blocks_of_rows, table)
