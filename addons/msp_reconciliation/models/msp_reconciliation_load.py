from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from odoo import models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.billing.entitlement import (
    periods,
    slices_by_position,
)
from odoo.addons.msp_contract_billing.models.money import day_before, to_decimal

from ..matching import Content, Statement, overlay

# Contracts whose histories are in memory at the same time.
CONTRACTS = 500


@dataclass(slots=True)
class Chain:
    """What the files say about one subscription and article.

    :param changes: the records behind `statements`, oldest first
    :param row_ids: rows of the month that state a quantity
    :param cost: net amount of these rows
    """

    subscription_id: str
    sku_id: str
    position_id: int | None = None
    partner_id: int | None = None
    product_id: int | None = None
    statements: list[Statement] = field(default_factory=list)
    reason: str | None = None
    row_ids: list[int] = field(default_factory=list)
    cost: Decimal = Decimal(0)
    currency_id: int | None = None

    @property
    def key(self):
        return self.subscription_id, self.sku_id


class MspReconciliation(models.Model):
    """What is compared, loaded as plain values in few queries."""

    _inherit = "msp.reconciliation"

    def _load_chains(self):
        """Return {(subscription, article): Chain} of all that is known so far.

        Rows of a later month than this one say nothing yet.
        """
        chains = {}
        for row in self._query_first_days():
            chain = chains.setdefault((row.subscription, row.sku), Chain(*row[:2]))
            # Supplied before this month, whatever became of it.
            chain.statements.append(Statement(row.first, row.first, Decimal(0)))
        for row in self._query_statements():
            chain = chains[row.subscription, row.sku]
            chain.position_id = row.position_id or chain.position_id
            chain.partner_id = row.partner_id or chain.partner_id
            chain.product_id = row.product_id or chain.product_id
            chain.reason = row.error
            quantity = Decimal(0) if row.kind == "end" else to_decimal(row.quantity)
            chain.statements.append(
                Statement(row.date_start, row.end, quantity, tuple(row.row_ids))
            )
        for row in self._query_costs():
            key = (row.subscription, row.sku)
            chain = chains.setdefault(key, Chain(*key))
            chain.row_ids += row.row_ids
            chain.cost += to_decimal(row.cost)
            chain.currency_id = row.currency_id
            chain.partner_id = chain.partner_id or row.partner_id
            chain.product_id = chain.product_id or row.product_id
            chain.reason = chain.reason or row.reason
        self._find_remembered_positions(chains)
        return chains

    def _query_first_days(self):
        """Yield the first day that any file says about each subscription."""
        return self._fetch(
            SQL(
                """
                SELECT COALESCE(h.subscription_id, '') AS subscription,
                       COALESCE(h.sku_id, '') AS sku, min(h.date_start) AS first
                  FROM msp_import_change h JOIN msp_import i ON i.id = h.import_id
                 WHERE %s AND i.month <= %s
                 GROUP BY 1, 2
                """,
                self._import_condition(),
                self.month,
            )
        )

    def _query_statements(self):
        """Yield what the files say about quantities, oldest first.

        Only of subscriptions of which any row reaches the month; of these all, as
        an early ending takes back what a later day was paid for.
        """
        return self._fetch(
            SQL(
                """
                WITH stated AS (
                    SELECT COALESCE(h.subscription_id, '') AS subscription,
                           COALESCE(h.sku_id, '') AS sku,
                           h.id, h.kind, h.date_start, h.quantity, h.error,
                           COALESCE(h.position_id, b.position_id) AS position_id,
                           h.partner_id, h.product_id, i.month, i.id AS import_id,
                           CASE WHEN bool_or(c.charge_period_end IS NULL) THEN NULL
                                ELSE max(c.charge_period_end) END AS end,
                           array_agg(c.id ORDER BY c.id) AS row_ids
                      FROM msp_import_change h
                      JOIN msp_import i ON i.id = h.import_id
                      JOIN msp_import_change_row_rel r ON r.change_id = h.id
                      JOIN msp_provider_charge c ON c.id = r.row_id
                      LEFT JOIN msp_import_change b ON b.id = h.begin_change_id
                     WHERE %(condition)s AND i.month <= %(month)s
                       AND h.date_start < %(end)s
                     GROUP BY h.id, b.position_id, i.id
                )
                SELECT * FROM stated
                 WHERE (subscription, sku) IN (
                        SELECT subscription, sku FROM stated GROUP BY 1, 2
                        HAVING bool_or("end" IS NULL) OR max("end") > %(month)s)
                 ORDER BY month, import_id, date_start, id
                """,
                condition=self._import_condition(),
                month=self.month,
                end=self._end(),
            )
        )

    def _query_costs(self):
        """Yield the money of the month's rows that state quantities."""
        return self._fetch(
            SQL(
                """
                SELECT COALESCE(c.subscription_id, '') AS subscription,
                       COALESCE(c.sku_id, '') AS sku, c.currency_id,
                       max(c.partner_id) AS partner_id,
                       max(c.product_id) AS product_id,
                       max(c.state_reason) AS reason,
                       sum(c.billed_cost) AS cost,
                       array_agg(c.id ORDER BY c.row) AS row_ids
                  FROM msp_provider_charge c
                 WHERE c.import_id IN %s AND c.is_quantity
                   AND c.known_charge_id IS NULL
                   AND c.state NOT IN ('unmapped_customer', 'unmapped_product')
                   AND c.is_left_out IS NOT TRUE
                   AND c.partner_id IS NOT NULL
                 GROUP BY 1, 2, 3
                 ORDER BY 1, 2
                """,
                tuple(self.import_ids.ids),
            )
        )

    def _import_condition(self):
        return SQL(
            "i.provider_id = %s AND i.company_id = %s AND i.state != 'withdrawn'",
            self.provider_id.id,
            self.company_id.id,
        )

    def _fetch(self, query):
        """Return the rows of a query, columns by name."""
        self.env.flush_all()
        self.env.cr.execute(query)
        names = [column.name for column in self.env.cr.description]
        return [_Row(names, values) for values in self.env.cr.fetchall()]

    def _find_remembered_positions(self, chains):
        """Set the position that a subscription was assigned to, where none is said."""
        mappings = self.env["msp.position.mapping"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("position_id", "!=", False),
            ]
        )
        for mapping in mappings:
            chain = chains.get((mapping.subscription_id, mapping.sku_id))
            if chain:
                chain.position_id = chain.position_id or mapping.position_id.id

    def _find_positions(self, chains):
        """Return the positions to compare: those the files mean, and those they
        should mean, since they contain what this provider supplies."""
        named = {chain.position_id for chain in chains.values() if chain.position_id}
        products = self.env["msp.product.mapping"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("product_id", "!=", False),
                ("is_ignored", "=", False),
            ]
        )
        elsewhere = self.env["msp.position.mapping"].search(
            [
                ("provider_id", "!=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("position_id", "!=", False),
            ]
        )
        lines = self.env["msp.contract.line"].search(
            [
                ("product_id", "in", products.product_id.ids),
                ("company_id", "=", self.company_id.id),
                ("date_start", "<", self._end()),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.month),
                ("position_id", "not in", elsewhere.position_id.ids),
            ]
        )
        ids = {*named, *lines.position_id.ids}
        return self.env["msp.contract.position"].browse(sorted(ids)).exists()

    def _load_contents(self, positions, as_of):
        """Return by position's id its contents, what of them is billed, and the
        content whose price counts in the month on days without any.

        :param as_of: what is due by this day should be on invoices
        """
        contents, stand_ins, billed = {}, {}, defaultdict(list)
        contracts = positions.contract_id
        for start in range(0, len(contracts), CONTRACTS):
            batch = contracts[start : start + CONTRACTS]
            claims = self.env["msp.charge"]._load_claims(batch)
            for contract_id, history in batch._load_histories().items():
                slices = _slices(history, self._end()) if history else {}
                for position, pieces in slices.items():
                    contents[position] = [_content(piece, as_of) for piece in pieces]
                    stand_ins[position] = self._stand_in(pieces[-1])
                for claim in sorted(claims[contract_id], key=_settlement):
                    billed[claim.position] = overlay(
                        billed[claim.position], _billed(claim), claim.start, claim.end
                    )
        return contents, billed, stand_ins

    def _stand_in(self, piece):
        """Return the last content's price, spread over the days of the month."""
        months = piece.period.policy.months
        days = (self._end() - self.month).days
        whole = piece.period.natural_end - piece.period.natural_start
        return Content(
            start=self.month,
            end=self._end(),
            quantity=Decimal(0),
            unit_price=_net_price(piece.unit_price, piece.discount),
            share=Fraction(1, months * days if months else whole.days),
        )

    def _charge_domain(self, position):
        """Return the domain of the charges for a position in the month."""
        return [
            ("position_id", "=", position.id),
            ("counts", "=", True),
            ("date_start", "<=", day_before(self._end())),
            ("date_end", ">=", self.month),
        ]


class _Row:
    """A row of a query, by the names of its columns."""

    def __init__(self, names, values):
        self._values = values
        self.__dict__.update(zip(names, values, strict=True))

    def __getitem__(self, index):
        return self._values[index]


def _settlement(claim):
    return claim.settlement


def _first_day(piece):
    return piece.start


def _net_price(price, discount):
    return Fraction(price) * (1 - Fraction(discount) / 100)


def _slices(history, horizon):
    """Return the slices of each position until `horizon`, in order of days."""
    grid = periods(history, horizon)
    return {
        position: sorted(
            (piece for pieces in by_period.values() for piece in pieces), key=_first_day
        )
        for position, by_period in slices_by_position(history, grid).items()
    }


def _content(piece, as_of):
    """Return the `matching.Content` of a slice of an entitlement."""
    return Content(
        start=piece.start,
        end=piece.end,
        quantity=piece.quantity,
        unit_price=_net_price(piece.unit_price, piece.discount),
        share=piece.factor / (piece.end - piece.start).days,
        is_due=piece.period.is_due(as_of),
        keys=piece.versions,
    )


def _billed(claim):
    """Return what a claim says is billed for each of its days."""
    if claim.basis is None:
        return [Content(claim.start, claim.end, None, Fraction(0))]
    return [
        Content(
            start=basis.start,
            end=basis.end,
            quantity=basis.quantity,
            unit_price=_net_price(basis.unit_price, basis.discount),
            keys=(claim.key,),
        )
        for basis in claim.basis
    ]
