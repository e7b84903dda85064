from collections import defaultdict
from datetime import date
from fractions import Fraction

from odoo import Command, models
from odoo.tools import SQL, format_date

from odoo.addons.msp_cloud_import.models.msp_plan_mixin import plan_label
from odoo.addons.msp_contract_billing.models.money import (
    day_after,
    day_before,
    to_decimal,
)

from ..matching import Content, Plan, agreed_since, cycle_of, plan_change
from ..matching.plans import dearer
from .msp_reconciliation_compare import ROWS_KEPT


class MspReconciliation(models.Model):
    """Terms and billing plans that the provider charges and nobody has sold."""

    _inherit = "msp.reconciliation"

    def _adopt_other_plans(self, chains, said):
        """Let subscriptions be held against a position of the same article.

        The import found none, as term or billing plan mean another product than the
        one that was sold. Held against it, the difference is one of price and no
        charge without contract.
        """
        lost = [
            chain
            for chain in chains.values()
            if not chain.position_id
            and chain.row_ids
            and chain.partner_id
            and chain.product_id
        ]
        if not lost:
            return
        remembered = self._find_remembered({chain.subscription_id for chain in lost})
        self._adopt_ended(lost, remembered)
        lost = [chain for chain in lost if not chain.position_id]
        products = self._find_products_of({chain.sku_id for chain in lost})
        by_partner = self._find_sold(lost, products)
        supplied = defaultdict(set)
        first_days = {}
        for row in said:
            first_days.setdefault(row[:4], row.date_start)
            is_over = row.kind == "end" or (row.end and row.end <= self.month)
            if row.position_id and row.quantity and not is_over:
                supplied[row.position_id].add(row.subscription)
        partners = self.env["res.partner"].browse({one.partner_id for one in lost})
        commercial = {one.id: one.commercial_partner_id.id for one in partners}
        for chain in lost:
            own = {
                position.id
                for position in by_partner[commercial[chain.partner_id]]
                if position.product_id.id in products[chain.sku_id]
                and position.product_id.id != chain.product_id
                and not supplied[position.id] - {chain.subscription_id}
                # What the contract has ended by then is no plan of this.
                and (
                    not position.date_end
                    or position.date_end >= first_days.get(chain.key, self.month)
                )
            }
            own = own & set(remembered[chain.subscription_id].ids) or own
            if len(own) == 1:
                (chain.position_id,) = own
                chain.is_other_plan = True
                # Nobody else's now.
                supplied[chain.position_id].add(chain.subscription_id)

    def _adopt_ended(self, lost, remembered):
        """Let subscriptions be held against the position that the contract ended.

        The import has found none that runs; the provider has charged on.
        """
        for chain in lost:
            ended = remembered[chain.subscription_id].filtered(
                lambda position, chain=chain: (
                    position.product_id.id == chain.product_id
                    and position.date_end
                    and position.date_end < day_before(self._end())
                )
            )
            if len(ended) == 1:
                chain.position_id = ended.id

    def _find_products_of(self, sku_ids):
        """Return {article: ids of the products that any of its plans means}."""
        mappings = self.env["msp.product.mapping"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("sku_id", "in", list(sku_ids)),
                ("product_id", "!=", False),
            ]
        )
        result = defaultdict(set)
        for one in mappings:
            result[one.sku_id].add(one.product_id.id)
        return result

    def _find_sold(self, chains, products):
        """Return {customer: positions} with content in the month."""
        partners = self.env["res.partner"].browse({one.partner_id for one in chains})
        lines = self.env["msp.contract.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("product_id", "in", list(set().union(*products.values()))),
                (
                    "contract_id.commercial_partner_id",
                    "in",
                    partners.commercial_partner_id.ids,
                ),
                ("date_start", "<", self._end()),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", self.month),
            ]
        )
        result = defaultdict(lambda: lines.position_id.browse())
        for position in lines.position_id:
            result[position.contract_id.commercial_partner_id.id] |= position
        return result

    def _find_remembered(self, subscriptions):
        """Return {subscription: positions it was assigned to}."""
        mappings = self.env["msp.position.mapping"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("subscription_id", "in", list(subscriptions)),
                ("position_id", "!=", False),
            ]
        )
        result = defaultdict(mappings.position_id.browse)
        for one in mappings:
            result[one.subscription_id] |= one.position_id
        return result

    # Findings

    def _find_other_plans(self, chains, lines):
        """Add findings about other plans to their lines.

        :param lines: {position id: (`Line`, values of its findings)}
        :return: (subscription, article) of what is explained by that
        """
        adopted = {one.key[:2]: one for one in chains.values() if one.is_other_plan}
        earlier, now = self._load_plans({key[0] for key in adopted})
        by_subject = {}
        for chain in chains.values():
            if chain.position_id and chain.row_ids:
                by_subject.setdefault(chain.key[:2], chain)
        by_subject |= adopted
        agreed = self._load_agreed(
            {by_subject[one].position_id for one in now if one in by_subject}
        )
        explained = set()
        for subject, plans in now.items():
            chain = by_subject.get(subject)
            if not chain or chain.position_id not in lines:
                continue
            # What is held against another position, or none, is no plan of this one.
            plans = [
                plan
                for plan in plans
                if chains.get((*subject, *plan.name), chain).position_id
                == chain.position_id
            ]
            if not plans:
                continue
            since = agreed_since(
                agreed.get(chain.position_id, ()), day_before(self._end())
            )
            found = plan_change(earlier[subject], plans, since)
            if found:
                old, new = found.old, found.new
            elif subject in adopted:
                old, new = (earlier[subject] or [None])[-1], plans[-1]
                old = old if old and old.name != new.name else None
            else:
                continue
            line, findings = lines[chain.position_id]
            findings.append(self._prepare_plan_vals(line, chain, old, new))
            line.result = "differs"
            explained.add(subject)
        return explained

    def _load_agreed(self, position_ids):
        """Return {position id: `matching.Content` list} of what the contract says.

        Their price is only compared, so it comes with the price scheme.
        """
        lines = self.env["msp.contract.line"].search(
            [
                ("position_id", "in", list(position_ids)),
                ("date_start", "<", self._end()),
                ("quantity", "!=", 0),
            ],
            order="position_id, date_start",
        )
        result = defaultdict(list)
        for line in lines:
            price = Fraction(to_decimal(line.price_unit)) / max(
                int(line.price_interval), 1
            )
            price *= 1 - Fraction(to_decimal(line.discount)) / 100
            result[line.position_id.id].append(
                Content(
                    line.date_start,
                    day_after(line.date_end) or date.max,
                    to_decimal(line.quantity),
                    (price, repr(line.pricing)),
                )
            )
        return result

    def _load_plans(self, subscriptions):
        """Return the `matching.Plan` lists of earlier months and of this one.

        Of subscriptions that had more than one plan, and those given.

        :return: two dicts by (subscription, article), oldest first
        """
        rows = self._fetch(
            SQL(
                """
                WITH charged AS (
                    SELECT c.id, i.month, c.row,
                           COALESCE(c.subscription_id, '') AS subscription,
                           COALESCE(c.sku_id, '') AS sku,
                           COALESCE(c.term, '') AS term,
                           COALESCE(c.billing_plan, '') AS plan,
                           c.charge_period_start AS start, c.charge_period_end AS end,
                           c.pricing_quantity AS quantity,
                           c.contracted_unit_price AS price,
                           COALESCE(c.pricing_currency, r.name) AS priced,
                           COALESCE(NULLIF(c.exchange_rate, 0), 1) AS rate,
                           r.name AS currency
                      FROM msp_provider_charge c
                      JOIN msp_import i ON i.id = c.import_id
                      JOIN res_currency r ON r.id = c.currency_id
                     WHERE %(condition)s AND i.month <= %(month)s
                       AND c.is_quantity AND c.known_charge_id IS NULL
                       AND c.superseded_by_id IS NULL
                       AND c.is_left_out IS NOT TRUE
                       AND c.pricing_quantity > 0
                )
                SELECT * FROM charged
                 WHERE subscription = ANY(%(wanted)s)
                    OR (subscription, sku) IN (
                        SELECT subscription, sku FROM charged GROUP BY 1, 2
                        HAVING count(DISTINCT term || '/' || plan) > 1)
                 ORDER BY month, start, id
                """,
                condition=self._import_condition(),
                month=self.month,
                wanted=list(subscriptions),
            )
        )
        found = {}
        for row in rows:
            name = (row.term, row.plan)
            key = (row.month, (row.subscription, row.sku), name)
            found.setdefault(key, []).append(row)
        earlier, now = defaultdict(list), defaultdict(list)
        for (month, subject, name), own in found.items():
            plans = now if month == self.month else earlier
            plans[subject].append(_plan(subject, name, own))
        return earlier, now

    def _prepare_plan_vals(self, line, chain, old, new):
        """Return the values for a plan that was not sold, with what it costs."""
        amount = dearer(old, new)
        currency_id, is_cost = line.cost_currency_id, True
        position = self.env["msp.contract.position"].browse(chain.position_id)
        product = self.env["product.product"].browse(chain.product_id)
        if amount is None:
            amount = self._get_price_difference(position, product, new.quantity)
            currency_id, is_cost = position.currency_id.id, False
        if not amount and not old:
            amount, currency_id, is_cost = chain.cost, line.cost_currency_id, True
        return {
            **self._prepare_finding_vals("wrong_plan", position.id, amount, line),
            "subscription_label": chain.subscription_id,
            "currency_id": currency_id,
            "is_cost": is_cost,
            "date_start": max(self.month, min(new.start, day_before(self._end()))),
            "date_end": day_before(self._end()),
            "supplied_quantity": line.supplied_quantity,
            "contained_quantity": line.contained_quantity,
            "billed_quantity": line.billed_quantity,
            "explanation": self._explain_plan(position, product, old, new),
            "charge_ids": [Command.set(list(new.rows)[:ROWS_KEPT])],
            "user_id": position.contract_id.user_id.id,
        }

    def _name_plan(self, plan):
        return plan_label(self.env, *plan.name) or "–"

    def _explain_plan(self, position, product, old, new):
        texts = []
        if old:
            texts.append(
                self.env._(
                    "Charged as %(new)s, sold as %(old)s; the last row of that is of "
                    "%(day)s.",
                    new=self._name_plan(new),
                    old=self._name_plan(old),
                    day=format_date(self.env, old.start),
                )
            )
        if product != position.product_id:
            texts.append(
                self.env._(
                    "%(plan)s means %(product)s, while the contract contains %(sold)s.",
                    plan=self._name_plan(new),
                    product=product.display_name,
                    sold=position.product_id.display_name,
                )
            )
        if dearer(old, new) is not None:
            texts.append(
                self.env._(
                    "A unit costs %(new)s instead of %(old)s a month.",
                    new=f"{float(new.cost):.2f}",
                    old=f"{float(old.cost):.2f}",
                )
            )
        return "\n".join(texts)

    def _get_price_difference(self, position, product, quantity):
        """Return what the charged product's sales price is above the sold one's.

        0 if it is not, or if they pay for different times.
        """
        sold = position.product_id
        same = (
            product.msp_price_interval == sold.msp_price_interval
            and position.currency_id == product.currency_id
        )
        difference = (product.lst_price - sold.lst_price) * float(quantity)
        return max(difference, 0.0) if same else 0.0


def _plan(subject, name, rows):
    """Return the `matching.Plan` of the rows of one month."""
    whole = []
    for row in rows:
        months = cycle_of(name[1], row.start, row.end)
        if months and cycle_of(None, row.start, row.end) == months and row.price:
            rate = Fraction(to_decimal(row.rate))
            whole.append((row, Fraction(to_decimal(row.price)) * rate / months))
    last = whole[-1] if whole else None
    counted = [row for row, _cost in whole] or rows[-1:]
    return Plan(
        subject,
        name,
        rows[0].start,
        sum(to_decimal(row.quantity) for row in counted),
        last and last[1],
        rows[0].currency,
        tuple(row.id for row in rows),
    )
