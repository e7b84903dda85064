from collections import namedtuple
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

# Rows of a query that are handed over at the same time.
FETCHED = 5000


class MspReconciliation(models.Model):
    """What imports say, by SQL: one query for all customers."""

    _inherit = "msp.reconciliation"

    def _query_first_days(self):
        """Yield the first day that any file says about each subscription."""
        return self._fetch_each(
            SQL(
                """
                SELECT COALESCE(h.subscription_id, '') AS subscription,
                       COALESCE(h.sku_id, '') AS sku,
                       COALESCE(h.term, '') AS term,
                       COALESCE(h.billing_plan, '') AS plan,
                       min(h.date_start) AS first
                  FROM msp_import_change h JOIN msp_import i ON i.id = h.import_id
                 WHERE %s AND i.month <= %s
                 GROUP BY 1, 2, 3, 4
                """,
                self._import_condition(),
                self.month,
            )
        )

    def _query_statements(self):
        """Yield what the files say about quantities, oldest first.

        Only of subscriptions of which any row reaches the month; of these all, as
        an early ending takes back what a later day was paid for.
        """
        return self._fetch(
            SQL(
                """
                WITH stated AS (
                    SELECT COALESCE(h.subscription_id, '') AS subscription,
                           COALESCE(h.sku_id, '') AS sku,
                           COALESCE(h.term, '') AS term,
                           COALESCE(h.billing_plan, '') AS plan,
                           h.id, h.kind, h.date_start, h.quantity, h.error,
                           COALESCE(h.position_id, b.position_id) AS position_id,
                           h.partner_id, h.product_id, i.month, i.id AS import_id,
                           CASE WHEN bool_or(c.charge_period_end IS NULL) THEN NULL
                                ELSE max(c.charge_period_end) END AS end,
                           array_agg(c.id ORDER BY c.id) AS row_ids
                      FROM msp_import_change h
                      JOIN msp_import i ON i.id = h.import_id
                      JOIN msp_import_change_row_rel r ON r.change_id = h.id
                      JOIN msp_provider_charge c ON c.id = r.row_id
                      LEFT JOIN msp_import_change b ON b.id = h.begin_change_id
                     WHERE %(condition)s AND i.month <= %(month)s
                       AND h.date_start < %(end)s
                     GROUP BY h.id, b.position_id, i.id
                    -- a later file says it anew
                    HAVING bool_or(c.superseded_by_id IS NULL)
                )
                SELECT * FROM stated
                 WHERE subscription IN (
                        SELECT subscription FROM stated GROUP BY 1
                        HAVING bool_or("end" IS NULL) OR max("end") > %(month)s)
                 ORDER BY month, import_id, date_start, id
                """,
                condition=self._import_condition(),
                month=self.month,
                end=self._end(),
            )
        )

    def _query_costs(self):
        """Yield the money of the month's rows that state quantities.

        By article and term of the change they are part of: converted, it is one.
        """
        return self._fetch(
            SQL(
                """
                SELECT COALESCE(h.subscription_id, c.subscription_id, '')
                         AS subscription,
                       COALESCE(h.sku_id, c.sku_id, '') AS sku,
                       COALESCE(h.term, c.term, '') AS term,
                       COALESCE(h.billing_plan, c.billing_plan, '') AS plan,
                       c.currency_id,
                       max(c.partner_id) AS partner_id,
                       max(c.product_id) AS product_id,
                       max(c.state_reason) AS reason,
                       sum(c.billed_cost) AS cost,
                       array_agg(c.id ORDER BY c.row) AS row_ids
                  FROM msp_provider_charge c
                  LEFT JOIN LATERAL (
                         SELECT h.* FROM msp_import_change h
                           JOIN msp_import_change_row_rel r ON r.change_id = h.id
                          WHERE r.row_id = c.id ORDER BY h.id LIMIT 1
                       ) h ON TRUE
                 WHERE c.import_id IN %s AND c.is_quantity
                   AND c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
                   AND c.state NOT IN ('unmapped_customer', 'unmapped_product')
                   AND c.is_left_out IS NOT TRUE
                   AND c.partner_id IS NOT NULL
                   AND (c.state != 'ignored' OR h.id IS NOT NULL)
                 GROUP BY 1, 2, 3, 4, 5
                 ORDER BY 1, 2, 3, 4, 5
                """,
                tuple(self.import_ids.ids),
            )
        )

    def _query_silent(self):
        """Yield subscription and article of rows of the month that say nothing."""
        return self._fetch(
            SQL(
                """
                SELECT DISTINCT COALESCE(c.subscription_id, '') AS subscription,
                       COALESCE(c.sku_id, '') AS sku
                  FROM msp_provider_charge c
                 WHERE c.import_id IN %s AND c.is_quantity
                   AND c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
                   AND c.state != 'no_change'
                   AND NOT EXISTS (SELECT 1 FROM msp_import_change_row_rel r
                                    WHERE r.row_id = c.id)
                """,
                tuple(self.import_ids.ids),
            )
        )

    def _import_condition(self):
        return SQL(
            "i.provider_id = %s AND i.company_id = %s AND i.state != 'withdrawn'",
            self.provider_id.id,
            self.company_id.id,
        )

    def _find_positions_of_others(self):
        """Return ids of the positions of which other providers' files speak by now.

        A customer may have moved: what this provider no longer supplies, another
        one does, and is compared there.
        """
        rows = self._fetch(
            SQL(
                """
                SELECT DISTINCT COALESCE(h.position_id, b.position_id) AS position_id
                  FROM msp_import_change h
                  JOIN msp_import i ON i.id = h.import_id
                  LEFT JOIN msp_import_change b ON b.id = h.begin_change_id
                 WHERE i.provider_id != %s AND i.company_id = %s
                   AND i.state != 'withdrawn' AND i.month <= %s
                   AND h.state != 'excluded'
                   AND COALESCE(h.position_id, b.position_id) IS NOT NULL
                """,
                self.provider_id.id,
                self.company_id.id,
                self.month,
            )
        )
        return {row.position_id for row in rows}

    def _fetch(self, query):
        """Return the rows of a query as tuples, with the columns' names."""
        return list(self._fetch_each(query))

    def _fetch_each(self, query):
        """Yield the same, not all in memory at once.

        Until the last one nothing else may be asked of the database.
        """
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(query)
        make = _row_of(tuple(column.name for column in cr.description))._make
        while rows := cr.fetchmany(FETCHED):
            yield from map(make, rows)


@lru_cache(maxsize=64)
def _row_of(names):
    """Return the class of a row with these columns."""
    return namedtuple("Row", names)
