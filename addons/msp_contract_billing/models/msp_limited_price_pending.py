from odoo import fields, models

from .money import day_after


class MspContractVersion(models.Model):
    """Drafts of a limited price that is changed replace what made it before."""

    _inherit = "msp.contract.version"

    def _get_replaced(self):
        drafts = self.filtered(lambda version: version.state == "draft")
        changed = drafts.limited_price_id.filtered("pending")
        return super()._get_replaced() | changed._get_replaced()

    def _activate(self):
        # Looked up before, as it is the drafts that replace something.
        replaced = self._get_replaced()
        for limited, versions in replaced.grouped("limited_price_id").items():
            reason = limited.pending.get("reason")
            versions._withdraw(limited._get_withdraw_reason(reason))
        result = super()._activate()
        self.limited_price_id._take_pending()
        return result

    def unlink(self):
        limited = self.limited_price_id
        result = super().unlink()
        limited._drop_pending()
        return result


class MspLimitedPrice(models.Model):
    """A change of a limited price holds as a whole, once its drafts are active.

    Until then nothing is withdrawn: the customer would be billed at the regular price
    before anybody has approved that.
    """

    _inherit = "msp.limited.price"

    def _get_drafts(self):
        return self.version_ids.filtered(lambda version: version.state == "draft")

    def _get_replaced(self):
        """Return the active versions that a change replaces that waits."""
        replaced = self.env["msp.contract.version"]
        for limited in self:
            pending = limited.pending
            last_day = fields.Date.to_date(pending["date_end"])
            replaced |= limited._find_outdated(last_day, pending["afterwards"])
        return replaced

    def _find_outdated(self, date_end, afterwards):
        """Return the active versions that contradict another last day or what follows.

        A special price that holds longer does, and an end of the position on another
        day. One that holds for fewer days goes on to be true.
        """
        self.ensure_one()
        last = self._get_last_day(date_end, afterwards)
        longer = self._get_active("set").filtered(
            lambda version: last and not (version.date_end and version.date_end <= last)
        )
        ends = self._get_active("end").filtered(
            lambda version: (
                afterwards != "stop" or version.date_start != day_after(date_end)
            )
        )
        return longer | ends

    def _get_withdraw_reason(self, reason):
        self.ensure_one()
        return reason or self.env._("%s was changed", self.display_name)

    def _set_pending(self, date_end, afterwards, reason):
        pending = {
            "date_end": fields.Date.to_string(date_end),
            "afterwards": afterwards,
            "reason": reason,
        }
        self._system_write({"pending": pending})

    def _take_pending(self):
        """Let what was approved hold."""
        for limited in self:
            if limited.pending and not limited._get_drafts():
                limited._system_write(
                    {
                        "date_end": limited.pending["date_end"],
                        "afterwards": limited.pending["afterwards"],
                        "pending": False,
                    }
                )

    def _drop_pending(self):
        """Forget changes whose drafts are gone."""
        for limited in self.exists():
            if limited.pending and not limited._get_drafts():
                limited._system_write({"pending": False})
