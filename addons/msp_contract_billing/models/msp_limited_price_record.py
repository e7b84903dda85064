from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .money import day_after
from .msp_content_mixin import to_pricing
from .wording import brings_prices


class MspContractVersion(models.Model):
    _inherit = "msp.contract.version"

    limited_price_id = fields.Many2one(
        "msp.limited.price",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )

    def _get_fixed_fields(self):
        return (*super()._get_fixed_fields(), "limited_price_id")


class MspLimitedPrice(models.Model):
    """What a limited price is in the contract's history: versions, and no more."""

    _inherit = "msp.limited.price"

    def _get_last_day(self, date_end, afterwards):
        """Return the last day on which the special price holds, False without."""
        return False if afterwards in ("ask", "keep") else date_end

    def _record(self):
        """Record the versions of new limited prices."""
        versions = self.env["msp.contract.version"]
        for limited in self:
            limited._check_content()
        vals_list = [vals for limited in self for vals in limited._prepare_versions()]
        versions.create(vals_list).action_activate()

    def _prepare_versions(self):
        """Return the values of the versions that the limited price is made of."""
        self.ensure_one()
        last = self._get_last_day(self.date_end, self.afterwards)
        vals_list = [self._prepare_special(self.date_start, last)]
        if self.afterwards == "stop":
            vals_list.append(self._prepare_stop(self.date_end))
        return vals_list

    def _check_content(self):
        """Refuse a special price for what is not there, or which has no price."""
        self.ensure_one()
        line = self._get_content()
        values = {
            "position": self.position_id.display_name,
            "contract": self.contract_id.display_name,
        }
        if not line:
            raise UserError(
                self.env._(
                    "%(position)s is not part of contract %(contract)s on %(day)s. "
                    "Choose a day on which it is.",
                    day=format_date(self.env, self.date_start),
                    **values,
                )
            )
        if self.kind == "promotion" and brings_prices(to_pricing(line.pricing)):
            raise UserError(
                self.env._(
                    "%(position)s of contract %(contract)s has a price scheme with "
                    "prices of its own, so a special price would mean nothing. Enter a "
                    "discount.",
                    **values,
                )
            )

    def _prepare_special(self, start, last):
        """Return the values of the version that holds from `start` to `last`.

        :param last: last day, False without
        """
        line, _policy = self._find_regular(self._get_regular_history(), start)
        return self._prepare_version(start, last, self._prepare_special_change(line))

    def _prepare_special_change(self, line):
        """Return the values of the change that makes the special price.

        :param line: `billing.Line` of the regular content, None if there is none
        """
        self.ensure_one()
        return {
            **special_change(
                self.kind,
                self.discount,
                self.price_unit,
                self.price_interval,
                line and line.pricing,
            ),
            "position_id": self.position_id.id,
        }

    def _prepare_stop(self, date_end):
        change = {"action": "end", "position_id": self.position_id.id}
        vals = self._prepare_version(day_after(date_end), False, change)
        return {**vals, "cause": "termination"}

    def _prepare_version(self, start, last, change):
        self.ensure_one()
        lang = self.contract_id.partner_invoice_id.lang or self.env.lang
        return {
            "contract_id": self.contract_id.id,
            "limited_price_id": self.id,
            "date_start": start,
            "date_end": last,
            "cause": "request",
            # Corrections print it, so it speaks the customer's language.
            "reason": self.reason or self.with_context(lang=lang)._describe(),
            "change_ids": [Command.create(change)],
        }

    # Changing what was recorded

    def _get_active(self, action):
        """Return the active versions of the price that do `action`, in order."""
        return self.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and action in version.change_ids.mapped("action")
            )
        ).sorted("date_start")

    def _change(self, date_end, afterwards, reason=False):
        """Let the special price hold until another day, or let something else follow.

        What has to hold longer gets a version for the days that are added; what has
        to end earlier is withdrawn and recorded anew. Invoices of days that change
        are corrected by the differential run.

        :return: the message that it waits for an approval, or nothing of interest
        """
        self.ensure_one()
        if self.recorded != "active":
            raise UserError(
                self.env._(
                    "%s is not in force, so it cannot be changed. Enter another one.",
                    self.display_name,
                )
            )
        if date_end < self.date_start:
            raise UserError(
                self.env._(
                    "%(price)s begins on %(start)s and cannot end on %(end)s. Cancel it "
                    "if it shall not begin.",
                    price=self.display_name,
                    start=format_date(self.env, self.date_start),
                    end=format_date(self.env, date_end),
                )
            )
        if self.pending:
            raise UserError(
                self.env._(
                    "%s: a change waits for an approval already. Have it approved, or "
                    "delete its draft version.",
                    self.display_name,
                )
            )
        message = False
        if self.side == "customer":
            message = self._change_versions(date_end, afterwards, reason)
        if not self.pending:
            self._system_write({"date_end": date_end, "afterwards": afterwards})
        return message

    def _change_versions(self, date_end, afterwards, reason):
        last = self._get_last_day(date_end, afterwards)
        outdated = self._find_outdated(date_end, afterwards)
        kept = self._get_active("set") - outdated
        start = self.date_start
        if kept:
            start = day_after(kept[-1].date_end) if kept[-1].date_end else None
        vals_list = []
        if start and (not last or start <= last):
            vals_list.append(self._prepare_special(start, last))
        if afterwards == "stop" and not self._get_active("end") - outdated:
            vals_list.append(self._prepare_stop(date_end))
        for vals in vals_list:
            vals["reason"] = reason or vals["reason"]
        if not vals_list:
            return outdated and outdated._withdraw(self._get_withdraw_reason(reason))
        # Said before, as it says what the drafts replace.
        self._set_pending(date_end, afterwards, reason)
        return self.env["msp.contract.version"].create(vals_list).action_activate()

    def action_cancel(self):
        """Take limited prices back, as if they had never been."""
        self.check_access("write")
        for limited in self.filtered(lambda one: one.recorded != "cancelled"):
            limited._get_drafts().unlink()
            active = limited.version_ids.filtered(lambda one: one.state == "active")
            if active:
                active._withdraw(self.env._("%s cancelled", limited.display_name))
            limited._system_write({"cancelled_at": fields.Datetime.now()})
        return True

    def action_change(self):
        """Open the question for another last day, or for what follows."""
        self.ensure_one()
        return self._action_ask(
            self.env._("Change: %s", self.display_name),
            "msp.limited.price.change",
            {"default_limited_price_id": self.id},
        )

    def action_view_versions(self):
        return self._action_view(
            self.env._("Versions"),
            "msp.contract.version",
            [("limited_price_id", "in", self.ids)],
        )


def special_change(kind, discount, price_unit, price_interval, pricing):
    """Return the values of the change that makes a special price, without position.

    :param pricing: `billing.Pricing` of the regular content, None if per unit
    """
    if kind == "promotion":
        return {
            "action": "set",
            "sets_price": True,
            "price_unit": price_unit,
            "price_interval": price_interval,
        }
    # A discount, not a price of 0: a new price meanwhile then does not end it.
    change = {"action": "set", "sets_discount": True, "discount": discount}
    if discount == 100 and pricing and pricing.has_limits:
        # The least amount of a scheme would be billed all the same.
        change.update(sets_pricing=True, pricing=False)
        if brings_prices(pricing):
            change.update(sets_price=True, price_unit=0.0)
    return change
