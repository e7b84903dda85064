from odoo import api, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """What cancelling an order takes back, and what it must leave alone."""

    _inherit = "sale.order"

    def write(self, vals):
        if vals.get("state", "sale") != "sale":
            self._msp_check_withdrawn()
        return super().write(vals)

    def _msp_check_withdrawn(self):
        for order in self:
            for version in order._msp_holding_versions():
                raise UserError(
                    self.env._(
                        "Order %(order)s is version %(number)s of contract "
                        "%(contract)s. Cancel the order to take the version back.",
                        order=order.display_name,
                        number=version.number or self.env._("draft"),
                        contract=version.contract_id.display_name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        for order in self:
            # sudo: the guard holds for users without rights on contracts as well
            if version := order.msp_version_id.sudo():
                raise UserError(
                    self.env._(
                        "Order %(order)s cannot be deleted, as version %(number)s of "
                        "contract %(contract)s names it as its cause.",
                        order=order.display_name,
                        number=version.number,
                        contract=version.contract_id.display_name,
                    )
                )

    def _action_cancel(self):
        for order in self:
            if versions := order._msp_holding_versions():
                order._msp_check_withdrawable(versions)
                order._msp_as_recorder()._msp_withdraw()
        return super()._action_cancel()

    def _msp_holding_versions(self):
        """Return the versions that hold, or wait to, because this order was confirmed."""
        # sudo: whether an order is under contract does not depend on who asks
        versions = self.sudo().msp_version_ids
        return versions.filtered(
            lambda version: (
                version.cause == "order"
                and (version.state == "active" or version.awaits)
            )
        ).sorted("id")

    def _msp_withdraw(self):
        """Take the order's versions back; the caller has checked that it may."""
        self.ensure_one()
        versions = self._msp_holding_versions()
        begun = self._msp_begun_positions(versions)
        for line in self.order_line:
            if line.msp_position_id in begun:
                line._msp_set_position(self.env["msp.contract.position"])
        waiting = versions.filtered("awaits")
        never_live = self._msp_begun_positions(waiting)
        waiting.unlink()
        active = versions - waiting
        if active:
            active._withdraw(self.env._("Order %s cancelled", self.name))
        # What nothing was ever recorded of leaves no trace.
        changes = self.env["msp.contract.change"].search(
            [("position_id", "in", never_live.ids)]
        )
        (never_live - changes.position_id).unlink()

    def _msp_begun_positions(self, versions):
        begins = versions.change_ids.filtered(lambda change: change.action == "begin")
        return begins.position_id

    def _msp_check_withdrawable(self, versions):
        """Refuse to cancel what is billed, or what later versions rest on."""
        values = {"order": self.display_name}
        if charge := self._msp_find_charge(versions):
            raise UserError(
                self.env._(
                    "Order %(order)s cannot be cancelled: contract %(contract)s has "
                    "billed %(position)s already (%(invoice)s). Credit that first, or "
                    "amend or end the contract.",
                    contract=charge.contract_id.display_name,
                    position=charge.position_id.name,
                    invoice=charge.move_id.display_name or charge.display_name,
                    **values,
                )
            )
        begun = self._msp_begun_positions(versions)
        later = (versions.contract_id.version_ids - versions).filtered(
            lambda other: (
                other.state == "active" and other.change_ids.position_id & begun
            )
        )[:1]
        if later:
            raise UserError(
                self.env._(
                    "Order %(order)s cannot be cancelled: version %(number)s of "
                    "contract %(contract)s changes what the order began. Withdraw "
                    "that version first, or end the positions.",
                    contract=later.contract_id.display_name,
                    number=later.number,
                    **values,
                )
            )

    def _msp_find_charge(self, versions):
        """Return a charge that counts for what `versions` began or changed."""
        begun = self._msp_begun_positions(versions)
        first_days = {}
        for change in versions.change_ids:
            version, position = change.version_id, change.position_id
            if position and version.state == "active":
                day = min(
                    version.date_start, first_days.get(position, version.date_start)
                )
                first_days[position] = day
        positions = self.env["msp.contract.position"].union(*first_days)
        # sudo: the caller need not read the ledger
        charges = (
            self.env["msp.charge"]
            .sudo()
            .search([("counts", "=", True), ("position_id", "in", positions.ids)])
        )
        return charges.filtered(
            lambda charge: (
                charge.position_id in begun
                or charge.date_end >= first_days[charge.position_id]
            )
        )[:1]
