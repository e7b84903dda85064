from odoo import fields, models


class MspEnvironment(models.Model):
    """What a position is used for, such as production or test: a free list."""

    _name = "msp.environment"
    _description = "Environment"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        # Not the whole column, in which a translation makes a difference.
        "((name->>'en_US'))",
        "An environment exists once.",
    )
