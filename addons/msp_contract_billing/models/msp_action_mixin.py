from odoo import models


class MspActionMixin(models.AbstractModel):
    """Ways from a record to what hangs on it."""

    _name = "msp.action.mixin"
    _description = "Ways to related records"

    def _action_view(self, name, model, domain, context=None):
        """Return the action that lists records of a model; none can be added."""
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "name": name,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False, **(context or {})},
        }

    def _action_ask(self, name, model, context):
        """Return the action that opens a new record of a model as a dialog.

        :param context: with the defaults of its fields
        """
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "name": name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def _action_open(self, record):
        """Return the action that opens a record in its form."""
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
