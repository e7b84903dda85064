from odoo import Command, models
from odoo.tools import SQL

from ..matching import cause_of_row
from .msp_reconciliation_compare import ROWS_KEPT


class MspReconciliation(models.Model):
    """Findings in single rows: no quantity, nobody's, or at another price."""

    _inherit = "msp.reconciliation"

    # Rows that state no quantity, or belong to nobody

    def _find_in_rows(self):
        """Return the values of findings about rows that state no quantity."""
        result = []
        for row in self._query_other_rows():
            cause = cause_of_row(row.event, row.is_assigned, row.amount)
            if not cause:
                continue
            vals = self._prepare_finding_vals(cause, row.key, abs(row.amount))
            vals.update(
                amount=float(row.amount if cause == "unassigned" else abs(row.amount)),
                currency_id=row.currency_id,
                is_cost=True,
                partner_id=row.partner_id,
                product_id=row.product_id,
                customer_name=row.customer_name,
                article_name=row.article_name,
                contract_id=row.contract_id,
                position_id=row.position_id,
                subscription_label=row.subscriptions,
                date_start=row.first,
                date_end=row.last,
                explanation=row.reason,
                charge_ids=[Command.set(row.row_ids[:ROWS_KEPT])],
            )
            result.append(vals)
        return result

    def _query_other_rows(self):
        """Yield money by what is unknown, else by subscription and kind of charge."""
        return self._fetch(
            SQL(
                """
                SELECT CASE WHEN c.state = 'unmapped_product'
                         THEN 'article ' || COALESCE(c.product_mapping_id, 0)
                         WHEN %(is_unknown)s
                           THEN 'customer ' || COALESCE(c.customer_key, '')
                         ELSE concat_ws(' ', c.event, c.customer_key,
                                        c.subscription_id, c.charge_period_start)
                       END || ' ' || r.name AS key,
                       NOT %(is_unknown)s AS is_assigned,
                       CASE WHEN %(is_unknown)s THEN 'unknown' ELSE c.event END
                         AS event,
                       c.currency_id,
                       max(c.partner_id) AS partner_id,
                       max(COALESCE(c.product_id, m.product_id)) AS product_id,
                       max(c.sub_account_name) AS customer_name,
                       max(COALESCE(c.sku_name, c.service_name))
                         FILTER (WHERE c.state != 'unmapped_customer') AS article_name,
                       max(m.position_id) AS position_id,
                       max(p.contract_id) AS contract_id,
                       string_agg(DISTINCT c.subscription_id, ', ') AS subscriptions,
                       min(c.charge_period_start) AS first,
                       max(c.charge_date_end) AS last,
                       max(c.state_reason) AS reason,
                       sum(c.billed_cost) AS amount,
                       array_agg(c.id ORDER BY c.row) AS row_ids
                  FROM msp_provider_charge c
                  JOIN res_currency r ON r.id = c.currency_id
                  LEFT JOIN LATERAL (
                         SELECT m.position_id, o.product_id
                           FROM msp_position_mapping m
                           JOIN msp_contract_position o ON o.id = m.position_id
                          WHERE m.provider_id = c.provider_id
                            AND m.company_id = c.company_id
                            AND m.subscription_id = c.subscription_id
                          ORDER BY (m.sku_id = COALESCE(c.sku_id, '')) DESC LIMIT 1
                       ) m ON TRUE
                  LEFT JOIN msp_contract_position p ON p.id = m.position_id
                 WHERE c.import_id IN %(imports)s AND c.known_charge_id IS NULL
                   AND c.superseded_by_id IS NULL AND c.detailed_by_id IS NULL
                   AND c.state != 'ignored'
                   AND (c.is_quantity IS NOT TRUE OR %(is_unknown)s)
                   -- What is passed on is billed as it is.
                   AND NOT (c.is_amount IS TRUE AND c.state = 'applied')
                   AND NOT %(is_elsewhere)s
                 GROUP BY 1, 2, 3, 4
                 ORDER BY 1
                """,
                imports=tuple(self.import_ids.ids),
                # A row that says a quantity, but not of whom, is nobody's either.
                is_unknown=SQL(
                    "(c.state IN ('unmapped_customer', 'unmapped_product') "
                    "OR c.is_quantity AND c.partner_id IS NULL)"
                ),
                # Of several files about one usage, one is passed on.
                is_elsewhere=SQL(
                    """
                    (c.event = 'usage' AND EXISTS (
                      SELECT 1 FROM msp_provider_charge o
                        JOIN msp_import oi ON oi.id = o.import_id
                       WHERE o.import_id IN %s AND o.event = 'usage'
                         AND o.subscription_id = c.subscription_id
                         AND o.state IN ('applied', 'matched')
                         AND oi.format_id IS DISTINCT FROM (
                               SELECT ci.format_id FROM msp_import ci
                                WHERE ci.id = c.import_id)))
                    """,
                    tuple(self.import_ids.ids),
                ),
            )
        )

    def _find_problems(self):
        """Return the values of findings about rows that could not be read."""
        problems = self.import_ids.problem_ids.filtered(
            lambda one: one.severity == "error" and one.amount and not one.is_ignored
        )
        result = []
        for problem in problems:
            subject = f"{problem.import_id.id} {problem.row}"
            vals = self._prepare_finding_vals("unreadable", subject, problem.amount)
            vals.update(
                currency_id=problem.currency_id.id,
                is_cost=True,
                article_name=self.env._(
                    "%(import)s, row %(row)s",
                    **{"import": problem.import_id.name, "row": problem.row},
                ),
                explanation=problem.reason,
            )
            result.append(vals)
        return result
