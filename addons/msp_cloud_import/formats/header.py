"""Finds the header of a file: which row, cut at which delimiter or in which sheet."""

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import BadCell, UnknownHeader, UnreadableFile
from .layout import Format, fingerprint, normalised, spelled
from .number_style import NumberStyle
from .problem import shown
from .refused import refuse_known
from .sentence import Sentence, _, joined
from .spellings import USUAL
from .tabular import HEADER_ROWS, Row, Rows, is_blank, too_wide

NAMES_SHOWN = 12
SAMPLE_ROWS = 5
# A row is taken for a damaged header from this share of required columns on.
SIMILAR = 0.6

_NUMBERS = (NumberStyle(".", True, True), NumberStyle(",", True, True))


@dataclass(frozen=True, slots=True)
class _Place:
    """A row that may be the header.

    :param names: its cells as column names
    """

    opening: str
    row: Row
    names: tuple[str, ...]


def find_header(
    table: Rows, candidates: Sequence[Format]
) -> tuple[Format, tuple[str, ...]]:
    """Return format and column names, and make `table` read from there.

    A format made for exactly this header comes first, then the first row that a
    format fits; of several formats the one that knows most of the row's columns.

    :raise UnknownHeader: no row fits a format
    :raise UnreadableFile: the file is blank, or the header cannot be used
    """
    places, widest = [], 0
    for opening, rows in table.openings():
        for row in rows:
            if row.number > HEADER_ROWS or is_blank(row.cells):
                continue
            if len(row.cells) > table.limits.columns:
                widest = max(widest, len(row.cells))
                continue
            names = distinct(trimmed(row.cells))
            places.append(_Place(opening, row, names))
    if not places and not widest:
        raise UnreadableFile(
            table.name,
            _(
                "holds only blank rows among the first %(count)s, where its header "
                "should be; download it again",
                count=HEADER_ROWS,
            ),
        )
    exact = [form for form in candidates if form.fingerprint]
    usual = [form for form in candidates if not form.fingerprint]
    for forms in (exact, usual):
        for place in places if forms else ():
            fitting = [form for form in forms if form.fits(place.names)]
            if fitting:
                form = max(fitting, key=lambda f: len(f.positions(place.names)))
                return form, _accept(table, form, place)
    if widest:
        raise too_wide(table.name, widest)
    raise _unknown_header(table, candidates, places)


def distinct(cells: Sequence[str]) -> tuple[str, ...]:
    """Return column names made unique, so that no raw cell replaces another."""
    names: list[str] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells, start=1):
        name = base = cell.strip() or f"column {index}"
        count = 1
        while spelled(name) in taken:
            count += 1
            name = f"{base} ({count})"
        taken.add(spelled(name))
        names.append(name)
    return tuple(names)


def trimmed(cells: Sequence[str]) -> Sequence[str]:
    """Return the cells without the blank ones at the end.

    A separator at the end of each line is no column.
    """
    end = len(cells)
    while end > 1 and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _accept(table: Rows, form: Format, place: _Place) -> tuple[str, ...]:
    twice = form.repeated(place.row.cells)
    # whoever described exactly this header has chosen between "Net" and "Net (2)"
    if twice and not form.fingerprint:
        raise UnreadableFile(
            table.name,
            _(
                "has the column %(column)s twice, so it is unclear which one counts; "
                "download the file again",
                column=shown(twice[0]),
            ),
        )
    table.choose(place.opening, place.row.number, len(place.names))
    return place.names


def _unknown_header(
    table: Rows, candidates: Sequence[Format], places: Sequence[_Place]
) -> UnreadableFile:
    place, form = _likely_header(table, candidates, places)
    refuse_known(place.names, table.name)
    table.choose(place.opening, place.row.number, len(place.names))
    return UnknownHeader(
        table.name,
        _reason(place, form, candidates),
        header=place.names,
        samples=_samples(table),
        header_row=place.row.number,
        fingerprint=fingerprint(place.names),
    )


def _likely_header(
    table: Rows, candidates: Sequence[Format], places: Sequence[_Place]
) -> tuple[_Place, Format | None]:
    """Return the most likely header and, if it is nearly one, its format.

    The row with most names of columns that are known from anywhere; if none is, the
    first with the most filled cells that are no numbers. Of a workbook, the first
    sheet that holds anything.
    """
    if table.is_workbook:
        places = [place for place in places if place.opening == places[0].opening]
    for form in candidates:
        for place in places:
            missing = form.missing(place.names) if form.required else []
            if missing and len(missing) <= len(form.required) * (1 - SIMILAR):
                return place, form

    def score(place: _Place) -> tuple[int, int]:
        names = {normalised(cell) for cell in place.row.cells} - {""}
        known = sum(1 for name in names if name in USUAL or name in spellings)
        return known, sum(1 for cell in place.row.cells if _is_word(cell))

    spellings = {name for form in candidates for name in form.known()}
    return max(places, key=score), None


def _is_word(cell: str) -> bool:
    """Return whether a cell is filled and no number."""
    text = cell.strip()
    if not text:
        return False
    for style in _NUMBERS:
        try:
            style.parse(text)
        except BadCell:
            continue
        return False
    return True


def _samples(table: Rows) -> tuple[tuple[str, ...], ...]:
    found: list[tuple[str, ...]] = []
    for row in table.rows():
        if row.number > table.header_row and not is_blank(row.cells):
            found.append(tuple(str(cell) for cell in row.cells))
            if len(found) == SAMPLE_ROWS:
                break
    return tuple(found)


def _reason(place: _Place, form: Format | None, candidates: Sequence[Format]) -> str:
    formats = _listed([_name_of(one) for one in candidates])
    found = _listed_columns(place.row.cells)
    if form is not None:
        return _(
            "looks like %(format)s but lacks the columns %(missing)s (found %(found)s); "
            "download the full file again; known formats are %(formats)s",
            format=form.title,
            missing=", ".join(form.missing(place.names)),
            found=found,
            formats=formats,
        )
    if not candidates:
        return _(
            "has the columns %(found)s, for which there is no column profile yet",
            found=found,
        )
    near = max(candidates, key=lambda one: len(one.positions(place.names)))
    return _(
        "has no known header in its first rows: found the columns %(found)s, while "
        "%(format)s also needs %(missing)s; check that this is the right file; known "
        "formats are %(formats)s",
        found=found,
        format=near.id,
        missing=_listed_columns(near.missing(place.names)),
        formats=formats,
    )


def _name_of(form: Format) -> str:
    """Return id and title; that of a profile may be long."""
    title = form.title if isinstance(form.title, Sentence) else shown(form.title)
    return Sentence("%(id)s (%(title)s)", id=form.id, title=title)


def _listed_columns(names: Sequence[str]) -> str:
    return _listed([shown(name) for name in names if name.strip()])


def _listed(names: Sequence[str]) -> str:
    text = joined(names[:NAMES_SHOWN], ", ")
    more = len(names) - NAMES_SHOWN
    if more <= 0:
        return text
    return _("%(names)s and %(count)s more", names=text, count=more)
