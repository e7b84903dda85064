from datetime import date
from typing import NamedTuple

from odoo import fields, models

from ..billing import Charge


class Waiting(NamedTuple):
    """Why what is due for a position is not billed today.

    :param code: ``hold``, ``credit_note``, or what other addons name theirs
    :param reason: one sentence for a clerk
    :param until: last day on which it waits, None if nobody knows
    :param user: name of who decided it, empty if nobody did
    :param days: (first day, day after): only what is for some of these days waits; None:
        everything does
    """

    code: str
    reason: str
    until: date | None = None
    user: str = ""
    days: tuple[date, date] | None = None

    def concerns(self, charge: Charge) -> bool:
        """Return whether a charge waits."""
        if not self.days:
            return True
        first, end = self.days
        return charge.start < end and charge.end > first


class Held(NamedTuple):
    """One charge that is due and waits."""

    charge: Charge
    waiting: Waiting


class MspContract(models.Model):
    """What keeps positions from being billed although something is due."""

    _inherit = "msp.contract"

    def _find_waiting(self):
        """Return the `Waiting` of positions that are not billed today, by their id.

        A hook: addons add what their positions wait for, such as an import that is
        not finished. Nothing in it is state: once the reason is gone, the next run
        bills.
        """
        return {
            position.id: Waiting(
                "credit_note",
                self.env._(
                    "A draft credit note of %(invoice)s is about to take it back. "
                    "Post or delete the draft.",
                    invoice=line.msp_origin_line_id.move_id._msp_label(),
                ),
            )
            for line in self._find_draft_credit_lines()
            for position in line.msp_origin_line_id.msp_charge_ids.position_id
        }

    def _find_draft_credit_lines(self):
        """Return the lines of draft credit notes that take back claims.

        These claims are about to change, so their positions wait.
        """
        # sudo: a draft that a record rule hides holds its positions as well
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("parent_state", "=", "draft"),
                    ("msp_origin_line_id.msp_charge_ids.contract_id", "in", self.ids),
                    ("move_id.reversed_entry_id", "!=", False),
                ]
            )
            ._msp_taking_back()
        )


def company_today(company):
    """Return the day it is for a company: in its own time zone."""
    return fields.Date.context_today(company.with_context(tz=company.partner_id.tz))
