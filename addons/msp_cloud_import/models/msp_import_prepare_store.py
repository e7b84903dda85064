from odoo import models
from odoo.models import LOG_ACCESS_COLUMNS
from odoo.tools import SQL

# What there is to say of what goes on as before; all else is empty.
_SAID = (
    "import_id",
    "company_id",
    "rows_label",
    "partner_id",
    "product_id",
    "subscription_id",
    "sku_id",
    "term",
    "billing_plan",
    "contract_id",
    "position_id",
    "kind",
    "date_start",
    "quantity",
    "old_quantity",
    "difference",
    "file_quantity",
    "file_date",
    "has_content",
    "content_quantity",
    "cost",
    "cost_currency_id",
    "cost_price",
    "last_cost_price",
    "cost_price_currency",
    "state",
    "currency_id",
    "amount_before",
    "amount_file",
    "amount_after",
    "amount_change",
)


class MspImport(models.Model):
    """Storing that contracts say the same, but for what is stored of it already."""

    _inherit = "msp.import"

    def _get_settled_changes(self):
        """Return changes that may be found again as they are when preparing again.

        Contracts said the same, nobody has decided anything, and the rows are still
        assigned to what they were assigned to.
        """
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                SELECT h.id
                  FROM msp_import_change h
                  JOIN msp_import_change_row_rel r ON r.change_id = h.id
                  JOIN msp_provider_charge c ON c.id = r.row_id
                  JOIN msp_customer_mapping cm ON cm.id = c.customer_mapping_id
                  JOIN msp_product_mapping pm ON pm.id = c.product_mapping_id
                 WHERE h.import_id = %s AND h.state = 'no_change'
                   AND h.decision IS NULL AND h.edits IS NULL
                 GROUP BY h.id
                HAVING count(*) = 1 AND bool_and(
                         c.state = 'no_change' AND c.partner_id = cm.partner_id
                         AND c.product_id = pm.product_id)
                """,
                self.id,
            )
        )
        return self.env["msp.import.change"].browse([row[0] for row in found])

    def _store_same(self):
        made, settled = self._query_made(), self._get_settled_changes()
        if settled:
            table = self._make_table("msp_import_made", made, "charge_id")
            self._keep_settled(settled, table)
            made = SQL("SELECT * FROM %s", table)
        cr = self.env.cr
        # Each foreign key is checked for each row: nobody asks which user had it found
        # that nothing changes.
        cr.execute(
            SQL(
                """
                WITH made AS MATERIALIZED (%(made)s), linked AS (
                  INSERT INTO msp_import_change_row_rel (change_id, row_id)
                  SELECT id, charge_id FROM made
                )
                INSERT INTO msp_import_change (id, %(said)s, create_date, write_date)
                SELECT id, %(said)s, %(now)s, %(now)s FROM made
                """,
                made=made,
                said=SQL(", ").join(map(SQL.identifier, _SAID)),
                now=cr.now(),
            )
        )
        self._analyze(
            cr.rowcount,
            msp_import_change=("import_id", "state", "contract_id", "position_id"),
            msp_import_change_row_rel=(),
        )
        if settled:
            cr.execute("DROP TABLE msp_import_made")

    def _query_made(self):
        return SQL(
            """
            SELECT nextval('msp_import_change_id_seq')::int AS id, s.id AS charge_id,
                   %(id)s AS import_id, %(company)s AS company_id,
                   f.row::text AS rows_label, f.partner_id, f.product_id,
                   f.subscription_id, f.sku_id, f.term, f.billing_plan,
                   s.contract_id, s.position_id, 'set' AS kind, f.first AS date_start,
                   f.quantity, f.quantity AS old_quantity, 0 AS difference,
                   f.quantity AS file_quantity, f.first AS file_date,
                   TRUE AS has_content, f.quantity AS content_quantity,
                   round(f.cost / u.rounding) * u.rounding AS cost,
                   f.currency_id AS cost_currency_id, f.price AS cost_price,
                   COALESCE(s.last_price, 0) AS last_cost_price,
                   f.price_currency AS cost_price_currency, 'no_change' AS state,
                   s.currency_id, w.before AS amount_before, w.file AS amount_file,
                   w.before AS amount_after, 0 AS amount_change
              FROM (SELECT * FROM msp_import_same ORDER BY id) s
              JOIN msp_import_said f ON f.id = s.id
              JOIN msp_import_worth w ON w.alike = s.alike
              LEFT JOIN res_currency u ON u.id = f.currency_id
            """,
            id=self.id,
            company=self.company_id.id,
        )

    def _keep_settled(self, settled, made):
        """Drop settled changes but those that would be made again as they are."""
        kept = self.env.execute_query(
            SQL(
                """
                SELECT h.id
                  FROM msp_import_change h
                  JOIN msp_import_change_row_rel r ON r.change_id = h.id
                  JOIN %(made)s n ON n.charge_id = r.row_id
                 WHERE h.id = ANY(%(settled)s)
                   AND (%(old)s) IS NOT DISTINCT FROM (%(new)s)
                   AND ROW(%(empty)s) IS NULL AND %(alone)s
                """,
                made=made,
                settled=settled.ids,
                old=SQL(", ").join(SQL.identifier("h", name) for name in _SAID),
                new=SQL(", ").join(SQL.identifier("n", name) for name in _SAID),
                empty=SQL(", ").join(
                    SQL.identifier("h", field.name)
                    for field in settled._fields.values()
                    if field.store
                    and field.column_type
                    and field.name not in (*_SAID, "id", *LOG_ACCESS_COLUMNS)
                ),
                alone=SQL(" AND ").join(
                    SQL(
                        "NOT EXISTS (SELECT 1 FROM %s x WHERE x.%s = h.id)",
                        SQL.identifier(field.relation),
                        SQL.identifier(field.column1),
                    )
                    for field in settled._fields.values()
                    if field.store
                    and field.type == "many2many"
                    and field.name != "provider_charge_ids"
                ),
            )
        )
        changed = settled - settled.browse([row[0] for row in kept])
        if changed:
            changed._system_unlink()
            self._refresh_rows()
            self._update_open_amounts()
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s n USING msp_import_change_row_rel r "
                "JOIN msp_import_change h ON h.id = r.change_id "
                "WHERE r.row_id = n.charge_id AND h.id = ANY(%s)",
                made,
                [row[0] for row in kept],
            )
        )
