from odoo import models
from odoo.tools import SQL, split_every

from odoo.addons.msp_contract_billing.models.msp_contract_terms import POLICY_FIELDS

from ..formats.seat_rows import BEGINNINGS
from .msp_import_prepare_look import first_month_before

# Contracts whose histories are in memory at the same time.
CONTRACTS = 1000
# What the money per month of a position's content follows from.
_CONTENT = (
    "quantity",
    "price_unit",
    "price_interval",
    "discount",
    "billed_share",
    "pricing",
    "overrides",
)


class MspImport(models.Model):
    """Step 3 for what goes on as before: most rows of most files, by a few queries.

    That is a subscription of which the file has one row, which begins a period, is
    known, and of which the position has the quantity for all of the period. What is
    odd in any way is left to the comparison row by row, which says the same of these.
    """

    _inherit = "msp.import"

    def _propose_same(self, prepared):
        """Store that contracts say the same, where it is so.

        :param prepared: `Preparation`; what it blocks, keeps or knows to be decided
            is left alone
        """
        decided = {*prepared.done, *prepared.excluded, *prepared.decisions}
        left_alone = [*prepared.blocked, *(key[0] for key in decided)]
        self.env.flush_all()
        self._collect_said(left_alone)
        self._collect_same()
        self._price_same()
        self._store_same()
        self.env.cr.execute(
            "DROP TABLE msp_import_said, msp_import_same, msp_import_worth"
        )
        self.env.invalidate_all()

    def _collect_said(self, left_alone):
        """Collect the rows to compare, and which of them are plain.

        Numbers are as floats show them, which is how the other comparison reads them.
        """
        rows = self.env["msp.provider.charge"]._search(self._get_said_domain())
        self._make_table(
            "msp_import_said",
            SQL(
                """
                SELECT c.id, c.row, c.customer_mapping_id, c.partner_id, c.product_id,
                       b.commercial_partner_id, c.subscription_id,
                       COALESCE(c.sku_id, '') AS sku_id,
                       COALESCE(c.term, '') AS term,
                       COALESCE(c.billing_plan, '') AS billing_plan,
                       c.charge_period_start AS first,
                       COALESCE(c.charge_date_end, c.charge_period_start) AS last,
                       %(quantity)s AS quantity, %(cost)s AS cost, c.currency_id,
                       %(price)s AS price,
                       CASE WHEN %(price)s = 0 THEN '' ELSE
                         COALESCE(NULLIF(c.pricing_currency, ''), u.name, '')
                       END AS price_currency,
                       count(*) OVER (PARTITION BY c.subscription_id) = 1
                         AND c.event = ANY(%(beginnings)s)
                         AND c.has_pricing_quantity AND c.pricing_quantity > 0
                         AND COALESCE(c.billed_cost, 0) >= 0
                         AND c.is_difference IS NOT TRUE
                         AND c.known_charge_id IS NULL
                         AND c.previous_charge_id IS NULL
                         AND COALESCE(c.flags, '') NOT LIKE '%%trial%%'
                         AND COALESCE(c.term, '') || COALESCE(c.billing_plan, '') != ''
                         AND a.quantity_column IS DISTINCT FROM 'purchased'
                         AND c.subscription_id != ALL(%(left_alone)s) AS is_plain
                  FROM msp_provider_charge c
                  JOIN res_partner b ON b.id = c.partner_id
                  JOIN msp_product_mapping a ON a.id = c.product_mapping_id
                  LEFT JOIN res_currency u ON u.id = c.currency_id
                 WHERE c.id IN %(rows)s
                """,
                rows=rows.subselect(),
                quantity=_shown("c.pricing_quantity"),
                cost=_shown("c.billed_cost"),
                price=SQL(
                    "abs(COALESCE(NULLIF(%s, 0), %s))",
                    _shown("c.list_unit_price"),
                    _shown("c.contracted_unit_price"),
                ),
                beginnings=sorted(BEGINNINGS),
                left_alone=left_alone,
            ),
        )

    def _collect_same(self):
        """Collect the plain rows of which contracts say the same."""
        # Rights and days are those of the other comparison, see `_look_up`.
        contracts = self.env["msp.contract"]._search(
            [
                ("company_id", "=", self.company_id.id),
                "|",
                ("state", "=", "active"),
                ("import_template_id", "!=", False),
            ]
        )
        content = [SQL.identifier("l", name) for name in _CONTENT]
        policy = [SQL.identifier("r", name) for name in POLICY_FIELDS]
        self._make_table(
            "msp_import_same",
            SQL(
                """
                WITH before AS (%(before)s)
                SELECT f.id, p.id AS position_id, p.contract_id, t.currency_id,
                       ROW(t.currency_id, %(worth)s)::text AS alike,
                       h.price AS last_price
                  FROM msp_import_said f
                  JOIN msp_position_mapping m
                    ON m.provider_id = %(provider)s AND m.company_id = %(company)s
                   AND m.subscription_id = f.subscription_id AND m.sku_id = f.sku_id
                   AND m.is_summed IS NOT TRUE
                  JOIN msp_contract_position p
                    ON p.id = m.position_id AND p.bundle_id IS NULL
                   AND (p.product_id = f.product_id OR m.is_chosen)
                  JOIN msp_contract t
                    ON t.id = p.contract_id AND t.id IN %(contracts)s
                   AND t.commercial_partner_id = f.commercial_partner_id
                   AND (t.date_end IS NULL OR t.date_end >= f.first)
                  JOIN msp_contract_line l
                    ON l.position_id = p.id AND l.quantity = f.quantity
                   AND l.date_start <= f.first
                   -- Nobody contradicts the file before the end of its period.
                   AND (l.date_end IS NULL OR l.date_end >= f.last)
                  JOIN msp_contract_terms r
                    ON r.contract_id = t.id AND r.date_start <= f.first
                   AND (r.date_end IS NULL OR r.date_end >= f.first)
                  LEFT JOIN before h ON h.id = f.id
                 WHERE f.is_plain AND h.is_outlier IS NOT TRUE
                   AND (COALESCE(h.price, 0) = 0 OR f.price = 0
                        OR h.currency != f.price_currency
                        OR abs(h.price - f.price) < 0.0000005)
                   AND NOT EXISTS (
                     SELECT 1 FROM msp_position_mapping o
                      WHERE o.position_id = p.id AND o.id != m.id)
                   AND NOT EXISTS (
                     SELECT 1 FROM msp_position_share s WHERE s.mapping_id = m.id)
                   AND NOT EXISTS (
                     SELECT 1 FROM msp_position_share s WHERE s.position_id = p.id)
                """,
                before=self._query_before(),
                worth=SQL(", ").join([*content, *policy]),
                provider=self.provider_id.id,
                company=self.company_id.id,
                contracts=contracts.subselect(),
            ),
        )

    def _query_before(self):
        """Return the query of what the vendor asked before for plain rows."""
        provider = self.provider_id
        return SQL(
            """
            SELECT f.id,
                   (array_agg(%(price)s ORDER BY o.month DESC)
                      FILTER (WHERE o.price != 0))[1] AS price,
                   (array_agg(o.currency ORDER BY o.month DESC)
                      FILTER (WHERE o.price != 0))[1] AS currency,
                   %(percent)s > 0 AND bool_and(
                     abs(f.cost - o.cost::numeric) > %(least)s
                     AND abs(f.cost - o.cost::numeric) * 100 > %(percent)s * abs(o.cost::numeric)
                   ) FILTER (WHERE o.month >= %(first)s AND o.month < %(month)s)
                     AS is_outlier
              FROM msp_import_said f
              JOIN (%(costs)s) o
                ON (o.subscription_id, o.sku_id, o.term, o.billing_plan)
                 = (f.subscription_id, f.sku_id, f.term, f.billing_plan)
             WHERE f.is_plain GROUP BY f.id
            """,
            price=_shown("o.price"),
            costs=self._query_last_costs(
                SQL("IN (SELECT subscription_id FROM msp_import_said WHERE is_plain)")
            ),
            percent=provider.outlier_percent,
            least=provider.outlier_amount,
            first=first_month_before(self.month),
            month=self.month or None,
        )

    def _price_same(self):
        """Let the engine say, once for all that are alike, what they are worth."""
        execute = self.env.cr.execute
        execute(
            "CREATE TEMP TABLE msp_import_worth "
            "(alike text, before numeric, file numeric) ON COMMIT DROP"
        )
        execute(
            "SELECT DISTINCT ON (s.alike) s.alike, s.contract_id, s.position_id, "
            "f.first, f.quantity FROM msp_import_same s "
            "JOIN msp_import_said f ON f.id = s.id ORDER BY s.alike, s.contract_id"
        )
        for found in split_every(CONTRACTS, self.env.cr.fetchall(), list):
            vals_list = [
                {
                    "kind": "set",
                    "contract_id": contract_id,
                    "position_id": position_id,
                    "date_start": first,
                    "quantity": quantity,
                    "old_quantity": quantity,
                }
                for _alike, contract_id, position_id, first, quantity in found
            ]
            contracts = self.env["msp.contract"].browse(
                {vals["contract_id"] for vals in vals_list}
            )
            histories = contracts._load_histories()
            self._look_at_money(vals_list, histories, self._get_lines(histories))
            execute(
                "INSERT INTO msp_import_worth "
                "SELECT * FROM unnest(%s::text[], %s::numeric[], %s::numeric[])",
                [
                    [alike for alike, *_others in found],
                    [vals.get("amount_before") for vals in vals_list],
                    [vals.get("amount_file") for vals in vals_list],
                ],
            )


def _shown(column):
    """Return the number in a column as a float shows it, 0 if there is none."""
    return SQL(
        "COALESCE(%s::float8::text::numeric, 0)",
        SQL.identifier(*column.split(".")),
    )
