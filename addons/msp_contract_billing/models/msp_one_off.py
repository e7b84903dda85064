from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .guards import refuse_related

STATES = [("open", "To Bill"), ("billed", "Billed"), ("cancelled", "Cancelled")]
#: What the system alone writes.
SYSTEM_FIELDS = {"position_id", "amount", "cancelled_at", "cancelled_by_id", "state"}

#: What follows from the contract, stored for rights and lists.
RELATED_FIELDS = ("company_id", "partner_id")


class MspOneOff(models.Model):
    """An amount that a contract is billed, or credited, once.

    Set-up, travel, a lump sum, goodwill. The contract's next regular run takes it.
    Its charges are claims like all others, on a position of its own that has no
    content, so nothing that happens to the contract touches it: what is due is
    its amount less what its charges claim.
    """

    _name = "msp.one.off"
    _description = "One-off charge"
    _inherit = ["msp.action.mixin", "analytic.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id")
    partner_id = fields.Many2one(
        related="contract_id.partner_id", string="Customer", store=True
    )
    position_id = fields.Many2one(
        "msp.contract.position",
        readonly=True,
        copy=False,
        index=True,
        ondelete="cascade",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain=[("sale_ok", "=", True)],
    )
    product_uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    name = fields.Text(
        "Description",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Printed on the invoice.",
    )
    date = fields.Date(
        "Service Day",
        required=True,
        default=fields.Date.context_today,
        help="Billed by the next regular run that looks at this day or a later one.",
    )
    quantity = fields.Float(min_display_digits="Product Unit", default=1.0)
    price_unit = fields.Float(
        "Unit Price",
        min_display_digits="Product Price",
        compute="_compute_from_product",
        store=True,
        readonly=False,
        precompute=True,
        help="Negative for a credit.",
    )
    amount = fields.Monetary(compute="_compute_amount", store=True)
    reason = fields.Char(help="Why, for your colleagues; needed for a credit.")
    environment_id = fields.Many2one("msp.environment", ondelete="restrict")
    purchase_order = fields.Char(
        help="The customer's purchase order. Empty: that of the contract."
    )
    state = fields.Selection(STATES, compute="_compute_state", store=True)
    cancelled_at = fields.Datetime(readonly=True, copy=False)
    cancelled_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    user_id = fields.Many2one(related="create_uid", string="Entered By")
    move_id = fields.Many2one(
        "account.move", "Invoice", compute="_compute_move_id", compute_sudo=True
    )

    _position_unique = models.Constraint(
        "UNIQUE (position_id)", "A one-off charge has a position of its own."
    )

    @api.depends("product_id", "contract_id")
    def _compute_from_product(self):
        for one_off in self:
            recipient = one_off.contract_id.partner_invoice_id
            product = one_off.product_id.with_context(
                lang=recipient.lang or self.env.lang, display_default_code=False
            )
            one_off.product_uom_id = product.uom_id
            one_off.name = product.display_name
            day = one_off.date or fields.Date.context_today(self)
            prices = (
                one_off.contract_id._get_list_prices(product, day)
                if product and one_off.contract_id
                else {}
            )
            one_off.price_unit = prices.get(product.id, product.lst_price)

    @api.depends("quantity", "price_unit", "currency_id")
    def _compute_amount(self):
        for one_off in self:
            one_off.amount = float(one_off._exact_amount())

    @api.depends(
        "amount",
        "cancelled_at",
        "position_id.charge_ids.counts",
        "position_id.charge_ids.amount",
    )
    def _compute_state(self):
        for one_off in self:
            claims = one_off._claims()
            is_open = not claims or one_off._open_amount()
            if one_off.cancelled_at and not claims:
                one_off.state = "cancelled"
            else:
                one_off.state = "open" if is_open else "billed"

    @api.depends("position_id.charge_ids.counts", "position_id.charge_ids.move_id")
    def _compute_move_id(self):
        for one_off in self:
            one_off.move_id = one_off._carrying_moves()[-1:]

    @api.depends("contract_id", "name")
    def _compute_display_name(self):
        for one_off in self:
            title = (one_off.name or "").partition("\n")[0]
            one_off.display_name = f"{one_off.contract_id.name}: {title}"

    @api.constrains("quantity", "price_unit", "reason")
    def _check_reason(self):
        for one_off in self:
            if not one_off.quantity:
                raise ValidationError(
                    self.env._(
                        "The quantity of %s is 0, so there is nothing to bill. For a "
                        "free line enter a price of 0.",
                        one_off.display_name,
                    )
                )
            if one_off.amount < 0 and not (one_off.reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "%s is a credit: say why under Reason.", one_off.display_name
                    )
                )

    @api.constrains("contract_id")
    def _check_contract(self):
        for one_off in self:
            if one_off.contract_id.state != "active":
                raise ValidationError(
                    self.env._(
                        "Contract %s is not active yet, so nothing of it is billed. "
                        "Activate its first version before.",
                        one_off.contract_id.display_name,
                    )
                )

    # Guards: what was billed is nobody's to change.

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_system_fields(vals)
            # Named here, as the context's defaults fill what is not.
            vals.update(position_id=False, cancelled_at=False, cancelled_by_id=False)
        one_offs = super().create(vals_list)
        one_offs.contract_id._mark_to_settle()
        # sudo: a clerk may enter one-off charges but no positions of contracts
        positions = (
            self.env["msp.contract.position"]
            .sudo()
            .create(
                [
                    {
                        "contract_id": one_off.contract_id.id,
                        "sequence": 1000,
                        **one_off._prepare_position_vals(),
                    }
                    for one_off in one_offs
                ]
            )
        )
        for one_off, position in zip(one_offs, positions, strict=True):
            one_off._system_write({"position_id": position.id})
        # They are no positions of the contract's content.
        one_offs.contract_id.invalidate_recordset(["position_ids"])
        return one_offs

    def write(self, vals):
        self._refuse_system_fields(vals)
        if "contract_id" in vals:
            raise UserError(
                self.env._(
                    "A one-off charge stays with its contract. Cancel it and enter it "
                    "for the other contract."
                )
            )
        self.contract_id._mark_to_settle()
        self._check_open()
        result = super().write(vals)
        for one_off in self:
            # sudo: a clerk may change one-off charges but no positions of contracts
            one_off.position_id.sudo()._write_of_one_off(
                one_off._prepare_position_vals()
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("A one-off charge stays on record. Cancel it instead.")
        )

    def _refuse_system_fields(self, vals):
        refuse_related(self, [vals], RELATED_FIELDS)
        if SYSTEM_FIELDS & set(vals):
            raise UserError(
                self.env._(
                    "Whether a one-off charge is billed follows from its invoice and "
                    "cannot be entered. Use Cancel and Reopen."
                )
            )

    def _system_write(self, vals):
        """Write past the guard; the caller has checked the right to."""
        # sudo: whoever may enter these rows may write them; the rest is ours
        return super(MspOneOff, self.sudo()).write(vals)

    def _check_open(self):
        for one_off in self:
            invoice = one_off._carrying_moves()[-1:]
            if invoice:
                raise UserError(
                    self.env._(
                        "%(what)s stands on %(invoice)s and stays as it is. Delete the "
                        "draft or credit the invoice first.",
                        what=one_off.display_name,
                        invoice=invoice._msp_label(),
                    )
                )
            if one_off.cancelled_at:
                raise UserError(
                    self.env._(
                        "%s is cancelled. Reopen it first.", one_off.display_name
                    )
                )

    def action_cancel(self):
        """Never bill what is not billed yet."""
        self.check_access("write")
        self.contract_id._mark_to_settle()
        self._check_open()
        self._system_write(
            {"cancelled_at": fields.Datetime.now(), "cancelled_by_id": self.env.uid}
        )
        return True

    def action_reopen(self):
        """Take a cancellation back."""
        self.check_access("write")
        self.contract_id._mark_to_settle()
        self._system_write({"cancelled_at": False, "cancelled_by_id": False})
        return True

    def action_open_invoice(self):
        self.ensure_one()
        return self._action_open(self.move_id)
