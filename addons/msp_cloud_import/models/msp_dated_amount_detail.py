from odoo import fields, models
from odoo.tools import SQL

from .msp_dated_amount_detail_sql import KINDS, SAYS_MORE, SUBJECT, query_usage


class MspDatedAmount(models.Model):
    """Usage in files of several kinds: only the most detailed kind is passed on."""

    _inherit = "msp.dated.amount"

    def _find_rivals(self):
        """Return applied amounts for what files of other kinds say of the same months.

        Nothing where a provider sends one kind.
        """
        self.env.flush_all()
        keys = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT c.provider_id, c.company_id, c.partner_id
                  FROM msp_dated_amount a
                  JOIN msp_provider_charge c ON c.id = a.provider_charge_id
                 WHERE a.id = ANY(%(ids)s) AND c.partner_id IS NOT NULL AND EXISTS (
                         SELECT FROM msp_import i
                          WHERE i.provider_id = c.provider_id
                            AND i.company_id = c.company_id
                            AND i.format_id = ANY(%(kinds)s)
                         HAVING count(DISTINCT i.format_id) > 1)
                """,
                ids=self.ids,
                kinds=list(KINDS),
            )
        )
        if not keys:
            return self.browse()
        rows = self.env.execute_query(
            SQL(
                """
                WITH usage AS MATERIALIZED (%(usage)s), touched AS MATERIALIZED (
                  SELECT DISTINCT provider_id, company_id, partner_id, event, month
                    FROM usage WHERE row_id = ANY(%(rows)s))
                SELECT a.id
                  FROM usage u
                  JOIN touched t USING (provider_id, company_id, partner_id, event,
                                        month)
                  JOIN msp_dated_amount a ON a.provider_charge_id = u.row_id
                 WHERE a.is_applied
                """,
                usage=query_usage(
                    SQL(
                        "c.provider_id = ANY(%s) AND c.company_id = ANY(%s) "
                        "AND c.partner_id = ANY(%s)",
                        *(list(set(ids)) for ids in zip(*keys, strict=True)),
                    )
                ),
                rows=self.provider_charge_id.ids,
            )
        )
        return self.browse([amount_id for (amount_id,) in rows])


class MspProviderCharge(models.Model):
    _inherit = "msp.provider.charge"

    detailed_by_id = fields.Many2one(
        "msp.import",
        "In Detail In",
        ondelete="set null",
        index="btree_not_null",
        help="A more detailed file of the same usage, which is passed on instead.",
    )

    def _drop_proposals(self):
        """Drop what is proposed of these rows; others of the same changes wait again."""
        changes = self.env["msp.import.change"].search(
            [
                ("provider_charge_ids", "in", self.ids),
                ("state", "in", ("proposed", "waiting", "failed")),
                ("version_id", "=", False),
            ]
        )
        begins = changes.begin_change_id.filtered(lambda one: one.state != "applied")
        others = changes.search(
            [("begin_change_id", "in", begins.ids), ("id", "not in", changes.ids)]
        )
        rows = changes.provider_charge_ids
        (changes | (begins - others.begin_change_id))._system_unlink()
        for import_, mine in rows.grouped("import_id").items():
            if import_.state == "prepared":
                import_._system_write({"state": "mapped"})
            import_._refresh_rows(only=SQL("c.id = ANY(%s)", mine.ids))


class MspImport(models.Model):
    """Rows of usage that a more detailed file says as well."""

    _inherit = "msp.import"

    def _finish(self):
        super()._finish()
        self._settle_details()

    def _withdraw(self, reason):
        super()._withdraw(reason)
        self._settle_details()

    def _take_back(self, rows):
        super()._take_back(rows)
        rows.import_id._settle_details()

    def _settle_details(self):
        """Let rows of other files be information, or count again, as these pass on."""
        for import_ in self:
            import_._link_details(SQL("c.import_id != %s", import_.id))

    def _link_details(self, rows):
        """Link rows to the file that passes on what they say in more detail.

        Of the customers of this import.

        :param rows: SQL condition on the rows "c" that may be linked
        """
        self.env.flush_all()
        changed = self.env.execute_query(
            SQL(
                """
                WITH usage AS MATERIALIZED (%(usage)s), details AS (
                  SELECT DISTINCT u.import_id, %(subject)s FROM usage u
                    JOIN msp_dated_amount a ON a.provider_charge_id = u.row_id
                   WHERE a.counts
                ), verdicts AS (
                  SELECT DISTINCT ON (v.row_id) v.row_id, d.import_id, i.name,
                         v.azure = '' AND d.plan = '' AS is_loose
                    FROM usage v LEFT JOIN details d ON %(says_more)s
                    LEFT JOIN msp_import i ON i.id = d.import_id
                   ORDER BY v.row_id, d.detail DESC NULLS LAST, d.import_id DESC
                )
                UPDATE msp_provider_charge c
                   SET detailed_by_id = v.import_id,
                       state = CASE WHEN v.import_id IS NULL OR c.state = 'ignored'
                         THEN c.state ELSE 'info' END,
                       state_reason = CASE WHEN c.state = 'ignored' THEN c.state_reason
                         WHEN v.import_id IS NOT NULL
                         THEN format(CASE WHEN v.is_loose THEN %(loose)s
                           ELSE %(reason)s END, v.name) END
                  FROM verdicts v
                 WHERE c.id = v.row_id AND %(rows)s
                   AND c.detailed_by_id IS DISTINCT FROM v.import_id
                   AND c.import_id IN (
                         SELECT id FROM msp_import WHERE state != 'withdrawn')
                RETURNING c.id, c.detailed_by_id
                """,
                usage=self._query_usage_of_customers(),
                subject=SUBJECT,
                says_more=SAYS_MORE,
                rows=rows,
                reason=self.env._(
                    "%s says this in more detail and is passed on instead", "%1$s"
                ),
                loose=self.env._(
                    "%s says what the customer used in the month in more detail and is "
                    "passed on instead; it names no plans, so compare the sums",
                    "%1$s",
                ),
            )
            if self._has_several_kinds()
            else SQL("SELECT NULL, NULL WHERE FALSE")
        )
        self.env.invalidate_all()
        charges = self.env["msp.provider.charge"]
        aside = charges.browse([row_id for row_id, detail in changed if detail])
        back = charges.browse([row_id for row_id, detail in changed if not detail])
        aside._drop_proposals()
        for import_ in back.import_id:
            import_._recount_rows()
            if import_.state == "prepared":
                import_._system_write({"state": "mapped"})
            import_.message_post(
                body=self.env._(
                    "Usage that a more detailed file had counts here again."
                )
            )

    def _has_several_kinds(self):
        kinds = self._read_group(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("format_id", "in", KINDS),
            ],
            ["format_id"],
        )
        return len(kinds) > 1

    def _query_usage_of_customers(self):
        # As a condition of the query, the planner would loop over rows a moment old.
        partners = self.env.execute_query(
            SQL(
                "SELECT DISTINCT partner_id FROM msp_provider_charge "
                "WHERE import_id = %s AND is_amount AND partner_id IS NOT NULL",
                self.id,
            )
        )
        return query_usage(
            SQL(
                "c.provider_id = %s AND c.company_id = %s AND c.partner_id = ANY(%s)",
                self.provider_id.id,
                self.company_id.id,
                [partner_id for (partner_id,) in partners],
            )
        )

    def _find_proposed_details(self, rows):
        """Return {row id: number of an import that proposes the same in detail}.

        Its rows neither count yet nor are they lost if nobody applies them.
        """
        if not self._has_several_kinds():
            return {}
        self.env.flush_all()
        return dict(
            self.env.execute_query(
                SQL(
                    """
                    WITH usage AS MATERIALIZED (%(usage)s), details AS (
                      SELECT DISTINCT u.import_id, %(subject)s FROM usage u
                        JOIN msp_dated_amount a ON a.provider_charge_id = u.row_id
                        JOIN msp_import_change h ON h.id = a.change_id
                       WHERE h.state = 'proposed')
                    SELECT v.row_id, min(i.name) FROM usage v
                      JOIN details d ON %(says_more)s
                      JOIN msp_import i ON i.id = d.import_id
                     WHERE v.row_id = ANY(%(rows)s) GROUP BY v.row_id
                    """,
                    usage=self._query_usage_of_customers(),
                    subject=SUBJECT,
                    says_more=SAYS_MORE,
                    rows=rows.ids,
                )
            )
        )

    def _find_outdone(self, rows):
        """Return the engine's keys of amounts that count until these rows do."""
        if not self._has_several_kinds():
            return set()
        self.env.flush_all()
        found = self.env.execute_query(
            SQL(
                """
                WITH usage AS MATERIALIZED (%(usage)s), details AS (
                  SELECT DISTINCT %(subject)s FROM usage u
                   WHERE u.row_id = ANY(%(rows)s))
                SELECT DISTINCT a.id FROM usage v
                  JOIN msp_dated_amount a ON a.provider_charge_id = v.row_id
                  JOIN details d ON %(says_more)s
                 WHERE a.counts
                """,
                usage=self._query_usage_of_customers(),
                subject=SUBJECT,
                says_more=SAYS_MORE,
                rows=rows.ids,
            )
        )
        amounts = self.env["msp.dated.amount"]
        return {amounts.browse(amount_id)._engine_key() for (amount_id,) in found}
