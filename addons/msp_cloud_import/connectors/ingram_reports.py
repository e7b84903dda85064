"""Ingram's reports of rated data: the rows of the bill as files.

Source: "Reporting and Data Export" of the Marketplace API's documentation. Reports that
somebody has scheduled in the control panel are listed with a link each; that one can be
ordered by the interface is said of version 1.15, whose form is not public: the fields
of a listed report are taken.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from . import errors
from .downloads import digest, fetch_file, file_name
from .errors import ConnectorError
from .keyed_api import KeyedApi
from .lenient import Loose, list_of, path_part
from .months import last_day, month_before
from .sentence import _
from .values import BILLED, Document, Export

LISTED, REQUESTED, NONE = "listed", "requested", "none"
WAYS = (LISTED, REQUESTED, NONE)
FORMATS = ("csv", "xlsx", "json")
#: Day of the next month up to which a month is asked for anew.
UNTIL = 10
_WAIT = 60.0
_WHAT = _("the reports")
_UNDER_WAY = frozenset({"submitted", "processing", "scheduled", "pending", "running"})


def find_reports(
    api: KeyedApi, settings: Mapping[str, str], today: date, known: Mapping[str, str]
) -> list[Export]:
    """Return the reports that are there and not known, or the one to be ordered."""
    way = settings.get("reports") or LISTED
    if way == NONE:
        return []
    first = month_before(today)
    if way == LISTED:
        found = [_listed(row) for row in _list(api, settings, first, today)]
        return [one for one in found if one and known.get(one.key) != one.etag]
    key = f"rated:{first:%Y-%m}"
    if key in known and today.day > UNTIL:
        return []
    form = settings.get("report_format") or FORMATS[0]
    return [
        Export(
            key=key,
            kind=BILLED,
            name=f"ingram-{first:%Y-%m}.{form}",
            request={
                "name": f"MSP {first:%Y-%m}",
                "type": "onetime",
                "format": form,
                "startDate": first.isoformat(),
                "endDate": last_day(first).isoformat(),
            },
        )
    ]


def order_report(api: KeyedApi, export: Export) -> Export:
    """Order a report."""
    what = _("the report “%(name)s”", name=export.name)
    ok = (200, 201, 202)
    reply = api.call("POST", "/reports", what, ok=ok, json=dict(export.request))
    answer = reply.json(what)
    rows = list_of(answer, "data")
    one = Loose(rows[0] if rows else answer).id("id", "reportId")
    if one is None:
        raise _odd(api, what, _("no id"))
    return export.but(location=one, wait=reply.retry_after or _WAIT)


def look_at_report(api: KeyedApi, export: Export) -> Export:
    """Return how far an ordered report is."""
    what = _("the report “%(name)s”", name=export.name)
    row = _read(api, export, what)
    status = (row.text("status") or "").casefold()
    if status in _UNDER_WAY:
        return export.but(is_ready=False, wait=_WAIT)
    if status == "error":
        raise ConnectorError(errors.FAULTY, api.host, what=what, status="error")
    if status and status != "completed":
        raise _odd(api, what, _("its status is “%(name)s”", name=status))
    if row.text("downloadUrl") is None:
        return export.but(is_ready=False, wait=_WAIT)
    return export.but(is_ready=True, wait=0, etag=export.location)


def fetch_report(
    api: KeyedApi, export: Export, folder: Path, deadline: float | None
) -> Iterator[Document]:
    """Download a report; its link is asked for anew, as it is good for a while only."""
    what = _("the report “%(name)s”", name=export.name)
    suffix = Path(export.name).suffix
    path = folder / f"{digest(export.key, export.etag)}{suffix}"
    if not path.exists():
        link = _read(api, export, what).get("downloadUrl")
        fetch_file(api.http, link, api.host, what, path, deadline=deadline)
    yield Document(path, export.name)


def test_reports(api: KeyedApi, settings: Mapping[str, str], today: date) -> None:
    """See whether reports may be read.

    :raise ConnectorError: they may not
    """
    _list(api, settings, today, today)


def _list(
    api: KeyedApi, settings: Mapping[str, str], first: date, last: date
) -> list[Loose]:
    """Return the reports of a period that can be read, oldest first."""
    form = settings.get("report_format") or FORMATS[0]
    query = {"from": first.isoformat(), "to": last.isoformat(), "format": form}
    rows = list_of(api.get("/reports", _WHAT, **query), "data")
    if rows is None:
        raise _odd(api, _WHAT, _("no list"))
    wanted = (settings.get("report_name") or "").strip().casefold()
    found = []
    for row in map(Loose, rows):
        status = (row.text("status") or "completed").casefold()
        is_form = (row.text("format") or form).casefold() == form
        is_wanted = not wanted or (row.text("name") or "").casefold() == wanted
        if status == "completed" and is_form and is_wanted:
            found.append(row)
    return sorted(found, key=lambda row: row.text("creationDate") or "")


def _listed(row: Loose) -> Export | None:
    """Return a listed report, None if nothing tells it from others."""
    one, made = row.id("id"), row.text("creationDate") or ""
    name = row.text("name") or "report"
    if not one and not made:
        return None
    form = (row.text("format") or FORMATS[0]).casefold()
    return Export(
        key=f"report:{one}" if one else f"report:{digest(name, made)}",
        kind=BILLED,
        name=f"{file_name(name)}-{file_name(made[:10])}.{file_name(form)}",
        request={"name": name, "made": made},
        location=one or "",
        etag=made or str(one),
        is_ready=True,
    )


def _read(api: KeyedApi, export: Export, what: str) -> Loose:
    """Return a report as it is now."""
    if export.location:
        part = path_part(export.location, api.host, what)
        row = Loose(api.get(f"/reports/{part}", what))
        return row if row else _missing(api, what)
    # Older versions give no ids.
    made = str(export.request.get("made", ""))
    query = {"from": made[:10], "to": made[:10]}
    for row in map(Loose, list_of(api.get("/reports", what, **query), "data") or ()):
        if (row.text("name"), row.text("creationDate")) == (
            export.request.get("name"),
            made,
        ):
            return row
    return _missing(api, what)


def _missing(api: KeyedApi, what: str) -> Loose:
    raise ConnectorError(errors.NOT_FOUND, api.host, what=what)


def _odd(api: KeyedApi, what: str, reason: str) -> ConnectorError:
    return ConnectorError(errors.NOT_UNDERSTOOD, api.host, what=what, reason=reason)
