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
    """Links that whatever deletes records of this side deletes with them."""

    def update_db_foreign_keys(self, model):
        """Make none."""
