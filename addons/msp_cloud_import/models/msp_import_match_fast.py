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
        decided = {key[0] for key in (*done, *excluded)}
        self.env.cr.execute("DROP TABLE IF EXISTS msp_import_fast")
        # A table of its own that is analyzed: what the planner does not know of rows
        # that are a moment old would cost minutes.
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMP TABLE msp_import_fast ON COMMIT DROP AS
                SELECT c.id, c.row, c.company_id, c.partner_id, c.product_id,
                       c.customer_mapping_id, c.subscription_id,
                       COALESCE(c.sku_id, '') AS sku_id,
                       COALESCE(c.term, '') AS term,
                       COALESCE(c.billing_plan, '') AS billing_plan,
                       c.charge_period_start AS day, c.pricing_quantity,
                       c.billed_cost, c.currency_id, b.commercial_partner_id,
                       NULL::int AS change_id, NULL::int AS position_id,
                       NULL::int AS contract_id, NULL::numeric AS content,
                       count(*) OVER (PARTITION BY c.subscription_id) = 1
                         AND c.event IN ('purchase', 'renewal', 'recurring')
                         AND c.pricing_quantity > 0 AND c.has_pricing_quantity
                         AND c.is_difference IS NOT TRUE
                         AND c.known_charge_id IS NULL
                         AND c.previous_charge_id IS NULL
                         AND COALESCE(c.flags, '') NOT LIKE %(trial)s
                         AND (c.term IS NOT NULL OR c.billing_plan IS NOT NULL)
                         AND COALESCE(a.quantity_column, '') != 'purchased'
                         AND c.subscription_id != ALL(%(decided)s)
                         AND c.subscription_id != ALL(%(blocked)s) AS is_plain
                  FROM msp_provider_charge c
                  JOIN res_partner b ON b.id = c.partner_id
                  LEFT JOIN msp_product_mapping a ON a.id = c.product_mapping_id
                 WHERE c.id IN (%(rows)s)
                """,
                rows=self._get_rows_to_compare(mappings),
                trial="%trial%",
                decided=list(decided),
                blocked=list(blocked),
            )
        )
        self.env.cr.execute("ANALYZE msp_import_fast")
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_import_fast f
                   SET change_id = nextval('msp_import_change_id_seq'),
                       position_id = p.id, contract_id = p.contract_id,
                       content = l.quantity
                  FROM msp_position_mapping m
                  JOIN msp_contract_position p ON p.id = m.position_id
                  JOIN msp_contract t ON t.id = p.contract_id
                  JOIN msp_contract_line l ON l.position_id = p.id
                 WHERE f.is_plain AND m.provider_id = %(provider)s
                   AND m.company_id = f.company_id
                   AND m.subscription_id = f.subscription_id
                   AND m.sku_id = f.sku_id
                   AND l.date_start <= f.day
                   AND (l.date_end IS NULL OR l.date_end >= f.day)
                   AND abs(f.pricing_quantity - l.quantity) < 0.0000000005
                   AND t.state = 'active' AND t.company_id = f.company_id
                   AND t.commercial_partner_id = f.commercial_partner_id
                   AND (t.date_end IS NULL OR t.date_end >= f.day)
                   AND (p.product_id = f.product_id OR m.is_chosen)
                   AND p.bundle_id IS NULL
                   -- several subscriptions of one position go together
                   AND NOT EXISTS (
                         SELECT 1 FROM msp_position_mapping o
                          WHERE o.position_id = p.id AND o.id != m.id)
                """,
                provider=self.provider_id.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO msp_import_change (
                       id, import_id, company_id, rows_label, partner_id,
                       product_id, subscription_id, sku_id, term, billing_plan,
                       contract_id, position_id, kind, date_start, quantity,
                       old_quantity, difference, has_content, content_quantity,
                       cost, cost_currency_id, state,
                       create_uid, create_date, write_uid, write_date)
                SELECT change_id, %(id)s, company_id, row::text, partner_id,
                       product_id, subscription_id, sku_id, term, billing_plan,
                       contract_id, position_id, 'set', day, pricing_quantity,
                       content, 0, TRUE, content,
                       billed_cost, currency_id, 'no_change',
                       %(uid)s, %(now)s, %(uid)s, %(now)s
                  FROM msp_import_fast WHERE change_id IS NOT NULL
                """,
                id=self.id,
                uid=self.env.uid,
                now=self.env.cr.now(),
            )
        )
        self.env.cr.execute(
            "INSERT INTO msp_import_change_row_rel (change_id, row_id) "
            "SELECT change_id, id FROM msp_import_fast WHERE change_id IS NOT NULL"
        )
        self.env.cr.execute(
            "SELECT DISTINCT customer_mapping_id FROM msp_import_fast "
            "WHERE change_id IS NULL"
        )
        left = {mapping_id for (mapping_id,) in self.env.cr.fetchall()}
        self.env.cr.execute("DROP TABLE msp_import_fast")
        self.env.invalidate_all()
        return mappings.filtered(lambda mapping: mapping.id in left)

    def _get_rows_to_compare(self, mappings):
        """Return the query of the rows that the slow comparison would read."""
        domain = self._get_rows_domain(mappings.ids)
        return self.env["msp.provider.charge"]._search(domain).subselect()
