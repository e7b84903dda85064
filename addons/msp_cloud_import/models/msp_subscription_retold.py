from odoo import models
from odoo.tools import SQL, groupby

from .msp_import_count import OPEN_ROWS
from .msp_subscription import RUNNING


class MspSubscription(models.Model):
    """What nobody has applied yet is said once more, with what is so now.

    Else an older night's proposal could be applied after a newer one has found that
    the contract is right: the count that was over would stay.
    """

    _inherit = "msp.subscription"

    def _find_open_rows(self):
        """Return the rows of earlier nights whose changes nobody has applied.

        Where a sum is proposed, also those of the other subscriptions in it. What
        somebody has decided on, or what waits for an approval, is left alone.
        """
        rows = self.env["msp.provider.charge"]
        more = rows.search(
            [
                ("import_id.is_count", "=", True),
                ("import_id.is_running", "=", False),
                ("import_id.state", "in", ("read", "mapped", "prepared", "applied")),
                ("provider_id", "in", self.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("subscription_id", "in", self.mapped("subscription_id")),
                ("state", "in", OPEN_ROWS),
                ("known_charge_id", "=", False),
                ("superseded_by_id", "=", False),
                ("is_left_out", "=", False),
            ]
        )
        changes = self.env["msp.import.change"]
        while more:
            rows |= more
            changes = changes.search([("provider_charge_ids", "in", rows.ids)])
            more = changes.provider_charge_ids - rows
        kept = changes.filtered(
            lambda change: (
                change.version_id
                or change.decision
                or change.edits
                or change.state in ("applied", "excluded")
            )
        )
        taken = set(kept.mapped("subscription_id"))
        taken.update(kept.provider_charge_ids.mapped("subscription_id"))
        return rows.filtered(lambda row: row.subscription_id not in taken)

    def _get_lines_again(self, rows):
        """Return the lines of open rows, as dicts, that still have something to say.

        That one had ended is not repeated if it runs: it was away for a night.
        """
        running = {one.subscription_id for one in self if one.status in RUNNING}
        lines = []
        ordered = rows.sorted(
            lambda row: (row.subscription_id, row.charge_period_start, row.id)
        )
        for number, own in groupby(ordered, lambda row: row.subscription_id):
            said = None
            for row in own:
                if row.charge_type == "ended" and number in running:
                    continue
                says = {**row.raw, "StateOn": None}
                if says != said:
                    lines.append(row.raw)
                said = says
        return lines


class MspImport(models.Model):
    _inherit = "msp.import"

    def _say_instead(self, rows):
        """Let this import, which is not read yet, say what open rows have said."""
        if not rows:
            return
        imports = rows.import_id
        states = {one: one.state for one in imports}
        self._replace(rows.ids)
        self.env.cr.execute(
            SQL(
                # Its own rows are no repetition of these.
                "UPDATE msp_provider_charge SET row_key = NULL WHERE id = ANY(%s)",
                rows.ids,
            )
        )
        self.env.invalidate_all()
        for import_ in imports:
            # what it says of others is as it was
            import_._system_write({"state": states[import_]})
            if import_.state == "prepared":
                import_._finish_if_settled()
