from odoo import models


class MspImport(models.Model):
    """Amounts of rows that a corrected file of the invoice does not have any more."""

    _inherit = "msp.import"

    def _take_back(self, rows):
        """Pass on no more what a corrected file does not have."""
        super()._take_back(rows)
        model = self.env["msp.dated.amount"]
        lines = model.search([("provider_charge_id", "in", rows.ids)])
        amounts = model.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("charge_key", "in", lines.mapped("charge_key")),
                ("import_id", "!=", self.id),
            ]
        )
        amounts._stop({"taken_back_by_id": self.id})
        # What these rows said in detail may be passed on as a sum again.
        model._settle_lines(amounts)

    def _undo_changes_of(self, rows):
        """Leave changes alone that only pass amounts on: each row is one of its own."""
        amounts = self.env["msp.dated.amount"].search(
            [("provider_charge_id", "in", rows.ids), ("is_applied", "=", True)]
        )
        return super()._undo_changes_of(rows - amounts.provider_charge_id)

    def _find_gone_amounts(self):
        """Return {what it is for: row} of rows nobody has decided about yet.

        What is rated again at another price comes as another row, so one and the other
        must not be billed.
        """
        rows = self.env["msp.provider.charge"].search(
            [
                ("gone_import_id", "=", self.id),
                ("gone_decision", "=", "open"),
                ("is_amount", "=", True),
            ]
        )
        return {row._get_used(): row for row in rows}

    def _explain_gone(self, row):
        return self.env._(
            "%s is for the same and missing in this file. Decide whether it is taken "
            "back, then prepare again.",
            row.row_label,
        )


class MspProviderCharge(models.Model):
    _inherit = "msp.provider.charge"

    def _get_used(self):
        """Return what a row is for, whatever it costs."""
        self.ensure_one()
        return (
            self.customer_key,
            self.subscription_id,
            self.sub_subscription_id,
            self.sku_id,
            self.charge_description,
            self.charge_type,
            self.charge_period_start,
        )
