from odoo import Command, models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching import UnitCost, cause_of_row, cost_changes
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
                 GROUP BY 1, 2, 3, 4
                 ORDER BY 1
                """,
                imports=tuple(self.import_ids.ids),
                # A row that says a quantity, but not of whom, is nobody's either.
                is_unknown=SQL(
                    "(c.state IN ('unmapped_customer', 'unmapped_product') "
                    "OR c.is_quantity AND c.partner_id IS NULL)"
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

    # Prices of the provider

    def _find_costs(self):
        """Return the values of findings about prices the provider has changed."""
        now = self._load_unit_costs()
        changes = cost_changes(self._load_unit_costs(is_before=True), now)
        return [self._prepare_cost_vals(change) for change in changes]

    def _load_unit_costs(self, is_before=False):
        """Return the `matching.UnitCost` of rows that bill whole cycles.

        A price for part of a cycle says nothing about the price.

        :param is_before: those of the last month before this one in which the same
            was billed, instead of this month's
        """
        rows = self._fetch(
            SQL(
                """
                WITH billed AS (
                    SELECT c.id, c.row, c.import_id, i.month,
                           c.subscription_id, COALESCE(c.sku_id, '') AS sku,
                           c.contracted_unit_price AS cost,
                           c.pricing_quantity AS quantity, c.currency_id,
                           cycle.months,
                           max(i.month) FILTER (WHERE i.month < %(month)s) OVER (
                             PARTITION BY c.subscription_id, c.sku_id, c.currency_id,
                                          cycle.months) AS before
                      FROM msp_provider_charge c
                      JOIN msp_import i ON i.id = c.import_id
                      JOIN res_currency r ON r.id = c.currency_id
                      JOIN unnest(ARRAY[1, 3, 12, 36]) AS cycle(months)
                        ON c.charge_period_end =
                           (c.charge_period_start
                            + make_interval(months => cycle.months))::date
                     WHERE %(condition)s AND i.month <= %(month)s
                       AND c.is_quantity AND c.known_charge_id IS NULL
                   AND c.superseded_by_id IS NULL
                       AND c.event IN ('purchase', 'renewal', 'recurring')
                       AND c.contracted_unit_price > 0 AND c.pricing_quantity > 0
                       AND COALESCE(c.pricing_currency, r.name) = r.name
                       AND c.partner_id IS NOT NULL
                )
                SELECT * FROM billed
                 WHERE month = %(wanted)s
                 ORDER BY import_id, row
                """,
                condition=self._import_condition(),
                month=self.month,
                wanted=SQL("before") if is_before else self.month,
            )
        )
        return [
            UnitCost(
                (row.subscription_id, row.sku),
                to_decimal(row.cost),
                to_decimal(row.quantity),
                (row.currency_id, row.months),
                row.id,
            )
            for row in rows
        ]

    def _prepare_cost_vals(self, change):
        row = self.env["msp.provider.charge"].browse(change.row)
        return {
            **self._prepare_finding_vals(
                "cost_changed", "/".join(change.key), change.amount
            ),
            "currency_id": row.currency_id.id,
            "is_cost": True,
            "partner_id": row.partner_id.id,
            "product_id": row.product_id.id,
            "contract_id": row.position_id.contract_id.id,
            "position_id": row.position_id.id,
            "subscription_label": change.key[0],
            "date_start": row.charge_period_start,
            "date_end": row.charge_date_end,
            "supplied_quantity": float(change.quantity),
            "explanation": self.env._(
                "The provider asks %(new)s instead of %(old)s for a unit.",
                new=f"{change.new.normalize():f}",
                old=f"{change.old.normalize():f}",
            ),
            "charge_ids": [Command.set(row.ids)],
            "user_id": row.position_id.contract_id.user_id.id,
        }
