from odoo import models

from .msp_import import BUCKETS


class MspImport(models.Model):
    """Ways to what hangs on an import."""

    _inherit = "msp.import"

    def action_open_profile(self):
        """Open what the columns of the file mean."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import.profile",
            "res_id": self.profile_id.id,
            "name": self.env._("Columns of %s", self.file_name),
            "view_mode": "form",
            # Also called by the board's own script, which adds nothing.
            "views": [(False, "form")],
        }

    def _action_after_decision(self):
        """Return what is shown when changes were prepared anew.

        The form of a change cannot stay: its change is another one now.
        """
        if self.env.context.get("msp_from_change"):
            return {**self[:1]._action_open(), "target": "main"}
        return {"type": "ir.actions.act_window_close"}

    def _action_open(self, always_list=False):
        """Return the action that shows these imports."""
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_import_action"
        )
        if len(self) == 1 and not always_list:
            return {
                **action,
                "view_mode": "form",
                "views": [(False, "form")],
                "res_id": self.id,
            }
        return {**action, "domain": [("id", "in", self.ids)]}

    def action_view_rows(self):
        return self._action_view(
            self.env._("Rows of %s", self.name),
            "msp.provider.charge",
            [("import_id", "=", self.id)],
        )

    def action_view_waiting(self):
        return self._action_view(
            self.env._("Waiting Rows of %s", self.name),
            "msp.provider.charge",
            [("import_id", "=", self.id), ("state", "in", BUCKETS["waiting"])],
        )

    def action_view_problems(self):
        return self._action_view(
            self.env._("Problems of %s", self.name),
            "msp.import.problem",
            [("import_id", "=", self.id)],
        )

    def action_view_changes(self):
        return self._action_view(
            self.env._("Changes of %s", self.name),
            "msp.import.change",
            [("import_id", "=", self.id)],
        )

    def action_view_versions(self):
        return self._action_view(
            self.env._("Versions by %s", self.name),
            "msp.contract.version",
            [("id", "in", self.version_ids.ids)],
        )

    def _find_caused_charges(self):
        """Return the charges that rest on the import's versions, or bear its amounts.

        Of those that the user may read.
        """
        return (
            self.version_ids._caused_charges() | self.dated_amount_ids._find_charges()
        )

    def action_view_charges(self):
        """Show what customers were billed because of this import."""
        charges = self._find_caused_charges()
        return self._action_view(
            self.env._("Charges Caused by %s", self.name),
            "msp.charge",
            [("id", "in", charges.ids)],
        )
