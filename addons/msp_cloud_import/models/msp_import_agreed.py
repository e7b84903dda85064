from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number


class MspImport(models.Model):
    """What files have found right stays so, whatever other files do later.

    An older month that is read after a newer one, or an import that is withdrawn, may
    move what another file has said. Nobody would look at that file again.
    """

    _inherit = "msp.import"

    def _find_agreed(self, contracts, first):
        """Return what other imports say from `first` on that the contracts bear out."""
        return (
            self.env["msp.import.change"]
            .search(
                [
                    ("contract_id", "in", contracts.ids),
                    ("position_id", "!=", False),
                    ("date_start", ">=", first),
                    # A difference keeps its effect, whatever it is counted from.
                    ("difference", "=", 0),
                    ("state", "in", ("no_change", "applied")),
                    ("import_id", "not in", self.ids),
                    ("import_id.state", "=", "applied"),
                ]
            )
            .filtered(lambda change: change._is_borne_out())
        )


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    def _is_borne_out(self):
        """Return whether the contract says what the file says on its day."""
        self.ensure_one()
        line = self.position_id._line_on(self.date_start)
        if self.kind == "end":
            return not line.quantity
        return bool(line) and same_number(line.quantity, self.quantity)

    def _get_said(self):
        """Return (position, day) of what these changes say."""
        return {(change.position_id, change.date_start) for change in self}

    def _look_again(self, import_, said=()):
        """Let those wait that contracts do not bear out any more.

        :param import_: the imports that have moved the contracts
        :param said: (position, day) of what it says itself, which is newer
        """
        for change in self:
            position, day = change.position_id, change.date_start
            if (position, day) in said or change._is_borne_out():
                continue
            error = self.env._(
                "%(position)s contains %(quantity)s on %(day)s since %(import)s was "
                "applied or withdrawn. Prepare this import again.",
                **{
                    "position": position.name,
                    "quantity": f"{position._line_on(day).quantity:g}",
                    "day": format_date(self.env, day),
                    "import": ", ".join(import_.mapped("name")),
                },
            )
            vals = {"state": "waiting", "version_id": False}
            change.provider_charge_ids._system_write({**vals, "state_reason": error})
            change._system_write({**vals, "error": error})
