from odoo import fields, models
from odoo.exceptions import UserError

# What a company has of a provider, which would be deleted with it.
OF_COMPANY = (
    "msp.connection",
    "msp.import",
    "msp.customer.mapping",
    "msp.product.mapping",
    "msp.position.mapping",
    "msp.provider.mailbox",
    "msp.subscription",
)


class MspProvider(models.Model):
    """The provider's connections on its card."""

    _inherit = "msp.provider"

    connection_ids = fields.One2many("msp.connection", "provider_id", "Connections")
    connection_count = fields.Integer(compute="_compute_sync")
    is_syncing = fields.Boolean("Sync at Work", compute="_compute_sync")
    failing_count = fields.Integer("Failing Connections", compute="_compute_sync")
    can_sync = fields.Boolean(compute="_compute_sync")
    synced_at = fields.Datetime(
        "Last Synced", compute="_compute_sync", help="Oldest last success."
    )
    sync_problem = fields.Char("Sync Fails", compute="_compute_sync")

    def _compute_sync(self):
        for provider in self:
            all_ = provider.connection_ids
            used = all_.filtered(lambda one: one.state in ("connected", "failing"))
            failing = used.filtered(lambda one: one.state == "failing")
            moments = used.mapped("last_success_at")
            provider.connection_count = len(all_)
            provider.is_syncing = bool(all_.active_sync_id)
            provider.failing_count = len(failing)
            provider.can_sync = bool(used)
            provider.synced_at = min(moments) if moments and all(moments) else False
            provider.sync_problem = failing[:1].message

    def _find_to_do(self):
        return super()._find_to_do() | set(self.filtered("failing_count").ids)

    def unlink(self):
        self.check_access("unlink")
        self._check_other_companies()
        # The database would leave their notes and activities behind.
        self.connection_ids.unlink()
        return super().unlink()

    def _check_other_companies(self):
        """Refuse that what other companies have of a shared provider goes with it."""
        domain = [
            ("provider_id", "in", self.ids),
            ("company_id", "not in", self.env.user.company_ids.ids),
        ]
        for model in OF_COMPANY:
            # sudo: whether there is any, of which nothing is told
            found = self.env[model].sudo().search(domain, limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "%s is used by other companies as well. Archive it instead.",
                        found.provider_id.name,
                    )
                )

    def action_sync_now(self):
        """Sync all connections of the provider that are set up."""
        self.connection_ids.filtered(
            lambda one: one.state in ("connected", "failing")
        ).action_sync_now()
        return True

    def action_view_connections(self):
        """Open the connection of the provider, or all of them."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_connection_action"
        )
        action["domain"] = [("provider_id", "in", self.ids)]
        action["context"] = {"default_provider_id": self[:1].id}
        if len(self.connection_ids) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = self.connection_ids.id
        return action

    def action_view_syncs(self):
        """Show the log of the provider's connections."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_sync_action"
        )
        return {
            **action,
            "domain": [("provider_id", "in", self.ids)],
            "context": {"search_default_last_90": 1},
        }
