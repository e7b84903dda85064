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
    # a customer, subscription or document; or the step that failed as a whole
    subject = fields.Char(readonly=True)
    label = fields.Char("What", compute="_compute_label")
    is_failure = fields.Boolean("Failure", readonly=True)
    code = fields.Char(readonly=True)
    details = fields.Json(readonly=True)
    message = fields.Char("Why", compute="_compute_message")

    @api.depends("subject")
    @api.depends_context("lang")
    def _compute_label(self):
        steps = dict(
            self.env["msp.sync"]._fields["step"]._description_selection(self.env)
        )
        for one in self:
            one.label = steps.get(one.subject, one.subject)

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)
