from odoo import api, fields, models
from odoo.tools import format_amount

from .sale_order_line_days import LINE_DAYS
from .sale_order_terms import AGREED

CONTRACT_ACTIONS = [
    ("new", "Begin a new contract"),
    ("amend", "Amend a running contract"),
]


class SaleOrder(models.Model):
    """A quotation says what becomes of its recurring lines before it is confirmed,
    as the customer may confirm it in the portal.
    """

    _inherit = "sale.order"

    msp_has_recurring = fields.Boolean(compute="_compute_msp_has_recurring")
    msp_has_scheme = fields.Boolean(compute="_compute_msp_has_recurring")
    msp_contract_action = fields.Selection(
        CONTRACT_ACTIONS, "On Confirmation", default="new", required=True
    )
    msp_commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Company of the Customer"
    )
    msp_contract_id = fields.Many2one(
        "msp.contract",
        "Contract to Amend",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    msp_date_start = fields.Date(
        "Contract From",
        copy=False,
        help="First day of the contract, or on which the change takes effect. Empty: "
        "the day on which the quotation is confirmed.",
    )
    # Whoever reads whole orders need not read contracts.
    msp_version_ids = fields.One2many(
        "msp.contract.version",
        "sale_order_id",
        groups="msp_contract_billing.group_account_manager,"
        "msp_contract_billing.group_billing_clerk",
    )
    msp_version_id = fields.Many2one(
        "msp.contract.version",
        "Contract Version",
        compute="_compute_msp_version_id",
        compute_sudo=True,
        help="The version with which this order began or changed a contract.",
    )
    msp_contract_label = fields.Char(
        "Contract",
        compute="_compute_msp_version_id",
        compute_sudo=True,
        help="What confirming this order has begun or changed.",
    )
    msp_amount_recurring = fields.Monetary(
        "Recurring (untaxed)", compute="_compute_msp_amounts"
    )
    msp_amount_one_time = fields.Monetary(
        "One-Time (untaxed)", compute="_compute_msp_amounts"
    )
    msp_recurring_label = fields.Char("Recurring", compute="_compute_msp_amounts")
    msp_contract_error = fields.Char(compute="_compute_msp_contract_error")
    msp_tells_effects = fields.Boolean(compute="_compute_msp_tells_effects")

    @api.depends("order_line.msp_recurring", "order_line.msp_has_scheme")
    def _compute_msp_has_recurring(self):
        for order in self:
            order.msp_has_recurring = any(order.order_line.mapped("msp_recurring"))
            order.msp_has_scheme = any(order.order_line.mapped("msp_has_scheme"))

    @api.depends("msp_version_ids.state")
    def _compute_msp_version_id(self):
        for order in self:
            recorded = order.msp_version_ids.filtered(
                lambda version: version.state != "draft" and version.cause == "order"
            ).sorted("id")
            active = recorded.filtered(lambda version: version.state == "active")
            order.msp_version_id = active[:1] or recorded[-1:]
            contracts = order._msp_get_contracts()
            order.msp_contract_label = ", ".join(contracts.mapped("name"))

    def _msp_get_contracts(self):
        """Return the contracts that the order has begun or changed."""
        return (
            self._msp_holding_versions().contract_id or self.msp_version_id.contract_id
        )

    @api.depends(
        "order_line.msp_recurring",
        "order_line.msp_price_interval",
        "order_line.price_subtotal",
        "currency_id",
    )
    @api.depends_context("lang")
    def _compute_msp_amounts(self):
        for order in self:
            lines = order._get_priced_lines()
            recurring = lines.filtered("msp_recurring")
            order.msp_amount_recurring = sum(recurring.mapped("price_subtotal"))
            order.msp_amount_one_time = sum(
                (lines - recurring).mapped("price_subtotal")
            )
            order.msp_recurring_label = order._msp_format_recurring(recurring)

    def _msp_format_recurring(self, lines):
        """Return such as "20.00 € per month, 120.00 € per year"."""
        texts = []
        for _interval, group in sorted(lines.grouped("msp_price_interval").items()):
            amount = sum(group.mapped("price_subtotal"))
            text = format_amount(self.env, amount, self.currency_id)
            texts.append(f"{text} {group[0]._msp_get_price_label()}")
        return ", ".join(texts)

    @api.depends(
        "state",
        "partner_id",
        "company_id",
        "currency_id",
        "msp_contract_action",
        "msp_contract_id",
        "msp_date_start",
        "msp_contracts",
        *AGREED,
        *(f"order_line.{name}" for name in LINE_DAYS),
        "order_line.msp_recurring",
        "order_line.product_uom_id",
        "order_line.product_uom_qty",
        "order_line.price_unit",
        "order_line.discount",
        "order_line.msp_position_id",
        "order_line.msp_new_position",
        "order_line.msp_pricing",
        "order_line.msp_overrides",
    )
    @api.depends_context("lang")
    def _compute_msp_contract_error(self):
        for order in self:
            is_open = order.state in ("draft", "sent")
            order.msp_contract_error = is_open and order._msp_get_contract_error()

    @api.depends(
        "state", "msp_contract_action", "order_line.msp_effect", "order_line.msp_begins"
    )
    def _compute_msp_tells_effects(self):
        plain = self.env._("New contract")
        for order in self:
            effects = set(filter(None, order.order_line.mapped("msp_effect")))
            order.msp_tells_effects = order._msp_is_open() and bool(effects - {plain})

    @api.onchange("partner_id")
    def _onchange_msp_partner_id(self):
        # sudo: whoever may change the quotation need not read contracts
        contract = self.msp_contract_id.sudo()
        if contract.commercial_partner_id != self.msp_commercial_partner_id:
            self.msp_contract_id = False

    @api.onchange("msp_contract_id", "msp_contract_action")
    def _onchange_msp_contract_id(self):
        for line in self.order_line:
            # sudo: whoever may change the quotation need not read contracts
            contract = line.msp_position_id.sudo().contract_id
            old = line.msp_replaces_id.sudo().contract_id
            is_new = self.msp_contract_action == "new"
            if is_new or contract != self.msp_contract_id:
                line.msp_position_id = False
            if is_new or old != self.msp_contract_id:
                line.msp_replaces_id = False

    def action_view_msp_contract(self):
        self.ensure_one()
        # sudo: whether the user may read the contracts is asked when they open
        order = self.sudo()
        contracts = order._msp_get_contracts() or order.msp_contract_id
        action = {
            "type": "ir.actions.act_window",
            "res_model": "msp.contract",
            "name": self.env._("Contracts"),
            "view_mode": "list,form",
            "domain": [("id", "in", contracts.ids)],
        }
        if len(contracts) == 1:
            action.update(view_mode="form", res_id=contracts.id)
        return action

    # What confirming would do

    def _msp_get_ordered_lines(self):
        """Return the recurring lines that ask for something."""
        return self.order_line.filtered(
            lambda line: line.msp_recurring and line._msp_is_ordered()
        )

    def _msp_get_date_start(self):
        """Return the first day of the contract or version that the order makes."""
        self.ensure_one()
        return self.msp_date_start or self._msp_get_today()

    def _msp_get_today(self):
        self.ensure_one()
        # The seller's day counts, wherever the customer confirms.
        # sudo: the customer may not read the seller
        zone = self.sudo().user_id.tz or self.company_id.sudo().partner_id.tz
        order = self.with_context(tz=zone) if zone else self
        return fields.Date.context_today(order)
