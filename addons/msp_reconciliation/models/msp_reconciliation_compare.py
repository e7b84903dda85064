from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, split_every

from odoo.addons.msp_cloud_import.models.msp_provider import format_month
from odoo.addons.msp_contract_billing.models.money import day_before, to_decimal

from ..matching import CAUSES as DIRECTION_OF
from ..matching import UnitCost, cause_of_row, compare, cost_changes
from .msp_reconciliation import USABLE

BATCH_SIZE = 500
# Statements behind a difference are named by these many rows at most.
ROWS_KEPT = 200


class MspReconciliation(models.Model):
    """The comparison itself: lines and findings from loaded values."""

    _inherit = "msp.reconciliation"

    def action_compare(self):
        """Compare again; decisions about findings stay."""
        self.check_access("write")
        for one in self:
            one._compare()
        return True

    def _compare(self):
        if not self.import_ids:
            raise UserError(
                self.env._(
                    "No file of %(provider)s for %(month)s has been imported and "
                    "assigned yet. Import it first.",
                    provider=self.provider_id.name,
                    month=format_month(self.env, self.month),
                )
            )
        chains = self._load_chains()
        positions = self._find_positions(chains)
        as_of = fields.Date.context_today(self)
        contents, billed, stand_ins = self._load_contents(positions, as_of)
        by_position = {}
        for chain in chains.values():
            if chain.position_id:
                by_position.setdefault(chain.position_id, []).append(chain)
        subjects = [
            self._compare_subject(
                position,
                by_position.get(position.id, []),
                contents.get(position.id, []),
                billed.get(position.id, []),
                stand_ins.get(position.id),
            )
            for position in positions
        ]
        nobody = positions.browse()
        subjects += [
            self._compare_subject(nobody, [chain])
            for chain in chains.values()
            if not chain.position_id
        ]
        rows = [*self._find_in_rows(), *self._find_problems(), *self._find_costs()]
        self._store([subject for subject in subjects if subject], rows)
        self._system_write({"compared_at": fields.Datetime.now()})

    # One position, or one subscription without any

    def _compare_subject(self, position, chains, contents=(), billed=(), stand_in=None):
        """Return (values of the line, values of its findings), None if it is about
        other months."""
        currency = position.currency_id or self.company_id.currency_id
        result = compare(
            [chain.statements for chain in chains],
            contents,
            billed,
            self.month,
            self._end(),
            currency.decimal_places,
            stand_in,
        )
        row_ids = [row_id for chain in chains for row_id in chain.row_ids]
        is_quiet = not (result.supplied or result.contained or result.billed)
        if is_quiet and not (result.findings or row_ids or result.value):
            return None
        line = self._prepare_line_vals(position, chains, result, row_ids, currency)
        findings = [
            self._prepare_difference_vals(line, position, chains, found)
            for found in result.findings
        ]
        has_cost = not position and any(chain.cost for chain in chains)
        if has_cost and not findings:
            findings.append(self._prepare_unmatched_vals(line, chains[0]))
        directions = {DIRECTION_OF[vals["cause"]] for vals in findings}
        if directions:
            line["result"] = "timing" if directions == {"timing"} else "differs"
        return line, findings

    def _prepare_line_vals(self, position, chains, result, row_ids, currency):
        first = chains[0] if chains else None
        cost_currency = first and first.currency_id or self.cost_currency_id.id
        return {
            "reconciliation_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": position.contract_id.partner_id.id
            or (first and first.partner_id),
            "product_id": position.product_id.id or (first and first.product_id),
            "contract_id": position.contract_id.id,
            "position_id": position.id,
            "subscription_label": ", ".join(
                dict.fromkeys(chain.subscription_id for chain in chains)
            ),
            "has_supply": result.supplied is not None,
            "supplied_quantity": float(result.supplied or 0),
            "contained_quantity": float(result.contained),
            "billed_quantity": float(result.billed),
            "cost_currency_id": cost_currency,
            "cost": float(sum(chain.cost for chain in chains)),
            "currency_id": currency.id,
            "value": float(result.value),
            "billed_value": float(result.billed_value),
            "value_company": self._to_company(result.value, currency),
            "billed_value_company": self._to_company(result.billed_value, currency),
            "result": "agrees",
            "charge_ids": [Command.set(row_ids)],
        }

    def _prepare_difference_vals(self, line, position, chains, found):
        """Return the values of what the comparison of days has found."""
        cost = sum((chain.cost for chain in chains), Decimal(0))
        has_price = found.amount is not None
        amount = found.amount if has_price else cost
        subject = position.id or "/".join(chains[0].key)
        rows = found.keys or [row_id for chain in chains for row_id in chain.row_ids]
        return {
            **self._prepare_finding_vals(found.cause, subject, amount, line),
            "currency_id": line["currency_id"]
            if has_price
            else line["cost_currency_id"],
            "is_cost": not has_price,
            "date_start": found.start,
            "date_end": day_before(found.end),
            "supplied_quantity": float(found.supplied),
            "contained_quantity": float(found.contained),
            "billed_quantity": float(found.billed),
            "explanation": self._explain_difference(found, chains),
            "charge_ids": [Command.set(list(rows)[:ROWS_KEPT])],
            "user_id": position.contract_id.user_id.id,
        }

    def _prepare_unmatched_vals(self, line, chain):
        """Return the values for money of a subscription that is in no contract."""
        return {
            **self._prepare_finding_vals(
                "not_in_contract", "/".join(chain.key), chain.cost, line
            ),
            "currency_id": line["cost_currency_id"],
            "is_cost": True,
            "date_start": self.month,
            "date_end": self.date_end,
            "explanation": chain.reason,
            "charge_ids": [Command.set(chain.row_ids[:ROWS_KEPT])],
        }

    def _prepare_finding_vals(self, cause, subject, amount, line=None):
        line = line or {}
        return {
            "reconciliation_id": self.id,
            "company_id": self.company_id.id,
            "key": f"{cause}:{subject}",
            "cause": cause,
            "amount": float(amount),
            **{
                name: line.get(name)
                for name in (
                    "partner_id",
                    "product_id",
                    "contract_id",
                    "position_id",
                    "subscription_label",
                )
            },
        }

    def _explain_difference(self, found, chains):
        """Return the difference in a sentence, with what the import said about it."""
        reasons = dict.fromkeys(chain.reason for chain in chains if chain.reason)
        text = self.env._(
            "On %(day)s: %(supplied)s at the provider, %(contained)s in the contract, "
            "%(billed)s on invoices.",
            day=format_date(self.env, day_before(found.end)),
            supplied=f"{found.supplied.normalize():f}",
            contained=f"{found.contained.normalize():f}",
            billed=f"{found.billed.normalize():f}",
        )
        return "\n".join([text, *reasons])

    # Rows that state no quantity, or belong to nobody

    def _find_in_rows(self):
        """Return the values of findings about rows that state no quantity."""
        result = []
        for row in self._query_other_rows():
            cause = cause_of_row(row.event, row.is_assigned, row.amount)
            if not cause:
                continue
            vals = self._prepare_finding_vals(cause, row.key, abs(row.amount))
            vals.update(
                amount=float(row.amount if cause == "unassigned" else abs(row.amount)),
                currency_id=row.currency_id,
                is_cost=True,
                partner_id=row.partner_id,
                product_id=row.product_id,
                customer_name=row.customer_name,
                article_name=row.article_name,
                contract_id=row.contract_id,
                position_id=row.position_id,
                subscription_label=row.subscriptions,
                date_start=row.first,
                date_end=row.last,
                explanation=row.reason,
                charge_ids=[Command.set(row.row_ids[:ROWS_KEPT])],
            )
            result.append(vals)
        return result

    def _query_other_rows(self):
        """Yield money by what is unknown, else by subscription and kind of charge."""
        return self._fetch(
            SQL(
                """
                SELECT CASE c.state
                         WHEN 'unmapped_customer' THEN 'customer ' || c.customer_key
                         WHEN 'unmapped_product'
                           THEN 'article ' || COALESCE(c.product_mapping_id, 0)
                         ELSE concat_ws(' ', c.event, c.customer_key,
                                        c.subscription_id, c.charge_period_start)
                       END AS key,
                       c.state NOT IN ('unmapped_customer', 'unmapped_product')
                         AS is_assigned,
                       CASE WHEN c.state IN ('unmapped_customer', 'unmapped_product')
                         THEN 'unknown' ELSE c.event END AS event,
                       c.currency_id,
                       max(c.partner_id) AS partner_id,
                       max(COALESCE(c.product_id, m.product_id)) AS product_id,
                       max(c.sub_account_name) AS customer_name,
                       CASE WHEN c.state = 'unmapped_customer' THEN NULL
                         ELSE max(COALESCE(c.sku_name, c.service_name))
                       END AS article_name,
                       max(m.position_id) AS position_id,
                       max(p.contract_id) AS contract_id,
                       string_agg(DISTINCT c.subscription_id, ', ') AS subscriptions,
                       min(c.charge_period_start) AS first,
                       max(c.charge_date_end) AS last,
                       max(c.state_reason) AS reason,
                       sum(c.billed_cost) AS amount,
                       array_agg(c.id ORDER BY c.row) AS row_ids
                  FROM msp_provider_charge c
                  LEFT JOIN LATERAL (
                         SELECT m.position_id, o.product_id
                           FROM msp_position_mapping m
                           JOIN msp_contract_position o ON o.id = m.position_id
                          WHERE m.provider_id = c.provider_id
                            AND m.company_id = c.company_id
                            AND m.subscription_id = c.subscription_id
                          ORDER BY (m.sku_id = COALESCE(c.sku_id, '')) DESC LIMIT 1
                       ) m ON TRUE
                  LEFT JOIN msp_contract_position p ON p.id = m.position_id
                 WHERE c.import_id IN %(imports)s AND c.known_charge_id IS NULL
                   AND c.state != 'ignored'
                   AND (c.is_quantity IS NOT TRUE
                        OR c.state IN ('unmapped_customer', 'unmapped_product'))
                 GROUP BY 1, 2, 3, c.state, c.currency_id
                 ORDER BY 1
                """,
                imports=tuple(self.import_ids.ids),
            )
        )

    def _find_problems(self):
        """Return the values of findings about rows that could not be read."""
        problems = self.import_ids.problem_ids.filtered(
            lambda one: one.severity == "error" and one.amount and not one.is_ignored
        )
        result = []
        for problem in problems:
            subject = f"{problem.import_id.id} {problem.row}"
            vals = self._prepare_finding_vals("unreadable", subject, problem.amount)
            vals.update(
                currency_id=problem.currency_id.id,
                is_cost=True,
                article_name=self.env._(
                    "%(import)s, row %(row)s",
                    **{"import": problem.import_id.name, "row": problem.row},
                ),
                explanation=problem.reason,
            )
            result.append(vals)
        return result

    # Prices of the provider

    def _find_costs(self):
        """Return the values of findings about prices the provider has changed."""
        before = self._load_unit_costs(self._find_imports_before())
        changes = cost_changes(before, self._load_unit_costs(self.import_ids))
        return [self._prepare_cost_vals(change) for change in changes]

    def _find_imports_before(self):
        return self.env["msp.import"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", "=", self.month - relativedelta(months=1)),
                ("state", "in", USABLE),
            ]
        )

    def _load_unit_costs(self, imports):
        """Return the `matching.UnitCost` of rows that bill whole months.

        A price for part of a cycle says nothing about the price.
        """
        if not imports:
            return []
        rows = self._fetch(
            SQL(
                """
                SELECT c.id, c.subscription_id, COALESCE(c.sku_id, '') AS sku,
                       c.contracted_unit_price AS cost, c.pricing_quantity AS quantity,
                       c.currency_id
                  FROM msp_provider_charge c
                  JOIN res_currency r ON r.id = c.currency_id
                 WHERE c.import_id IN %s AND c.is_quantity
                   AND c.known_charge_id IS NULL
                   AND c.event IN ('purchase', 'renewal', 'recurring')
                   AND c.contracted_unit_price > 0 AND c.pricing_quantity > 0
                   AND COALESCE(c.pricing_currency, r.name) = r.name
                   AND c.partner_id IS NOT NULL
                   AND c.charge_period_end IN (
                         SELECT (c.charge_period_start + make_interval(months => n))::date
                           FROM unnest(ARRAY[1, 3, 12, 36]) n)
                 ORDER BY c.import_id, c.row
                """,
                tuple(imports.ids),
            )
        )
        return [
            UnitCost(
                (row.subscription_id, row.sku),
                to_decimal(row.cost),
                to_decimal(row.quantity),
                row.currency_id,
                row.id,
            )
            for row in rows
        ]

    def _prepare_cost_vals(self, change):
        row = self.env["msp.provider.charge"].browse(change.row)
        return {
            **self._prepare_finding_vals(
                "cost_changed", "/".join(change.key), change.amount
            ),
            "currency_id": row.currency_id.id,
            "is_cost": True,
            "partner_id": row.partner_id.id,
            "product_id": row.product_id.id,
            "contract_id": row.position_id.contract_id.id,
            "position_id": row.position_id.id,
            "subscription_label": change.key[0],
            "date_start": row.charge_period_start,
            "date_end": row.charge_date_end,
            "supplied_quantity": float(change.quantity),
            "explanation": self.env._(
                "The provider asks %(new)s instead of %(old)s for a unit.",
                new=f"{change.new.normalize():f}",
                old=f"{change.old.normalize():f}",
            ),
            "charge_ids": [Command.set(row.ids)],
            "user_id": row.position_id.contract_id.user_id.id,
        }

    # Storing

    def _store(self, subjects, others):
        """Store lines anew and findings by their keys; decisions stay."""
        lines = self.env["msp.reconciliation.line"]
        self.line_ids._system_unlink()
        made = lines
        for batch in split_every(BATCH_SIZE, [line for line, _findings in subjects]):
            made |= lines._system_create(list(batch))
        wanted = {vals["key"]: {**vals, "line_id": False} for vals in others}
        for line, (_vals, findings) in zip(made, subjects, strict=True):
            wanted.update(
                {vals["key"]: {**vals, "line_id": line.id} for vals in findings}
            )
        self._store_findings(wanted)

    def _store_findings(self, wanted):
        currencies = self.env["res.currency"]
        since = self._load_since()
        for key, vals in wanted.items():
            currency = currencies.browse(vals["currency_id"])
            vals["amount"] = currency.round(vals["amount"])
            vals["amount_company"] = self._to_company(vals["amount"], currency)
            vals["date_since"] = since.get(key) or vals.get("date_start")
        known = {finding.key: finding for finding in self.finding_ids}
        for key, finding in known.items():
            if key in wanted:
                finding._renew(wanted[key])
        settled = self.finding_ids.filtered(
            lambda one: one.state == "open" and one.key not in wanted
        )
        settled._system_write({"state": "gone"})
        new = [vals for key, vals in wanted.items() if key not in known]
        model = self.env["msp.finding"].with_context(tracking_disable=True)
        for batch in split_every(BATCH_SIZE, new):
            model._system_create(list(batch))

    def _load_since(self):
        """Return {key: first day} of what differed in the month before already."""
        earlier = self.env["msp.finding"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("company_id", "=", self.company_id.id),
                ("month", "=", self.month - relativedelta(months=1)),
                ("state", "!=", "gone"),
            ]
        )
        return {one.key: one.date_since for one in earlier}

    def _to_company(self, amount, currency):
        return currency._convert(
            float(amount), self.currency_id, self.company_id, self.date_end
        )
