from odoo import models
from odoo.tools import SQL

# So many new rows change what the planner has to know of a table.
MANY_ROWS = 1000
# What a query may sort and join in memory; PostgreSQL's own default is 4 MB.
MEMORY = "64MB"


class MspImport(models.Model):
    """What becomes of a file's rows once its changes are prepared or applied."""

    _inherit = "msp.import"

    def _update_rows(self, changes=None):
        """Let the rows follow the changes they are part of.

        :param changes: only rows of these
        """
        self.env.flush_all()
        own = SQL(
            "SELECT id, state, error, date_start, contract_id, position_id, version_id "
            "FROM msp_import_change WHERE import_id = %s",
            self.id,
        )
        if changes is None:
            own = self._make_table("msp_import_own", own)
            spoken = self._query_spoken(own, SQL("TRUE"))
            spoken = self._make_table("msp_import_spoken", spoken)
        else:
            only = SQL(
                "r.row_id IN (SELECT row_id FROM msp_import_change_row_rel "
                "WHERE change_id = ANY(%s))",
                changes.ids,
            )
            spoken = SQL("(%s)", self._query_spoken(SQL("(%s)", own), only))
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET state = s.new_state, state_reason = s.reason,
                       contract_id = s.contract_id, position_id = s.position_id,
                       version_id = s.version_id
                  FROM (
                    SELECT c.id, h.contract_id, h.position_id,
                           CASE
                             WHEN c.superseded_by_id IS NOT NULL THEN 'ignored'
                             WHEN c.known_charge_id IS NOT NULL THEN 'ignored'
                             WHEN h.state = 'excluded' THEN 'ignored'
                             WHEN c.detailed_by_id IS NOT NULL THEN 'info'
                             WHEN h.state = 'proposed' THEN 'matched'
                             WHEN h.state = 'applied' THEN 'applied'
                             WHEN h.state = 'no_change' THEN 'no_change'
                             ELSE 'waiting' END AS new_state,
                           CASE WHEN c.known_charge_id IS NOT NULL
                             OR c.superseded_by_id IS NOT NULL
                             OR c.detailed_by_id IS NOT NULL
                             THEN c.state_reason ELSE h.error END AS reason,
                           -- A draft that waits for an approval has caused nothing
                           -- yet.
                           CASE WHEN h.state = 'applied'
                             THEN h.version_id END AS version_id
                      FROM %s h
                      JOIN msp_provider_charge c ON c.id = h.row_id
                     WHERE c.state != 'applied'
                  ) s
                 WHERE c.id = s.id
                   AND (c.state, c.state_reason, c.contract_id, c.position_id,
                        c.version_id)
                       IS DISTINCT FROM
                       (s.new_state, s.reason, s.contract_id, s.position_id,
                        s.version_id)
                """,
                spoken,
            )
        )
        if changes is None:
            self.env.cr.execute("DROP TABLE msp_import_own, msp_import_spoken")
        self.env.invalidate_all()

    def _query_spoken(self, own, only):
        """Return the query of what changes say of each row.

        A row may be part of several: of the positions that share it, or of a day on
        which it contradicts a version.
        """
        return SQL(
            """
            SELECT DISTINCT ON (r.row_id) r.row_id, h.state, h.error, h.contract_id,
                   h.position_id, h.version_id
              FROM %s h
              JOIN msp_import_change_row_rel r ON r.change_id = h.id
             WHERE %s
             ORDER BY r.row_id, array_position(
               ARRAY['waiting', 'failed', 'proposed', 'applied', 'excluded'],
               h.state::text), h.date_start, h.id
            """,
            own,
            only,
        )

    def _make_table(self, name, query, *columns):
        """Fill a table of our own that is analyzed; return its name.

        What the planner does not know of rows a moment old costs minutes.

        :param columns: those by which others find its rows; none: all
        """
        table = SQL.identifier(name)
        self.env.cr.execute(
            SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", table, query)
        )
        self.env.cr.execute(SQL("ANALYZE %s", _with_columns(name, columns)))
        return table

    def _allow_memory(self):
        """Let the queries of this transaction keep the rows of a file in memory."""
        self.env.cr.execute(
            "SELECT set_config('work_mem', %(memory)s, TRUE) "
            "WHERE pg_size_bytes(current_setting('work_mem')) < pg_size_bytes(%(memory)s)",
            {"memory": MEMORY},
        )

    def _analyze(self, number, **tables):
        """Let the planner know of rows just stored or changed, if they are many.

        Where others analyze the same table at this moment, they do.

        :param tables: the columns of each table, none: all
        """
        if number > MANY_ROWS:
            names = SQL(", ").join(_with_columns(*table) for table in tables.items())
            self.env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", names))

    def _settle_rest(self, blocked):
        """Say what became of rows that are part of no change."""
        words = list(blocked)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET state = CASE WHEN c.subscription_id = ANY(%(words)s)
                         THEN 'waiting' ELSE 'no_change' END,
                       state_reason = CASE WHEN c.subscription_id = ANY(%(words)s)
                         THEN %(blocked)s ELSE %(nothing)s END
                 WHERE c.import_id = %(id)s AND c.is_quantity AND c.state = 'waiting'
                   AND c.gone_decision IS DISTINCT FROM 'open'
                   AND c.partner_id IS NOT NULL AND c.product_id IS NOT NULL
                   AND NOT EXISTS (SELECT 1 FROM msp_import_change_row_rel r
                                    WHERE r.row_id = c.id)
                """,
                id=self.id,
                words=words,
                blocked=self.env._(
                    "Another row of this subscription could not be read or understood"
                ),
                nothing=self.env._(
                    "Leaves the quantity as it was: taken back, or to and fro on a day"
                ),
            )
        )
        self.env.invalidate_all()


def _with_columns(table, columns):
    """Return a table as ANALYZE has it."""
    names = SQL(", ").join(map(SQL.identifier, columns))
    return SQL("%s (%s)" if columns else "%s%s", SQL.identifier(table), names)
