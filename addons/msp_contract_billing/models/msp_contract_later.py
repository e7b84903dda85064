from odoo import fields, models

from .msp_contract_waiting import Held, Waiting


class MspContract(models.Model):
    """Corrections of now that a clerk leaves for the next regular invoice."""

    _inherit = "msp.contract"

    corrections_once = fields.Boolean(
        "Corrections Wait for Next Invoice",
        copy=False,
        help="Set in a differential run: the next regular run bills and credits the "
        "changes of billed periods as well, this once.",
    )

    def _clear_corrections_once(self, run, looks):
        """Take the mark back from contracts whose corrections `run` has billed.

        :param looks: {contract id: `Look`}
        """
        if run.kind != "regular" or run.product_ids:
            return
        # sudo: billing clerks may not change contracts, but bill corrections
        self.sudo().filtered(
            lambda one: (
                one.corrections_once
                and not any(
                    held.charge.kind == "correction" for held in looks[one.id].held
                )
            )
        ).corrections_once = False

    def _is_taken(self, charge, kind):
        if kind == "regular" and self.corrections_once:
            return True
        return super()._is_taken(charge, kind)

    def _hold_for_next_invoice(self, due):
        """Return `due`, all of it waiting if it comes with the regular invoice."""
        self.ensure_one()
        if not self.corrections_once:
            return due
        waiting = Waiting(
            "next_invoice",
            self.env._("Comes with the next regular invoice, as decided."),
        )
        held = [Held(charge, waiting) for charge in due.charges]
        return due._replace(charges=[], held=[*due.held, *held])
