from odoo import api, fields, models


class AccountMove(models.Model):
    _inherit = "account.move"

    msp_import_id = fields.Many2one(
        "msp.import",
        "Provider Import",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The provider's file this vendor bill was made from.",
    )
    # The vendor's own number; `ref` may be edited.
    msp_file_number = fields.Char("Number in the File", copy=False, readonly=True)
    msp_file_total = fields.Monetary(
        "Total of the File",
        copy=False,
        readonly=True,
        help="Signed like the bill's total: with tax if the file states tax.",
    )
    msp_has_file_tax = fields.Boolean(
        copy=False, readonly=True, help="Whether the file states its tax."
    )
    msp_file_difference = fields.Monetary(
        "Differs from File", compute="_compute_msp_file_difference"
    )

    @api.depends("msp_file_total", "amount_total", "amount_untaxed", "msp_import_id")
    def _compute_msp_file_difference(self):
        for move in self:
            total = move.amount_total if move.msp_has_file_tax else move.amount_untaxed
            difference = total - move.msp_file_total if move.msp_import_id else 0.0
            move.msp_file_difference = move.currency_id.round(difference)

    def _msp_stands(self):
        """Return those of the bills that are neither cancelled nor reversed."""
        return self.filtered(
            lambda move: move.state != "cancel" and move.payment_state != "reversed"
        )

    @api.depends("invoice_date")
    def _compute_invoice_date_due(self):
        """A bill is made before its date is known: the due date follows it."""
        result = super()._compute_invoice_date_due()
        for move in self.filtered("msp_import_id"):
            if move.invoice_date and not move.invoice_payment_term_id:
                move.invoice_date_due = move.invoice_date
        return result

    def button_draft(self):
        """Keep the file's own tax, which Odoo computes anew for a draft."""
        tied = self.filtered(
            lambda move: (
                move.msp_has_file_tax
                and move.currency_id.is_zero(move.msp_file_difference)
            )
        )
        result = super().button_draft()
        for move in tied:
            if not move.currency_id.is_zero(move.msp_file_difference):
                move.msp_import_id._move_tax(move, -move.msp_file_difference)
        return result

    def action_view_msp_import(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import",
            "res_id": self.msp_import_id.id,
            "view_mode": "form",
        }

    def action_view_msp_rows(self):
        """Show the rows of the file that the bill adds up."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.provider.charge",
            "name": self.env._("Rows of %s", self.msp_import_id.name),
            "view_mode": "list,form",
            "domain": [("import_id", "=", self.msp_import_id.id)],
            "context": {"create": False},
        }
