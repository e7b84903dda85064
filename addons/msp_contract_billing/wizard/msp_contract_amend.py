from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .msp_contract_amend_line import CONTENT
from .readable import readable


def shown_field(kind, name, flag, getter):
    """Return a field of a mixin as the wizard has it: filled in from the contract.

    Each has a compute of its own, so that a caller may give just those that change.
    What was entered stays when the day changes.

    :param kind: class of the field
    :param flag: name of the field that says whether anything may be entered
    :param getter: name of the method that returns what the contract has on a day
    """

    @api.depends("contract_id", "date_start")
    def compute(self):
        for amend in self:
            get = getattr(amend, getter)
            shown = get(amend.terms_shown_date)
            is_entered = (
                amend[flag] and amend.terms_shown_date and amend[name] != shown[name]
            )
            amend[name] = amend[name] if is_entered else get(amend.date_start)[name]

    return kind(compute=compute, store=True, readonly=False, default=None)


class MspContractAmend(models.TransientModel):
    """Enter what a contract shall contain from a day on, as one new version."""

    _name = "msp.contract.amend"
    _description = "Change contract"
    _inherit = "msp.contract.preview.mixin"

    cause = fields.Selection(
        selection=lambda self: (
            self.env["msp.contract.version"]
            ._fields["cause"]
            ._description_selection(self.env)
        ),
        required=True,
        default="request",
    )
    reason = fields.Char(help="Printed on the corrections that follow from it.")
    line_ids = fields.One2many(
        "msp.contract.amend.line",
        "amend_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    has_schemes = fields.Boolean(compute="_compute_has_schemes")

    @api.depends("contract_id", "date_start")
    def _compute_line_ids(self):
        for amend in self:
            entered = {line.position_id: line._get_edits() for line in amend.line_ids}
            new = amend.line_ids.filtered(lambda line: not line.position_id)
            amend.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "position_id": line.position_id.id,
                            "product_id": line.product_id.id,
                            "content_date": amend.date_start,
                            **{name: line[name] for name in CONTENT},
                            **entered.get(line.position_id, {}),
                        }
                    )
                    for line in amend._get_content()
                ),
                *(Command.create(line._get_entered()) for line in new),
            ]

    @api.depends("line_ids.old_pricing_label")
    def _compute_has_schemes(self):
        for amend in self:
            amend.has_schemes = any(amend.line_ids.mapped("old_pricing_label"))

    def _get_content(self):
        """Return the contract's lines on the first day of the change."""
        self.ensure_one()
        lines = readable(self.contract_id).line_ids
        return lines._on(self.date_start) if self.date_start else lines.browse()

    @api.onchange("date_start", "date_end", "line_ids")
    def _onchange_forget_preview(self):
        """What is shown must not be the cost of something else."""
        self.preview = False

    def _get_reopen_action(self):
        return {**self.contract_id.action_amend(), "res_id": self.id}

    def _record(self):
        """Return drafts of what differs; nothing changed is a question."""
        self._check_days_plausible(self.date_start, self.date_end)
        versions = super()._record()
        if not versions:
            raise UserError(
                self.env._(
                    "Nothing is different from what contract %(contract)s contains on "
                    "%(day)s. Change a quantity, price or discount, or add a line.",
                    contract=self.contract_id.display_name,
                    day=format_date(self.env, self.date_start),
                )
            )
        return versions

    def _prepare_version_vals(self, day, vals_list):
        return {
            **super()._prepare_version_vals(day, vals_list),
            "cause": self.cause,
            "reason": self.reason,
        }

    def _prepare_changes(self):
        changes = [vals for line in self.line_ids for vals in line._prepare_changes()]
        return {self.date_start: changes} if changes else {}
