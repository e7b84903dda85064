from odoo import models


class MspContractTerminate(models.TransientModel):
    """A bundle ends as a whole; a component is taken out by changing the contract."""

    _inherit = "msp.contract.terminate"

    def _get_content(self):
        return super()._get_content().filtered(lambda line: not line.bundle_id)


class MspContractSuspend(models.TransientModel):
    """A bundle is suspended as a whole."""

    _inherit = "msp.contract.suspend"

    def _compute_running_ids(self):
        result = super()._compute_running_ids()
        for wizard in self:
            running = wizard.running_ids
            wizard.running_ids = running.filtered(lambda one: not one.bundle_id)
        return result
