from odoo import api, fields, models

KINDS = [
    ("end", "Contract ends"),
    ("position", "Position ends"),
    ("notice", "Last day for notice"),
    ("renewal", "Contract renews"),
    ("price", "Price changes"),
    ("suspension", "Billed again"),
    ("pause", "Suspended"),
]
#: Ids are those of the sources with the number of the kind in the last two digits.
_ID_STEP = 100
#: What a contract is worth per month on a day of its own.
_STAKE = """
    COALESCE((
        SELECT SUM(line.amount_month)
          FROM msp_contract_line line
         WHERE line.contract_id = contract.id
           AND line.date_start <= {day}
           AND (line.date_end IS NULL OR line.date_end >= {day})
    ), 0)
"""


class MspUpcoming(models.Model):
    """What happens to contracts, by day, and the money that begins or ends with it.

    A view on the stored history, so nothing in it has to be kept up to date. Each sum
    of money stands in one row: it may be added up.
    """

    _name = "msp.upcoming"
    _description = "What is coming up"
    _inherit = "msp.action.mixin"
    _auto = False
    _order = "date, kind, id"

    kind = fields.Selection(KINDS, "What", readonly=True)
    date = fields.Date(readonly=True)
    contract_id = fields.Many2one("msp.contract", readonly=True)
    position_id = fields.Many2one("msp.contract.position", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    user_id = fields.Many2one("res.users", "Account Manager", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    amount_month = fields.Monetary(
        "More per Month",
        readonly=True,
        help="What begins to be billed per month from this day on, without tax; "
        "negative if it ends.",
    )
    amount_stake = fields.Monetary(
        "At Stake per Month",
        readonly=True,
        help="What the contract is worth per month on the day on which it renews or on "
        "which notice can be given.",
    )

    _depends = {
        "msp.contract": [
            "partner_id",
            "user_id",
            "company_id",
            "currency_id",
            "date_end",
            "notice_date",
            "renewal_date",
        ],
        "msp.contract.position": ["bundle_id", "date_end"],
        "msp.contract.line": [
            "contract_id",
            "position_id",
            "date_start",
            "date_end",
            "amount_month",
            "billed_share",
            "discount",
            "price_interval",
            "price_unit",
            "pricing",
        ],
    }

    @property
    def _table_query(self):
        numbers = {kind: number for number, (kind, _label) in enumerate(self._kinds())}
        return " UNION ALL ".join(
            f"""
            SELECT found.source_id::bigint * {_ID_STEP} + {numbers[kind]} AS id,
                   '{kind}' AS kind,
                   found.date,
                   found.contract_id,
                   found.position_id,
                   contract.partner_id,
                   contract.user_id,
                   contract.company_id,
                   contract.currency_id,
                   found.amount_month,
                   found.amount_stake
              FROM ({query}) found
              JOIN msp_contract contract ON contract.id = found.contract_id
            """
            for kind, query in self._get_queries().items()
        )

    @api.model
    def _kinds(self):
        return self._fields["kind"]._description_selection(self.env)

    @api.model
    def _get_queries(self):
        """Return the SQL that finds each kind, by kind.

        A hook: addons and other files add kinds with `selection_add` and a query here,
        and what it reads to `_depends`.

        :return: {kind: query}; each selects `source_id` (id of a row that only this
            row comes from), `date`, `contract_id`, `position_id` (or NULL),
            `amount_month` and `amount_stake`, in the contract's currency
        """
        return {
            "end": self._query_of_contract("date_end", "-", "amount_month"),
            "notice": self._query_of_contract("notice_date", "", "amount_stake"),
            "renewal": self._query_of_contract("renewal_date", "", "amount_stake"),
            "position": """
                SELECT position.id AS source_id,
                       position.date_end AS date,
                       position.contract_id,
                       position.id AS position_id,
                       -line.amount_month AS amount_month,
                       0 AS amount_stake
                  FROM msp_contract_position position
                  JOIN msp_contract contract ON contract.id = position.contract_id
                  JOIN msp_contract_line line
                    ON line.position_id = position.id
                   AND line.date_end = position.date_end
                 WHERE position.bundle_id IS NULL
                   AND (
                        contract.date_end IS NULL
                        OR position.date_end < contract.date_end
                   )
            """,
            "price": self._query_of_lines(
                "line.billed_share = before.billed_share AND ("
                "line.price_unit, line.price_interval, line.discount, line.pricing) "
                "IS DISTINCT FROM (before.price_unit, before.price_interval, "
                "before.discount, before.pricing)"
            ),
            "suspension": self._query_of_lines(
                "line.billed_share > before.billed_share"
            ),
            "pause": self._query_of_lines("line.billed_share < before.billed_share"),
        }

    @api.model
    def _query_of_contract(self, field, sign, column):
        """Return the query for a day of the contract, with all that it is worth."""
        stake = sign + _STAKE.format(day=f"contract.{field}")
        amounts = {"amount_month": "0", "amount_stake": "0", column: stake}
        return f"""
            SELECT contract.id AS source_id,
                   contract.{field} AS date,
                   contract.id AS contract_id,
                   NULL::integer AS position_id,
                   {amounts["amount_month"]} AS amount_month,
                   {amounts["amount_stake"]} AS amount_stake
              FROM msp_contract contract
             WHERE contract.{field} IS NOT NULL
        """

    @api.model
    def _query_of_lines(self, condition):
        """Return the query for days on which a position's content changes.

        Components change with their bundle, which alone has a price.
        """
        return f"""
            SELECT line.id AS source_id,
                   line.date_start AS date,
                   line.contract_id,
                   line.position_id,
                   line.amount_month - before.amount_month AS amount_month,
                   0 AS amount_stake
              FROM msp_contract_line line
              JOIN msp_contract_line before
                ON before.position_id = line.position_id
               AND before.date_end = line.date_start - 1
              JOIN msp_contract_position position
                ON position.id = line.position_id AND position.bundle_id IS NULL
             WHERE {condition}
        """

    @api.depends("kind", "contract_id", "position_id")
    def _compute_display_name(self):
        labels = dict(self._kinds())
        for row in self:
            what = row.position_id.name or row.contract_id.display_name
            customer = row.partner_id.display_name
            row.display_name = f"{labels[row.kind]}: {what} ({customer})"

    def action_open(self):
        self.ensure_one()
        return self._action_open(self.contract_id)
