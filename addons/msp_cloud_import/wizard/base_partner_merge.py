from odoo import models

from ..models.unchecked_links import UncheckedMany2one


class MergePartnerAutomatic(models.TransientModel):
    """Merging rewrites links without a foreign key as well."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _get_fk_on(self, table):
        return [
            *super()._get_fk_on(table),
            *(
                (model._table, field.name)
                for model in self.env.values()
                if model._auto
                for field in model._fields.values()
                if isinstance(field, UncheckedMany2one)
                and field.store
                and self.env[field.comodel_name]._table == table
            ),
        ]
