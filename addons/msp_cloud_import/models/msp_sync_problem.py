from odoo import api, fields, models

from .msp_connection_words import explain


class MspSyncProblem(models.Model):
    """Something that a sync could not read, while it read the rest."""

    _name = "msp.sync.problem"
    _description = "Problem of a sync"
    _inherit = "msp.derived.mixin"
    _order = "sync_id desc, is_failure desc, id"

    sync_id = fields.Many2one(
        "msp.sync", required=True, ondelete="cascade", index=True, readonly=True
    )
    subject = fields.Char("What", readonly=True)
    is_failure = fields.Boolean("Failure", readonly=True)
    code = fields.Char(readonly=True)
    details = fields.Json(readonly=True)
    message = fields.Char("Why", compute="_compute_message")

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)
