from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_provider_charge_stage import copy_rows

RESULTS = [
    ("agrees", "Agrees"),
    ("differs", "Differs"),
    ("timing", "Settled by next run"),
    ("unknown", "Not comparable"),
]


class MspReconciliationLine(models.Model):
    """One position, or one subscription without any, on all three sides."""

    _name = "msp.reconciliation.line"
    _description = "Compared positions"
    _inherit = "msp.compared.mixin"
    _order = "reconciliation_id desc, result desc, partner_id, id"

    reconciliation_id = fields.Many2one(
        "msp.reconciliation",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    has_supply = fields.Boolean(
        help="Whether a file speaks for the last day.", readonly=True
    )
    cost_currency_id = fields.Many2one("res.currency", readonly=True)
    cost = fields.Monetary(
        currency_field="cost_currency_id",
        help="Net, of the month's files.",
        readonly=True,
    )
    value = fields.Monetary(
        "Contract's Value",
        help="What the days of the month cost the customer.",
        readonly=True,
    )
    billed_value = fields.Monetary(
        "Billed", help="What of that stands on invoices.", readonly=True
    )
    value_company = fields.Monetary(currency_field="company_currency_id", readonly=True)
    billed_value_company = fields.Monetary(
        currency_field="company_currency_id", readonly=True
    )
    result = fields.Selection(RESULTS, required=True, index=True, readonly=True)
    finding_ids = fields.One2many("msp.finding", "line_id", "Findings")
    charge_ids = fields.Many2many(
        "msp.provider.charge",
        "msp_reconciliation_line_row_rel",
        "line_id",
        "row_id",
        "Rows of the Files",
        readonly=True,
    )

    @api.depends("partner_id", "product_id", "subscription_label")
    def _compute_display_name(self):
        for line in self:
            names = (
                line.partner_id.name,
                line.product_id.name,
                line.subscription_label,
            )
            line.display_name = ", ".join(filter(None, names[:2])) or names[2]

    @api.model
    def _store_all(self, vals_list):
        """Store the lines of a comparison by COPY, which has checked them.

        `create` needs about two milliseconds per line.

        :param vals_list: values as columns take them, each with the same names, and
            `charge_ids` as a command
        :return: the lines, in this order
        """
        self.flush_model()
        self.env.cr.execute("SELECT max(id) FROM msp_reconciliation_line")
        last = self.env.cr.fetchone()[0] or 0
        rows = [vals.pop("charge_ids")[0][2] for vals in vals_list]
        copy_rows(self.env, self._table, [_to_columns(vals) for vals in vals_list])
        self.env.cr.execute(
            SQL(
                "SELECT id FROM msp_reconciliation_line WHERE id > %s "
                "AND reconciliation_id = ANY(%s) ORDER BY id",
                last,
                list({vals["reconciliation_id"] for vals in vals_list}),
            )
        )
        lines = self.browse([number for (number,) in self.env.cr.fetchall()])
        pairs = [
            (line, row)
            for line, ids in zip(lines._ids, rows, strict=True)
            for row in ids
        ]
        self.env.cr.execute(
            SQL(
                "INSERT INTO msp_reconciliation_line_row_rel (line_id, row_id) "
                "SELECT DISTINCT * FROM unnest(%s::int[], %s::int[])",
                [line for line, _row in pairs],
                [row for _line, row in pairs],
            )
        )
        self.env.invalidate_all()
        return lines

    def action_view_findings(self):
        return self.reconciliation_id._action_view(
            self.env._("Findings of %s", self.display_name),
            "msp.finding",
            [("line_id", "=", self.id)],
        )


def _to_columns(vals):
    """Return values with NULL where nothing is said."""
    return {
        name: None if value is False and name != "has_supply" else value
        for name, value in vals.items()
    }
