from odoo import api, fields, models

from ..models.account_move import CREDIT_MODES


class AccountMoveReversal(models.TransientModel):
    _inherit = "account.move.reversal"

    msp_has_charges = fields.Boolean(compute="_compute_msp_has_charges")
    msp_credit_mode = fields.Selection(
        CREDIT_MODES,
        "After Crediting",
        default="auto",
        help="Whether the credited periods of the contract are billed again by the "
        "next run.",
    )

    @api.depends("move_ids")
    def _compute_msp_has_charges(self):
        for wizard in self:
            # sudo: the question is asked for whoever may credit the invoice
            lines = wizard.sudo().move_ids.invoice_line_ids
            wizard.msp_has_charges = bool(lines.msp_charge_ids)

    def _prepare_default_reversal(self, move):
        values = super()._prepare_default_reversal(move)
        values["msp_credit_mode"] = self.msp_credit_mode
        if move._msp_with_charges():
            # The service was when it was; Odoo would print the document's own date.
            values["delivery_date"] = move.delivery_date
        return values

    def _modify_default_reverse_values(self, origin_move):
        values = super()._modify_default_reverse_values(origin_move)
        if origin_move._msp_with_charges():
            values["delivery_date"] = origin_move.delivery_date
            # The customer's order number.
            values["ref"] = origin_move.ref
        return values

    def reverse_moves(self, is_modify=False):
        still_open = {}
        if is_modify:
            # What is taken back stands on the new draft, so it is not goodwill.
            self.msp_credit_mode = "again"
            still_open = self._msp_still_open()
        action = super().reverse_moves(is_modify=is_modify)
        self._msp_move_claims(still_open)
        return action

    def _msp_still_open(self):
        """Return by claim what crediting the invoices takes back."""
        # sudo: whoever may credit an invoice need not have rights on contracts
        charges = self.sudo().move_ids.invoice_line_ids.msp_charge_ids
        amounts = {
            claim: claim._still_open()
            for claim in charges
            if claim.kind != "counter" and claim.counts
        }
        return {
            claim: amount
            for claim, amount in amounts.items()
            if amount or not claim.amount
        }

    def _msp_move_claims(self, still_open):
        """Claim on the new drafts what the credit notes take back.

        Without it the next run would bill the same periods beside the drafts.
        """
        # sudo: whoever may credit an invoice need not have rights on contracts
        lines = self.sudo().new_move_ids.invoice_line_ids
        vals_list = [
            claim._prepare_moved_vals(line, still_open[claim])
            for line in lines
            for claim in line.msp_origin_line_id.msp_charge_ids
            if claim in still_open
        ]
        if vals_list:
            lines.msp_origin_line_id.msp_charge_ids.contract_id._lock_ledger()
            self.env["msp.charge"].sudo()._append(vals_list)
