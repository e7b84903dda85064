from datetime import timedelta

from odoo import models

from odoo.addons.msp_contract_billing.models.money import same_number
from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_imports_as import to_note

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
        for found in self.filtered(
            lambda order: (
                order.state in ("waiting", "unknown")
                and order.subscription_id.read_at >= order.sent_at
            )
        ):
            order = found._for_asked()
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
                order._tell(order.env._("Seen at the provider"))
            elif order._is_settled() and order._has_become_other():
                order._settle_refused(
                    order.env._(
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
                    order.env._(
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

    def _for_asked(self):
        """Return the order in the language of who is told what becomes of it."""
        return self.with_context(lang=self._get_asked().lang)

    def _get_asked(self):
        """Return who answers for the order, or else who is asked of its connection."""
        # sudo: account managers need not see connections
        connection = self.connection_id.sudo()
        if self.confirmed_by_id and connection._can_be_asked(self.confirmed_by_id):
            return self.confirmed_by_id
        return connection._get_asked()

    def _ask_about(self, summary, note):
        self.activity_schedule(
            "mail.mail_activity_data_warning",
            date_deadline=company_today(self.company_id),
            summary=summary,
            note=to_note([note]),
            user_id=self._get_asked().id,
        )
