from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing.rounding import to_decimal as round_money
from ..billing.vendor_commitment import still_charged
from .money import day_after, same_number, to_decimal
from .wording import format_number, format_price


@dataclass(frozen=True, slots=True)
class Reduction:
    """Fewer units of a position that somebody wants.

    :param position: `msp.contract.position`
    :param quantity: units that are left
    :param day: first day on which they are enough
    :param last: last day on which they are, False if for ever
    :param now: moment (UTC) at which it is decided, None: this one
    """

    position: object
    quantity: float
    day: date
    last: date | bool = False
    now: datetime | None = None


class MspVendorCommitment(models.Model):
    """What reductions cost at the vendor, in sentences."""

    _inherit = "msp.vendor.commitment"

    @api.model
    def _find_warnings(self, reductions):
        """Return the sentences about each `Reduction`, in their order.

        What the vendor takes back or charges is said for each term that loses units;
        nothing for positions without a commitment.
        """
        positions = self.env["msp.contract.position"].union(
            *(reduction.position._origin for reduction in reductions)
        )
        commitments = self.search([("position_id", "in", positions.ids)])
        by_position = commitments.grouped("position_id")
        return [
            by_position.get(
                reduction.position._origin, commitments.browse()
            )._describe_reduction(reduction)
            for reduction in reductions
        ]

    def _describe_reduction(self, reduction):
        """Return what a reduction of the position of these commitments costs."""
        found = defaultdict(list)
        for lost, record in self._lose_units(reduction):
            found[record._get_warning_key()].append((lost, record))
        sentences = []
        for pairs in found.values():
            record = pairs[0][1]
            returnable = sum((lost.returnable for lost, _ in pairs), Decimal(0))
            if returnable:
                sentences.append(record._describe_returnable(returnable))
            quantity = sum((lost.quantity for lost, _ in pairs), Decimal(0))
            if quantity:
                amount = sum((lost.amount for lost, _ in pairs), Fraction(0))
                sentences.append(
                    record._describe_charged(quantity, amount, reduction.last)
                )
        return sentences

    def _lose_units(self, reduction):
        """Yield (`StillCharged`, record) of those of the commitments that lose units."""
        # Two that are alike are one value.
        left = defaultdict(list)
        for record in self:
            left[record._to_plain()].append(record)
        found = still_charged(
            (record._to_plain() for record in self),
            to_decimal(reduction.quantity),
            reduction.day,
            reduction.now or fields.Datetime.now(),
            day_after(reduction.last),
        )
        for lost in found:
            yield lost, left[lost.commitment].pop()

    def _get_warning_key(self):
        """Return what commitments share that are spoken of in one sentence."""
        return (
            self._get_vendor_name(),
            self.price_unit,
            self.price_months,
            self.currency_id,
            self.date_end,
            self.reduction_until,
        )

    def _describe_returnable(self, quantity):
        until = self.reduction_until
        return self.env._(
            "%(position)s: %(vendor)s takes %(quantity)s back and charges nothing for "
            "them if it is told until %(moment)s UTC.",
            position=self.position_id.name,
            vendor=self._get_vendor_name(),
            quantity=format_number(self.env, quantity),
            moment=f"{format_date(self.env, until.date())} {until:%H:%M}",
        )

    def _describe_charged(self, quantity, amount, last):
        """Return who charges what until when.

        :param last: last day of a reduction that is not for ever
        """
        env = self.env
        per = {
            "1": env._("per month"),
            "3": env._("per quarter"),
            "12": env._("per year"),
            "36": env._("per 3 years"),
        }
        values = {
            "position": self.position_id.name,
            "vendor": self._get_vendor_name(),
            "quantity": format_number(env, quantity),
            "day": format_date(env, min(self.date_end, last or self.date_end)),
        }
        if not self.price_unit:
            sentence = env._(
                "%(position)s: %(vendor)s still charges %(quantity)s until %(day)s, at "
                "a price that nobody has entered.",
                **values,
            )
        else:
            digits = self.currency_id.decimal_places
            sentence = env._(
                "%(position)s: %(vendor)s still charges %(quantity)s × %(price)s "
                "%(per)s until %(day)s: %(amount)s.",
                price=format_price(env, self.currency_id, self.price_unit),
                per=per[self.price_months],
                amount=format_price(env, self.currency_id, round_money(amount, digits)),
                **values,
            )
        if self.auto_renew and not last:
            sentence += " " + env._(
                "It renews by itself after that unless it is reduced there before."
            )
        return sentence


class MspContractPosition(models.Model):
    _inherit = "msp.contract.position"

    @api.model
    def _get_vendor_warnings(self, quantities, day, last=False):
        """Return in sentences what a vendor charges for units no longer wanted.

        :param quantities: {position: units that are left from `day` on}
        :param last: last day of a temporary reduction, False if it is for ever
        """
        reductions = [
            Reduction(position, quantity, day, last)
            for position, quantity in quantities.items()
        ]
        found = self.env["msp.vendor.commitment"]._find_warnings(reductions)
        return [sentence for sentences in found for sentence in sentences]


class MspContractVersion(models.Model):
    """What a draft would cost at the vendor, before it is activated."""

    _inherit = "msp.contract.version"

    vendor_warning = fields.Text(compute="_compute_vendor_warning")

    @api.depends("state", "date_start", "date_end", "change_ids.quantity")
    @api.depends_context("lang")
    def _compute_vendor_warning(self):
        drafts = self.filtered(lambda one: one.state == "draft" and one.date_start)
        found = {version: version._get_reductions() for version in drafts}
        reductions = [one for listed in found.values() for one in listed]
        sentences = iter(
            self.env["msp.vendor.commitment"]._find_warnings(reductions)
            if reductions
            else ()
        )
        for version in self:
            texts = [
                text for _one in found.get(version, ()) for text in next(sentences)
            ]
            version.vendor_warning = "\n".join(texts) or False

    def _get_reductions(self):
        """Return the `Reduction` of each position of which there will be fewer."""
        self.ensure_one()
        lines = self.contract_id.line_ids._on(self.date_start)
        content = {line.position_id: line.quantity for line in lines}
        after = dict(content)
        for change in self.change_ids:
            position = change.position_id
            if change.action == "terminate":
                after = dict.fromkeys(after, 0.0)
            elif position not in content:
                continue
            elif change.action == "end":
                after[position] = 0.0
            elif change.quantity_mode == "move":
                after[position] += change.quantity
            elif change.quantity_mode == "set":
                after[position] = change.quantity
        return [
            Reduction(
                position, max(after[position], 0.0), self.date_start, self.date_end
            )
            for position, quantity in content.items()
            if after[position] < quantity and not same_number(after[position], quantity)
        ]
