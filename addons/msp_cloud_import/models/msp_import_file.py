from odoo import api, models

from ..formats import open_file


class MspImport(models.Model):
    """The file as received: a gigabyte is neither copied nor searched through."""

    _inherit = "msp.import"

    @api.model
    def _create_kept(self, vals, content):
        """Create an import with its file; the caller has checked the right to."""
        import_ = self._system_create([vals])
        # sudo: as fields keep their files. By itself the field would take it in
        # base64, a copy more in memory.
        attachments = self.env["ir.attachment"].sudo()
        attachments.with_context(msp_not_indexed=True).create(
            {
                "name": "file",
                "res_model": self._name,
                "res_field": "file",
                "res_id": import_.id,
                "type": "binary",
                "raw": content,
            }
        )
        import_.invalidate_recordset(["file"])
        return import_

    def _get_file_attachment(self):
        self.ensure_one()
        # sudo: whoever may read the import may read its file
        attachments = self.env["ir.attachment"].sudo()
        return attachments.search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "file"),
                ("res_id", "=", self.id),
            ],
            limit=1,
        )

    def _open(self, formats):
        """Return the `formats.Reading` of the file as received, from the disk."""
        attachment = self._get_file_attachment()
        name = attachment.store_fname
        source = attachment._full_path(name) if name else attachment.raw or b""
        return open_file(source, self.file_name, formats=formats)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    def _index(self, bin_data, file_type, checksum=None):
        """Leave out files of providers: their rows are searched, not their text."""
        if self.env.context.get("msp_not_indexed"):
            return None
        return super()._index(bin_data, file_type, checksum=checksum)
