from odoo import api, fields, models
from odoo.tools import SQL, format_date
from odoo.tools.date_utils import start_of

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import (
    Waiting,
    company_today,
)

from .msp_imports_as import CLERK
from .msp_provider import format_month

STATES = [
    ("missing", "Not here"),
    ("open", "Not applied"),
    ("waiting", "Rows wait"),
    ("unchecked", "Total not checked"),
    ("differs", "Total differs"),
    ("complete", "Complete"),
]
MONTHS = 12


class MspProvider(models.Model):
    _inherit = "msp.provider"

    billing_waits = fields.Boolean(
        "Billing Waits for the File",
        tracking=True,
        help="What customers are billed for days of a month waits until that month's "
        "file is applied. What is billed ahead does not wait.",
    )


class MspReadiness(models.Model):
    """Whether the months of providers are ready to be billed: a view on their files."""

    _name = "msp.readiness"
    _description = "Readiness of a provider's month"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "month desc, provider_id, company_id"

    provider_id = fields.Many2one("msp.provider", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    month = fields.Date(readonly=True)
    month_label = fields.Char("Month Billed", compute="_compute_month_label")
    expected_on = fields.Date(readonly=True)
    arrived_on = fields.Datetime(readonly=True)
    import_count = fields.Integer("Files", readonly=True)
    waiting_count = fields.Integer("Rows Waiting", readonly=True)
    state = fields.Selection(STATES, readonly=True)
    is_late = fields.Boolean("Late", readonly=True)
    billing_waits = fields.Boolean(readonly=True)

    _depends = {
        "msp.provider": ["expected_day", "billing_waits", "active"],
        "msp.import": ["month", "state", "is_running", "invoice_amount", "amount_read"],
        "msp.provider.charge": ["state", "import_id"],
        "msp.import.problem": ["severity", "is_ignored", "import_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH file AS (
                SELECT i.id, i.provider_id, i.company_id,
                       date_trunc('month', i.month)::date AS month, i.create_date,
                       i.state = 'applied' AND i.is_running IS NOT TRUE AS is_applied,
                       i.invoice_amount, i.amount_read,
                       (SELECT count(*) FROM msp_provider_charge c
                         WHERE c.import_id = i.id AND c.state IN (
                               'waiting', 'unmapped_customer', 'unmapped_product'))
                       + (SELECT count(*) FROM msp_import_problem p
                           WHERE p.import_id = i.id AND p.severity = 'error'
                             AND p.is_ignored IS NOT TRUE) AS waiting
                  FROM msp_import i
                 WHERE i.month > %(today)s::date - interval '%(months)s months'
                   AND i.state != 'withdrawn'
            ), known AS (
                SELECT i.provider_id, i.company_id,
                       GREATEST(date_trunc('month', min(i.month)),
                                date_trunc('month', %(today)s::date)
                                  - interval '%(months)s months')::date AS first
                  FROM msp_import i
                  JOIN msp_provider v ON v.id = i.provider_id AND v.active
                 WHERE i.month IS NOT NULL AND i.state != 'withdrawn'
                 GROUP BY 1, 2
            ), months AS (
                SELECT k.provider_id, k.company_id, m::date AS month
                  FROM known k
                 CROSS JOIN generate_series(
                         k.first,
                         date_trunc('month', %(today)s::date) - interval '1 month',
                         interval '1 month') m
                 UNION
                SELECT provider_id, company_id, month FROM file
            ), found AS (
                SELECT m.provider_id, m.company_id, m.month, v.billing_waits,
                       CASE WHEN v.expected_day > 0
                            THEN (m.month + interval '1 month')::date
                                 + v.expected_day - 1 END AS expected_on,
                       min(f.create_date) AS arrived_on, count(f.id) AS import_count,
                       COALESCE(sum(f.waiting), 0) AS waiting_count,
                       CASE WHEN count(f.id) = 0 THEN 'missing'
                            WHEN NOT bool_and(f.is_applied) THEN 'open'
                            WHEN sum(f.waiting) > 0 THEN 'waiting'
                            WHEN bool_or(COALESCE(f.invoice_amount, 0) = 0)
                              THEN 'unchecked'
                            WHEN bool_or(abs(f.invoice_amount - f.amount_read) >= 0.005)
                              THEN 'differs'
                            ELSE 'complete' END AS state
                  FROM months m
                  JOIN msp_provider v ON v.id = m.provider_id
                  LEFT JOIN file f
                    ON f.provider_id = m.provider_id AND f.company_id = m.company_id
                   AND f.month = m.month
                 GROUP BY m.provider_id, m.company_id, m.month, v.id
            )
            SELECT (f.provider_id::bigint * 100000 + f.company_id) * 10000
                     + (extract(year FROM f.month) * 12
                        + extract(month FROM f.month) - 20000)::int AS id,
                   f.*,
                   f.state = 'missing' AND f.expected_on < %(today)s AS is_late
              FROM found f
            """,
            today=company_today(self.env.company),
            months=MONTHS,
        )

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for one in self:
            one.month_label = format_month(self.env, one.month)

    @api.depends("provider_id", "month_label")
    def _compute_display_name(self):
        for one in self:
            one.display_name = f"{one.provider_id.name}, {one.month_label}"

    def action_open(self):
        """Open the files of the month, or where one is dropped."""
        self.ensure_one()
        imports = self.env["msp.import"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", ">=", self.month),
                ("month", "<=", fields.Date.end_of(self.month, "month")),
                ("state", "!=", "withdrawn"),
            ]
        )
        if not imports and self.env.user.has_group(CLERK):
            return self.provider_id.action_upload()
        if not imports:
            return self._action_open(self.provider_id)
        if len(imports) == 1:
            return self._action_open(imports)
        return self._action_view(
            self.display_name, "msp.import", [("id", "in", imports.ids)]
        )


class MspContract(models.Model):
    """Billing that waits for a provider's month."""

    _inherit = "msp.contract"

    def _find_waiting(self):
        """Add the positions whose provider's months are not applied yet."""
        waiting = {}
        for (provider, company), months in self._find_unready().items():
            positions = self._find_positions_of(provider, company)
            if not positions:
                continue
            first = months[0][0]
            reason = Waiting(
                "file",
                provider._describe_unready(months),
                days=(first, start_of(company_today(company), "month")),
            )
            waiting |= dict.fromkeys(positions, reason)
        return waiting | super()._find_waiting()

    def _find_unready(self):
        """Return {(provider, company): [(month, state, expected day)]}, oldest first.

        Of providers for whose files billing waits.
        """
        # sudo: whoever runs the billing need not see imports
        rows = (
            self.env["msp.readiness"]
            .sudo()
            .search(
                [
                    ("billing_waits", "=", True),
                    ("company_id", "in", self.company_id.ids),
                    ("state", "in", ("missing", "open", "waiting")),
                ],
                order="month",
            )
        )
        result = {}
        for row in rows:
            if row.month < start_of(company_today(row.company_id), "month"):
                key = (row.provider_id, row.company_id)
                result.setdefault(key, []).append(
                    (row.month, row.state, row.expected_on)
                )
        return result

    def _find_positions_of(self, provider, company):
        """Return the ids of the contracts' positions that are a provider's."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH own AS (
                    SELECT COALESCE(h.position_id, m.position_id) AS id
                      FROM msp_position_mapping m
                      LEFT JOIN msp_position_share h ON h.mapping_id = m.id
                     WHERE m.provider_id = %(provider)s AND m.company_id = %(company)s
                )
                SELECT p.id FROM own JOIN msp_contract_position p ON p.id = own.id
                  JOIN msp_contract k ON k.id = p.contract_id
                 WHERE p.contract_id = ANY(%(contracts)s) AND k.company_id = %(company)s
                 UNION
                -- a bundle waits for what its components wait for
                SELECT p.bundle_id FROM own JOIN msp_contract_position p ON p.id = own.id
                  JOIN msp_contract k ON k.id = p.contract_id
                 WHERE p.contract_id = ANY(%(contracts)s) AND k.company_id = %(company)s
                   AND p.bundle_id IS NOT NULL
                """,
                contracts=self.ids,
                company=company.id,
                provider=provider.id,
            )
        )
        return [row[0] for row in rows]


class MspProviderWaiting(models.Model):
    _inherit = "msp.provider"

    def _describe_unready(self, months):
        """Return in a sentence what is missing of some months."""
        self.ensure_one()
        month, state, expected = months[0]
        values = {"provider": self.name, "month": format_month(self.env, month)}
        if state == "missing" and expected:
            return self.env._(
                "The file of %(provider)s for %(month)s has not come; it is expected "
                "until %(day)s.",
                **values,
                day=format_date(self.env, expected),
            )
        if state == "missing":
            return self.env._(
                "The file of %(provider)s for %(month)s has not come.", **values
            )
        return self.env._(
            "The file of %(provider)s for %(month)s is not applied in full.", **values
        )


class MspBillingRunException(models.Model):
    _inherit = "msp.billing.run.exception"

    code = fields.Selection(
        selection_add=[("file", "Provider's file missing"), ("other",)],
        ondelete={"file": "set other"},
    )
