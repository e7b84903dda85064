from dataclasses import dataclass
from dataclasses import fields as dataclass_fields

from odoo import api, fields, models
from odoo.tools import SQL, split_every

from odoo.addons.msp_cloud_import.models.msp_provider_charge_stage import copy_rows

RESULTS = [
    ("agrees", "Agrees"),
    ("differs", "Differs"),
    ("timing", "Settled by next run"),
    ("unknown", "Not comparable"),
]


# Lines whose columns are in memory at the same time.
BATCH_SIZE = 5000


@dataclass(slots=True)
class Subject:
    """What a difference is about: ids, and how the provider calls it."""

    partner_id: int | None
    product_id: int | None
    contract_id: int | None
    position_id: int | None
    subscription_label: str | None = None


@dataclass(slots=True, kw_only=True)
class Line(Subject):
    """The columns of a line before it is stored, and its rows; there are many."""

    has_supply: bool
    supplied_quantity: float
    contained_quantity: float
    billed_quantity: float
    cost_currency_id: int | None
    cost: float
    currency_id: int
    value: float
    billed_value: float
    value_company: float
    billed_value_company: float
    row_ids: list[int]
    result: str = "agrees"
    cost_reference: str = "none"
    expected_cost: float = 0.0


SUBJECT = tuple(field.name for field in dataclass_fields(Subject))
COLUMNS = [one.name for one in dataclass_fields(Line) if one.name != "row_ids"]


class MspReconciliationLine(models.Model):
    """One position, or one subscription without any, on all three sides."""

    _name = "msp.reconciliation.line"
    _description = "Compared positions"
    _inherit = "msp.compared.mixin"
    _order = "reconciliation_id desc, result desc, partner_id, id"
    # Whoever compared, and when, is said by the reconciliation once for all.
    _log_access = False

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
    def _store_all(self, reconciliation, lines):
        """Store the lines of a comparison by COPY, which has checked them.

        `create` needs about two milliseconds per line.

        :param lines: `Line` list
        :return: their ids, in this order
        """
        self.env.cr.execute("SELECT max(id) FROM msp_reconciliation_line")
        last = self.env.cr.fetchone()[0] or 0
        common = {
            "reconciliation_id": reconciliation.id,
            "company_id": reconciliation.company_id.id,
        }
        for batch in split_every(BATCH_SIZE, lines):
            vals_list = [
                {**common, **{name: getattr(line, name) for name in COLUMNS}}
                for line in batch
            ]
            copy_rows(self.env, self._table, vals_list, is_logged=False)
        self.env.cr.execute(
            SQL(
                "SELECT id FROM msp_reconciliation_line WHERE id > %s "
                "AND reconciliation_id = %s ORDER BY id",
                last,
                reconciliation.id,
            )
        )
        line_ids = [number for (number,) in self.env.cr.fetchall()]
        pairs = (
            {"line_id": line_id, "row_id": row_id}
            for line_id, line in zip(line_ids, lines, strict=True)
            for row_id in dict.fromkeys(line.row_ids)
        )
        for batch in split_every(BATCH_SIZE, pairs):
            table = "msp_reconciliation_line_row_rel"
            copy_rows(self.env, table, batch, is_logged=False)
        self.env.invalidate_all()
        return line_ids

    def action_view_findings(self):
        return self.reconciliation_id._action_view(
            self.env._("Findings of %s", self.display_name),
            "msp.finding",
            [("line_id", "=", self.id)],
        )
