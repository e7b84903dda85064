from collections import defaultdict
from datetime import datetime, time
from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import to_decimal
from odoo.addons.msp_contract_billing.models.msp_vendor_warning import Reduction

from ..preparation import is_outlier, months_before

# With how many months before quantity and cost are compared.
MONTHS = 3
# Row's words that make the key of what a vendor has a price for.
_KEY = ("subscription_id", "sku_id", "term", "billing_plan")


class MspProvider(models.Model):
    _inherit = "msp.provider"

    outlier_percent = fields.Float(
        "Unusual From (%)",
        default=50.0,
        help="A quantity or cost that differs by more than this from each of the last "
        "three months is marked as unusual. 0: nothing is.",
    )
    outlier_units = fields.Float(
        "And From Units",
        default=10.0,
        help="Differences of so few units are never unusual.",
    )
    outlier_amount = fields.Float(
        "And From Cost",
        default=100.0,
        help="Differences of cost up to this amount, in the currency of the file, are "
        "never unusual.",
    )

    _outlier_check = models.Constraint(
        "CHECK (COALESCE(outlier_percent, 0) >= 0 AND COALESCE(outlier_units, 0) >= 0 "
        "AND COALESCE(outlier_amount, 0) >= 0)",
        "From which difference on something is unusual is not negative.",
    )


class MspImport(models.Model):
    """Step 3: what of the proposals a clerk has to look at. Set-based, per batch."""

    _inherit = "msp.import"

    def _look_at(self, vals_list, rows):
        """Add flags and money to the values of proposals.

        :param vals_list: values in order of subscription and day; each may hold the
            values of the change that begins its position in "begins_with"
        :param rows: rows of the file of which they are made
        """
        for vals in vals_list:
            vals["flags"] = vals.get("flags", set()) | self._get_plain_flags(vals)
        contracts = self.env["msp.contract"].browse(
            {vals["contract_id"] for vals in vals_list} - {False}
        )
        histories = contracts._load_histories()
        lines = self._get_lines(histories)
        self._look_at_costs(vals_list, rows)
        self._look_at_quantities(vals_list, lines)
        self._look_at_commitments(vals_list)
        self._look_at_money(vals_list, histories, lines)
        self._look_at_claims(vals_list, histories)
        codes = self.env["msp.import.flag"]._load_by_code()
        for vals in vals_list:
            vals["flag_ids"] = [(6, 0, [codes[code] for code in vals.pop("flags")])]

    def _get_lines(self, histories):
        """Return {position id: its `billing.Line` list} of histories."""
        lines = defaultdict(list)
        for history in histories.values():
            for line in history.lines if history else ():
                lines[line.position].append(line)
        return lines

    def _get_plain_flags(self, vals):
        """Return the flags that the values themselves tell."""
        flags = set()
        if vals["kind"] == "begin":
            flags.add("new")
        if vals["kind"] == "end" and vals["state"] != "no_change":
            flags.add("ended")
        if not vals["contract_id"] and vals["state"] == "waiting":
            flags.add("no_contract")
        if vals["cost"] < 0:
            flags.add("credit")
        return flags

    # The vendor's price and cost

    def _look_at_costs(self, vals_list, rows):
        by_id = {row.id: row for row in rows}
        said = [vals for vals in vals_list if vals["provider_charge_ids"][0][2]]
        prices, costs = self._load_last_costs(
            {vals["subscription_id"] for vals in said}
        )
        now = defaultdict(Decimal)
        for row in rows:
            now[_key_of_row(row)] += to_decimal(row.billed_cost)
        provider = self.provider_id
        for vals in said:
            key = (*(vals[name] or "" for name in _KEY),)
            own = [by_id[row_id] for row_id in vals["provider_charge_ids"][0][2]]
            price, currency = _price_of(own)
            last, last_currency = prices.get(key, (0.0, ""))
            vals.update(
                cost_price=price, last_cost_price=last, cost_price_currency=currency
            )
            is_same_currency = currency == last_currency
            if price and last and is_same_currency and _differs(price, last):
                vals["flags"].add("price")
            if is_outlier(
                now[key],
                costs.get(key, ()),
                to_decimal(provider.outlier_percent),
                to_decimal(provider.outlier_amount),
            ):
                vals["flags"].add("outlier")

    def _load_last_costs(self, subscriptions):
        """Return what the vendor asked for these subscriptions before.

        :return: {key: (unit price accepted last, its currency)} and
            {key: cost of each of the last months}, by the row's words
        """
        subscriptions.discard(False)
        if not subscriptions:
            return {}, {}
        self.env["msp.provider.charge"].flush_model()
        found = self.env.execute_query(
            self._query_last_costs(SQL("= ANY(%s)", list(subscriptions)))
        )
        prices, costs = {}, defaultdict(list)
        first = first_month_before(self.month)
        for *key, month, cost, price, currency in found:
            if price:
                prices[tuple(key)] = (price, currency)
            if first and first <= month < self.month:
                costs[tuple(key)].append(Decimal(cost))
        return prices, costs

    def _query_last_costs(self, subscriptions):
        """Return the query of what was asked per month, see `_load_last_costs`.

        :param subscriptions: SQL condition on the subscription
        """
        return SQL(
            """
            SELECT c.subscription_id, COALESCE(c.sku_id, '') AS sku_id,
                   COALESCE(c.term, '') AS term,
                   COALESCE(c.billing_plan, '') AS billing_plan,
                   date_trunc('month', c.charge_period_start)::date AS month,
                   sum(c.billed_cost)::text AS cost,
                   (array_agg(
                      COALESCE(NULLIF(c.list_unit_price, 0), c.contracted_unit_price)
                      ORDER BY c.charge_period_start DESC, c.id DESC)
                      FILTER (WHERE c.billed_cost > 0))[1] AS price,
                   (array_agg(COALESCE(c.pricing_currency, u.name, '')
                      ORDER BY c.charge_period_start DESC, c.id DESC)
                      FILTER (WHERE c.billed_cost > 0))[1] AS currency
              FROM msp_provider_charge c
              JOIN msp_import i ON i.id = c.import_id
              LEFT JOIN res_currency u ON u.id = c.currency_id
             WHERE c.provider_id = %(provider)s AND c.company_id = %(company)s
               AND c.subscription_id %(subscriptions)s
               AND c.import_id != %(id)s AND i.state = 'applied'
               AND i.is_count IS NOT TRUE
               AND c.is_quantity AND c.state IN ('applied', 'no_change')
               AND (%(until)s::date IS NULL OR c.charge_period_start <= %(until)s)
             GROUP BY 1, 2, 3, 4, 5
             ORDER BY 1, 2, 3, 4, 5
            """,
            provider=self.provider_id.id,
            company=self.company_id.id,
            subscriptions=subscriptions,
            id=self.id,
            until=self.date_end or None,
        )

    # Quantities

    def _look_at_quantities(self, vals_list, lines):
        """Mark quantities that are far from what the contract contained lately."""
        percent = to_decimal(self.provider_id.outlier_percent)
        least = to_decimal(self.provider_id.outlier_units)
        for vals in vals_list:
            if vals["state"] == "no_change" or not vals["position_id"]:
                continue
            days = [
                vals["date_start"],
                *months_before(vals["date_start"], MONTHS),
            ]
            earlier = [
                line.quantity
                for day in days
                if (line := _line_on(lines.get(vals["position_id"], ()), day))
            ]
            if is_outlier(to_decimal(vals["quantity"]), earlier, percent, least):
                vals["flags"].add("outlier")

    def _look_at_commitments(self, vals_list):
        """Mark reductions for which the vendor goes on charging."""
        fewer = [
            vals
            for vals in vals_list
            if vals["position_id"]
            and vals["state"] in ("proposed", "waiting")
            and vals["kind"] in ("set", "end")
            and vals["quantity"] < vals["old_quantity"]
        ]
        positions = self.env["msp.contract.position"].browse(
            [vals["position_id"] for vals in fewer]
        )
        found = self.env["msp.vendor.commitment"]._find_warnings(
            [
                Reduction(
                    position,
                    vals["quantity"],
                    vals["date_start"],
                    now=datetime.combine(vals["date_start"], time.min),
                )
                for position, vals in zip(positions, fewer, strict=True)
            ]
        )
        for vals, sentences in zip(fewer, found, strict=True):
            if sentences:
                vals["flags"].add("commitment")


def first_month_before(month):
    """Return the first of the months that a month is compared with, or None."""
    return months_before(month, MONTHS)[-1] if month else None


def _line_on(lines, day):
    return next((line for line in lines if line.holds_on(day)), None)


def _key_of_row(row):
    return tuple(row[name] or "" for name in _KEY)


def _price_of(rows):
    """Return the vendor's unit price of rows and its currency; 0 if none says it.

    The price list's, as the one that was billed is often for a part of the period.
    """
    for row in sorted(rows, key=lambda row: row.row, reverse=True):
        price = row.list_unit_price or row.contracted_unit_price
        if price and row.billed_cost >= 0:
            return abs(price), row.pricing_currency or row.currency_id.name or ""
    return 0.0, ""


def _differs(price, last):
    return abs(price - last) > 1e-6
