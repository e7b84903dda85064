"""Microsoft Graph's asynchronous exports of billing data.

Ask (202 and a location), look until it is finished, read the list of its parts, and
download them from blob storage by a signed link. Source: page "Microsoft partner
billing APIs", section 1.
"""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from . import errors
from .downloads import fetch_file, stop_if_late
from .errors import ConnectorError
from .json_lines_gzip import count_rows
from .microsoft_manifest import Blob, Manifest, read_manifest
from .microsoft_service import Service
from .reply import Reply
from .sentence import Sentence, _
from .values import Document, Export

PATH = "/reports/partners/billing"
_ENDING = ".jsonl.gz"
#: Seconds between looks where Microsoft does not say how many.
_WAIT = 10
_RUNNING = frozenset({"notstarted", "running", "inprogress", "queued"})
_SUCCEEDED = frozenset({"succeeded", "completed"})
#: "There is no data for this request", which a quiet month is no fault for.
_NO_DATA = "5000"


class Exports:
    """Exports as steps of which each is one short call, or one download."""

    def __init__(self, graph: Service) -> None:
        self._graph = graph

    def begin(self, export: Export) -> Export:
        """Ask for an export; its `request` holds `path` and `body`."""
        reply = self._graph.call(
            "POST",
            f"{PATH}{export.request['path']}",
            _what(export),
            ok=(200, 202, 400, 404),
            json=export.request["body"],
            # Asked twice, it is made twice, which changes nothing.
            is_safe=True,
        )
        if reply.status in (400, 404):
            with suppress(ConnectorError):  # a page for people, or nothing at all
                if _error_of(reply.json(_what(export)))[0] == _NO_DATA:
                    return export.but(is_empty=True, wait=0)
            raise reply.as_error(_what(export))
        location = reply.headers.get("Location", "")
        if not location:
            raise self._unknown(export, _("there is no location of the result"))
        location = self._graph.address(location, _what(export))
        return export.but(location=location, wait=_pause(reply))

    def look(self, export: Export) -> Export:
        """Look once how far an export is."""
        try:
            reply, said = self._operation(export)
        except ConnectorError as error:
            is_first = not export.request.get("again")
            if error.code != errors.NOT_FOUND or not is_first:
                raise
            # Results are kept for a while only; so it is asked for once more.
            return self.begin(export.but(request={**export.request, "again": True}))
        status = _status(said)
        if status in _RUNNING:
            return export.but(wait=_pause(reply))
        if status in _SUCCEEDED:
            manifest = self._manifest(export, said)
            return export.but(
                etag=manifest.etag,
                manifest=manifest.to_dict(),
                is_ready=True,
                is_empty=not manifest.blobs,
                wait=0,
            )
        if status == "failed":
            number, text = _error_of(said)
            if number == _NO_DATA:
                return export.but(is_ready=True, is_empty=True, wait=0)
            reason = " ".join(part for part in (number, text) if part) or _("no reason")
            raise ConnectorError(
                errors.REFUSED, self._graph.host, what=_what(export), reason=reason
            )
        raise self._unknown(export, _("status “%(name)s”", name=status[:80]))

    def fetch(
        self, export: Export, folder: Path, deadline: float | None = None
    ) -> Iterator[Document]:
        """Download the parts, each of which is a file of its own.

        Links expire after a while, so the list is read anew now, and once more if one
        has expired. A part that was checked has its rows and its size in its name.
        """
        manifest = self._manifest(export, self._operation(export)[1])
        is_begun = False
        for number, blob in enumerate(manifest.blobs):
            stem = _stem(manifest, number)
            path = _find_checked(folder, stem)
            if path is None:
                if is_begun:
                    stop_if_late(deadline)
                is_begun = True
                new = folder / f"{stem}.new"
                manifest = self._download(export, manifest, blob, new, deadline)
                rows = self._check(new, blob)
                path = folder / f"{stem}-{rows}-{new.stat().st_size}{_ENDING}"
                new.replace(path)
            name = export.name
            if len(manifest.blobs) > 1:
                name = f"{name.removesuffix(_ENDING)}-part-{number:05}{_ENDING}"
            yield Document(path, name, _numbers_of(path)[0])

    def _download(
        self,
        export: Export,
        manifest: Manifest,
        blob: Blob,
        path: Path,
        deadline: float | None,
    ) -> Manifest:
        """Download a part; return the list, whose links may be other ones now."""
        what = _("%(name)s of %(inner)s", name=blob.name, inner=_what(export))

        def fetch(link: str) -> None:
            http, host = self._graph.http, self._graph.host
            fetch_file(http, link, host, what, path, blob.size, deadline)

        try:
            fetch(manifest.url(blob))
            return manifest
        except ConnectorError as error:
            if error.code != errors.INCOMPLETE:
                raise
        fresh = self._manifest(export, self._operation(export)[1])
        if fresh.etag != manifest.etag or fresh.blobs != manifest.blobs:
            raise self._incomplete(_what(export), _("it was made anew meanwhile"))
        fetch(fresh.url(blob))
        return fresh

    def _check(self, path: Path, blob: Blob) -> int:
        """Return the rows of a part; what is not as announced is removed.

        :raise ConnectorError: what is wrong with it
        """
        try:
            rows = count_rows(path, self._graph.host, blob.name)
            if blob.rows not in (None, rows):
                reason = _("%(count)s of %(total)s rows", count=rows, total=blob.rows)
                raise self._incomplete(blob.name, reason)
            return rows
        except ConnectorError:
            path.unlink()
            raise

    def _operation(self, export: Export) -> tuple[Reply, Mapping[str, object]]:
        what = _what(export)
        reply = self._graph.call("GET", export.location, what, ok=(200, 202))
        if reply.status == 202 and not reply.content:
            return reply, {"status": "running"}
        said = reply.json(what)
        if not isinstance(said, Mapping):
            raise self._unknown(export, _("no object"))
        return reply, said

    def _manifest(self, export: Export, said: Mapping[str, object]) -> Manifest:
        """Return the list of parts of a finished export, embedded or behind a link."""
        found = said.get("resourceLocation")
        if not isinstance(found, Mapping):
            link = found or said.get("resourceLocation@odata.navigationLink")
            if not isinstance(link, str) or not link:
                if _status(said) not in _SUCCEEDED:
                    status = _status(said)[:80]
                    raise self._unknown(export, _("status “%(name)s”", name=status))
                raise self._unknown(export, _("there is no list of its parts"))
            found = self._graph.get_json(
                link, _("the parts of %(inner)s", inner=_what(export))
            )
        return read_manifest(found, self._graph.host, _what(export))

    def _incomplete(self, what: str, reason: str) -> ConnectorError:
        host = self._graph.host
        return ConnectorError(errors.INCOMPLETE, host, what=what, reason=reason)

    def _unknown(self, export: Export, reason: str) -> ConnectorError:
        return ConnectorError(
            errors.NOT_UNDERSTOOD, self._graph.host, what=_what(export), reason=reason
        )


def _what(export: Export) -> Sentence:
    return _("the export %(name)s", name=export.key)


def _stem(manifest: Manifest, number: int) -> str:
    """Return how the name of a part begins in this state of the data alone."""
    state = hashlib.sha256(f"{manifest.etag}\n{manifest.folder}".encode()).hexdigest()
    return f"{state[:16]}-{number:05}"


def _find_checked(folder: Path, stem: str) -> Path | None:
    """Return a part that an earlier attempt has downloaded and found whole."""
    for path in folder.glob(f"{stem}-*{_ENDING}"):
        if path.stat().st_size == _numbers_of(path)[1]:
            return path
        path.unlink()
    return None


def _numbers_of(path: Path) -> tuple[int, int]:
    """Return the rows and bytes that the name of a checked part states."""
    rows, size = path.name.removesuffix(_ENDING).split("-")[-2:]
    return int(rows), int(size)


def _pause(reply: Reply) -> float:
    return max(reply.retry_after or _WAIT, _WAIT)


def _status(said: Mapping[str, object]) -> str:
    status = said.get("status")
    if isinstance(status, str):
        return status.lower()
    kind = str(said.get("@odata.type", "")).rpartition(".")[2].lower()
    kinds = {"runningoperation": "running", "failedoperation": "failed"}
    return kinds.get(kind, "succeeded" if kind == "exportsuccessoperation" else "")


def _error_of(said: object) -> tuple[str, str]:
    """Return number and text of an answer's error."""
    error = said.get("error") if isinstance(said, Mapping) else None
    if not isinstance(error, Mapping):
        return "", ""
    text = str(error.get("message") or "")
    return str(error.get("code") or ""), " ".join(text.split())[:300]
