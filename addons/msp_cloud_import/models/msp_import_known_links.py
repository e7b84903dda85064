from odoo import models


class MspImport(models.Model):
    """Rows are stored with the customers and articles that are assigned already.

    So most are written once less; assigning tells what has changed since.
    """

    _inherit = "msp.import"

    def _load_known_links(self):
        """Return a function of a row's values that returns its known links."""
        customers = {
            mapping.external_id: {
                "customer_mapping_id": mapping.id,
                "partner_id": mapping.partner_id.id or None,
            }
            for mapping in self.env["msp.customer.mapping"].search(
                self._mapping_domain()
            )
        }
        articles = {
            (mapping.sku_id or "", mapping.term or "", mapping.billing_plan or ""): {
                "product_mapping_id": mapping.id,
                "product_id": mapping.product_id.id or None,
            }
            for mapping in self.env["msp.product.mapping"].search(
                self._mapping_domain()
            )
        }
        no_customer = dict.fromkeys(("customer_mapping_id", "partner_id"))
        no_article = dict.fromkeys(("product_mapping_id", "product_id"))
        marks = self._get_article_marks()

        def links_of(vals):
            customer = customers.get(vals["customer_key"], no_customer)
            article = no_article
            if any(vals[mark] for mark in marks):
                key = (vals["sku_id"], vals["term"], vals["billing_plan"])
                article = articles.get(tuple(word or "" for word in key), no_article)
            return {**customer, **article}

        return links_of
