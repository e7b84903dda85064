from datetime import timedelta

from odoo import models

from odoo.addons.msp_contract_billing.models.money import same_number

# Providers carry out some orders after they have answered.
SETTLED_AFTER = timedelta(hours=1)


class MspProviderOrder(models.Model):
    """What became of an order: seen at the provider, and told to people."""

    _inherit = "msp.provider.order"

    def _is_seen(self):
        """Return whether the provider has what is wanted, as it was read last."""
        self.ensure_one()
        subscription = self.subscription_id
        if self.kind == "auto_renew":
            return subscription.auto_renew == ("yes" if self.auto_renew else "no")
        return same_number(subscription.purchased, self.quantity)

    def _verify(self):
        """Settle orders by what was read of their subscriptions after they were sent."""
        for order in self.filtered(
            lambda order: (
                order.state in ("waiting", "unknown")
                and order.subscription_id.read_at >= order.sent_at
            )
        ):
            if order._is_seen():
                order._system_write(
                    {
                        "state": "done",
                        "done_at": order.subscription_id.read_at,
                        "look_at": False,
                        "is_overdue": False,
                    }
                )
                order.activity_unlink(["mail.mail_activity_data_warning"])
                order._tell(self.env._("Seen at the provider"))
            elif order._is_settled() and order._has_become_other():
                order._settle_refused(
                    self.env._(
                        "The provider has %(now)s units now, neither the %(old)s it had "
                        "nor the %(wanted)s ordered. Confirm it again if it is still "
                        "wanted.",
                        now=f"{order.subscription_id.purchased:g}",
                        old=f"{order.old_quantity:g}",
                        wanted=f"{order.quantity:g}",
                    )
                )
            elif order.state == "unknown" and order._is_settled():
                order._settle_refused(
                    self.env._(
                        "The provider still has what it had: the order did not arrive. "
                        "Confirm it again if it is still wanted."
                    )
                )

    def _is_settled(self):
        """Return whether it would be seen by now if it had arrived."""
        return self.subscription_id.read_at >= self.sent_at + SETTLED_AFTER

    def _has_become_other(self):
        """Return whether the provider has neither what it had nor what is wanted."""
        return self.kind == "quantity" and not same_number(
            self.subscription_id.purchased, self.old_quantity
        )

    def _settle_refused(self, text):
        self._system_write(
            {"state": "refused", "answer": text, "look_at": False, "is_overdue": False}
        )
        self.activity_unlink(["mail.mail_activity_data_warning"])
        self._tell(self.env._("Not carried out: %s", text))
        self._ask_about(self.env._("An order at a provider was not carried out"), text)

    def _tell(self, text):
        """Write down what happens to an order, on its contract as well."""
        for order in self:
            order.message_post(body=text)
            if order.contract_id:
                # sudo: as the history of the contract, whoever made it
                order.contract_id.sudo().message_post(
                    body=self.env._(
                        "Order at %(provider)s, %(order)s: %(text)s",
                        provider=order.provider_id.name,
                        order=order.display_name,
                        text=text,
                    )
                )

    def _ask_about(self, summary, note):
        for order in self:
            user = order.confirmed_by_id or order.provider_id.user_id
            if user.active:
                order.activity_schedule(
                    "mail.mail_activity_data_warning",
                    summary=summary,
                    note=note,
                    user_id=user.id,
                )
