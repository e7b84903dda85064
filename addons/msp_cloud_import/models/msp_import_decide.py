from dataclasses import replace
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

DECISIONS = [
    ("file", "File is right"),
    ("contract", "Contract is right"),
    ("end", "Ended"),
    ("wait", "Waits on purpose"),
]
# What a change keeps of somebody's decision when it is prepared again.
KEPT = (
    "decision",
    "decision_reason",
    "edits",
    "edit_reason",
)


class MspImportChange(models.Model):
    """What somebody has decided about a proposed change; kept when prepared again."""

    _inherit = "msp.import.change"

    decision = fields.Selection(DECISIONS)
    decision_reason = fields.Char("Reason")
    decided_by_id = fields.Many2one("res.users", ondelete="set null")
    decided_at = fields.Datetime("Decided On")
    # {"quantity": ..., "date_start": ..., "price_unit": ...}: what was entered, and
    # in "said" the quantity of the file that it was entered for
    edits = fields.Json()
    edit_reason = fields.Char()
    edited_by_id = fields.Many2one("res.users", ondelete="set null")
    sets_price = fields.Boolean("New Price")

    def _get_decisions(self):
        """Return {key: values} of what people have decided about these changes."""
        return {
            change._key(): {
                **{name: change[name] for name in KEPT},
                "decided_by_id": change.decided_by_id.id,
                "decided_at": change.decided_at,
                "edited_by_id": change.edited_by_id.id,
                "conflict_version_ids": [(6, 0, change.conflict_version_ids.ids)],
            }
            for change in self
            if change.decision or change.edits
        }

    def _is_still_decided(self):
        """Return whether somebody has decided about this, and rows are still for it.

        Of what is assigned to another customer or product, nobody has decided.
        """
        self.ensure_one()
        is_decided = self.decision or self.edits or self.state == "excluded"
        return bool(is_decided) and any(
            row.customer_mapping_id.partner_id == self.partner_id
            and row.product_mapping_id.product_id == self.product_id
            for row in self.provider_charge_ids
        )

    def _let_go_of_rows(self):
        """Keep what was decided only; the rows follow their assignments again."""
        self._system_write({"provider_charge_ids": [Command.clear()]})
        self.filtered(lambda change: change.state != "excluded")._system_write(
            {
                "state": "waiting",
                "error": self.env._(
                    "An assignment has changed. Prepare the import again."
                ),
            }
        )

    def _record_decision(self, decision, reason=False):
        """Remember a decision on changes that are not applied, and prepare again."""
        self.import_id.check_access("write")
        self._check_open()
        self._system_write(
            {
                "decision": decision,
                "decision_reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        return self._prepare_again()

    def _forget_waiting(self):
        """Let go on what waited on purpose."""
        waiting = self.filtered(lambda change: change.decision == "wait")
        waiting._system_write({"decision": False, "decision_reason": False})

    def _prepare_again(self):
        imports = self.import_id
        for import_ in imports:
            import_.action_prepare()
        return imports._action_after_decision()

    def _check_open(self):
        """Refuse to decide on what is applied, or on what somebody else is asked."""
        self._check_not_asked()
        if self.filtered(lambda change: change.state == "applied"):
            raise UserError(
                self.env._("An applied change is undone by withdrawing its version.")
            )

    def action_file_is_right(self):
        """Let the file's quantity hold against what people have recorded."""
        return self._check_conflict()._record_decision("file")

    def action_contract_is_right(self):
        """Let stay what people have recorded, whatever the file says."""
        return self._check_conflict()._record_decision("contract")

    def _check_conflict(self):
        self.import_id.check_access("write")
        if not all(change.conflict_version_ids for change in self):
            raise UserError(
                self.env._(
                    "%s contradicts nothing that somebody has recorded. Apply it, or "
                    "leave it out.",
                    self.filtered(lambda change: not change.conflict_version_ids)[
                        0
                    ].summary,
                )
            )
        return self

    def action_undecide(self):
        """Take back decisions and edits: what the file says is asked anew."""
        self.import_id.check_access("write")
        self._check_open()
        self._system_write(
            {
                "decision": False,
                "decision_reason": False,
                "decided_by_id": False,
                "decided_at": False,
                "edits": False,
                "edit_reason": False,
                "edited_by_id": False,
            }
        )
        excluded = self.filtered(lambda change: change.state == "excluded")
        excluded._system_write({"state": "waiting", "error": False})
        return self._prepare_again()

    @api.depends("decision", "decided_by_id", "edits", "edited_by_id")
    def _compute_odd(self):
        return super()._compute_odd()

    def _describe_odd(self):
        env, sentences = self.env, super()._describe_odd()
        if self.edits:
            sentences.append(
                env._(
                    "Edited by %(user)s: %(reason)s. The file says %(quantity)s from "
                    "%(day)s",
                    user=self.edited_by_id.name,
                    reason=self.edit_reason or "",
                    quantity=f"{self.file_quantity:g}",
                    day=format_date(env, self.file_date),
                )
            )
        return sentences


class MspImport(models.Model):
    """Step 3: proposals follow what people have decided about them before."""

    _inherit = "msp.import"

    def _edited(self, change, decision):
        """Return a `QuantityChange` as somebody has edited it, else itself.

        An edit was made for what the file said then: if it says something else by now,
        as other rows of it count, somebody has to look again.
        """
        edits = decision.get("edits")
        if not edits:
            return change
        if edits["said"] != float(change.quantity):
            decision.update(edits=False, edit_reason=False, edited_by_id=False)
            return change
        quantity, kind = change.quantity, change.kind
        if "quantity" in edits:
            quantity = Decimal(str(edits["quantity"]))
            kind = "set" if quantity else "end"
        start = fields.Date.to_date(edits.get("date_start")) or change.start
        return replace(change, quantity=quantity, kind=kind, start=start)

    def _take_decision(self, vals, decision):
        """Let a proposal be as somebody has decided about it, whatever follows."""
        edits = vals.get("edits")
        if edits:
            vals["flags"] = vals.get("flags", set()) | {"edited"}
            is_old = vals["kind"] == "set" and "price_unit" in edits
            if is_old and vals["state"] in ("proposed", "no_change"):
                vals.update(
                    price_unit=edits["price_unit"], sets_price=True, state="proposed"
                )
        if decision.get("decision") == "wait" and vals["state"] != "excluded":
            user = self.env["res.users"].browse(decision["decided_by_id"])
            vals.update(
                state="waiting",
                error=self.env._(
                    "Waits, as %(user)s has decided: %(reason)s",
                    user=user.name,
                    reason=decision["decision_reason"] or "",
                ),
            )
