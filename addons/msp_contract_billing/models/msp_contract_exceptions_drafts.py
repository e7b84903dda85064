from odoo import models
from odoo.tools import format_date

from .msp_contract_exceptions import Notice


class MspContract(models.Model):
    """Drafts that would change what a run bills, and what was sold beside it."""

    _inherit = "msp.contract"

    def _find_exceptions(self, found, run):
        result = super()._find_exceptions(found, run)
        billed = self.filtered(lambda contract: found[contract.id].charges)
        # sudo: record rules that hide a draft make no bill right
        drafts = self.env["msp.contract.version"].sudo()
        waiting = drafts.search(
            [
                ("contract_id", "in", billed.ids),
                ("state", "=", "draft"),
                "|",
                ("approval_state", "=", "waiting"),
                ("awaits", "!=", False),
            ],
            order="date_start, id",
        )
        for version in waiting:
            contract = version.contract_id.id
            end = max(charge.end for charge in found[contract].charges)
            if version.awaits:
                result[contract].append(version._get_not_live_notice())
            elif version.date_start < end:
                result[contract].append(version._get_approval_notice())
        return result


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    def _get_approval_notice(self):
        """Return what a clerk should know of a draft that changes what is billed."""
        return Notice(
            "approval",
            "warning",
            self.env._(
                "A change from %(day)s on waits for approval: %(change)s. Have it "
                "approved or refused first; else the differential run corrects what "
                "is billed now.",
                day=format_date(self.env, self.date_start),
                change=self.summary,
            ),
        )

    def _get_not_live_notice(self):
        return Notice(
            "not_live",
            "info",
            self.env._(
                "Sold and not live, so not billed: %(what)s. Say since when it is live, "
                "if it is.",
                what=self.summary,
            ),
        )
