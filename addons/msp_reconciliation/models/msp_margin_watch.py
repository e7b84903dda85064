from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_provider import format_month

from .msp_margin import MspMargin

REASONS = [
    ("unbilled", "Cost without revenue"),
    ("below_cost", "Below cost since it became dearer"),
    ("negative", "Below cost"),
    ("falling", "Margin falls"),
    ("fine", "As before"),
]
#: Months that the last one is compared with.
MONTHS_BEFORE = 3
#: A margin that falls by this share of the revenue is one to look at.
FALL = 0.05


class MspMarginWatch(models.Model):
    """The last month of each position against those before: the worst first.

    The last month is the last one over of which any file speaks.
    """

    _name = "msp.margin.watch"
    _description = "Margins to look at"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "margin_change, margin, id"

    month_label = fields.Char("Service Month", compute="_compute_month_label")
    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Account Manager", readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    position_id = fields.Many2one("msp.contract.position", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", "Product Family", readonly=True)
    provider_id = fields.Many2one("msp.provider", readonly=True)
    revenue = fields.Monetary(readonly=True)
    cost = fields.Monetary("Billed Cost", readonly=True)
    margin = fields.Monetary(readonly=True)
    margin_rate = fields.Float("Margin (%)", readonly=True, aggregator=None)
    cost_before = fields.Monetary(
        readonly=True,
        help="Per month, on average of up to three months before that files speak of "
        "from the first day on.",
    )
    margin_before = fields.Monetary(
        readonly=True,
        help="Per month, on average of up to three months before that files speak of "
        "from the first day on.",
    )
    rate_before = fields.Float("Margin Before (%)", readonly=True, aggregator=None)
    margin_change = fields.Monetary("Against Before", readonly=True)
    reason = fields.Selection(REASONS, "What", readonly=True)

    _depends = MspMargin._depends

    @property
    def _table_query(self):
        this_month = fields.Date.context_today(self).replace(day=1)
        return SQL(
            """
            WITH fact AS (
                SELECT *, min(month) FILTER (WHERE cost != 0)
                            OVER (PARTITION BY position_id) AS first_cost,
                       max(month) FILTER (WHERE cost != 0 AND month < %(this_month)s)
                            OVER (PARTITION BY company_id) AS last
                  FROM (%(facts)s) fact
            ), summed AS (
                SELECT position_id, last, max(company_id) AS company_id,
                       max(currency_id) AS currency_id, max(partner_id) AS partner_id,
                       max(user_id) AS user_id, max(contract_id) AS contract_id,
                       max(product_id) AS product_id, max(categ_id) AS categ_id,
                       max(provider_id) AS provider_id,
                       COALESCE(sum(revenue) FILTER (WHERE month = last), 0) AS revenue,
                       COALESCE(sum(cost) FILTER (WHERE month = last), 0) AS cost,
                       count(DISTINCT month) FILTER (WHERE is_before) AS months,
                       sum(revenue) FILTER (WHERE is_before) AS revenue_before,
                       sum(cost) FILTER (WHERE is_before) AS cost_before
                  FROM fact
                 CROSS JOIN LATERAL (
                         -- The first month that any file speaks of is seldom whole.
                         SELECT month < last AND month > first_cost AS is_before
                       ) kind
                 WHERE position_id IS NOT NULL
                   AND month BETWEEN last - interval '%(before)s months' AND last
                 GROUP BY position_id, last
            ), compared AS (
                SELECT *, revenue - cost AS margin,
                       (revenue - cost) / NULLIF(revenue, 0) AS rate,
                       COALESCE(cost_before, 0) / NULLIF(months, 0) AS cost_per_month,
                       (COALESCE(revenue_before, 0) - COALESCE(cost_before, 0))
                         / NULLIF(months, 0) AS margin_per_month,
                       1 - COALESCE(cost_before, 0) / NULLIF(revenue_before, 0)
                         AS rate_of_before
                  FROM summed WHERE cost != 0
            )
            SELECT position_id AS id, last AS month, position_id, company_id,
                   currency_id, partner_id, user_id, contract_id, product_id, categ_id,
                   provider_id, revenue, cost, margin, 100 * rate AS margin_rate,
                   cost_per_month AS cost_before, margin_per_month AS margin_before,
                   100 * rate_of_before AS rate_before,
                   margin - COALESCE(margin_per_month, margin) AS margin_change,
                   CASE WHEN revenue = 0 AND cost > 0 THEN 'unbilled'
                        WHEN margin < 0 AND cost > cost_per_month
                         AND margin_per_month >= 0 THEN 'below_cost'
                        WHEN margin < 0 THEN 'negative'
                        WHEN rate < rate_of_before - %(fall)s THEN 'falling'
                        ELSE 'fine' END AS reason
              FROM compared
            """,
            facts=self.env["msp.margin"]._table_query,
            this_month=this_month,
            before=MONTHS_BEFORE,
            fall=FALL,
        )

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for one in self:
            one.month_label = format_month(self.env, one.month)

    def action_revise_price(self):
        """Open Change Contract as a revision of prices, from next month on."""
        self.ensure_one()
        action = self.contract_id.action_amend()
        first = fields.Date.add(
            fields.Date.context_today(self).replace(day=1), months=1
        )
        return {
            **action,
            "context": {
                **action.get("context", {}),
                "default_date_start": first,
                "default_cause": "price",
            },
        }

    def action_view_margin(self):
        """Show charges and rows behind the figures, by month."""
        self.ensure_one()
        return {
            **self._action_view(
                self.env._("Margin of %s", self.position_id.display_name),
                "msp.margin",
                [("position_id", "=", self.position_id.id)],
                {"search_default_by_month": 1},
            ),
            "view_mode": "list,pivot,graph",
        }
