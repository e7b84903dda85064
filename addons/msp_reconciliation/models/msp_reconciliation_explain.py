from calendar import monthrange
from datetime import timedelta

from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_reconciliation_compare import SETTLED_BY_RUN


class MspReconciliation(models.Model):
    """Which version ended what is charged on, which run settles what is due."""

    _inherit = "msp.reconciliation"

    def _explain_endings(self, subjects):
        """Add to findings that the contract has ended which version did it.

        :param subjects: (`Line`, values of its findings)
        """
        meant = [
            vals
            for _line, findings in subjects
            for vals in findings
            if vals["cause"] == "cancellation_missed"
        ]
        if not meant:
            return
        changes = self.env["msp.contract.change"].search(
            [
                ("version_id.state", "=", "active"),
                "|",
                "&",
                ("action", "in", ("end", "set")),
                ("position_id", "in", [vals["position_id"] for vals in meant]),
                "&",
                ("action", "=", "terminate"),
                ("contract_id", "in", [vals["contract_id"] for vals in meant]),
            ],
            order="id desc",
        )
        changes.version_id.fetch(["date_start", "number"])
        by_subject = {}
        for change in changes:
            key = change.position_id or change.contract_id
            by_subject.setdefault(key, change.browse())
            by_subject[key] |= change
        for vals in meant:
            position = self.env["msp.contract.position"].browse(vals["position_id"])
            found = by_subject.get(position) or changes.browse()
            found |= by_subject.get(position.contract_id) or changes.browse()
            version = found.version_id.filtered(
                lambda one, day=vals["date_start"]: one.date_start <= day
            ).sorted(lambda one: (one.date_start, one.number))[-1:]
            sentence = version and self.env._(
                "Version %(number)s ended it on %(day)s in the contract; the provider "
                "charges on. Cancel it there.",
                number=version.number,
                day=format_date(self.env, version.date_start),
            )
            vals["explanation"] = "\n".join(
                filter(None, [sentence, vals["explanation"]])
            )

    def _explain_timing(self, subjects):
        """Add to findings that a run settles which one it is, and when.

        :param subjects: (`Line`, values of its findings)
        """
        meant = [
            vals
            for _line, findings in subjects
            for vals in findings
            if vals["cause"] in SETTLED_BY_RUN
        ]
        contracts = self.env["msp.contract"].browse(
            {vals["contract_id"] for vals in meant}
        )
        positions = self.env["msp.contract.position"].browse(
            {vals["position_id"] for vals in meant}
        )
        waiting = contracts._find_waiting()
        by_id = {one.id: one for one in positions}
        for vals in meant:
            sentence = self._explain_settling(
                by_id[vals["position_id"]], vals["cause"], waiting
            )
            vals["explanation"] = "\n".join(
                filter(None, [vals["explanation"], sentence])
            )

    def _explain_settling(self, position, cause, waiting):
        """Return which run bills a position's charges, or what they wait for.

        :param waiting: {position id: `Waiting`}, see `_find_waiting`
        """
        held = waiting.get(position.id)
        if held and held.until:
            return self.env._(
                "It waits until %(day)s: %(reason)s",
                day=format_date(self.env, held.until),
                reason=held.reason,
            )
        if held:
            return self.env._("It waits: %s", held.reason)
        is_regular = (
            cause != "to_correct" or position.contract_id.corrections_with_regular
        )
        if not is_regular:
            return self.env._(
                "The next differential run settles it; start one with the "
                "Differential Billing Wizard."
            )
        if day := self._find_next_run():
            return self.env._(
                "The scheduled run of %s settles it.", format_date(self.env, day)
            )
        return self.env._(
            "The next regular run settles it; no run is scheduled, so start one."
        )

    def _find_next_run(self):
        """Return the day of the company's next scheduled run, None without any."""
        company = self.company_id
        today = company_today(company)
        if company.msp_run_schedule == "off":
            return None
        if self.env["msp.billing.run"]._is_its_turn(company):
            return today
        if company.msp_run_schedule != "monthly":
            return today + timedelta(days=1)
        for month in (today, today.replace(day=1) + timedelta(days=32)):
            last = monthrange(month.year, month.month)[1]
            day = month.replace(day=min(company.msp_run_day, last))
            if day > today:
                return day
        return None
