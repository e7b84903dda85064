from odoo import models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_provider_order import OPEN


class MspLicenceStatus(models.Model):
    """Parts of the view's query; `s` in them is the row of a subscription."""

    _inherit = "msp.licence.status"

    def _query_billed(self):
        """Return the SQL of what the provider's last file says of each subscription."""
        return SQL(
            """
            SELECT DISTINCT ON (i.provider_id, i.company_id, h.subscription_id, h.sku_id)
                   i.provider_id, i.company_id, h.subscription_id,
                   COALESCE(h.sku_id, '') AS sku_id,
                   CASE WHEN h.kind = 'end' THEN 0 ELSE h.quantity END AS quantity
              FROM msp_import_change h JOIN msp_import i ON i.id = h.import_id
             WHERE i.month IS NOT NULL AND i.state != 'withdrawn'
               AND h.subscription_id IS NOT NULL AND h.kind IN ('begin', 'set', 'end')
             ORDER BY i.provider_id, i.company_id, h.subscription_id, h.sku_id,
                   i.month DESC, h.date_start DESC, h.id DESC
            """
        )

    def _query_positions(self):
        """Return the SQL of the positions of a subscription `s`."""
        return SQL(
            """
            SELECT s.position_id WHERE s.position_id IS NOT NULL
             UNION
            SELECT h.position_id FROM msp_position_share h
             WHERE h.mapping_id = s.mapping_id AND h.position_id IS NOT NULL
            """
        )

    def _query_invoiced(self):
        """Return the SQL of how many units were billed last of a subscription `s`."""
        return SQL(
            """
            SELECT sum(k.quantity) FROM (%s) p
             CROSS JOIN LATERAL (
                     SELECT COALESCE((k.basis->-1->>2)::numeric, k.quantity) AS quantity
                       FROM msp_charge k
                      WHERE k.position_id = p.position_id AND k.counts
                        AND k.kind IN ('regular', 'correction', 'opening')
                      ORDER BY k.date_end DESC, k.settlement DESC, k.sequence DESC
                      LIMIT 1
                   ) k
            """,
            self._query_positions(),
        )

    def _query_said_since(self):
        """Return the SQL of since when the provider says its units of `s`.

        A renewal or another count is no other number of units.
        """
        return SQL(
            """
            SELECT COALESCE(max(h.day), s.state_since)
              FROM msp_subscription_change h
             WHERE h.subscription_id = s.id
               AND (h.what IN ('seen', 'gone') OR h.what = s.count_kind
                 OR (h.what = 'status' AND (h.old IN ('ended', 'pending')
                                         OR h.new IN ('ended', 'pending'))))
            """
        )

    def _query_agreed_since(self):
        """Return the SQL of since when the contract has its units for `s`.

        Another price or text begins a line, but is no other number of units.
        """
        return SQL(
            """
            SELECT max(COALESCE(
                     (SELECT max(e.date_end) + 1 FROM msp_contract_line e
                       WHERE e.position_id = p.position_id AND e.date_end < %(today)s
                         AND e.quantity IS DISTINCT FROM (
                               SELECT l.quantity FROM msp_contract_line l
                                WHERE l.position_id = p.position_id
                                  AND l.date_start <= %(today)s
                                  AND (l.date_end IS NULL OR l.date_end >= %(today)s))),
                     (SELECT min(e.date_start) FROM msp_contract_line e
                       WHERE e.position_id = p.position_id
                         AND e.date_start <= %(today)s)))
              FROM (%(positions)s) p
            """,
            positions=self._query_positions(),
            today=company_today(self.env.company),
        )

    def _query_change(self):
        """Return the SQL of the newest change that is open for a subscription `s`."""
        return SQL(
            """
            SELECT max(h.id) FROM msp_import_change h JOIN msp_import i ON i.id = h.import_id
             WHERE h.state IN ('proposed', 'waiting', 'failed')
               AND h.subscription_id = s.subscription_id
               AND i.provider_id = s.provider_id AND i.company_id = s.company_id
               AND i.state != 'withdrawn'
            """
        )

    def _query_order(self):
        """Return the SQL of the order of units that is open for a subscription `s`."""
        return SQL(
            """
            SELECT max(o.id) FROM msp_provider_order o
             WHERE o.subscription_id = s.id AND o.kind = 'quantity'
               AND o.state = ANY(%s)
            """,
            list(OPEN),
        )
