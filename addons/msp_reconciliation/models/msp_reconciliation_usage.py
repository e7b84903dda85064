from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ..matching import Earning, Usage, lost_credits, usage_gaps
from .msp_reconciliation_cost import kind_of

#: How a row of an invoice's file names the credit, see the page on it, 5.
EARNED = r"([0-9.]+)% Partner earned credit"


class MspReconciliation(models.Model):
    """Usage: credits that are lost, and files that should say the same."""

    _inherit = "msp.reconciliation"

    def _find_in_usage(self):
        """Return the values of findings about the month's usage."""
        return [*self._find_lost_credits(), *self._find_usage_gaps()]

    # Partner earned credit

    def _find_lost_credits(self):
        """Return the values of findings about subscriptions that earn nothing more."""
        rows = {}
        before, now = [], []
        for row in self._query_earnings():
            subscription = (row.customer, row.subscription, row.sub_subscription)
            earning = Earning(
                subscription,
                row.sku,
                Decimal(row.list_cost),
                round(Decimal(row.rate), 6),
            )
            (now if row.month == self.month else before).append(earning)
            if row.month == self.month:
                rows.setdefault(subscription, []).append(row)
        result = []
        for one in lost_credits(before, now):
            own = rows[one.subscription]
            ids = [row_id for row in own for row_id in row.row_ids]
            label = one.subscription[2] or one.subscription[1]
            result.append(
                {
                    **self._prepare_finding_vals(
                        "partner_credit_lost", "/".join(one.subscription), one.amount
                    ),
                    **self._prepare_usage_vals(own[0], ids, label),
                    "explanation": self.env._(
                        "Until now %(rate)s %% of the list price were earned, now "
                        "nothing is. Check the access rights to the subscription.",
                        rate=f"{(one.rate * 100).normalize():f}",
                    ),
                }
            )
        return result

    def _query_earnings(self):
        """Yield list price and earned share by subscription, article and month.

        Of this month and of the last one before in which each was used.
        """
        kinds = {kind_of(one.format_id): one.format_id for one in self.import_ids}
        # Details and sums say the same; details are more exact.
        kind = next((one for one in ("daily", "invoice", "cost") if one in kinds), "")
        formats = tuple(
            {
                one.format_id or ""
                for one in self.import_ids
                if kind_of(one.format_id) == kind
            }
        )
        return self._fetch(
            SQL(
                """
                WITH used AS (
                    SELECT i.month, COALESCE(c.customer_key, '') AS customer,
                           COALESCE(c.subscription_id, '') AS subscription,
                           COALESCE(c.sub_subscription_id, '') AS sub_subscription,
                           COALESCE(c.sku_id, '') AS sku, c.id, c.currency_id,
                           c.partner_id, c.product_id,
                           COALESCE(NULLIF(c.list_cost, 0),
                                    c.list_unit_price * c.pricing_quantity
                                    * COALESCE(NULLIF(c.exchange_rate, 0), 1), 0)
                             AS list_cost,
                           COALESCE(NULLIF(c.partner_credit_rate, 0),
                                    substring(c.raw->>'PriceAdjustmentDescription'
                                              FROM %(earned)s)::numeric / 100, 0)
                             AS rate
                      FROM msp_provider_charge c
                      JOIN msp_import i ON i.id = c.import_id
                     WHERE %(condition)s AND i.month <= %(month)s
                       -- Cells as received are long: of some months they are read.
                       AND i.month >= %(month)s::date - interval '3 months'
                       AND COALESCE(i.format_id, '') IN %(formats)s
                       AND c.event = 'usage' AND c.known_charge_id IS NULL
                       AND c.superseded_by_id IS NULL
                       AND c.customer_key IS NOT NULL
                       AND NOT 'amortised' = ANY(
                             string_to_array(COALESCE(c.flags, ''), ' '))
                ), dated AS (
                    SELECT *, max(month) FILTER (WHERE month < %(month)s) OVER (
                             PARTITION BY customer, subscription, sub_subscription)
                             AS before
                      FROM used
                )
                SELECT month, customer, subscription, sub_subscription, sku,
                       sum(list_cost)::text AS list_cost, max(rate)::text AS rate,
                       max(currency_id) AS currency_id, max(partner_id) AS partner_id,
                       max(product_id) AS product_id,
                       array_agg(id ORDER BY id) AS row_ids
                  FROM dated WHERE month IN (%(month)s, before)
                 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
                """,
                condition=self._import_condition(),
                month=self.month,
                formats=formats,
                earned=EARNED,
            )
        )

    # Files that should say the same

    def _find_usage_gaps(self):
        """Return the values of findings where usage and invoice differ."""
        rows, usages = {}, []
        for row in self._query_usages():
            kind = kind_of(row.format_id)
            subjects = []
            if kind != "cost" and row.subscription:
                subjects.append(("plan", row.customer, row.subscription))
            if kind != "invoice" and row.sub_subscription:
                subjects.append(("azure", "", row.sub_subscription))
            for subject in subjects:
                subject = (*subject, row.currency_id)
                usages.append(Usage(subject, kind, Decimal(row.cost), row.count))
                rows.setdefault(subject, []).append(row)
        names = {
            "invoice": self.env._("the invoice"),
            "daily": self.env._("the daily usage"),
            "cost": self.env._("Azure Cost Management"),
        }
        result = []
        for gap in usage_gaps(usages):
            own = rows[gap.subject]
            ids = [row_id for row in own for row_id in row.row_ids]
            key = "/".join(map(str, gap.subject[:3]))
            result.append(
                {
                    **self._prepare_finding_vals("usage_gap", key, gap.amount),
                    **self._prepare_usage_vals(own[0], ids, gap.subject[2]),
                    "explanation": self.env._(
                        "Of this month, %(first)s says %(cost)s and %(second)s "
                        "%(other)s.",
                        first=names[gap.kinds[0]],
                        second=names[gap.kinds[1]],
                        cost=f"{gap.costs[0]:.2f}",
                        other=f"{gap.costs[1]:.2f}",
                    ),
                }
            )
        return result

    def _query_usages(self):
        """Yield the month's usage by file format, subscription and currency.

        Cost Management may be read with a provider of its own.
        """
        return self._fetch(
            SQL(
                """
                SELECT i.format_id, COALESCE(c.customer_key, '') AS customer,
                       COALESCE(c.subscription_id, '') AS subscription,
                       COALESCE(c.sub_subscription_id, '') AS sub_subscription,
                       c.currency_id, max(c.partner_id) AS partner_id,
                       max(c.product_id) AS product_id,
                       sum(c.billed_cost)::text AS cost, count(*)::int AS count,
                       (array_agg(c.id ORDER BY c.row))[:200] AS row_ids
                  FROM msp_provider_charge c
                  JOIN msp_import i ON i.id = c.import_id
                 WHERE (i.id IN %(imports)s
                        OR i.format_id LIKE 'azure_cost%%' AND i.month = %(month)s
                           AND i.company_id = %(company)s AND i.state != 'withdrawn')
                   AND c.event = 'usage' AND c.known_charge_id IS NULL
                   AND c.superseded_by_id IS NULL
                   AND NOT string_to_array(COALESCE(c.flags, ''), ' ')
                           && ARRAY['unbilled', 'amortised']
                 GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
                """,
                imports=tuple(self.import_ids.ids),
                month=self.month,
                company=self.company_id.id,
            )
        )

    def _prepare_usage_vals(self, row, row_ids, label):
        return {
            "subscription_label": label,
            "currency_id": row.currency_id,
            "is_cost": True,
            "partner_id": row.partner_id,
            "product_id": row.product_id,
            "customer_name": False if row.partner_id else row.customer,
            "article_name": False if row.product_id else label,
            "date_start": self.month,
            "date_end": self.date_end,
            "charge_ids": self._link_rows(row_ids),
        }
