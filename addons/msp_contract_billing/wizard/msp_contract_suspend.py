from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .readable import readable


class MspContractSuspend(models.TransientModel):
    """Bill nothing, or a reduced price, for a while; or bill it again."""

    _name = "msp.contract.suspend"
    _description = "Suspend or resume contract"
    _inherit = "msp.contract.preview.mixin"

    mode = fields.Selection(
        [("suspend", "Suspend"), ("resume", "Resume")],
        required=True,
        default="suspend",
    )
    date_end = fields.Date(
        help="Last day of the suspension; from the next day on it is billed again. "
        "Empty: until somebody resumes it."
    )
    position_ids = fields.Many2many(
        "msp.contract.position",
        string="Only Positions",
        domain="[('id', 'in', running_ids)]",
        help="Empty: the whole contract, also what is added to it meanwhile.",
    )
    running_ids = fields.Many2many(
        "msp.contract.position", compute="_compute_running_ids"
    )
    billed_share = fields.Float(
        "Billed Meanwhile (%)",
        min_display_digits="Discount",
        help="0: nothing is billed. 30: 30 % of the price, for keeping it available.",
    )
    reason = fields.Char(required=True, help="Printed on corrections of billed days.")
    suspension_label = fields.Text(
        related="contract_id.suspension_label", related_sudo=False
    )

    @api.depends("contract_id", "date_start")
    def _compute_running_ids(self):
        for wizard in self:
            lines, day = readable(wizard.contract_id).line_ids, wizard.date_start
            wizard.running_ids = lines._on(day).position_id if day else False

    @api.onchange("date_start", "date_end", "position_ids", "billed_share")
    def _onchange_forget_preview(self):
        """What is shown must not be the cost of something else."""
        self.preview = False

    def _prepare_version_vals(self, day, vals_list):
        vals = super()._prepare_version_vals(day, vals_list)
        # What is resumed stays so, whatever was entered as the last day before.
        date_end = self.mode == "suspend" and self.date_end
        return {**vals, "date_end": date_end, "reason": self.reason}

    def _prepare_changes(self):
        self.ensure_one()
        self._check_days(self.mode == "suspend" and self.date_end)
        if self.mode == "resume":
            return {self.date_start: self._prepare_resumption()}
        return {self.date_start: self._prepare_suspension()}

    def _check_days(self, date_end):
        contract, first = self.contract_id, self.date_start
        self._check_days_plausible(first, date_end)
        values = {
            "contract": contract.display_name,
            "first": format_date(self.env, first),
        }
        if date_end and date_end < first:
            raise UserError(
                self.env._(
                    "Contract %(contract)s: the last day %(last)s of the suspension is "
                    "before its first day %(first)s. Enter a later last day.",
                    last=format_date(self.env, date_end),
                    **values,
                )
            )
        if not contract.line_ids._on(first):
            raise UserError(
                self.env._(
                    "Contract %(contract)s contains nothing on %(first)s that could be "
                    "suspended. Choose a day on which it runs.",
                    **values,
                )
            )

    def _prepare_suspension(self):
        """Return the values of the changes that suspend."""
        if not 0 <= self.billed_share < 100:
            raise UserError(
                self.env._(
                    "While contract %s is suspended, at least 0 and less than 100 "
                    "percent of the price are billed.",
                    self.contract_id.display_name,
                )
            )
        vals = {"action": "suspend", "billed_share": self.billed_share}
        if not self.position_ids:
            return [vals]
        self._check_running()
        return [{**vals, "position_id": position.id} for position in self.position_ids]

    def _prepare_resumption(self):
        """Return the values of the changes that resume what is suspended."""
        shares = self.contract_id._get_shares(self.date_start)
        suspended = [position for position, share in shares.items() if share < 100]
        if not suspended:
            raise UserError(
                self.env._(
                    "Nothing of contract %(contract)s is suspended on %(day)s. Choose a "
                    "day on which it is, or withdraw the version that suspends it.",
                    contract=self.contract_id.display_name,
                    day=format_date(self.env, self.date_start),
                )
            )
        if self.position_ids:
            suspended = self._choose_of(suspended)
        return [
            {"action": "suspend", "billed_share": 100, "position_id": position.id}
            for position in suspended
        ]

    def _choose_of(self, suspended):
        """Return the chosen positions, all of which are suspended on their own."""
        for position in self.position_ids:
            if position not in suspended:
                raise UserError(
                    self.env._(
                        "%s is not suspended by itself. Leave the positions empty to "
                        "resume the whole contract.",
                        position.name,
                    )
                )
        return self.position_ids

    def _check_running(self):
        for position in self.position_ids - self.running_ids:
            raise UserError(
                self.env._(
                    "%(position)s does not run on %(day)s. Choose positions of contract "
                    "%(contract)s that do.",
                    position=position.name,
                    day=format_date(self.env, self.date_start),
                    contract=self.contract_id.display_name,
                )
            )
