from collections import defaultdict

from odoo import models
from odoo.tools import SQL, format_date

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching import UnitCost, cost_changes, grouped
from .msp_reconciliation_cost import PRICED_EVENTS

#: How a row names what makes it cheaper, see the page on Microsoft's file, 5.
PROMOTION = r"[0-9.]+% (?:Promotional|Tier)[^\"]*"

ROW_FIELDS = (
    "partner_id",
    "product_id",
    "position_id",
    "currency_id",
    "charge_period_start",
    "charge_date_end",
)


class MspReconciliation(models.Model):
    """Prices the provider has changed, and promotions that have ended."""

    _inherit = "msp.reconciliation"

    def _find_costs(self, otherwise=()):
        """Return the values of findings about prices the provider has changed.

        One change of an article's price is one finding, whomever it meets.

        :param otherwise: (subscription, article) that another finding explains
        """
        changes = [
            one
            for one in cost_changes(*self._load_unit_costs())
            if one.key not in otherwise
        ]
        if not changes:
            return []
        ended = self._find_ended_promotions(changes)
        subjects = []
        for one in changes:
            cause = "promotion_ended" if one.row in ended else "cost_changed"
            article = one.key[1] or one.key[0]
            name, _text = ended.get(one.row, ("", ""))
            subjects.append(((cause, article, name), one))
        # Not the cells as received, which are long.
        rows = self.env["msp.provider.charge"].browse([one.row for one in changes])
        rows.fetch(ROW_FIELDS)
        return [self._prepare_cost_vals(one, ended) for one in grouped(subjects)]

    def _load_unit_costs(self):
        """Return the `matching.UnitCost` of rows that bill whole cycles.

        A price for part of a cycle says nothing about the price. Where all rows have
        one price nothing has changed, so they are left out.

        :return: two lists: of the last month before this one in which the same was
            billed, and of this month
        """
        rows = self._fetch_each(
            SQL(
                """
                WITH billed AS (
                    SELECT c.id, c.row, c.import_id, i.month,
                           c.subscription_id, COALESCE(c.sku_id, '') AS sku,
                           COALESCE(c.contracted_unit_price, 0) AS cost,
                           c.pricing_quantity AS quantity, c.currency_id,
                           COALESCE(c.pricing_currency, r.name) AS pricing_currency,
                           COALESCE(NULLIF(c.exchange_rate, 0), 1) AS rate,
                           cycle.months,
                           max(i.month) FILTER (WHERE i.month < %(month)s) OVER (
                             PARTITION BY c.subscription_id, c.sku_id, c.currency_id,
                                          cycle.months) AS before
                      FROM msp_provider_charge c
                      JOIN msp_import i ON i.id = c.import_id
                      JOIN res_currency r ON r.id = c.currency_id
                      JOIN unnest(ARRAY[1, 3, 12, 36]) AS cycle(months)
                        ON c.charge_period_end =
                           (c.charge_period_start
                            + make_interval(months => cycle.months))::date
                     WHERE %(condition)s AND i.month <= %(month)s
                       AND c.is_quantity AND c.known_charge_id IS NULL
                       AND c.superseded_by_id IS NULL
                       AND c.event IN %(events)s
                       -- What is free for a time has a list price nevertheless.
                       AND (c.contracted_unit_price > 0 OR c.list_unit_price > 0)
                       AND c.pricing_quantity > 0
                       AND c.partner_id IS NOT NULL
                ), held AS (
                    SELECT *, min(cost) OVER same AS low, max(cost) OVER same AS high
                      FROM billed WHERE month IN (before, %(month)s)
                    WINDOW same AS (PARTITION BY subscription_id, sku, currency_id,
                                                 pricing_currency, months)
                )
                SELECT * FROM held
                 WHERE before IS NOT NULL AND low != high
                 ORDER BY import_id, row
                """,
                condition=self._import_condition(),
                month=self.month,
                events=PRICED_EVENTS,
            )
        )
        before, now = [], []
        for row in rows:
            (now if row.month == self.month else before).append(
                UnitCost(
                    (row.subscription_id, row.sku),
                    to_decimal(row.cost),
                    to_decimal(row.quantity),
                    (row.currency_id, row.pricing_currency, row.months),
                    row.id,
                    to_decimal(row.rate),
                )
            )
        return before, now

    # Promotions

    def _find_ended_promotions(self, changes):
        """Return {row id: what has ended} of prices that rose because of that.

        :return: of each its name, the same in all languages, and as people read it
        """
        dearer = [one for one in changes if one.new > one.old]
        ids = [row for one in dearer for row in (one.row, one.old_row)]
        named = self._find_promotions(ids)
        limited = self._find_limited_prices(dearer)
        result = {}
        for one in dearer:
            old, new = named.get(one.old_row), named.get(one.row)
            if one.row in limited:
                result[one.row] = limited[one.row]
            elif old and old != new:
                result[one.row] = old, self.env._("Promotion %s", old)
        return result

    def _find_promotions(self, row_ids):
        """Return {row id: name of the promotion that it rests on}."""
        rows = self._fetch(
            SQL(
                """
                SELECT id, COALESCE(
                         NULLIF(raw->>'PromotionId', ''),
                         substring(raw->>'PriceAdjustmentDescription' FROM %s)) AS name
                  FROM msp_provider_charge WHERE id = ANY(%s)
                """,
                PROMOTION,
                list(row_ids),
            )
        )
        return {row.id: row.name for row in rows if row.name}

    def _find_limited_prices(self, changes):
        """Return {row id: the vendor's price that ended before the row}, as above.

        It ended since the row with the old price began.
        """
        model = self.env["msp.provider.charge"]
        rows = {
            one.row: (model.browse(one.row), model.browse(one.old_row))
            for one in changes
        }
        model.browse([row.id for pair in rows.values() for row in pair]).fetch(
            ["position_id", "charge_period_start"]
        )
        positions = model.browse(rows).position_id
        # sudo: a vendor's price is known to whoever compares, as is the cost
        limited = self.env["msp.limited.price"].sudo()
        found = defaultdict(list)
        for one in limited.search(
            [
                ("position_id", "in", positions.ids),
                ("side", "=", "vendor"),
                ("cancelled_at", "=", False),
                ("date_end", "<", self._end()),
            ]
        ):
            found[one.position_id].append(one)
        result = {}
        for row_id, (new, old) in rows.items():
            for one in found[new.position_id]:
                if old.charge_period_start <= one.date_end < new.charge_period_start:
                    text = self.env._(
                        "%(what)s until %(day)s",
                        what=one.label or one.display_name,
                        day=format_date(self.env, one.date_end),
                    )
                    result[row_id] = f"{one.kind} {one.date_end}", text
        return result

    def _prepare_cost_vals(self, found, ended):
        """Return the values for a `matching.GroupedChange`.

        :param ended: see `_find_ended_promotions`
        """
        cause, article, name = found.subject
        model = self.env["msp.provider.charge"]
        rows = model.browse([one.row for one in found.changes])
        first = rows[0]
        old, new = (f"{one.normalize():f}" for one in (found.old, found.new))
        partners, positions = rows.partner_id, rows.position_id
        is_one = len(found.changes) == 1
        contract = positions.contract_id if is_one else positions.contract_id.browse()
        text = self.env._(
            "The provider asks %(new)s instead of %(old)s for a unit.",
            new=new,
            old=old,
        )
        if not is_one:
            text = self.env._(
                "%(text)s %(count)s subscriptions of %(customers)s customers have it.",
                text=text,
                count=len(found.changes),
                customers=len(partners),
            )
        if name:
            _name, what = ended[first.id]
            text = self.env._("%(text)s Ended: %(what)s.", text=text, what=what)
        basis = "/".join(str(part) for part in found.basis[1:])
        key = " ".join(filter(None, [f"{article} {old}>{new} {basis}", name]))
        return {
            **self._prepare_finding_vals(cause, key, found.amount),
            "currency_id": first.currency_id.id,
            "is_cost": True,
            "partner_id": partners.id if len(partners) == 1 else False,
            "customer_name": len(partners) > 1
            and self.env._("%s customers", len(partners)),
            "product_id": first.product_id.id,
            "contract_id": contract.id,
            "position_id": positions.id if is_one else False,
            "subscription_label": found.changes[0].key[0] if is_one else False,
            "subject_count": len(partners),
            "date_start": min(rows.mapped("charge_period_start")),
            "date_end": max(row.charge_date_end for row in rows),
            "supplied_quantity": float(found.quantity),
            "explanation": text,
            "charge_ids": self._link_rows(rows.ids),
            "user_id": contract.user_id.id,
        }
