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
        """Return {id: ids of versions recorded or withdrawn since} for days of it."""
        return self._load_changed(
            SQL(
                """
                SELECT DISTINCT r.id, v.id
                  FROM msp_reconciliation r
                  JOIN msp_reconciliation_line l ON l.reconciliation_id = r.id
                  JOIN msp_contract_version v ON v.contract_id = l.contract_id
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
        """Return {id: ids of charges made or released since} for days of it."""
        return self._load_changed(
            SQL(
                """
                SELECT DISTINCT r.id, k.id
                  FROM msp_reconciliation r
                  JOIN msp_reconciliation_line l ON l.reconciliation_id = r.id
                  JOIN msp_charge k ON k.position_id = l.position_id
                 WHERE r.id = ANY(%s) AND r.state = 'signed'
                   AND (k.id > (r.signed_figures->>'last_charge')::int
                        OR k.counts IS NOT TRUE
                           AND NOT r.signed_figures->'released' @> to_jsonb(k.id))
                   AND k.date_start < r.month + interval '1 month'
                   AND k.date_end >= r.month
                 ORDER BY 1, 2
                """,
                list(self.ids),
            )
        )

    def _load_charge_marks(self):
        """Return what tells charges made or released later: ids, as JSON."""
        self.env.flush_all()
        ((last, released),) = self.env.execute_query(
            SQL(
                """
                SELECT (SELECT COALESCE(max(id), 0) FROM msp_charge),
                       array(SELECT DISTINCT k.id FROM msp_charge k
                               JOIN msp_reconciliation_line l
                                 ON l.position_id = k.position_id
                              WHERE l.reconciliation_id = %s
                                AND k.counts IS NOT TRUE)
                """,
                self.id,
            )
        )
        return {"last_charge": last, "released": released}

    def _load_changed(self, query):
        self.env.flush_all()
        result = {}
        for one_id, record_id in self.env.execute_query(query):
            result.setdefault(one_id, []).append(record_id)
        return result
