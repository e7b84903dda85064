import shutil
from datetime import timedelta
from pathlib import Path

from odoo import api, fields, models
from odoo.tools import config

from ..connectors import Export
from .msp_connection_words import explain

STATES = [
    ("found", "Found"),
    ("asked", "Being made by the provider"),
    ("ready", "Ready to fetch"),
    ("fetched", "Fetched"),
    ("empty", "Empty"),
    ("failed", "Failed"),
]
OPEN = ("found", "asked", "ready")
# At least so long between two looks at what the provider is making.
LOOK_SECONDS = 30


class MspSyncExport(models.Model):
    """A document of billing data of a connection, and how far it is.

    One per key: what was fetched once is recognised by its etag ever after.
    """

    _name = "msp.sync.export"
    _description = "Billing data of a connection"
    _inherit = "msp.derived.mixin"
    _order = "id desc"

    connection_id = fields.Many2one(
        "msp.connection", required=True, ondelete="cascade", index=True, readonly=True
    )
    company_id = fields.Many2one(
        related="connection_id.company_id", store=True, index=True
    )
    sync_id = fields.Many2one(
        "msp.sync", "Last Sync", ondelete="set null", index=True, readonly=True
    )
    key = fields.Char(required=True, readonly=True)
    kind = fields.Char(readonly=True)
    name = fields.Char("Document", readonly=True)
    etag = fields.Char(readonly=True, help="Of the content that was fetched.")
    # `connectors.Export`; addresses in it may carry a right to download
    content = fields.Json(readonly=True, groups=fields.NO_ACCESS)
    state = fields.Selection(STATES, required=True, default="found", readonly=True)
    look_at = fields.Datetime("Next Look", readonly=True)
    attempts = fields.Integer(readonly=True)
    fetched_at = fields.Datetime("Fetched On", readonly=True)
    import_ids = fields.Many2many("msp.import", string="Imports", readonly=True)
    code = fields.Char(readonly=True)
    details = fields.Json(readonly=True)
    message = fields.Char("What Is Wrong", compute="_compute_message")

    _key_unique = models.Constraint(
        "UNIQUE (connection_id, key)", "A document is known once per connection."
    )

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)

    def _to_export(self):
        # sudo: what is needed to fetch it is for the connector only
        return Export.from_dict(self.sudo().content)

    def _prepare_state(self, export):
        """Return the values that say how far a document is."""
        # Some documents are ready as soon as they are asked for.
        wait = export.wait if self.state == "found" else max(export.wait, LOOK_SECONDS)
        if export.is_empty:
            state = "empty"
        elif export.is_ready:
            state = "ready"
        else:
            state = "asked"
        return {
            "content": False if state == "empty" else export.to_dict(),
            "state": state,
            "look_at": state == "asked"
            and fields.Datetime.now() + timedelta(seconds=wait),
            "code": False,
            "details": False,
        }

    @api.model
    def _hurry(self, syncs):
        """Look at once at what is being made for these syncs."""
        self.search(
            [("sync_id", "in", syncs.ids), ("state", "in", OPEN)]
        )._system_write({"look_at": False})

    def _get_folder(self):
        """Return the folder for the parts of the document until it is an import."""
        return folder_of(self.connection_id) / str(self.id)


class MspConnection(models.Model):
    _inherit = "msp.connection"

    export_ids = fields.One2many("msp.sync.export", "connection_id", "Documents")

    def unlink(self):
        folders = [folder_of(one) for one in self]
        result = super().unlink()
        for folder in folders:
            self.env.cr.postcommit.add(
                lambda folder=folder: shutil.rmtree(folder, ignore_errors=True)
            )
        return result


def folder_of(connection):
    """Return where downloads of a connection are until they are imports."""
    return Path(
        config["data_dir"], "msp_sync", connection.env.cr.dbname, str(connection.id)
    )
