from odoo import api, models
from odoo.tools import format_date, formatLang, unique

from .money import day_before


class MspCharge(models.Model):
    """What a charge says on the invoice, in the recipient's language."""

    _inherit = "msp.charge"

    @api.model
    def _explain(self, contract, charge, claims):
        """Return the text of an invoice line, in the recipient's language."""
        lang = contract.partner_invoice_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        position = env["msp.contract.position"].browse(charge.position)
        text = [charge.text or position.name]
        days = self._format_days(env, charge.start, charge.end)
        if charge.kind == "one_off":
            one_off = env["msp.one.off"].browse(charge.key)
            return one_off._explain(env, self, charge)
        if charge.kind == "regular":
            used, whole = charge.days
            text.append(
                env._(
                    "%(days)s, contract %(contract)s: %(content)s, "
                    "%(used)s of %(whole)s days",
                    days=days,
                    contract=contract.name,
                    content=self._format_content(env, contract, position, charge),
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
        reason = self._explain_reason(env, contract, charge)
        if reason:
            text.append(env._("Reason: %s", reason))
        text += [
            env._(
                "Corrects %(number)s of %(day)s",
                number=move.name,
                day=format_date(env, move.invoice_date),
            )
            for move in self._corrected_moves(claims)
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
    def _explain_reason(self, env, contract, charge):
        """Return why the content differs from what was claimed, in words."""
        seen = {number for claim in charge.claims for number in claim.versions}
        reasons = []
        for version in contract.version_ids.sorted("number"):
            is_new = version.state == "active" and version.number not in seen
            if is_new and version.number in self._causes(contract, charge):
                reasons.append(version.reason)
            elif version.state == "withdrawn" and version.number in seen:
                reasons.append(version.withdraw_reason)
        return "; ".join(dict.fromkeys(filter(None, reasons)))

    @api.model
    def _causes(self, contract, charge):
        """Return the numbers of active versions that touch position and days."""
        return {
            change.version_id.number
            for change in contract.version_ids.change_ids
            if change.position_id.id in (charge.position, False)
            and change.version_id.date_start < charge.end
        }

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
            quantity=self._format_number(env, content.quantity),
            unit=position.product_uom_id.name,
            price=self._format_price(env, contract, content.unit_price),
        )
        if content.discount:
            discount = self._format_number(env, content.discount)
            text += env._(" less %s %%", discount)
        return text

    @api.model
    def _format_number(self, env, number, digits=0):
        """Return `number` with all its decimals, and with `digits` at least."""
        own_digits = -number.normalize().as_tuple().exponent
        return formatLang(env, float(number), digits=max(digits, own_digits))

    @api.model
    def _format_price(self, env, contract, price):
        """Return `price` with the currency's digits, or more if it has more."""
        text = self._format_number(env, price, contract.currency_id.decimal_places)
        symbol = contract.currency_id.symbol
        before = contract.currency_id.position == "before"
        return f"{symbol}{text}" if before else f"{text}\N{NO-BREAK SPACE}{symbol}"

    @api.model
    def _format_difference(self, env, contract, position, item):
        def content(side):
            if side is None:
                return env._("nothing")
            return self._format_content(env, contract, position, side)

        return env._(
            "%(old)s → %(new)s, %(days)s",
            old=content(item.old),
            new=content(item.new),
            days=self._format_days(env, item.start, item.end),
        )
