import time

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.msp_import_apply import REQUEST_SECONDS

# Sentences about refused files that one message shows.
SENTENCES = 20
RESULTS = [
    ("imported", "Imported"),
    ("columns", "Columns to confirm"),
    ("reading", "Being read"),
    ("known", "Imported before"),
    ("refused", "Refused"),
    ("late", "Not reached"),
]


class MspImportUpload(models.TransientModel):
    """Drop files of providers; each becomes an import."""

    _name = "msp.import.upload"
    _description = "Import provider files"

    provider_id = fields.Many2one(
        "msp.provider",
        help="Empty: recognised by the columns of each file.",
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    result_ids = fields.One2many(
        "msp.import.upload.result", "upload_id", "What Became of the Files"
    )

    def action_import(self):
        """Read the files and assign what is known; show what was made.

        A file that cannot be read does not stop the others.

        :raise UserError: no import was made of any file
        """
        self.ensure_one()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the file that the provider offers."))
        results = self.env["msp.import"]._take_files(
            self.provider_id,
            self._read_files(),
            time.monotonic() + REQUEST_SECONDS,
            self.attachment_ids.mapped("name"),
        )
        imports = self.env["msp.import"].browse(
            [
                result["import_id"]
                for result in results
                if result["state"] in ("imported", "columns", "reading")
            ]
        )
        if not imports:
            raise UserError(self._explain_refused(results))
        # not what belongs to some record
        self.attachment_ids.filtered(lambda one: not one.res_id).unlink()
        if len(results) == 1:
            if imports.state == "columns":
                return imports.action_open_profile()
            return imports._action_open()
        self.env["msp.import.upload.result"].create(
            [{**result, "upload_id": self.id} for result in results]
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("Files Read"),
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
        }

    def _explain_refused(self, results):
        sentences = [result["sentence"] for result in results[:SENTENCES]]
        if len(results) > SENTENCES:
            sentences.append(
                self.env._("So with %s more files.", len(results) - SENTENCES)
            )
        return "\n".join(sentences)

    def _read_files(self):
        """Yield name and bytes of each file, one at a time in memory."""
        for attachment in self.attachment_ids.sorted("id"):
            yield attachment.name, attachment.raw or b""
            attachment.invalidate_recordset(["raw"])

    @api.model
    def import_attachments(self, attachment_ids, provider_id=False):
        """Import files that were dropped; return the action that shows what came.

        :param attachment_ids: ids of attachments that the user may read
        :param provider_id: id of the provider; empty: recognised by the columns
        """
        upload = self.create(
            {
                "provider_id": provider_id,
                "attachment_ids": [Command.set(attachment_ids)],
            }
        )
        return upload.action_import()

    def action_open(self):
        """Show the imports that were made."""
        made = self.result_ids.filtered(lambda one: one.state != "known")
        return made.import_id._action_open(always_list=True)


class MspImportUploadResult(models.TransientModel):
    """What became of one file."""

    _name = "msp.import.upload.result"
    _description = "Result of a file's import"

    upload_id = fields.Many2one("msp.import.upload", required=True, ondelete="cascade")
    file_name = fields.Char("File")
    state = fields.Selection(RESULTS, "Result")
    sentence = fields.Text("What Happened")
    import_id = fields.Many2one("msp.import", ondelete="cascade")

    def action_open(self):
        """Open the import, or what its columns mean."""
        self.ensure_one()
        if self.import_id.state == "columns":
            return self.import_id.action_open_profile()
        return self.import_id._action_open()
