"""Reports of Azure Cost Management: asked for, looked at, downloaded.

Source: page "Azure Cost Management – exports and cost APIs", section 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import errors
from .azure_costs_parts import is_gzip, pack, spreads_anything
from .downloads import digest, fetch_file, stop_if_late
from .errors import ConnectorError
from .lenient import Loose
from .microsoft_service import Service
from .reply import Reply
from .sentence import Sentence, _
from .values import Document, Export

VERSION = "2023-11-01"
PROVIDER = "/providers/Microsoft.CostManagement"
#: Seconds between looks where Azure does not say how many.
_WAIT = 30.0
_RUNNING = frozenset({"inprogress", "running", "queued", "notstarted", "pending"})


@dataclass(frozen=True, slots=True)
class _Blob:
    link: object
    size: int | None


class Reports:
    """Each step is one short call, or one download."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def begin(self, export: Export) -> Export:
        """Ask for a report; `request` holds path, metric, first and last day."""
        request = export.request
        reply = self._service.call(
            "POST",
            f"{request['path']}{PROVIDER}/generateCostDetailsReport",
            _what(export),
            ok=(200, 202, 204),
            # Asked twice, it is made twice, which changes nothing.
            is_safe=True,
            params={"api-version": VERSION},
            json={
                "metric": request["metric"],
                "timePeriod": {"start": request["first"], "end": request["last"]},
            },
        )
        if reply.status == 204:
            return _nothing(export)
        location = reply.headers.get("Location", "")
        if not location and reply.status == 200:
            # It was there already; its id is the path of the operation.
            one = Loose(reply.json(_what(export))).text("id")
            location = f"/{one.strip('/')}?api-version={VERSION}" if one else ""
        if not location:
            raise self._odd(export, _("there is no location of the result"))
        location = self._service.address(location, _what(export))
        return export.but(location=location, is_ready=False, wait=_pause(reply))

    def look(self, export: Export) -> Export:
        """Look once how far a report is."""
        try:
            reply, said = self._operation(export)
        except ConnectorError as error:
            if error.code != errors.NOT_FOUND or export.request.get("again"):
                raise
            # Results are kept for a while only; so it is asked for once more.
            return self.begin(export.but(request={**export.request, "again": True}))
        status = _status(reply, said)
        if status in _RUNNING:
            return export.but(wait=_pause(reply))
        if status == "nodatafound":
            return _nothing(export)
        if status == "failed":
            error = said.inner("error")
            parts = (error.text("code"), error.text("message"))
            raise ConnectorError(
                errors.REFUSED,
                self._service.host,
                what=_what(export),
                reason=": ".join(part for part in parts if part) or _("no reason"),
            )
        if status != "completed":
            raise self._odd(export, _("its status is “%(name)s”", name=status[:80]))
        blobs = self._blobs(export, said)
        if not blobs:
            return _nothing(export)
        name = said.text("name") or export.location.partition("?")[0]
        return export.but(
            etag=name.rpartition("/")[2],
            is_ready=True,
            wait=0,
            # Links are secrets, and good for a while only: they are not stored.
            manifest={"blobs": len(blobs), "bytes": sum(b.size or 0 for b in blobs)},
        )

    def fetch(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download the parts of a report as one file; see `Connector.fetch_export`."""
        blobs = self._blobs(export, self._operation(export)[1])
        state = digest(export.key, export.etag)
        parts = [folder / f"{state}-{number:03}.csv" for number in range(len(blobs))]
        is_begun = False
        for number, part in enumerate(parts):
            is_there = part.exists()
            if is_begun and not is_there:
                stop_if_late(deadline)
            blobs = self._fetch_part(export, blobs, number, part, deadline)
            is_begun |= not is_there
        if not parts:
            return
        if export.request["metric"] != "ActualCost" and not spreads_anything(parts):
            return
        if len(parts) == 1:
            suffix = ".gz" if is_gzip(parts[0]) else ""
            yield Document(parts[0], f"{export.name}.csv{suffix}")
            return
        document = folder / f"{state}.zip"
        pack(parts, document)
        for part in parts:
            part.unlink()
        yield Document(document, f"{export.name}.zip")

    def _fetch_part(
        self,
        export: Export,
        blobs: list[_Blob],
        number: int,
        part: Path,
        deadline: float | None,
    ) -> list[_Blob]:
        """Download a part; return the parts, whose links may be other ones now."""
        what = _("part %(number)s of %(inner)s", number=number + 1, inner=_what(export))
        host, http = self._service.host, self._service.http

        def fetch(blob: _Blob) -> None:
            fetch_file(http, blob.link, host, what, part, blob.size, deadline)

        try:
            fetch(blobs[number])
            return blobs
        except ConnectorError as error:
            if error.code != errors.INCOMPLETE:
                raise
        fresh = self._blobs(export, self._operation(export)[1])
        if [one.size for one in fresh] != [one.size for one in blobs]:
            raise ConnectorError(
                errors.INCOMPLETE,
                host,
                what=what,
                reason=_("it was made anew meanwhile"),
            )
        fetch(fresh[number])
        return fresh

    def _operation(self, export: Export) -> tuple[Reply, Loose]:
        reply = self._service.call("GET", export.location, _what(export), ok=(200, 202))
        if reply.status == 202 and not reply.content.strip():
            return reply, Loose(None)
        return reply, Loose(reply.json(_what(export)))

    def _blobs(self, export: Export, said: Loose) -> list[_Blob]:
        """Return the parts of a finished report.

        :raise ConnectorError: there is no list of them, or not of all
        """
        manifest = said.inner("manifest") or said.inner("properties").inner("manifest")
        if not manifest:
            raise self._odd(export, _("there is no list of its parts"))
        form = (manifest.text("dataFormat") or "csv").lower()
        if form != "csv":
            raise self._odd(export, _("its format is “%(name)s”", name=form[:40]))
        blobs = [
            _Blob(one.get("blobLink"), _size(one)) for one in manifest.rows("blobs")
        ]
        count = manifest.number("blobCount")
        if count is not None and count != len(blobs):
            raise ConnectorError(
                errors.INCOMPLETE,
                self._service.host,
                what=_what(export),
                reason=_(
                    "%(count)s of %(total)s parts are listed",
                    count=len(blobs),
                    total=count,
                ),
            )
        return blobs

    def _odd(self, export: Export, reason: str) -> ConnectorError:
        return ConnectorError(
            errors.NOT_UNDERSTOOD,
            self._service.host,
            what=_what(export),
            reason=reason,
        )


def _what(export: Export) -> Sentence:
    return _("the report %(name)s", name=export.key)


def _nothing(export: Export) -> Export:
    return export.but(is_ready=True, is_empty=True, wait=0)


def _pause(reply: Reply) -> float:
    return reply.retry_after or _WAIT


def _size(blob: Loose) -> int | None:
    number = blob.number("byteCount")
    return None if number is None or number < 0 else int(number)


def _status(reply: Reply, said: Loose) -> str:
    if reply.status == 202:
        return "inprogress"
    told = "completed" if said.inner("manifest") else ""
    return (said.text("status") or told).replace(" ", "").lower()
