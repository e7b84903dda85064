from odoo import api, fields, models
from odoo.tools import SQL


class MspReconciliation(models.Model):
    """What was changed about a month after it was signed off.

    Nothing forbids it: versions are recorded late, invoices are credited. But whoever
    looks at the month sees that it is not any more what was signed.
    """

    _inherit = "msp.reconciliation"

    changed_version_ids = fields.Many2many(
        "msp.contract.version", compute="_compute_changed", string="Versions Since"
    )
    changed_charge_ids = fields.Many2many(
        "msp.charge", compute="_compute_changed", string="Charges Since"
    )
    changed_import_ids = fields.Many2many(
        "msp.import", compute="_compute_changed", string="Files Since"
    )
    changed_bill_ids = fields.Many2many(
        "account.move",
        compute="_compute_changed",
        string="Vendor Bills Since",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    changed_count = fields.Integer("Changed Since", compute="_compute_changed")

    @api.depends("state", "signed_at")
    def _compute_changed(self):
        versions = self._load_changed_versions()
        charges = self._load_changed_charges()
        for one in self:
            imports = one._find_changed_imports()
            bills = one._find_changed_bills()
            own = versions.get(one.id, []), charges.get(one.id, [])
            one.changed_version_ids, one.changed_charge_ids = own
            one.changed_import_ids = imports
            one.sudo().changed_bill_ids = bills
            one.changed_count = sum(map(len, (*own, imports, bills)))

    def _find_changed_imports(self):
        """Return files that came, were applied or withdrawn since."""
        if self.state != "signed":
            return self.env["msp.import"]
        before = self.signed_figures["imports"]
        imports = self.env["msp.import"].search(
            [
                "|",
                ("id", "in", [int(key) for key in before]),
                "&",
                ("provider_id", "=", self.provider_id.id),
                "&",
                ("company_id", "=", self.company_id.id),
                ("month", "=", self.month),
            ]
        )
        return imports.filtered(
            lambda one: (
                before[str(one.id)][3] != one.state
                if str(one.id) in before
                else one.create_date > self.signed_at
            )
        )

    def _find_changed_bills(self):
        """Return vendor bills that were made, changed or cancelled since."""
        if self.state != "signed":
            return self.env["account.move"]
        before = self.signed_figures["bills"]
        # sudo: whether a bill has changed is no secret, the bill is
        bills = self.sudo().import_ids.bill_ids
        bills |= bills.browse(int(key) for key in before).exists()
        return bills.filtered(
            lambda bill: before.get(str(bill.id)) != self._describe_bill(bill)
        ).sudo(False)

    def _load_changed_versions(self):
        """Return {id: ids of versions recorded or withdrawn since} for days of it.

        Also of contracts that begin what was found in none.
        """
        return self._load_changed(
            SQL(
                """
                SELECT DISTINCT r.id, v.id
                  FROM msp_reconciliation r
                  JOIN msp_reconciliation_line l ON l.reconciliation_id = r.id
                 CROSS JOIN LATERAL (
                         SELECT o.id FROM msp_contract_version o
                          WHERE o.contract_id = l.contract_id
                          UNION ALL
                         SELECT h.version_id
                           FROM res_partner mine
                           JOIN msp_contract k
                             ON k.commercial_partner_id = mine.commercial_partner_id
                            AND k.company_id = l.company_id
                           JOIN msp_contract_position p ON p.contract_id = k.id
                            AND p.product_id = l.product_id
                           JOIN msp_contract_change h ON h.position_id = p.id
                          WHERE mine.id = l.partner_id AND l.contract_id IS NULL
                       ) own
                  JOIN msp_contract_version v ON v.id = own.id
                 WHERE r.id = ANY(%s) AND r.state = 'signed'
                   AND GREATEST(v.activated_at, v.withdrawn_at) > r.signed_at
                   AND v.date_start < r.month + interval '1 month'
                   AND COALESCE(v.date_end, r.month) >= r.month
                 ORDER BY 1, 2
                """,
                list(self.ids),
            )
        )

    def _load_changed_charges(self):
        """Return {id: ids of charges made, released or rebilled since} for days of it."""
        return self._load_changed(
            SQL(
                """
                WITH signed AS (
                    SELECT * FROM msp_reconciliation r
                     WHERE r.id = ANY(%s) AND r.state = 'signed'
                ), before AS (
                    SELECT r.id, mark.key::int AS charge_id, mark.value AS mark
                      FROM signed r
                     CROSS JOIN jsonb_each_text(r.signed_figures->'charges') mark
                ), now AS (SELECT r.id, k.id AS charge_id, %s AS mark %s)
                SELECT id, charge_id FROM before FULL JOIN now USING (id, charge_id)
                 WHERE before.mark IS DISTINCT FROM now.mark
                 ORDER BY 1, 2
                """,
                list(self.ids),
                self._mark_of_charge(),
                self._from_charges(SQL("signed")),
            )
        )

    def _load_charge_marks(self):
        """Return {id: what it is now} of the month's charges, as JSON."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "WITH mine AS (SELECT * FROM msp_reconciliation WHERE id = %s) "
                "SELECT k.id, %s %s",
                self.id,
                self._mark_of_charge(),
                self._from_charges(SQL("mine")),
            )
        )
        return {"charges": {str(charge_id): mark for charge_id, mark in rows}}

    def _mark_of_charge(self):
        """Return the SQL of what makes a charge `k` on line `a` another one."""
        return SQL("concat(k.counts, ' ', a.balance)")

    def _from_charges(self, name):
        """Return the SQL that joins the valid charges `k` of months `r`, each once."""
        return SQL(
            """
              FROM %s r
              JOIN msp_charge k ON k.is_valid
               AND k.date_start < r.month + interval '1 month' AND k.date_end >= r.month
               AND k.position_id IN (SELECT l.position_id FROM msp_reconciliation_line l
                                      WHERE l.reconciliation_id = r.id)
              LEFT JOIN account_move_line a ON a.id = k.move_line_id
            """,
            name,
        )

    def _load_changed(self, query):
        self.env.flush_all()
        result = {}
        for one_id, record_id in self.env.execute_query(query):
            result.setdefault(one_id, []).append(record_id)
        return result
