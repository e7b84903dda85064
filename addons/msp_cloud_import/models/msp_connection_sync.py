from odoo import api, fields, models
from odoo.exceptions import UserError

from .msp_sync import ACTIVE, STATES


class MspConnection(models.Model):
    """When a connection is synced: every night, or now."""

    _inherit = "msp.connection"

    sync_ids = fields.One2many("msp.sync", "connection_id", "Log")
    active_sync_id = fields.Many2one("msp.sync", compute="_compute_syncs")
    last_sync_id = fields.Many2one("msp.sync", compute="_compute_syncs")
    last_sync_at = fields.Datetime("Last Synced", compute="_compute_syncs")
    last_state = fields.Selection(STATES, "Last Outcome", compute="_compute_syncs")

    @api.depends("sync_ids.state")
    def _compute_syncs(self):
        groups = self.env["msp.sync"]._read_group(
            [("connection_id", "in", self.ids)], ["connection_id"], ["id:max"]
        )
        last = {connection.id: sync_id for connection, sync_id in groups}
        for one in self:
            # the newest is the one at work if there is one
            sync = one.env["msp.sync"].browse(last.get(one._origin.id))
            one.last_sync_id = sync
            one.last_sync_at = sync.ended_at or sync.started_at
            one.last_state = sync.state
            one.active_sync_id = sync if sync.is_active else False

    def _find_active_syncs(self):
        return self.env["msp.sync"].search(
            [("connection_id", "in", self.ids), ("state", "in", ACTIVE)]
        )

    @api.model
    def _begin_nightly(self):
        """Begin the syncs whose time has come."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("is_nightly", "=", True),
                ("state", "in", ("connected", "failing")),
                ("next_run_at", "<=", now),
                ("provider_id.active", "=", True),
                ("company_id.active", "=", True),
            ]
        )
        self.env["msp.sync"]._begin(due, "night")
        due._plan_next_run()

    def action_sync_now(self):
        """Begin a sync, or let the one that waits go on at once."""
        for one in self:
            one._check_may_run()
            if one.state not in ("connected", "failing"):
                raise UserError(
                    self.env._(
                        "%(connection)s is not connected. Let an administrator test or "
                        "resume it first.",
                        connection=one.name,
                    )
                )
        self._find_active_syncs()._hurry()
        self.env["msp.sync"]._begin(self, "person")
        return True

    def action_stop_sync(self):
        for one in self:
            one._check_may_run()
        self._find_active_syncs()._stop()
        return True

    def action_view_syncs(self):
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_sync_action"
        )
        return {
            **action,
            "domain": [("connection_id", "in", self.ids)],
            "context": {"search_default_last_90": 1},
        }
