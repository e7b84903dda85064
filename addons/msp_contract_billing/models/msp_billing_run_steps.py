import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: A request works so long, then the scheduler goes on (hard limit: 120 s).
REQUEST_SECONDS = 30
#: More contracts or invoices than these are left to the scheduler at once, so that
#: whoever started them sees how far they are.
REQUEST_SIZE = 200
#: After a step: the state of the run, and where the step may begin.
RESULTS = {
    "create": "created",
    "post": "posted",
    "render": "rendered",
    "send": "sent",
    "undo": "preview",
}
BEGINS = {
    "create": ("preview", "created", "posted", "rendered", "sent"),
    "post": ("created", "posted", "rendered", "sent"),
    "render": ("posted", "rendered", "sent"),
    "send": ("rendered", "sent"),
    "undo": ("created", "stopped", "posted", "rendered", "sent"),
}
#: Which step comes next, up to the target of a run.
NEXT_STEPS = {
    "preview": (),
    "create": ("create",),
    "post": ("create", "post"),
    "send": ("create", "post", "render", "send"),
}


class MspBillingRun(models.Model):
    """Steps of a run: each works in batches, can be stopped, goes on where it was."""

    _inherit = "msp.billing.run"

    progress_done = fields.Integer(compute="_compute_progress")
    progress_total = fields.Integer(compute="_compute_progress")

    @api.depends("state", "step", "line_ids.state", "invoice_ids.step")
    def _compute_progress(self):
        for run in self:
            left = total = 0
            if run.step == "create":
                left = run.due_count
                total = left + run.done_count + run.failed_count
            elif run.step:
                rows = self.env["msp.billing.run.invoice"]
                left = rows.search_count(run._rows_domain(run.step))
                total = rows.search_count(run._scope_domain(run.step))
            run.progress_done = total - left
            run.progress_total = total

    # Buttons

    def action_create_invoices(self):
        """Create the drafts; what takes longer is continued by the scheduler."""
        if self.state in ("running", "stopped") and self.step == "create":
            return self.action_continue()
        self._check_state(*BEGINS["create"])
        self._retry_lines()
        return self._start("create")

    def action_post(self):
        """Post the drafts; one that cannot be posted does not stop the others."""
        return self._begin("post")

    def action_render(self):
        """Make the PDFs, and the e-invoices, of what is to be sent."""
        return self._begin("render")

    def action_send(self):
        """Send what has its PDF, as fast as the mail server may be used."""
        return self._begin("send")

    def action_continue(self):
        """Go on with a step; nothing if somebody else has finished it meanwhile."""
        self.check_access("write")
        return self._start(self.step) if self.step else True

    def action_stop(self):
        """Let the scheduler leave the run alone; what is done stays done."""
        self._check_state("running")
        self._system_write({"state": "stopped", "next_at": False})
        return True

    def _begin(self, step):
        self._check_state(*BEGINS[step])
        self._forget_errors(step)
        return self._start(step)

    # Engine

    def _start(self, step):
        """Begin or continue `step`: work for a while, leave the rest to the cron."""
        self.ensure_one()
        self._check_may_start(step)
        self._system_write(
            {
                "state": "running",
                "step": step,
                "started_by_id": self.env.uid,
                "next_at": False,
                "problem": False,
            }
        )
        left = self.progress_total - self.progress_done
        if left <= REQUEST_SIZE:
            deadline = time.monotonic() + REQUEST_SECONDS
            while self._take_next() and time.monotonic() < deadline:
                continue
        if self.state == "running":
            self._wake_scheduler()
        return True

    def _check_may_start(self, step):
        """Refuse a step that needs something else first."""
        if step != "create":
            return
        self._check_bookable()
        if self._lacks_approval():
            raise UserError(
                self.env._(
                    "Run %(run)s needs the approval of somebody other than "
                    "%(user)s before it creates invoices.",
                    run=self.name,
                    user=self.previewed_by_id.name,
                )
            )

    def _take_next(self):
        """Do the next batch of the present step.

        :return: whether there is more to do at once
        """
        self.ensure_one()
        if self.step == "create":
            self._lock_step()
        run = self.with_company(self.company_id)
        method = {
            "create": run._create_next_batch,
            "post": run._post_next_batch,
            "render": run._render_next_batch,
            "send": run._send_next_batch,
            "undo": run._undo_next_batch,
        }[self.step]
        if method():
            return not self.next_at
        self._finish_step()
        return self.state == "running"

    def _lock_step(self):
        """Let nobody stop the run, and undo it, while a batch is being made."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL("SELECT FROM msp_billing_run WHERE id = %s FOR NO KEY UPDATE", self.id)
        )

    def _finish_step(self):
        """End the present step; go on with the next one if the run has a target."""
        step = self.step
        state = RESULTS[step]
        if step in ("post", "render", "send") and self._has_failures(step):
            # What could not be done is to be tried again from where it was.
            state = BEGINS[step][0]
        if step == "undo":
            state = self._state_after_undo()
        self._system_write({"state": state, "step": False, "next_at": False})
        _logger.info("%s: %s finished", self.name, step)
        if self.target:
            self._advance(step)

    def _advance(self, after=None):
        """Begin the step that follows `after` on the way to the target."""
        steps = NEXT_STEPS[self.target]
        index = steps.index(after) + 1 if after in steps else 0
        if index >= len(steps) or (after and after not in steps):
            return
        if steps[index] == "create" and not self.due_count:
            return
        self._system_write(
            {
                "state": "running",
                "step": steps[index],
                "started_by_id": self.started_by_id.id or self.env.uid,
            }
        )
        self._wake_scheduler()

    def _wake_scheduler(self, at=None):
        # sudo: whoever starts a run may not see scheduled actions
        self.env.ref(
            "msp_contract_billing.ir_cron_continue_billing_runs"
        ).sudo()._trigger(at=at)

    # Scheduler

    @api.model
    def _cron_continue_runs(self):
        """Continue runs that were too long for one request, batch by batch."""
        commit_progress = self.env["ir.cron"]._commit_progress
        runs = self.search(
            [
                ("state", "=", "running"),
                "|",
                ("next_at", "=", False),
                ("next_at", "<=", fields.Datetime.now()),
            ],
            order="id",
        )
        if not runs:
            return
        run = runs[0]
        before = run._count_left()
        commit_progress(remaining=before)
        if not run._in_name_of_starter()._take_turn():
            # Others are at the same contracts: later.
            self._wake_scheduler(fields.Datetime.now() + timedelta(minutes=1))
            commit_progress(remaining=0)
            return
        is_at_work = run.state == "running" and not run.next_at
        left = run._count_left() if is_at_work else 0
        commit_progress(max(before - left, 1), remaining=left)
        if is_at_work or len(runs) > 1:
            self._wake_scheduler()

    def _in_name_of_starter(self):
        """Return the run as of whoever started it; so are its invoices and its log."""
        user = self.started_by_id or self.create_uid
        run = self.with_user(user).with_context(
            lang=user.lang, allowed_company_ids=self.company_id.ids
        )
        return run.with_company(self.company_id)

    def _count_left(self):
        self.invalidate_recordset(["progress_done", "progress_total"])
        return self.progress_total - self.progress_done

    def _take_turn(self):
        """Take a batch as a cron does; stop the run if it cannot be done at all.

        :return: False if others were quicker several times
        """
        try:
            return self._take_batch(self._take_next_once)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # The connection is lost: the next worker goes on.
            raise
        except Exception as error:  # noqa: BLE001 it would come back every time
            self.env.cr.rollback()
            self.env.invalidate_all()
            self._stop_with(error)
            return True

    def _take_next_once(self):
        """Take a batch unless somebody has stopped the run meanwhile."""
        self.invalidate_recordset(["state", "step", "next_at"])
        if self.state == "running":
            self._take_next()

    def _stop_with(self, error):
        """Stop the run visibly; a button continues it once the cause is gone."""
        sentence = self._explain_failure(self, error)
        # sudo: the user may have lost the right to write runs, which is the reason
        self.sudo()._system_write(
            {"state": "stopped", "next_at": False, "problem": sentence}
        )
