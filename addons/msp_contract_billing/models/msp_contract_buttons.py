from odoo import fields, models


class MspContract(models.Model):
    """What belongs to a contract, behind the buttons of its form."""

    _inherit = "msp.contract"

    version_count = fields.Integer(compute="_compute_counts")
    charge_count = fields.Integer(compute="_compute_counts")
    invoice_count = fields.Integer(compute="_compute_counts")
    order_count = fields.Integer(compute="_compute_counts")

    def _compute_counts(self):
        def count(model, domain):
            groups = self.env[model]._read_group(
                [("contract_id", "in", self.ids), *domain], ["contract_id"], ["__count"]
            )
            return {contract.id: number for contract, number in groups}

        versions = count("msp.contract.version", [])
        charges = count("msp.charge", [])
        moves = {
            contract.id: number
            for contract, number in self.env["msp.charge"]._read_group(
                [("contract_id", "in", self.ids), ("move_id", "!=", False)],
                ["contract_id"],
                ["move_id:count_distinct"],
            )
        }
        for contract in self:
            contract.version_count = versions.get(contract.id, 0)
            contract.charge_count = charges.get(contract.id, 0)
            contract.invoice_count = moves.get(contract.id, 0)
            contract.order_count = len(contract.version_ids.sale_order_id)

    def action_amend(self):
        self.ensure_one()
        return self._action_ask(
            self.env._("Change Contract %s", self.name),
            "msp.contract.amend",
            {"default_contract_id": self.id, "dialog_size": "extra-large"},
        )

    def action_view_versions(self):
        action = self._action_view(
            self.env._("Versions"),
            "msp.contract.version",
            [("contract_id", "in", self.ids)],
        )
        return {**action, "context": {"default_contract_id": self[:1].id}}

    def action_view_charges(self):
        return self._action_view(
            self.env._("Charges"), "msp.charge", [("contract_id", "in", self.ids)]
        )

    def action_view_invoices(self):
        moves = self.charge_ids.move_id
        return self._action_view(
            self.env._("Invoices"),
            "account.move",
            [("id", "in", moves.ids)],
            {"default_move_type": "out_invoice"},
        )

    def action_view_orders(self):
        orders = self.version_ids.sale_order_id
        return self._action_view(
            self.env._("Orders"), "sale.order", [("id", "in", orders.ids)]
        )
