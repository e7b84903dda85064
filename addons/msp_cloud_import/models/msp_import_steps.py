import time
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..formats import FormatsError, UnknownHeader
from .msp_import import BUCKETS
from .msp_import_apply import REQUEST_SECONDS

# Larger imports are worked on by the scheduler: no request may take that long.
LARGE_ROWS = 50_000
LARGE_BYTES = 20 * 1024 * 1024
RUNNING_STEPS = [
    ("read", "Reading"),
    ("assign", "Assigning"),
    ("prepare", "Preparing"),
    ("apply", "Applying"),
]
# At which states a step may begin.
BEGINS = {
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
        for one in self:
            done = sum(
                counts.get((one.id, state), 0) for state in ("applied", "failed")
            )
            is_counted = one.is_running and one.running_step == "apply"
            left = counts.get((one.id, "proposed"), 0)
            one.progress_done = done if is_counted else 0
            one.progress_total = done + left if is_counted else 0

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
        if len(self) == 1:
            method(self)
            return True
        failures = {}
        deadline = time.monotonic() + REQUEST_SECONDS
        for import_ in self._in_order():
            if time.monotonic() < deadline:
                failures.update(import_._in_halves(import_, method))
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
        large = self.filtered(lambda one: one.charge_count >= LARGE_ROWS)
        if len(self) == 1 and large:
            large._begin_later(step)
            return large, {}
        return large, self._in_halves(
            large, lambda several: [one._begin_later(step) for one in several]
        )

    def _begin_later(self, step):
        self.ensure_one()
        self._check_state(*BEGINS[step])
        if self.is_running:
            raise UserError(
                self.env._("%s is being worked on. Wait, or stop it first.", self.name)
            )
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

    def _start(self, is_outdated):
        super()._start(is_outdated)
        self._system_write({"running_step": "apply", "problem": False})

    def _continue(self):
        """Take the next part, unless somebody has stopped the import meanwhile."""
        self.invalidate_recordset(["is_running", "running_step", "state"])
        if not self.is_running:
            return {}
        if self.running_step not in BEGINS:
            return super()._continue()
        step = self.running_step
        failed = self._in_halves(self, lambda one: one._take_step(step))
        self._system_write({"is_running": False})
        if failed:
            sentence = " ".join(failed.values())
            self._system_write({"problem": sentence})
            self.message_post(body=sentence)
        return failed

    def _take_step(self, step):
        if step == "read":
            self._read_kept()
        elif step == "assign":
            self._assign()
        else:
            self._prepare()

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

    def _read_kept(self):
        """Read the file, assign what is known; nothing is stored if it cannot be."""
        forms, profiles = self._load_formats(self.provider_id)
        try:
            with self._open(forms) as reading:
                profile = profiles.get(reading.format.id)
                self._system_write(
                    {
                        "header_fingerprint": reading.header_fingerprint,
                        "profile_id": profile.id if profile else False,
                        "format_id": False if profile else reading.format.id,
                    }
                )
                self._store(reading)
        except UnknownHeader as unknown:
            self._wait_for_columns(unknown)
            return
        except FormatsError as error:
            raise UserError(str(error)) from error
        self._assign()
