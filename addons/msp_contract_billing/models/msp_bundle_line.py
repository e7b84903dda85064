from odoo import api, fields, models
from odoo.exceptions import ValidationError

BUNDLE_DISPLAYS = [
    ("folded", "The bundle only"),
    ("unfolded", "The bundle and what it consists of"),
]


class MspBundleLine(models.Model):
    """What one unit of a bundle consists of.

    Master data: a contract that begins with the bundle takes a copy, so changing it
    changes no contract.
    """

    _name = "msp.bundle.line"
    _description = "Component of a bundle"
    _order = "product_tmpl_id, sequence, id"
    _rec_name = "product_id"
    _check_company_auto = True

    product_tmpl_id = fields.Many2one(
        "product.template", "Bundle", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="product_tmpl_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        "product.product",
        "Component",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        domain=[("type", "!=", "combo"), ("msp_bundle_line_ids", "=", False)],
    )
    product_uom_id = fields.Many2one(related="product_id.uom_id")
    quantity = fields.Float(
        "Per Bundle", min_display_digits="Product Unit", default=1.0
    )

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0)",
        "A bundle contains more than 0 of each component.",
    )
    _component_unique = models.Constraint(
        "UNIQUE (product_tmpl_id, product_id)",
        "A bundle names each component once. Change its quantity.",
    )

    @api.constrains("product_tmpl_id", "product_id")
    def _check_levels(self):
        """Refuse a bundle in a bundle, and so every circle of them."""
        for line in self:
            bundle, component = line.product_tmpl_id, line.product_id.product_tmpl_id
            if bundle == component:
                raise ValidationError(
                    self.env._(
                        "Bundle %s cannot contain itself. Choose another component.",
                        bundle.display_name,
                    )
                )
            # sudo: a component is one, whatever company's bundles the user may see
            around = self.sudo().search(
                [("product_id.product_tmpl_id", "=", bundle.id)], limit=1
            )
            inner, outer = component, bundle
            if around:
                inner, outer = bundle, around.product_tmpl_id
            if around or component.sudo().msp_bundle_line_ids:
                raise ValidationError(
                    self.env._(
                        "%(inner)s is a bundle, so bundle %(outer)s cannot contain it. "
                        "Add its components one by one.",
                        inner=inner.display_name,
                        outer=outer.display_name,
                    )
                )
            if component.type == "combo":
                raise ValidationError(
                    self.env._(
                        "%(component)s is a choice of products, so bundle %(bundle)s "
                        "cannot contain it. Add one of the products.",
                        component=component.display_name,
                        bundle=bundle.display_name,
                    )
                )


class ProductTemplate(models.Model):
    """A bundle is sold and priced as one, and supplied as its components."""

    _inherit = "product.template"

    msp_bundle_line_ids = fields.One2many(
        "msp.bundle.line", "product_tmpl_id", "Components", copy=True
    )
    msp_bundle_display = fields.Selection(
        BUNDLE_DISPLAYS,
        "Customers See",
        default="folded",
        required=True,
        help="On quotations and invoices. Contracts take a copy.",
    )


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _msp_get_bundle_lines(self):
        """Return what one unit consists of, empty unless it is a bundle."""
        # sudo: whoever sells or imports the product need not see its components
        return self.product_tmpl_id.sudo().msp_bundle_line_ids
