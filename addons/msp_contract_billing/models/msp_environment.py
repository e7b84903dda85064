from odoo import models

from .msp_master_mixin import NAME_COLUMN


class MspEnvironment(models.Model):
    """What a position is used for, such as production or test: a free list."""

    _name = "msp.environment"
    _description = "Environment"
    _inherit = "msp.list.mixin"

    _name_unique = models.UniqueIndex(NAME_COLUMN, "An environment exists once.")
