from odoo import models


class Base(models.AbstractModel):
    """In groups by contract, a number alone says nothing: the customer stands there."""

    _inherit = "base"

    def _web_read_group_groupby_formatter(self, groupby_spec, values):
        formatter = super()._web_read_group_groupby_formatter(groupby_spec, values)
        field = self._fields[groupby_spec.partition(":")[0].partition(".")[0]]
        if field.type != "many2one" or field.comodel_name != "msp.contract":
            return formatter
        return lambda contract: formatter(contract.with_context(msp_with_customer=True))
