from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.msp_limited_price import AFTERWARDS
from ..models.wording import describe_implausible
from .readable import readable


class MspLimitedPriceChange(models.TransientModel):
    """Let a limited price end on another day, or decide what follows."""

    _name = "msp.limited.price.change"
    _description = "Change a limited price"

    limited_price_id = fields.Many2one("msp.limited.price", required=True)
    side = fields.Selection(related="limited_price_id.side")
    label = fields.Char("What", related="limited_price_id.display_name")
    date_start = fields.Date(related="limited_price_id.date_start")
    old_date_end = fields.Date(related="limited_price_id.date_end", string="Ends Now")
    old_afterwards = fields.Selection(
        related="limited_price_id.afterwards", string="Then Now"
    )
    date_end = fields.Date(
        "Last Day",
        compute="_compute_values",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
        help="The last day of the special price; later to extend it, earlier to end it.",
    )
    afterwards = fields.Selection(
        AFTERWARDS,
        "Then",
        compute="_compute_values",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    reason = fields.Char(help="Printed on corrections that follow from it.")

    @api.constrains("limited_price_id")
    def _check_limited_price_access(self):
        readable(self.limited_price_id)

    @api.depends("limited_price_id")
    def _compute_values(self):
        for change in self:
            limited = readable(change.limited_price_id)
            change.date_end = limited.date_end
            change.afterwards = limited.afterwards

    def action_apply(self):
        self.ensure_one()
        limited = readable(self.limited_price_id)
        limited.check_access("write")
        if error := describe_implausible(self.env, self.date_end):
            raise UserError(error)
        if (self.date_end, self.afterwards) == (limited.date_end, limited.afterwards):
            raise UserError(
                self.env._("Nothing is different. Choose another day or what follows.")
            )
        message = limited._change(self.date_end, self.afterwards, self.reason)
        is_action = isinstance(message, dict)
        return message if is_action else {"type": "ir.actions.act_window_close"}
