from odoo import models
from odoo.exceptions import UserError

from .msp_billing_run_create import BATCH_SIZE


class MspBillingRun(models.Model):
    """Back: drafts are deleted, posted invoices are credited."""

    _inherit = "msp.billing.run"

    def action_delete_drafts(self):
        """Undo: delete the drafts of the run; their periods are open again."""
        if self.state in ("posted", "rendered", "sent"):
            try:
                self._check_state("created")
            except UserError as error:
                raise UserError(
                    self.env._(
                        "%s Posted invoices are never deleted but credited: use "
                        "Credit Invoices.",
                        error,
                    )
                ) from error
        self._check_state("created")
        return self._start("undo")

    def _drafts_domain(self):
        return [("msp_run_id", "=", self.id), ("state", "=", "draft")]

    def _undo_next_batch(self):
        """Delete the next drafts; return whether more are left.

        A draft that was posted once keeps its number and is cancelled instead.
        """
        moves = self.env["account.move"].search(
            self._drafts_domain(), order="id", limit=BATCH_SIZE
        )
        lines = self.env["msp.billing.run.line"].search(
            [("run_id", "=", self.id), ("move_ids", "in", moves.ids)]
        )
        contracts = lines.contract_id
        posted_once = moves.filtered("posted_before")
        (moves - posted_once).unlink()
        posted_once.button_cancel()
        lines.invalidate_recordset(["move_ids"])
        for line in lines:
            left = line.move_ids - posted_once
            vals = {"move_ids": left.ids}
            if not left:
                vals["state"] = "due"
            line._system_write(vals)
        self._forget_charges(lines.filtered(lambda line: line.state == "due"))
        contracts.invalidate_recordset(["charge_ids"])
        return bool(self.env["account.move"].search(self._drafts_domain(), limit=1))

    def _forget_charges(self, lines):
        """Let charges that no longer count be none of this run's work."""
        charges = self.env["msp.charge"].search(
            [
                ("run_id", "=", self.id),
                ("contract_id", "in", lines.contract_id.ids),
                ("counts", "=", False),
            ]
        )
        charges._system_write({"run_id": False})

    def action_credit(self):
        """Open Odoo's wizard for the posted invoices of the run."""
        self._check_state("created", "posted", "rendered", "sent", "stopped")
        moves = self.move_ids.filtered(lambda move: move.state == "posted")
        return moves._msp_action_credit()


class AccountMove(models.Model):
    _inherit = "account.move"

    def _msp_action_credit(self):
        """Return the action that credits these invoices, with reason and date."""
        moves = self.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        if not moves:
            raise UserError(
                self.env._(
                    "There is no posted invoice to be credited. Drafts are deleted, "
                    "credit notes are credited by the next differential run."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_view_account_move_reversal"
        )
        action["context"] = {
            "active_model": "account.move",
            "active_id": moves[0].id,
            "active_ids": moves.ids,
        }
        return action
