from odoo import fields, models


class MspChurnReason(models.Model):
    """Why customers end contracts, or parts of them: a free list, for reports."""

    _name = "msp.churn.reason"
    _description = "Reason of a termination"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)

    _name_unique = models.UniqueIndex(
        # Not the whole column, in which a translation makes a difference.
        "((name->>'en_US'))",
        "A reason exists once.",
    )
