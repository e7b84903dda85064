from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import day_after


class MspImport(models.Model):
    """What customers have given up, while the provider goes on until its term ends.

    A file that begins it again would bill what was terminated.
    """

    _inherit = "msp.import"

    def _find_left(self, group, known):
        """Return the position of a subscription that somebody has ended before.

        What a file has ended, a file may begin again.
        """
        for key, mapping in known.mappings.items():
            position = mapping.position_id
            if (
                key[0] == group.subscription_id
                and position.date_end
                and position.date_end < group.start
                and not _find_ends(position).import_id
            ):
                return position
        return self.env["msp.contract.position"]

    def _explain_left(self, position):
        return self.env._(
            "%(position)s ended on %(last)s, but the provider goes on with the "
            "subscription. Leave this out, or choose the contract in which it begins "
            "again.",
            position=self._name_all(position),
            last=format_date(self.env, position.date_end),
        )

    def _explain_terminated(self, position, day, more):
        """Return why units wait that were terminated and come back, or None.

        A file that says "2 more" speaks of new ones.

        :param more: how many more than under contract the file says there are
        """
        if more <= 0:
            return None
        moves = position.contract_id.version_ids.change_ids.filtered(
            lambda change: (
                change.position_id == position
                and change.state == "active"
                and change.version_id.cause == "termination"
                and change.version_id.date_start <= day
                and change.quantity_mode == "move"
                and change.quantity < 0
            )
        )
        if not moves or more > -sum(moves.mapped("quantity")):
            return None
        version = moves.version_id.sorted("date_start")[-1]
        if self._has_followed(position, version.date_start):
            return None
        return self.env._(
            "%(more)s of %(position)s were terminated from %(day)s on by %(version)s, "
            "but the provider goes on with them. Leave this out, or enter the quantity "
            "by a version.",
            more=f"{more:g}",
            position=position.name,
            day=format_date(self.env, version.date_start),
            version=version.display_name,
        )

    def _has_followed(self, position, first):
        """Return whether a file has borne out since `first` what the contract says."""
        return bool(
            self.env["msp.import.change"].search_count(
                [
                    ("position_id", "=", position.id),
                    ("date_start", ">=", first),
                    ("state", "in", ("no_change", "applied")),
                    ("import_id.state", "!=", "withdrawn"),
                ],
                limit=1,
            )
        )


def _find_ends(position):
    """Return the active versions that end a position on its last day."""
    first = day_after(position.date_end)
    return position.contract_id.version_ids.filtered(
        lambda version: (
            version.state == "active"
            and version.date_start == first
            and any(
                change.action == "terminate"
                or (change.action == "end" and change.position_id == position)
                for change in version.change_ids
            )
        )
    )
