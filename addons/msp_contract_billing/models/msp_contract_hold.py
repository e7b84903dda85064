from odoo import api, fields, models
from odoo.exceptions import UserError

from .msp_contract_waiting import Waiting


class MspContract(models.Model):
    """Contracts on hold: what is due for them waits."""

    _inherit = "msp.contract"

    hold_ids = fields.One2many("msp.hold", "contract_id", "Holds")
    active_hold_ids = fields.One2many("msp.hold", compute="_compute_holds")
    hold_label = fields.Text("On Hold", compute="_compute_holds")

    @api.depends("hold_ids.state")
    def _compute_holds(self):
        for contract in self:
            holds = contract.hold_ids.filtered(lambda hold: hold.state == "active")
            contract.active_hold_ids = holds
            contract.hold_label = "\n".join(
                f"{hold._what()}: {hold._sentence()}" for hold in holds
            )

    def _find_waiting(self):
        """Add the positions that somebody has put on hold."""
        waiting = super()._find_waiting()
        # sudo: a hold that a record rule hides holds as well
        holds = (
            self.env["msp.hold"]
            .sudo()
            .search([("contract_id", "in", self.ids), ("state", "=", "active")])
        )
        # The newest of several holds speaks, one of the position before all.
        whole = holds.filtered(lambda hold: not hold.position_ids).contract_id
        # One-off charges have positions of their own, which wait as well.
        # sudo: one that a record rule hides waits with its contract
        positions = (
            self.env["msp.contract.position"]
            .sudo()
            .search([("contract_id", "in", whole.ids)])
            .grouped("contract_id")
        )
        for hold in holds.sorted(lambda hold: (bool(hold.position_ids), hold.id)):
            reason = Waiting(
                "hold", hold._sentence(), hold.date_until or None, hold.user_id.name
            )
            held = hold.position_ids or positions.get(hold.contract_id, ())
            waiting |= {position.id: reason for position in held}
        return waiting

    def action_hold(self):
        """Open the question why, and until when, the contract is on hold."""
        self.ensure_one()
        action = self._action_ask(
            self.env._("Put %s on Hold", self.name),
            "msp.hold",
            {"default_contract_id": self.id},
        )
        form = self.env.ref("msp_contract_billing.msp_hold_view_form_new")
        return {**action, "views": [(form.id, "form")]}

    def action_lift_holds(self):
        self.active_hold_ids.action_lift()
        return True

    def action_view_holds(self):
        return self._action_view(
            self.env._("Holds"), "msp.hold", [("contract_id", "in", self.ids)]
        )


class MspContractPosition(models.Model):
    _inherit = "msp.contract.position"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        """Keep what is on hold: a hold without positions holds the whole contract."""
        # sudo: the guard holds for users without rights on holds as well
        holds = self.env["msp.hold"].sudo()
        hold = holds.search([("position_ids", "in", self.ids)], limit=1)
        if hold:
            raise UserError(
                self.env._(
                    "%(position)s is or was on hold (%(reason)s) and stays on record. "
                    "End it by a version instead.",
                    position=(hold.position_ids & self)[:1].name,
                    reason=hold.reason,
                )
            )
