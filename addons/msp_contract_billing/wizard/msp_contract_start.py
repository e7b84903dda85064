from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..billing import add_months
from ..models.msp_commitment_mixin import COMMITMENT
from ..models.msp_contract_terms import ANCHORS, TERMS
from ..models.wording import describe_implausible
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
    "pricelist_id",
    "analytic_distribution",
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
            start.currency_id = start.partner_id._msp_get_currency(company)

    @api.depends(*TERMS, *COMMITMENT)
    @api.depends_context("lang")
    def _compute_labels(self):
        for start in self:
            start.rhythm = start._get_rhythm_label()
            start.commitment_label = start._get_commitment_label()

    def action_start(self):
        """Make the contract with its first version, and open it.

        What passes the user's limits waits as a draft, which a message says.
        """
        self.ensure_one()
        if error := self._get_error():
            raise UserError(error)
        contract, message = self._record()
        action = {**self._action_open(contract), "views": [(False, "form")]}
        if not message:
            return action
        return {**message, "params": {**message["params"], "next": action}}

    def _get_error(self):
        """Return why the contract cannot begin so, in a sentence, or False."""
        self.ensure_one()
        env, contract = self.env, self.contract_id
        if error := describe_implausible(env, self.date_start):
            return error
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
        """Return the contract, and the message that it waits, None if it is active."""
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
        version.check_access("write")
        return contract, version._activate_or_ask()._tell_waiting()

    def _prepare_contract_vals(self):
        self.ensure_one()
        source = self.source_id
        is_same = source.partner_id == self.partner_id
        return {
            **values_of(self, ASKED),
            **(values_of(source, KEPT) if source and is_same else {}),
        }

    def _to_new_contract(self):
        """Return the contract as it would be, in memory only."""
        company = self.company_id or self.env.company
        currency = self.currency_id or company.currency_id
        return self.env["msp.contract"].new(
            {
                "partner_id": self.partner_id.id,
                "company_id": company.id,
                "currency_id": currency.id,
            }
        )

    def _prepare_terms_changes(self):
        terms = {
            "action": "terms",
            "anchor_date": self._get_anchor(self.date_start, self.anchor),
            "sequence": 0,
            **values_of(self, TERMS),
        }
        if not self._has_commitment():
            return [terms]
        agreed = values_of(self, COMMITMENT)
        return [terms, {"action": "commitment", "sequence": 0, **agreed}]


def values_of(record, names):
    """Return the values of some fields as another record is created with."""
    fields_of = record._fields
    return {
        name: fields_of[name].convert_to_write(record[name], record) for name in names
    }
