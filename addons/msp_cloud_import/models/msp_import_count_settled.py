from odoo import fields, models

from odoo.addons.msp_contract_billing.models.money import same_number


class MspImport(models.Model):
    """What a count proposes is settled where the bill of its month has come."""

    _inherit = "msp.import"

    def _finish(self):
        super()._finish()
        if not self.is_count:
            self._settle_counts()

    def _settle_counts(self):
        """Settle what counts have proposed and this file has answered.

        What contracts say by now asks nobody any more. What was so for some days only,
        while the file says otherwise for them, is over.
        """
        changes = self.env["msp.import.change"].search(
            [
                ("import_id.is_count", "=", True),
                ("import_id.state", "in", ("prepared", "applied")),
                ("import_id.is_running", "=", False),
                ("import_id.provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("position_id", "!=", False),
                ("state", "in", ("proposed", "waiting", "failed")),
                ("version_id", "=", False),
            ]
        )
        if not changes:
            return
        agreed = changes.filtered(lambda change: change._is_borne_out())
        agreed._system_write({"state": "no_change", "error": False})
        over = (changes - agreed)._find_over(self._find_said(changes.position_id))
        over._system_write(
            {"state": "excluded", "error": self.env._("%s says otherwise", self.name)}
        )
        settled = agreed | over
        settled._update_rows()
        for import_ in settled.import_id.filtered(lambda one: one.state == "prepared"):
            import_._finish_if_settled()

    def _find_said(self, positions):
        """Return {position: [(first day, last day, quantity)]} of what this file says.

        A bill of March charges a period that goes on in April, but says nothing of
        what changed there.
        """
        said = {}
        end = self.month and fields.Date.end_of(self.month, "month")
        changes = self.env["msp.import.change"].search(
            [
                ("import_id", "=", self.id),
                ("position_id", "in", positions.ids),
                ("state", "in", ("applied", "no_change")),
            ],
            order="date_start",
        )
        for position, own in changes.grouped("position_id").items():
            found = said.setdefault(position, [])
            for change, later in zip(own, [*own[1:], None], strict=True):
                days = change.provider_charge_ids.mapped("charge_date_end")
                days = [day for day in (*days, end) if day]
                last = min(days) if days else change.date_start
                if later:
                    last = min(last, fields.Date.subtract(later.date_start, days=1))
                found.append((change.date_start, last, change.quantity))
        return said


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    def _find_over(self, said):
        """Return those that a file contradicts and that are not so any more.

        :param said: as `msp.import._find_said` returns it
        """
        subscriptions = self.env["msp.subscription"].search(
            [
                ("provider_id", "in", self.import_id.provider_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("subscription_id", "in", self.mapped("subscription_id")),
            ]
        )
        kinds = subscriptions._get_count_kinds()
        now = {
            one.subscription_id: 0.0 if one.status == "ended" else one[kinds[one.id]]
            for one in subscriptions
        }
        return self.filtered(
            lambda change: (
                any(
                    first <= change.date_start <= last
                    and not same_number(quantity, change.quantity)
                    for first, last, quantity in said.get(change.position_id, ())
                )
                and not same_number(
                    now.get(change.subscription_id, change.quantity), change.quantity
                )
            )
        )
