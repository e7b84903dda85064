from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from odoo import models

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching import included, supplied

#: What a component's quantity is called that is not its bundle's.
BUNDLE_CAUSES = ("more_than_bundle", "less_than_bundle")


class MspReconciliation(models.Model):
    """Bundles: the provider supplies components, the customer pays for the bundle."""

    _inherit = "msp.reconciliation"

    def _load_contents(self, positions, as_of):
        """Let bundles say what their components contain, and what of it is billed.

        So a component that the bundle pays for is neither leakage nor over-billed,
        and one of which the file says more or less than the bundle is found.
        """
        contents, billed, stand_ins = super()._load_contents(positions, as_of)
        components = [position for position in positions if position.bundle_id]
        if not components:
            return contents, billed, stand_ins
        days = self._load_component_days(components)
        # Read at once what explanations may name.
        bundles = {component.bundle_id for component in components}
        self.env["msp.contract.position"].browse(bundles).mapped("display_name")
        for component in components:
            bundle = component.bundle_id
            factor = to_decimal(component.bundle_quantity)
            for side in (contents, billed):
                side[component.id] = included(
                    side.get(bundle, ()), factor, days[component.id]
                )
            if stand_in := stand_ins.get(bundle):
                stand_ins[component.id] = replace(
                    stand_in, unit_price=Fraction(0), is_included=True
                )
        return contents, billed, stand_ins

    def _load_component_days(self, components):
        """Return {position id: [(first day, day after)]} until the month's end."""
        days = defaultdict(list)
        meant, month_end = {component.id for component in components}, self._end()
        contracts = self.env["msp.contract"].browse(
            {component.contract_id for component in components}
        )
        for contract_lines in contracts._load_lines().values():
            for line in contract_lines:
                if line.position in meant and line.start < month_end:
                    end = min(line.end or month_end, month_end)
                    days[line.position].append((line.start, end))
        return {component.id: sorted(days[component.id]) for component in components}

    def _get_cost_at_stake(self, found, chains):
        """Return the cost of what is supplied beside the bundle, or less than it.

        Likewise of what is given away. Of no other price is anything known. It is the
        share of the month's cost that the difference has in quantity and days.
        """
        cost = sum((chain.cost for chain in chains), Decimal(0))
        has_share = found.cause in BUNDLE_CAUSES or self._is_given_away(found)
        all_units = self._get_supplied_units(chains) if has_share else 0
        if not all_units:
            return cost
        units = Fraction(abs(found.supplied - found.contained))
        days = (found.end - found.start).days
        return float(Fraction(cost) * units * days / all_units)

    def _get_supplied_units(self, chains):
        """Return the units of all days of the month added up, as the files say."""
        first, end = self.month, self._end()
        return sum(
            Fraction(one.quantity)
            * max((min(one.end or end, end) - max(one.start, first)).days, 0)
            for chain in chains
            for one in supplied(chain.statements)
        )

    def _explain_difference(self, position, found, chains):
        text = super()._explain_difference(position, found, chains)
        if not position.bundle_id:
            return text
        bundle = self.env["msp.contract.position"].browse(position.bundle_id)
        sentence = self.env._(
            "It is part of %(bundle)s, with %(count)s each; the customer pays for the "
            "bundle.",
            bundle=bundle.display_name,
            count=f"{position.bundle_quantity:g}",
        )
        return f"{text}\n{sentence}"
