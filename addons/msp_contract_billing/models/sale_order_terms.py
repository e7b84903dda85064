from odoo import api, fields, models

from .msp_commitment_mixin import COMMITMENT
from .msp_contract_terms import ANCHORS, TERMS

CONTRACTS = [
    ("each", "One per rhythm and term"),
    ("one", "One for all"),
]
#: What a contract template says and an order copies from it.
AGREED = (*TERMS, *COMMITMENT)


def _copied(field_class, **values):
    """Return a field that is copied from the template, and may be changed."""
    return field_class(
        compute="_compute_msp_terms",
        store=True,
        readonly=False,
        precompute=True,
        # The mixin's would keep the template's from being taken.
        default=None,
        **values,
    )


class SaleOrder(models.Model):
    """Under which terms a quotation sells: copied from a contract template."""

    _name = "sale.order"
    _inherit = ["sale.order", "msp.terms.mixin", "msp.commitment.mixin"]

    msp_template_id = fields.Many2one(
        "msp.contract.template",
        "Contract Template",
        compute="_compute_msp_template_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        help="Where the terms below are taken from: the quotation template, or else "
        "the first product that is sold under one. They can be changed here.",
    )
    msp_contracts = fields.Selection(
        CONTRACTS,
        "Contracts",
        default="each",
        required=True,
        help="Whether products that are sold under other terms begin a contract of "
        "their own.",
    )
    msp_anchor = _copied(
        fields.Selection,
        selection=ANCHORS,
        string="Periods Begin",
        required=True,
        help="With the calendar: on the 1st of a month, on 1 January, on a Monday.",
    )
    billing_every = _copied(fields.Integer)
    billing_unit = _copied(fields.Selection)
    billing_timing = _copied(fields.Selection)
    billing_day_count = _copied(fields.Selection)
    billing_lead_days = _copied(fields.Integer)
    billing_increase = _copied(fields.Selection)
    billing_decrease = _copied(fields.Selection)
    billing_term_months = _copied(fields.Integer)
    billing_unit_rounding = _copied(fields.Selection)
    billing_instalments = _copied(fields.Integer)
    billing_re_anchor = _copied(fields.Boolean)
    billing_credit_cap = _copied(fields.Boolean)
    term_months = _copied(fields.Integer)
    minimum_months = _copied(fields.Integer)
    renewal = _copied(fields.Selection)
    extension_months = _copied(fields.Integer)
    notice_count = _copied(fields.Integer)
    notice_unit = _copied(fields.Selection)
    notice_to = _copied(fields.Selection)
    msp_terms_from_id = _copied(
        fields.Many2one, comodel_name="msp.contract.template", copy=False
    )
    msp_commitment_label = fields.Char(
        "Term and Notice", compute="_compute_msp_commitment_label"
    )

    @api.depends("sale_order_template_id", "order_line.msp_template_id")
    def _compute_msp_template_id(self):
        for order in self:
            # What was chosen stays when lines are added.
            template = order.msp_template_id
            if not template and order._msp_is_open():
                template = order.sale_order_template_id.msp_template_id
                template = template or order.order_line.msp_template_id[:1]
            order.msp_template_id = template

    @api.onchange("sale_order_template_id")
    def _onchange_msp_quotation_template(self):
        if template := self.sale_order_template_id.msp_template_id:
            self.msp_template_id = template

    @api.depends("msp_template_id")
    def _compute_msp_terms(self):
        usual = self.env["msp.contract.template"].default_get(["anchor", *AGREED])
        for order in self:
            template = order.msp_template_id
            # It is asked for with each line that is added: what was changed stays.
            is_new = template and template != order.msp_terms_from_id
            for name in ("msp_anchor", *AGREED):
                source = _name_in_template(name)
                order[name] = (
                    template[source] if is_new else order[name] or usual.get(source)
                )
            order.msp_terms_from_id = template

    @api.depends(*COMMITMENT)
    @api.depends_context("lang")
    def _compute_msp_commitment_label(self):
        for order in self:
            order.msp_commitment_label = order._get_commitment_label()

    def write(self, vals):
        if "msp_template_id" in vals and {"msp_anchor", *AGREED} & set(vals):
            # In one write, what is not named would not follow the template.
            super().write({"msp_template_id": vals["msp_template_id"]})
            self.mapped("msp_terms_from_id")
            vals = {name: vals[name] for name in vals if name != "msp_template_id"}
        return super().write(vals)

    def _msp_is_open(self):
        """Return whether the quotation can still be changed."""
        return self.state in ("draft", "sent", False)

    def _msp_group_lines(self, lines):
        """Return (terms, lines) of each contract that `lines` begin.

        The terms are this order or the template of a product that is sold under
        others; equal ones make one contract.
        """
        self.ensure_one()
        groups = {}
        for line in lines:
            source = self._msp_get_terms_of(line)
            group = groups.setdefault(_read_agreed(source), [source, line.browse()])
            group[1] |= line
        return [tuple(group) for group in groups.values()]

    def _msp_get_terms_of(self, line):
        """Return the record that says the terms of a new contract with `line`."""
        # sudo: the customer may not read templates
        template = line.msp_template_id.sudo()
        if self.msp_contracts == "one" or template in (
            template.browse(),
            self.sudo().msp_template_id,
        ):
            return self
        return template


def _read_agreed(source):
    """Return what an order or a template says on the terms of a contract."""
    names = ("msp_anchor", *AGREED)
    if source._name != "sale.order":
        names = map(_name_in_template, names)
    return tuple(source[name] for name in names)


def _name_in_template(name):
    return "anchor" if name == "msp_anchor" else name
