from collections import defaultdict
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.tools import SQL


class MspCustomerMapping(models.Model):
    """A provider's customer id and the customer it is.

    No constraint contains the partner: merging partners would delete the rows.
    """

    _name = "msp.customer.mapping"
    _inherit = "msp.mapping.mixin"
    _description = "Customer of a provider"
    _order = "amount_open desc, external_name, id"
    _rec_names_search = ("external_name", "external_id", "domain")

    _target = "partner_id"
    _charge_field = "customer_mapping_id"
    _open_state = "unmapped_customer"

    external_id = fields.Char(
        "Id at Provider",
        required=True,
        help="The provider's customer id; where a file has none, domain or name.",
    )
    domain = fields.Char("Domain at Provider")
    partner_id = fields.Many2one(
        "res.partner", "Customer", ondelete="restrict", index="btree_not_null"
    )
    suggested_partner_id = fields.Many2one(
        "res.partner", "Suggestion", ondelete="set null", readonly=True
    )

    _external_unique = models.Constraint(
        "UNIQUE (provider_id, company_id, external_id)",
        "This customer of the provider is in the list already.",
    )

    @api.depends("external_name", "external_id")
    def _compute_display_name(self):
        for mapping in self:
            mapping.display_name = mapping.external_name or mapping.external_id

    @api.depends("partner_id", "is_ignored")
    def _compute_state(self):
        return super()._compute_state()

    def action_accept(self):
        """Assign the suggested customer."""
        self._accept("suggested_partner_id")
        return True

    def _suggest(self):
        """Store for open mappings which customer it may be, and why."""
        todo = self.filtered(lambda mapping: mapping.state == "open")
        if not todo:
            return
        by_domain, by_name = todo._partners_by_domain(), todo._partners_by_name()
        known = todo._partners_by_known_domain()
        for mapping in todo:
            domain = (mapping.domain or "").casefold()
            name = (mapping.external_name or "").casefold()
            proposals = (
                (known.get(domain), self.env._("%s was assigned before", domain)),
                (by_domain.get(domain), self.env._("same domain %s", domain)),
                (by_name.get(name), self.env._("same name")),
            )
            found = next(
                ((ids, why) for ids, why in proposals if ids and len(ids) == 1), None
            )
            partner = self.env["res.partner"].browse(found[0] if found else ())
            partner = partner._filtered_access("read")
            mapping.write(
                {
                    "suggested_partner_id": partner.id,
                    "suggestion_reason": found[1] if partner else False,
                }
            )

    def _partners_by_known_domain(self):
        """Return {domain: {partner id}} of what was assigned before."""
        domains = list(filter(None, self.mapped("domain")))
        result = defaultdict(set)
        for mapping in self.search(
            [("domain", "in", domains), ("partner_id.active", "=", True)]
        ):
            result[mapping.domain.casefold()].add(mapping.partner_id.id)
        return result

    def _partners_by_domain(self):
        """Return {domain: {commercial partner id}} by e-mail or website."""
        domains = {(mapping.domain or "").casefold() for mapping in self} - {""}
        return self._search_partners(
            SQL(
                "(split_part(lower(p.email), '@', 2) IN %(domains)s "
                "OR p.website ILIKE ANY(%(patterns)s))",
                domains=tuple(domains) or ("",),
                patterns=[f"%{domain}%" for domain in domains],
            ),
            lambda email, website, _name: (
                {
                    email.casefold().rpartition("@")[2],
                    _host(website),
                }
                & domains
            ),
        )

    def _partners_by_name(self):
        """Return {name: {commercial partner id}}, exactly the same name."""
        names = {(mapping.external_name or "").casefold() for mapping in self} - {""}
        return self._search_partners(
            SQL("lower(p.name) IN %s", tuple(names) or ("",)),
            lambda _email, _website, name: {name.casefold()} & names,
        )

    def _search_partners(self, where, keys):
        partners = self.env["res.partner"]
        partners.flush_model(["email", "website", "name", "active", "company_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT p.commercial_partner_id, p.email, p.website, p.name "
                "FROM res_partner p JOIN res_partner c ON c.id = p.commercial_partner_id "
                "WHERE p.active AND c.active AND %s "
                "AND (p.company_id IS NULL OR p.company_id IN %s)",
                where,
                tuple(self.company_id.ids),
            )
        )
        result = defaultdict(set)
        for partner_id, *texts in rows:
            for key in keys(*(text or "" for text in texts)):
                result[key].add(partner_id)
        return result


def _host(website):
    """Return the domain of a website, without "www."."""
    text = website.strip().casefold()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
