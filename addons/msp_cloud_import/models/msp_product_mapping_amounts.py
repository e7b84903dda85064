from odoo import fields, models


class MspProductMapping(models.Model):
    """How an article's amounts are passed on; remembered with the article."""

    _inherit = "msp.product.mapping"

    pricing_id = fields.Many2one(
        "msp.pricing",
        "Markup",
        ondelete="restrict",
        domain="[('model', '=', 'amounts')]",
        check_company=True,
        help="Price scheme with which a new position begins; the position keeps a "
        "copy. Empty: that of the provider, then of the product.",
    )
    passed_price = fields.Selection(
        [("billed", "What the provider asks"), ("list", "List price")],
        "Amount Passed On",
        required=True,
        default="billed",
        help="What the provider asks has earned credits and discounts taken off "
        "already. List price: quantity times the list price, so they stay with you.",
    )

    def _get_row_fields(self):
        return super()._get_row_fields() | {"passed_price", "pricing_id"}

    def _get_pricing(self):
        """Return the price scheme with which a position begins, perhaps none."""
        self.ensure_one()
        product = self.product_id.with_company(self.company_id)
        own = product.msp_pricing_id.filtered(lambda one: one.model == "amounts")
        return self.pricing_id or self.provider_id.usage_pricing_id or own


class MspImport(models.Model):
    """Step 2 for rows whose amounts are passed on."""

    _inherit = "msp.import"

    def _get_article_marks(self):
        return [*super()._get_article_marks(), "is_amount"]

    def _find_products(self):
        """Let credits and fees of an article go the way of its usage."""
        super()._find_products()
        if product := self.provider_id.usage_product_id:
            usage = self.product_mapping_ids.filtered(
                lambda one: (
                    one.state == "open"
                    and one.billing_mode == "amounts"
                    and not one.product_id
                )
            )
            usage.write({"product_id": product.id})
        amounts = self.product_mapping_ids.filtered(
            lambda one: one.billing_mode == "amounts"
        )
        by_key = {(one.sku_id, one.term, one.billing_plan): one for one in amounts}
        rows = self.env["msp.provider.charge"].search(
            [
                ("import_id", "=", self.id),
                ("is_quantity", "=", False),
                ("is_amount", "=", False),
                ("event", "in", ("credit", "fee", "purchase", "recurring")),
                ("flags", "not ilike", "unbilled"),
                ("sku_id", "in", amounts.mapped("sku_id")),
            ]
        )
        found = {}
        for row in rows:
            key = (row.sku_id or "", row.term or "", row.billing_plan or "")
            if mapping := by_key.get(key):
                found.setdefault(mapping, rows.browse())
                found[mapping] |= row
        for mapping, mine in found.items():
            mine._system_write({"product_mapping_id": mapping.id, "is_amount": True})
