import logging
import time

import psycopg2

from odoo import api, models

_logger = logging.getLogger(__name__)

# Contracts between two looks at the clock.
BATCH_SIZE = 20
# A request works so long, then the scheduler goes on (hard limit: 120 s).
REQUEST_SECONDS = 30


class MspImport(models.Model):
    """Step 4: new versions, each contract on its own."""

    _inherit = "msp.import"

    def action_apply(self):
        """Make the proposed versions; what takes longer the scheduler continues."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("prepared", "applied")
        self._system_write({"is_running": True})
        agreed = self.change_ids.filtered(lambda change: change.state == "no_change")
        self.env["msp.position.mapping"]._remember(self, agreed)
        deadline = time.monotonic() + REQUEST_SECONDS
        while self._apply_next_batch() and time.monotonic() < deadline:
            continue
        if self.is_running:
            self.env.ref("msp_cloud_import.ir_cron_continue_imports")._trigger()
        return True

    def _apply_next_batch(self):
        """Apply the changes of the next contracts; return whether more are left."""
        self.ensure_one()
        proposed = self.change_ids.filtered(lambda change: change.state == "proposed")
        by_contract = proposed.grouped("contract_id")
        contracts = sorted(by_contract, key=lambda contract: contract.id)
        for contract in contracts[:BATCH_SIZE]:
            self._apply_contract(contract, by_contract[contract])
        self._update_rows()
        if len(contracts) <= BATCH_SIZE:
            self._finish()
        return self.is_running

    def _apply_contract(self, contract, changes):
        """Apply the changes of one contract; it does not stop the others."""
        try:
            with self.env.cr.savepoint():
                changes._apply()
        except psycopg2.OperationalError:
            # Somebody else works on the contract: the transaction starts again.
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            changes._system_write(
                {
                    "state": "failed",
                    "error": self._explain_failure(contract, error),
                    "version_id": False,
                }
            )

    def _finish(self):
        self._system_write({"state": "applied", "is_running": False})
        self.message_post(
            body=self.env._(
                "Applied: %(versions)s versions so far, %(waiting)s changes wait, "
                "%(failed)s failed.",
                versions=self.version_count,
                waiting=self.waiting_count,
                failed=self.failed_count,
            )
        )

    @api.model
    def _cron_continue_imports(self):
        """Continue imports that were too long for one request."""
        commit_progress = self.env["ir.cron"]._commit_progress
        import_ = self.search([("is_running", "=", True)], order="id", limit=1)
        if not import_:
            return
        commit_progress(remaining=import_.proposed_count)
        # The versions belong to whoever started to apply; so does the log.
        user = import_.write_uid
        import_ = import_.with_user(user).with_company(import_.company_id)
        if not import_._take_batch(import_._apply_next_batch):
            return
        commit_progress(BATCH_SIZE)
        if import_.is_running:
            self.env.ref("msp_cloud_import.ir_cron_continue_imports")._trigger()
