from dataclasses import replace
from decimal import Decimal

from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..formats import quantity_changes


class MspImport(models.Model):
    """Step 3 for files that say "3 more" and not "15"."""

    _inherit = "msp.import"

    def _resolve_move(self, group, change, previous, by_row):
        """Return a change of kind "move" as the quantity to which it leads.

        :param previous: day and quantity of the change before in the file, or None
        :return: the change as "set" or "end", its difference, why it must wait
        """
        change = self._without_known_rows(change, by_row)
        difference, day = change.quantity, change.start
        unresolved = replace(change, kind="set", quantity=Decimal(0))
        position = group.position
        has_ended = previous and not previous[1]
        if not position or not position._line_on(day) or has_ended:
            reason = self.env._(
                "The file says %(difference)s from %(day)s on, but the subscription is "
                "not under contract on that day. Enter its quantity by a version, or "
                "choose its position, then prepare the import again.",
                difference=f"{difference:+f}",
                day=format_date(self.env, day),
            )
            return unresolved, difference, reason
        old = to_decimal(self._quantity_on(position, day, previous))
        quantity = old + difference
        if quantity < 0:
            reason = self.env._(
                "The file says %(difference)s from %(day)s on, but %(position)s "
                "contains only %(old)s then. Correct the contract or leave this out.",
                difference=f"{difference:+f}",
                day=format_date(self.env, day),
                position=position.name,
                old=f"{old:f}",
            )
            return unresolved, difference, reason
        kind = "set" if quantity else "end"
        return replace(change, kind=kind, quantity=quantity), difference, None

    def _without_known_rows(self, change, by_row):
        """Return a move without what other imports have moved already.

        A row that replaces an earlier one moves by what it says more or less.
        """
        rows = self.env["msp.provider.charge"].union(
            *(by_row[number] for number in change.rows)
        )
        fresh = rows.filtered(lambda row: not row.known_charge_id)
        before = sum(to_decimal(row._find_moved_before()) for row in fresh)
        if fresh == rows:
            return replace(change, quantity=change.quantity - before)
        again = quantity_changes(fresh._to_plain())
        if [one.kind for one in again] != ["move"]:
            return replace(change, is_certain=False)
        return replace(change, quantity=again[0].quantity - before)
