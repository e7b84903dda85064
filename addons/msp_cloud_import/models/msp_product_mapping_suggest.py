from collections import defaultdict
from dataclasses import replace

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from ..proposals import Evidence, NameIndex, article_codes, plain_code
from .msp_mapping_suggest import SAME_NAME, similar_names
from .msp_plan_mixin import plan_label

# How far each kind of evidence is to be trusted, in points.
SCORES = {
    "plan": 100,
    "vendor_plan": 99,
    "elsewhere": 98,
    "term": 97,
    "vendor_term": 96,
    "sku": 95,
    "vendor_sku": 93,
    "name": SAME_NAME,
    "other_term": 80,
}
# Evidence that does not tell apart an article's terms is worth less where there are
# several: a monthly term costs more than a yearly one.
TERMLESS = ("sku", "vendor_sku", "name", "words", "similar")
SEVERAL_TERMS = 15
SEVERAL = "several_"


class MspProductMapping(models.Model):
    """Which product an article of a provider may be, and why."""

    _inherit = "msp.product.mapping"

    _suggested = "suggested_product_id"

    def _get_reasons(self):
        vendor = self.env._("same article number of the vendor")
        return {
            **super()._get_reasons(),
            "plan": self.env._("same article number, term and billing plan"),
            "term": self.env._("same article number and term"),
            "sku": self.env._("same article number"),
            "vendor_plan": vendor,
            "vendor_term": vendor,
            "vendor_sku": vendor,
            "elsewhere": self.env._("assigned before, with the same id at %(detail)s"),
            "other_term": self.env._(
                "assigned with another term (%(detail)s); check the price"
            ),
        }

    def _explain(self, evidence, sentences):
        kind = evidence.kind.removeprefix(SEVERAL)
        reason = super()._explain(replace(evidence, kind=kind), sentences)
        if kind == evidence.kind:
            return reason
        return self.env._("%s; the article has other terms as well", reason)

    def _find_evidence(self, company):
        products = self._load_products(company)
        by_code = self._index_codes(products, company)
        by_name = defaultdict(set)
        pairs = []
        for product in products:
            for name in {name for name in (product["name"] or {}).values() if name}:
                by_name[name.casefold()].add(product["id"])
                pairs.append((product["id"], name))
        names = NameIndex(pairs, is_company=False)
        shown = dict(pairs)
        known, terms = self._load_known(company)
        for mapping in self:
            found = mapping._find_by_code(by_code)
            found += mapping._find_known(known)
            name = mapping.external_name or ""
            same = by_name.get(name.casefold(), set())
            found += [Evidence(key, SCORES["name"], "name") for key in same]
            found += similar_names(names.find(name), shown, same)
            if len(terms[mapping.provider_id.id, mapping.sku_id]) > 1:
                found = [_of_several_terms(one) for one in found]
            yield mapping, found

    def _find_by_code(self, by_code):
        codes = article_codes(self.sku_id, self.term, self.billing_plan)
        return [
            Evidence(key, SCORES[prefix + kind], prefix + kind)
            for code, kind in codes
            for prefix in ("", "vendor_")
            for key in by_code.get((prefix, self._vendor_key(prefix), code), ())
        ]

    def _vendor_key(self, prefix):
        """Return whose numbers count: the vendor's own, if we know who it is."""
        return self.provider_id.partner_id.commercial_partner_id.id if prefix else 0

    def _find_known(self, known):
        """Return the evidence of the same article, elsewhere or with another term."""
        found = []
        for provider, term, plan, product_id in known.get(self.sku_id, ()):
            is_same = (term, plan) == (self.term, self.billing_plan)
            if provider != self.provider_id and is_same:
                found.append(
                    Evidence(
                        product_id, SCORES["elsewhere"], "elsewhere", provider.name
                    )
                )
            elif provider == self.provider_id and not is_same:
                detail = plan_label(self.env, term, plan)
                found.append(
                    Evidence(product_id, SCORES["other_term"], "other_term", detail)
                )
        return found

    def _load_products(self, company):
        """Return id, codes and names of the products that are not archived."""
        self.env["product.product"].flush_model()
        self.env["product.template"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                "SELECT p.id, p.default_code, p.barcode, t.name, t.id AS template_id "
                "FROM product_product p JOIN product_template t "
                "ON t.id = p.product_tmpl_id WHERE p.active AND t.active "
                "AND (t.company_id IS NULL OR t.company_id = %s)",
                company.id,
            )
        )

    def _index_codes(self, products, company):
        """Return {(prefix, vendor id or 0, code): product ids}."""
        index, variants = defaultdict(set), defaultdict(set)
        for product in products:
            variants[product["template_id"]].add(product["id"])
            for code in (product["default_code"], product["barcode"]):
                if plain := plain_code(code or ""):
                    index["", 0, plain].add(product["id"])
        # sudo: what vendors call a product is no secret to whoever assigns it
        prices = (
            self.env["product.supplierinfo"]
            .sudo()
            .search_fetch(
                Domain("product_code", "!=", False)
                & Domain("company_id", "in", [False, company.id]),
                ["product_code", "partner_id", "product_id", "product_tmpl_id"],
            )
        )
        vendors = {price.partner_id.commercial_partner_id for price in prices}
        ids = {vendor.id for vendor in vendors}
        for price in prices:
            own = price.product_id.ids or variants[price.product_tmpl_id.id]
            own = set(own) & variants[price.product_tmpl_id.id]
            plain = plain_code(price.product_code)
            vendor = price.partner_id.commercial_partner_id.id
            if plain and vendor in ids:
                index["vendor_", vendor, plain] |= own
                # Without a vendor on the provider, every vendor's numbers count.
                index["vendor_", False, plain] |= own
        return index

    def _load_known(self, company):
        """Return what is assigned by article, and all terms of each article.

        :return: {article: (provider, term, plan, product id)}, {(provider id,
            article): (term, plan)}
        """
        known, terms = defaultdict(list), defaultdict(set)
        codes = [sku_id for sku_id in self.mapped("sku_id") if sku_id]
        for mapping in self.search_fetch(
            [("company_id", "=", company.id), ("sku_id", "in", codes)],
            ["sku_id", "term", "billing_plan", "provider_id", "product_id"],
        ):
            key = (mapping.term, mapping.billing_plan)
            terms[mapping.provider_id.id, mapping.sku_id].add(key)
            if mapping.product_id.active:
                known[mapping.sku_id].append(
                    (mapping.provider_id, *key, mapping.product_id.id)
                )
        return known, terms


def _of_several_terms(evidence):
    """Return evidence that names no term, for an article that has several."""
    if evidence.kind not in TERMLESS:
        return evidence
    return replace(
        evidence,
        score=evidence.score - SEVERAL_TERMS,
        kind=SEVERAL + evidence.kind,
    )
