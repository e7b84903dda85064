from odoo import models
from odoo.tools import SQL


class AccountMove(models.Model):
    _inherit = "account.move"

    def action_msp_trace(self):
        """Show what the documents rest on, line by line."""
        return self.env["msp.trace"]._open(self)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def action_msp_trace(self):
        """Show what invoice lines rest on."""
        return self.env["msp.trace"]._open(self)


class MspCharge(models.Model):
    _inherit = "msp.charge"

    def action_msp_trace(self):
        """Show what charges rest on, and where they stand."""
        return self.env["msp.trace"]._open(self)


class MspOneOff(models.Model):
    _inherit = "msp.one.off"

    def action_msp_trace(self):
        """Show how one-off charges were billed."""
        return self.env["msp.trace"]._open(self)


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    def action_msp_trace(self):
        """Show what caused versions, and what was billed because of them."""
        return self.env["msp.trace"]._open(self)

    def _caused_charges(self):
        """Return the charges that rest on these versions, in order of days.

        Of those that the user may read.
        """
        charges = self.env["msp.charge"]
        charges.flush_model(["contract_id", "version_numbers"])
        self.flush_recordset(["contract_id", "number"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT charge.id
                  FROM msp_contract_version AS version
                  JOIN msp_charge AS charge ON charge.contract_id = version.contract_id
                   AND charge.version_numbers @> to_jsonb(version.number)
                 WHERE version.id = ANY(%s)
                """,
                self.ids,
            )
        )
        return charges.search(
            [("id", "in", [charge_id for (charge_id,) in rows])],
            order="date_start, position_id, settlement, sequence",
        )
