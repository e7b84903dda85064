from odoo import api, fields, models
from odoo.exceptions import UserError

from .msp_contract_line import PRICE_INTERVALS
from .named import named
from .sale_order_line_days import LINE_DAYS

# What a contract was made of: fixed once the order is confirmed.
FIXED_FIELDS = (
    "order_id",
    "product_id",
    "product_uom_id",
    "product_uom_qty",
    "price_unit",
    "discount",
    "tax_ids",
    "msp_recurring",
    "msp_price_interval",
    "msp_position_id",
    "msp_new_position",
    "msp_pricing_id",
    "msp_pricing",
    "msp_rule_id",
    "msp_overrides",
    "msp_environment_id",
    *LINE_DAYS,
)


class SaleOrderLine(models.Model):
    """A recurring line becomes a position of a contract, or moves one.

    It is never invoiced from the order: the contract claims it.
    """

    _inherit = "sale.order.line"

    msp_recurring = fields.Boolean(
        "Recurring", compute="_compute_msp_recurring", store=True, precompute=True
    )
    msp_price_interval = fields.Selection(
        PRICE_INTERVALS,
        "Price Per",
        compute="_compute_msp_recurring",
        store=True,
        precompute=True,
    )
    msp_position_id = fields.Many2one(
        "msp.contract.position",
        "Contract Position",
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The position that the quantity is added to; a different price or "
        "discount then holds for the whole position. Empty: the position with the "
        "same product, unit, price and discount, or else a new one.",
    )
    msp_new_position = fields.Boolean(
        "New Position",
        help="Begin a position of its own, even if the contract has one alike.",
    )
    msp_effect = fields.Char(
        "Change of Contract",
        compute="_compute_msp_effect",
        help="What confirming the quotation does to the contract.",
    )
    msp_locked = fields.Boolean(compute="_compute_msp_locked")

    @api.depends(
        "product_id.msp_recurring",
        "product_id.msp_price_interval",
        "display_type",
        "is_downpayment",
        "is_expense",
    )
    def _compute_msp_recurring(self):
        for line in self:
            if line._origin and line.order_id.state == "sale":
                # Like the invoicing policy: what was agreed stays when the
                # product changes later.
                continue
            product = line.product_id
            line.msp_recurring = (
                product.msp_recurring
                and product.type != "combo"
                and not line.display_type
                and not line.is_downpayment
                and not line.is_expense
            )
            line.msp_price_interval = line.msp_recurring and product.msp_price_interval

    @api.depends("msp_recurring", "order_id.state", "order_id.msp_version_ids.state")
    def _compute_msp_locked(self):
        for line in self:
            line.msp_locked = line._msp_is_locked()

    @api.depends(
        "msp_recurring",
        "product_id",
        "product_uom_id",
        "product_uom_qty",
        "price_unit",
        "discount",
        "msp_position_id",
        "msp_new_position",
        "msp_pricing",
        "msp_overrides",
        "order_id.msp_contract_action",
        "order_id.msp_contract_id",
        "order_id.msp_date_start",
        "order_id.state",
        *LINE_DAYS,
        "order_id.msp_contracts",
        "order_id.msp_template_id",
    )
    def _compute_msp_effect(self):
        for line in self:
            order = line.order_id
            is_open = order.state in ("draft", "sent")
            if not line.msp_recurring or not is_open or not line._msp_is_ordered():
                line.msp_effect = False
            elif order.msp_contract_action == "amend":
                line.msp_effect = line._msp_describe_effect(line._msp_get_first_day())
            else:
                line.msp_effect = line._msp_describe_beginning()

    @api.onchange("msp_position_id")
    def _onchange_msp_position_id(self):
        """Take over the position's price, so that it stays unless one changes it."""
        position = named(self, "msp_position_id")
        if not position or position.product_id != self.product_id:
            return
        self.msp_new_position = False
        content = position._line_on(self._msp_get_first_day())
        if not content:
            return
        self._msp_take_content(content)
        if self.product_uom_id == position.product_uom_id:
            self.price_unit = content.price_unit
            self.discount = content.discount

    def _msp_get_price_label(self):
        """Return what the price is per, for customers."""
        self.ensure_one()
        labels = {
            "1": self.env._("per month"),
            "3": self.env._("per quarter"),
            "12": self.env._("per year"),
        }
        return labels.get(self.msp_price_interval, self.env._("per billing period"))

    # Read-only once confirmed. The guard looks at the stored state, as callers by
    # RPC may set any context key and portal and crons run as superuser.

    def _msp_is_locked(self):
        self.ensure_one()
        order = self.order_id
        return self.msp_recurring and (
            order.state == "sale" or bool(order._msp_holding_versions())
        )

    def _msp_refuse_change(self):
        # sudo: the contract's number is no secret to whoever may change the order
        contract = self.order_id.sudo().msp_version_id.contract_id
        if not contract:
            raise UserError(
                self.env._(
                    "Order %(order)s is confirmed, so recurring products cannot be "
                    "added to it or changed. Make a quotation for them.",
                    order=self.order_id.display_name,
                )
            )
        raise UserError(
            self.env._(
                "%(product)s of order %(order)s is under contract %(contract)s and "
                "cannot be changed here. Make a quotation that amends the contract.",
                product=self.product_id.display_name,
                order=self.order_id.display_name,
                contract=contract.display_name,
            )
        )

    def _msp_check_write(self, vals):
        """Refuse to change what is under contract, or to slip it past a contract."""
        fixed = [name for name in FIXED_FIELDS if name in vals]
        product = self.env["product.product"].browse(vals.get("product_id") or ())
        for line in self if fixed else ():
            if line._msp_is_locked():
                if any(line._msp_differs(name, vals[name]) for name in fixed):
                    line._msp_refuse_change()
            elif product.msp_recurring and line.order_id.state == "sale":
                line._msp_refuse_change()

    def _msp_differs(self, name, value):
        field = self._fields[name]
        new = field.convert_to_record(field.convert_to_cache(value, self), self)
        return new != self[name]

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        for line in lines:
            if line.msp_recurring and line.order_id.state == "sale":
                line._msp_refuse_change()
        return lines

    def write(self, vals):
        self._msp_check_write(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_under_contract(self):
        for line in self:
            if line._msp_is_locked():
                line._msp_refuse_change()

    def _msp_set_position(self, position):
        """Write past the guard; only confirming and cancelling do."""
        return super().write({"msp_position_id": position.id})

    # Never invoiced from the order

    def _msp_is_recurring_combo(self):
        """Return whether the line heads nothing but recurring items."""
        self.ensure_one()
        if self.product_type != "combo":
            return False
        items = self.linked_line_ids.filtered("combo_item_id")
        return bool(items) and all(items.mapped("msp_recurring"))

    @api.depends("msp_recurring")
    def _compute_qty_to_invoice(self):
        recurring = self.filtered("msp_recurring")
        recurring.qty_to_invoice = 0.0
        return super(SaleOrderLine, self - recurring)._compute_qty_to_invoice()

    @api.depends("msp_recurring", "linked_line_ids.msp_recurring")
    def _compute_invoice_status(self):
        recurring = self.filtered(
            lambda line: (
                line.state == "sale"
                and (line.msp_recurring or line._msp_is_recurring_combo())
            )
        )
        recurring.invoice_status = "invoiced"
        return super(SaleOrderLine, self - recurring)._compute_invoice_status()

    @api.depends("msp_recurring")
    def _compute_untaxed_amount_to_invoice(self):
        recurring = self.filtered("msp_recurring")
        recurring.untaxed_amount_to_invoice = 0.0
        return super(
            SaleOrderLine, self - recurring
        )._compute_untaxed_amount_to_invoice()

    @api.depends("msp_recurring")
    def _compute_amount_to_invoice(self):
        recurring = self.filtered("msp_recurring")
        recurring.amount_to_invoice = 0.0
        return super(SaleOrderLine, self - recurring)._compute_amount_to_invoice()

    @api.depends("msp_recurring")
    def _compute_amount_to_invoice_at_date(self):
        recurring = self.filtered("msp_recurring")
        recurring.amount_to_invoice_at_date = 0.0
        return super(
            SaleOrderLine, self - recurring
        )._compute_amount_to_invoice_at_date()

    @api.depends("msp_recurring")
    def _compute_product_updatable(self):
        locked = self.filtered(lambda line: line._msp_is_locked())
        locked.product_updatable = False
        return super(SaleOrderLine, self - locked)._compute_product_updatable()

    def _compute_tax_ids(self):
        # "Update Taxes" calls this on confirmed orders as well.
        locked = self.filtered(lambda line: line._origin and line._msp_is_locked())
        return super(SaleOrderLine, self - locked)._compute_tax_ids()
