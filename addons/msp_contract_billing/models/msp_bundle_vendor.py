from dataclasses import replace

from odoo import api, models


class MspVendorCommitment(models.Model):
    """Fewer bundles are fewer of what the vendors supply for them."""

    _inherit = "msp.vendor.commitment"

    @api.model
    def _find_warnings(self, reductions):
        reductions = list(reductions)
        positions = self.env["msp.contract.position"].union(
            *(one.position._origin for one in reductions)
        )
        components = positions.component_ids.grouped("bundle_id")
        named = {(one.position._origin, one.day, one.last) for one in reductions}
        parts = [
            [
                replace(
                    one,
                    position=component,
                    quantity=component._get_bundled(one.quantity),
                )
                for component in components.get(one.position._origin, ())
                if (component, one.day, one.last) not in named
                and component._line_on(one.day)
            ]
            for one in reductions
        ]
        # All at once, as each call reads the commitments.
        flat = [component for listed in parts for component in listed]
        found = super()._find_warnings([*reductions, *flat])
        rest = iter(found[len(reductions) :])
        return [
            [*own, *(sentence for _one in listed for sentence in next(rest))]
            for own, listed in zip(found, parts, strict=False)
        ]
