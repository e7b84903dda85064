from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

# What assigning changes of rows.
ASSIGNED = (
    "state",
    "customer_mapping_id",
    "product_mapping_id",
    "partner_id",
    "product_id",
)


class MspImport(models.Model):
    """Step 2: which customers and articles of ours the file means."""

    _inherit = "msp.import"

    def action_assign(self):
        """Recognise what was assigned before; list the rest with suggestions."""
        return self._take_steps(lambda import_: import_._assign())

    def _assign(self):
        self.ensure_one()
        self._check_state("read", "mapped", "prepared", "applied")
        self._find_customers()
        self._find_products()
        self._assign_rows()
        self._analyze_assigned()
        self._update_open_amounts()
        self.customer_mapping_ids._suggest()
        self.product_mapping_ids._suggest()
        self._set_step("mapped")

    def _assign_rows(self, first=None, last=None):
        """Link rows to their assignments.

        :param first: the lowest id of the rows, `last`: the highest; None: all
        """
        only = SQL("TRUE")
        if first is not None:
            only = SQL("c.id BETWEEN %s AND %s", first, last)
        self._allow_memory()
        # Each writing of a row costs as much as reading it: one does for most.
        self._refresh_rows(is_linking=True, only=only)
        self._link_rows(only)

    def _analyze_assigned(self):
        """Let the planner know of the rows' assignments, which are often new."""
        self._analyze(
            self.charge_count,
            msp_provider_charge=ASSIGNED,
            msp_customer_mapping=(),
            msp_product_mapping=(),
        )

    def _find_customers(self):
        """Find or make the mapping of each customer of the file."""
        charges = self.env["msp.provider.charge"]
        groups = charges._read_group(
            [("import_id", "=", self.id), ("customer_key", "!=", False)],
            ["customer_key"],
            ["sub_account_name:max", "customer_domain:max", "currency_id:min"],
        )
        mappings = self.env["msp.customer.mapping"]
        known = {
            mapping.external_id: mapping
            for mapping in mappings.search(self._mapping_domain())
        }
        new = [
            {
                "provider_id": self.provider_id.id,
                "company_id": self.company_id.id,
                "external_id": key,
                "external_name": name or domain or key,
                "domain": domain,
                "currency_id": currency_id,
            }
            for key, name, domain, currency_id in groups
            if key not in known
        ]
        for key, name, domain, _currency_id in groups:
            mapping = known.get(key)
            if not mapping:
                continue
            # Customers are renamed; the id stays.
            said = (name or mapping.external_name, domain or False)
            if said != (mapping.external_name, mapping.domain):
                mapping.write({"external_name": said[0], "domain": said[1]})
        made = mappings.create(new)
        ids = [known[key].id for key, *_others in groups if key in known]
        self._link_mappings("customer_mapping_ids", [*ids, *made.ids])

    def _find_products(self):
        """Find or make the mapping of each article whose rows are used."""
        charges = self.env["msp.provider.charge"]
        groups = charges._read_group(
            Domain("import_id", "=", self.id)
            & Domain.OR(Domain(name, "=", True) for name in self._get_article_marks()),
            ["sku_id", "term", "billing_plan"],
            [
                "service_name:max",
                "sku_name:max",
                "currency_id:min",
                "is_quantity:bool_or",
            ],
        )
        mappings = self.env["msp.product.mapping"]
        known = {
            (mapping.sku_id or "", mapping.term or "", mapping.billing_plan or ""): (
                mapping.id
            )
            for mapping in mappings.search(self._mapping_domain())
        }
        new, ids = [], []
        for sku_id, term, plan, service_name, sku_name, currency_id, is_seats in groups:
            key = (sku_id or "", term or "", plan or "")
            if key in known:
                ids.append(known[key])
                continue
            new.append(
                {
                    "provider_id": self.provider_id.id,
                    "company_id": self.company_id.id,
                    "sku_id": key[0],
                    "term": key[1],
                    "billing_plan": key[2],
                    "external_name": sku_name or service_name or key[0],
                    "currency_id": currency_id,
                    "billing_mode": "quantity" if is_seats else "amounts",
                }
            )
        made = mappings.create(new)
        self._link_mappings("product_mapping_ids", [*ids, *made.ids])

    def _link_rows(self, only):
        """Link rows to their assignments, those that are applied included."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET customer_mapping_id = cm.id "
                "FROM msp_customer_mapping cm WHERE c.import_id = %s AND %s "
                "AND c.customer_mapping_id IS DISTINCT FROM cm.id AND %s",
                self.id,
                self._get_customer_link(),
                only,
            )
        )
        self.env.cr.execute(
            SQL(
                "UPDATE msp_provider_charge c SET product_mapping_id = pm.id "
                "FROM msp_product_mapping pm WHERE c.import_id = %s AND %s "
                "AND c.product_mapping_id IS DISTINCT FROM pm.id AND %s",
                self.id,
                self._get_product_link(),
                only,
            )
        )
        self.env.invalidate_all()

    def _get_customer_link(self):
        return SQL(
            "cm.provider_id = c.provider_id AND cm.company_id = c.company_id "
            "AND cm.external_id = c.customer_key"
        )

    def _get_product_link(self):
        return SQL(
            "pm.provider_id = c.provider_id AND pm.company_id = c.company_id "
            "AND pm.sku_id = COALESCE(c.sku_id, '') "
            "AND pm.term = COALESCE(c.term, '') "
            "AND pm.billing_plan = COALESCE(c.billing_plan, '') AND (%s)",
            SQL(" OR ").join(
                SQL("%s IS TRUE", SQL.identifier("c", name))
                for name in self._get_article_marks()
            ),
        )

    def _get_article_marks(self):
        """Return the fields of which one is true of rows that need an article of ours."""
        return ["is_quantity"]

    def _mapping_domain(self):
        return [
            ("provider_id", "=", self.provider_id.id),
            ("company_id", "=", self.company_id.id),
        ]

    def _link_mappings(self, name, ids):
        self._system_write({name: [(6, 0, ids)]})

    def _refresh_rows(self, mappings=None, is_linking=False, only=None):
        """Let state, customer and product of rows follow the assignments.

        Rows that are applied stay as they are. Proposals that rest on changed rows
        are dropped, so that they are prepared again.

        :param mappings: only rows of these, all of one model
        :param is_linking: link the rows to their assignments as well
        :param only: only rows "c" of which this is true
        """
        self.ensure_one()
        only = only or SQL("TRUE")
        if mappings is not None:
            only = SQL(
                "c.%s IN %s",
                SQL.identifier(mappings._charge_field),
                tuple(mappings.ids),
            )
            self._drop_proposals(mappings)
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET state = s.new_state, state_reason = s.reason,
                       customer_mapping_id = s.customer_mapping_id,
                       product_mapping_id = s.product_mapping_id,
                       partner_id = s.partner_id, product_id = s.product_id,
                       contract_id = NULL, position_id = NULL
                  FROM (
                    SELECT c.id,
                           cm.id AS customer_mapping_id,
                           pm.id AS product_mapping_id,
                           cm.partner_id,
                           pm.product_id,
                           CASE
                             WHEN c.is_left_out THEN 'ignored'
                             WHEN c.superseded_by_id IS NOT NULL THEN 'ignored'
                             WHEN c.known_charge_id IS NOT NULL THEN 'ignored'
                             WHEN c.gone_decision = 'open' THEN 'waiting'
                             WHEN cm.is_ignored OR pm.is_ignored THEN 'ignored'
                             WHEN pm.billing_mode = 'none' THEN 'info'
                             WHEN c.detailed_by_id IS NOT NULL THEN 'info'
                             WHEN cm.id IS NOT NULL AND p.active IS NOT TRUE
                               THEN 'unmapped_customer'
                             WHEN c.event = 'unknown' THEN 'waiting'
                             WHEN c.is_quantity IS NOT TRUE AND (
                                    c.is_amount IS NOT TRUE
                                    OR pm.billing_mode = 'quantity') THEN 'info'
                             WHEN pp.active IS NOT TRUE THEN 'unmapped_product'
                             ELSE 'waiting'
                           END AS new_state,
                           CASE
                             WHEN c.is_left_out THEN c.state_reason
                             WHEN c.superseded_by_id IS NOT NULL THEN c.state_reason
                             WHEN c.known_charge_id IS NOT NULL
                               THEN (
                                 SELECT format(%(known)s, i.name, k.row)
                                   FROM msp_provider_charge k
                                   JOIN msp_import i ON i.id = k.import_id
                                  WHERE k.id = c.known_charge_id)
                             WHEN c.gone_decision = 'open'
                               THEN (
                                 SELECT format(%(gone)s, i.name)
                                   FROM msp_import i WHERE i.id = c.gone_import_id)
                             WHEN cm.is_ignored THEN cm.ignore_reason
                             WHEN pm.is_ignored THEN pm.ignore_reason
                             WHEN pm.billing_mode = 'none' THEN %(no_billing)s
                             WHEN c.detailed_by_id IS NOT NULL THEN c.state_reason
                             WHEN cm.partner_id IS NOT NULL AND p.active IS NOT TRUE
                               THEN %(archived_customer)s
                             WHEN cm.id IS NOT NULL AND cm.partner_id IS NULL THEN NULL
                             WHEN c.event = 'unknown' THEN %(unknown)s
                             WHEN 'unbilled' = ANY(string_to_array(c.flags, ' '))
                               THEN %(unbilled)s
                             WHEN c.is_quantity IS NOT TRUE
                               AND c.is_amount IS NOT TRUE THEN NULL
                             WHEN pm.product_id IS NOT NULL AND pp.active IS NOT TRUE
                               THEN %(archived_product)s
                             ELSE NULL
                           END AS reason
                      FROM msp_provider_charge c
                      LEFT JOIN msp_customer_mapping cm ON %(customer)s
                      LEFT JOIN res_partner p ON p.id = cm.partner_id
                      LEFT JOIN msp_product_mapping pm ON %(product)s
                      LEFT JOIN product_product pp ON pp.id = pm.product_id
                     WHERE c.import_id = %(import_id)s AND c.state != 'applied'
                       AND %(only)s
                       AND NOT EXISTS (
                             SELECT 1 FROM msp_import_change_row_rel r
                              WHERE r.row_id = c.id)
                  ) s
                 WHERE c.id = s.id
                   AND (c.state, c.state_reason, c.customer_mapping_id,
                        c.product_mapping_id, c.partner_id, c.product_id,
                        c.contract_id, c.position_id)
                       IS DISTINCT FROM
                       (s.new_state, s.reason, s.customer_mapping_id,
                        s.product_mapping_id, s.partner_id, s.product_id,
                        NULL, NULL)
                """,
                customer=self._get_customer_link()
                if is_linking
                else SQL("cm.id = c.customer_mapping_id"),
                product=self._get_product_link()
                if is_linking
                else SQL("pm.id = c.product_mapping_id"),
                import_id=self.id,
                only=only,
                unbilled=self.env._("Not invoiced yet, so nothing is billed of it"),
                no_billing=self.env._("The article is set to be billed to nobody"),
                known=self.env._(
                    "Read before: %(import)s, row %(row)s",
                    **{"import": "%1$s", "row": "%2$s"},
                ),
                gone=self.env._(
                    "%s does not have this row. Take it back there, or let it count on.",
                    "%1$s",
                ),
                archived_customer=self.env._(
                    "The assigned customer is archived; choose another one"
                ),
                archived_product=self.env._(
                    "The assigned product is archived; choose another one"
                ),
                unknown=self.env._(
                    "This kind of charge is not known; an accountant decides what it is"
                ),
            )
        )
        self.env.invalidate_all()

    def _drop_proposals(self, mappings):
        """Drop what was proposed for the rows of `mappings` and not applied.

        What somebody has decided waits until the import is prepared again, and what
        waits for an approval until somebody has decided there.
        """
        changes = self.env["msp.import.change"].search(
            [
                ("import_id", "=", self.id),
                (f"provider_charge_ids.{mappings._charge_field}", "in", mappings.ids),
                ("state", "!=", "applied"),
                ("version_id", "=", False),
            ]
        )
        decided = changes.filtered(lambda change: change._is_still_decided())
        (changes - decided)._system_unlink()
        decided._let_go_of_rows()
        if self.state == "prepared":
            self._system_write({"state": "mapped"})
        # What has been prepared of it, if that is still at work, begins anew.
        self._begin_again("prepare")
