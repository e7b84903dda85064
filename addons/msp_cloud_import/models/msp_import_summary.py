from collections import defaultdict

from odoo import fields, models


class MspImport(models.Model):
    """At the end: what was applied, for whom, and what waits for whom and why."""

    _inherit = "msp.import"

    summary = fields.Html(compute="_compute_summary", sanitize=False)

    def _compute_summary(self):
        for one in self:
            is_done = one.state in ("prepared", "applied")
            one.summary = is_done and one._render_summary()

    def _render_summary(self):
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "msp_cloud_import.import_summary",
            {
                "import_": self,
                "applied": self._summarize_applied(),
                "waiting": self._summarize_waiting(),
            },
        )

    def _summarize_applied(self):
        """Return what rows that count came to, by customer and currency."""
        groups = self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id), ("state", "in", ("applied", "no_change"))],
            ["partner_id", "currency_id", "state"],
            ["__count", "billed_cost:sum"],
        )
        found = {}
        for partner, currency, state, count, cost in groups:
            entry = found.setdefault(
                (partner, currency),
                {
                    "partner": partner.display_name or self.env._("Not assigned"),
                    "currency": currency or self._get_own_currency(),
                    "applied": 0,
                    "same": 0,
                    "amount": 0.0,
                },
            )
            entry["applied" if state == "applied" else "same"] += count
            entry["amount"] += cost
        return sorted(found.values(), key=lambda entry: entry["partner"])

    def _summarize_waiting(self):
        """Return (owner, [what, why, rows, money]) of what is open, most money first."""
        rows = self.env["msp.import.open.row"].search([("import_id", "=", self.id)])
        kinds = dict(rows._fields["kind"]._description_selection(self.env))
        found = defaultdict(lambda: [0, 0.0])
        for row in rows:
            key = (row.user_id, row.currency_id, row.kind, row.reason or "")
            found[key][0] += 1
            found[key][1] += row.amount
        by_owner = defaultdict(list)
        for (user, currency, kind, reason), (count, amount) in found.items():
            by_owner[user.name or self.env._("Nobody")].append(
                {
                    "kind": kinds[kind],
                    "reason": reason,
                    "count": count,
                    # a row that could not be read may say none
                    "currency": currency or self._get_own_currency(),
                    "amount": amount,
                }
            )
        for entries in by_owner.values():
            entries.sort(key=lambda entry: -abs(entry["amount"]))
        return sorted(by_owner.items())

    def _get_own_currency(self):
        return self.currency_id or self.company_id.currency_id

    def _finish(self):
        super()._finish()
        self.message_post(body=self._render_summary())
