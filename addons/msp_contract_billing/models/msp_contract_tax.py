from functools import cache
from typing import NamedTuple

from odoo import fields, models

from ..billing.regimes import split_by_regime


class TaxRegime(NamedTuple):
    """What a charge's tax depends on; two of them do not share an invoice line."""

    fiscal_position: int
    taxes: tuple[int, ...]


class MspContract(models.Model):
    """The taxes of charges: those of their days, or of what they correct."""

    _inherit = "msp.contract"

    def _prepare_charge_vals(self, charges):
        """Return the values of the ledger's rows for `charges` of this contract.

        A charge whose days bear different taxes becomes several.
        """
        self.ensure_one()
        positions = self.env["msp.contract.position"].browse(
            {charge.position for charge in charges}
        )
        taxes = {position.id: self._get_taxes(position) for position in positions}
        charge_model = self.env["msp.charge"]
        vals_list = []
        for regime, charge in self._split_by_tax(charges, taxes):
            vals = charge_model._prepare_vals(self, charge, taxes)
            vals["tax_ids"] = [fields.Command.set(regime.taxes)]
            vals["fiscal_position_id"] = regime.fiscal_position
            vals_list.append(vals)
        return vals_list

    def _split_by_tax(self, charges, taxes_by_position):
        """Return (`TaxRegime`, `billing.Charge`), cut where the taxes change.

        A changed customer tax status is no difference in price: what was claimed
        keeps its taxes, and new periods get those of the fiscal position.
        """
        claimed_under = self._claimed_under(charges)
        load_history = cache(lambda: self._load_histories()[self.id])
        result = []
        for charge in charges:
            taxes = taxes_by_position[charge.position]
            result += split_by_regime(
                charge,
                load_history,
                claimed_under,
                cache(lambda day, taxes=taxes: self._tax_regime_on(taxes, day)),
                taxes._msp_change_days(),
                self.currency_id.decimal_places,
            )
        return result

    def _tax_regime_on(self, taxes, day):
        """Return the `TaxRegime` of a new charge for a service on `day`."""
        return TaxRegime(self.fiscal_position_id.id, tuple(taxes._msp_on(day).ids))

    def _claimed_under(self, charges):
        """Return the `TaxRegime` of the claims that `charges` correct, by their id.

        Opening claims are left out, as nobody knows what they bore.
        """
        ids = {claim.key for charge in charges for claim in charge.claims}
        # sudo: a claim that a record rule hides is corrected with its taxes as well
        claims = self.env["msp.charge"].sudo().browse(ids)
        return {
            claim.id: TaxRegime(
                claim.fiscal_position_id.id,
                # A clerk may have put other taxes on the invoice.
                tuple((claim.move_line_id or claim).tax_ids.ids),
            )
            for claim in claims
            if claim.kind != "opening"
        }
