from odoo import api, fields, models

from ..models.money import same_number
from ..takeover import is_plausible
from .readable import readable


class MspContractAmend(models.TransientModel):
    """What fewer units cost at the vendor, shown while they are entered."""

    _inherit = "msp.contract.amend"

    vendor_warning = fields.Text(compute="_compute_vendor_warning")

    @api.depends(
        "contract_id",
        "date_start",
        "date_end",
        "is_termination",
        "line_ids.quantity",
        "line_ids.is_ended",
    )
    @api.depends_context("lang")
    def _compute_vendor_warning(self):
        positions = self.env["msp.contract.position"]
        for amend in self:
            day = amend.date_start
            quantities = amend._get_reduced() if day and is_plausible(day) else {}
            last = not amend.is_termination and amend.date_end
            sentences = positions._get_vendor_warnings(quantities, day, last)
            amend.vendor_warning = "\n".join(sentences) or False

    def _get_reduced(self):
        """Return {position: units left} of what there will be less of."""
        self.ensure_one()
        content = {line.position_id: line.quantity for line in self._get_content()}
        if self.is_termination:
            return dict.fromkeys(content, 0.0)
        quantities = {}
        for line in self.line_ids.filtered("position_id"):
            position = readable(line.position_id)
            before = content.get(position, 0.0)
            quantity = 0.0 if line.is_ended else max(line.quantity, 0.0)
            if quantity < before and not same_number(quantity, before):
                quantities[position] = quantity
        return quantities
