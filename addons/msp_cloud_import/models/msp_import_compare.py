from odoo import models
from odoo.tools import SQL

from ..formats import Line, match


class MspImport(models.Model):
    """A file compared with what earlier files said of the same lines.

    Whatever way a row comes again, one reading of it counts. A row that says
    otherwise than before replaces it; one that is missing asks.
    """

    _inherit = "msp.import"

    def _store(self, reading, parts=None):
        super()._store(reading, parts)
        self._analyze(self.charge_count, msp_provider_charge=())
        self._compare_with_before()

    def _compare_with_before(self):
        """Link the rows just read to those of earlier files."""
        self.env.flush_all()
        old = self._load_lines(self._get_compared_rows())
        if not old:
            return
        new = self._load_lines(SQL("c.import_id = %s", self.id))
        matching = match(old, new)
        if not (matching.same or matching.changed):
            # Another part of the invoice, or another invoice of the month.
            return
        found = [one.id for one, _line in [*matching.same, *matching.changed]]
        names = self.env["msp.provider.charge"].browse(found)
        self._check_no_part(names.import_id)
        touched = self._find_groups([line.id for _old, line in matching.changed])
        groups = self._find_groups_of([line.id for _old, line in matching.same])
        kept = [pair for pair in matching.same if groups.get(pair[1].id) not in touched]
        renewed = [pair for pair in matching.same if groups.get(pair[1].id) in touched]
        self._link_known(kept)
        self._link_replaced(renewed, "same")
        self._link_replaced(matching.changed, "changed")
        self._mark(matching.new, "new")
        self._ask_for_gone(matching)
        self._replace([one.id for one, _line in [*renewed, *matching.changed]])
        self.env.invalidate_all()
        self._system_write(
            {
                "is_compared": True,
                "compared_names": ", ".join(
                    sorted(names.import_id.mapped("name"))[:10]
                ),
            }
        )

    def _get_compared_rows(self):
        """Return which rows of earlier files these may be: those that count."""
        return SQL(
            """
            c.import_id != %(id)s AND i.state != 'withdrawn'
            AND c.provider_id = %(provider)s AND c.company_id = %(company)s
            AND c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
            AND c.id IN (
                  SELECT o.id FROM msp_provider_charge n
                    JOIN msp_provider_charge o ON o.line_key = n.line_key
                   WHERE n.import_id = %(id)s
                  UNION %(spoken_for)s)
            """,
            id=self.id,
            provider=self.provider_id.id,
            company=self.company_id.id,
            spoken_for=self._get_spoken_for(),
        )

    def _get_spoken_for(self):
        """Return of which rows the file says by silence that there are none.

        Those of the same invoice; without numbers those of the same month, if the
        provider's files are complete.
        """
        rows = SQL(
            "SELECT o.id FROM msp_provider_charge o "
            "WHERE o.invoice_id = ANY(%s) AND o.company_id = %s",
            self._load_invoice_numbers(),
            self.company_id.id,
        )
        if self._is_complete():
            rows = SQL(
                "%s UNION SELECT o.id FROM msp_provider_charge o "
                "JOIN msp_import m ON m.id = o.import_id AND m.sha256 = o.invoice_id "
                "WHERE m.provider_id = %s AND m.company_id = %s AND m.month = %s",
                rows,
                self.provider_id.id,
                self.company_id.id,
                self.month or None,
            )
        return rows

    def _load_invoice_numbers(self):
        """Return the provider's numbers of the invoices of the file.

        A file without a number has its hash instead.
        """
        numbers = self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id)], ["invoice_id"]
        )
        return [number for (number,) in numbers if number and number != self.sha256]

    def _is_complete(self):
        """Return whether what the file does not say is not there."""
        return self.provider_id.files_are_complete and not self.problem_count

    def _load_lines(self, condition):
        """Return the `formats.Line` of each row but those not invoiced yet."""
        query = SQL(
            """
            SELECT c.id, c.line_key, c.content_hash, c.currency_id, c.billed_cost,
                   c.pricing_quantity, c.charge_period_start, c.charge_period_end,
                   c.quantity, c.list_unit_price, c.contracted_unit_price, c.tax,
                   c.total, c.exchange_rate, c.event_date, c.charge_description,
                   c.event = 'usage' OR %(is_complete)s
                     OR (c.invoice_id IS NOT NULL AND c.invoice_id != i.sha256)
              FROM msp_provider_charge c JOIN msp_import i ON i.id = c.import_id
             WHERE %(condition)s
               AND 'unbilled' != ALL(string_to_array(COALESCE(c.flags, ''), ' '))
             ORDER BY c.id
            """,
            is_complete=self._is_complete(),
            condition=condition,
        )
        return [
            Line(
                row[0],
                row[1],
                row[2],
                exact=row[3:8],
                loose=row[8:15],
                description=row[15] or "",
                days=row[6:8],
                quantity=row[5],
                amount=row[4],
                price=row[10],
                is_strong=bool(row[16]),
            )
            for row in self.env.execute_query(query)
        ]

    def _find_groups_of(self, ids):
        """Return {row id: (customer, subscription)} of rows that say a quantity."""
        return {
            row_id: (customer, subscription)
            for row_id, customer, subscription in self.env.execute_query(
                SQL(
                    "SELECT id, customer_key, subscription_id "
                    "FROM msp_provider_charge WHERE id = ANY(%s) "
                    "AND is_quantity AND subscription_id IS NOT NULL",
                    ids,
                )
            )
        }

    def _find_groups(self, ids):
        """Return the subscriptions of rows.

        Half of a change says nothing, so all rows of a subscription count in one
        import.
        """
        return set(self._find_groups_of(ids).values())

    def _link_known(self, pairs):
        self._update_pairs(
            pairs,
            SQL(
                "known_charge_id = p.old_id, previous_charge_id = NULL, "
                "compare_kind = 'same', amount_before = o.billed_cost"
            ),
        )
        self._seen_again([one.id for one, _line in pairs])

    def _link_replaced(self, pairs, kind):
        self._update_pairs(
            pairs,
            SQL(
                "known_charge_id = NULL, previous_charge_id = p.old_id, "
                "compare_kind = %s, amount_before = o.billed_cost",
                kind,
            ),
        )

    def _update_pairs(self, pairs, assignments):
        if not pairs:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET %s "
                "FROM unnest(%s::int[], %s::int[]) AS p(old_id, new_id) "
                "JOIN msp_provider_charge o ON o.id = p.old_id "
                "WHERE c.id = p.new_id",
                assignments,
                [one.id for one, _line in pairs],
                [line.id for _one, line in pairs],
            )
        )

    def _mark(self, lines, kind):
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge SET compare_kind = %s, amount_before = 0 "
                "WHERE id = ANY(%s)",
                kind,
                [line.id for line in lines],
            )
        )

    def _seen_again(self, ids):
        """Ask no more about rows that a file has again."""
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge SET gone_import_id = NULL, "
                "gone_decision = NULL WHERE id = ANY(%s) AND gone_decision = 'open'",
                ids,
            )
        )

    def _ask_for_gone(self, matching):
        """Ask about rows of invoices that this file has, though not these rows.

        An invoice may come in files of several kinds, such as seats and usage: a file
        says nothing of kinds of which it has no row.
        """
        found = [one.id for one, _line in [*matching.same, *matching.changed]]
        asked = self.env.execute_query(
            SQL(
                """
                WITH seen AS MATERIALIZED (
                  SELECT DISTINCT o.invoice_id, m.format_id, m.profile_id
                    FROM msp_provider_charge o JOIN msp_import m ON m.id = o.import_id
                   WHERE o.id = ANY(%(found)s))
                UPDATE msp_provider_charge c
                   SET gone_import_id = %(id)s, gone_decision = 'open'
                  FROM msp_import i
                 WHERE i.id = c.import_id AND c.id = ANY(%(gone)s)
                   AND c.gone_decision IS DISTINCT FROM 'kept'
                   AND c.id IN (%(spoken_for)s)
                   AND EXISTS (
                         SELECT FROM seen s
                          WHERE s.format_id IS NOT DISTINCT FROM i.format_id
                            AND s.profile_id IS NOT DISTINCT FROM i.profile_id
                            AND c.invoice_id IN (i.sha256, s.invoice_id))
                RETURNING c.id
                """,
                id=self.id,
                gone=[line.id for line in matching.gone],
                found=found,
                spoken_for=self._get_spoken_for(),
            )
        )
        self._drop_changes_of([row_id for (row_id,) in asked])
