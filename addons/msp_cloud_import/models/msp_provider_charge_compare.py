from odoo import api, fields, models
from odoo.tools import format_datetime

from ..formats import content_hash, line_key

COMPARE_KINDS = [("same", "Same"), ("changed", "Changed"), ("new", "New")]
GONE_DECISIONS = [
    ("open", "To Decide"),
    ("kept", "Counts On"),
    ("taken", "Taken Back"),
]


class MspProviderCharge(models.Model):
    """A row as earlier and later files have it; of all of them one counts."""

    _inherit = "msp.provider.charge"

    invoice_id = fields.Char(index="btree_not_null")
    # Rows are found by `line_key`; this one is only told apart within its file.
    row_key = fields.Char(index=False)
    line_key = fields.Char(
        index=True, help="The row's key without the occurrence within its file."
    )
    content_hash = fields.Char(help="Equal for rows that say the same.")
    previous_charge_id = fields.Many2one(
        "msp.provider.charge",
        "Replaces",
        ondelete="set null",
        index="btree_not_null",
        help="The same line of the provider, as an earlier file had it.",
    )
    superseded_by_id = fields.Many2one(
        "msp.import",
        "Replaced By",
        ondelete="set null",
        index="btree_not_null",
        help="A later file says the row anew, or has it no more.",
    )
    compare_kind = fields.Selection(COMPARE_KINDS, "Compared with Before")
    amount_before = fields.Monetary("Before", help="What the earlier file asked.")
    amount_difference = fields.Monetary(
        "Difference", compute="_compute_amount_difference"
    )
    gone_import_id = fields.Many2one(
        "msp.import",
        "Missing In",
        ondelete="set null",
        index="btree_not_null",
        help="A later file of the same invoice that has no such row.",
    )
    gone_decision = fields.Selection(GONE_DECISIONS, "Missing Row")
    first_label = fields.Char("First Read As", compute="_compute_first_label")

    @api.depends("billed_cost", "amount_before")
    def _compute_amount_difference(self):
        for charge in self:
            charge.amount_difference = charge.billed_cost - charge.amount_before

    @api.depends("known_charge_id", "previous_charge_id")
    @api.depends_context("lang", "tz")
    def _compute_first_label(self):
        for charge in self:
            first = charge.known_charge_id or charge.previous_charge_id
            import_ = first.import_id
            charge.first_label = first and self.env._(
                "%(row)s, “%(file)s”, imported by %(user)s on %(day)s",
                row=first.row_label,
                file=import_.file_name,
                # sudo: who imported a file may be nobody the reader sees
                user=import_.sudo().create_uid.name,
                day=format_datetime(self.env, import_.create_date),
            )

    @api.model
    def _prepare_vals(self, import_, charge, currencies):
        vals = super()._prepare_vals(import_, charge, currencies)
        return {
            **vals,
            "line_key": line_key(charge.row_key),
            "content_hash": content_hash(charge),
        }

    # Rows that a later file of the invoice does not have any more

    def action_keep(self):
        """Let rows count on although the corrected file has them no more."""
        return self._decide_gone("kept")

    def action_take_back(self):
        """Let rows count no more, and undo what they alone have caused."""
        return self._decide_gone("taken")

    def _decide_gone(self, decision):
        imports = self.gone_import_id
        imports.check_access("write")
        rows = self.filtered(lambda row: row.gone_decision in ("open", "kept"))
        for import_, own in rows.grouped("gone_import_id").items():
            if decision == "taken":
                import_._take_back(own)
            else:
                own._system_write({"gone_decision": "kept"})
                own.import_id._recount_rows()
            import_.message_post(
                body=self.env._(
                    "%(rows)s rows of %(imports)s that this file does not have: "
                    "%(decision)s",
                    rows=len(own),
                    imports=", ".join(own.import_id.mapped("name")),
                    decision=dict(
                        self._fields["gone_decision"]._description_selection(self.env)
                    )[decision],
                )
            )
        return True

    def _find_moved_before(self):
        """Return what the contract was moved by for an earlier state of the row."""
        self.ensure_one()
        row = self.previous_charge_id
        while row:
            # sudo: rows follow contracts that a record rule may hide
            if row.sudo().version_id.state == "active":
                return row.pricing_quantity
            row = row.previous_charge_id
        return 0.0
