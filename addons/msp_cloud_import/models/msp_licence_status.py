from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.msp_contract_waiting import company_today

from .msp_subscription import COUNT_KINDS, STATUSES


class MspLicenceStatus(models.Model):
    """Units at the provider, in the contract and on the last invoice, side by side.

    A view, so it is never out of date: one row per subscription. Where several belong to
    one position, the first of them bears the difference of all; where one is split over
    several positions, these are added up.
    """

    _name = "msp.licence.status"
    _description = "Licence status"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "is_different desc, customer_name, service_name, id"

    subscription_id = fields.Many2one("msp.subscription", readonly=True)
    subscription_number = fields.Char("Subscription at Provider", readonly=True)
    provider_id = fields.Many2one("msp.provider", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    customer_name = fields.Char(
        "Customer's Name",
        readonly=True,
        help="At the provider, if nobody knows whose it is.",
    )
    user_id = fields.Many2one("res.users", "Account Manager", readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    position_id = fields.Many2one("msp.contract.position", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    service_name = fields.Char("Product at Provider", readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    count_kind = fields.Selection(COUNT_KINDS, "Units That Count", readonly=True)
    says_purchased = fields.Boolean(readonly=True)
    says_assigned = fields.Boolean(readonly=True)
    says_billed = fields.Boolean(readonly=True)
    purchased = fields.Float(min_display_digits="Product Unit", readonly=True)
    assigned = fields.Float(min_display_digits="Product Unit", readonly=True)
    billed = fields.Float(
        "Provider Billed",
        min_display_digits="Product Unit",
        readonly=True,
        help="As the provider's last file or interface says.",
    )
    units = fields.Float(
        "At Provider",
        min_display_digits="Product Unit",
        readonly=True,
        help="Of the kind that counts; 0 once the subscription has ended.",
    )
    contract_quantity = fields.Float(
        "In Contract", min_display_digits="Product Unit", readonly=True, help="Today."
    )
    invoiced_quantity = fields.Float(
        "Last Invoiced", min_display_digits="Product Unit", readonly=True
    )
    difference = fields.Float(
        "More at Provider", min_display_digits="Product Unit", readonly=True
    )
    amount = fields.Monetary(
        "Per Month",
        readonly=True,
        help="What the difference comes to per month at the contract's price of today; "
        "empty where the price depends on the number of units.",
    )
    is_different = fields.Boolean("Differs", readonly=True)
    has_position = fields.Boolean("Under Contract", readonly=True)
    differs_since = fields.Date(
        readonly=True,
        help="The later of the days on which provider and contract began to say what "
        "they say now.",
    )
    term_end = fields.Date("Term Ends On", readonly=True)
    auto_renew = fields.Selection(related="subscription_id.auto_renew")
    next_quantity = fields.Float(
        "From Next Term On", min_display_digits="Product Unit", readonly=True
    )
    cancellable_until = fields.Datetime("Returnable Until", readonly=True)
    change_id = fields.Many2one(
        "msp.import.change",
        "Proposed",
        readonly=True,
        help="What a sync or file proposes and nobody has applied yet.",
    )
    order_id = fields.Many2one("msp.provider.order", readonly=True)
    order_state = fields.Selection(related="order_id.state", string="Ordered")

    _depends = {
        "msp.subscription": [
            "status",
            "purchased",
            "assigned",
            "billed",
            "says_purchased",
            "says_assigned",
            "says_billed",
            "state_since",
            "subscription_id",
            "sub_account_id",
            "is_trial",
            "is_usage",
        ],
        "msp.position.mapping": ["position_id", "count_kind"],
        "msp.position.share": ["position_id", "mapping_id"],
        "msp.customer.mapping": ["partner_id", "external_id"],
        "res.partner": ["complete_name"],
        "msp.contract.line": ["quantity", "date_start", "date_end", "amount_month"],
        "msp.charge": ["quantity", "counts", "date_end"],
        "msp.import.change": ["quantity", "state", "subscription_id"],
        "msp.provider.order": ["state", "subscription_id"],
        "msp.subscription.change": ["day", "what"],
        "msp.provider": ["count_kind"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH own AS (
                SELECT s.*, m.id AS mapping_id, m.position_id,
                       COALESCE(m.count_kind, v.count_kind) AS count_kind,
                       c.partner_id, b.quantity AS file_billed
                  FROM msp_subscription s
                  JOIN msp_provider v ON v.id = s.provider_id
                  LEFT JOIN LATERAL (
                         SELECT m.id, m.position_id, m.count_kind
                           FROM msp_position_mapping m
                          WHERE m.provider_id = s.provider_id
                            AND m.company_id = s.company_id
                            AND m.subscription_id = s.subscription_id
                          -- of a converted one, the article it has now
                          ORDER BY m.sku_id = COALESCE(s.sku_id, '') DESC, m.id DESC
                          LIMIT 1
                       ) m ON TRUE
                  LEFT JOIN msp_customer_mapping c
                    ON c.provider_id = s.provider_id AND c.company_id = s.company_id
                   AND c.external_id = s.sub_account_id
                  LEFT JOIN (%(billed)s) b
                    ON b.provider_id = s.provider_id AND b.company_id = s.company_id
                   AND b.subscription_id = s.subscription_id
                   AND b.sku_id = COALESCE(s.sku_id, '')
            ), target AS (
                SELECT id, position_id FROM own WHERE position_id IS NOT NULL
                 UNION
                SELECT o.id, h.position_id FROM own o
                  JOIN msp_position_share h ON h.mapping_id = o.mapping_id
                 WHERE h.position_id IS NOT NULL
            ), content AS (
                SELECT t.id, sum(l.quantity) AS quantity, sum(l.amount_month) AS amount,
                       bool_or(l.pricing->>'model' != 'included') AS has_scheme,
                       min(t.position_id) AS any_position_id
                  FROM target t
                  LEFT JOIN msp_contract_line l
                    ON l.position_id = t.position_id AND l.date_start <= %(today)s
                   AND (l.date_end IS NULL OR l.date_end >= %(today)s)
                 GROUP BY t.id
            ), counted AS (
                SELECT o.*, content.quantity AS contract_quantity, content.amount,
                       content.has_scheme, content.any_position_id,
                       content.id IS NOT NULL AS has_position,
                       CASE WHEN o.status IN ('ended', 'pending') THEN 0
                            WHEN o.count_kind = 'assigned' AND o.says_assigned
                              THEN o.assigned
                            WHEN o.count_kind = 'billed' AND o.says_billed THEN o.billed
                            WHEN o.count_kind = 'billed' THEN o.file_billed
                            WHEN o.says_purchased THEN o.purchased
                       END AS units
                  FROM own o LEFT JOIN content ON content.id = o.id
            ), summed AS (
                SELECT c.*,
                       -- Added-up subscriptions share a position: one difference.
                       CASE WHEN c.position_id IS NULL THEN c.units
                            ELSE sum(c.units) OVER same END AS all_units,
                       c.position_id IS NULL OR row_number() OVER same_in_order = 1
                         AS is_first
                  FROM counted c
                WINDOW same AS (PARTITION BY c.position_id),
                       same_in_order AS (PARTITION BY c.position_id ORDER BY c.id)
            )
            SELECT s.id, s.id AS subscription_id,
                   s.subscription_id AS subscription_number, s.provider_id, s.company_id,
                   COALESCE(contract.currency_id, company.currency_id) AS currency_id,
                   partner.id AS partner_id,
                   COALESCE(partner.complete_name, s.sub_account_name, s.sub_account_id)
                     AS customer_name, contract.user_id,
                   contract.id AS contract_id, position.id AS position_id,
                   position.product_id, s.service_name, s.status, s.count_kind,
                   s.says_purchased, s.purchased, s.says_assigned, s.assigned,
                   s.says_billed OR s.file_billed IS NOT NULL AS says_billed,
                   CASE WHEN s.says_billed THEN s.billed ELSE s.file_billed END AS billed,
                   s.units, s.contract_quantity,
                   (%(invoiced)s) AS invoiced_quantity, found.difference,
                   CASE WHEN s.has_scheme IS NOT TRUE
                        THEN found.difference * s.amount
                               / NULLIF(s.contract_quantity, 0) END AS amount,
                   found.difference != 0 AS is_different, s.has_position,
                   CASE WHEN found.difference != 0
                        THEN GREATEST((%(said)s), (%(agreed)s)) END AS differs_since,
                   s.term_end, s.next_quantity, s.cancellable_until,
                   (%(change)s) AS change_id, (%(order)s) AS order_id
              FROM summed s
              LEFT JOIN msp_contract_position position
                ON position.id = s.any_position_id
              LEFT JOIN msp_contract contract ON contract.id = position.contract_id
              LEFT JOIN res_partner partner
                ON partner.id = COALESCE(contract.partner_id, s.partner_id)
              JOIN res_company company ON company.id = s.company_id
             CROSS JOIN LATERAL (
                     SELECT CASE WHEN s.is_trial OR s.is_usage OR NOT s.is_first
                                   OR s.all_units IS NULL THEN 0
                                 ELSE s.all_units - COALESCE(s.contract_quantity, 0)
                            END AS difference
                   ) found
            """,
            billed=self._query_billed(),
            # These are read of the rows that are shown only.
            invoiced=self._query_invoiced(),
            said=self._query_said_since(),
            agreed=self._query_agreed_since(),
            change=self._query_change(),
            order=self._query_order(),
            today=company_today(self.env.company),
        )

    def action_open_change(self):
        """Open what is proposed and not applied yet."""
        self.ensure_one()
        return self._action_open(self.change_id)

    def action_open_order(self):
        """Open what was ordered at the provider."""
        self.ensure_one()
        return self._action_open(self.order_id)

    def action_open_contract(self):
        """Open the contract whose position this is."""
        self.ensure_one()
        return self._action_open(self.contract_id)

    def action_open_subscription(self):
        """Open what the provider says of the subscription, with its history."""
        self.ensure_one()
        return self._action_open(self.subscription_id)
