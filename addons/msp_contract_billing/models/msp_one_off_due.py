from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from fractions import Fraction

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import Charge
from .money import day_after, to_decimal


class MspOneOff(models.Model):
    """What is due of a one-off charge: its amount less what its charges claim."""

    _inherit = "msp.one.off"

    def _exact_amount(self):
        """Return quantity x price, rounded half up to the currency's digits."""
        self.ensure_one()
        # Two digits while the form has no contract yet.
        digits = self.currency_id.decimal_places if self.currency_id else 2
        step = Decimal(1).scaleb(-digits)
        amount = to_decimal(self.quantity) * to_decimal(self.price_unit)
        try:
            return amount.quantize(step, ROUND_HALF_UP)
        except InvalidOperation as error:
            raise UserError(
                self.env._(
                    "%(quantity)s × %(price)s is too large to be billed. Check quantity "
                    "and price.",
                    quantity=self.quantity,
                    price=self.price_unit,
                )
            ) from error

    def _claims(self):
        """Return the charges that count; credits of them that count included."""
        # sudo: a claim that a record rule hides would be billed again
        return self.sudo().position_id.charge_ids.filtered("counts")

    def _carrying_moves(self):
        """Return the invoices on which it stands, credit notes of them left out."""
        claims = self._claims()
        return claims.filtered(lambda charge: charge.kind != "counter").move_id

    def _open_amount(self):
        """Return what its charges do not claim."""
        claimed = sum(to_decimal(amount) for amount in self._claims().mapped("amount"))
        return self._exact_amount() - claimed

    def _prepare_position_vals(self):
        """Return the values by which its position follows it."""
        self.ensure_one()
        return {
            "product_id": self.product_id.id,
            "product_uom_id": self.product_uom_id.id,
            "name": (self.name or "").partition("\n")[0],
            "environment_id": self.environment_id.id,
            "purchase_order": self.purchase_order,
            "analytic_distribution": self.analytic_distribution,
        }

    def _to_charge(self):
        """Return the `billing.Charge` that is due.

        After a credit that is billed again only in part, it is the rest.
        """
        self.ensure_one()
        claims = self._claims()
        rest = self._open_amount()
        quantity, price = to_decimal(self.quantity), to_decimal(self.price_unit)
        if claims:
            quantity, price = Decimal(1 if rest > 0 else -1), abs(rest)
        return Charge(
            position=self.position_id.id,
            start=self.date,
            end=day_after(self.date),
            quantity=quantity,
            unit_price=price,
            discount=Decimal(0),
            factor=Fraction(1),
            amount=rest,
            kind="one_off",
            days=(1, 1),
            basis=(),
            text=self.name,
            entitled=self._exact_amount(),
            claimed=self._exact_amount() - rest,
            key=self.id,
        )

    def _explain(self, env, charge_model, charge):
        """Return the text of the invoice line of a `billing.Charge`."""
        self.ensure_one()
        contract = self.contract_id
        content = charge_model._format_content(env, contract, self.position_id, charge)
        if charge.claimed:
            content = env._("%s, to be billed after a credit in part", content)
        return "\n".join(
            [
                charge.text,
                env._(
                    "%(day)s, contract %(contract)s: %(content)s",
                    day=format_date(env, self.date),
                    contract=contract.name,
                    content=content,
                ),
            ]
        )
