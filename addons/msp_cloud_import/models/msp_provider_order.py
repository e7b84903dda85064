import uuid

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_subscription import RUNNING

STATES = [
    ("draft", "To confirm"),
    ("confirmed", "To send"),
    ("sending", "Being sent"),
    ("waiting", "Waiting at the provider"),
    ("unknown", "Not known whether it arrived"),
    ("done", "Done"),
    ("refused", "Refused"),
    ("cancelled", "Cancelled"),
]
# Something may still come of these.
OPEN = ("draft", "confirmed", "sending", "waiting", "unknown")
# Until they are settled a sync does not undo what was ordered.
UNSETTLED = ("confirmed", "sending", "waiting", "unknown")
MANAGER = "msp_contract_billing.group_account_manager"


class MspProviderOrder(models.Model):
    """A change that a provider is asked for: confirmed by a person, sent once.

    Whether it was carried out is never believed from the answer: a sync, or a look at the
    subscription, has to see it.
    """

    _name = "msp.provider.order"
    _description = "Order at a provider"
    _inherit = (
        "msp.derived.mixin",
        "msp.action.mixin",
        "mail.thread",
        "mail.activity.mixin",
    )
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    subscription_id = fields.Many2one(
        "msp.subscription", required=True, ondelete="cascade", index=True
    )
    connection_id = fields.Many2one(
        "msp.connection", required=True, ondelete="restrict", index=True
    )
    provider_id = fields.Many2one(
        related="subscription_id.provider_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="subscription_id.company_id", store=True, index=True
    )
    version_id = fields.Many2one(
        "msp.contract.version",
        "Because Of",
        ondelete="set null",
        index="btree_not_null",
        help="The version of the contract that wants it.",
    )
    contract_id = fields.Many2one(
        "msp.contract", ondelete="set null", index="btree_not_null"
    )
    partner_id = fields.Many2one(related="contract_id.partner_id", string="Customer")
    kind = fields.Selection(
        [("quantity", "Number of units"), ("auto_renew", "Renewal")], required=True
    )
    old_quantity = fields.Float("Provider Has", min_display_digits="Product Unit")
    quantity = fields.Float("Wanted", min_display_digits="Product Unit")
    auto_renew = fields.Boolean("Shall Renew")
    state = fields.Selection(STATES, required=True, default="draft", tracking=True)
    request_id = fields.Char("Number for the Provider", required=True, copy=False)
    confirmed_by_id = fields.Many2one("res.users")
    confirmed_at = fields.Datetime()
    sent_at = fields.Datetime("Sent")
    send_on = fields.Date(
        "Not Sent Before", help="From this day on the contract says it."
    )
    look_at = fields.Datetime("Tried Again")
    done_at = fields.Datetime("Seen at Provider")
    answer = fields.Char("The Provider Says")
    is_overdue = fields.Boolean("Overdue")
    summary = fields.Char(compute="_compute_summary")
    service_name = fields.Char(related="subscription_id.service_name")
    wanted = fields.Char("What Is Wanted", compute="_compute_wanted")

    _one_open = models.UniqueIndex(
        "(subscription_id, kind) "
        "WHERE state IN ('draft', 'confirmed', 'sending', 'waiting', 'unknown')",
        "There is an open order of this subscription already.",
    )
    _quantity_check = models.Constraint(
        "CHECK (quantity >= 0)", "Nobody can have fewer than 0 units."
    )

    @api.depends("kind", "old_quantity", "quantity", "auto_renew", "subscription_id")
    @api.depends_context("lang")
    def _compute_summary(self):
        for order in self:
            what = order.subscription_id.display_name
            if order.kind == "quantity":
                order.summary = self.env._(
                    "%(what)s: %(old)s → %(new)s",
                    what=what,
                    old=f"{order.old_quantity:g}",
                    new=f"{order.quantity:g}",
                )
            elif order.auto_renew:
                order.summary = self.env._("%s: renew when the term ends", what)
            else:
                order.summary = self.env._("%s: end when the term ends", what)

    @api.depends("kind", "old_quantity", "quantity", "auto_renew")
    @api.depends_context("lang")
    def _compute_wanted(self):
        for order in self:
            if order.kind == "quantity":
                order.wanted = f"{order.old_quantity:g} → {order.quantity:g}"
            elif order.auto_renew:
                order.wanted = self.env._("Renew")
            else:
                order.wanted = self.env._("End with the term")

    @api.depends("summary")
    def _compute_display_name(self):
        for order in self:
            order.display_name = order.summary

    def _refuse(self):
        raise UserError(
            self.env._(
                "Orders at providers are made from versions or from the licence status; "
                "what becomes of them follows from the provider."
            )
        )

    def _check_may_order(self):
        if not self.env.user.has_group(MANAGER):
            raise AccessError(
                self.env._("Only account managers may order at a provider.")
            )

    # Made by people

    @api.model
    def _propose(self, subscription, **vals):
        """Return the open order of a subscription, made anew if there is none.

        :param vals: kind and what is wanted
        :raise UserError: the provider cannot be asked
        """
        self._check_may_order()
        subscription.check_access("read")
        if subscription.status not in RUNNING:
            raise UserError(
                self.env._("%s does not run any more.", subscription.display_name)
            )
        connection = self._find_connection(subscription)
        kind = vals["kind"]
        earlier = self.search(
            [
                ("subscription_id", "=", subscription.id),
                ("kind", "=", kind),
                ("state", "in", OPEN),
            ]
        )
        if earlier and earlier.state != "draft":
            earlier._check_wants(vals)
            return earlier
        vals = {
            **vals,
            "subscription_id": subscription.id,
            "connection_id": connection.id,
            "old_quantity": subscription.purchased,
            "send_on": vals.get("send_on", False),
            "version_id": vals.get("version_id", False),
        }
        if earlier:
            earlier._system_write(vals)
            return earlier
        return self._system_create([{**vals, "request_id": str(uuid.uuid4())}])

    @api.model
    def _find_connection(self, subscription):
        # sudo: account managers need not see connections
        connection = (
            self.env["msp.connection"]
            .sudo()
            .search(
                [
                    ("provider_id", "=", subscription.provider_id.id),
                    ("company_id", "=", subscription.company_id.id),
                    ("may_order", "=", True),
                    ("state", "in", ("connected", "failing")),
                ]
            )
            .filtered("can_order")[:1]
        )
        if not connection:
            raise UserError(
                self.env._(
                    "Nothing can be ordered at %s from here: no connection to it is "
                    "allowed to. Order it in the provider's portal, or let an "
                    "administrator allow it.",
                    subscription.provider_id.name,
                )
            )
        return connection

    def _check_wants(self, vals):
        """Refuse to hide that something else is on its way to the provider."""
        wants = (self.quantity, self.auto_renew)
        if wants != (vals.get("quantity", 0.0), vals.get("auto_renew", False)):
            raise UserError(
                self.env._(
                    "Another order of it is not settled yet: %(order)s (%(state)s). Wait "
                    "until it is seen at the provider, or give it up, then order again.",
                    order=self.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        self.state
                    ],
                )
            )

    def action_confirm(self):
        """Let the orders be sent; who presses it answers for them."""
        self._check_may_order()
        self.check_access("read")
        for order in self:
            if order.state not in ("draft", "refused"):
                raise UserError(
                    self.env._("%s was confirmed already.", order.display_name)
                )
            order._check_wanted()
            order._system_write(
                {
                    "state": "confirmed",
                    "confirmed_by_id": self.env.uid,
                    "confirmed_at": fields.Datetime.now(),
                    "look_at": order._get_first_time(),
                    "answer": False,
                    "is_overdue": False,
                }
            )
            order._tell(self.env._("Confirmed by %s", self.env.user.name))
        self._wake_scheduler()
        return True

    def _check_wanted(self):
        """Refuse what the provider has already, or must not be asked any more."""
        if not self._is_allowed():
            raise UserError(
                self.env._(
                    "Nothing may be ordered at %s any more.", self.provider_id.name
                )
            )
        subscription = self.subscription_id
        if subscription.status not in RUNNING:
            raise UserError(
                self.env._("%s does not run any more.", subscription.display_name)
            )
        if self._is_seen():
            raise UserError(
                self.env._("The provider has this already: %s", self.display_name)
            )
        self._check_version()
        if self.kind == "quantity":
            self._system_write({"old_quantity": subscription.purchased})

    def _is_allowed(self):
        """Return whether the connection may order now."""
        # sudo: account managers need not see connections
        connection = self.connection_id.sudo()
        return connection.may_order and connection.state != "paused"

    def _check_version(self):
        """Refuse what a version has wanted that does not hold any more."""
        if self.version_id and self.version_id.state != "active":
            raise UserError(
                self.env._(
                    "%s has been withdrawn, so nothing is ordered for it.",
                    self.version_id.display_name,
                )
            )

    def _get_first_time(self):
        """Return when it may be sent first, False if now."""
        if not self.send_on or self.send_on <= company_today(self.company_id):
            return False
        return fields.Datetime.to_datetime(self.send_on)

    def action_cancel(self):
        """Take back what was not sent."""
        self._check_may_order()
        self.env.flush_all()
        for order in self:
            order._lock()
            if order.state not in ("draft", "confirmed", "refused"):
                raise UserError(
                    self.env._(
                        "%s was sent already; order the opposite instead.",
                        order.display_name,
                    )
                )
            order._system_write({"state": "cancelled"})
        return True

    def action_give_up(self):
        """Wait no longer for what was sent: from now on syncs say what there is."""
        self._check_may_order()
        self.env.flush_all()
        for order in self:
            order._lock()
            if order.state not in ("waiting", "unknown"):
                raise UserError(self.env._("%s is not waited for.", order.display_name))
            order._system_write(
                {"state": "cancelled", "look_at": False, "is_overdue": False}
            )
            order.activity_unlink(["mail.mail_activity_data_warning"])
            order._tell(self.env._("Given up by %s", self.env.user.name))
        return True

    def action_look(self):
        """Ask the provider now whether it was carried out."""
        self._check_may_order()
        waiting = self.filtered(lambda order: order.state in ("waiting", "unknown"))
        waiting._system_write({"look_at": fields.Datetime.now()})
        self._wake_scheduler()
        return True

    def action_open_contract(self):
        return self._action_open(self.contract_id)

    def _lock(self):
        self.env.cr.execute(
            SQL(
                "SELECT id FROM msp_provider_order WHERE id = ANY(%s) FOR UPDATE",
                self.ids,
            )
        )
        self.invalidate_recordset()

    @api.model
    def _wake_scheduler(self, at=None):
        # sudo: whoever orders may not see scheduled actions
        cron = self.env.ref(
            "msp_cloud_import.ir_cron_send_orders", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger(at=at)
