from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from .guards import refuse_related
from .msp_contract_waiting import company_today

#: What follows from the contract, stored for rights and lists.
RELATED_FIELDS = ("company_id", "partner_id")
STATES = [("active", "On Hold"), ("ended", "Ended"), ("lifted", "Lifted")]
#: What stays as it was entered; a hold of something else is another hold.
FIXED = {"contract_id", "position_ids", "user_id", "lifted_at", "lifted_by_id"}


class MspHold(models.Model):
    """A contract, or some of its positions, that is not billed for a while.

    It ends by itself with its last day: whether it holds is computed from the days
    and nothing is written when it ends. What was due meanwhile is billed by the
    next run.
    """

    _name = "msp.hold"
    _description = "Hold"
    _inherit = "msp.action.mixin"
    _order = "id desc"
    _rec_name = "contract_id"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True
    )
    position_ids = fields.Many2many(
        "msp.contract.position",
        "msp_hold_position_rel",
        "hold_id",
        "position_id",
        "Only Positions",
        domain="[('contract_id', '=', contract_id)]",
        help="Empty: the whole contract.",
    )
    reason = fields.Char(required=True, help="Shown wherever the charges wait.")
    date_until = fields.Date(
        "Last Day",
        help="The day after, billing goes on by itself. Empty: until it is lifted.",
    )
    user_id = fields.Many2one(
        "res.users", "Put By", default=lambda self: self.env.user, readonly=True
    )
    lifted_at = fields.Datetime(readonly=True, copy=False)
    lifted_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    state = fields.Selection(STATES, compute="_compute_state", search="_search_state")

    @api.depends("lifted_at", "date_until", "company_id")
    def _compute_state(self):
        for hold in self:
            today = company_today(hold.company_id or self.env.company)
            if hold.lifted_at:
                hold.state = "lifted"
            elif hold.date_until and hold.date_until < today:
                hold.state = "ended"
            else:
                hold.state = "active"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._state_domain(state) for state in value)

    @api.model
    def _state_domain(self, state):
        if state == "lifted":
            return Domain("lifted_at", "!=", False)
        # Companies live in different time zones, so it is not one day for all.
        # sudo: the user need not see all companies; rules decide on the holds
        # pylint: disable-next=no-search-all
        companies = self.env["res.company"].sudo().search([])
        open_ended = Domain("date_until", "=", False)
        running = Domain.OR(
            Domain("company_id", "=", company.id)
            & (open_ended | Domain("date_until", ">=", company_today(company)))
            for company in companies
        )
        not_lifted = Domain("lifted_at", "=", False)
        if state == "active":
            return not_lifted & running
        return not_lifted & ~running if state == "ended" else Domain.FALSE

    @api.constrains("reason")
    def _check_reason(self):
        for hold in self:
            if not (hold.reason or "").strip():
                raise ValidationError(self.env._("Say why the contract is on hold."))

    @api.constrains("date_until")
    def _check_date_until(self):
        for hold in self.filtered(lambda hold: hold.state == "ended"):
            raise ValidationError(
                self.env._(
                    "The last day %(day)s is over, so nothing would be held. Enter "
                    "today or a later day, or lift the hold.",
                    day=format_date(self.env, hold.date_until),
                )
            )

    @api.constrains("contract_id", "position_ids")
    def _check_positions(self):
        for hold in self:
            others = hold.position_ids.filtered(
                lambda position, hold=hold: position.contract_id != hold.contract_id
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "Position %(position)s does not belong to contract "
                        "%(contract)s. Put its own contract on hold.",
                        position=others[0].display_name,
                        contract=hold.contract_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            # Named here, as the context's defaults fill what is not.
            vals.update(user_id=self.env.uid, lifted_at=False, lifted_by_id=False)
        refuse_related(self, vals_list, RELATED_FIELDS)
        holds = super().create(vals_list)
        holds.contract_id._mark_to_settle()
        for hold in holds:
            hold._post(
                self.env._(
                    "%(what)s put on hold %(until)s: %(reason)s",
                    what=hold._what(),
                    until=hold._until(),
                    reason=hold.reason,
                )
            )
        return holds

    def write(self, vals):
        refuse_related(self, [vals], RELATED_FIELDS)
        if FIXED & set(vals):
            raise UserError(
                self.env._(
                    "Only the reason and the last day of a hold can be changed. Lift it "
                    "and put the contract on hold again."
                )
            )
        for hold in self.filtered(lambda hold: hold.state != "active"):
            raise UserError(
                self.env._(
                    "The hold of contract %(contract)s is over (%(state)s) and stays as "
                    "it was. Put the contract on hold again.",
                    contract=hold.contract_id.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        hold.state
                    ],
                )
            )
        result = super().write(vals)
        self.contract_id._mark_to_settle()
        for hold in self:
            hold._post(
                self.env._(
                    "%(what)s on hold %(until)s: %(reason)s",
                    what=hold._what(),
                    until=hold._until(),
                    reason=hold.reason,
                )
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A hold stays on record. Lift it to bill the contract again.")
        )

    def action_lift(self):
        """End holds today; what was due meanwhile is billed by the next run."""
        self.check_access("write")
        holds = self.filtered(lambda hold: hold.state == "active")
        super(MspHold, holds).write(
            {"lifted_at": fields.Datetime.now(), "lifted_by_id": self.env.uid}
        )
        holds.contract_id._mark_to_settle()
        for hold in holds:
            hold._post(self.env._("%s is billed again: hold lifted", hold._what()))
        return True

    def _post(self, body):
        # sudo: who may put a contract on hold need not have the right to change it
        self.contract_id.sudo().message_post(
            body=body, author_id=self.env.user.partner_id.id
        )

    def _what(self):
        """Return what is on hold, in words."""
        self.ensure_one()
        names = ", ".join(position.name for position in self.position_ids)
        return names or self.env._("The contract")

    def _until(self):
        self.ensure_one()
        if not self.date_until:
            return self.env._("until it is lifted")
        return self.env._("until %s", format_date(self.env, self.date_until))

    def _sentence(self):
        """Return who put what on hold until when, and why."""
        self.ensure_one()
        return self.env._(
            "On hold %(until)s (%(user)s: %(reason)s)",
            until=self._until(),
            user=self.user_id.name,
            reason=self.reason,
        )
