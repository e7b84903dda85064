from odoo import api, fields, models

#: Documents that a vendor sends.
PURCHASES = ("in_invoice", "in_refund")


class AccountMove(models.Model):
    """The vendor bill that was made from a provider's files, or matched with them."""

    _inherit = "account.move"

    msp_import_ids = fields.Many2many(
        "msp.import",
        "account_move_msp_import_rel",
        "move_id",
        "import_id",
        "Provider Imports",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="The provider's files that this vendor bill books.",
    )
    # Who works with the bill may not see the provider's files.
    msp_import_count = fields.Integer(
        "Imports", compute="_compute_msp_import_count", compute_sudo=True
    )
    # {import id: its part of the net, signed as in the file}
    msp_import_shares = fields.Json(copy=False, readonly=True, groups="base.group_user")
    # The vendor's own number; `ref` may be edited.
    msp_file_number = fields.Char(
        "Number in the File", copy=False, readonly=True, index="btree_not_null"
    )
    msp_file_total = fields.Monetary(
        "Total of the File",
        copy=False,
        readonly=True,
        help="Signed like the bill's total: with tax if the file states tax, and with "
        "what the provider's invoice asks for beyond its files.",
    )
    msp_has_file_tax = fields.Boolean(
        copy=False, readonly=True, help="Whether the file states its tax."
    )
    msp_file_difference = fields.Monetary(
        "Differs from File", compute="_compute_msp_file_difference"
    )
    msp_currency_rate = fields.Float(
        "Provider's Rate",
        digits=0,
        copy=False,
        readonly=True,
        help="What one unit of the company's currency is in the bill's, by the "
        "provider's rule for exchange rates. 0: Odoo's rate on the bill's date.",
    )
    msp_rate_note = fields.Char("Exchange Rate From", copy=False, readonly=True)

    @api.depends("msp_import_ids")
    def _compute_msp_import_count(self):
        for move in self:
            move.msp_import_count = len(move.msp_import_ids)

    @api.depends("msp_file_total", "amount_total", "amount_untaxed", "msp_import_ids")
    def _compute_msp_file_difference(self):
        for move in self:
            total = move.amount_total if move.msp_has_file_tax else move.amount_untaxed
            # sudo: who works with the bill may not see the provider's files
            has_file = move.sudo().msp_import_ids
            difference = total - move.msp_file_total if has_file else 0.0
            move.msp_file_difference = move.currency_id.round(difference)

    @api.depends("msp_currency_rate")
    def _compute_invoice_currency_rate(self):
        result = super()._compute_invoice_currency_rate()
        for move in self.filtered("msp_currency_rate"):
            move.invoice_currency_rate = move.msp_currency_rate
        return result

    def _msp_stands(self):
        """Return those of the bills that are neither cancelled nor reversed."""
        return self.filtered(
            lambda move: move.state != "cancel" and move.payment_state != "reversed"
        )

    def _msp_get_part(self, import_):
        """Return what of the bill's net is one import's, and what no file lists.

        Both signed as in the file. What people have changed, and what no file lists,
        counts for the first of several imports.
        """
        sign = -1 if self.move_type == "in_refund" else 1
        beyond = sum(
            line.price_subtotal
            for line in self.invoice_line_ids
            if line.msp_is_difference
        )
        shares = self.msp_import_shares or {}
        if self._msp_is_only_linked():
            # What the document and its file differ by is no money of the file.
            return float(shares.get(str(import_.id), 0)), 0.0
        first = min(self.msp_import_ids.ids)
        if len(self.msp_import_ids) > 1 and import_.id != first:
            return float(shares.get(str(import_.id), 0)), 0.0
        others = [
            float(share) for key, share in shares.items() if key != str(import_.id)
        ]
        net = sign * self.amount_untaxed
        return net - sum(others), sign * beyond

    @api.depends("invoice_date")
    def _compute_invoice_date_due(self):
        """A bill is made before its date is known: the due date follows it."""
        result = super()._compute_invoice_date_due()
        # sudo: who works with the bill may not see the provider's files
        for move in self.filtered(lambda one: one.sudo().msp_import_ids):
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
                self.env["msp.import"]._move_tax(move, -move.msp_file_difference)
        return result

    def action_view_msp_import(self):
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "msp.import",
            "name": self.env._("Imports of %s", self.display_name),
            "view_mode": "list,form",
            "domain": [("id", "in", self.msp_import_ids.ids)],
            "context": {"create": False},
        }
        if len(self.msp_import_ids) == 1:
            action.update(view_mode="form", res_id=self.msp_import_ids.id)
        return action

    def action_view_msp_rows(self):
        """Show the rows of the files that the bill adds up."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.provider.charge",
            "name": self.env._("Rows of %s", self.display_name),
            "view_mode": "list,form",
            "domain": [("bill_line_id.move_id", "=", self.id)],
            "context": {"create": False},
        }
