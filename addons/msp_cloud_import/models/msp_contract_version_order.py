from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.msp_contract_billing.models.money import same_number
from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_provider_order import UNSETTLED
from .msp_subscription import RUNNING


class MspContractVersion(models.Model):
    """What a version changes may be ordered at the provider."""

    _inherit = "msp.contract.version"

    order_ids = fields.One2many(
        "msp.provider.order", "version_id", "Orders at Providers"
    )
    can_order = fields.Boolean(compute="_compute_can_order")
    is_waiting_at_provider = fields.Boolean(compute="_compute_is_waiting_at_provider")

    @api.depends("order_ids.state")
    def _compute_is_waiting_at_provider(self):
        for version in self:
            version.is_waiting_at_provider = any(
                order.state in UNSETTLED for order in version.order_ids
            )

    @api.depends("state", "change_ids.position_id")
    def _compute_can_order(self):
        found = self._find_orderable()
        for version in self:
            version.can_order = version.state == "active" and bool(
                found.get(version.id)
            )

    def _find_orderable(self):
        """Return {version id: [(msp.subscription, position)]} of what it changes.

        Of positions with a subscription of their own whose units differ from those that
        the provider says, at a provider where something may be ordered.
        """
        positions = self._get_ordered_positions()
        # sudo: whoever sees a contract may know that something can be ordered for it
        connections = (
            self.env["msp.connection"]
            .sudo()
            .search(
                [("may_order", "=", True), ("state", "in", ("connected", "failing"))]
            )
            .filtered("can_order")
        )
        if not connections or not positions:
            return {}
        mappings = self.env["msp.position.mapping"].search(
            [
                ("position_id", "in", positions.ids),
                ("provider_id", "in", connections.provider_id.ids),
                ("is_summed", "=", False),
                ("share_ids", "=", False),
            ]
        )
        subscriptions = self.env["msp.subscription"].search(
            [
                ("provider_id", "in", mappings.provider_id.ids),
                ("company_id", "in", mappings.company_id.ids),
                ("subscription_id", "in", mappings.mapped("subscription_id")),
                ("says_purchased", "=", True),
            ]
        )
        by_key = {
            (one.provider_id, one.company_id, one.subscription_id): one
            for one in subscriptions
        }
        found = {}
        for mapping in mappings:
            key = (mapping.provider_id, mapping.company_id, mapping.subscription_id)
            if key in by_key:
                found[mapping.position_id] = by_key[key]
        return {
            version.id: [
                (found[position], position)
                for position in version._get_ordered_positions()
                if position in found
            ]
            for version in self
        }

    def _get_ordered_positions(self):
        """Return the positions whose units the versions change.

        A bundle's are those of its components; termination is of the whole contract.
        """
        positions = self.change_ids.position_id
        ended = self.change_ids.filtered(lambda change: change.action == "terminate")
        positions |= ended.version_id.contract_id.position_ids
        return positions | positions.component_ids

    def action_order(self):
        """Propose orders so that the provider has what the contract says."""
        self.ensure_one()
        orders = self.env["msp.provider.order"]
        day = max(self.date_start, company_today(self.contract_id.company_id))
        for subscription, position in self._find_orderable().get(self.id, ()):
            wanted = position._line_on(day).quantity
            vals = {"version_id": self.id, "contract_id": self.contract_id.id}
            if subscription.status not in RUNNING:
                continue
            if not wanted:
                if subscription.auto_renew == "no":
                    continue
                # Nobody can have 0 units: it ends with its term.
                orders += orders._propose(
                    subscription, kind="auto_renew", auto_renew=False, **vals
                )
            elif not same_number(wanted, subscription.purchased):
                is_later = self.date_start > company_today(self.company_id)
                orders += orders._propose(
                    subscription,
                    kind="quantity",
                    quantity=wanted,
                    send_on=is_later and self.date_start,
                    **vals,
                )
        if not orders:
            raise UserError(
                self.env._("The provider has what the contract says already.")
            )
        return orders._action_show()

    def _withdraw(self, reason):
        """Order nothing more for what does not hold any more."""
        super()._withdraw(reason)
        # sudo: whoever withdraws a version may not order
        self.sudo().order_ids._take_back_wish()


class MspProviderOrder(models.Model):
    _inherit = "msp.provider.order"

    def _take_back_wish(self):
        """Send nothing more of this; what was sent is for people to turn back."""
        text = self.env._("The version that wanted it was withdrawn.")
        self._lock()
        unsent = self.filtered(lambda order: order.state in ("draft", "confirmed"))
        unsent._system_write({"state": "cancelled", "look_at": False})
        unsent._tell(text)
        sent = self.filtered(
            lambda order: order.state in ("sending", "waiting", "unknown", "done")
        )
        sent._ask_about(
            self.env._("What was ordered at the provider is not agreed any more"),
            self.env._("%s If the provider shall follow, order the opposite.", text),
        )

    def _action_show(self):
        """Return the action that opens these orders."""
        if len(self) == 1:
            return self._action_open(self)
        return self._action_view(
            self.env._("Orders at Providers"), self._name, [("id", "in", self.ids)]
        )


class MspLicenceStatus(models.Model):
    _inherit = "msp.licence.status"

    def action_order(self):
        """Propose that the provider gets what the contract says."""
        orders = self.env["msp.provider.order"]
        for status in self:
            if not status.is_different:
                continue
            if not status.position_id or not status.contract_quantity:
                raise UserError(
                    self.env._(
                        "No contract says how many units %s shall have.",
                        status.subscription_id.display_name,
                    )
                )
            orders += orders._propose(
                status.subscription_id,
                kind="quantity",
                quantity=status._get_wanted(),
                contract_id=status.contract_id.id,
            )
        if not orders:
            raise UserError(
                self.env._("The provider has what the contract says already.")
            )
        return orders._action_show()

    def _get_wanted(self):
        """Return how many units to buy, so that the provider has what is agreed.

        :raise UserError: several subscriptions are added up, and it is not this one's
        """
        if self.search_count([("position_id", "=", self.position_id.id)], limit=2) == 1:
            return self.contract_quantity
        wanted = self.purchased - self.difference
        if self.count_kind != "purchased" or wanted <= 0:
            raise UserError(
                self.env._(
                    "%s is one of several subscriptions that the contract adds up, so "
                    "it does not follow how many of it to order. Order them in the "
                    "provider's portal.",
                    self.subscription_id.display_name,
                )
            )
        return wanted
