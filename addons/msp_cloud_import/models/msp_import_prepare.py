from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import same_number

from ..formats import quantity_changes

# About how many rows are in memory at the same time; those of a customer all are.
ROWS = 1000


@dataclass(slots=True)
class Preparation:
    """What holds for all batches of customers while an import is prepared.

    :param kept: changes that are applied or wait for an approval
    :param begun_at: when it began
    :param done: the keys of `kept`
    :param excluded: {key: sentence} of what somebody has left out
    :param decisions: {key: values} of what people have decided
    :param blocked: {subscription or customer: sentence} of what has to wait
    """

    kept: object
    begun_at: datetime
    done: set = field(init=False)
    excluded: dict = field(default_factory=dict)
    decisions: dict = field(default_factory=dict)
    blocked: dict = field(default_factory=dict)

    def __post_init__(self):
        """Look up the keys of what is kept."""
        self.done = {change._key() for change in self.kept}

    @property
    def for_rows(self):
        return self.blocked, self.done, self.excluded, self.decisions


class MspImport(models.Model):
    """Step 3, second half: what the file says compared with the contracts."""

    _inherit = "msp.import"

    def action_prepare(self):
        """Propose changes for all rows that are not applied yet."""
        return self._take_steps(lambda import_: import_._prepare())

    def _prepare(self):
        self.ensure_one()
        self._check_state("mapped", "prepared", "applied")
        prepared = self._begin_preparing()
        self._propose_same(prepared)
        for _last, ids in in_batches(self._load_left()):
            self._propose(ids, *prepared.for_rows)
        self._end_preparing(prepared)

    def _begin_preparing(self):
        """Drop what was proposed before; return what stays of it."""
        self._allow_memory()
        kept = self._get_kept_changes()
        changes = self.env["msp.import.change"].search([("import_id", "=", self.id)])
        others = changes - kept - self._get_settled_changes()
        prepared = self._load_preparation(kept)
        prepared.excluded.update(
            (change._key(), change.error)
            for change in others
            if change.state == "excluded"
        )
        prepared.decisions.update(others._get_decisions())
        others._system_unlink()
        self._link_details(SQL("c.import_id = %s", self.id))
        self._refresh_rows()
        self._update_open_amounts()
        prepared.blocked = self._find_blocked()
        return prepared

    def _get_kept_changes(self):
        return self.env["msp.import.change"].search(
            [
                ("import_id", "=", self.id),
                ("state", "in", ("applied", "waiting")),
                "|",
                ("state", "=", "applied"),
                ("version_id", "!=", False),
            ]
        )

    def _load_preparation(self, kept):
        """Return what stays of earlier proposals, and when preparing began."""
        # What happens from now on may not be seen any more.
        return Preparation(kept, fields.Datetime.now())

    def _load_left(self, after=0):
        """Return what contracts were not found to say already.

        :param after: id of the customer mapping that was compared last
        :return: {id of the customer mapping: ids of its rows}, ascending
        """
        self.env.flush_all()
        left = self._make_table(
            "msp_import_left",
            SQL(
                """
                SELECT c.id, c.row, c.customer_mapping_id
                  FROM msp_provider_charge c
                 WHERE c.import_id = %(id)s AND c.customer_mapping_id > %(after)s
                   -- Looked up once, whatever the planner knows of rows a moment old.
                   AND c.id NOT IN (
                         SELECT r.row_id FROM msp_import_change_row_rel r
                           JOIN msp_import_change h ON h.id = r.change_id
                          WHERE h.import_id = %(id)s AND h.state = 'no_change')
                """,
                id=self.id,
                after=after,
            ),
        )
        rows = self.env["msp.provider.charge"]._search(self._get_said_domain())
        ids = SQL.identifier(rows.table, "id")
        rows.add_where(SQL("%s IN (SELECT id FROM %s)", ids, left))
        found = self.env.execute_query(
            SQL(
                "SELECT customer_mapping_id, array_agg(id ORDER BY row) FROM %s "
                "WHERE id IN %s GROUP BY 1 ORDER BY 1",
                left,
                rows.subselect(),
            )
        )
        self.env.cr.execute(SQL("DROP TABLE %s", left))
        return dict(found)

    def _end_preparing(self, prepared):
        self._allow_memory()
        self._propose_amounts(prepared.kept, prepared.excluded)
        self._propose_missing(prepared.done, prepared.excluded, prepared.decisions)
        self._update_rows()
        self._settle_rest(prepared.blocked)
        self._set_step("prepared")

    def _get_said_domain(self):
        """Return which rows of the file are compared with contracts."""
        return [
            ("import_id", "=", self.id),
            ("customer_mapping_id.state", "=", "assigned"),
            ("is_quantity", "=", True),
            ("is_left_out", "=", False),
            ("superseded_by_id", "=", False),
            ("gone_decision", "!=", "open"),
            ("product_mapping_id.is_ignored", "=", False),
            ("product_mapping_id.billing_mode", "=", "quantity"),
            ("partner_id.active", "=", True),
            ("product_id.active", "=", True),
        ]

    def _propose(self, ids, blocked, done, excluded, decisions):
        """Store the proposals for the rows of some customers."""
        rows = self.env["msp.provider.charge"].browse(ids)
        by_row = {row.row: row for row in rows}
        groups = self._group(quantity_changes(rows._to_plain()), by_row)
        known = self._look_up(groups)
        for group in groups:
            self._find_target(group, known)
        groups = self._share_groups(groups, known)
        groups = self._merge_groups(groups)
        groups = self._sum_groups(groups, known)
        self._look_at_awaited(groups, known)
        self._find_prices(groups, known)
        twins = self._find_twins(rows)
        vals_list = [
            vals
            for group in groups
            for vals in self._prepare_group(
                group, by_row, twins, known, blocked, done, excluded, decisions
            )
            if vals["key"] not in done
            and not all(
                row.known_charge_id
                for row in rows.browse(vals["provider_charge_ids"][0][2])
            )
        ]
        self._look_at(vals_list, rows)
        self._store_proposals(vals_list)

    def _store_proposals(self, vals_list):
        """Create the changes, each linked to the one that begins its position."""
        begins = [vals.pop("begins_with", None) for vals in vals_list]
        for vals in vals_list:
            vals.pop("key", None)
            vals.pop("has_chosen_price", None)
        changes = self.env["msp.import.change"]._system_create(vals_list)
        by_vals = {
            id(vals): change for vals, change in zip(vals_list, changes, strict=True)
        }
        for change, begin in zip(changes, begins, strict=True):
            if id(begin) in by_vals:
                change._system_write({"begin_change_id": by_vals[id(begin)].id})

    # What is proposed

    def _prepare_group(
        self, group, by_row, twins, known, blocked, done, excluded, decisions
    ):
        """Return the values of the proposals for one subscription, by day."""
        previous, begin, unsolved = None, None, None
        result = []
        for change, later in zip(
            group.changes, [*group.changes[1:], None], strict=True
        ):
            key = group.key_on(change.start)
            decision = decisions.get(key, {})
            difference, why_not = 0, None
            if change.kind == "move":
                if key in done or _all_known(by_row, change):
                    continue
                change, difference, why_not = self._resolve_move(
                    group, change, previous, by_row
                )
                why_not = unsolved or why_not or self._explain_twin(change, twins)
            said = change
            change = self._edited(change, decision)
            if change is not said:
                difference = 0
            vals = self._prepare_vals(group, change, by_row)
            result.append(vals)
            vals.update(
                key=key,
                difference=float(difference),
                file_quantity=float(said.quantity),
                file_date=said.start,
                **decision,
            )
            reason = group.reason or self._why_wait(change, blocked) or why_not
            conflicts = ()
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
                conflicts = self._find_conflicts(
                    group, vals, self._last_day_of(change, later, by_row), known
                )
            elif begin is None and change.kind == "end":
                nothing = self.env._("Not under contract, so there is nothing to end")
                vals.update(state="no_change", error=nothing)
            elif begin is None:
                self._begin(vals, group, change)
                begin = vals
            else:
                self._follow_begin(vals, begin, change, previous)
            self._take_decision(vals, decision)
            vals["flags"] = set(group.flags) | vals.get("flags", set())
            if vals["state"] in ("proposed", "no_change"):
                previous = _said_by(vals)
            for extra in self._prepare_conflicts(
                vals, conflicts, done, excluded, decisions
            ):
                result.append(extra)
                if extra["state"] in ("proposed", "no_change"):
                    previous = _said_by(extra)
            if "conflict" not in vals["flags"]:
                vals.pop("conflict_version_ids", None)
        return result

    def _follow_begin(self, vals, begin, change, previous):
        """Compare a change with the position that an earlier one begins."""
        if begin["state"] != "proposed":
            vals.update(state="waiting", error=begin["error"])
            return
        old = previous[1] if previous else 0.0
        is_same = same_number(old, float(change.quantity))
        vals.update(
            state="no_change" if is_same else "proposed",
            old_quantity=old,
            begins_with=begin,
        )

    def _last_day_of(self, change, later, by_row):
        """Return the last day for which the file says the quantity of a change."""
        ends = [by_row[number].charge_date_end for number in change.rows]
        last = max((end for end in ends if end), default=change.start)
        if later:
            last = min(last, later.start - timedelta(days=1))
        return last

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
            "share_id": group.share.id if group.share else False,
            "parts": (group.parts or {}).get(change.start, False),
            "silent_parts": group.silent or False,
            "cost": float(change.cost),
            "cost_currency_id": rows[0].currency_id.id,
        }


def in_batches(groups):
    """Yield (last key, ids of some groups) of {key: ids}, one batch at a time."""
    batch = []
    for key, ids in groups.items():
        batch += ids
        if len(batch) >= ROWS:
            yield key, batch
            batch = []
    if batch:
        yield key, batch


def _all_known(by_row, change):
    """Return whether other imports have read all rows of a change before."""
    return all(by_row[number].known_charge_id for number in change.rows)


def _said_by(vals):
    """Return the day from which a change leaves how many there are."""
    is_proposed = vals["state"] == "proposed"
    return vals["date_start"], vals["quantity" if is_proposed else "old_quantity"]
