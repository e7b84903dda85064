from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_sample_percent = fields.Float(
        related="company_id.msp_sample_percent", readonly=False
    )
    msp_sample_min = fields.Integer(related="company_id.msp_sample_min", readonly=False)
    msp_sample_max = fields.Integer(related="company_id.msp_sample_max", readonly=False)
    msp_minutes_per_row = fields.Float(
        related="company_id.msp_minutes_per_row", readonly=False
    )
