import time

import psycopg2

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.msp_import_apply import REQUEST_SECONDS

RESULTS = [
    ("imported", "Imported"),
    ("columns", "Columns to confirm"),
    ("refused", "Refused"),
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

        :raise UserError: none of the files can be read
        """
        self.ensure_one()
        if not self.attachment_ids:
            raise UserError(self.env._("Choose the file that the provider offers."))
        deadline = time.monotonic() + REQUEST_SECONDS
        results = [
            {
                "upload_id": self.id,
                "file_name": one.name,
                **(self._take(one) if time.monotonic() < deadline else self._late()),
            }
            for one in self.attachment_ids.sorted("id")
        ]
        imports = self.env["msp.import"].browse(
            [result["import_id"] for result in results if result.get("import_id")]
        )
        if not imports:
            raise UserError("\n".join(result["sentence"] for result in results))
        # not what belongs to some record
        self.attachment_ids.filtered(lambda one: not one.res_id).unlink()
        if len(results) == 1:
            if imports.state == "columns":
                return imports.action_open_profile()
            return imports._action_open()
        self.env["msp.import.upload.result"].create(results)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("Files Read"),
            "view_mode": "form",
            "target": "new",
        }

    def _take(self, attachment):
        """Import one file; return the values of its result."""
        imports = self.env["msp.import"]
        try:
            with self.env.cr.savepoint():
                import_ = imports.import_file(
                    self.provider_id, attachment.name, attachment.raw or b""
                )
                if import_.state == "columns":
                    return self._result("columns", import_)
                import_.action_assign()
                return self._result("imported", import_)
        except psycopg2.OperationalError:
            # Lost race or connection: the request begins again as a whole.
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            return {
                "state": "refused",
                "sentence": imports._explain_failure(attachment.name, error),
            }

    def _late(self):
        sentence = self.env._(
            "Not reached in time. Select it and press the button again."
        )
        return {"state": "refused", "sentence": sentence}

    def _result(self, state, import_):
        if state == "columns":
            sentence = self.env._("Kept as %s: say what its columns mean", import_.name)
        else:
            sentence = self.env._(
                "Imported as %(import)s for %(month)s: %(rows)s rows, "
                "%(problems)s with problems",
                **{
                    "import": import_.name,
                    "month": import_.month_label or "-",
                    "rows": import_.row_count,
                    "problems": import_.problem_count,
                },
            )
        return {"state": state, "import_id": import_.id, "sentence": sentence}

    def action_open(self):
        """Show the imports that were made."""
        return self.result_ids.import_id._action_open(always_list=True)


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
