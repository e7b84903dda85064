from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Command


class MspImportChange(models.Model):
    """The version that the changes of one contract and day make."""

    _inherit = "msp.import.change"

    def _get_reason(self):
        """Return the reason of a version, such as "Microsoft CSP, invoice G01"."""
        if len(self.import_id) > 1:
            parts = self.grouped("import_id").values()
            return "; ".join(part._get_reason() for part in parts)
        import_ = self.import_id
        numbers = {*self.provider_charge_ids.mapped("invoice_id")}
        invoices = sorted(numbers - {False, "", import_.sha256})
        if not invoices:
            return self.env._(
                "%(provider)s, file %(file)s",
                provider=import_.provider_id.name,
                file=import_.file_name,
            )
        return self.env._(
            "%(provider)s, invoice %(invoices)s",
            provider=import_.provider_id.name,
            invoices=", ".join(invoices[:5]),
        )

    def _create_positions(self):
        """Make the positions that these changes begin."""
        new = self.filtered(
            lambda change: change.kind == "begin" and not change._get_position()
        )
        # sudo: as for the versions that an import makes
        positions = self.env["msp.contract.position"].sudo()
        made = positions.create(
            [
                {
                    "contract_id": change.contract_id.id,
                    "product_id": change.product_id.id,
                }
                for change in new
            ]
        )
        for change, position in zip(new, made, strict=True):
            change._system_write({"position_id": position.id})

    def _get_position(self):
        self.ensure_one()
        return self.position_id or self.begin_change_id.position_id

    def _prepare_version_vals(self):
        """Return the values of the version these changes of one day make."""
        return {
            "contract_id": self.contract_id.id,
            "date_start": self[0].date_start,
            "cause": "import",
            "reason": self._get_reason(),
            **self._prepare_origin(),
            "change_ids": [
                Command.create(change._prepare_change_vals()) for change in self
            ],
        }

    def _prepare_change_vals(self):
        """Return the values of the contract change."""
        self.ensure_one()
        # sudo: as for the versions that an import makes
        position = self._get_position().sudo()
        if not position:
            raise UserError(
                self.env._(
                    "The position of subscription %s was not begun, so it cannot be "
                    "changed. Prepare the import again.",
                    self.subscription_id,
                )
            )
        if self.position_id != position:
            self._system_write({"position_id": position.id})
        vals = {"action": self.kind, "position_id": position.id}
        if self.kind == "end" and position.bundle_id:
            # The bundle goes on, and the customer pays for it: the component differs.
            return {**vals, "action": "set", "quantity_mode": "set", "quantity": 0.0}
        if self.sets_price:
            vals.update(sets_price=True, price_unit=self.price_unit)
        if self.kind == "set" and self.difference:
            # Other changes, applied before or after, keep their effect.
            vals.update(quantity_mode="move", quantity=self.difference)
        elif self.kind != "end":
            vals.update(quantity_mode="set", quantity=self.quantity)
        if self.is_awaited:
            # It is live by now as it was sold, and the file says how many there are.
            vals.update(action="set", quantity_mode="set", quantity=self.quantity)
        elif self.kind == "begin":
            vals = position._prepare_begin_vals(
                self.quantity, self.price_unit, self.price_interval
            )
        return vals
