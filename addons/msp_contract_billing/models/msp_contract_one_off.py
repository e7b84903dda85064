from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class MspContract(models.Model):
    """What a contract is billed once, beside its content."""

    _inherit = "msp.contract"

    one_off_ids = fields.One2many("msp.one.off", "contract_id", "One-Off Charges")

    def _load_one_offs(self, until):
        """Return the `billing.Charge` list of one-off charges due, by contract id.

        Whether a contract is to be settled does not matter: only what is open is
        looked at.
        """
        result = {}
        # sudo: a charge that a record rule hides is due as well
        one_offs = self.env["msp.one.off"].sudo()
        for one_off in one_offs.search(
            [
                ("contract_id", "in", self.ids),
                ("state", "=", "open"),
                ("date", "<=", until),
            ],
            order="date, id",
        ):
            result.setdefault(one_off.contract_id.id, []).append(one_off._to_charge())
        return result

    def action_add_one_off(self):
        """Open an empty one-off charge of the contract."""
        self.ensure_one()
        return self._action_ask(
            self.env._("One-Off Charge or Credit"),
            "msp.one.off",
            {"default_contract_id": self.id},
        )


class MspContractPosition(models.Model):
    """Positions of one-off charges: no content, and nobody's to change."""

    _inherit = "msp.contract.position"

    one_off_ids = fields.One2many("msp.one.off", "position_id", "One-Off Charge")

    def write(self, vals):
        # sudo: the guard holds for users without rights on one-off charges as well
        one_off = self.sudo().one_off_ids[:1]
        if one_off:
            raise UserError(
                self.env._(
                    "This position belongs to the one-off charge %s. Change that.",
                    one_off.display_name,
                )
            )
        return super().write(vals)

    def _write_of_one_off(self, vals):
        """Let a position follow its one-off charge, past the guard."""
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_one_off(self):
        # sudo: the guard holds for users without rights on one-off charges as well
        one_off = self.sudo().one_off_ids[:1]
        if one_off:
            raise UserError(
                self.env._(
                    "This position belongs to the one-off charge %s, which stays on "
                    "record. Cancel that instead.",
                    one_off.display_name,
                )
            )


class MspContractChange(models.Model):
    _inherit = "msp.contract.change"

    @api.constrains("position_id")
    def _check_not_one_off(self):
        for change in self:
            # sudo: the guard holds for users without rights on one-off charges too
            if change.sudo().position_id.one_off_ids:
                raise ValidationError(
                    self.env._(
                        "%(position)s is a one-off charge of contract %(contract)s and "
                        "no part of its content. Choose or begin another position.",
                        position=change.position_id.name,
                        contract=change.contract_id.display_name,
                    )
                )
