from odoo import fields, models

from .msp_provider_order import UNSETTLED


class MspContract(models.Model):
    """What providers say of a contract's subscriptions, seen from the contract."""

    _inherit = "msp.contract"

    licence_count = fields.Integer("Licences", compute="_compute_licences")
    licences_differ = fields.Integer(
        "Licences That Differ", compute="_compute_licences"
    )
    waiting_order_count = fields.Integer(
        "Orders Waiting at Providers", compute="_compute_waiting_orders"
    )

    def _compute_licences(self):
        groups = self.env["msp.licence.status"]._read_group(
            [("contract_id", "in", self.ids)],
            ["contract_id", "is_different"],
            ["__count"],
        )
        counts = {(one.id, differs): count for one, differs, count in groups}
        for contract in self:
            differing = counts.get((contract.id, True), 0)
            contract.licences_differ = differing
            contract.licence_count = differing + counts.get((contract.id, False), 0)

    def _compute_waiting_orders(self):
        groups = self.env["msp.provider.order"]._read_group(
            [
                ("contract_id", "in", self.ids),
                ("state", "in", UNSETTLED),
            ],
            ["contract_id"],
            ["__count"],
        )
        counts = {one.id: count for one, count in groups}
        for contract in self:
            contract.waiting_order_count = counts.get(contract.id, 0)

    def action_view_licences(self):
        """Show what providers, the contract and its last invoices say side by side."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_licence_status_action"
        )
        return {
            **action,
            "domain": [("contract_id", "in", self.ids)],
            "context": {"search_default_running": 1},
        }

    def action_view_provider_orders(self):
        """Show what was ordered at providers for the contract."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_provider_order_action"
        )
        return {
            **action,
            "domain": [("contract_id", "in", self.ids)],
            "context": {"search_default_open": 1},
        }
