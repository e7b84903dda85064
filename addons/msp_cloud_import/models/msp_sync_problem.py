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
        """Name a step, or a customer or subscription that is known by its number."""
        names = dict(
            self.env["msp.sync"]._fields["step"]._description_selection(self.env)
        )
        subjects = [one for one in self.mapped("subject") if one]
        known = self.env["msp.subscription"].search_fetch(
            [
                ("provider_id", "in", self.sync_id.provider_id.ids),
                "|",
                ("sub_account_id", "in", subjects),
                ("subscription_id", "in", subjects),
            ],
            ["sub_account_id", "sub_account_name", "subscription_id", "service_name"],
        )
        names |= {one.sub_account_id: one.sub_account_name for one in known}
        names |= {one.subscription_id: one.display_name for one in known}
        for one in self:
            one.label = names.get(one.subject) or one.subject

    @api.depends("code", "details")
    @api.depends_context("lang")
    def _compute_message(self):
        for one in self:
            one.message = explain(self.env, one.code, one.details)
