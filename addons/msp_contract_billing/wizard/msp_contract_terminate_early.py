from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import BillingError, Change, Version, fold, settle
from ..models.money import day_after, to_decimal
from ..models.msp_charge_opening import amount_within
from ..models.wording import describe_months, format_price
from ..takeover import is_plausible
from .msp_contract_preview_mixin import LOOK_AHEAD
from .readable import readable


class MspContractTerminate(models.TransientModel):
    """How much earlier than agreed something ends, in time and money."""

    _inherit = "msp.contract.terminate"

    early_warning = fields.Char(compute="_compute_early_warning")

    @api.depends(
        "contract_id",
        "notice_date",
        "date_last",
        "scope",
        "line_ids.is_ended",
        "line_ids.quantity",
    )
    def _compute_early_warning(self):
        for wizard in self:
            wizard.early_warning = wizard._get_early_warning()

    def _get_early_warning(self):
        """Return by how much the end is earlier than agreed, False if it is not."""
        self.ensure_one()
        contract, last = readable(self.contract_id), self.date_last
        notice = self.notice_date or fields.Date.context_today(self)
        days = (last, notice, contract.date_start)
        if not all(day and is_plausible(day) for day in days):
            return False
        if contract._is_regular_end(last, notice):
            return False
        regular = contract._get_regular_end(notice)
        values = {
            "agreed": contract.commitment_label,
            "regular": format_date(self.env, regular),
        }
        if regular <= last:
            return self.env._(
                "That is no day on which the contract can end as agreed (%(agreed)s). "
                "The first such day is %(regular)s.",
                **values,
            )
        return self.env._(
            "With notice received then, the contract can end on %(regular)s as agreed "
            "(%(agreed)s). This is %(time)s earlier; %(amount)s less would be billed.",
            **values,
            time=self._format_time(day_after(last), day_after(regular)),
            amount=format_price(
                self.env, self.currency_id, self._get_lost_amount(last, regular)
            ),
        )

    def _format_time(self, first, stop):
        months = (stop.year - first.year) * 12 + stop.month - first.month
        months -= stop.day < first.day
        if months:
            return describe_months(self.env, months)
        days = (stop - first).days
        return self.env._("1 day") if days == 1 else self.env._("%s days", days)

    def _get_lost_amount(self, last, regular):
        """Return what is billed less between two last days, 0 if nobody can say."""
        contract, first = self.contract_id, day_after(last)
        plain = contract._to_plain_versions().values()
        number = contract._get_latest_number() + 1
        changed = Version(number, first, tuple(self._get_plain_changes()))
        digits, horizon = self.currency_id.decimal_places, regular + LOOK_AHEAD
        try:
            before, after = (
                sum(
                    amount_within(charge, digits, first, day_after(regular))
                    for charge in settle(fold(history), (), horizon, digits)
                )
                for history in (plain, [*plain, changed])
            )
        except (BillingError, UserError):
            return Decimal(0)
        return Decimal(before - after)

    def _get_plain_changes(self):
        """Return the `billing.Change` list of what ends."""
        if self.scope == "contract":
            return [Change("terminate")]
        changes = []
        for line in self.line_ids:
            less = to_decimal(line.quantity) - to_decimal(line.old_quantity)
            if line.is_ended:
                changes.append(Change("end", line.position_id.id))
            elif less < 0:
                changes.append(Change("set", line.position_id.id, move=less))
        return changes
