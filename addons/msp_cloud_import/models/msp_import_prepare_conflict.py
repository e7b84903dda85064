from collections import defaultdict
from datetime import date

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number

CONFLICT_RULES = [
    ("ask", "Ask"),
    ("file", "The file is right"),
    ("contract", "The contract is right"),
]


class MspProvider(models.Model):
    _inherit = "msp.provider"

    conflict_rule = fields.Selection(
        CONFLICT_RULES,
        "Somebody Recorded Another Quantity",
        required=True,
        default="ask",
        help="A file speaks for the days of its charge periods. Where somebody has "
        "recorded another quantity for such a day, by hand or by an order, this says "
        "which holds. Ask: each waits for a decision. What is recorded for later days "
        "stays in any case.",
    )


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    conflict_version_ids = fields.Many2many(
        "msp.contract.version",
        "msp_import_change_conflict_rel",
        "change_id",
        "version_id",
        "Contradicts",
        help="What somebody has recorded for days for which the file speaks.",
    )
    has_conflict = fields.Boolean(compute="_compute_has_conflict")

    def _compute_has_conflict(self):
        for change in self:
            change.has_conflict = bool(change.conflict_version_ids)


class MspImport(models.Model):
    """Step 3: what people have recorded for the days for which a file speaks.

    The file's quantity holds until its next one or the end of its charge period. What
    somebody has recorded within these days is not overridden in silence, and does not
    override the file in silence either: both are shown, as a change of its own on the
    day of the version.
    """

    _inherit = "msp.import"

    def _find_entered(self, contracts, groups):
        """Return {position id: changes} by which people have set quantities.

        In order of their days; those of files are none, but what was counted in a
        night is to a file: a provider's bill says more than its counter. What is set
        of a bundle is set of its components.
        """
        first = min((group.start for group in groups), default=date.max)
        by_whom = Domain("version_id.cause", "!=", "import") & Domain(
            "version_id.import_id", "=", False
        )
        if not self.is_count:
            by_whom |= Domain("version_id.import_id.is_count", "=", True)
        found = self.env["msp.contract.change"].search(
            by_whom
            & Domain(
                [
                    ("position_id", "in", contracts.position_ids.ids),
                    ("version_id.state", "=", "active"),
                    ("version_id.date_start", ">=", first),
                    "|",
                    ("action", "in", ("begin", "end")),
                    ("quantity_mode", "!=", False),
                ]
            )
        )
        entered = defaultdict(found.browse)
        for change in found.sorted(
            lambda one: (one.version_id.date_start, one.version_id.number, one.id)
        ):
            for position in change.position_id | change.position_id.component_ids:
                entered[position.id] |= change
        return dict(entered)

    def _find_conflicts(self, group, vals, last, known):
        """Return [(day, versions)] of what contradicts a proposal of a position.

        :param last: last day for which the file says its quantity
        """
        position = group.position
        entered = known.people.get(position.id)
        if (
            not entered
            or vals["difference"]
            or vals.get("is_awaited")
            or vals["state"] not in ("proposed", "no_change")
        ):
            return []
        if self.provider_id.conflict_rule == "ask":
            entered = entered.filtered(
                lambda change: not _is_where_contract_begins(change, vals)
            )
        by_day = entered.version_id.grouped("date_start")
        is_end = vals["kind"] == "end"
        found = []
        for day in sorted(by_day):
            is_counted = all(one.import_id.is_count for one in by_day[day])
            if not vals["date_start"] <= day <= self._get_last(last, is_counted):
                continue
            content = position._line_on(day).quantity
            if not same_number(content, vals["quantity"]):
                # What has ended is not set any more: the end itself is in question.
                at = vals["date_start"] if is_end else day
                found.append((at, by_day[day]))
        return found

    def _get_last(self, last, is_counted):
        """Return the last day for which the file contradicts what is recorded.

        A bill of March charges a period that goes on in April, and what was counted in
        April is on the next bill.
        """
        if is_counted and self.month:
            return min(last, fields.Date.end_of(self.month, "month"))
        return last

    def _prepare_conflicts(self, vals, conflicts, done, excluded, decisions):
        """Return the values of the file's quantity on the days of contradictions.

        Those of its own first day are told of in `vals`.
        """
        result, own = [], self.env["msp.contract.version"]
        position = self.env["msp.contract.position"].browse(vals["position_id"])
        for day, versions in conflicts:
            if day == vals["date_start"]:
                own |= versions
                continue
            key = (*vals["key"][:4], day)
            if key in done:
                continue
            content = position._line_on(day)
            extra = {
                **{name: value for name, value in vals.items() if name in _SHARED},
                **decisions.get(key, {}),
                "key": key,
                "date_start": day,
                "file_date": day,
                "kind": "set",
                "state": "proposed",
                "difference": 0.0,
                "cost": 0.0,
                "has_content": bool(content),
                "content_quantity": content.quantity,
                "old_quantity": content.quantity,
                "flags": set(),
            }
            self._settle_conflict(extra, versions)
            if key in excluded:
                extra.update(state="excluded", error=excluded[key])
            result.append(extra)
        if own and vals["state"] in ("proposed", "no_change"):
            self._settle_conflict(vals, own)
        return result

    def _settle_conflict(self, vals, versions):
        """Let a proposal that contradicts `versions` be as somebody decided, or wait."""
        decided = {
            version_id
            for command in vals.get("conflict_version_ids", ())
            for version_id in command[2]
        }
        decision = None
        # What was recorded since the decision, nobody has decided on.
        if decided.issuperset(versions.ids):
            decision = vals.get("decision")
        elif vals.get("decision") in ("file", "contract"):
            vals.update(decision=False, decision_reason=False, decided_by_id=False)
        rule = self.provider_id.conflict_rule
        user = self.env["res.users"].browse(vals.get("decided_by_id") or ())
        if decision in ("file", "contract"):
            said = self.env._("decided by %s", user.name)
        else:
            decision, said = rule, self.env._("by the rule of the provider")
        states = {"file": "proposed", "contract": "no_change", "ask": "waiting"}
        vals.update(
            state=states[decision],
            conflict_version_ids=[(6, 0, versions.ids)],
            flags=vals.get("flags", set()) | {"conflict"},
            error=self._explain_conflict(vals, versions, decision, said),
        )

    def _explain_conflict(self, vals, versions, decision, said):
        """Return both sides of a contradiction, and which holds."""
        env, version = self.env, versions[-1:]
        values = {
            "file": f"{vals['quantity']:g}",
            "day": format_date(env, vals["date_start"]),
            "contract": f"{vals['old_quantity']:g}",
            "user": version.user_id.name or "",
            "number": version.number,
            "entered": format_date(env, version.activated_at.date()),
            "reason": version.reason
            or version.sale_order_id.name
            or version.import_id.name
            or env._("no reason"),
            "said": said,
        }
        if decision == "file":
            return env._(
                "The file is right (%(said)s): %(file)s from %(day)s on instead of "
                "%(contract)s, which %(user)s has recorded by version %(number)s",
                **values,
            )
        if decision == "contract":
            return env._(
                "The contract is right (%(said)s): %(contract)s by version %(number)s "
                "of %(user)s; the file says %(file)s from %(day)s on",
                **values,
            )
        return env._(
            "The file says %(file)s on %(day)s, but %(user)s has recorded %(contract)s "
            "by version %(number)s on %(entered)s (%(reason)s). Say which is right",
            **values,
        )


def _is_where_contract_begins(change, vals):
    """Return whether a change is what the file's first statement is compared with.

    Where the contract itself begins on the day from which the file speaks, nobody has
    recorded anything against the file: what was sold is followed by what is supplied,
    as with a contract that has begun the day before. Anything that people have
    recorded for that day since is a contradiction.
    """
    version = change.version_id
    return (
        change.action == "begin"
        and version.date_start == vals["date_start"]
        and version.date_start == version.contract_id.date_start
    )


# What the file's quantity on another day has in common with that of its first day.
_SHARED = {
    "import_id",
    "company_id",
    "provider_charge_ids",
    "rows_label",
    "partner_id",
    "product_id",
    "subscription_id",
    "sku_id",
    "term",
    "billing_plan",
    "contract_id",
    "position_id",
    "awaited_version_id",
    "candidate_position_ids",
    "quantity",
    "file_quantity",
    "cost_currency_id",
    "share_id",
}
