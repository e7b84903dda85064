from odoo import models
from odoo.tools import SQL

from .msp_import_bill_rows import booked
from .msp_reconciliation import USABLE

#: Kinds of files that say usage, the one that is nearest to the invoice first.
KINDS = ("microsoft_nce", "microsoft_daily", "azure_cost", "focus")


class MspImport(models.Model):
    """Usage that several kinds of files say is owed once.

    The file nearest to the invoice is booked. What shows the same in detail says whose
    it is, and is no money of its own.
    """

    _inherit = "msp.import"

    def _query_shown_only(self, ignored=()):
        """Return the SQL for rows "r" of usage that another kind of file books.

        :param ignored: ids of bills that are about to be made anew
        """
        pairs = self._load_shown_only(ignored)
        if not pairs:
            return SQL("FALSE")
        return SQL(
            "(r.event = 'usage' AND (r.import_id, r.invoice_id) IN %s)", tuple(pairs)
        )

    def _load_shown_only(self, ignored):
        """Return (import id, number of the invoice) of usage that others book."""
        if not any(one.format_id in KINDS for one in self):
            return []
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH mine AS (
                    SELECT DISTINCT r.company_id, r.invoice_id
                      FROM msp_provider_charge r JOIN msp_import i ON i.id = r.import_id
                     WHERE r.import_id = ANY(%(ids)s) AND r.event = 'usage'
                       AND r.invoice_id NOT IN ('', i.sha256)
                       AND i.format_id = ANY(%(kinds)s)
                ), said AS (
                    SELECT DISTINCT o.import_id, o.company_id, o.invoice_id,
                           o.currency_id,
                           array_position(%(kinds)s, i.format_id::text) AS place
                      FROM mine
                      JOIN msp_provider_charge o USING (company_id, invoice_id)
                      JOIN msp_import i ON i.id = o.import_id
                     WHERE o.event = 'usage' AND o.known_charge_id IS NULL
                       AND i.format_id = ANY(%(kinds)s)
                       AND (i.state IN %(usable)s OR i.id = ANY(%(ids)s))
                ), judged AS (
                    SELECT s.*, %(is_booked)s AS is_booked FROM said s
                )
                SELECT DISTINCT s.import_id, s.invoice_id FROM judged s
                  JOIN judged o USING (company_id, invoice_id)
                 WHERE s.import_id = ANY(%(ids)s) AND NOT s.is_booked
                   AND (o.place < s.place OR o.place > s.place AND o.is_booked)
                """,
                ids=self.ids,
                kinds=list(KINDS),
                usable=USABLE,
                is_booked=booked(
                    SQL("s.import_id"),
                    SQL("s.invoice_id"),
                    SQL("s.currency_id"),
                    ignored,
                ),
            )
        )
