from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import add_months
from ..models.money import holds_on
from ..models.msp_commitment_mixin import COMMITMENT
from ..models.msp_contract_terms import ANCHORS, TERMS
from ..takeover import is_plausible
from .readable import readable

#: What the wizard asks for, and a copy of a contract begins with.
ASKED = (
    "partner_id",
    "company_id",
    "currency_id",
    "user_id",
    "customer_reference",
    "title",
)
#: What a copy for the same customer has of its contract beside that.
KEPT = (
    "partner_invoice_id",
    "partner_shipping_id",
    "payment_term_id",
    "fiscal_position_id",
)


class MspContractStart(models.TransientModel):
    """A contract straight from a template, without a quotation.

    Also how a copy of a contract begins, and a contract that has no content.
    """

    _name = "msp.contract.start"
    _description = "New contract"
    _inherit = ["msp.action.mixin", "msp.terms.mixin", "msp.commitment.mixin"]
    _check_company_auto = True

    contract_id = fields.Many2one(
        "msp.contract",
        readonly=True,
        check_company=True,
        help="The contract without content that begins; empty: a new one.",
    )
    source_id = fields.Many2one(
        "msp.contract", "Copy Of", readonly=True, check_company=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, check_company=True
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    template_id = fields.Many2one(
        "msp.contract.template",
        "Contract Template",
        check_company=True,
        help="Its terms and products are copied and can be changed here.",
    )
    template_note = fields.Text(related="template_id.note")
    title = fields.Char(help="What the contract is about, for people.")
    customer_reference = fields.Char(
        help="The customer's purchase order number; printed on invoices."
    )
    user_id = fields.Many2one(
        "res.users", "Account Manager", default=lambda self: self.env.user
    )
    date_start = fields.Date(
        "First Day", required=True, default=fields.Date.context_today
    )
    reason = fields.Char(help="Why the contract begins; for people.")
    anchor = fields.Selection(
        ANCHORS, "Periods Begin", default="calendar", required=True
    )
    line_ids = fields.One2many("msp.contract.start.line", "start_id", "Products")
    rhythm = fields.Char("Billed", compute="_compute_labels")
    commitment_label = fields.Char("Term and Notice", compute="_compute_labels")

    @api.constrains("contract_id", "source_id")
    def _check_contract_access(self):
        readable(self.contract_id | self.source_id)

    @api.depends("partner_id", "company_id")
    def _compute_currency_id(self):
        for start in self:
            company = start.company_id or self.env.company
            partner = start.partner_id.with_company(company)
            start.currency_id = (
                partner.property_product_pricelist.currency_id or company.currency_id
            )

    @api.depends(*TERMS, *COMMITMENT)
    @api.depends_context("lang")
    def _compute_labels(self):
        for start in self:
            start.rhythm = start._get_rhythm_label()
            start.commitment_label = start._get_commitment_label()

    # Filled in from a template, or from the contract that is copied. The form does
    # it when one is chosen, and create for whoever names one without a form.

    @api.onchange("template_id")
    def _onchange_template_id(self):
        if self.template_id:
            self.update(self._prepare_from_template(self.template_id))

    @api.onchange("source_id", "contract_id")
    def _onchange_source_id(self):
        if self.source_id:
            self.update(self._prepare_from_contract(self.source_id))
        if self.contract_id:
            self.update(_values_of(self.contract_id, ASKED))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._fill_in(vals) for vals in vals_list])

    def _fill_in(self, vals):
        contracts, found = self.env["msp.contract"], {}
        if source := contracts.browse(vals.get("source_id") or ()):
            found.update(self._prepare_from_contract(readable(source)))
        if template := self.env["msp.contract.template"].browse(
            vals.get("template_id") or ()
        ):
            found.update(self._prepare_from_template(template))
        if contract := contracts.browse(vals.get("contract_id") or ()):
            found.update(_values_of(readable(contract), ASKED))
        return {**found, **vals}

    def _prepare_from_template(self, template):
        """Return what a template says; without products, those entered stay."""
        vals = _values_of(template, (*TERMS, *COMMITMENT, "anchor"))
        if template.line_ids:
            vals["line_ids"] = [
                Command.clear(),
                *(
                    Command.create(self._prepare_template_line_vals(line))
                    for line in template.line_ids
                ),
            ]
        return vals

    def _prepare_template_line_vals(self, line):
        """Return the values of the wizard's line that copies a template's line.

        What the template leaves open comes from the product.
        """
        company = line.company_id or self.company_id or self.env.company
        vals = {
            "product_id": line.product_id.id,
            "name": line.name,
            "quantity": line.quantity,
            "discount": line.discount,
            "base_price": line.price_unit,
            "base_currency_id": line.price_unit and company.currency_id.id,
            "price_interval": line.price_interval,
            "pricing_id": line.pricing_id.id,
            "rule_id": line.rule_id.id,
        }
        return {
            name: value for name, value in vals.items() if value or name == "quantity"
        }

    def _prepare_from_contract(self, contract):
        """Return what a contract contains today, or did on its last day.

        Nothing of what was billed is part of it.
        """
        day = self._get_copied_day(contract)
        vals = _values_of(contract, ASKED)
        if terms := contract.terms_ids.filtered(lambda one: holds_on(one, day))[:1]:
            vals.update(_values_of(terms, TERMS))
            starts = terms.anchor_date != terms._get_anchor(
                contract.date_start, "calendar"
            )
            vals["anchor"] = "start" if starts else "calendar"
        if agreed := self._find_commitment(contract, day):
            vals.update(_values_of(agreed, COMMITMENT))
        lines = contract.line_ids._on(day)._in_bundle_order()
        lines = lines.filtered(lambda line: not line.bundle_id)
        vals["line_ids"] = [
            Command.clear(),
            *(Command.create(self._prepare_line_vals(line)) for line in lines),
        ]
        return vals

    def _get_copied_day(self, contract):
        """Return the day whose content a copy of `contract` begins with."""
        today = fields.Date.context_today(self)
        day = max(today, contract.date_start or today)
        return min(day, contract.date_end or day)

    def _find_commitment(self, contract, day):
        """Return the change that says on `day` which term and notice are agreed."""
        versions = contract.version_ids.filtered(
            lambda version: version.state == "active" and holds_on(version, day)
        ).sorted(lambda version: (version.date_start, version.number))
        changes = versions.change_ids
        return changes.filtered(lambda change: change.action == "commitment")[-1:]

    def _prepare_line_vals(self, line):
        """Return the values of the wizard's line that copies a contract's line."""
        position = line.position_id
        return {
            "source_position_id": position.id,
            "product_id": position.product_id.id,
            "product_uom_id": position.product_uom_id.id,
            "name": line.name,
            "quantity": line.quantity,
            "base_price": line.price_unit,
            "base_currency_id": line.currency_id.id,
            "price_interval": line.price_interval,
            "discount": line.discount,
            "pricing_id": False,
            "pricing": line.pricing,
            "rule_id": False,
            "overrides": line.overrides,
            "environment_id": position.environment_id.id,
            "analytic_distribution": position.analytic_distribution,
        }

    # Beginning

    def action_start(self):
        """Make the contract with its first version, and open it."""
        self.ensure_one()
        if error := self._get_error():
            raise UserError(error)
        return self._action_open(self._record())

    def _get_error(self):
        """Return why the contract cannot begin so, in a sentence, or False."""
        self.ensure_one()
        env, contract = self.env, self.contract_id
        if not is_plausible(self.date_start):
            return env._(
                "%s is too far off. Check the year.", format_date(env, self.date_start)
            )
        if not self.line_ids:
            return env._(
                "The contract of %s contains nothing yet. Add a product, or choose a "
                "template that has some.",
                self.partner_id.display_name,
            )
        if contract and not contract.can_begin:
            return env._(
                "Contract %s has begun meanwhile. Change it there.",
                contract.display_name,
            )
        return self._get_terms_error() or self._get_commitment_error()

    def _record(self):
        """Return the contract, active from its first day on."""
        self.ensure_one()
        contract = self.contract_id or self.env["msp.contract"].create(
            self._prepare_contract_vals()
        )
        sequence = max(contract.position_ids.mapped("sequence"), default=0)
        changes = self._prepare_terms_changes()
        for number, line in enumerate(self.line_ids, 1):
            changes += line._prepare_changes(contract, sequence + number, number)
        versions = self.env["msp.contract.version"]
        vals = {"contract_id": contract.id, "reason": self.reason}
        version = versions.create(
            {
                **vals,
                "date_start": self.date_start,
                "cause": "request",
                "change_ids": [Command.create(change) for change in changes],
            }
        )
        if self.renewal == "end":
            version += versions.create(
                {
                    **vals,
                    "date_start": add_months(self.date_start, self.term_months),
                    "cause": "termination",
                    "change_ids": [Command.create({"action": "terminate"})],
                }
            )
        version.action_activate()
        return contract

    def _prepare_contract_vals(self):
        self.ensure_one()
        source = self.source_id
        is_same = source.partner_id == self.partner_id
        return {
            **_values_of(self, ASKED),
            **(_values_of(source, KEPT) if source and is_same else {}),
        }

    def _prepare_terms_changes(self):
        terms = {
            "action": "terms",
            "anchor_date": self._get_anchor(self.date_start, self.anchor),
            "sequence": 0,
            **_values_of(self, TERMS),
        }
        if not self._has_commitment():
            return [terms]
        agreed = _values_of(self, COMMITMENT)
        return [terms, {"action": "commitment", "sequence": 0, **agreed}]


def _values_of(record, names):
    """Return the values of some fields as another record is created with."""
    fields_of = record._fields
    return {
        name: fields_of[name].convert_to_write(record[name], record) for name in names
    }
