from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .msp_contract_line import PRICE_INTERVALS
from .msp_contract_terms import ANCHORS


class MspContractTemplate(models.Model):
    """Named terms under which something is sold, and perhaps what is sold.

    Master data: whoever uses a template takes a copy, so changing it changes no
    quotation and no contract.
    """

    _name = "msp.contract.template"
    _description = "Contract template"
    _inherit = ["msp.master.mixin", "msp.terms.mixin", "msp.commitment.mixin"]
    _order = "sequence, name, id"

    sequence = fields.Integer(default=10)
    note = fields.Text(translate=True, help="When to use it.")
    anchor = fields.Selection(
        ANCHORS,
        "Periods Begin",
        default="calendar",
        required=True,
        help="With the calendar: on the 1st of a month, on 1 January, on a Monday.",
    )
    line_ids = fields.One2many(
        "msp.contract.template.line", "template_id", "Products", copy=True
    )
    rhythm = fields.Char("Billed", compute="_compute_labels")
    commitment_label = fields.Char("Term and Notice", compute="_compute_labels")

    @api.depends(
        "billing_every",
        "billing_unit",
        "billing_timing",
        "term_months",
        "minimum_months",
        "renewal",
        "extension_months",
        "notice_count",
        "notice_unit",
        "notice_to",
    )
    @api.depends_context("lang")
    def _compute_labels(self):
        for template in self:
            template.rhythm = template._get_rhythm_label()
            template.commitment_label = template._get_commitment_label()

    @api.constrains(
        "name",
        "billing_every",
        "billing_unit",
        "billing_day_count",
        "term_months",
        "renewal",
        "extension_months",
    )
    def _check_template(self):
        for template in self:
            error = template._get_terms_error() or template._get_commitment_error()
            if error:
                raise ValidationError(
                    self.env._(
                        "Contract template %(template)s: %(error)s",
                        template=template.name,
                        error=error,
                    )
                )

    def copy_data(self, default=None):
        """Say in the name that it is a copy, as two templates may not look alike."""
        vals_list = super().copy_data(default)
        if default and "name" in default:
            return vals_list
        return [
            {**vals, "name": self.env._("%s (copy)", template.name)}
            for template, vals in zip(self, vals_list, strict=True)
        ]


class MspContractTemplateLine(models.Model):
    """A product that a contract of the template begins with."""

    _name = "msp.contract.template.line"
    _description = "Product of a contract template"
    _order = "template_id, sequence, id"
    _check_company_auto = True

    template_id = fields.Many2one(
        "msp.contract.template", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="template_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain=[("msp_recurring", "=", True)],
    )
    name = fields.Char("Description", help="Empty: the product's name.")
    quantity = fields.Float(min_display_digits="Product Unit", default=1.0)
    price_unit = fields.Float(
        "Unit Price", min_display_digits="Product Price", help="0: the product's."
    )
    price_interval = fields.Selection(
        PRICE_INTERVALS, "Price Per", help="Empty: as the product."
    )
    discount = fields.Float("Discount (%)", min_display_digits="Discount")
    pricing_id = fields.Many2one(
        "msp.pricing",
        "Price Scheme",
        check_company=True,
        help="Empty: the scheme of the product.",
    )
    rule_id = fields.Many2one(
        "msp.billing.rule",
        "Billing Rule",
        check_company=True,
        help="Empty: the rule of the product.",
    )

    _numbers_check = models.Constraint(
        "CHECK (quantity >= 0 AND discount BETWEEN 0 AND 100)",
        "A quantity is not negative and a discount is from 0 to 100 percent.",
    )
