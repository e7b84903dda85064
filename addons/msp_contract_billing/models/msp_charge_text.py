from fractions import Fraction

from odoo import api, models
from odoo.tools import format_date, unique

from ..billing.charges import latest_versions
from ..billing.pricing import TIERED, average, steps_of
from .money import day_before
from .wording import describe_steps, format_number, format_price


class MspCharge(models.Model):
    """What a charge says on the invoice, in the recipient's language."""

    _inherit = "msp.charge"

    @api.model
    def _explain(self, contract, charge, claims):
        """Return the text of an invoice line, in the recipient's language."""
        lang = contract.partner_invoice_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        if charge.kind == "one_off":
            one_off = env["msp.one.off"].browse(charge.key)
            return one_off._explain(env, self, charge)
        position = env["msp.contract.position"].browse(charge.position)
        text = [charge.text or position.name]
        days = self._format_days(env, charge.start, charge.end)
        if charge.kind == "regular":
            used, whole = charge.days
            text.append(
                env._(
                    "%(days)s, contract %(contract)s: %(content)s, "
                    "%(used)s of %(whole)s days",
                    days=days,
                    contract=contract.name,
                    content=self._format_charged(env, contract, position, charge),
                    used=used,
                    whole=whole,
                )
            )
            return "\n".join(text)
        text.append(
            env._(
                "Correction %(days)s, contract %(contract)s",
                days=days,
                contract=contract.name,
            )
        )
        text += [
            self._format_difference(env, contract, position, item)
            for item in charge.differences
        ]
        reason = self._explain_reason(contract, charge)
        if reason:
            text.append(env._("Reason: %s", reason))
        text += [
            env._(
                "Corrects %(number)s of %(day)s",
                number=move.name,
                day=format_date(env, move.invoice_date),
            )
            for move in self._corrected_moves(claims.filtered(_is_claim))
        ]
        text += [
            env._(
                "Billed again: credited by %(number)s of %(day)s",
                number=move.name,
                day=format_date(env, move.invoice_date),
            )
            for move in self._corrected_moves(claims - claims.filtered(_is_claim))
        ]
        text += [
            env._("Corrects %s, billed before this system", reference)
            for reference in unique(claims.mapped("opening_reference"))
            if reference
        ]
        return "\n".join(text)

    @api.model
    def _corrected_moves(self, claims):
        """Return the posted invoices that carry `claims`, oldest first."""
        moves = claims.move_id.filtered(lambda move: move.state == "posted")
        return moves.sorted(lambda move: (move.invoice_date, move.id))

    @api.model
    def _explain_reason(self, contract, charge):
        """Return why the content differs from what was claimed, in words."""
        reasons = [reason for _number, reason in self._find_causes(contract, charge)]
        return "; ".join(unique(filter(None, reasons)))

    @api.model
    def _find_causes(self, contract, charge):
        """Return (number, reason) of the versions that made a correction due.

        Those that no claim has seen yet, and those withdrawn on which claims rest.
        """
        seen = {number for claim in charge.claims for number in claim.versions}
        latest = latest_versions(charge.claims)
        touching = {
            change.version_id
            for change in contract.version_ids.change_ids
            if change.position_id.id in (charge.position, False)
            and change.action != "commitment"
            and change.version_id.date_start < charge.end
        }
        causes = []
        for version in contract.version_ids.sorted("number"):
            if version.state == "active":
                if version in touching and version.number not in seen:
                    causes.append((version.number, version.reason))
            elif version.state == "withdrawn" and version.number in latest:
                causes.append((version.number, version.withdraw_reason))
        return causes

    @api.model
    def _format_days(self, env, start, end):
        return env._(
            "%(first)s – %(last)s",
            first=format_date(env, start),
            last=format_date(env, day_before(end)),
        )

    @api.model
    def _format_content(self, env, contract, position, content):
        text = env._(
            "%(quantity)s %(unit)s × %(price)s",
            quantity=format_number(env, content.quantity),
            unit=position.product_uom_id.name,
            price=self._format_price(env, contract, content.unit_price),
        )
        if content.discount:
            discount = format_number(env, content.discount)
            text += env._(" less %s %%", discount)
        return text

    @api.model
    def _format_charged(self, env, contract, position, charge):
        """Return what a regular charge is for, at the prices that were agreed.

        Of a price scheme, quantity and price of the charge are packages, an average
        or what is not included, which is not what the customer has.
        """
        steps = describe_steps(env, charge.steps, contract.currency_id)
        if steps:
            return self._format_steps(env, position, charge.basis[0], steps)
        return self._format_content(env, contract, position, charge)

    @api.model
    def _format_steps(self, env, position, piece, steps):
        return env._(
            "%(quantity)s %(unit)s: %(steps)s",
            quantity=format_number(env, piece.quantity),
            unit=position.product_uom_id.name,
            steps=steps,
        )

    @api.model
    def _format_price(self, env, contract, price):
        return format_price(env, contract.currency_id, price)

    @api.model
    def _format_difference(self, env, contract, position, item):
        def content(side):
            if side is None:
                return env._("nothing")
            steps = describe_steps(env, _tier_steps(side), contract.currency_id)
            if steps:
                return self._format_steps(env, position, side, steps)
            return self._format_content(env, contract, position, side)

        return env._(
            "%(old)s → %(new)s, %(days)s",
            old=content(item.old),
            new=content(item.new),
            days=self._format_days(env, item.start, item.end),
        )


def _is_claim(charge):
    """Return whether a row of the ledger is not the taking back of another."""
    return charge.kind != "counter"


def _tier_steps(basis):
    """Return the steps of a basis with tiers, none if they do not say all.

    A basis has the average price. Only tiers have prices of their own, and with a
    discount or a limit of the period even they do not make that average.
    """
    if not basis.pricing or basis.pricing.model not in TIERED:
        return ()
    steps = steps_of(basis.quantity, basis.unit_price, pricing=basis.pricing)
    price = sum((step.amount for step in steps), Fraction(0))
    is_all = average(price, basis.quantity)[1] == basis.unit_price
    return steps if is_all else ()
