from odoo import fields, models


class MspImport(models.Model):
    """Files that came by a connection: they go on by themselves up to a proposal."""

    _inherit = "msp.import"

    connection_id = fields.Many2one(
        "msp.connection",
        "Came by",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    sync_id = fields.Many2one(
        "msp.sync", ondelete="set null", index="btree_not_null", readonly=True
    )

    def _assign_in_parts(self, deadline):
        super()._assign_in_parts(deadline)
        if self.connection_id and self.state == "mapped" and not self.prepared_at:
            # Nobody sits before it to press the button.
            self._begin_later("prepare")

    def _give_up(self, step, error):
        failures = super()._give_up(step, error)
        for import_, sentence in failures.items():
            if step in ("read", "assign"):
                import_._ask_for_synced(sentence)
        return failures

    def _wait_for_columns(self, unknown, deadline=None):
        super()._wait_for_columns(unknown, deadline)
        self._ask_for_synced(self._taken()["sentence"])

    def _ask_for_synced(self, sentence):
        """Ask about a document that nobody has dropped here."""
        # sudo: whose rights are used to import need not see connections
        for connection in self.connection_id.sudo():
            connection._ask_about_document(f"{self.file_name}: {sentence}")
