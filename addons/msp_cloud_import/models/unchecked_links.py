from odoo import fields


class UncheckedMany2one(fields.Many2one):
    """A link without a foreign key, for tables that get a hundred thousand rows at once.

    The database looks up each link of each row that it stores, once more when what
    it refers to is deleted: most of the time of storing rows. So only where something
    else keeps what is referred to: another link of the row to what has the same link
    with a key, or a guard that refuses to delete what rows refer to.
    """

    def update_db_foreign_key(self, model, column):
        """Make none."""


class UncheckedMany2many(fields.Many2many):
    """Links that go with the records of this side, where the others go with them."""

    def update_db_foreign_keys(self, model):
        """Make none to the other side."""
        model.pool.add_foreign_key(
            self.relation,
            self.column1,
            model._table,
            "id",
            "cascade",
            model,
            self._module,
            force=False,
        )
