from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.billing import Amount
from odoo.addons.msp_contract_billing.models.money import day_after

from .msp_dated_amount_detail_sql import SAYS_MORE, SUBJECT, query_usage
from .msp_provider_usage import RATE_RULES

# What the engine's keys begin with.
KEY = "msp.dated.amount"


class MspDatedAmount(models.Model):
    """One charge of a provider that a position passes on, in the contract's money.

    Made when an import is prepared; billed once it is applied and as long as no newer
    state of the same charge has replaced it and its import was not withdrawn.
    """

    _name = "msp.dated.amount"
    _description = "Amounts passed on"
    _inherit = "msp.derived.mixin"
    _order = "date_start desc, id desc"
    _rec_name = "summary"

    import_id = fields.Many2one(
        "msp.import", required=True, ondelete="restrict", index=True
    )
    provider_id = fields.Many2one("msp.provider", required=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True)
    # Proposals are dropped with their change; what is applied stays.
    change_id = fields.Many2one("msp.import.change", ondelete="set null", index=True)
    provider_charge_id = fields.Many2one(
        "msp.provider.charge",
        "Row of the File",
        required=True,
        ondelete="restrict",
        index=True,
    )
    # The line of the provider, which is the same for all states of it.
    charge_key = fields.Char(required=True)
    contract_id = fields.Many2one(
        "msp.contract", ondelete="restrict", index="btree_not_null"
    )
    position_id = fields.Many2one(
        "msp.contract.position", ondelete="restrict", index="btree_not_null"
    )
    partner_id = fields.Many2one(related="provider_charge_id.partner_id")
    date_start = fields.Date("First Day", required=True)
    date_end = fields.Date("Last Day", required=True)
    quantity = fields.Float(min_display_digits="Product Unit", aggregator=None)
    # No Monetary, which rounds: usage costs fractions of a cent, and sums are billed.
    cost = fields.Float("Provider Asks", min_display_digits="Product Price")
    cost_currency_id = fields.Many2one(
        "res.currency", "Provider's Currency", required=True
    )
    rate = fields.Float(
        min_display_digits="Product Price",
        aggregator=None,
        help="What one unit of the provider's currency is in the contract's.",
    )
    rate_rule = fields.Selection(
        [("same", "Same currency"), *RATE_RULES], required=True
    )
    rate_date = fields.Date("Rate of")
    amount = fields.Float(
        "Amount Passed On",
        min_display_digits="Product Price",
        help="In the contract's currency, before the markup.",
    )
    currency_id = fields.Many2one("res.currency", required=True)
    is_applied = fields.Boolean()
    is_withdrawn = fields.Boolean()
    taken_back_by_id = fields.Many2one(
        "msp.import",
        "Missing In",
        ondelete="restrict",
        index="btree_not_null",
        help="A corrected file that does not have the row any more.",
    )
    counts = fields.Boolean("Billed", help="Is passed on to the customer.")
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("counts", "Passed on"),
            ("replaced", "Replaced"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
    )
    summary = fields.Char(compute="_compute_summary")

    _counts_unique = models.UniqueIndex(
        "(provider_id, company_id, charge_key) WHERE counts",
        "This line of the provider is passed on already.",
    )
    _applied_check = models.Constraint(
        "CHECK (NOT is_applied OR position_id IS NOT NULL AND contract_id IS NOT NULL)",
        "An amount that is passed on has a position.",
    )
    _counts_check = models.Constraint(
        "CHECK (NOT counts OR is_applied AND NOT is_withdrawn "
        "AND taken_back_by_id IS NULL)",
        "Only what is applied and not withdrawn is passed on.",
    )
    _position_idx = models.Index("(position_id) WHERE counts")

    @api.depends("is_applied", "is_withdrawn", "taken_back_by_id", "counts")
    def _compute_state(self):
        for amount in self:
            if amount.counts:
                amount.state = "counts"
            elif amount.is_withdrawn or amount.taken_back_by_id:
                amount.state = "withdrawn"
            else:
                amount.state = "replaced" if amount.is_applied else "proposed"

    @api.depends("provider_charge_id")
    def _compute_summary(self):
        for amount in self:
            charge = amount.provider_charge_id
            name = charge.charge_description or charge.sku_name or charge.service_name
            amount.summary = f"{charge.row_label}: {name}" if name else charge.row_label

    def _refuse(self):
        raise UserError(
            self.env._(
                "Amounts passed on follow from the provider's file and cannot be "
                "entered, changed or deleted. Import a corrected file, or withdraw the "
                "import."
            )
        )

    # What counts

    @api.model
    def _settle_lines(self, changed):
        """Let of each line of the provider the newest state count, and no other.

        Nothing counts of which a more detailed kind of file passes on the same usage.

        :param changed: amounts that were applied or withdrawn
        """
        self.env.flush_all()
        rivals = changed._find_rivals()
        usage = query_usage(
            SQL("c.id IN (SELECT provider_charge_id FROM states)")
            if rivals
            else SQL("FALSE")
        )
        # Those that stop to count first: two of one line never do.
        for verdict in (False, True):
            self.env.cr.execute(
                SQL(
                    """
                    WITH lines AS (
                      SELECT DISTINCT provider_id, company_id, charge_key
                        FROM msp_dated_amount
                       WHERE id = ANY(%(changed)s)
                    ), states AS MATERIALIZED (
                      SELECT a.id, a.provider_charge_id,
                             NOT a.is_withdrawn AND a.taken_back_by_id IS NULL
                             AND row_number() OVER (
                               PARTITION BY a.provider_id, a.company_id, a.charge_key
                               ORDER BY a.is_withdrawn, a.provider_charge_id DESC
                             ) = 1 AS holds
                        FROM msp_dated_amount a
                        JOIN lines l USING (provider_id, company_id, charge_key)
                       WHERE a.is_applied
                    ), usage AS MATERIALIZED (%(usage)s), details AS MATERIALIZED (
                      SELECT DISTINCT %(subject)s FROM usage u
                       -- as a condition it is looked up, not looped over
                       WHERE (u.row_id IN (
                               SELECT provider_charge_id FROM states
                                WHERE holds)) IS TRUE
                    ), ranked AS (
                      SELECT s.id, s.holds AND s.provider_charge_id NOT IN (
                               SELECT v.row_id FROM usage v
                                 JOIN details d ON %(says_more)s) AS counts
                        FROM states s
                    )
                    UPDATE msp_dated_amount a
                       SET counts = r.counts
                      FROM ranked r
                     WHERE r.id = a.id AND r.counts = %(verdict)s
                       AND a.counts IS DISTINCT FROM r.counts
                    RETURNING a.contract_id
                    """,
                    changed=(changed | rivals).ids,
                    verdict=verdict,
                    usage=usage,
                    subject=SUBJECT,
                    says_more=SAYS_MORE,
                )
            )
            ids = {contract_id for (contract_id,) in self.env.cr.fetchall()}
            self.env["msp.contract"].browse(sorted(ids))._mark_to_settle()
        self.env.invalidate_all()

    def _stop(self, vals):
        """Let amounts count no more; contracts are compared with what was billed."""
        contracts = self.filtered("counts").contract_id
        self._system_write({**vals, "counts": False})
        contracts._mark_to_settle()

    @api.model
    def _find_keys(self, rows):
        """Return the line of the provider that each row is a state of, by row id.

        What is rated again may have another price, hence another key of its own.
        """
        keys = {row.id: row.row_key for row in rows}
        earlier = {
            row.id: row.previous_charge_id for row in rows if row.previous_charge_id
        }
        while earlier:
            ids = [row.id for row in earlier.values()]
            known = {
                one.provider_charge_id.id: one.charge_key
                for one in self.search([("provider_charge_id", "in", ids)])
            }
            following = {}
            for row_id, row in earlier.items():
                keys[row_id] = known.get(row.id, row.row_key)
                if row.id not in known and row.previous_charge_id:
                    following[row_id] = row.previous_charge_id
            earlier = following
        return keys

    @api.model
    def _load_plain(self, domain):
        """Return {position id: list of `billing.Amount`} of amounts that count."""
        self.env.flush_all()
        query = self.sudo()._search([("counts", "=", True), *domain], order="id")
        rows = self.env.execute_query(
            query.select(
                *(
                    SQL("%s%s", SQL.identifier(self._table, name), SQL(cast))
                    for name, cast in (
                        ("id", ""),
                        ("position_id", ""),
                        ("date_start", ""),
                        ("date_end", ""),
                        ("quantity", "::text"),
                        ("amount", "::text"),
                    )
                )
            )
        )
        result = defaultdict(list)
        for number, position, first, last, quantity, amount in rows:
            result[position].append(
                Amount(
                    start=first,
                    end=day_after(last),
                    quantity=Decimal(quantity or 0),
                    amount=Decimal(amount or 0),
                    key=f"{KEY},{number}",
                )
            )
        return result

    def _find_charges(self):
        """Return the charges for days of these amounts, those the user may read."""
        charges = self.env["msp.charge"]
        charges.flush_model(["position_id", "date_start", "date_end"])
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT c.id
                  FROM msp_dated_amount a
                  JOIN msp_charge c ON c.position_id = a.position_id
                   AND c.date_start <= a.date_end AND c.date_end >= a.date_start
                 WHERE a.id = ANY(%s) AND a.is_applied
                """,
                self.ids,
            )
        )
        return charges.search([("id", "in", [charge_id for (charge_id,) in rows])])

    def _engine_key(self):
        """Return what the engine knows the amount by."""
        return f"{KEY},{self.id}"

    # Ways to what it is made of

    def action_view_usage_rows(self):
        return self.provider_charge_id.action_view_usage_rows()
