from odoo import models

UNKNOWN = (None, None)


class MspImport(models.Model):
    """Rows are stored with the customers and articles that are assigned already.

    So most are written once less; assigning tells what has changed since.
    """

    _inherit = "msp.import"

    def _load_known_links(self):
        """Return a function of a row's values that returns its links, None if unknown."""
        mappings = self._mapping_domain()
        customers = {
            one.external_id: (one.id, one.partner_id.id or None)
            for one in self.env["msp.customer.mapping"].search(mappings)
        }
        articles = {
            _words_of(one, "sku_id", "term", "billing_plan"): (
                one.id,
                one.product_id.id or None,
            )
            for one in self.env["msp.product.mapping"].search(mappings)
        }
        marks = self._get_article_marks()

        def links_of(vals):
            customer = customers.get(vals["customer_key"], UNKNOWN)
            article = UNKNOWN
            if any(vals[mark] for mark in marks):
                words = _words_of(vals, "sku_id", "term", "billing_plan")
                article = articles.get(words, UNKNOWN)
            return {
                "customer_mapping_id": customer[0],
                "partner_id": customer[1],
                "product_mapping_id": article[0],
                "product_id": article[1],
            }

        return links_of


def _words_of(record, *names):
    return tuple(record[name] or "" for name in names)
