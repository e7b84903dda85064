from odoo.addons.sale.controllers import portal


class CustomerPortal(portal.CustomerPortal):
    """What the customer pays online with the order is for its one-time lines."""

    def _determine_is_down_payment(self, order_sudo, amount_selection, payment_amount):
        is_down_payment = super()._determine_is_down_payment(
            order_sudo, amount_selection, payment_amount
        )
        if amount_selection or payment_amount is None:
            return is_down_payment
        return payment_amount < order_sudo._msp_get_one_time_total()

    def _get_payment_values(
        self, order_sudo, is_down_payment=False, payment_amount=None, **kwargs
    ):
        values = super()._get_payment_values(
            order_sudo,
            is_down_payment=is_down_payment,
            payment_amount=payment_amount,
            **kwargs,
        )
        if not order_sudo.msp_has_recurring:
            return values
        total = order_sudo._msp_get_one_time_total()
        if is_down_payment and not (payment_amount and payment_amount < total):
            amount = order_sudo._get_prepayment_required_amount()
        elif is_down_payment or order_sudo.state == "sale":
            amount = payment_amount or total
        else:
            amount = total
        return {**values, "amount": amount}
