import time
from datetime import date

import psycopg2
from psycopg2.errors import ForeignKeyViolation

from odoo import api, fields, models
from odoo.exceptions import UserError

from .msp_import import BUCKETS
from .msp_import_apply import REQUEST_SECONDS
from .msp_import_later import PHASES
from .msp_import_part import SLICE_SECONDS, Pause

# Larger imports are worked on by the scheduler: no request may take that long.
LARGE_ROWS = 50_000
LARGE_BYTES = 20 * 1024 * 1024
RUNNING_STEPS = [
    ("check", "Checking columns"),
    ("read", "Reading"),
    ("assign", "Assigning"),
    ("prepare", "Preparing"),
    ("apply", "Applying"),
]
# At which states a step may begin.
BEGINS = {
    "check": ("columns",),
    "read": ("new",),
    "assign": ("read", "mapped", "prepared", "applied"),
    "prepare": ("mapped", "prepared", "applied"),
}
NEXT_STEPS = [
    ("columns", "Confirm the columns"),
    ("read", "Read"),
    ("assign", "Assign"),
    ("prepare", "Prepare"),
    ("apply", "Apply"),
]


class MspImport(models.Model):
    """The steps: which is next, how far a long one is, several imports at once."""

    _inherit = "msp.import"

    running_step = fields.Selection(
        RUNNING_STEPS, readonly=True, help="What the scheduler does if it is running."
    )
    problem = fields.Char(
        readonly=True, copy=False, help="Why the scheduler had to give up a step."
    )
    progress_done = fields.Integer(compute="_compute_progress")
    progress_total = fields.Integer(
        compute="_compute_progress", help="0: how much is left is not known."
    )
    next_step = fields.Selection(NEXT_STEPS, compute="_compute_next_step")

    @api.depends("is_running", "running_step", "change_ids.state")
    def _compute_progress(self):
        counts = {
            (import_.id, state): count
            for import_, state, count in self.env["msp.import.change"]._read_group(
                [("import_id", "in", self.filtered("is_running").ids)],
                ["import_id", "state"],
                ["__count"],
            )
        }
        phases = sum(PHASES.values(), ())
        parts = self.filtered("is_running")._get_parts(*phases).grouped("import_id")
        for one in self:
            done = total = 0
            if one in parts:
                done = sum(parts[one].mapped("done"))
                total = sum(parts[one].mapped("total"))
            elif one.is_running and one.running_step == "apply":
                done = sum(
                    counts.get((one.id, state), 0) for state in ("applied", "failed")
                )
                total = done + counts.get((one.id, "proposed"), 0)
            one.progress_done = min(done, total)
            one.progress_total = total

    @api.depends("state", "is_running", "change_ids.state", "provider_charge_ids.state")
    def _compute_next_step(self):
        open_rows = {
            (import_.id, state)
            for import_, state in self.env["msp.provider.charge"]._read_group(
                [
                    ("import_id", "in", self.ids),
                    ("state", "in", BUCKETS["waiting"]),
                    # what is neither waits for a decision, not for a step
                    "|",
                    ("is_quantity", "=", True),
                    ("is_amount", "=", True),
                ],
                ["import_id", "state"],
            )
        }
        steps = {
            "new": "read",
            "columns": "columns",
            "read": "assign",
            "mapped": "prepare",
            "prepared": "apply",
        }
        for one in self:
            step = steps.get(one.state, False)
            if one.state == "applied" and one.proposed_count:
                step = "apply"
            elif one.state == "applied" and (one.id, "waiting") in open_rows:
                step = "prepare"
            elif one.state == "applied" and open_rows.intersection(
                (one.id, state) for state in BUCKETS["waiting"]
            ):
                step = "assign"
            one.next_step = not one.is_running and step

    # Several imports at once

    def _take_steps(self, method):
        """Call `method` on each import, the oldest month first.

        Alone, an import says by an exception what hinders it. Of several, one that
        fails stops no other, and a message names all that failed.

        :return: True, or the action that shows the message
        """
        self.check_access("write")

        def take(import_):
            import_._check_not_running()
            return method(import_)

        if len(self) == 1:
            take(self)
            return True
        failures = {}
        deadline = time.monotonic() + REQUEST_SECONDS
        for import_ in self._in_order():
            if time.monotonic() < deadline:
                failures.update(import_._in_halves(import_, take))
            else:
                failures[import_] = self.env._(
                    "Not reached in time. Select it and press the button again."
                )
        return self._tell(failures)

    def _in_order(self):
        """Return the imports in the order in which contracts shall follow them."""
        return self.sorted(lambda one: (one.month or date.max, one.id))

    # Long steps: the scheduler works, people watch, stop and go on

    def action_assign(self):
        later, failures = self._leave_large("assign")
        rest = self - later
        result = rest and super(MspImport, rest).action_assign()
        return self._tell(failures, result if isinstance(result, dict) else None)

    def action_prepare(self):
        later, failures = self._leave_large("prepare")
        rest = self - later
        result = rest and super(MspImport, rest).action_prepare()
        return self._tell(failures, result if isinstance(result, dict) else None)

    def action_read(self):
        """Read a kept file again, after what hindered it was mended."""
        self.check_access("write")
        for import_ in self:
            import_._begin_later("read")
        return True

    def action_stop(self):
        """Let the scheduler leave the import alone; what is done stays done."""
        self.check_access("write")
        for import_ in self.filtered("is_running"):
            vals = {"is_running": False}
            if import_.is_outdated:
                # What was proposed rests on contracts as they were before.
                vals["is_outdated"] = False
                if import_.state == "prepared":
                    vals["state"] = "mapped"
            import_._system_write(vals)
            steps = dict(self._fields["running_step"]._description_selection(self.env))
            import_.message_post(
                body=self.env._(
                    "Stopped: %s", steps.get(import_.running_step or "apply")
                )
            )
        return True

    def _leave_large(self, step):
        """Leave large imports to the scheduler.

        :return: those imports, {import: sentence} of those that could not begin
        """
        self.check_access("write")
        large = self.filtered(lambda one: one._is_large())
        if len(self) == 1 and large:
            large._begin_later(step)
            return large, {}
        return large, self._in_halves(
            large, lambda several: [one._begin_later(step) for one in several]
        )

    def _is_large(self):
        return self.charge_count >= LARGE_ROWS

    def _check_not_running(self):
        if self.is_running:
            raise UserError(
                self.env._("%s is being worked on. Wait, or stop it first.", self.name)
            )

    def _begin_later(self, step):
        """Leave a step to the scheduler.

        Reading goes on where it was stopped. The others look anew at what people may
        have changed since.
        """
        self.ensure_one()
        self._check_state(*BEGINS[step])
        self._check_not_running()
        if step != "read":
            self._forget_parts(step)
        self._system_write(
            {
                "is_running": True,
                "running_step": step,
                "started_by_id": self.env.uid,
                "problem": False,
            }
        )
        self._wake_scheduler()

    def _wake_scheduler(self):
        # sudo: whoever imports may not see scheduled actions
        self.env.ref("msp_cloud_import.ir_cron_continue_imports").sudo()._trigger()

    def _is_left_to_scheduler(self):
        is_prepared_first = self.is_outdated and self._is_large()
        return is_prepared_first or super()._is_left_to_scheduler()

    def _start(self, is_outdated):
        super()._start(is_outdated)
        if is_outdated:
            self._forget_parts("prepare")

    def _withdraw(self, reason):
        super()._withdraw(reason)
        self._forget_parts()

    def _continue(self, deadline=None):
        """Take the next part, unless somebody has stopped the import meanwhile.

        Requests only apply so; all else commits.

        :param deadline: `time.monotonic()` until which the scheduler works at it
        """
        self.invalidate_recordset(["is_running", "running_step", "state"])
        if not self.is_running:
            return {}
        step = self.running_step
        if step not in BEGINS and not (self.is_outdated and self._is_large()):
            return super()._continue() if self._lock_running(step) else {}
        try:
            if step in BEGINS:
                self._take_parts(step, deadline)
            else:
                self._take_parts("prepare", deadline)
                self._system_write({"is_outdated": False})
                self._remember_agreed()
        except Pause:
            return {}
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # A lost race or connection: the part begins again.
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, it is told
            return self._give_up(step, error)
        return {}

    def _give_up(self, step, error):
        """End a step that failed, and say why; only finished steps leave something."""
        self.env.cr.rollback()
        self.env.invalidate_all()
        if not self._lock_running(step):
            return {}
        sentence = self._explain_failure(self, error)
        self._forget_parts(step if step in BEGINS else "prepare")
        self._system_write(
            {"is_running": False, "is_outdated": False, "problem": sentence}
        )
        self.message_post(body=sentence)
        return {self: sentence}

    def _explain_failure(self, record, error):
        if isinstance(error, ForeignKeyViolation):
            return self.env._(
                "A customer or product was merged or deleted meanwhile. Take this step "
                "again."
            )
        return super()._explain_failure(record, error)

    @api.model
    def _cron_continue_imports(self):
        """Continue imports that take too long for one request."""
        commit_progress = self.env["ir.cron"]._commit_progress
        running = [("is_running", "=", True)]
        import_ = self.search(running, order="month, id", limit=1)
        if not import_:
            return
        commit_progress(remaining=1)
        # The versions belong to whoever began the step; so does the log.
        user = import_.started_by_id
        import_ = import_.with_user(user).with_company(import_.company_id)
        import_ = import_.with_context(lang=user.lang)
        deadline = time.monotonic() + SLICE_SECONDS
        is_done = import_._take_batch(lambda: import_._continue(deadline))
        left = self.search_count(running)
        commit_progress(1 if is_done else 0, remaining=left)
        if left:
            self._wake_scheduler()

    # Large files are kept first and read afterwards

    @api.model
    def _keep_to_read(self, provider, file_name, content):
        """Return an import that has its file, which the scheduler will read."""
        self.check_access("create")
        provider = provider.with_env(self.env)
        provider.check_access("read")
        self._check_company_of(provider)
        vals = self._prepare_import_vals(provider, file_name, content)
        import_ = self._create_kept(vals, content)
        import_._begin_later("read")
        return import_
