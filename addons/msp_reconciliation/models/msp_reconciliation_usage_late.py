from odoo import models
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import day_after, day_before

from .msp_reconciliation_line import Subject


class MspReconciliation(models.Model):
    """Usage that came after its days were billed, or was rated anew since."""

    _inherit = "msp.reconciliation"

    def _find_late_usage(self, lines, as_of):
        """Return the values of findings about usage that the difference run bills.

        What it will bill is what the run itself computes. Once it has, nothing is
        left here. What the comparison of days has found of it is left out there.

        :param lines: {position id: (`Line`, values of its findings)}
        """
        amounts = self._find_late_amounts()
        if not amounts:
            return []
        due = amounts.contract_id._compute_due(as_of, "differential")
        waiting = amounts.contract_id._find_waiting()
        result = []
        for position, own in amounts.grouped("position_id").items():
            found = due[position.contract_id.id]
            charges = [*found.charges, *(held.charge for held in found.held)]
            sums = self._sum_late(position, own, charges)
            if not sums:
                continue
            line, findings = lines.get(position.id, (None, []))
            findings[:] = [vals for vals in findings if vals["cause"] != "to_correct"]
            if line and not findings:
                line.result = "timing"
            settled = self._explain_settling(position, "to_correct", waiting)
            result += [
                self._prepare_late_vals(cause, position, line, *parts, settled)
                for cause, parts in sums.items()
            ]
        return result

    def _sum_late(self, position, amounts, charges):
        """Return {cause: (sum, days, amounts)} of a position's charges.

        :param amounts: those of the position that are late
        """
        result = {}
        for charge in charges:
            if charge.position != position.id:
                continue
            touching = amounts.browse(
                [
                    one.id
                    for one in amounts
                    if one.date_start < charge.end
                    and day_after(one.date_end) > charge.start
                ]
            )
            if not touching:
                continue
            is_anew = any(one._is_rated_anew(self) for one in touching)
            cause = "rerated_usage" if is_anew else "late_usage"
            total, days, before = result.get(cause, (0, set(), amounts.browse()))
            days = days | {charge.start, day_before(charge.end)}
            result[cause] = (total + charge.amount, days, before | touching)
        return result

    def _find_late_amounts(self):
        """Return what of this month's files came late, replaced other amounts, or
        was taken back by them."""
        model = self.env["msp.dated.amount"]
        imports = self.import_ids.ids
        amounts = model.search(
            [
                "|",
                ("taken_back_by_id", "in", imports),
                "&",
                ("import_id", "in", imports),
                ("counts", "=", True),
                ("position_id", "!=", False),
            ]
        )
        amounts.fetch(["date_start", "date_end", "position_id", "contract_id"])
        amounts.provider_charge_id.fetch(["previous_charge_id"])
        amounts.change_id.fetch(["is_late"])
        return amounts.filtered(
            lambda one: (
                one._is_rated_anew(self)
                or one.date_end < self.month
                or one.change_id.is_late
            )
        )

    def _prepare_late_vals(self, cause, position, line, total, days, amounts, settled):
        imports = (amounts.import_id | amounts.taken_back_by_id) & self.import_ids
        names = {
            "first": format_date(self.env, min(days)),
            "last": format_date(self.env, max(days)),
            "imports": ", ".join(imports.mapped("name")),
        }
        if cause == "late_usage":
            text = self.env._(
                "It was used from %(first)s to %(last)s and came with %(imports)s, "
                "after these days were billed.",
                **names,
            )
        else:
            text = self.env._(
                "What was used from %(first)s to %(last)s was rated anew by "
                "%(imports)s.",
                **names,
            )
        subject = line or Subject(
            partner_id=position.contract_id.partner_id.id,
            product_id=position.product_id.id,
            contract_id=position.contract_id.id,
            position_id=position.id,
        )
        return {
            **self._prepare_finding_vals(cause, position.id, total, subject),
            "currency_id": position.currency_id.id,
            "is_cost": False,
            "date_start": min(days),
            "date_end": max(days),
            "explanation": f"{text}\n{settled}",
            "charge_ids": self._link_rows(amounts.provider_charge_id.ids),
            "user_id": position.contract_id.user_id.id,
        }


class MspDatedAmount(models.Model):
    _inherit = "msp.dated.amount"

    def _is_rated_anew(self, reconciliation):
        """Return whether it replaces what an earlier file said, or was replaced."""
        self.ensure_one()
        return bool(
            self.provider_charge_id.previous_charge_id
            or self.taken_back_by_id & reconciliation.import_ids
        )
