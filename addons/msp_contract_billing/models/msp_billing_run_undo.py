from odoo import models
from odoo.exceptions import UserError

from .msp_billing_run_steps import BEGINS


class MspBillingRun(models.Model):
    """Back: drafts are deleted, posted invoices are credited."""

    _inherit = "msp.billing.run"

    def action_delete_drafts(self):
        """Undo: delete the drafts of the run; their periods are open again."""
        self._check_state(*BEGINS["undo"])
        if self.state != "created" and not self.draft_count:
            raise UserError(
                self.env._(
                    "Run %s has no drafts. Posted invoices are never deleted but "
                    "credited: use Credit Invoices.",
                    self.name,
                )
            )
        self._forget_errors("undo")
        return self._start("undo")

    def _state_after_undo(self):
        """Return how far the run is with the invoices that are left."""
        steps = set(self.invoice_ids.mapped("step"))
        states = {"sent": "sent", "rendered": "rendered", "posted": "posted"}
        # Drafts that could not be deleted.
        states["draft"] = "created"
        return next((states[step] for step in states if step in steps), "preview")

    def _undo_next_batch(self):
        return self._deliver("undo", lambda rows: rows._undo())

    def action_credit(self):
        """Open Odoo's wizard for the posted invoices of the run."""
        self._check_state("created", "posted", "rendered", "sent", "stopped")
        moves = self.move_ids.filtered(lambda move: move.state == "posted")
        return moves._msp_action_credit()


class MspBillingRunInvoice(models.Model):
    _inherit = "msp.billing.run.invoice"

    def _undo(self):
        """Delete the drafts; their contracts are due again.

        A draft that was posted once keeps its number and is cancelled instead.
        """
        moves = self.move_id
        lines = self.env["msp.billing.run.line"].search(
            [("run_id", "in", self.run_id.ids), ("move_ids", "in", moves.ids)]
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
        undone = lines.filtered(lambda line: line.state == "due")
        undone._forget_charges()
        undone._remember_corrections_once()
        contracts.invalidate_recordset(["charge_ids"])


class MspBillingRunLine(models.Model):
    _inherit = "msp.billing.run.line"

    def _forget_charges(self):
        """Let charges that no longer count be none of the run's work."""
        charges = self.env["msp.charge"].search(
            [
                ("run_id", "in", self.run_id.ids),
                ("contract_id", "in", self.contract_id.ids),
                ("counts", "=", False),
            ]
        )
        charges._system_write({"run_id": False})

    def _remember_corrections_once(self):
        """Let corrections that a regular run took come with the next one again."""
        once = self.filtered(
            lambda line: (
                line.kind == "regular"
                and line.correction_count
                and not line.contract_id.corrections_with_regular
            )
        )
        # sudo: billing clerks may not change contracts, but decide when to bill
        once.contract_id.sudo().corrections_once = True


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
