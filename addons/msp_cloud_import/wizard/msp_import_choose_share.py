from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..preparation import Share, share_out


class MspImportChooseShare(models.TransientModel):
    """One of the positions that share a subscription."""

    _name = "msp.import.choose.share"
    _description = "Share of a subscription to choose"

    choose_id = fields.Many2one("msp.import.choose", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="choose_id.company_id", related_sudo=False)
    commercial_partner_id = fields.Many2one(
        related="choose_id.commercial_partner_id", related_sudo=False
    )
    position_id = fields.Many2one("msp.contract.position")
    contract_id = fields.Many2one(
        "msp.contract", "New Position In", help="Instead of an existing position."
    )
    quantity = fields.Float("Units", min_display_digits="Product Unit")
    takes_rest = fields.Boolean(help="Gets what the others leave, more or fewer.")

    def _prepare_vals(self):
        return {
            "position_id": self.position_id.id,
            "contract_id": not self.position_id and self.contract_id.id,
            "quantity": self.quantity,
            "takes_rest": self.takes_rest,
        }

    def _check_complete(self):
        if len(self) < 2:
            raise UserError(self.env._("Enter at least two shares."))
        if len(self.filtered("takes_rest")) != 1:
            raise UserError(
                self.env._(
                    "Mark exactly one share that takes the rest, for the day on which "
                    "there are more or fewer units."
                )
            )
        if len(self.position_id) < len(self.filtered("position_id")):
            raise UserError(self.env._("Name each position once."))

    def _describe(self, total):
        """Return who gets what of `total` units and of one more, or False."""
        if len(self) < 2 or len(self.filtered("takes_rest")) != 1 or total < 0:
            return False
        sentences = []
        for number in (total, total + 1):
            parts = self._share_out(number)
            sentences.append(
                self.env._(
                    "Of %(total)s: %(parts)s",
                    total=f"{number:g}",
                    parts=" + ".join(f"{float(part):g}" for part in parts),
                )
            )
        return "; ".join(sentences)

    def _share_out(self, total):
        shares = [
            Share(number, to_decimal(line.quantity), line.takes_rest)
            for number, line in enumerate(self)
        ]
        return list(share_out(to_decimal(total), shares).values())
