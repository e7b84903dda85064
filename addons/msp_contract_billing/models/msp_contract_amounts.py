from odoo import models


class MspContract(models.Model):
    """Amounts given from outside, for positions that are priced by them."""

    _inherit = "msp.contract"

    def _load_amounts(self):
        """Return the `billing.Amount` list of positions, keyed by position id.

        A hook: addons that know what others charge (provider charges, readings,
        times) add theirs. The key of each amount names its source for good, so
        that a late or corrected amount changes just the entitlement of its days.
        Only positions whose price scheme is "amounts" bill them. Whoever adds or
        changes amounts calls `_mark_to_settle` on the contracts.
        """
        return {}
