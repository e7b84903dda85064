from odoo import fields, models

#: The column of a unique index. Not the whole name, in which a translation makes a
#: difference.
NAME_COLUMN = "((name->>'en_US'))"


class MspMasterMixin(models.AbstractModel):
    """Master data that is chosen by name, of one company or of all."""

    _name = "msp.master.mixin"
    _description = "Master data of one company or of all"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies."
    )


class MspListMixin(models.AbstractModel):
    """An entry of a free list, which all companies share."""

    _name = "msp.list.mixin"
    _description = "Entry of a free list"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
