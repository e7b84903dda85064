from datetime import date
from decimal import Decimal
from functools import lru_cache
from sys import intern
from typing import NamedTuple

from odoo import Command, models
from odoo.tools import SQL, format_date

from odoo.addons.msp_cloud_import.models.msp_import_rates import Rates

from ..matching import Row, cycle_of, exchanges, price_of, prices, prorations, roundings
from .msp_reconciliation_compare import ROWS_KEPT
from .msp_reconciliation_line import Subject

#: Files of these formats show usage day by day; the invoice has it in one sum.
USAGE_KINDS = {"microsoft_daily": "daily", "azure_cost": "cost"}
#: Rows of these events bill units for a cycle, whatever happened in it.
PRICED_EVENTS = ("purchase", "renewal", "recurring")


_number = lru_cache(maxsize=4096)(Decimal)
_day = lru_cache(maxsize=4096)(lambda day: day)


class Money(NamedTuple):
    """What the rows of a month cost, and what the same cost before.

    :param rows: `matching.Row` list of the month
    :param now: {(subscription, article): price of a cycle}, see `matching.prices`
    :param before: likewise, as last accepted
    """

    rows: list
    now: dict
    before: dict


def kind_of(format_id):
    """Return what a file says about usage: ``invoice``, ``daily`` or ``cost``."""
    format_id = format_id or ""
    for name, kind in USAGE_KINDS.items():
        if format_id.startswith(name):
            return kind
    return "invoice"


class MspReconciliation(models.Model):
    """What of the provider's money is not its price: days, cents, exchange rates."""

    _inherit = "msp.reconciliation"

    def _get_invoice_imports(self):
        """Return the imports that say what is charged.

        What others show in detail is in the invoice's file already.
        """
        invoices = self.import_ids.filtered(
            lambda one: kind_of(one.format_id) == "invoice"
        )
        return invoices or self.import_ids

    def _load_money(self):
        """Return the `Money` of the month."""
        rows = list(self._load_rows())
        return Money(rows, prices(rows), prices(self._load_rows(is_before=True)))

    def _load_rows(self, is_before=False):
        """Yield the `matching.Row` of each row of the month.

        :param is_before: those with the last price before this month of what is
            billed by the unit, instead of all of this month
        """
        imports = self._get_invoice_imports()
        is_cutting = {
            one.id: (one.format_id or "").startswith("microsoft") for one in imports
        }
        rows = self._query_last_prices() if is_before else self._query_money(imports)
        # Few articles, prices and days occur in many rows: each is kept once.
        articles = {}
        for row in rows:
            article = (row.sku, row.term, row.plan, row.pricing_currency)
            article = articles.setdefault(article, article)
            yield Row(
                key=row.id,
                subscription=row.subscription,
                article=article,
                quantity=_number(row.quantity),
                price=_number(row.price),
                list_price=_number(row.list_price),
                cost=_number(row.cost),
                currency=intern(row.currency),
                pricing_currency=article[-1],
                rate=_number(row.rate),
                start=_day(row.start),
                end=_day(row.end),
                event=row.event and intern(row.event),
                changed=_day(row.event_date),
                rate_day=_day(row.rate_day),
                cycle=0 if row.is_metered else cycle_of(row.plan, row.start, row.end),
                anchor=_day(row.term_start),
                is_metered=row.is_metered,
                is_cutting=is_cutting.get(row.import_id, False),
            )

    def _money_columns(self):
        """Return the columns that make a `matching.Row`."""
        return SQL(
            """
            c.id, c.import_id, c.event, c.event_date,
            COALESCE(c.subscription_id, '') AS subscription,
            COALESCE(c.sku_id, '') AS sku, COALESCE(c.term, '') AS term,
            COALESCE(c.billing_plan, '') AS plan,
            COALESCE(c.pricing_quantity, 0)::text AS quantity,
            COALESCE(c.contracted_unit_price, 0)::text AS price,
            COALESCE(c.list_unit_price, 0)::text AS list_price,
            COALESCE(c.billed_cost, 0)::text AS cost, r.name AS currency,
            COALESCE(c.pricing_currency, r.name) AS pricing_currency,
            CASE WHEN COALESCE(c.exchange_rate, 0) = 0 THEN '1'
                 ELSE c.exchange_rate::text END AS rate,
            c.exchange_rate_date AS rate_day, c.charge_period_start AS start,
            c.charge_period_end AS end, c.term_start,
            c.is_quantity IS NOT TRUE AS is_metered
            """
        )

    def _query_money(self, imports):
        """Yield the rows of imports that are charged by price and quantity."""
        return self._fetch_each(
            SQL(
                """
                SELECT %s
                  FROM msp_provider_charge c
                  JOIN res_currency r ON r.id = c.currency_id
                 WHERE c.import_id IN %s
                   AND (c.is_quantity OR c.event = 'usage')
                   AND c.known_charge_id IS NULL AND c.superseded_by_id IS NULL
                 ORDER BY c.import_id, c.row
                """,
                self._money_columns(),
                tuple(imports.ids),
            )
        )

    def _query_last_prices(self):
        """Yield rows of the last month before in which an article was billed."""
        return self._fetch_each(
            SQL(
                """
                WITH billed AS (
                    SELECT %(columns)s, c.row, i.month,
                           max(i.month) OVER (
                             PARTITION BY c.subscription_id, c.sku_id, c.term,
                                          c.billing_plan, c.currency_id) AS latest
                      FROM msp_provider_charge c
                      JOIN msp_import i ON i.id = c.import_id
                      JOIN res_currency r ON r.id = c.currency_id
                     WHERE %(condition)s AND i.month < %(month)s
                       AND c.is_quantity AND c.known_charge_id IS NULL
                       AND c.superseded_by_id IS NULL
                       AND c.event IN %(events)s
                       AND c.contracted_unit_price > 0 AND c.pricing_quantity > 0
                )
                SELECT * FROM billed WHERE month = latest ORDER BY import_id, row
                """,
                columns=self._money_columns(),
                condition=self._import_condition(),
                month=self.month,
                events=PRICED_EVENTS,
            )
        )

    # Findings

    def _find_in_money(self, money, lines):
        """Return the values of findings about days, cents and exchange rates.

        :param lines: {row id: the `Line` that compares it}
        """
        found = [
            *self._find_prorations(money, lines),
            *self._find_roundings(money),
            *self._find_exchanges(money),
        ]
        currencies = self.env["res.currency"]
        return [
            vals
            for vals in found
            if not currencies.browse(vals["currency_id"]).is_zero(vals["amount"])
        ]

    def _find_prorations(self, money, lines):
        """Return the values of findings about parts of a period."""
        found = prorations(
            money.rows, lambda row: price_of(row, money.now, money.before)
        )
        result = []
        currencies = self.env["msp.import"]._load_currencies()
        for one in found:
            first = one.rows[0]
            line = lines.get(first.key) or self._prepare_row_line(first.key)
            result.append(
                {
                    **self._prepare_finding_vals(
                        "proration", one.subscription, one.amount, line
                    ),
                    "subscription_label": one.subscription,
                    "currency_id": currencies[first.currency],
                    "is_cost": True,
                    "date_start": min(row.start for row in one.rows),
                    "date_end": self._last_day(one.rows),
                    "explanation": self.env._(
                        "By the days of the cycle the rows come to %(expected)s, the "
                        "provider asks %(cost)s. A whole cycle costs %(price)s for a "
                        "unit.",
                        expected=f"{one.expected:f}",
                        cost=f"{one.cost:f}",
                        price=f"{price_of(first, money.now, money.before).normalize():f}",
                    ),
                    "charge_ids": self._link_rows(row.key for row in one.rows),
                }
            )
        return result

    def _find_roundings(self, money):
        """Return one finding per currency about what the provider's rounding makes."""
        result = []
        currencies = self.env["msp.import"]._load_currencies()
        for currency, (total, rows) in roundings(money.rows).items():
            vals = self._prepare_finding_vals("rounding", currency, float(total))
            vals.update(
                currency_id=currencies[currency],
                is_cost=True,
                date_start=self.month,
                date_end=self.date_end,
                explanation=self.env._(
                    "Price times quantity and rate comes to another sum than the "
                    "provider's own rounding, which was computed again and is right."
                ),
                charge_ids=self._link_rows(row.key for row in rows),
            )
            result.append(vals)
        return result

    def _find_exchanges(self, money):
        """Return one finding per pair of currencies about the provider's rate."""
        foreign = [row for row in money.rows if row.pricing_currency != row.currency]
        if not foreign:
            return []
        rates = Rates(self.env, self.company_id)
        currencies = self.env["msp.import"]._load_currencies()
        known = {}

        def our_rate(source, target, day: date):
            key = (source, target, day)
            if key not in known:
                pair = self.env["res.currency"].browse(
                    [
                        currencies[name]
                        for name in (source, target)
                        if name in currencies
                    ]
                )
                found = rates.find(*pair, day) if len(pair) == 2 else None
                known[key] = found.value if found else None
            return known[key]

        result = []
        for one in exchanges(foreign, our_rate):
            pair = f"{one.source}/{one.target}"
            lines = [
                self.env._(
                    "On %(day)s the file says %(theirs)s, Odoo %(ours)s.",
                    day=format_date(self.env, day),
                    theirs=f"{theirs.normalize():f}",
                    ours=f"{ours.normalize():f}",
                )
                for theirs, ours, day in one.rates[:5]
            ]
            vals = self._prepare_finding_vals("exchange_rate", pair, float(one.amount))
            vals.update(
                currency_id=currencies[one.target],
                is_cost=True,
                article_name=pair,
                date_start=self.month,
                date_end=self.date_end,
                explanation="\n".join(lines),
                charge_ids=self._link_rows(row.key for row in one.rows),
            )
            result.append(vals)
        return result

    # Helpers

    def _prepare_row_line(self, row_id):
        """Return what a row says of itself, in place of the line that compares it."""
        row = self.env["msp.provider.charge"].browse(row_id)
        return Subject(
            partner_id=row.partner_id.id,
            product_id=row.product_id.id,
            contract_id=row.position_id.contract_id.id,
            position_id=row.position_id.id,
            subscription_label=row.subscription_id,
        )

    def _last_day(self, rows):
        ends = [row.end for row in rows if row.end]
        return max(ends).fromordinal(max(ends).toordinal() - 1) if ends else False

    def _link_rows(self, row_ids):
        return [Command.set(list(row_ids)[:ROWS_KEPT])]
