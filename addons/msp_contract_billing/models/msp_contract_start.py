from odoo import api, fields, models


class MspContract(models.Model):
    """Ways to a new contract that contains something."""

    _inherit = "msp.contract"

    can_begin = fields.Boolean(
        compute="_compute_can_begin",
        help="It has no content, and nobody has prepared any.",
    )

    @api.depends("version_ids.state")
    def _compute_can_begin(self):
        for contract in self:
            states = set(contract.version_ids.mapped("state"))
            contract.can_begin = states <= {"withdrawn"}

    def action_start(self):
        """Ask for the content of a new contract, or of this one if it has none."""
        return self._action_start({"default_contract_id": self[:1].id})

    def action_duplicate(self):
        """Ask for a new contract that contains what this one does today."""
        self.ensure_one()
        return self._action_start({"default_source_id": self.id})

    def _action_start(self, context):
        # The list of a customer's contracts names him.
        partner = self.env.context.get("default_partner_id")
        if partner and not self:
            context = {**context, "default_partner_id": partner}
        return self._action_ask(
            self.env._("New Contract"),
            "msp.contract.start",
            {**context, "dialog_size": "extra-large"},
        )


class MspContractTemplate(models.Model):
    _inherit = "msp.contract.template"

    def action_start(self):
        """Ask for the content of a new contract under these terms."""
        self.ensure_one()
        return self.env["msp.contract"]._action_start({"default_template_id": self.id})
