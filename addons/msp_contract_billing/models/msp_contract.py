from odoo import api, fields, models
from odoo.exceptions import UserError

from .guards import refuse_related
from .money import holds_on

#: What follows from the customer, stored for grouping.
RELATED_FIELDS = ("commercial_partner_id",)

#: What billing rests on; only private methods of ours set it.
SYSTEM_FIELDS = {
    "state": "draft",
    "date_start": False,
    "date_end": False,
    "ledger_revision": 0,
    "to_settle": True,
    "settled_until": False,
}


class MspContract(models.Model):
    """A customer's continuing obligation.

    What is supplied at which price on a day is the fold of its active versions;
    what is due is that minus its charges.
    """

    _name = "msp.contract"
    _description = "Contract"
    _inherit = [
        "msp.action.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "analytic.mixin",
    ]
    _order = "name desc, id desc"
    _check_company_auto = True

    name = fields.Char("Number", readonly=True, copy=False, index="trigram")
    title = fields.Char(help="What the contract is about, for people.")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    partner_invoice_id = fields.Many2one(
        "res.partner",
        "Invoice Address",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    partner_shipping_id = fields.Many2one(
        "res.partner",
        "Delivery Address",
        compute="_compute_addresses",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Account Manager",
        default=lambda self: self.env.user,
        tracking=True,
        index=True,
    )
    payment_term_id = fields.Many2one(
        "account.payment.term",
        compute="_compute_payment_term_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
    )
    fiscal_position_id = fields.Many2one(
        "account.fiscal.position",
        compute="_compute_fiscal_position_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Maps the products' taxes; computed from the addresses, may be changed.",
    )
    customer_reference = fields.Char(
        help="The customer's purchase order number; printed on invoices."
    )
    analytic_distribution = fields.Json(
        help="Invoice lines take it over, and the vendor's costs of the contract, "
        "unless a position has its own."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "Active")],
        compute="_compute_state",
        store=True,
        tracking=True,
    )
    date_start = fields.Date("First Day", readonly=True, copy=False)
    date_end = fields.Date("Last Day", readonly=True, copy=False)
    version_ids = fields.One2many("msp.contract.version", "contract_id", "Versions")
    position_ids = fields.One2many(
        "msp.contract.position",
        "contract_id",
        "Positions",
        # Those of one-off charges have no content.
        domain=[("one_off_ids", "=", False)],
    )
    line_ids = fields.One2many("msp.contract.line", "contract_id", "Lines")
    terms_ids = fields.One2many("msp.contract.terms", "contract_id")
    charge_ids = fields.One2many("msp.charge", "contract_id", "Charges")
    current_line_ids = fields.One2many(
        "msp.contract.line", compute="_compute_current", string="Content"
    )
    content_date = fields.Date(
        "Content On", compute="_compute_content_date", readonly=False
    )
    rhythm = fields.Char("Billed", compute="_compute_current")
    rules = fields.Char("More Rules", compute="_compute_current")
    # Raised before claims are read, so that of two workers that settle the same
    # contract the second one fails instead of billing again.
    ledger_revision = fields.Integer(default=0, readonly=True, copy=False)

    _name_unique = models.Constraint(
        "UNIQUE (company_id, name)", "A contract number exists once per company."
    )

    @api.depends("name", "title", "partner_id.display_name")
    @api.depends_context("msp_with_customer")
    def _compute_display_name(self):
        with_customer = self.env.context.get("msp_with_customer")
        for contract in self:
            customer = with_customer and contract.partner_id.display_name
            parts = filter(None, (contract.name, customer, contract.title))
            contract.display_name = " ".join(parts)

    @api.depends("partner_id")
    def _compute_addresses(self):
        for contract in self:
            addresses = contract.partner_id.address_get(["invoice", "delivery"])
            contract.partner_invoice_id = addresses.get("invoice")
            contract.partner_shipping_id = addresses.get("delivery")

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        for contract in self:
            company = contract.company_id or self.env.company
            contract.currency_id = contract.partner_id._msp_get_currency(company)

    @api.depends("partner_id", "company_id")
    def _compute_payment_term_id(self):
        for contract in self:
            partner = contract.partner_id.with_company(contract.company_id)
            contract.payment_term_id = partner.property_payment_term_id

    @api.depends("partner_invoice_id", "partner_shipping_id", "company_id")
    def _compute_fiscal_position_id(self):
        positions = self.env["account.fiscal.position"]
        for contract in self:
            company = contract.company_id or self.env.company
            contract.fiscal_position_id = positions.with_company(
                company
            )._get_fiscal_position(
                contract.partner_invoice_id, contract.partner_shipping_id
            )

    @api.depends("version_ids.state")
    def _compute_state(self):
        for contract in self:
            states = contract.version_ids.mapped("state")
            contract.state = "active" if "active" in states else "draft"

    def _compute_content_date(self):
        today = fields.Date.context_today(self)
        for contract in self:
            contract.content_date = max(today, contract.date_start or today)

    @api.depends("content_date", "line_ids", "terms_ids")
    def _compute_current(self):
        for contract in self:
            day = contract.content_date
            contract.current_line_ids = contract.line_ids._on(day)
            terms = contract.terms_ids.filtered(
                lambda terms, day=day: holds_on(terms, day)
            )
            contract.rhythm = terms[:1].name or False
            contract.rules = terms[:1].rules_label or False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_system_fields(vals)
            refuse_related(self, [vals], RELATED_FIELDS)
            # Named here, as the context's defaults fill what is not.
            vals.update(SYSTEM_FIELDS)
            if not vals.get("name"):
                company = vals.get("company_id") or self.env.company.id
                vals["name"] = (
                    self.env["ir.sequence"]
                    .with_company(company)
                    .next_by_code("msp.contract")
                )
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_system_fields(vals)
        refuse_related(self, [vals], RELATED_FIELDS)
        fixed = {"partner_id", "company_id", "currency_id"} & set(vals)
        for contract in self if fixed else ():
            # Of withdrawn versions, too, something may have been billed.
            if not contract.version_ids.filtered("number"):
                continue
            changed = [name for name in fixed if contract[name].id != vals[name]]
            if changed:
                raise UserError(
                    self.env._(
                        "Customer, company and currency of contract %s are fixed. End "
                        "the contract and begin another one.",
                        contract.display_name,
                    )
                )
        return super().write(vals)

    def _system_write(self, vals):
        """Write past the guards; only the fold does."""
        return super().write(vals)

    def _refuse_system_fields(self, vals):
        for name in SYSTEM_FIELDS:
            if name in vals:
                field = self._fields[name]
                raise UserError(
                    self.env._(
                        'The field "%(field)s" of a contract follows from its versions '
                        "and invoices and cannot be entered. Change the contract by a "
                        "new version.",
                        field=field._description_string(self.env),
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_recorded(self):
        for contract in self:
            if contract.version_ids.filtered(lambda version: version.state != "draft"):
                raise UserError(
                    self.env._(
                        "Contract %s has recorded versions and cannot be deleted. "
                        "Withdraw them or end the contract.",
                        contract.display_name,
                    )
                )
