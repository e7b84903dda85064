from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number


class MspImport(models.Model):
    """Step 3: what the file says held against what a position contains."""

    _inherit = "msp.import"

    def _compare(self, vals, position, change, previous):
        """Compare a change with what the position contains on its first day."""
        day = change.start
        line = position._line_on(day)
        old = self._quantity_on(position, day, previous)
        vals.update(
            has_content=bool(line), content_quantity=line.quantity, old_quantity=old
        )
        if position.date_start > day:
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(position)s begins on %(first)s, but the file speaks for "
                    "%(day)s. Change its first day or leave this out.",
                    position=position.name,
                    first=format_date(self.env, position.date_start),
                    day=format_date(self.env, day),
                ),
            )
        elif change.kind == "end" and not (
            line and (line.quantity or not line.bundle_id)
        ):
            # A component stays in its bundle, with a quantity of 0.
            vals.update(state="no_change")
        elif not line:
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(position)s is not under contract on %(day)s. Begin it again by "
                    "a version, then prepare the import again.",
                    position=position.name,
                    day=format_date(self.env, day),
                ),
            )
        elif change.kind == "set" and same_number(old, float(change.quantity)):
            vals.update(state="no_change")
        elif not vals["difference"] and (
            terminated := self._explain_terminated(
                position, day, float(change.quantity) - old
            )
        ):
            vals.update(state="waiting", error=terminated)
        else:
            vals.update(state="proposed")

    def _quantity_on(self, position, day, previous):
        """Return the quantity before a change, with the file's earlier ones applied.

        An earlier change of the file holds until the contract says otherwise.
        """
        content = position._line_on(day).quantity
        if not previous:
            return content
        first, quantity = previous
        between = position.line_ids.filtered(
            lambda line: (
                line.date_start <= day and (not line.date_end or line.date_end >= first)
            )
        )
        is_constant = len(set(between.mapped("quantity"))) <= 1
        return quantity if is_constant else content
