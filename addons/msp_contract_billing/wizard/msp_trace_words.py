from fractions import Fraction

from odoo import api, models

from ..billing import Basis
from ..billing.pricing import TIERED, steps_of
from ..billing.rounding import to_decimal as round_money
from ..models.money import day_after, to_decimal
from ..models.msp_charge_claims import to_basis
from ..models.wording import (
    describe_pricing,
    describe_steps,
    format_number,
    format_price,
)


class MspTrace(models.TransientModel):
    """What a trace says about a charge, in the reader's language."""

    _inherit = "msp.trace"

    @api.model
    def _name_charge(self, charge):
        return f"{charge.position_id.name}, {self._format_days(charge)}"

    @api.model
    def _describe_charge(self, charge):
        """Return how the amount of a charge comes about."""
        details = [self._describe_standing(charge)]
        if charge.kind == "counter":
            details += self._describe_counter(charge)
        elif charge.kind == "opening":
            details += self._describe_opening(charge)
        elif charge.kind == "correction":
            details += self._describe_correction(charge)
        else:
            details += self._describe_product(charge)
        if charge.tax_ids:
            taxes = ", ".join(charge.tax_ids.mapped("name"))
            details.append(self.env._("Tax: %s", taxes))
        if charge.fiscal_position_id:
            name = charge.fiscal_position_id.name
            details.append(self.env._("Fiscal position: %s", name))
        return details

    @api.model
    def _describe_standing(self, charge):
        """Return a charge's kind and number, and whether it counts, or why not."""
        kinds = dict(charge._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(kind)s, settlement %(number)s: %(standing)s",
            kind=kinds[charge.kind],
            number=charge.settlement,
            standing=self._standing(charge),
        )

    @api.model
    def _standing(self, charge):
        env = self.env
        if charge.counts:
            return env._("counts")
        if charge.is_goodwill and charge.is_valid:
            return env._("goodwill, which is not billed again")
        if charge.is_valid and charge.kind == "counter":
            return env._("its claim is taken back in full")
        if charge.is_valid:
            return env._("taken back in full, so its days may be billed again")
        if charge.release_reason:
            return env._("does not count (%s)", charge.release_reason)
        if charge.kind == "counter":
            return env._("does not count, as the credit note is not posted")
        return env._("does not count, as its document is cancelled or deleted")

    @api.model
    def _describe_counter(self, charge):
        """Return how much of its claim a counter-charge takes back."""
        taken = self.env._(
            "Takes back %(amount)s of %(claim)s",
            amount=self._price(charge, -charge.amount),
            claim=self._price(charge, charge.origin_charge_id.amount),
        )
        return list(filter(None, (taken, charge.release_reason)))

    @api.model
    def _describe_opening(self, charge):
        """Return that and by which document an earlier system billed something."""
        env = self.env
        text = env._("Billed before this system")
        if charge.opening_reference:
            text = env._("Billed before this system by %s", charge.opening_reference)
        by = self._by(charge.create_uid, charge.create_date)
        return [text, env._("Entered by %s", by)]

    @api.model
    def _describe_correction(self, charge):
        """Return what is right by now, and what was claimed for it before."""
        env = self.env
        basis = to_basis(charge.kind, charge.basis)
        details = [env._("Right for these days is:")] if basis else []
        details += [line for piece in basis for line in self._describe(charge, piece)]
        if not basis:
            details.append(env._("Nothing is under contract on these days any more."))
        claimed = sum(map(to_decimal, charge.compared_charge_ids.mapped("amount")))
        details.append(
            env._(
                "Claimed before %(before)s, this charge %(amount)s, together %(after)s",
                before=self._price(charge, claimed),
                amount=self._price(charge, charge.amount),
                after=self._price(charge, claimed + to_decimal(charge.amount)),
            )
        )
        return details

    @api.model
    def _describe(self, charge, piece):
        """Return what a slice contains, and how its price comes about."""
        charges = self.env["msp.charge"]
        content = charges._format_content(
            self.env, charge.contract_id, charge.position_id, piece
        )
        days = charges._format_days(self.env, piece.start, piece.end)
        return [f"{days}: {content}", *self._describe_scheme(charge, piece)]

    @api.model
    def _describe_scheme(self, charge, piece):
        """Return the price scheme of a slice, and its steps for a whole period."""
        if not piece.pricing:
            return []
        env, currency = self.env, charge.currency_id
        scheme = describe_pricing(env, piece.pricing, currency)
        details = [
            env._(
                "%(quantity)s %(unit)s, %(scheme)s",
                quantity=format_number(env, piece.quantity),
                unit=charge.position_id.product_uom_id.name,
                scheme=scheme,
            )
        ]
        if piece.pricing.model in TIERED:
            # Only tiers have prices of their own; others say theirs above.
            steps = steps_of(piece.quantity, piece.unit_price, pricing=piece.pricing)
            text = describe_steps(env, steps, currency)
            details.append(env._("For a whole period: %s", text))
        return details

    @api.model
    def _describe_product(self, charge):
        """Return quantity x price x share of days, and what was rounded."""
        env = self.env
        piece = Basis(
            charge.date_start,
            day_after(charge.date_end),
            to_decimal(charge.quantity),
            to_decimal(charge.price_unit),
            to_decimal(charge.discount),
        )
        content = env["msp.charge"]._format_content(
            env, charge.contract_id, charge.position_id, piece
        )
        share = Fraction(charge.days, charge.days_of_period or 1)
        part = env._(
            "%(used)s of %(whole)s days", used=charge.days, whole=charge.days_of_period
        )
        if charge.kind == "one_off":
            part = ""
        elif abs(share - Fraction(to_decimal(charge.factor))) > Fraction(1, 10**9):
            share = Fraction(to_decimal(charge.factor))
            part = env._("factor %s", format_number(env, charge.factor))
        exact = (
            Fraction(piece.quantity)
            * Fraction(piece.unit_price)
            * (1 - Fraction(piece.discount) / 100)
            * share
        )
        content = ", ".join(filter(None, (content, part)))
        details = [f"{content} = {self._price(charge, charge.amount)}"]
        product = round_money(exact, charge.currency_id.decimal_places)
        if product != to_decimal(charge.amount):
            details.append(
                env._(
                    "By itself %s; rounded so that all parts of the period add up",
                    self._price(charge, product),
                )
            )
        for one in to_basis(charge.kind, charge.basis) or ():
            details += self._describe_scheme(charge, one)
        return details

    @api.model
    def _price(self, charge, amount):
        return format_price(self.env, charge.currency_id, amount)
