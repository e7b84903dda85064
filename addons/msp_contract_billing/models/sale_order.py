from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount

from .msp_contract_terms import ANCHORS, TERMS

CONTRACT_ACTIONS = [
    ("new", "Begin a new contract"),
    ("amend", "Amend a running contract"),
]


class SaleOrder(models.Model):
    """A quotation says what becomes of its recurring lines before it is confirmed,
    as the customer may confirm it in the portal.
    """

    _name = "sale.order"
    _inherit = ["sale.order", "msp.terms.mixin"]

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
    msp_anchor = fields.Selection(
        ANCHORS,
        "Periods Begin",
        default="calendar",
        required=True,
        help="With the calendar: on the 1st of a month, on 1 January, on a Monday.",
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
        help="The latest version that confirming this order has made.",
    )
    msp_amount_recurring = fields.Monetary(
        "Recurring (untaxed)", compute="_compute_msp_amounts"
    )
    msp_amount_one_time = fields.Monetary(
        "One-Time (untaxed)", compute="_compute_msp_amounts"
    )
    msp_recurring_label = fields.Char("Recurring", compute="_compute_msp_amounts")
    msp_contract_error = fields.Char(compute="_compute_msp_contract_error")

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
            )
            order.msp_version_id = recorded.sorted("id")[-1:]

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
        *TERMS,
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
            if self.msp_contract_action == "new" or contract != self.msp_contract_id:
                line.msp_position_id = False

    def write(self, vals):
        if vals.get("state", "sale") != "sale":
            self._msp_check_withdrawn()
        return super().write(vals)

    def _msp_check_withdrawn(self):
        for order in self:
            if version := order._msp_active_version():
                raise UserError(
                    self.env._(
                        "Order %(order)s is version %(number)s of contract "
                        "%(contract)s. Cancel the order to take the version back.",
                        order=order.display_name,
                        number=version.number,
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

    def action_view_msp_contract(self):
        self.ensure_one()
        # sudo: whether the user may read the contract is asked when it opens
        order = self.sudo()
        contract = order.msp_version_id.contract_id or order.msp_contract_id
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.contract",
            "view_mode": "form",
            "res_id": contract.id,
        }

    # What confirming would do

    def _msp_get_ordered_lines(self):
        """Return the recurring lines that ask for something."""
        return self.order_line.filtered(
            lambda line: line.msp_recurring and line._msp_is_ordered()
        )

    def _msp_get_date_start(self):
        """Return the first day of the contract or version that the order makes."""
        self.ensure_one()
        if self.msp_date_start:
            return self.msp_date_start
        # The seller's day counts, wherever the customer confirms.
        # sudo: the customer may not read the seller
        zone = self.sudo().user_id.tz or self.company_id.sudo().partner_id.tz
        order = self.with_context(tz=zone) if zone else self
        return fields.Date.context_today(order)
