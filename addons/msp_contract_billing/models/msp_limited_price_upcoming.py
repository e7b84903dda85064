from odoo import api, fields, models

#: A special price that ends on the day before a price changes.
_ENDS_BEFORE = """
    EXISTS (
        SELECT 1
          FROM msp_limited_price limited
         WHERE limited.position_id = found.position_id
           AND limited.side = 'customer'
           AND limited.recorded = 'active'
           AND limited.afterwards = 'price'
           AND limited.date_end + 1 = found.date
    )
"""


class MspUpcoming(models.Model):
    """Ends of trials, discounts, special prices and grants among what is coming up.

    Their money is that of the content before and after, as of all price changes; what
    stops is the end of a position, so it has a row already.
    """

    _inherit = "msp.upcoming"

    kind = fields.Selection(
        selection_add=[
            ("promotion", "Special price ends"),
            ("decision", "Special price to decide"),
            ("vendor_price", "Vendor's special price ends"),
        ]
    )

    _depends = {
        "msp.limited.price": [
            "position_id",
            "contract_id",
            "side",
            "recorded",
            "afterwards",
            "date_end",
            "amount_month",
        ]
    }

    @api.model
    def _get_queries(self):
        queries = super()._get_queries()
        prices = f"SELECT found.* FROM ({queries['price']}) found WHERE"
        return {
            **queries,
            "price": f"{prices} NOT {_ENDS_BEFORE}",
            "promotion": f"{prices} {_ENDS_BEFORE}",
            "decision": self._query_of_limited(
                "afterwards = 'ask' AND side = 'customer'"
            ),
            "vendor_price": self._query_of_limited("side = 'vendor'"),
        }

    @api.model
    def _query_of_limited(self, condition):
        """Return the query for last days after which no price changes by itself.

        What the regular price or cost comes to is at stake.
        """
        return f"""
            SELECT id AS source_id,
                   date_end AS date,
                   contract_id,
                   position_id,
                   0 AS amount_month,
                   abs(amount_month) AS amount_stake
              FROM msp_limited_price
             WHERE recorded = 'active' AND {condition}
        """


class ResCompany(models.Model):
    _inherit = "res.company"

    msp_remind_promotion = fields.Integer("Ends of Special Prices", default=30)

    @api.constrains("msp_remind_promotion")
    def _check_msp_remind_promotion(self):
        self._check_msp_remind()

    def _get_remind_days(self):
        days = self.msp_remind_promotion
        return {
            **super()._get_remind_days(),
            "promotion": days,
            "vendor_price": days,
            # Nothing follows by itself, so somebody is asked whatever the setting.
            "decision": days or 1,
        }


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    msp_remind_promotion = fields.Integer(
        related="company_id.msp_remind_promotion", readonly=False
    )
