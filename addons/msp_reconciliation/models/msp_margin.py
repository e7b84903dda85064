from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_dated_amount_detail_sql import KINDS
from odoo.addons.msp_cloud_import.models.msp_provider import format_month


class MspMargin(models.Model):
    """What customers pay and what providers ask for it, by month of service.

    A view on charges and on rows of providers' files, so nothing in it has to be kept
    up to date. What is paid for more than a month is spread over the months of its
    days, so a year paid ahead is in twelve. Each row is one month of one charge (ids end in 0) or of one row
    of a file (ids end in 1). All money is net, in the company's currency.
    """

    _name = "msp.margin"
    _description = "Margin"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "month desc, id"

    month_label = fields.Char("Service Month", compute="_compute_month_label")
    month = fields.Date(readonly=True, help="Its first day.")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    provider_id = fields.Many2one(
        "msp.provider",
        readonly=True,
        help="Of revenue: the one whose files name the position.",
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Account Manager", readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    position_id = fields.Many2one(
        "msp.contract.position",
        readonly=True,
        help="What the customer pays for: of a component, its bundle.",
    )
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one("product.category", "Product Family", readonly=True)
    environment_id = fields.Many2one("msp.environment", readonly=True)
    charge_id = fields.Many2one("msp.charge", readonly=True)
    provider_charge_id = fields.Many2one(
        "msp.provider.charge", "Row of File", readonly=True
    )
    revenue = fields.Monetary(
        readonly=True, help="On customers' invoices, drafts included, less credits."
    )
    list_cost = fields.Monetary(
        readonly=True, help="At the vendor's list price, as far as files name it."
    )
    cost = fields.Monetary(
        "Billed Cost",
        readonly=True,
        help="Net, at the rate of the posted vendor bill; before, at Odoo's rate of "
        "the first day of the charge.",
    )
    partner_credit = fields.Monetary(
        "Partner Earned Credit",
        readonly=True,
        help="What the vendor has taken off already; lost with the access rights.",
    )
    exchange_difference = fields.Monetary(
        readonly=True,
        help="What the cost would be less at Odoo's rate of the first day than at the "
        "rate that the vendor has used, or by which its bill is booked; negative: "
        "theirs is the better one.",
    )
    margin = fields.Monetary(readonly=True, help="Revenue less billed cost.")

    _depends = {
        "msp.charge": [
            "amount",
            "is_valid",
            "position_id",
            "date_start",
            "date_end",
            "move_line_id",
        ],
        "account.move.line": ["balance"],
        "account.move": [
            "currency_id",
            "invoice_currency_rate",
            "msp_file_number",
            "msp_import_ids",
            "payment_state",
            "state",
        ],
        "msp.provider.charge": [
            "billed_cost",
            "charge_period_start",
            "charge_date_end",
            "contracted_unit_price",
            "customer_key",
            "detailed_by_id",
            "event",
            "event_date",
            "exchange_rate",
            "invoice_id",
            "known_charge_id",
            "list_cost",
            "list_unit_price",
            "partner_credit_rate",
            "partner_id",
            "position_id",
            "product_id",
            "superseded_by_id",
        ],
        "msp.import": ["format_id", "state"],
        "msp.contract": ["partner_id", "user_id"],
        "msp.contract.position": ["bundle_id", "product_id", "environment_id"],
        "product.template": ["categ_id"],
        "res.currency.rate": ["rate", "name"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH provided AS (
                SELECT DISTINCT ON (COALESCE(p.bundle_id, p.id))
                       COALESCE(p.bundle_id, p.id) AS position_id, c.provider_id
                  FROM msp_provider_charge c
                  JOIN msp_contract_position p ON p.id = c.position_id
                 ORDER BY COALESCE(p.bundle_id, p.id), c.id DESC
            ), fact AS (%s UNION ALL %s)
            SELECT f.id, f.month, f.company_id, company.currency_id, f.charge_id,
                   f.provider_charge_id,
                   COALESCE(f.provider_id, provided.provider_id) AS provider_id,
                   COALESCE(contract.partner_id, f.partner_id) AS partner_id,
                   contract.user_id, contract.id AS contract_id,
                   position.id AS position_id, product.id AS product_id,
                   template.categ_id, position.environment_id, f.revenue, f.list_cost,
                   f.cost, f.partner_credit, f.exchange_difference,
                   COALESCE(f.revenue, 0) - COALESCE(f.cost, 0) AS margin
              FROM fact f
              JOIN res_company company ON company.id = f.company_id
              LEFT JOIN msp_contract_position position ON position.id = f.position_id
              LEFT JOIN msp_contract contract ON contract.id = position.contract_id
              LEFT JOIN provided ON provided.position_id = position.id
              LEFT JOIN product_product product
                ON product.id = COALESCE(position.product_id, f.product_id)
              LEFT JOIN product_template template
                ON template.id = product.product_tmpl_id
            """,
            self._query_revenue(),
            self._query_cost(),
        )

    @api.model
    def _query_revenue(self):
        """Return the SQL of charges that stand on documents, by month.

        Their worth is what is in the journal for their line: net, as edited, and at
        the document's rate. Only opening claims have no line.
        """
        return SQL(
            """
            SELECT (k.id::bigint * 1000 + share.number) * 10 AS id, share.month,
                   k.company_id, k.id AS charge_id, NULL::int AS provider_charge_id,
                   NULL::int AS provider_id, NULL::int AS partner_id,
                   COALESCE(p.bundle_id, p.id) AS position_id,
                   NULL::int AS product_id,
                   share.of_all * CASE
                     WHEN l.id IS NULL THEN k.amount * %(rate)s
                     WHEN line.amount = 0 THEN -l.balance / line.charges
                     ELSE -l.balance * k.amount / line.amount END AS revenue,
                   NULL::numeric AS list_cost, NULL::numeric AS cost,
                   NULL::numeric AS partner_credit,
                   NULL::numeric AS exchange_difference
              FROM msp_charge k
              JOIN msp_contract_position p ON p.id = k.position_id
              JOIN res_company company ON company.id = k.company_id
              LEFT JOIN account_move_line l ON l.id = k.move_line_id
              LEFT JOIN LATERAL (
                     SELECT sum(o.amount) AS amount, count(*) AS charges
                       FROM msp_charge o WHERE o.move_line_id = l.id AND o.is_valid
                   ) line ON TRUE
             CROSS JOIN LATERAL %(share)s share
             WHERE k.is_valid
            """,
            rate=self._rate_of(SQL("k.currency_id"), SQL("k.date_start")),
            share=self._share_of_months(SQL("k.date_start"), SQL("k.date_end")),
        )

    @api.model
    def _query_cost(self):
        """Return the SQL of rows of files that count, by month.

        What nobody is asked for is a cost all the same; taxes are none. Once the
        vendor's bill is posted, its rate counts. Usage that several kinds of files say
        is the cost that the most detailed one says, as that knows the position.
        """
        return SQL(
            """
            SELECT (c.id::bigint * 1000 + share.number) * 10 + 1, share.month,
                   c.company_id, NULL::int, c.id, c.provider_id, c.partner_id,
                   COALESCE(p.bundle_id, p.id), c.product_id, NULL::numeric,
                   worth.list_cost * share.of_all * rate.booked,
                   c.billed_cost * share.of_all * rate.booked,
                   worth.partner_credit * share.of_all * rate.booked,
                   share.of_all * (c.billed_cost * rate.booked - COALESCE(
                     c.billed_cost / NULLIF(c.exchange_rate, 0) * rate.vendor,
                     CASE WHEN c.currency_id != company.currency_id
                       THEN c.billed_cost * rate.own END))
              FROM msp_provider_charge c
              JOIN msp_import i ON i.id = c.import_id AND i.state != 'withdrawn'
              JOIN res_company company ON company.id = c.company_id
              LEFT JOIN msp_contract_position p ON p.id = c.position_id
              LEFT JOIN (
                     SELECT d.company_id, d.invoice_id, d.customer_key,
                            max(array_position(%(kinds)s, f.format_id::text)) AS detail
                       FROM msp_provider_charge d JOIN msp_import f ON f.id = d.import_id
                      WHERE d.event = 'usage' AND d.known_charge_id IS NULL
                        AND d.superseded_by_id IS NULL AND f.state != 'withdrawn'
                        AND f.format_id = ANY(%(kinds)s)
                      GROUP BY 1, 2, 3
                   ) shown ON c.event = 'usage' AND shown.company_id = c.company_id
               AND shown.invoice_id = c.invoice_id
               AND shown.customer_key = c.customer_key
              LEFT JOIN res_currency priced
                ON priced.name = c.pricing_currency AND priced.id != c.currency_id
             CROSS JOIN LATERAL (
                     SELECT CASE WHEN c.list_cost != 0 THEN c.list_cost
                                 WHEN c.contracted_unit_price > 0 AND c.list_unit_price > 0
                                   THEN c.billed_cost * c.list_unit_price
                                        / c.contracted_unit_price END AS list_cost,
                            CASE WHEN c.partner_credit_rate > 0
                                  AND c.partner_credit_rate < 1
                                   THEN c.billed_cost * c.partner_credit_rate
                                        / (1 - c.partner_credit_rate) END
                              AS partner_credit
                   ) worth
             CROSS JOIN LATERAL (
                     SELECT odoo.own, odoo.vendor,
                            COALESCE(1 / NULLIF(bill.rate, 0), odoo.own) AS booked
                       FROM (SELECT %(own)s AS own, %(vendor)s AS vendor) odoo
                       LEFT JOIN (%(rate_of_bill)s) bill ON TRUE
                   ) rate
             CROSS JOIN LATERAL (
                     -- What is given back names all days that were paid ahead, though
                     -- it is worth those from the change on.
                     SELECT CASE WHEN c.billed_cost < 0
                                  AND c.event_date BETWEEN c.charge_period_start
                                      AND c.charge_date_end
                                   THEN c.event_date
                                 ELSE c.charge_period_start END AS first,
                            GREATEST(COALESCE(c.charge_date_end, c.charge_period_start),
                                     c.charge_period_start) AS last
                   ) days
             CROSS JOIN LATERAL %(share)s share
             WHERE c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
               AND c.event IS DISTINCT FROM 'tax'
               AND c.billed_cost != 0 AND c.detailed_by_id IS NULL
               AND COALESCE(
                     shown.detail <= array_position(%(kinds)s, i.format_id::text), TRUE)
            """,
            kinds=list(KINDS),
            own=self._rate_of(SQL("c.currency_id"), SQL("c.charge_period_start")),
            vendor=self._rate_of(SQL("priced.id"), SQL("c.charge_period_start")),
            rate_of_bill=self._rate_of_bill(),
            share=self._share_of_months(SQL("days.first"), SQL("days.last")),
        )

    @api.model
    def _rate_of_bill(self):
        """Return the SQL for the rate at which a foreign row `c` is in the books."""
        return SQL(
            """
            SELECT m.invoice_currency_rate AS rate
              FROM account_move_msp_import_rel x
              JOIN account_move m ON m.id = x.move_id
             WHERE c.currency_id != company.currency_id AND x.import_id = c.import_id
               AND m.currency_id = c.currency_id AND m.state = 'posted'
               AND COALESCE(m.payment_state, '') != 'reversed'
               AND m.msp_file_number IN (c.invoice_id, i.file_name)
             ORDER BY m.msp_file_number = c.invoice_id DESC, m.id LIMIT 1
            """
        )

    @api.model
    def _share_of_months(self, start, end):
        """Return the SQL of the months of some days: number, month, of_all.

        The shares `of_all` of [start, end], both inclusive, add up to 1. Up to a month
        belongs to the month in which it begins: cycles of 28 and of 31 days cost the
        same, so by days the margin of a month would rise and fall with its length.
        """
        return SQL(
            """
            (SELECT ordinality AS number, month::date AS month,
                    (LEAST(%(end)s, (month + interval '1 month')::date - 1)
                     - GREATEST(%(start)s, month::date) + 1)::numeric
                    / (%(end)s - %(start)s + 1) AS of_all
               FROM generate_series(date_trunc('month', %(start)s::timestamp),
                                    %(end)s::timestamp, interval '1 month')
                    WITH ORDINALITY AS months(month, ordinality))
            """,
            start=start,
            end=SQL(
                "(CASE WHEN %(end)s - %(start)s < 31 THEN %(start)s ELSE %(end)s END)",
                start=start,
                end=end,
            ),
        )

    @api.model
    def _rate_of(self, currency, day):
        """Return the SQL for 1 unit of a currency in the company's, on a day.

        As Odoo converts: the last rate before, else the first one after, else 1.
        """
        return SQL(
            """
            CASE WHEN %(currency)s IS NULL THEN NULL
                 WHEN %(currency)s = company.currency_id THEN 1
                 ELSE (%(of_own)s) / (%(of_other)s) END
            """,
            currency=currency,
            of_own=self._rate_on(SQL("company.currency_id"), day),
            of_other=self._rate_on(currency, day),
        )

    @api.model
    def _rate_on(self, currency, day):
        return SQL(
            """
            COALESCE((
                SELECT r.rate FROM res_currency_rate r
                 WHERE r.currency_id = %(currency)s
                   AND (r.company_id IS NULL
                        OR r.company_id = split_part(company.parent_path, '/', 1)::int)
                 ORDER BY r.name > %(day)s, abs(r.name - %(day)s), r.company_id
                 LIMIT 1), 1)
            """,
            currency=currency,
            day=day,
        )

    @api.depends("month")
    @api.depends_context("lang")
    def _compute_month_label(self):
        for one in self:
            one.month_label = format_month(self.env, one.month)

    @api.depends("partner_id", "product_id", "month")
    def _compute_display_name(self):
        for one in self:
            names = one.partner_id.name, one.product_id.display_name
            one.display_name = ", ".join(filter(None, names))

    def action_open_source(self):
        """Open what the row comes from: a charge, or a row of a file."""
        self.ensure_one()
        return self._action_open(self.charge_id or self.provider_charge_id)
