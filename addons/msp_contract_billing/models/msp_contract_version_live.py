from datetime import timedelta
from fractions import Fraction

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import BillingError, fold, monthly_value
from ..billing.rounding import to_decimal
from ..takeover import is_plausible
from .money import day_after


class MspContractVersion(models.Model):
    """Sold, but not live: a version whose first day nobody knows yet."""

    _inherit = "msp.contract.version"

    sold_on = fields.Date(compute="_compute_sold_on", store=True)
    sold_days = fields.Integer(
        "Days Since",
        compute="_compute_sold_days",
        help="For how many days it has been sold and not been live.",
    )
    sold_amount_month = fields.Monetary(
        "Not Billed per Month",
        compute="_compute_sold_amount_month",
        store=True,
        help="What it will come to per month, once it is live.",
    )

    @api.depends("awaits")
    def _compute_sold_on(self):
        for version in self:
            # What has gone live keeps the day.
            version.sold_on = version.sold_on or (
                version.awaits and fields.Date.context_today(version)
            )

    @api.depends("sold_on", "awaits")
    def _compute_sold_days(self):
        today = fields.Date.context_today(self)
        for version in self:
            waits = version.awaits and version.sold_on
            version.sold_days = (today - version.sold_on).days if waits else 0

    @api.depends(
        "awaits",
        "change_ids.action",
        "change_ids.quantity",
        "change_ids.price_unit",
        "change_ids.price_interval",
        "change_ids.discount",
        "change_ids.pricing",
        "change_ids.overrides",
    )
    def _compute_sold_amount_month(self):
        for version in self:
            amount = version._get_added_value() if version.awaits else Fraction(0)
            digits = version.currency_id.decimal_places
            version.sold_amount_month = float(to_decimal(amount, digits))

    def _get_added_value(self):
        """Return what the version adds to the contract per month, exactly."""
        self.ensure_one()
        contract, day = self.contract_id, self.date_start
        try:
            before, after = (
                fold(contract._to_plain_versions(drafts).values())
                for drafts in (None, self)
            )
            return _value_on(after, day) - _value_on(before, day)
        except BillingError:
            # Going live will say in a sentence what is wrong.
            return Fraction(0)

    def action_go_live(self):
        """Ask since when what was sold is live."""
        return self._action_ask(
            self.env._("Go Live"),
            "msp.go.live",
            {"default_version_ids": self.filtered("awaits").ids},
        )

    def _go_live(self, day):
        """Let what waited begin on `day`, and end after the term that was sold."""
        end_vals, outdated = [], self.browse()
        for version in self:
            own_terms = version._find_own_terms(day)
            version._check_can_begin(day, own_terms)
            begun = version._get_begun()
            for position, last in own_terms.items():
                if position in begun:
                    outdated |= version._find_ends_of(position)
                    end_vals.append(version._prepare_end_vals(position, last))
                else:
                    # What is added to a position for some time is temporary.
                    version._system_write({"date_start": day, "date_end": last})
        if outdated:
            outdated._withdraw(self.env._("Live from another day than before"))
        super()._go_live(day)
        if end_vals:
            self._create_of_order(end_vals)._activate()

    def _get_begun(self):
        changes = self.change_ids
        return changes.filtered(lambda change: change.action == "begin").position_id

    def _find_own_terms(self, day):
        """Return the last day of each position with a term that begins on `day`."""
        self.ensure_one()
        # sudo: whoever looks after the contract need not read others' orders
        lines = self.sudo().sale_order_id.order_line
        return {
            line.msp_position_id.sudo(False): last
            for line in lines
            if line.msp_until == "months"
            and line._msp_awaits()
            and line.msp_position_id in self.change_ids.position_id
            and (last := line._msp_get_last_day(day))
        }

    def _find_ends_of(self, position):
        """Return the versions that ended `position` when it was live from another day."""
        self.ensure_one()
        return self.contract_id.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and version.sale_order_id == self.sale_order_id
                and version.change_ids.mapped("action") == ["end"]
                and version.change_ids.position_id == position
            )
        )

    def _find_made_by_going_live(self):
        """Return what going live has recorded besides: ends and special prices."""
        made = self.browse()
        for version in self.filtered("sale_order_id"):
            begun = version._get_begun()
            made |= version.contract_id.version_ids.filtered(
                lambda other, version=version, begun=begun: (
                    other.state == "active"
                    and other.number > version.number
                    and other.sale_order_id == version.sale_order_id
                    and other.change_ids.position_id
                    and other.change_ids.position_id <= begun
                )
            )
        limited = made.limited_price_id.version_ids
        return made | limited.filtered(lambda version: version.state == "active")

    def _prepare_end_vals(self, position, last):
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "date_start": day_after(last),
            "cause": self.cause,
            "reason": self.reason,
            "sale_order_id": self.sale_order_id.id,
            "change_ids": [
                Command.create({"action": "end", "position_id": position.id})
            ],
        }

    def _check_can_begin(self, day, own_terms):
        """Refuse a first day on which the contract, or what was sold, does not run.

        :param own_terms: last days by position that follow from the first day
        """
        self.ensure_one()
        contract = self.contract_id
        values = {
            "contract": contract.display_name,
            "day": format_date(self.env, day),
            "what": self.summary,
        }
        if not is_plausible(day):
            raise UserError(
                self.env._("%(day)s is too far off. Check the year.", **values)
            )
        if contract.date_start and day < contract.date_start:
            raise UserError(
                self.env._(
                    "Contract %(contract)s begins on %(start)s, so this cannot be live "
                    "on %(day)s: %(what)s. Enter a day from then on.",
                    start=format_date(self.env, contract.date_start),
                    **values,
                )
            )
        lasts = [contract.date_end]
        if not own_terms:
            lasts += [self.date_end, *self._get_planned_ends()]
        last = min(filter(None, lasts), default=False)
        if last and day > last:
            raise UserError(
                self.env._(
                    "Contract %(contract)s: this ends on %(last)s, so it cannot be live "
                    "on %(day)s: %(what)s. Enter an earlier day, or withdraw what ends "
                    "it.",
                    last=format_date(self.env, last),
                    **values,
                )
            )

    def _get_planned_ends(self):
        """Return the last days after which something ends that is to begin here."""
        begun = self._get_begun()
        ending = self.contract_id.version_ids.change_ids.filtered(
            lambda change: (
                change.action == "end"
                and change.state == "active"
                and change.position_id in begun
            )
        )
        days = ending.version_id.mapped("date_start")
        return [day - timedelta(days=1) for day in days]


def _value_on(history, day):
    """Return what a history is worth per month on `day`."""
    policy = history.policy_on(day)
    values = (
        monthly_value(line, policy) for line in history.lines if line.holds_on(day)
    )
    return sum(values, Fraction(0))
