from odoo import api, models

from .wording import describe_components


class ProductProduct(models.Model):
    _inherit = "product.product"

    def _msp_describe_bundle(self, quantity):
        """Return what `quantity` of a bundle consist of, False if it is none."""
        self.ensure_one()
        lines = self.with_context(display_default_code=False)._msp_get_bundle_lines()
        return bool(lines) and describe_components(
            self.env,
            quantity,
            ((line.product_id.display_name, line.quantity) for line in lines),
        )


class MspCharge(models.Model):
    """An unfolded bundle says on the invoice what it consists of."""

    _inherit = "msp.charge"

    @api.model
    def _explain(self, contract, charge, claims):
        text = super()._explain(contract, charge, claims)
        if charge.kind != "regular":
            return text
        position = self.env["msp.contract.position"].browse(charge.position)
        if position.bundle_display != "unfolded":
            return text
        lang = contract.partner_invoice_id.lang or self.env.lang
        position = position.with_context(lang=lang)
        content = position._describe_components(
            charge.basis[0].quantity, charge.start, charge.end
        )
        if not content:
            return text
        return "\n".join([text, position.env._("Consists of: %s", content)])
