from typing import NamedTuple

from odoo import models
from odoo.tools import SQL, float_round

from ..matching import supplied


class Currency(NamedTuple):
    """A currency as of the month's last day.

    :param rate: to the currency of the company
    :param rounding: of the currency of the company
    """

    id: int
    digits: int
    rate: float
    rounding: float

    def to_company(self, amount):
        return float_round(float(amount) * self.rate, precision_rounding=self.rounding)


class Position(NamedTuple):
    """What is asked of a contract's position; a record would be read by the thousand.

    :param id: None for what no contract contains
    """

    id: int | None
    contract_id: int | None
    bundle_id: int | None
    bundle_quantity: float | None
    product_id: int | None
    partner_id: int | None
    user_id: int | None
    currency: Currency


class MspReconciliation(models.Model):
    """Which positions are compared, as plain values."""

    _inherit = "msp.reconciliation"

    def _find_positions(self, chains):
        """Return the ids of the positions to compare: those the files mean, and those
        they should mean, since they contain what this provider supplies."""
        others = self._find_positions_of_others()
        named = {
            chain.position_id
            for chain in chains.values()
            if chain.position_id
            and (chain.position_id not in others or self._is_supplied(chain))
        }
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
        lines = self.env["msp.contract.line"]._search(
            [
                ("product_id", "in", products.product_id.ids),
                ("company_id", "=", self.company_id.id),
                ("date_start", "<", self._end()),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.month),
                ("position_id", "not in", [*elsewhere.position_id.ids, *others]),
            ]
        )
        position = SQL.identifier(lines.table, "position_id")
        rows = self.env.execute_query(lines.select(SQL("DISTINCT %s", position)))
        return {*named, *(position_id for (position_id,) in rows)}

    def _is_supplied(self, chain):
        """Return whether the files say that anything is supplied in the month."""
        days = supplied(chain.statements)
        return any(one.end is None or one.end > self.month for one in days)

    def _load_positions(self, ids):
        """Return the `Position` of ids and of their bundles, contract by contract.

        Of bundles no file speaks, but they are what the customers pay. Read by SQL,
        as what record rules hide would be found as leakage.
        """
        rows = self._fetch(
            SQL(
                """
                SELECT p.id, p.contract_id, p.bundle_id, p.bundle_quantity,
                       p.product_id, c.partner_id, c.user_id, c.currency_id
                  FROM msp_contract_position p
                  JOIN msp_contract c ON c.id = p.contract_id
                 WHERE p.id = ANY(%(ids)s)
                    OR p.id IN (SELECT bundle_id FROM msp_contract_position
                                 WHERE id = ANY(%(ids)s))
                 ORDER BY p.contract_id, p.id
                """,
                ids=list(ids),
            )
        )
        currencies = self._load_currencies({row.currency_id for row in rows})
        return [Position(*row[:-1], currencies[row.currency_id]) for row in rows]

    def _get_nobody(self):
        """Return the `Position` of what no contract contains."""
        own = self.company_id.currency_id.id
        return Position(*[None] * 7, self._load_currencies([own])[own])

    def _load_currencies(self, currency_ids):
        """Return {id: `Currency`}."""
        company = self.company_id
        return {
            one.id: Currency(
                one.id,
                one.decimal_places,
                one._get_conversion_rate(
                    one, company.currency_id, company, self.date_end
                ),
                company.currency_id.rounding,
            )
            for one in self.env["res.currency"].browse(currency_ids)
        }
