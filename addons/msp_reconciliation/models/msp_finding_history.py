from odoo import api, fields, models
from odoo.tools import SQL


class MspFinding(models.Model):
    """One difference through the months: a finding per month, shown as one.

    Findings of a provider with the same key in consecutive months are one history.
    Lists show the latest of each with what it comes to since it began.
    """

    _inherit = "msp.finding"

    is_latest = fields.Boolean(
        "Latest Month",
        default=True,
        index=True,
        readonly=True,
        help="No later month has the same difference.",
    )
    history_ids = fields.Many2many(
        "msp.finding", compute="_compute_history", string="Months"
    )
    month_count = fields.Integer("In Months", compute="_compute_history")
    amount_since = fields.Monetary(
        "Since It Began",
        compute="_compute_history",
        currency_field="company_currency_id",
        help="In all months, what was settled since left out.",
    )
    age = fields.Integer("Age (Days)", compute="_compute_age")

    @api.depends("key", "month", "provider_id", "company_id")
    def _compute_history(self):
        found = self.env["msp.finding"].search(
            [
                ("key", "in", self.mapped("key")),
                ("provider_id", "in", self.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
            ],
            order="month, id",
        )
        chains = found.grouped(lambda one: (one.key, one.provider_id, one.company_id))
        for finding in self:
            key = (finding.key, finding.provider_id, finding.company_id)
            first = finding.date_since or finding.month
            own = chains.get(key, found.browse()).filtered(
                lambda one, last=finding.month, first=first: (
                    first.replace(day=1) <= one.month <= last
                )
            )
            finding.history_ids = own
            finding.month_count = len(own)
            standing = own.filtered(lambda one: one.state != "gone") | (
                finding if isinstance(finding.id, int) else own.browse()
            )
            finding.amount_since = sum(standing.mapped("amount_company"))

    @api.depends("date_since", "month")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for finding in self:
            since = finding.date_since or finding.month
            finding.age = (today - since).days if since else 0

    def _close(self, state, reason):
        """Decide on the earlier months of a history too, as it is one difference."""
        earlier = self.filtered("is_latest").history_ids - self
        earlier = earlier.filtered(
            lambda one: one.state == "open" and one.reconciliation_id.state == "open"
        )
        return super(MspFinding, self | earlier)._close(state, reason)


class MspReconciliation(models.Model):
    _inherit = "msp.reconciliation"

    def _store_findings(self, wanted):
        result = super()._store_findings(wanted)
        self._mark_latest()
        return result

    def _mark_latest(self):
        """Say of the provider's findings with the same keys which one is the latest."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_finding f SET is_latest = latest.value
                  FROM (SELECT id, state != 'gone' AND row_number() OVER (
                                 PARTITION BY key ORDER BY state = 'gone', month DESC
                               ) = 1 OR state = 'gone' AS value
                          FROM msp_finding
                         WHERE provider_id = %(provider)s AND company_id = %(company)s
                           AND key IN (SELECT key FROM msp_finding
                                        WHERE reconciliation_id = %(id)s)) latest
                 WHERE f.id = latest.id AND f.is_latest IS DISTINCT FROM latest.value
                """,
                provider=self.provider_id.id,
                company=self.company_id.id,
                id=self.id,
            )
        )
        self.env["msp.finding"].invalidate_model(["is_latest"])
