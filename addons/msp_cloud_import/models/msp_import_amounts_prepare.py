from collections import defaultdict
from decimal import Decimal

from odoo import models
from odoo.tools import SQL, format_date

from .msp_import_rates import Rate, Rates
from .msp_provider_charge_stage import copy_rows
from .msp_provider_charge_usage import WORTH

# So many rows are named in a list of changes.
_LISTED = 20


class MspImport(models.Model):
    """Step 3 for amounts, second half: what the file adds to what is known."""

    _inherit = "msp.import"

    def _propose_amounts(self, kept, excluded):
        """Propose amounts for the rows that are passed on.

        :param kept: changes that stay as they are
        :param excluded: {key: sentence} of what somebody has left out
        """
        rows = self._load_amount_rows(kept)
        rows -= self._leave_out_overtaken(rows)
        worth = rows._load_exact((*WORTH, "exchange_rate"))
        currencies = self._load_currencies()
        rows -= self._leave_out_free(rows, worth, currencies)
        if not rows:
            return
        groups = self._group_amounts(rows)
        known = self._look_up_amounts(groups)
        for group in groups:
            self._find_amount_target(group, known, kept)
        rates = Rates(self.env, self.company_id)
        waiting = self._explain_not_yet(rows)
        vals_list, amounts = [], []
        for group in groups:
            parts = list(
                self._prepare_amounts(
                    group, worth, rates, currencies, excluded, waiting
                )
            )
            begin = None
            if group.pricing and any(found for _vals, found in parts):
                begin = self._prepare_begin(group, excluded)
                vals_list.append(begin)
            for vals, found in parts:
                vals["begins_with"] = begin if found else None
                vals_list.append(vals)
                amounts.append((vals, found, group))
        self._compare_amounts(amounts)
        begins = [vals.pop("begins_with", None) for vals in vals_list]
        changes = self.env["msp.import.change"]._system_create(vals_list)
        by_vals = dict(zip(map(id, vals_list), changes, strict=True))
        for change, begin in zip(changes, begins, strict=True):
            if begin is not None:
                change._system_write({"begin_change_id": by_vals[id(begin)].id})
        self._store_amounts(
            [(by_vals[id(vals)], found, group) for vals, found, group in amounts]
        )

    def _look_up_amounts(self, groups):
        known = self._look_up([])
        model = self.env["msp.position.mapping"]
        known.mappings = model._load(
            self.provider_id,
            self.company_id,
            {key for group in groups for key in group.keys},
        )
        partner_ids = {group.partner.commercial_partner_id.id for group in groups}
        known.contracts = self.env["msp.contract"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("commercial_partner_id", "in", list(partner_ids)),
                ("state", "=", "active"),
            ],
            order="id",
        )
        for mapping in model.search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("position_id", "in", known.contracts.position_ids.ids),
            ]
        ):
            known.taken[mapping.position_id.id].add(mapping.subscription_id)
        known.awaited = self._find_awaited(known.contracts)
        return known

    def _leave_out_overtaken(self, rows):
        """Say of rows that a newer file's are passed on instead; return these."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE msp_provider_charge c
                   SET state = 'ignored', state_reason = format(%(reason)s, i.name)
                  FROM msp_dated_amount a JOIN msp_import i ON i.id = a.import_id
                 WHERE c.id = ANY(%(rows)s) AND a.counts
                   AND a.provider_id = c.provider_id AND a.company_id = c.company_id
                   AND a.charge_key = c.row_key AND a.provider_charge_id > c.id
                RETURNING c.id
                """,
                rows=rows.ids,
                reason=self.env._("%s has a newer state of this row"),
            )
        )
        ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        rows.invalidate_recordset(["state", "state_reason"])
        return rows.browse(ids)

    def _leave_out_free(self, rows, worth, currencies):
        """Say of rows that there is nothing to pass on; return these.

        One that has cost something before is passed on as 0.
        """
        free = rows.filtered(
            lambda row: _cost_of(row, worth[row.id], currencies)[1] == 0
        )
        known = self._find_replaced(free)
        free = free.filtered(lambda row: row.row_key not in known)
        free._system_write(
            {"state": "no_change", "state_reason": self.env._("Costs nothing")}
        )
        return free

    def _prepare_begin(self, group, excluded):
        """Return the values of the change that begins a position."""
        vals = {
            **self._prepare_amount_vals(group, group.rows),
            "kind": "begin",
            "provider_charge_ids": [],
            "date_start": group.begin,
            "quantity": 1.0,
            "price_unit": 0.0,
            "price_interval": "0",
            "pricing_id": group.pricing.id,
            "state": "proposed",
        }
        if reason := excluded.get((*group.key, group.begin)):
            vals.update(state="excluded", error=reason)
        return vals

    def _prepare_amount_vals(self, group, rows):
        subscription, sku, _term, _plan = group.key
        contract = group.contract or (group.position and group.position.contract_id)
        return {
            "import_id": self.id,
            "company_id": self.company_id.id,
            "provider_charge_ids": [(6, 0, rows.ids)],
            "rows_label": ", ".join(str(row.row) for row in rows[:_LISTED]),
            "partner_id": group.partner.id,
            "product_id": group.product.id,
            "subscription_id": subscription,
            "sku_id": sku,
            "contract_id": contract and contract.id,
            "position_id": group.position and group.position.id,
            "candidate_position_ids": [(6, 0, group.candidates.ids)],
        }

    def _explain_not_yet(self, rows):
        """Return {row id: sentence} of what waits for what becomes of other rows."""
        gone = self._find_gone_amounts()
        details = self._find_proposed_details(rows)
        result = {}
        for row in rows:
            if old := gone.get(row._get_used()):
                result[row.id] = self._explain_gone(old)
            elif row.id in details:
                result[row.id] = self.env._(
                    "%s proposes the same in more detail. Apply or leave out the "
                    "changes there, then prepare again.",
                    details[row.id],
                )
        return result

    def _prepare_amounts(self, group, worth, rates, currencies, excluded, waiting):
        """Yield (values of a change, its amounts) by days, currency and reason."""
        contract = group.contract or (group.position and group.position.contract_id)
        covered = [] if group.reason else self._get_covered(group)
        parts = defaultdict(list)
        for row in group.rows:
            source, cost = _cost_of(row, worth[row.id], currencies)
            days = rate = None
            reason = group.reason or waiting.get(row.id)
            if not reason and cost is None:
                reason = self.env._(
                    "The file states no list price. Choose that the article passes on "
                    "what the provider asks, then prepare again."
                )
            if not reason:
                days = self._find_days(row, covered)
                if not days:
                    reason = self._explain_uncovered(row, group)
            if not reason:
                currency = self.env["res.currency"].browse(source)
                rate = self._find_rate(
                    row, worth[row.id]["exchange_rate"], currency, contract, rates
                )
                if not isinstance(rate, Rate):
                    rate, reason = None, rate
            days = days or (
                row.charge_period_start,
                row.charge_date_end or row.charge_period_start,
            )
            parts[days, source, reason].append((row, cost, rate))
        for (days, source, reason), items in sorted(
            parts.items(), key=lambda part: (part[0][0], part[0][1] or 0, part[0][2])
        ):
            rows = group.rows.browse([row.id for row, _cost, _rate in items])
            costs = sum((cost or Decimal(0)) for _row, cost, _rate in items)
            vals = {
                **self._prepare_amount_vals(group, rows),
                "kind": "amounts",
                "date_start": days[0],
                "date_end": days[1],
                "quantity": 0.0,
                "cost": float(costs),
                "cost_currency_id": source,
                "state": "waiting" if reason else "proposed",
                "error": reason or False,
                "rate_note": _note_rates(items, source, contract, self.env),
            }
            key = (*group.key, days[0], "amounts", group.partner.id, source)
            if key in excluded:
                vals.update(state="excluded", error=excluded[key])
            yield vals, [] if reason else items

    def _explain_uncovered(self, row, group):
        names = {
            "first": format_date(self.env, row.charge_period_start),
            "last": format_date(
                self.env, row.charge_date_end or row.charge_period_start
            ),
        }
        if group.pricing:
            return self.env._(
                "Used from %(first)s to %(last)s, but contract %(contract)s does not "
                "hold on all of these days. Change its days or leave this out.",
                contract=group.contract.display_name,
                **names,
            )
        return self.env._(
            "Used from %(first)s to %(last)s, but %(position)s does not pass amounts on "
            "on all of these days. Extend it by a version or leave this out.",
            position=self._name_all(group.position),
            **names,
        )

    def _store_amounts(self, amounts):
        """Store the amounts of proposed changes by COPY, digits as computed."""
        rows = self.env["msp.provider.charge"].browse(
            [
                row.id
                for _change, found, _group in amounts
                for row, _cost, _rate in found
            ]
        )
        keys = self.env["msp.dated.amount"]._find_keys(rows)
        vals_list = [
            {
                "import_id": self.id,
                "provider_id": self.provider_id.id,
                "company_id": self.company_id.id,
                "change_id": change.id,
                "provider_charge_id": row.id,
                "charge_key": keys[row.id],
                "contract_id": change.contract_id.id or None,
                "position_id": group.position and group.position.id or None,
                "date_start": change.date_start,
                "date_end": change.date_end,
                "quantity": row.pricing_quantity,
                "cost": cost,
                "cost_currency_id": change.cost_currency_id.id,
                "rate": rate.value,
                "rate_rule": rate.rule,
                "rate_date": rate.day,
                "amount": cost * rate.value,
                "currency_id": change.contract_id.currency_id.id,
                "is_applied": False,
                "is_withdrawn": False,
                "counts": False,
            }
            for change, found, group in amounts
            for row, cost, rate in found
        ]
        copy_rows(self.env, "msp_dated_amount", vals_list)
        self.env["msp.dated.amount"].invalidate_model()
        self.env["msp.import.change"].invalidate_model(["dated_amount_ids"])


def _cost_of(row, worth, currencies):
    """Return (currency id, amount) to pass on of a row, amount None if unknown."""
    if row.product_mapping_id.passed_price != "list":
        return row.currency_id.id, worth["billed_cost"]
    if worth["list_cost"]:
        return row.currency_id.id, worth["list_cost"]
    source = currencies.get(row.pricing_currency) or row.currency_id.id
    if not worth["list_unit_price"] and worth["billed_cost"]:
        return source, None
    return source, worth["list_unit_price"] * worth["pricing_quantity"]


def _note_rates(items, source, contract, env):
    """Return the rates that were used, as text; empty in the same currency."""
    used = {rate for _row, _cost, rate in items if rate and rate.rule != "same"}
    name = env["res.currency"].browse(source).name
    return ", ".join(
        f"1 {name} = {rate.value.normalize():f} {contract.currency_id.name}"
        for rate in sorted(used)[:3]
    )
