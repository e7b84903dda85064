from odoo import models
from odoo.tools import SQL, split_every

BATCH_SIZE = 500


class MspReconciliation(models.Model):
    """What a comparison has found, stored: lines anew, findings by their keys."""

    _inherit = "msp.reconciliation"

    def _store(self, subjects, others):
        """Store lines anew and findings by their keys; decisions stay."""
        lines = self.env["msp.reconciliation.line"]
        self._delete_lines()
        line_ids = lines._store_all(self, [line for line, _findings in subjects])
        wanted = {vals["key"]: {**vals, "line_id": False} for vals in others}
        for line_id, (_line, findings) in zip(line_ids, subjects, strict=True):
            wanted.update(
                {vals["key"]: {**vals, "line_id": line_id} for vals in findings}
            )
        self._store_findings(wanted)

    def _delete_lines(self):
        """Delete all lines at once; `unlink` asks for each thousand what hangs on them.

        Nothing does but the links to rows and findings, which the database keeps.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM msp_reconciliation_line WHERE reconciliation_id = %s",
                self.id,
            )
        )
        self.env.invalidate_all()

    def _store_findings(self, wanted):
        currencies = self.env["res.currency"]
        since = self._load_since()
        for key, vals in wanted.items():
            currency = currencies.browse(vals["currency_id"])
            vals["amount"] = currency.round(vals["amount"])
            vals["amount_company"] = self._to_company(vals["amount"], currency)
            vals["date_since"] = since.get(key) or vals.get("date_start")
        # Read at once, else each is read for itself when it is written.
        self.finding_ids.sudo().fetch(["charge_ids"])
        known = {finding.key: finding for finding in self.finding_ids}
        for key, finding in known.items():
            if key in wanted:
                finding._renew(wanted[key])
        # What was resolved differs anew if it comes back; what is ignored stays so.
        settled = self.finding_ids.filtered(
            lambda one: (
                one.state in ("open", "small", "resolved") and one.key not in wanted
            )
        )
        settled._system_write({"state": "gone"})
        new = [vals for key, vals in wanted.items() if key not in known]
        model = self.env["msp.finding"].with_context(tracking_disable=True)
        for batch in split_every(BATCH_SIZE, new):
            model._system_create(list(batch))

    def _load_since(self):
        """Return {key: first day} of what differed when compared last already.

        A month without files has none.
        """
        latest = self.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", "<", self.month),
            ],
            order="month desc",
            limit=1,
        ).month
        earlier = self.env["msp.finding"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", "=", latest),
                ("state", "!=", "gone"),
            ]
        )
        return {one.key: one.date_since for one in earlier}

    def _to_company(self, amount, currency):
        if currency == self.currency_id:
            return currency.round(float(amount))
        return currency._convert(
            float(amount), self.currency_id, self.company_id, self.date_end
        )
