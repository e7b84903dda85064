import contextlib
import logging
import time
from datetime import timedelta

import psycopg2
import psycopg2.errors

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..connectors import ConnectorError, errors
from . import storable
from .msp_connection_test import Unfit, tell_apart
from .msp_connection_words import FORBIDDEN, MISSING_ENTRY, NOT_ALLOWED

_logger = logging.getLogger(__name__)

# The scheduler works so long in one call, and so long at one connection before the
# others have their turn.
SLICE_SECONDS = 40
TURN_SECONDS = 15
# Minutes until the next attempt after a fault that passes: the same night.
DISTANCES = (5, 15, 45, 90, 120, 120)
# After these nothing else of the account would work.
OF_ACCOUNT = frozenset(
    {
        errors.WRONG_SECRET,
        errors.MISSING_CONSENT,
        errors.EXPIRED_TOKEN,
        errors.CLOCK_SKEW,
        errors.WRONG_REGION,
        errors.UNTRUSTED,
    }
)
# With the id of the connection, the key of the lock on it.
LOCK = 0x4D5350
# A lost race or connection: the part begins again with the next turn.
BEGINS_AGAIN = (psycopg2.OperationalError, psycopg2.InterfaceError)
# The same kind to psycopg2, but it would begin again for ever.
NEVER_FITS = psycopg2.errors.ProgramLimitExceeded


class Stopped(Exception):
    """The sync is over; what is committed stays."""


class MspSync(models.Model):
    """The work: slices by turns, each part committed with the cursor behind it.

    Nothing sleeps, and no transaction is open while the provider is asked.
    """

    _inherit = "msp.sync"

    @api.model
    def _cron_sync(self):
        """Begin what is due and go on with what is not finished, by turns."""
        self._take_batch(self._begin_due)
        commit_progress = self.env["ir.cron"]._commit_progress
        commit_progress(remaining=1)
        end = time.monotonic() + SLICE_SECONDS
        skipped = self.browse()
        while time.monotonic() < end:
            sync = self._find_due(skipped)
            if not sync:
                break
            deadline = end
            if self._find_due(skipped + sync):
                deadline = min(end, time.monotonic() + TURN_SECONDS)
            if not sync._for_asked()._take_turn(deadline):
                skipped += sync
        self._wake_for_rest(skipped)
        # Not "remaining": then Odoo would call again and again within one run.
        commit_progress(1, remaining=0)

    @api.model
    def _begin_due(self):
        self._give_up_overdue()
        self.env["msp.connection"]._begin_nightly()

    @api.model
    def _find_due(self, skipped):
        """Return the sync that has waited longest for its turn."""
        return self.search(
            [
                ("id", "not in", skipped.ids),
                "|",
                ("state", "=", "running"),
                "&",
                ("state", "=", "waiting"),
                ("look_at", "<=", fields.Datetime.now()),
            ],
            order="turn_at, id",
            limit=1,
        )

    @api.model
    def _wake_for_rest(self, skipped):
        """Let the scheduler come back when there is something to do."""
        if self._find_due(skipped):
            self._wake_scheduler()
        waiting = self.search(
            [("state", "=", "waiting"), ("look_at", "!=", False)],
            order="look_at",
            limit=1,
        )
        if waiting:
            self._wake_scheduler(at=waiting.look_at)

    def _for_asked(self):
        """Return the sync in the language of who reads what it writes down."""
        return self.with_context(lang=self.connection_id._get_asked().lang)

    @contextlib.contextmanager
    def _taken(self):
        """Keep others off the connection, over commits; yield whether it was free.

        The database forgets the lock with the connection of a process that dies.
        """
        key = SQL("%s, %s", LOCK, self.connection_id.id)
        [(is_free,)] = self.env.execute_query(
            SQL("SELECT pg_try_advisory_lock(%s)", key)
        )
        try:
            yield is_free
        finally:
            if is_free:
                self.env.cr.rollback()
                self.env.execute_query(SQL("SELECT pg_advisory_unlock(%s)", key))

    def _take_turn(self, deadline):
        """Go on until the turn or the sync is over; return whether it was free.

        :param deadline: `time.monotonic()` until which new parts are begun
        """
        with self._taken() as is_free:
            if is_free:
                began = time.monotonic()
                try:
                    self._work(deadline)
                finally:
                    self._end_turn(time.monotonic() - began)
        return is_free

    def _end_turn(self, seconds):
        self.env.cr.rollback()
        self.env.invalidate_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_sync SET turn_at = %s, "
                "work_seconds = COALESCE(work_seconds, 0) + %s WHERE id = %s",
                fields.Datetime.now(),
                seconds,
                self.id,
            )
        )
        self._commit()

    def _work(self, deadline):
        connector = None
        try:
            self._begin_turn()
            connector = self.connection_id._open_connector()
            while self._take_part(connector, deadline) and time.monotonic() < deadline:
                pass
            self.connection_id._take_expiry(connector)
            self._commit()
        except Stopped:
            _logger.info("sync %s: stopped", self.id)
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            if isinstance(error, BEGINS_AGAIN) and not isinstance(error, NEVER_FITS):
                _logger.info("%s: a part begins again", self.id)
            else:
                self._take_batch(lambda error=error: self._take_error(error))
        finally:
            if connector:
                connector.close()

    def _begin_turn(self):
        self._lock_active()
        self._system_write(
            {"state": "running", "turn_at": fields.Datetime.now(), "look_at": False}
        )
        self._commit()
        if self.connection_id._explain_user():
            raise Unfit(NOT_ALLOWED, **self.connection_id._get_import_names())
        missing = self.connection_id._find_missing_entries()
        if missing:
            raise Unfit(MISSING_ENTRY, names=missing)

    def _take_part(self, connector, deadline):
        """Take one part of the step at hand and commit it.

        :return: whether there is something left to do now
        :raise Stopped: somebody has stopped the sync
        """
        if not self.step:
            self._lock_active()
            self._finish()
            self._commit()
            return False
        return getattr(self, f"_take_{self.step}")(connector, deadline)

    def _ask(self, method, *arguments, **options):
        """Ask the provider while no transaction is open, so nobody waits for it.

        Whoever calls it has read all it needs; afterwards it locks before it writes.
        """
        self._commit()
        return method(*arguments, **options)

    def _commit(self):
        self.env["ir.cron"]._commit_progress(1, remaining=1)

    def _lock_active(self):
        """Let nobody stop the sync before the next commit.

        :raise Stopped: somebody has, or has paused the connection
        """
        self.env.invalidate_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT s.state IN ('running', 'waiting') AND c.state != 'paused' "
                "FROM msp_sync s JOIN msp_connection c ON c.id = s.connection_id "
                "WHERE s.id = %s FOR NO KEY UPDATE OF s",
                self.id,
            )
        )
        if rows != [(True,)]:
            raise Stopped

    # Subscriptions

    def _take_subscriptions(self, connector, deadline):
        """Read a page of subscriptions and store it with the place behind it."""
        # sudo: the place is for the connector only
        cursor = self.sudo().cursor or None
        known = self._get_known_markers()
        page = storable.page(
            self._ask(connector.read_subscriptions, cursor, known, deadline)
        )
        self._lock_active()
        self._take_page(page)
        self._system_write(
            {
                "cursor": page.cursor if page.cursor is not None else False,
                "attempts": 0,
                "read_count": self.read_count + len(page.subscriptions),
                "unchanged_count": self.unchanged_count + len(page.unchanged),
                "progress_done": page.done,
                "progress_total": page.total or 0,
            }
        )
        for subject, error in page.problems:
            self._note(subject, error, is_failure=False)
        is_left = True
        if page.cursor is None:
            self._finish_subscriptions()
            is_left = self._end_step()
        self._commit()
        return is_left

    def _get_known_markers(self):
        """Return {subscription id: marker} of what was read before."""
        return {}

    def _take_page(self, page):
        """Store the states of a page; new, changed and gone ones are counted.

        :param page: `connectors.SubscriptionPage`
        """

    def _finish_subscriptions(self):
        """Do what follows once all subscriptions have been read."""

    # What goes wrong

    def _take_error(self, error):
        """Try again later, go on with the next step, or give up."""
        self.env.cr.rollback()
        try:
            self._lock_active()
        except Stopped:
            return
        if isinstance(error, ConnectorError):
            self._take_connector_error(error)
        elif isinstance(error, Unfit):
            self._fail(error.code, error.details)
        elif isinstance(error, UserError):
            self._fail(FORBIDDEN, {"reason": str(error)})
        else:
            noted = self._note(False, error, is_failure=True)
            self._fail(noted.code, noted.details)
        self._commit()

    def _take_connector_error(self, error):
        if error.is_passing and self.attempts < len(DISTANCES):
            self._wait_after(error)
        elif error.is_passing or error.code in OF_ACCOUNT:
            noted = self._note(self.step, error, is_failure=True)
            self._fail(noted.code, noted.details)
        else:
            # This cannot be read, but the rest may.
            self._note(self.step, error, is_failure=True)
            self._end_step()

    def _wait_after(self, error):
        """Let the provider alone for a while, longer each time."""
        seconds = max(DISTANCES[self.attempts] * 60, error.retry_after or 0)
        code, details = tell_apart(error)
        self._system_write(
            {
                "state": "waiting",
                "attempts": self.attempts + 1,
                "look_at": fields.Datetime.now() + timedelta(seconds=seconds),
                "code": code,
                "details": details,
            }
        )
