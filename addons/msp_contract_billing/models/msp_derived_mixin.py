from odoo import api, models
from odoo.exceptions import UserError


class MspDerivedMixin(models.AbstractModel):
    """Rows that only the system writes: no create, write or unlink from outside.

    Callers by RPC may set any context key, and crons, portal pages and computes
    run as superuser, so neither is asked. The few methods of ours that do write
    are private, hence out of reach of RPC, and pass by this guard in code.
    """

    _name = "msp.derived.mixin"
    _description = "Rows written by the system only"

    def _refuse(self):
        raise UserError(
            self.env._(
                "%(what)s are made by the system and cannot be entered, changed or "
                "deleted. Change the contract by a new version instead.",
                # sudo: the model's name in the user's language, which is no secret
                what=self.env["ir.model"].sudo()._get(self._name).name,
            )
        )

    # Refusing is the point, so there is nothing to hand on.
    # pylint: disable=method-required-super

    @api.model_create_multi
    def create(self, vals_list):
        return self._refuse() if vals_list else self.browse()

    def write(self, vals):
        return self._refuse() if self and vals else True

    def unlink(self):
        return self._refuse() if self else True

    @api.model
    def _system_create(self, vals_list):
        """Create rows past the guard; the caller has checked the right to."""
        # sudo: no group may create these rows, whatever computed them may
        return super(MspDerivedMixin, self.sudo()).create(vals_list).sudo(False)

    def _system_write(self, vals):
        """Write past the guard; the caller has checked the right to."""
        # sudo: no group may write these rows, whatever computed them may
        return super(MspDerivedMixin, self.sudo()).write(vals)

    def _system_unlink(self):
        """Delete past the guard; the caller has checked the right to."""
        # sudo: no group may delete these rows, whatever computed them may
        return super(MspDerivedMixin, self.sudo()).unlink()
