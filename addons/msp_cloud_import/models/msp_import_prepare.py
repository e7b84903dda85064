import re
from collections import defaultdict

from odoo import models
from odoo.tools import format_date, split_every

from odoo.addons.msp_contract_billing.models.money import same_number

from ..formats import quantity_changes
from .msp_import_match import price_fits

# Customers whose rows are in memory at the same time.
CUSTOMERS = 100
_CELLS = re.compile(r'[^",;\t|]+')


class MspImport(models.Model):
    """Step 3, second half: what the file says compared with the contracts."""

    _inherit = "msp.import"

    def action_prepare(self):
        """Propose changes for all rows that are not applied yet."""
        return self._take_steps(lambda import_: import_._prepare())

    def _prepare(self):
        self.ensure_one()
        self._check_state("mapped", "prepared", "applied")
        done, excluded = set(), {}
        kept = self.change_ids.filtered(
            lambda change: change.state == "applied" or change.is_asked
        )
        for change in self.change_ids:
            if change in kept:
                done.add(change._key())
            elif change.state == "excluded":
                excluded[change._key()] = change.error
        (self.change_ids - kept)._system_unlink()
        self._refresh_rows()
        self._update_open_amounts()
        blocked = self._find_blocked()
        mappings = self.customer_mapping_ids.filtered(
            lambda mapping: mapping.state == "assigned"
        )
        mappings = self._propose_unchanged(mappings, blocked, done, excluded)
        for ids in split_every(CUSTOMERS, mappings.ids):
            self._propose(ids, blocked, done, excluded)
        self._update_rows()
        self._settle_rest(blocked)
        self._set_step("prepared")

    def _find_blocked(self):
        """Return {word: sentence} for subscriptions and customers that must wait.

        A row that could not be read may be one half of a change; the other half
        alone would say something wrong. The row's text says whose it was.
        """
        blocked = {}
        problems = self.problem_ids.filtered(
            lambda problem: problem.severity == "error" and not problem.is_ignored
        )
        subscriptions, made_up = self._load_subscriptions() if problems else ((), {})
        for problem in problems:
            sentence = self.env._(
                "Row %(row)s of the file could not be read: %(reason)s",
                row=problem.row,
                reason=problem.reason,
            )
            cells = _CELLS.findall(problem.record_text or "")
            cells = {cell.strip() for cell in cells}
            # Whose subscription it was may be what cannot be read: then the
            # customer's id is among the cells.
            for cell in cells.intersection(subscriptions) or cells:
                blocked.setdefault(cell, sentence)
            text = (problem.record_text or "").replace('""', '"')
            for customer, keys in made_up.items():
                if customer in text:
                    blocked.update((key, sentence) for key in keys - blocked.keys())
        unknown = self.env["msp.provider.charge"].search(
            [
                ("import_id", "=", self.id),
                ("event", "=", "unknown"),
                ("is_left_out", "=", False),
                ("subscription_id", "!=", False),
            ]
        )
        for row in unknown:
            blocked[row.subscription_id] = self.env._(
                "Row %(row)s of the file has a kind of charge that is not known: "
                "%(kind)s",
                row=row.row,
                kind=row.charge_type,
            )
        return blocked

    def _load_subscriptions(self):
        """Return the subscriptions of the file, and those of each customer that
        the file does not name: customer and article stand for them."""
        named, made_up = set(), defaultdict(set)
        for key, customer, article in self.env["msp.provider.charge"]._read_group(
            [("import_id", "=", self.id), ("subscription_id", "!=", False)],
            ["subscription_id", "customer_key", "sku_id"],
        ):
            if customer and key == f"{customer}/{article}":
                made_up[customer].add(key)
            else:
                named.add(key)
        return named, made_up

    def _load_rows(self, mapping_ids):
        rows = self.env["msp.provider.charge"].search(
            self._get_rows_domain(mapping_ids)
        )
        changes = self.env["msp.import.change"].search(
            [
                ("import_id", "=", self.id),
                ("state", "=", "no_change"),
                ("provider_charge_ids", "in", rows.ids),
            ]
        )
        return rows - changes.provider_charge_ids

    def _get_rows_domain(self, mapping_ids):
        return [
            ("import_id", "=", self.id),
            ("customer_mapping_id", "in", mapping_ids),
            ("is_quantity", "=", True),
            ("is_left_out", "=", False),
            ("superseded_by_id", "=", False),
            ("gone_decision", "!=", "open"),
            ("product_mapping_id.is_ignored", "=", False),
            ("product_mapping_id.billing_mode", "=", "quantity"),
            ("partner_id.active", "=", True),
            ("product_id.active", "=", True),
        ]

    def _propose(self, mapping_ids, blocked, done, excluded):
        """Store the proposals for the rows of some customers."""
        rows = self._load_rows(mapping_ids)
        by_row = {row.row: row for row in rows}
        groups = self._group(quantity_changes(rows._to_plain()), by_row)
        known = self._look_up(groups)
        for group in groups:
            self._find_target(group, known)
        groups = self._merge_groups(groups)
        self._look_at_awaited(groups, known)
        twins = self._find_twins(rows)
        vals_list, begins = [], {}
        for group in groups:
            for vals in self._prepare_group(
                group, by_row, twins, blocked, done, excluded
            ):
                key = vals.pop("key")
                row_ids = vals["provider_charge_ids"][0][2]
                if key in done or all(
                    row.known_charge_id for row in rows.browse(row_ids)
                ):
                    continue
                begin = vals.pop("begins_with", None)
                if begin is not None:
                    begins[len(vals_list)] = id(begin)
                vals["token"] = id(vals)
                vals_list.append(vals)
        tokens = {vals.pop("token"): index for index, vals in enumerate(vals_list)}
        changes = self.env["msp.import.change"]._system_create(vals_list)
        for index, token in begins.items():
            if token in tokens:
                begin = changes[tokens[token]]
                changes[index]._system_write({"begin_change_id": begin.id})

    # What is proposed

    def _prepare_group(self, group, by_row, twins, blocked, done, excluded):
        """Return the values of the proposals for one subscription, by day."""
        previous, begin, unsolved = None, None, None
        result = []
        for change in group.changes:
            key = (*group.key, change.start)
            difference, why_not = 0, None
            if change.kind == "move":
                if key in done or _all_known(by_row, change):
                    continue
                change, difference, why_not = self._resolve_move(
                    group, change, previous, by_row
                )
                why_not = unsolved or why_not or self._explain_twin(change, twins)
            vals = self._prepare_vals(group, change, by_row)
            result.append(vals)
            vals.update(key=key, difference=float(difference))
            reason = group.reason or self._why_wait(change, blocked) or why_not
            if key in excluded:
                if group.position and group.position.line_ids:
                    self._compare(vals, group.position, change, previous)
                vals.update(state="excluded", error=excluded[key])
            elif reason:
                vals.update(state="waiting", error=reason)
                if difference:
                    unsolved = self.env._(
                        "An earlier change of this subscription waits; solve it first"
                    )
            elif group.position and group.position.line_ids:
                self._compare(vals, group.position, change, previous)
                self._add_awaited(vals, group)
            elif begin is None and change.kind == "end":
                nothing = self.env._("Not under contract, so there is nothing to end")
                vals.update(state="no_change", error=nothing)
            elif begin is None:
                self._begin(vals, group, change)
                begin = vals
            elif begin["state"] != "proposed":
                vals.update(state="waiting", error=begin["error"])
            else:
                old = previous[1] if previous else 0.0
                is_same = same_number(old, float(change.quantity))
                vals.update(
                    state="no_change" if is_same else "proposed",
                    old_quantity=old,
                    begins_with=begin,
                )
            if vals["state"] in ("proposed", "no_change"):
                previous = (change.start, float(change.quantity))
        return result

    def _why_wait(self, change, blocked):
        if not change.is_certain:
            return self.env._("The rows of this day contradict each other")
        return blocked.get(change.subscription_id) or (
            # A row of the customer is not understood: at least end nothing.
            blocked.get(change.sub_account_id) if change.kind == "end" else None
        )

    def _prepare_vals(self, group, change, by_row):
        rows = [by_row[number] for number in change.rows]
        position = group.position
        return {
            "import_id": self.id,
            "company_id": self.company_id.id,
            "provider_charge_ids": [(6, 0, [row.id for row in rows])],
            "rows_label": ", ".join(str(number) for number in change.rows[:20]),
            "partner_id": group.partner.id,
            "product_id": group.product.id,
            "subscription_id": group.key[0],
            "sku_id": group.key[1],
            "term": group.key[2],
            "billing_plan": group.key[3],
            "contract_id": (
                position.contract_id
                if position
                else group.contract or self.env["msp.contract"]
            ).id,
            "position_id": position and position.id,
            "awaited_version_id": group.awaited and group.awaited.version_id.id,
            "candidate_position_ids": [(6, 0, group.candidates.ids)],
            "kind": change.kind,
            "date_start": change.start,
            "quantity": float(change.quantity),
            "old_quantity": 0.0,
            "cost": float(change.cost),
            "cost_currency_id": rows[0].currency_id.id,
        }

    def _compare(self, vals, position, change, previous):
        """Compare a change with what the position contains on its first day."""
        day = change.start
        line = position._line_on(day)
        old = self._quantity_on(position, day, previous)
        vals.update(
            has_content=bool(line), content_quantity=line.quantity, old_quantity=old
        )
        if position.date_start > day:
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(position)s begins on %(first)s, but the file speaks for "
                    "%(day)s. Change its first day or leave this out.",
                    position=position.name,
                    first=format_date(self.env, position.date_start),
                    day=format_date(self.env, day),
                ),
            )
        elif change.kind == "end" and not (
            line and (line.quantity or not line.bundle_id)
        ):
            # A component stays in its bundle, with a quantity of 0.
            vals.update(state="no_change")
        elif not line:
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(position)s is not under contract on %(day)s. Begin it again by "
                    "a version, then prepare the import again.",
                    position=position.name,
                    day=format_date(self.env, day),
                ),
            )
        elif change.kind == "set" and same_number(old, float(change.quantity)):
            vals.update(state="no_change")
        elif not vals["difference"] and (
            terminated := self._explain_terminated(
                position, day, float(change.quantity) - old
            )
        ):
            vals.update(state="waiting", error=terminated)
        else:
            vals.update(state="proposed")

    def _quantity_on(self, position, day, previous):
        """Return the quantity before a change, with the file's earlier ones applied.

        An earlier change of the file holds until the contract says otherwise.
        """
        content = position._line_on(day).quantity
        if not previous:
            return content
        first, quantity = previous
        between = position.line_ids.filtered(
            lambda line: (
                line.date_start <= day and (not line.date_end or line.date_end >= first)
            )
        )
        is_constant = len(set(between.mapped("quantity"))) <= 1
        return quantity if is_constant else content

    def _begin(self, vals, group, change):
        """Propose a new position with the price of the customer's price list.

        One that was sold and is not live begins as it was sold.
        """
        if group.awaited:
            self._begin_awaited(vals, group.awaited)
            return
        contract = group.contract or group.position.contract_id
        vals.update(kind="begin", contract_id=contract.id)
        if not price_fits(contract, group.product, change.start):
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(product)s has a price for a time that does not fit the rhythm "
                    "of contract %(contract)s. Enter the position by hand.",
                    product=group.product.display_name,
                    contract=contract.display_name,
                ),
            )
            return
        price = self._get_price(contract, group.product, vals["quantity"], change.start)
        vals.update(
            price_unit=price, price_interval=group.product.msp_price_interval or "0"
        )
        if price > 0 or group.product._msp_brings_prices(contract.company_id):
            vals.update(state="proposed")
        else:
            vals.update(
                state="waiting",
                error=self.env._(
                    "%(product)s has no price for customer %(customer)s. Enter a sales "
                    "price or a price list rule, then prepare again.",
                    product=group.product.display_name,
                    customer=contract.partner_id.display_name,
                ),
            )

    def _get_price(self, contract, product, quantity, day):
        """Return the customer's price of a product in the contract's currency."""
        partner = contract.partner_id.with_company(contract.company_id)
        return partner.property_product_pricelist._get_product_price(
            product.with_company(contract.company_id),
            quantity,
            currency=contract.currency_id,
            date=day,
        )


def _all_known(by_row, change):
    """Return whether other imports have read all rows of a change before."""
    return all(by_row[number].known_charge_id for number in change.rows)
