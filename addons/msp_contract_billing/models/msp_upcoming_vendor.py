from odoo import api, fields, models


class MspUpcoming(models.Model):
    """Ends of terms at vendors: until then units can be reduced or renewed."""

    _inherit = "msp.upcoming"

    kind = fields.Selection(selection_add=[("vendor", "Vendor's term ends")])

    _depends = {
        "msp.vendor.commitment": ["contract_id", "position_id", "date_end"],
    }

    @api.model
    def _get_queries(self):
        # Seats that were added later end on the same day: one row for all. That a
        # monthly term ends every month is no news.
        return {
            **super()._get_queries(),
            "vendor": """
                SELECT MIN(commitment.id) AS source_id,
                       commitment.date_end AS date,
                       commitment.contract_id,
                       commitment.position_id,
                       0 AS amount_month,
                       COALESCE(MAX(line.amount_month), 0) AS amount_stake
                  FROM msp_vendor_commitment commitment
                  LEFT JOIN msp_contract_line line
                    ON line.position_id = commitment.position_id
                   AND line.date_start <= commitment.date_end
                   AND (line.date_end IS NULL OR line.date_end >= commitment.date_end)
                 GROUP BY commitment.contract_id, commitment.position_id,
                          commitment.date_end
                HAVING commitment.date_end - MIN(commitment.date_start) > 31
            """,
        }


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_remind_vendor = fields.Integer("Ends of Vendors' Terms", default=30)

    @api.constrains("msp_remind_vendor")
    def _check_msp_remind_vendor(self):
        self._check_msp_remind()

    def _get_remind_days(self):
        return {**super()._get_remind_days(), "vendor": self.msp_remind_vendor}


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_remind_vendor = fields.Integer(
        related="company_id.msp_remind_vendor", readonly=False
    )
