import json

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_provider import format_month

from .msp_margin import MspMargin
from .msp_reconciliation import USABLE

#: Months of a trend.
TREND = 12
#: Rows of each list on the page of a month.
WORST = 10
DAYS_OF_AGE = (30, 90)


class MspProofMonth(models.Model):
    """What a month has lost and won: for the owner of the business.

    A view on findings, rows of files and margins, one row per company and month of
    which any file speaks.
    """

    _name = "msp.proof.month"
    _description = "Months in figures"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "month desc, company_id"

    name = fields.Char(compute="_compute_name")
    month = fields.Date(readonly=True, help="Its first day.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    leakage_found = fields.Monetary(
        readonly=True, help="All that a provider billed and no customer was asked for."
    )
    leakage_recovered = fields.Monetary(
        readonly=True,
        help="What of that was billed since, or resolved. What waits for the next run "
        "is not recovered yet.",
    )
    leakage_open = fields.Monetary(
        "Leaking", readonly=True, help="What of that is open: money lost every month."
    )
    overbilled = fields.Monetary("Over-billed", readonly=True)
    credit = fields.Monetary("Credits Not Passed On", readonly=True)
    revenue = fields.Monetary(readonly=True)
    cost = fields.Monetary("Billed Cost", readonly=True)
    margin = fields.Monetary(readonly=True)
    margin_rate = fields.Float("Margin (%)", readonly=True, aggregator="avg")
    open_count = fields.Integer("Open Findings", readonly=True)
    oldest_since = fields.Date(readonly=True)
    oldest_age = fields.Integer("Age of the Oldest (Days)", compute="_compute_age")
    provider_count = fields.Integer("Providers with Files", readonly=True)
    compared_count = fields.Integer("Compared", readonly=True)
    signed_count = fields.Integer("Signed Off", readonly=True)
    to_reconcile_count = fields.Integer("Not Reconciled", readonly=True)
    row_count = fields.Integer("Rows", readonly=True)
    row_settled = fields.Integer(
        "Rows without a Hand",
        readonly=True,
        help="Applied or found right, and nobody has decided or edited anything.",
    )
    settled_share = fields.Float(
        "Settled by Itself (%)", readonly=True, aggregator="avg"
    )
    hours_saved = fields.Float(
        readonly=True, help="Rows settled without a hand, at the minutes of Settings."
    )

    trend_graph = fields.Text(compute="_compute_trend_graph")
    finding_ids = fields.Many2many(
        "msp.finding", compute="_compute_worst", string="Most Money First"
    )
    watch_ids = fields.Many2many(
        "msp.margin.watch", compute="_compute_worst", string="Margins to Look At"
    )
    provider_ids = fields.Many2many(
        "msp.provider", compute="_compute_worst", string="Providers to Reconcile"
    )
    waiting_months = fields.Char("Not Compared Yet", compute="_compute_waiting_months")
    ages_html = fields.Html(compute="_compute_ages_html", sanitize=False)

    _depends = {
        **MspMargin._depends,
        "msp.finding": [
            "amount_company",
            "company_id",
            "date_since",
            "direction",
            "month",
            "state",
        ],
        "msp.reconciliation": ["company_id", "compared_at", "month", "state"],
        "msp.import": ["company_id", "month", "provider_id", "state"],
        "msp.import.change": ["decided_by_id", "edited_by_id", "provider_charge_ids"],
        "res.company": ["msp_minutes_per_row"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH leak AS (%(leaks)s), finding AS (
                SELECT company_id, month,
                       sum(amount_company) FILTER (WHERE leak.fate IS NOT NULL)
                         AS found,
                       sum(amount_company) FILTER (WHERE leak.fate = 'recovered')
                         AS recovered,
                       sum(amount_company) FILTER (WHERE leak.fate = 'open')
                         AS leaking,
                       sum(amount_company) FILTER (
                         WHERE direction = 'overbilled' AND state = 'open')
                         AS overbilled,
                       sum(amount_company) FILTER (
                         WHERE direction = 'credit' AND state = 'open') AS credit,
                       count(*) FILTER (WHERE state = 'open') AS open_count,
                       min(COALESCE(date_since, month)) FILTER (WHERE state = 'open')
                         AS oldest_since
                  FROM msp_finding LEFT JOIN leak USING (id)
                 GROUP BY company_id, month
            ), file AS (
                SELECT company_id, month, count(DISTINCT provider_id) AS providers
                  FROM msp_import
                 WHERE state IN %(usable)s AND month IS NOT NULL
                 GROUP BY company_id, month
            ), compared AS (
                SELECT company_id, month, count(compared_at) AS compared,
                       count(*) FILTER (WHERE state = 'signed') AS signed
                  FROM msp_reconciliation GROUP BY company_id, month
            ), rows AS (
                SELECT i.company_id, i.month, count(*) AS rows,
                       count(*) FILTER (
                         WHERE c.state IN ('applied', 'no_change')
                           AND by_hand.row_id IS NULL) AS settled
                  FROM msp_provider_charge c
                  JOIN msp_import i ON i.id = c.import_id AND i.state IN %(usable)s
                  LEFT JOIN (
                         SELECT DISTINCT r.row_id FROM msp_import_change_row_rel r
                           JOIN msp_import_change h ON h.id = r.change_id
                          WHERE h.decided_by_id IS NOT NULL OR h.edited_by_id IS NOT NULL
                       ) by_hand ON by_hand.row_id = c.id
                 WHERE c.known_charge_id IS NULL AND i.month IS NOT NULL
                 GROUP BY i.company_id, i.month
            ), margin AS (
                SELECT company_id, month, sum(revenue) AS revenue, sum(cost) AS cost
                  FROM (%(margins)s) fact
                 GROUP BY company_id, month
            ), months AS (
                SELECT company_id, month FROM finding
                 UNION SELECT company_id, month FROM file
                 UNION SELECT company_id, month FROM compared
            )
            SELECT company.id * 100000 + (12 * extract(YEAR FROM month)
                     + extract(MONTH FROM month))::int AS id,
                   month, company.id AS company_id, company.currency_id,
                   COALESCE(found, 0) AS leakage_found,
                   COALESCE(recovered, 0) AS leakage_recovered,
                   COALESCE(leaking, 0) AS leakage_open,
                   COALESCE(overbilled, 0) AS overbilled, COALESCE(credit, 0) AS credit,
                   COALESCE(revenue, 0) AS revenue, COALESCE(cost, 0) AS cost,
                   COALESCE(revenue, 0) - COALESCE(cost, 0) AS margin,
                   100 * (1 - COALESCE(cost, 0) / NULLIF(revenue, 0)) AS margin_rate,
                   COALESCE(open_count, 0) AS open_count, oldest_since,
                   COALESCE(providers, 0) AS provider_count,
                   COALESCE(compared, 0) AS compared_count,
                   COALESCE(signed, 0) AS signed_count,
                   GREATEST(COALESCE(providers, 0) - COALESCE(compared, 0), 0)
                     AS to_reconcile_count,
                   COALESCE(rows, 0) AS row_count, COALESCE(settled, 0) AS row_settled,
                   100.0 * settled / NULLIF(rows, 0) AS settled_share,
                   COALESCE(settled, 0) * company.msp_minutes_per_row / 60.0
                     AS hours_saved
              FROM months
              JOIN res_company company ON company.id = months.company_id
              LEFT JOIN finding USING (company_id, month)
              LEFT JOIN file USING (company_id, month)
              LEFT JOIN compared USING (company_id, month)
              LEFT JOIN rows USING (company_id, month)
              LEFT JOIN margin USING (company_id, month)
            """,
            usable=USABLE,
            leaks=self._query_leaks(),
            margins=self.env["msp.margin"]._table_query,
        )

    @api.model
    def _query_leaks(self):
        """Return the SQL of leakage and its fate, each money once: id, fate.

        What changed its cause is a finding of its own, by the same rows. What the
        contract says now, but no run has billed, is no more than found. What was not
        assigned has leaked only if it was billed since, or as what it is called now.
        """
        return SQL(
            """
            SELECT f.id,
                   CASE WHEN f.state IN ('open', 'small') THEN f.state
                        WHEN f.state = 'resolved' THEN 'recovered'
                        WHEN other.is_due THEN 'open'
                        ELSE 'recovered' END AS fate
              FROM msp_finding f
              LEFT JOIN LATERAL (
                     SELECT bool_or(o.direction = 'timing' AND o.amount > 0)
                              AS is_due,
                            bool_or(o.direction = 'leakage' AND o.id > f.id)
                              AS is_leak
                       FROM msp_finding_row_rel mine
                       JOIN msp_finding_row_rel theirs USING (row_id)
                       JOIN msp_finding o ON o.id = theirs.finding_id
                      WHERE mine.finding_id = f.id AND o.id != f.id
                        AND o.reconciliation_id = f.reconciliation_id
                        AND (o.state IN ('open', 'small')
                             OR o.direction = 'leakage')
                   ) other ON f.state = 'gone'
             WHERE f.direction = 'leakage' AND f.state != 'ignored'
               AND other.is_leak IS NOT TRUE
               AND (f.state != 'gone' OR f.cause NOT IN ('unassigned', 'unreadable')
                    OR EXISTS (
                     SELECT 1 FROM msp_finding_row_rel mine
                       JOIN msp_provider_charge c ON c.id = mine.row_id
                       JOIN msp_contract_position p ON p.id = c.position_id
                       JOIN msp_charge k ON k.position_id = COALESCE(p.bundle_id, p.id)
                      WHERE mine.finding_id = f.id AND k.counts
                        AND k.create_date >= f.create_date
                        AND k.date_end >= c.charge_period_start
                        AND k.date_start <= COALESCE(c.charge_date_end, k.date_start)))
            """
        )

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_name(self):
        for one in self:
            one.name = one.month and format_month(self.env, one.month)

    @api.depends("name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = one.name

    @api.depends("oldest_since")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for one in self:
            since = one.oldest_since
            one.oldest_age = (today - since).days if since else 0

    @api.depends("company_id", "month")
    @api.depends_context("lang")
    def _compute_trend_graph(self):
        """Draw what leaked in the twelve months up to each, as Odoo's journals do."""
        known = {
            (one.company_id, one.month): one.leakage_open
            for one in self.search([("company_id", "in", self.company_id.ids)])
        }
        for one in self:
            bars = []
            for back in reversed(range(TREND)):
                month = fields.Date.subtract(one.month, months=back)
                bars.append(
                    {
                        "label": format_month(self.env, month, short=True),
                        "value": known.get((one.company_id, month), 0.0),
                        "type": "past",
                    }
                )
            title = self.env._("Leaking, %s", one.currency_id.name)
            one.trend_graph = json.dumps(
                [{"values": bars, "title": "", "key": title, "is_sample_data": False}]
            )

    @api.depends("company_id", "month")
    def _compute_worst(self):
        watch = self.env["msp.margin.watch"]
        for one in self:
            own = [("company_id", "=", one.company_id.id)]
            month = [*own, ("month", "=", one.month)]
            one.finding_ids = self.env["msp.finding"].search(
                [*month, ("state", "=", "open")],
                limit=WORST,
                order="amount_company desc",
            )
            one.watch_ids = watch.search([*own, ("reason", "!=", "fine")], limit=WORST)
            one.provider_ids = one._find_to_reconcile()

    def _find_to_reconcile(self):
        """Return the providers whose files of the month were not compared yet."""
        month = [("company_id", "=", self.company_id.id), ("month", "=", self.month)]
        imports = self.env["msp.import"].search([*month, ("state", "in", USABLE)])
        compared = self.env["msp.reconciliation"].search(
            [*month, ("compared_at", "!=", False)]
        )
        return imports.provider_id - compared.provider_id

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_waiting_months(self):
        """Name the months of which a provider's file was not compared yet."""
        waiting = self.search(
            [
                ("company_id", "in", self.company_id.ids),
                ("to_reconcile_count", ">", 0),
            ]
        )
        for one in self:
            own = waiting.filtered(
                lambda month, one=one: month.company_id == one.company_id
            )
            one.waiting_months = ", ".join(own.sorted("month").mapped("name"))

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_ages_html(self):
        """Show all open findings up to the month by owner and age."""
        today = fields.Date.context_today(self)
        for one in self:
            findings = self.env["msp.finding"].search(
                [
                    ("company_id", "=", one.company_id.id),
                    ("month", "<=", one.month),
                    ("state", "=", "open"),
                ]
            )
            owners = {}
            for finding in findings:
                age = (today - (finding.date_since or finding.month)).days
                place = sum(age > days for days in DAYS_OF_AGE)
                figures = owners.setdefault(
                    finding.user_id, [[0, 0.0] for _ in range(3)]
                )
                figures[place][0] += 1
                figures[place][1] += finding.amount_company
            one.ages_html = self.env["ir.qweb"]._render(
                "msp_reconciliation.finding_ages",
                {
                    "one": one,
                    "owners": sorted(
                        owners.items(), key=lambda item: -sum(f[1] for f in item[1])
                    ),
                },
            )

    # Ways to what the figures rest on

    def _action_month(self, name, model, domain, context=None):
        return self._action_view(
            f"{name}, {self.name}",
            model,
            [
                ("company_id", "=", self.company_id.id),
                ("month", "=", self.month),
                *domain,
            ],
            context,
        )

    def action_view_findings(self):
        """Show the month's findings, of a direction if the context names one."""
        self.ensure_one()
        direction = self.env.context.get("msp_direction")
        domain = [("direction", "=", direction)] if direction else []
        return self._action_month(
            self.env._("Findings"),
            "msp.finding",
            domain,
            # Leakage found is counted whatever became of it.
            {} if direction == "leakage" else {"search_default_open": 1},
        )

    def action_view_margin(self):
        self.ensure_one()
        return {
            **self._action_month(
                self.env._("Margin"),
                "msp.margin",
                [],
                {"search_default_by_customer": 1},
            ),
            "view_mode": "list,pivot,graph",
        }

    def action_view_reconciliations(self):
        self.ensure_one()
        return self._action_month(
            self.env._("Reconciliations"), "msp.reconciliation", []
        )

    def action_view_rows(self):
        self.ensure_one()
        return self._action_view(
            self.env._("Rows, %s", self.name),
            "msp.provider.charge",
            [
                ("company_id", "=", self.company_id.id),
                ("import_id.month", "=", self.month),
                ("import_id.state", "in", USABLE),
            ],
        )

    def action_reconcile(self):
        """Ask which providers' files of the month to compare."""
        self.ensure_one()
        return self._action_ask(
            self.env._("Reconcile a Month"),
            "msp.reconciliation.start",
            {"default_month": self.month},
        )

    @api.model
    def action_open_health(self):
        """Open the latest month that was compared; else say what to do first.

        One that has files only would say that nothing leaks.
        """
        own = [("company_id", "=", self.env.company.id)]
        latest = self.search([*own, ("compared_count", ">", 0)], limit=1)
        latest = latest or self.search([*own, ("provider_count", ">", 0)], limit=1)
        if latest:
            return {**self._action_open(latest), "name": self.env._("Health")}
        return self.env["ir.actions.actions"]._for_xml_id(
            "msp_reconciliation.msp_proof_month_action"
        )
