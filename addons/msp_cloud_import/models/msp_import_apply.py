import time
from collections import defaultdict

from odoo import models

# Contracts between two looks at the clock.
BATCH_SIZE = 50
# A request works so long, then the scheduler goes on (hard limit: 120 s).
REQUEST_SECONDS = 30
# More changes than these are left to the scheduler at once.
REQUEST_CHANGES = 500


class MspImport(models.Model):
    """Step 4: new versions, each contract on its own."""

    _inherit = "msp.import"

    def action_apply(self):
        """Make the proposed versions; what takes longer the scheduler continues.

        Several imports are applied month by month. Each changes the contracts that
        the next was compared with, so all but the first are prepared again.

        :return: True, or the action that shows what failed
        """
        self.check_access("write")
        failures, started = {}, self.browse()
        for import_ in self._in_order():
            failed = {}
            if len(self) == 1:
                import_._start(False)
            else:
                failed = import_._in_halves(
                    import_, lambda one, later=bool(started): one._start(later)
                )
            failures.update(failed)
            started += self.browse() if failed else import_
        if len(started) > 1:
            started._system_write({"together_id": started[0].id})
        deadline = time.monotonic() + REQUEST_SECONDS
        while running := started.filtered("is_running"):
            if running[0]._is_left_to_scheduler():
                break
            failures.update(running[0]._continue())
            if time.monotonic() >= deadline:
                break
        if started.filtered("is_running"):
            self.env.ref("msp_cloud_import.ir_cron_continue_imports")._trigger()
        if len(self) == 1:
            return True
        for import_ in started - self.browse([one.id for one in failures]):
            if import_.failed_count:
                failures[import_] = self.env._(
                    "%s changes failed; the import lists why.", import_.failed_count
                )
        return self._tell(failures)

    def _is_left_to_scheduler(self):
        """Return whether no request shall work at it: people watch how far it is."""
        return self.proposed_count > REQUEST_CHANGES

    def _start(self, is_outdated):
        """Begin to apply; `is_outdated`: compare with the contracts anew first."""
        self._check_state("prepared", "applied")
        self._check_not_running()
        self._system_write(
            {
                "is_running": True,
                "running_step": "apply",
                "problem": False,
                "is_outdated": is_outdated,
                "started_by_id": self.env.uid,
                "together_id": False,
            }
        )
        if not is_outdated:
            self._remember_agreed()

    def _remember_agreed(self):
        agreed = self.change_ids.filtered(lambda change: change.state == "no_change")
        self.env["msp.position.mapping"]._remember(self, agreed)

    def _continue(self):
        """Take the next part of what is left.

        :return: {import: sentence} if it could not be prepared again, which ends it
        """
        if not self.is_outdated:
            self._apply_next_batch()
            return {}
        failed = self._in_halves(self, lambda import_: import_._prepare())
        if failed:
            self._system_write({"is_running": False, "is_outdated": False})
            self.message_post(
                body=self.env._("Not applied: %s", " ".join(failed.values()))
            )
        else:
            self._system_write({"is_outdated": False})
            self._remember_agreed()
        return failed

    def _apply_next_batch(self):
        """Apply the changes of the next contracts; return whether more are left."""
        self.ensure_one()
        changes = self.env["msp.import.change"]
        waiting = [("import_id", "=", self.id), ("state", "=", "proposed")]
        groups = changes._read_group(
            waiting, ["contract_id"], order="contract_id", limit=BATCH_SIZE + 1
        )
        batch = self.env["msp.contract"].union(*(one for (one,) in groups[:BATCH_SIZE]))
        proposed = changes.search([*waiting, ("contract_id", "in", batch.ids)])
        by_contract = proposed.grouped("contract_id")
        others = self._find_joining(batch, proposed)
        self._apply_contracts([by_contract[contract] for contract in batch], others)
        proposed.union(*others.values())._update_rows()
        if len(groups) <= BATCH_SIZE:
            self._finish()
        return self.is_running

    def _apply_contracts(self, units, others=()):
        """Apply changes, a recordset per contract; one does not stop the others.

        :param units: changes of this import
        :param others: {contract: changes of other imports that join in its versions};
            if that fails, each import tries alone, so that only the wrong one fails
        """
        joint = [
            changes | others[changes.contract_id]
            for changes in units
            if changes.contract_id in others
        ]
        failed = self._in_halves_of(joint, lambda changes: changes._apply())
        alone = [
            changes
            for changes in units
            if changes.contract_id not in others or changes[0] in failed
        ]
        failed = self._in_halves_of(alone, lambda changes: changes._apply())
        by_error = defaultdict(self.env["msp.import.change"].browse)
        for change, error in failed.items():
            by_error[error] |= change
        for error, changes in by_error.items():
            changes._system_write(
                {"state": "failed", "error": error, "version_id": False}
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
