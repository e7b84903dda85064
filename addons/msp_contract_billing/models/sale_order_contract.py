from odoo import SUPERUSER_ID, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .msp_contract_terms import TERMS


class SaleOrder(models.Model):
    """What confirming an order does to contracts, and cancelling takes back."""

    _inherit = "sale.order"

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._msp_get_contract_error()

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            if order._msp_get_ordered_lines():
                order._msp_as_recorder()._msp_record_version()
        return result

    def _msp_as_recorder(self):
        """Return the order with the rights to record what was agreed on it.

        sudo: a salesman who may not enter contracts, and the customer in the
        portal, make just the version that the quotation promises. For customers
        OdooBot records it, as they are nobody's colleagues.
        """
        self.ensure_one()
        is_internal = self.env.user._is_internal()
        user = self.env.user.id if is_internal else SUPERUSER_ID
        return self.with_user(user).sudo().with_company(self.company_id)

    def _msp_record_version(self):
        """Make the recurring lines a new contract or a version of the chosen one."""
        self.ensure_one()
        start = self._msp_get_date_start()
        lines = self._msp_get_ordered_lines()
        if self.msp_contract_action == "new":
            contract = self.env["msp.contract"].create(
                self._msp_prepare_contract_vals()
            )
            changes = [Command.create(self._msp_prepare_terms_vals(start))]
        else:
            contract = self.msp_contract_id
            changes = []
        sequence = max(contract.position_ids.mapped("sequence"), default=0)
        for number, line in enumerate(lines, 1):
            if position := line._msp_find_position(start):
                vals = line._msp_prepare_move_vals(position, start)
            else:
                position = self.env["msp.contract.position"].create(
                    line._msp_prepare_position_vals(contract, sequence + number)
                )
                vals = line._msp_prepare_begin_vals(position)
            line._msp_set_position(position)
            changes.append(Command.create({**vals, "sequence": number}))
        version = self.env["msp.contract.version"].create(
            self._msp_prepare_version_vals(contract, start, changes)
        )
        version._activate()
        return version

    def _msp_prepare_contract_vals(self):
        self.ensure_one()
        return {
            "partner_id": self.partner_id.id,
            "partner_invoice_id": self.partner_invoice_id.id,
            "partner_shipping_id": self.partner_shipping_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "user_id": self.user_id.id,
            "payment_term_id": self.payment_term_id.id,
            "fiscal_position_id": self.fiscal_position_id.id,
            "customer_reference": self.client_order_ref,
        }

    def _msp_prepare_version_vals(self, contract, start, changes):
        self.ensure_one()
        # The reason is printed on corrections, so it speaks the customer's language.
        env = self.with_context(lang=self._get_lang()).env
        return {
            "contract_id": contract.id,
            "date_start": start,
            "cause": "order",
            "reason": env._("Order %s", self.name),
            "sale_order_id": self.id,
            "change_ids": changes,
        }

    def _msp_prepare_terms_vals(self, start):
        self.ensure_one()
        terms = {name: self[name] for name in TERMS}
        return {
            **terms,
            "action": "terms",
            "anchor_date": self._get_anchor(start, self.msp_anchor),
            "sequence": 0,
        }

    # Cancelling

    def _action_cancel(self):
        for order in self:
            if version := order._msp_active_version():
                order._msp_check_withdrawable(version)
                order._msp_as_recorder()._msp_withdraw()
        return super()._action_cancel()

    def _msp_active_version(self):
        """Return the version that holds because this order was confirmed."""
        # sudo: whether an order is under contract does not depend on who asks
        version = self.sudo().msp_version_id
        return version.filtered(lambda version: version.state == "active")

    def _msp_withdraw(self):
        """Withdraw the order's version; the caller has checked that it may."""
        self.ensure_one()
        version = self._msp_active_version()
        begun = self._msp_begun_positions(version)
        version._withdraw(self.env._("Order %s cancelled", self.name))
        for line in self.order_line:
            if line.msp_position_id in begun:
                line._msp_set_position(self.env["msp.contract.position"])

    def _msp_begun_positions(self, version):
        begins = version.change_ids.filtered(lambda change: change.action == "begin")
        return begins.position_id

    def _msp_check_withdrawable(self, version):
        """Refuse to cancel what is billed, or what later versions rest on."""
        values = {
            "order": self.display_name,
            "contract": version.contract_id.display_name,
        }
        if charge := self._msp_find_charge(version):
            raise UserError(
                self.env._(
                    "Order %(order)s cannot be cancelled: contract %(contract)s has "
                    "billed %(position)s already (%(invoice)s). Credit that first, or "
                    "amend or end the contract.",
                    position=charge.position_id.name,
                    invoice=charge.move_id.display_name or charge.display_name,
                    **values,
                )
            )
        begun = self._msp_begun_positions(version)
        later = version.contract_id.version_ids.filtered(
            lambda other: (
                other != version
                and other.state == "active"
                and other.change_ids.position_id & begun
            )
        )[:1]
        if later:
            raise UserError(
                self.env._(
                    "Order %(order)s cannot be cancelled: version %(number)s of "
                    "contract %(contract)s changes what the order began. Withdraw "
                    "that version first, or end the positions.",
                    number=later.number,
                    **values,
                )
            )

    def _msp_find_charge(self, version):
        """Return a charge that counts for what `version` began or changed."""
        changed = version.change_ids.position_id
        begun = self._msp_begun_positions(version)
        # sudo: the caller need not read the ledger
        return (
            self.env["msp.charge"]
            .sudo()
            .search(
                [
                    ("counts", "=", True),
                    ("position_id", "in", changed.ids),
                    "|",
                    ("position_id", "in", begun.ids),
                    ("date_end", ">=", version.date_start),
                ],
                limit=1,
            )
        )
