from odoo import SUPERUSER_ID, models
from odoo.fields import Command


class SaleOrder(models.Model):
    """What confirming an order records: the contracts and versions of its plan."""

    _inherit = "sale.order"

    def _confirmation_error_message(self):
        return super()._confirmation_error_message() or self._msp_get_contract_error()

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            if order._msp_get_ordered_lines():
                order._msp_as_recorder()._msp_record()
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

    def _msp_record(self):
        """Make the recurring lines new contracts or versions of the chosen one."""
        self.ensure_one()
        plans = self._msp_plan()
        # What was agreed, before there is anything to compare it with.
        self.msp_outlook_agreed = self._msp_look_ahead(plans)
        for plan in plans:
            self._msp_record_contract(plan)

    def _msp_record_contract(self, plan):
        contract = plan.contract or self.env["msp.contract"].create(
            self._msp_prepare_contract_vals()
        )
        positions = {**plan.positions, **self._msp_begin_positions(plan, contract)}
        for line, position in positions.items():
            line._msp_set_position(position)
        vals_list = [
            self._msp_prepare_version_vals(contract, version, positions)
            for version in plan.versions
        ]
        versions = self.env["msp.contract.version"]
        waiting = [vals for vals in vals_list if vals["awaits"]]
        known = versions._create_of_order(
            [vals for vals in vals_list if not vals["awaits"]]
        )
        if known:
            known._activate()
        # Only now is there a contract that it can add something to.
        versions._create_of_order(waiting)

    def _msp_begin_positions(self, plan, contract):
        """Return the new position of each line of `plan` that begins one."""
        lines = [line for line in plan.lines if line not in plan.positions]
        sequence = max(contract.position_ids.mapped("sequence"), default=0)
        positions = self.env["msp.contract.position"].create(
            [
                line._msp_prepare_position_vals(contract, sequence + number)
                for number, line in enumerate(lines, 1)
            ]
        )
        return dict(zip(lines, positions, strict=True))

    def _msp_prepare_contract_vals(self):
        self.ensure_one()
        pricelist = self.pricelist_id
        return {
            # Without one on the order, the customer's may come later.
            **({"pricelist_id": pricelist.id} if pricelist else {}),
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

    def _msp_prepare_version_vals(self, contract, planned, positions):
        """Return the values of the version that `planned` stands for.

        :param positions: by order line
        """
        self.ensure_one()
        # The reason is printed on corrections, so it speaks the customer's language.
        env = self.with_context(lang=self._get_lang()).env
        return {
            "contract_id": contract.id,
            "date_start": planned.start,
            "date_end": planned.end,
            "awaits": planned.awaits,
            "cause": "order",
            "reason": env._("Order %s", self.name),
            "sale_order_id": self.id,
            "change_ids": [
                Command.create({**vals, "position_id": positions[line].id})
                if line
                else Command.create(vals)
                for vals, line in planned.changes
            ],
        }
