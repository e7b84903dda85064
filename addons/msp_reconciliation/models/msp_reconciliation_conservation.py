from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_import import BUCKETS

#: What may have become of a provider's money, in the order in which it is told.
WHERE = ("billed", "unbilled", "waiting", "info", "ignored", "before")


class MspReconciliation(models.Model):
    """Money never vanishes: imported = billed + waiting + ignored, proved by the rows.

    Each row of the month's files is in exactly one place. The sum is held against the
    totals that were added up while the files were read, not against what imports say
    of themselves.
    """

    _inherit = "msp.reconciliation"

    amount_billed = fields.Monetary(
        "On Customers' Invoices",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Rows whose position is on an invoice for any of their days.",
    )
    amount_unbilled = fields.Monetary(
        "Not Billed Yet",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Rows that contracts carry, but no invoice for any of their days.",
    )
    amount_waiting = fields.Monetary(
        "Waiting",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Rows to assign or to decide, not applied yet, or not readable.",
    )
    amount_info = fields.Monetary(
        "Not in Contracts",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Rows that say no quantity: credits, fees, taxes, roundings.",
    )
    amount_ignored = fields.Monetary(
        "Ignored",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Left out by somebody, with a reason.",
    )
    amount_before = fields.Monetary(
        "Counted Elsewhere",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="Rows that another file has said before, has replaced since, or says in "
        "more detail.",
    )
    conservation_rest = fields.Monetary(
        "Unaccounted",
        compute="_compute_conservation",
        currency_field="cost_currency_id",
        help="What was read less all of these. Always 0, else something went wrong.",
    )

    @api.depends("provider_id", "company_id", "month")
    def _compute_conservation(self):
        sums = self._load_conservation()
        for one in self:
            own = sums.get(one.id, {})
            currency = one.cost_currency_id
            for where in WHERE:
                one[f"amount_{where}"] = own.get((where, currency.id), 0.0)
            found = sum(one[f"amount_{where}"] for where in WHERE)
            one.conservation_rest = currency.round(one.vendor_total - found)

    def _load_conservation(self):
        """Return {id: {(where, currency's id): money of rows and problems}}."""
        owners = self._get_owners()
        if not owners:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT import_id, place, currency_id, sum(amount)
                  FROM (SELECT c.import_id, %(place)s AS place, c.currency_id,
                               c.billed_cost AS amount
                          FROM msp_provider_charge c
                         WHERE c.import_id IN %(imports)s
                         UNION ALL
                        SELECT p.import_id,
                               CASE WHEN p.is_ignored THEN 'ignored' ELSE 'waiting' END,
                               p.currency_id, p.amount
                          FROM msp_import_problem p
                         WHERE p.import_id IN %(imports)s AND p.amount != 0) parts
                 GROUP BY import_id, place, currency_id
                """,
                place=self._place_of_row(),
                imports=tuple(owners),
            )
        )
        result = {}
        for import_id, place, currency_id, amount in rows:
            own = result.setdefault(owners[import_id], {})
            key = (place, currency_id)
            own[key] = own.get(key, 0.0) + float(amount)
        return result

    def _get_owners(self):
        """Return {import's id: id of its reconciliation}, all of it in the database."""
        self.env.flush_all()
        return {one.id: rec.id for rec in self for one in rec.import_ids}

    def _place_of_row(self):
        """Return the SQL that says what became of a row `c`.

        The customer of a component pays for its bundle.
        """
        return SQL(
            """
            CASE WHEN c.known_charge_id IS NOT NULL OR c.superseded_by_id IS NOT NULL
                   OR c.detailed_by_id IS NOT NULL THEN 'before'
                 WHEN c.state IN %(ignored)s THEN 'ignored'
                 WHEN c.state IN %(info)s THEN 'info'
                 WHEN c.state NOT IN ('applied', 'no_change') THEN 'waiting'
                 WHEN EXISTS (
                        SELECT 1 FROM msp_charge k
                          JOIN msp_contract_position p ON p.id = c.position_id
                         WHERE k.position_id = COALESCE(p.bundle_id, p.id) AND k.counts
                           AND k.kind != 'counter'
                           AND k.date_end >= c.charge_period_start
                           AND k.date_start <= COALESCE(c.charge_date_end, k.date_start))
                   THEN 'billed'
                 ELSE 'unbilled' END
            """,
            ignored=BUCKETS["ignored"],
            info=BUCKETS["info"],
        )

    def action_view_place(self):
        """Show the rows behind one of the figures, named in the context."""
        self.ensure_one()
        place = self.env.context.get("msp_place")
        place = place if place in WHERE else "waiting"
        rows = []
        if self.import_ids:
            self.env.flush_all()
            rows = self.env.execute_query(
                SQL(
                    """
                    SELECT c.id FROM msp_provider_charge c
                     WHERE c.import_id IN %s AND %s = %s
                    """,
                    tuple(self.import_ids.ids),
                    self._place_of_row(),
                    place,
                )
            )
        label = self._fields[f"amount_{place}"]._description_string(self.env)
        return self._action_view(
            self.env._("%(name)s: %(figure)s", name=self.name, figure=label),
            "msp.provider.charge",
            [("id", "in", [row_id for (row_id,) in rows])],
        )
