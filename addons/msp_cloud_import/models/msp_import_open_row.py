from odoo import api, fields, models
from odoo.tools import SQL

from .msp_import_owner import owner_ids

KINDS = [
    ("customer", "Customer to assign"),
    ("article", "Article to assign"),
    ("ambiguous", "Several positions fit"),
    ("failed", "Could not be applied"),
    ("waiting", "To be decided"),
    ("problem", "Not read"),
]


class MspImportOpenRow(models.Model):
    """What of providers' files is not settled: whose it is, since when, the money.

    A view on rows and problems, so nothing in it has to be kept up to date: what is
    mended is gone. Ids are even for rows and odd for problems.
    """

    _name = "msp.import.open.row"
    _description = "Open rows of imports"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "amount desc, id"
    _rec_name = "label"

    kind = fields.Selection(KINDS, "What", readonly=True)
    import_id = fields.Many2one("msp.import", readonly=True)
    provider_id = fields.Many2one("msp.provider", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        readonly=True,
        help="The account manager of the contract or customer, else who is "
        "responsible for the product, else the provider's owner, else who imported.",
    )
    row = fields.Integer(readonly=True, aggregator=None)
    customer_name = fields.Char("Customer at Provider", readonly=True)
    article_name = fields.Char("Article at Provider", readonly=True)
    reason = fields.Char("Why", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    customer_mapping_id = fields.Many2one("msp.customer.mapping", readonly=True)
    product_mapping_id = fields.Many2one("msp.product.mapping", readonly=True)
    provider_charge_id = fields.Many2one(
        "msp.provider.charge", "Row of the File", readonly=True
    )
    problem_id = fields.Many2one("msp.import.problem", readonly=True)
    change_id = fields.Many2one("msp.import.change", "Proposed Change", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount = fields.Monetary("Net Cost", readonly=True)
    first_read = fields.Datetime(readonly=True)
    age = fields.Integer("Days Open", compute="_compute_age")
    label = fields.Char(compute="_compute_label")

    _depends = {
        "msp.import": ["state", "provider_id"],
        "msp.provider.charge": [
            "state",
            "state_reason",
            "partner_id",
            "product_id",
            "contract_id",
            "customer_mapping_id",
            "product_mapping_id",
        ],
        "msp.import.change": ["state", "version_id", "contract_id"],
        "msp.import.problem": ["is_ignored"],
        "msp.provider": ["user_id"],
        "msp.contract": ["user_id", "state", "commercial_partner_id"],
        "res.partner": ["user_id"],
        "product.template": ["msp_owner_id"],
    }

    @property
    def _table_query(self):
        owners = tuple(owner_ids(self.env)) or (0,)
        relation = self.env["msp.import.change"]._fields["candidate_position_ids"]
        return SQL(
            """
            SELECT 2 * c.id::bigint AS id,
                   CASE WHEN c.state = 'unmapped_customer' THEN 'customer'
                        WHEN c.state = 'unmapped_product' THEN 'article'
                        WHEN h.state = 'failed' THEN 'failed'
                        WHEN h.has_candidates THEN 'ambiguous'
                        ELSE 'waiting' END AS kind,
                   c.import_id, c.provider_id, c.company_id, c.row,
                   COALESCE(c.sub_account_name, c.customer_domain, c.customer_key)
                     AS customer_name,
                   COALESCE(c.sku_name, c.service_name, c.sku_id) AS article_name,
                   COALESCE(c.state_reason, CASE c.state
                     WHEN 'unmapped_customer' THEN cm.suggestion_reason
                     WHEN 'unmapped_product' THEN pm.suggestion_reason END) AS reason,
                   c.partner_id, c.product_id,
                   COALESCE(c.contract_id, h.contract_id) AS contract_id,
                   c.customer_mapping_id, c.product_mapping_id,
                   c.id AS provider_charge_id, NULL::integer AS problem_id,
                   h.id AS change_id, c.currency_id, c.billed_cost AS amount,
                   c.create_date AS first_read,
                   (SELECT candidate FROM unnest(ARRAY[
                        -- An article concerns many customers: it has one owner.
                        CASE WHEN c.state != 'unmapped_product'
                             THEN k.user_id END,
                        CASE WHEN c.state != 'unmapped_product'
                             THEN p.user_id END,
                        CASE WHEN c.state != 'unmapped_product'
                             THEN (SELECT min(o.user_id) FROM msp_contract o
                                    WHERE o.commercial_partner_id
                                            = p.commercial_partner_id
                                      AND o.company_id = c.company_id
                                      AND o.state = 'active'
                                      AND o.user_id IN %(owners)s) END,
                        t.msp_owner_id, v.user_id, i.create_uid
                      ]) WITH ORDINALITY AS one (candidate, place)
                     WHERE candidate IN %(owners)s ORDER BY place LIMIT 1
                   ) AS user_id
              FROM msp_provider_charge c
              JOIN msp_import i ON i.id = c.import_id
              JOIN msp_provider v ON v.id = c.provider_id
              LEFT JOIN LATERAL (
                   SELECT h.id, h.state, h.contract_id, h.version_id,
                          EXISTS (SELECT 1 FROM %(candidates)s q
                                   WHERE q.%(change)s = h.id) AS has_candidates
                     FROM msp_import_change_row_rel r
                     JOIN msp_import_change h ON h.id = r.change_id
                    WHERE r.row_id = c.id AND h.state IN ('waiting', 'failed')
                    ORDER BY h.id LIMIT 1
                   ) h ON c.state = 'waiting'
              LEFT JOIN msp_customer_mapping cm ON cm.id = c.customer_mapping_id
              LEFT JOIN msp_product_mapping pm ON pm.id = c.product_mapping_id
              LEFT JOIN msp_contract k ON k.id = COALESCE(c.contract_id, h.contract_id)
              LEFT JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN product_product pp ON pp.id = c.product_id
              LEFT JOIN product_template t ON t.id = pp.product_tmpl_id
             WHERE i.state != 'withdrawn'
               AND (c.state IN ('unmapped_customer', 'unmapped_product')
                    -- Without a reason a row only waits for its next step.
                    OR (c.state = 'waiting' AND c.state_reason IS NOT NULL))
               -- Whoever approves a version has been asked already.
               AND (h.state IS DISTINCT FROM 'waiting' OR h.version_id IS NULL)
            UNION ALL
            SELECT 2 * b.id::bigint + 1, 'problem', b.import_id, i.provider_id,
                   b.company_id, b.row, NULL, NULL, b.reason, NULL::integer,
                   NULL::integer, NULL::integer, NULL::integer, NULL::integer,
                   NULL::integer, b.id, NULL::integer, b.currency_id, b.amount,
                   b.create_date,
                   CASE WHEN v.user_id IN %(owners)s THEN v.user_id
                        WHEN i.create_uid IN %(owners)s THEN i.create_uid END
              FROM msp_import_problem b
              JOIN msp_import i ON i.id = b.import_id
              JOIN msp_provider v ON v.id = i.provider_id
             WHERE b.severity = 'error' AND b.is_ignored IS NOT TRUE
               AND i.state != 'withdrawn'
            """,
            owners=owners,
            candidates=SQL.identifier(relation.relation),
            change=SQL.identifier(relation.column1),
        )

    @api.depends("first_read")
    def _compute_age(self):
        today = fields.Date.context_today(self)
        for one in self:
            one.age = (today - one.first_read.date()).days if one.first_read else 0

    @api.depends("import_id", "row")
    def _compute_label(self):
        for one in self:
            one.label = self.env._(
                "%(import)s, row %(row)s",
                **{"import": one.import_id.name, "row": one.row},
            )

    # Where it is mended

    def action_mend(self):
        """Open what has to be changed, such as assignment, contract or price."""
        self.ensure_one()
        if self.kind == "customer" and self.customer_mapping_id:
            return self._action_open(self.customer_mapping_id)
        if self.kind == "article" and self.product_mapping_id:
            return self._action_open(self.product_mapping_id)
        may_choose = self.change_id and self.env.user.has_group(
            "msp_contract_billing.group_billing_clerk"
        )
        if self.kind == "ambiguous" and may_choose:
            return self.change_id.action_choose()
        begin = self.change_id.kind == "begin" and self.change_id
        if begin and not begin.price_unit and self.product_id:
            # What has no price waits for one.
            return self._action_open(self.product_id)
        contracts = (
            self.contract_id or self.change_id.candidate_position_ids.contract_id
        )
        if len(contracts) == 1:
            return self._action_open(contracts)
        if contracts:
            return self._action_view(
                self.env._("Contracts That Fit"),
                "msp.contract",
                [("id", "in", contracts.ids)],
            )
        if self.kind == "problem":
            return self.import_id.action_view_problems()
        return self._action_open(
            self.partner_id or self.provider_charge_id or self.import_id
        )

    def action_open_partner(self):
        self.ensure_one()
        return self._action_open(self.partner_id)

    def action_open_product(self):
        self.ensure_one()
        return self._action_open(self.product_id)

    def action_open_contract(self):
        self.ensure_one()
        return self._action_open(self.contract_id)

    def action_open_customer_mapping(self):
        self.ensure_one()
        return self._action_open(self.customer_mapping_id)

    def action_open_product_mapping(self):
        self.ensure_one()
        return self._action_open(self.product_mapping_id)

    def action_open_row(self):
        self.ensure_one()
        return self._action_open(self.provider_charge_id)

    def action_ignore(self):
        """Ask for the reason why these rows are left out."""
        action = self.env["msp.import.ignore"]._open(self.provider_charge_id)
        context = {**action["context"], "default_problem_ids": self.problem_id.ids}
        return {**action, "context": context}
