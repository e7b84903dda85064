from odoo import api, fields, models

from ..models.money import same_number
from ..takeover import is_plausible
from .readable import readable


class MspContractPreviewMixin(models.AbstractModel):
    """What fewer units cost at the vendor, shown while they are entered."""

    _inherit = "msp.contract.preview.mixin"

    vendor_warning = fields.Text(compute="_compute_vendor_warning")

    @api.depends("contract_id", "date_start", "date_end")
    @api.depends_context("lang")
    def _compute_vendor_warning(self):
        positions = self.env["msp.contract.position"]
        for wizard in self:
            day, last = wizard.date_start, wizard._get_last_day()
            if not day or not is_plausible(day) or (last and last < day):
                wizard.vendor_warning = False
                continue
            content = readable(wizard.contract_id).line_ids._on(day)
            before = {line.position_id: line.quantity for line in content}
            fewer = {
                position: max(left, 0.0)
                for position, left in wizard._get_units_left(before).items()
                if left < before.get(position, 0.0)
                and not same_number(left, before[position])
            }
            sentences = positions._get_vendor_warnings(fewer, day, last)
            wizard.vendor_warning = "\n".join(sentences) or False

    def _get_units_left(self, before):
        """Return {position: units that are needed from the first day on}.

        :param before: {position: units that there are on the first day}
        """
        return {}

    def _get_last_day(self):
        """Return the last day of the change if it is for a while, else False."""
        self.ensure_one()
        return self.date_end


class MspContractAmend(models.TransientModel):
    _inherit = "msp.contract.amend"

    @api.depends("line_ids.quantity", "line_ids.is_ended")
    def _compute_vendor_warning(self):
        return super()._compute_vendor_warning()

    def _get_units_left(self, before):
        return {
            readable(line.position_id): 0.0 if line.is_ended else line.quantity
            for line in self.line_ids
            if line.position_id
        }


class MspContractTerminate(models.TransientModel):
    _inherit = "msp.contract.terminate"

    @api.depends("scope", "line_ids.quantity", "line_ids.is_ended")
    def _compute_vendor_warning(self):
        return super()._compute_vendor_warning()

    def _get_units_left(self, before):
        if self.scope == "contract":
            return dict.fromkeys(before, 0.0)
        return {
            readable(line.position_id): 0.0 if line.is_ended else line.quantity
            for line in self.line_ids
        }

    def _get_last_day(self):
        return False


class MspContractSuspend(models.TransientModel):
    _inherit = "msp.contract.suspend"

    @api.depends("mode", "position_ids")
    def _compute_vendor_warning(self):
        return super()._compute_vendor_warning()

    def _get_units_left(self, before):
        """Whatever is billed meanwhile, the vendor charges the price in full."""
        if self.mode == "resume":
            return {}
        chosen = [readable(position._origin) for position in self.position_ids]
        return dict.fromkeys(chosen or before, 0.0)
