from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_invoice_goal = fields.Selection(
        related="company_id.msp_invoice_goal", readonly=False
    )
    msp_invoice_grouping = fields.Selection(
        related="company_id.msp_invoice_grouping", readonly=False
    )
    msp_max_periods = fields.Integer(
        related="company_id.msp_max_periods", readonly=False
    )
    msp_outlier_percent = fields.Float(
        related="company_id.msp_outlier_percent", readonly=False
    )
    msp_four_eyes = fields.Boolean(related="company_id.msp_four_eyes", readonly=False)
    msp_four_eyes_amount = fields.Monetary(
        related="company_id.msp_four_eyes_amount",
        readonly=False,
    )
    msp_mails_per_hour = fields.Integer(
        related="company_id.msp_mails_per_hour", readonly=False
    )
    msp_run_schedule = fields.Selection(
        related="company_id.msp_run_schedule", readonly=False
    )
    msp_run_day = fields.Integer(related="company_id.msp_run_day", readonly=False)
    msp_run_target = fields.Selection(
        related="company_id.msp_run_target", readonly=False
    )
    msp_run_user_id = fields.Many2one(
        related="company_id.msp_run_user_id", readonly=False
    )
