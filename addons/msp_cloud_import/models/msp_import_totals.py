from odoo import api, fields, models
from odoo.tools import SQL


class MspImport(models.Model):
    """Step 3 in figures: what contracts are worth before and after the file."""

    _inherit = "msp.import"

    differing_change_ids = fields.One2many(
        domain=["|", ("state", "!=", "no_change"), ("flag_ids", "!=", False)]
    )
    totals_html = fields.Html("In Figures", compute="_compute_totals_html")

    @api.depends("change_ids.state", "change_ids.amount_change")
    @api.depends_context("lang")
    def _compute_totals_html(self):
        figures, flags = self._load_totals(), self._load_flag_counts()
        for one in self:
            rows = figures.get(one.id, [])
            one.totals_html = rows and self.env["ir.qweb"]._render(
                "msp_cloud_import.import_totals",
                {"rows": rows, "flags": flags.get(one.id, []), "one": one},
            )

    def _load_totals(self):
        """Return the figures of each import by currency of the contracts.

        Before is counted once per position, on the first day of which the file speaks.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT import_id, currency_id, count(DISTINCT contract_id),
                       count(*) FILTER (WHERE state IN ('proposed', 'failed')),
                       count(*) FILTER (WHERE state IN ('waiting', 'failed')),
                       sum(amount_before) FILTER (WHERE place = 1),
                       sum(amount_change),
                       sum(amount_correction) FILTER (
                         WHERE amount_correction > 0 AND state != 'excluded'),
                       sum(amount_correction) FILTER (
                         WHERE amount_correction < 0 AND state != 'excluded'),
                       sum(customer_before) FILTER (
                         WHERE kind = 'amounts' AND state != 'excluded'),
                       sum(customer_after) FILTER (
                         WHERE kind = 'amounts' AND state != 'excluded')
                  FROM (SELECT c.*, row_number() OVER (
                          PARTITION BY c.import_id,
                            COALESCE(c.position_id, -COALESCE(c.begin_change_id, c.id))
                          ORDER BY c.date_start, c.id) AS place
                          FROM msp_import_change c WHERE c.import_id = ANY(%s)) c
                 GROUP BY import_id, currency_id ORDER BY import_id, currency_id
                """,
                list(self.ids),
            )
        )
        result = {}
        for import_id, currency, contracts, proposed, waiting, *amounts in rows:
            before, change, bills, credit, used_before, used = (
                float(amount or 0.0) for amount in amounts
            )
            result.setdefault(import_id, []).append(
                {
                    "currency": self.env["res.currency"].browse(currency or ()),
                    "contracts": contracts,
                    "proposed": proposed,
                    "waiting": waiting,
                    "before": before,
                    "change": change,
                    "after": before + change,
                    "bills": bills,
                    "credits": credit,
                    "used_before": used_before,
                    "used_change": used - used_before,
                    "used": used,
                }
            )
        return result

    def _load_flag_counts(self):
        """Return [(flag, how many open changes have it)] of each import."""
        groups = self.env["msp.import.change"]._read_group(
            [
                ("import_id", "in", self.ids),
                ("flag_ids", "!=", False),
                ("state", "not in", ("excluded", "applied")),
            ],
            ["import_id", "flag_ids"],
            ["__count"],
        )
        result = {}
        for import_, flag, count in groups:
            result.setdefault(import_.id, []).append((flag, count))
        return {
            key: sorted(found, key=lambda item: item[0].sequence)
            for key, found in result.items()
        }

    def action_view_changes(self):
        """Show what the file changes by contract, with sums."""
        action = super().action_view_changes()
        return {
            **action,
            "context": {
                **(action.get("context") or {}),
                "search_default_differing": 1,
                "search_default_by_contract": 1,
                "msp_has_usage": self.has_usage,
            },
        }
