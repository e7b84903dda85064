from odoo import models

from .msp_master_mixin import NAME_COLUMN


class MspChurnReason(models.Model):
    """Why customers end contracts, or parts of them: a free list, for reports."""

    _name = "msp.churn.reason"
    _description = "Reason of a termination"
    _inherit = "msp.list.mixin"

    _name_unique = models.UniqueIndex(NAME_COLUMN, "A reason exists once.")
