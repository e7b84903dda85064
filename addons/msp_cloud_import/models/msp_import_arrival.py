import hashlib
import time
from pathlib import Path

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError

from ..formats import (
    FormatsError,
    find_parts,
    likely_size,
    part_of,
    size_of_text,
    unpack_files,
)
from .msp_import_steps import LARGE_BYTES
from .translated import translated


class MspImport(models.Model):
    """Files arrive: by a window, on a card of the board, or by mail."""

    _inherit = "msp.import"

    @api.model
    def _take_files(self, provider, files, deadline, names=()):
        """Import files and assign what is known; one that is bad stops no other.

        What an archive holds becomes an import each.

        :param provider: msp.provider; empty: recognised by the columns
        :param files: iterable of (name, bytes)
        :param deadline: `time.monotonic()` after which no other file is begun
        :param names: of all files, which may be read one at a time
        :return: list of {file_name, state, sentence, import_id}, one per file and per
            member of an archive; `state` as in msp.import.upload.result
        """
        results = []
        parts = find_parts(names)
        for name, content in files:
            if name in parts:
                results.append(_refused(name, self._explain_parts(name)))
                continue
            if time.monotonic() >= deadline:
                results.append(self._not_reached(name))
                continue
            try:
                for member in unpack_files(content, name):
                    results.append(self._take_member(provider, member, deadline))
            except FormatsError as error:
                sentence = translated(self.env, error.sentence)
                results.append(_refused(name, sentence))
        return results

    @api.model
    def _explain_parts(self, name):
        return self.env._(
            "“%s” is one of several parts of an export. They are one table: read one by "
            "one, each would replace what the others say of the same charges. Drop all "
            "parts as one ZIP archive of their folder.",
            name,
        )

    def _check_no_part(self, imports):
        """Refuse a part of an export that replaces what other parts of it say.

        :param imports: other imports of which this one has the same rows
        :raise UserError: its file is a part, and one of theirs another part
        """
        part = part_of(self.file_name or "")
        if not part:
            return
        group, own = part
        for other in imports:
            its_part = part_of(other.file_name or "")
            if its_part and its_part[0] == group and its_part[1] != own:
                raise UserError(
                    self.env._(
                        "“%(file)s” seems to be another part of the export of which "
                        "“%(first)s” was imported as %(import)s: both have rows of the "
                        "same charges, and one would replace the other. Withdraw "
                        "%(import)s, then drop all parts as one ZIP archive. A "
                        "corrected file needs the same number in its name.",
                        **{
                            "file": self.file_name,
                            "first": other.file_name,
                            "import": other.name,
                        },
                    )
                )

    @api.model
    def _take_member(self, provider, member, deadline):
        if member.reason:
            return _refused(member.name, translated(self.env, member.reason))
        if time.monotonic() >= deadline:
            return self._not_reached(member.name)
        earlier = self._find_earlier(hashlib.sha256(member.content).hexdigest())
        if earlier:
            return {
                "file_name": member.name,
                "state": "known",
                "import_id": earlier.id,
                "sentence": self._explain_known(member.name, earlier),
            }
        try:
            with self.env.cr.savepoint():
                # What no person waits for is read by the scheduler as well.
                is_later = self.env.context.get("msp_read_later")
                if is_later or likely_size(member.content) >= LARGE_BYTES:
                    import_ = self._keep_to_read(
                        provider or self._recognise_file(member.name, member.content),
                        *(member.name, member.content),
                    )
                    return import_._taken()
                import_ = self.import_file(provider, member.name, member.content)
                if import_.state == "read":
                    import_.action_assign()
                return import_._taken()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # Lost race or connection: the request begins again as a whole.
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            return _refused(member.name, self._explain_failure(member.name, error))

    def _is_large_file(self):
        """Return whether the file as received is read by the scheduler."""
        attachment = self._get_file_attachment()
        if not attachment.store_fname:
            return likely_size(attachment.raw or b"") >= LARGE_BYTES
        with Path(attachment._full_path(attachment.store_fname)).open("rb") as stream:
            head = stream.read(4)
            size = stream.seek(0, 2)
            stream.seek(max(size - 4, 0))
            return size_of_text(head, stream.read(), size) >= LARGE_BYTES

    @api.model
    def _not_reached(self, name):
        sentence = self.env._("Not reached in time. Import it again.")
        return {**_refused(name, sentence), "state": "late"}

    def _taken(self):
        """Return the result of a file that became this import."""
        self.ensure_one()
        if self.state == "new":
            sentence = self.env._(
                "Kept as %s; being large, it is read in the background", self.name
            )
        elif self.state == "columns":
            sentence = self.env._("Kept as %s: say what its columns mean", self.name)
        else:
            sentence = self.env._(
                "Imported as %(import)s for %(month)s: %(rows)s rows, "
                "%(problems)s with problems",
                **{
                    "import": self.name,
                    "month": self.month_label or "-",
                    "rows": self.row_count,
                    "problems": self.problem_count,
                },
            )
        return {
            "file_name": self.file_name,
            "state": {"new": "reading", "columns": "columns"}.get(
                self.state, "imported"
            ),
            "import_id": self.id,
            "sentence": sentence,
        }


def _refused(name, sentence):
    return {
        "file_name": name,
        "state": "refused",
        "import_id": False,
        "sentence": sentence,
    }
