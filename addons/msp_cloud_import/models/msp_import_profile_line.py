from odoo import api, fields, models

from ..formats import TARGETS
from .msp_provider_charge import EVENT_NAMES


class MspImportProfileLine(models.AbstractModel):
    """A line of a column profile: whoever may change the profile may change it."""

    _name = "msp.import.profile.line.mixin"
    _description = "Line of a column profile"
    _order = "profile_id, sequence, id"

    profile_id = fields.Many2one(
        "msp.import.profile", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="profile_id.company_id", store=True)
    sequence = fields.Integer(default=10)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self.profile_id._check_system_fields(vals)
        lines = super().create(vals_list)
        lines._check_may_change()
        return lines

    def write(self, vals):
        self.profile_id._check_system_fields(vals)
        self._check_may_change()
        result = super().write(vals)
        if "profile_id" in vals:
            self._check_may_change()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_confirmed(self):
        self._check_may_change()

    def _check_may_change(self):
        self.profile_id._check_may_change({"column_ids", "word_ids"})


class MspImportProfileColumn(models.Model):
    """A column of a file and what it means, or the usual spellings of one."""

    _name = "msp.import.profile.column"
    _description = "Column of a column profile"
    _inherit = "msp.import.profile.line.mixin"

    name = fields.Text(
        "Column",
        required=True,
        help="The name in the file. In a template: usual names, one per line.",
    )
    target = fields.Selection(
        [(target.name, str(target.title)) for target in TARGETS],
        "Means",
        help="Empty: the column is not used; its cells are kept with the row.",
    )
    reason = fields.Char("Suggested Because", readonly=True)
    samples = fields.Char("In the File", compute="_compute_samples")

    @api.depends("name", "profile_id.import_ids.state")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_samples(self):
        # Kept with the import: other companies share the profile, not the data.
        for column in self:
            samples = column.profile_id.waiting_import_id.column_samples or {}
            column.samples = samples.get(column.name, False)

    def _get_spellings(self):
        """Return the names by which the column is recognised."""
        if not self.profile_id.is_template:
            return (self.name,)
        return tuple(filter(None, map(str.strip, self.name.splitlines())))


class MspImportProfileWord(models.Model):
    """A word in the column "Kind of charge" and what it means."""

    _name = "msp.import.profile.word"
    _description = "Word of a column profile"
    _inherit = "msp.import.profile.line.mixin"

    name = fields.Char("Word in the File", required=True)
    event = fields.Selection(
        EVENT_NAMES,
        "Means",
        help="Empty: not known; rows with it wait until somebody decides.",
    )
    row_count = fields.Integer(
        "Rows", readonly=True, help="As counted when the file was checked last."
    )
