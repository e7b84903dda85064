import contextlib
import io
import json
import re
import shutil
import zipfile
from datetime import timedelta

from odoo import Command, fields, models

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from ..connectors import ConnectorError, Unfinished, errors
from ..connectors.values import NOT_BILLED
from . import storable
from .msp_connection_test import Unreadable, tell_apart
from .msp_sync_export import OPEN, folder_of
from .msp_sync_work import DISTANCES, OF_ACCOUNT

_ENDINGS = re.compile(r"(\.(jsonl?|ndjson|csv|gz|zip))+$", re.IGNORECASE)


class MspSync(models.Model):
    """The billing data: find, ask for, look at, fetch, hand over to the import."""

    _inherit = "msp.sync"

    def _take_exports(self, connector, deadline):
        """Go one step further with one document; commit it."""
        # sudo: the place is for the step only
        if not self.sudo().cursor:
            return self._find_exports(connector)
        export = self._find_next_export()
        if export:
            self._advance(connector, export, deadline)
            return True
        waiting = self.export_ids.filtered(lambda one: one.state in OPEN)
        self._lock_active()
        if waiting:
            look_at = min(waiting.mapped("look_at"))
            self._system_write({"state": "waiting", "look_at": look_at})
            is_left = False
        else:
            self._remove_folder()
            is_left = self._end_step()
        self._commit()
        return is_left

    def _find_exports(self, connector):
        """Remember what is worth asking for; what was asked for is gone on with."""
        self._remove_folder()
        rows = self.env["msp.sync.export"]
        mine = [("connection_id", "=", self.connection_id.id)]
        known = {one.key: one.etag for one in rows.search(mine) if one.etag}
        today = company_today(self.company_id)
        found = [
            storable.export(one)
            for one in self._ask(connector.find_exports, today, known)
        ]
        self._lock_active()
        if not self.connection_id.reads_unbilled:
            found = [one for one in found if one.kind not in NOT_BILLED]
        by_key = {one.key: one for one in rows.search(mine)}
        vals_list = []
        for export in found:
            row = by_key.get(export.key)
            if row and row.state in ("asked", "ready"):
                row._system_write({"sync_id": self.id, "attempts": 0, "look_at": False})
                continue
            vals = {
                "sync_id": self.id,
                "kind": export.kind,
                "name": export.name,
                "content": export.to_dict(),
                "state": "found",
                "look_at": False,
                "attempts": 0,
            }
            if row:
                row._system_write(vals)
            else:
                vals_list.append(
                    {"connection_id": self.connection_id.id, "key": export.key, **vals}
                )
        rows._system_create(vals_list)
        self._system_write(
            {"cursor": {"found": len(found)}, "progress_total": len(found)}
        )
        self._commit()
        return True

    def _find_next_export(self):
        """Return the document that can be gone on with now, the oldest first."""
        return self.env["msp.sync.export"].search(
            [
                ("sync_id", "=", self.id),
                ("state", "in", OPEN),
                "|",
                ("look_at", "=", False),
                ("look_at", "<=", fields.Datetime.now()),
            ],
            order="state desc, id",
            limit=1,
        )

    def _advance(self, connector, row, deadline):
        """Take the next step of a document; what fails of it stops no other."""
        try:
            if row.state == "ready":
                self._fetch(connector, row, deadline)
            else:
                method = (
                    connector.begin_export
                    if row.state == "found"
                    else connector.look_at_export
                )
                export = storable.export(self._ask(method, row._to_export()))
                self._lock_active()
                vals = row._prepare_state(export)
                if vals["state"] == "ready" and export.etag and export.etag == row.etag:
                    # The same content as was fetched before.
                    vals.update(state="fetched", content=False)
                row._system_write(vals)
        except ConnectorError as error:
            self.env.cr.rollback()
            self._lock_active()
            self._take_export_error(row, error)
        else:
            self._system_write({"attempts": 0, "code": False, "details": False})
        self._count_documents()
        self._commit()

    def _count_documents(self):
        states = self.export_ids.mapped("state")
        self._system_write(
            {
                "progress_done": len([one for one in states if one not in OPEN]),
                "progress_total": len(states),
            }
        )

    def _take_export_error(self, row, error):
        """Ask for a document anew, later, or leave it; or raise if nothing works.

        Addresses of finished documents expire, so the first refusal asks anew. What a
        storage says that the provider has them in is no word on the account.
        """
        of_all = (*OF_ACCOUNT, errors.THROTTLED, errors.UNREACHABLE)
        if row.state != "ready" and error.code in of_all:
            raise error
        code, details = tell_apart(error)
        vals = {"code": code, "details": details, "attempts": row.attempts + 1}
        if error.is_passing and row.attempts < len(DISTANCES):
            seconds = max(DISTANCES[row.attempts] * 60, error.retry_after or 0)
            vals["look_at"] = fields.Datetime.now() + timedelta(seconds=seconds)
        elif row.state in ("asked", "ready") and not row.attempts:
            content = row._to_export().but(
                location="", is_ready=False, etag="", manifest={}
            )
            vals.update(state="found", look_at=False, content=content.to_dict())
        else:
            vals.update(state="failed", content=False, look_at=False)
            self._note(row.name, error, is_failure=True)
        row._system_write(vals)

    def _fetch(self, connector, row, deadline):
        """Download a document and make it an import, which the scheduler reads."""
        folder = row._get_folder()
        export = row._to_export()
        self._commit()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        documents, is_whole = [], False
        # What is in the folder when the time is up is not downloaded again.
        with contextlib.suppress(Unfinished):
            documents = list(connector.fetch_export(export, folder, deadline))
            is_whole = True
        self._lock_active()
        if is_whole:
            self._take_documents(row, export, documents)
            shutil.rmtree(folder, ignore_errors=True)

    def _take_documents(self, row, export, documents):
        """Hand documents over to the import, which skips what it has already."""
        connection = self.connection_id
        results = connection._import_as_user(
            _pack(export.name, documents), msp_read_later=True
        )
        new = [
            one["import_id"]
            for one in results
            if one["import_id"] and one["state"] != "known"
        ]
        imports = self.env["msp.import"].browse(new)
        imports._system_write({"connection_id": connection.id, "sync_id": self.id})
        known = [one["import_id"] for one in results if one["import_id"]]
        vals = {
            "state": "fetched",
            "etag": export.etag,
            "fetched_at": fields.Datetime.now(),
            "content": False,
            "code": False,
            "details": False,
            "import_ids": [Command.set(known)],
        }
        refused = [one for one in results if one["state"] in ("refused", "late")]
        if refused:
            sentence = " ".join(one["sentence"] for one in refused)
            error = Unreadable(sentence)
            problem = self._note(row.name, error, is_failure=True)
            # Asked for again: the provider may correct it.
            vals.update(
                state="failed", etag=False, code=problem.code, details=problem.details
            )
        row._system_write(vals)
        self._system_write({"document_count": self.document_count + len(imports)})

    def _remove_folder(self):
        """Remove what is left of downloads that were not finished."""
        shutil.rmtree(folder_of(self.connection_id), ignore_errors=True)


def _pack(name, documents):
    """Return (name, bytes) of a document; several parts are one archive with a list.

    Read apart, each part would replace what the others say of the same charges. The
    same parts make the same bytes, so that they are recognised.
    """
    if len(documents) < 2:
        return [(one.name, one.path.read_bytes()) for one in documents]
    stream, blobs = io.BytesIO(), []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, one in enumerate(documents):
            blob = {"blobName": f"{number:05}-{one.name}"}
            if one.rows is not None:
                blob["dataRowCount"] = one.rows
            blobs.append(blob)
            info = zipfile.ZipInfo(blob["blobName"])
            with archive.open(info, "w") as target, one.path.open("rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
        archive.writestr(zipfile.ZipInfo("manifest.json"), json.dumps({"blobs": blobs}))
    return [(f"{_ENDINGS.sub('', name)}.zip", stream.getvalue())]
