from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import to_decimal


class MspImport(models.Model):
    """On whose analytic accounts the rows of files are booked."""

    _inherit = "msp.import"

    def _load_distributions(self, rows):
        """Return the function from a row to pairs of (analytic accounts, percent).

        That of the position, of its bundle, or of the contract, else that of the last
        invoice line, which Odoo's rules or people may have set. A row without a
        position takes that of its contract or customer, if there is but one: so cost
        and revenue meet on one account.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT p.id, k.id, k.partner_id, NULLIF(k.analytic_distribution, '{}'),
                       COALESCE(NULLIF(p.analytic_distribution, '{}'),
                         NULLIF(b.analytic_distribution, '{}'),
                         NULLIF(k.analytic_distribution, '{}'), (
                         SELECT l.analytic_distribution
                           FROM msp_charge h
                           JOIN account_move_line l ON l.id = h.move_line_id
                          WHERE h.position_id = COALESCE(b.id, p.id) AND h.counts
                            AND l.analytic_distribution IS NOT NULL
                          ORDER BY h.date_end DESC, h.id DESC LIMIT 1))
                  FROM msp_contract k
                  LEFT JOIN msp_contract_position p ON p.contract_id = k.id
                  LEFT JOIN msp_contract_position b ON b.id = p.bundle_id
                 WHERE k.company_id = %s
                   AND (k.id = ANY(%s) OR k.partner_id = ANY(%s))
                """,
                self.company_id.id,
                list({row["contract_id"] for row in rows if row["contract_id"]}),
                list({row["partner_id"] for row in rows if row["partner_id"]}),
            )
        )
        positions, own = {}, {}
        contracts, partners = defaultdict(set), defaultdict(set)
        for position_id, contract_id, partner_id, *both in self.env.cr.fetchall():
            of_contract, found = (
                tuple(
                    sorted(
                        (key, to_decimal(share))
                        for key, share in (shares or {}).items()
                    )
                )
                for shares in both
            )
            positions[position_id] = found
            if of_contract:
                own[contract_id] = of_contract
            if of_contract or found:
                contracts[contract_id].add(found or of_contract)
                partners[partner_id].add(of_contract or found)

        def find(row):
            if row["position_id"]:
                return positions.get(row["position_id"], ())
            contract_id = row["contract_id"]
            if contract_id in own:
                return own[contract_id]
            known = (
                contracts[contract_id] if contract_id else partners[row["partner_id"]]
            )
            return next(iter(known)) if len(known) == 1 else ()

        return find
