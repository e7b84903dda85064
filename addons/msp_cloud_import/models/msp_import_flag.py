from odoo import fields, models


class MspImportFlag(models.Model):
    """A reason to look at a proposed change, shown as a badge.

    The addon brings them; no group may enter or change any.
    """

    _name = "msp.import.flag"
    _description = "Reason to look at a proposed change"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    note = fields.Char("Meaning", translate=True)

    _code_unique = models.Constraint("UNIQUE (code)", "Each flag exists once.")

    def _load_by_code(self):
        """Return {code: id} of all flags."""
        return {flag.code: flag.id for flag in self.search([])}
