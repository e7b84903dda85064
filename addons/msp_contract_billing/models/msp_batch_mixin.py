import logging

import psycopg2

from odoo import models
from odoo.exceptions import AccessError, RedirectWarning, UserError

from ..billing import BillingError

_logger = logging.getLogger(__name__)

ATTEMPTS = 5


class MspBatchMixin(models.AbstractModel):
    """Long work in batches: bad records stand aside, lost races begin again."""

    _name = "msp.batch.mixin"
    _description = "Work in batches"

    def _in_halves(self, records, method):
        """Call `method` on all `records`, or on those for which it works.

        A batch that fails is halved until the one bad record is alone, each part
        in a savepoint of its own.

        :return: {record: sentence} of those that failed
        """
        return self._in_halves_of([records[i] for i in range(len(records))], method)

    def _in_halves_of(self, units, method):
        """Do the same with recordsets that succeed or fail together.

        :param units: list of recordsets, never halved themselves
        :return: {record: sentence}, each record of a failed unit with the same one
        """
        if not units:
            return {}
        records = units[0].union(*units[1:])
        try:
            with self.env.cr.savepoint():
                method(records)
            return {}
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            # Somebody else settles the same contracts, or the connection is lost:
            # the transaction starts again as a whole.
            raise
        except Exception as error:  # noqa: BLE001 whatever it is, the others go on
            if len(units) == 1:
                return dict.fromkeys(records, self._explain_failure(records, error))
        middle = len(units) // 2
        return {
            **self._in_halves_of(units[:middle], method),
            **self._in_halves_of(units[middle:], method),
        }

    def _explain_failure(self, record, error):
        if isinstance(error, UserError | AccessError | BillingError):
            return str(error)
        if isinstance(error, RedirectWarning):
            # What Odoo says with a button that leads to the settings.
            return str(error.args[0])
        _logger.exception("%s: %s failed", self.display_name, record)
        return self.env._(
            "An unexpected error occurred: %s. The server's log has the details.",
            error,
        )

    def _tell(self, sentences, following=None):
        """Return the action that shows {record: sentence}, then `following`.

        :return: `following`, or True, if there is nothing to tell
        """
        close = {"type": "ir.actions.act_window_close"}
        if not sentences:
            return following or True
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": " ".join(
                    f"{one.display_name}: {sentence}"
                    for one, sentence in sentences.items()
                ),
                "next": following or close,
            },
        }

    def _take_batch(self, method):
        """Call `method` as a cron does, again if another worker was quicker.

        Crons are not repeated by Odoo as requests are. A savepoint would keep the
        old snapshot, so the whole transaction begins again.

        :return: whether it succeeded; nothing is left of an attempt that failed
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                method()
                self.env.flush_all()
                return True
            except (
                psycopg2.errors.SerializationFailure,
                psycopg2.errors.DeadlockDetected,
            ):
                self.env.cr.rollback()
                self.env.invalidate_all()
                _logger.info("%s: attempt %s failed", self.display_name, attempt)
        return False
