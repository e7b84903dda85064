import time
from io import StringIO

from odoo import fields, models
from odoo.tools import SQL

# The scheduler works so long at a step, then others have their turn (Odoo stops it
# after 120 s by default). What was read before is read again, not stored, and does
# not count.
SLICE_SECONDS = 40
# A part that says that the step begins anew.
AGAIN = -1


class Pause(Exception):
    """Nothing went wrong: the step was stopped or its time is up; what is committed stays."""


class MspImportPart(models.Model):
    """What is done of a long step of an import, so that it goes on after a restart.

    Each part is committed together with the work it stands for. Parts are only ever
    added while a step is at work, so nobody waits for anybody.
    """

    _name = "msp.import.part"
    _description = "Parts of a long step"
    _inherit = "msp.derived.mixin"
    _order = "id"
    _log_access = False

    import_id = fields.Many2one(
        "msp.import", required=True, ondelete="cascade", index=True, readonly=True
    )
    phase = fields.Char(required=True, readonly=True)
    position = fields.Integer(
        readonly=True, help="Number or id of the last thing that is done."
    )
    done = fields.Integer(readonly=True)
    total = fields.Integer(readonly=True)
    # Rows that stand aside until all are read, as COPY reads them below the names of
    # their columns; or what was decided before a preparation began.
    content = fields.Text(readonly=True, prefetch=False)


class Parts:
    """The parts of one phase of a step while the scheduler is at work.

    :param deadline: `time.monotonic()` after which the phase pauses, None: never
    """

    def __init__(self, import_, phase, deadline=None):
        self._import, self._phase, self._deadline = import_, phase, deadline
        self._step = import_.running_step
        self._lock()
        rows = import_._get_parts(phase)
        if AGAIN in rows.mapped("position"):
            rows._system_unlink()
            rows = rows.browse()
        self.is_new = not rows
        self.position = max(rows.mapped("position"), default=0)

    def begin(self, total):
        """Commit that the phase has begun; `total` things are to be done."""
        self._commit(0, 0, total)

    def end(self, position, done, content=False):
        """Commit what is done up to `position`.

        :raise Pause: it is time to leave
        """
        self._commit(position, done, 0, content)
        self.position = position
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise Pause

    def _commit(self, position, done, total, content=False):
        self._import._add_part(self._phase, position, done, total, content)
        self._import.env["ir.cron"]._commit_progress(1, remaining=1)
        self._lock()
        if AGAIN in self._import._get_parts(self._phase).mapped("position"):
            raise Pause

    def _lock(self):
        """Let nobody stop or withdraw the import before the next commit.

        :raise Pause: somebody has
        """
        if not self._import._lock_running(self._step):
            raise Pause

    def store_aside(self):
        """Store the rows that stand aside in their tables."""
        cr = self._import.env.cr
        for part in self._import._get_parts(self._phase):
            if part.content:
                table, names, rows = part.content.split("\n", 2)
                columns = SQL(", ").join(map(SQL.identifier, names.split()))
                query = SQL("COPY %s (%s) FROM STDIN", SQL.identifier(table), columns)
                cr.copy_expert(query.code, StringIO(rows))
            part.invalidate_recordset(["content"])


class MspImport(models.Model):
    _inherit = "msp.import"

    def _get_parts(self, *phases):
        # sudo: nobody reads parts but the steps themselves
        parts = self.env["msp.import.part"].sudo()
        return parts.search(
            [("import_id", "in", self.ids), ("phase", "in", phases)], order="id"
        )

    def _add_part(self, phase, position, done=0, total=0, content=False):
        self.env["msp.import.part"]._system_create(
            [
                {
                    "import_id": one.id,
                    "phase": phase,
                    "position": position,
                    "done": done,
                    "total": total,
                    "content": content,
                }
                for one in self
            ]
        )

    def _begin_again(self, phase):
        """Let a phase begin anew if it is at work, or goes on some time."""
        self.filtered(lambda one: one._is_large())._add_part(phase, AGAIN)

    def _lock_running(self, step):
        """Let nobody end `step` before the next commit; return whether it runs."""
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT is_running AND running_step = %s FROM msp_import "
                "WHERE id = %s FOR NO KEY UPDATE",
                step,
                self.id,
            )
        )
        return rows == [(True,)]
