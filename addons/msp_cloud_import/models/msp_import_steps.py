import time
from datetime import date

from odoo import models

from .msp_import_apply import REQUEST_SECONDS


class MspImport(models.Model):
    """The steps on several imports at once."""

    _inherit = "msp.import"

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
