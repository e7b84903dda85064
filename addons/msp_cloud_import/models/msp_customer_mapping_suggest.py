from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..proposals import (
    Evidence,
    NameIndex,
    find_cells,
    host_of,
    is_public_mail,
    mail_domain,
    plain_vat,
)
from .msp_mapping_suggest import SAME_NAME, similar_names

# How far each kind of evidence is to be trusted, in points.
SCORES = {
    "elsewhere": 100,
    "vat": 100,
    "reference": 99,
    "known_domain": 98,
    "mail": 96,
    "website": 94,
    "mail_domain": 92,
    "name": SAME_NAME,
}


class MspCustomerMapping(models.Model):
    """Which customer a provider's customer may be, and why."""

    _inherit = "msp.customer.mapping"

    _suggested = "suggested_partner_id"

    def _get_reasons(self):
        return {
            **super()._get_reasons(),
            "elsewhere": self.env._("assigned before, with the same id at %(detail)s"),
            "vat": self.env._("same VAT number %(detail)s"),
            "reference": self.env._("reference %(detail)s is the provider's id"),
            "known_domain": self.env._("%(detail)s was assigned before"),
            "mail": self.env._("same e-mail %(detail)s"),
            "website": self.env._("same domain %(detail)s"),
            "mail_domain": self.env._("same domain %(detail)s of an e-mail"),
        }

    def _find_evidence(self, company):
        cells = self._find_cells(company)
        partners = self._load_partners(company)
        has_vat = any(vats for vats, _mails in cells.values())
        known = self._index_partners(partners, has_vat)
        self._add_known(company, known)
        shown = {
            row["id"]: row["name"] for row in partners if row["is_main"] and row["name"]
        }
        names = NameIndex(shown.items())
        for mapping in self:
            found = mapping._find_exact(known, *cells.get(mapping.id, ((), ())))
            name = mapping.external_name or ""
            same = known.get(("name", name.casefold()), {})
            found += similar_names(names.find(name), shown, same)
            yield mapping, found

    def _find_exact(self, known, vats, mails):
        """Return the evidence of what is the same.

        :param known: {(kind, text): partner ids}
        :param vats, mails: VAT numbers and mail addresses in the file's rows
        """
        domain = (self.domain or "").casefold()
        texts = [
            ("elsewhere", self.external_id),
            ("reference", self.external_id.casefold()),
            ("name", (self.external_name or "").casefold()),
            *(("vat", vat) for vat in vats),
            *(("mail", mail) for mail in mails),
            *(("mail_domain", mail_domain(mail)) for mail in mails),
            *(("website", mail_domain(mail)) for mail in mails),
        ]
        if not is_public_mail(domain):
            kinds = ("known_domain", "website", "mail_domain")
            texts += [(kind, domain) for kind in kinds]
        return [
            Evidence(key, SCORES[kind], kind, details.get(key) or text)
            for kind, text in texts
            if text
            for details in [known.get((kind, text), {})]
            for key in details
        ]

    def _find_cells(self, company):
        """Return {mapping id: (VAT numbers, mail addresses)} of a row of each."""
        charges = self.env["msp.provider.charge"]
        charges.flush_model(["customer_mapping_id", "raw"])
        rows = self.env.execute_query(
            SQL(
                "SELECT c.customer_mapping_id, c.raw FROM msp_provider_charge c "
                "WHERE c.id IN (SELECT max(id) FROM msp_provider_charge "
                "WHERE customer_mapping_id IN %s GROUP BY customer_mapping_id)",
                tuple(self.ids),
            )
        )
        country = company.country_id.code or ""
        cells = {}
        for mapping_id, raw in rows:
            vats, mails = find_cells(raw or {})
            numbers = filter(None, (plain_vat(vat, country) for vat in vats))
            cells[mapping_id] = (list(numbers), mails)
        return cells

    def _load_partners(self, company):
        """Return what customers are recognised by, of all that are not archived.

        The keys of contacts and addresses are those of their company.
        """
        self.env["res.partner"].flush_model()
        return self.env.execute_query_dict(
            SQL(
                "SELECT p.id, p.commercial_partner_id AS commercial_id, p.name, p.email, "
                "p.website, p.vat, p.ref, k.code AS country, "
                "p.id = p.commercial_partner_id AS is_main "
                "FROM res_partner p "
                "JOIN res_partner c ON c.id = p.commercial_partner_id "
                "LEFT JOIN res_country k ON k.id = p.country_id "
                "WHERE p.active AND c.active "
                "AND (p.company_id IS NULL OR p.company_id = %s)",
                company.id,
            )
        )

    def _index_partners(self, partners, has_vat):
        """Return {(kind, text): {partner id: detail or None}}."""
        index = defaultdict(dict)
        for row in partners:
            email = (row["email"] or "").strip().casefold()
            texts = {
                "name": (row["name"] or "").casefold() if row["is_main"] else "",
                "mail": email,
                "mail_domain": mail_domain(email),
                "website": host_of(row["website"] or ""),
                "reference": (row["ref"] or "").strip().casefold(),
            }
            if has_vat and row["vat"]:
                texts["vat"] = plain_vat(row["vat"], row["country"] or "")
            for kind, text in texts.items():
                if text:
                    index[kind, text][row["commercial_id"]] = None
        return index

    def _add_known(self, company, result):
        """Add what people have decided to {(kind, text): {partner id: detail}}."""
        domains = [domain for domain in self.mapped("domain") if domain]
        for mapping in self.search_fetch(
            [
                ("company_id", "=", company.id),
                ("partner_id.active", "=", True),
                "|",
                ("external_id", "in", self.mapped("external_id")),
                ("domain", "in", domains),
            ],
            ["external_id", "domain", "partner_id", "provider_id"],
        ):
            partner = mapping.partner_id.id
            result["elsewhere", mapping.external_id][partner] = mapping.provider_id.name
            if mapping.domain:
                result["known_domain", mapping.domain.casefold()][partner] = None
        ids = {
            external_id.casefold(): external_id
            for external_id in self.mapped("external_id")
        }
        # sudo: whoever assigns customers need not see all contracts
        contracts = (
            self.env["msp.contract"]
            .sudo()
            .search_fetch(
                [
                    ("company_id", "=", company.id),
                    ("commercial_partner_id.active", "=", True),
                    ("customer_reference", "in", [*ids, *ids.values()]),
                ],
                ["customer_reference", "commercial_partner_id"],
            )
        )
        for contract in contracts:
            text = contract.customer_reference.casefold()
            result["reference", text][contract.commercial_partner_id.id] = None
