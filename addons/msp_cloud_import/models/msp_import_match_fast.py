from odoo import models
from odoo.tools import SQL


class MspImport(models.Model):
    """Step 3 for what goes on as before: most rows of most files, in one query.

    A subscription of which the file has one row that begins a period, that is known,
    and whose position has this quantity already. What is odd in any way is left to
    the comparison row by row, which says the same of these.
    """

    _inherit = "msp.import"

    def _propose_unchanged(self, mappings, blocked, done, excluded):
        """Store that contracts say the same, where it is so.

        :param mappings: the assigned customers of the file
        :param blocked: {subscription or customer: why it waits}
        :param done: keys of changes that are kept
        :param excluded: keys of changes that were left out
        :return: those of `mappings` of which rows are left
        """
        self.env.flush_all()
        rows = self._get_rows_to_compare(mappings)
        decided = {key[0] for key in (*done, *excluded)}
        self.env.cr.execute(
            SQL(
                """
                WITH rows AS MATERIALIZED (
                    SELECT c.id, c.row, c.company_id, c.partner_id, c.product_id,
                           c.subscription_id, c.sku_id, c.term, c.billing_plan,
                           c.charge_period_start AS day, c.pricing_quantity,
                           c.billed_cost, c.currency_id, c.event, c.customer_key,
                           c.is_difference OR NOT c.has_pricing_quantity
                             OR c.known_charge_id IS NOT NULL
                             OR c.previous_charge_id IS NOT NULL
                             OR c.flags LIKE %(trial)s
                             OR (c.term IS NULL AND c.billing_plan IS NULL)
                             OR a.quantity_column = 'purchased'
                             AS is_odd,
                           count(*) OVER (PARTITION BY c.subscription_id) AS rivals
                      FROM msp_provider_charge c
                      LEFT JOIN msp_product_mapping a ON a.id = c.product_mapping_id
                     WHERE c.id IN (%(rows)s)
                ), fast AS MATERIALIZED (
                    SELECT nextval('msp_import_change_id_seq') AS change_id, r.*,
                           p.id AS position_id, p.contract_id,
                           l.quantity AS content
                      FROM rows r
                      JOIN msp_position_mapping m ON m.provider_id = %(provider)s
                       AND m.company_id = r.company_id
                       AND m.subscription_id = r.subscription_id
                       AND m.sku_id = COALESCE(r.sku_id, '')
                      JOIN msp_contract_position p ON p.id = m.position_id
                      JOIN msp_contract t ON t.id = p.contract_id
                      JOIN res_partner b ON b.id = r.partner_id
                      JOIN msp_contract_line l ON l.position_id = p.id
                       AND l.date_start <= r.day
                       AND (l.date_end IS NULL OR l.date_end >= r.day)
                     WHERE r.rivals = 1 AND r.is_odd IS NOT TRUE
                       AND r.event IN ('purchase', 'renewal', 'recurring')
                       AND r.pricing_quantity > 0
                       AND abs(r.pricing_quantity - l.quantity) < 0.0000000005
                       AND r.subscription_id != ALL(%(decided)s)
                       AND r.subscription_id != ALL(%(blocked)s)
                       AND t.state = 'active' AND t.company_id = r.company_id
                       AND t.commercial_partner_id = b.commercial_partner_id
                       AND (t.date_end IS NULL OR t.date_end >= r.day)
                       AND (p.product_id = r.product_id OR m.is_chosen)
                       AND p.bundle_id IS NULL
                       -- several subscriptions of one position go together
                       AND NOT EXISTS (
                             SELECT 1 FROM msp_position_mapping o
                              WHERE o.position_id = p.id AND o.id != m.id)
                ), made AS (
                    INSERT INTO msp_import_change (
                           id, import_id, company_id, rows_label, partner_id,
                           product_id, subscription_id, sku_id, term, billing_plan,
                           contract_id, position_id, kind, date_start, quantity,
                           old_quantity, difference, has_content, content_quantity,
                           cost, cost_currency_id, state,
                           create_uid, create_date, write_uid, write_date)
                    SELECT change_id, %(id)s, company_id, row::text, partner_id,
                           product_id, subscription_id, COALESCE(sku_id, ''),
                           COALESCE(term, ''), COALESCE(billing_plan, ''),
                           contract_id, position_id, 'set', day, pricing_quantity,
                           content, 0, TRUE, content,
                           billed_cost, currency_id, 'no_change',
                           %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM fast
                     ORDER BY change_id
                )
                INSERT INTO msp_import_change_row_rel (change_id, row_id)
                SELECT change_id, id FROM fast
                """,
                id=self.id,
                provider=self.provider_id.id,
                rows=rows,
                trial="%trial%",
                decided=list(decided),
                blocked=list(blocked),
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env.invalidate_all()
        return self._find_left_over(mappings)

    def _get_rows_to_compare(self, mappings):
        """Return the query of the rows that the slow comparison would read."""
        domain = self._get_rows_domain(mappings.ids)
        return self.env["msp.provider.charge"]._search(domain).subselect()

    def _find_left_over(self, mappings):
        """Return the customers who have rows that are part of no change."""
        rows = self._get_rows_to_compare(mappings)
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT c.customer_mapping_id FROM msp_provider_charge c "
                "WHERE c.id IN (%s) AND NOT EXISTS (%s)",
                rows,
                self._get_fast_changes(SQL("r.row_id = c.id")),
            )
        )
        left = {mapping_id for (mapping_id,) in self.env.cr.fetchall()}
        return mappings.filtered(lambda mapping: mapping.id in left)

    def _get_fast_changes(self, condition):
        """Return the query of rows whose changes were found unchanged already."""
        return SQL(
            "SELECT r.row_id FROM msp_import_change_row_rel r "
            "JOIN msp_import_change h ON h.id = r.change_id "
            "WHERE h.import_id = %s AND h.state = 'no_change' AND %s",
            self.id,
            condition,
        )
