from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.models.money import same_number
from odoo.addons.msp_contract_billing.models.wording import describe_implausible
from odoo.addons.msp_contract_billing.wizard.readable import readable


class MspImportEdit(models.TransientModel):
    """Let a proposed change say something else than the file, with a reason."""

    _name = "msp.import.edit"
    _description = "Edit a proposed change"

    change_id = fields.Many2one("msp.import.change", required=True)
    summary = fields.Char(related="change_id.summary", related_sudo=False)
    kind = fields.Selection(related="change_id.kind", related_sudo=False)
    currency_id = fields.Many2one(related="change_id.currency_id", related_sudo=False)
    file_quantity = fields.Float(
        related="change_id.file_quantity",
        related_sudo=False,
        min_display_digits="Product Unit",
    )
    file_date = fields.Date(related="change_id.file_date", related_sudo=False)
    quantity = fields.Float(
        compute="_compute_values",
        store=True,
        readonly=False,
        min_display_digits="Product Unit",
    )
    date_start = fields.Date(
        "First Day", compute="_compute_values", store=True, readonly=False
    )
    changes_price = fields.Boolean(
        "New Price", compute="_compute_values", store=True, readonly=False
    )
    price_unit = fields.Float(
        "Unit Price",
        compute="_compute_values",
        store=True,
        readonly=False,
        min_display_digits="Product Price",
    )
    reason = fields.Char(required=True)

    @api.depends("change_id")
    def _compute_values(self):
        for wizard in self:
            change = wizard.change_id and readable(wizard.change_id)
            edits = change.edits or {}
            wizard.quantity = change.quantity
            wizard.date_start = change.date_start
            wizard.changes_price = "price_unit" in edits or change.kind == "begin"
            price = change.price_unit
            if not price and change.position_id:
                line = change.position_id._line_on(change.date_start)
                price = line.price_unit
            wizard.price_unit = price

    def action_edit(self):
        """Remember what was entered and prepare the import again."""
        self.ensure_one()
        change = self.change_id
        change.import_id.check_access("write")
        change._check_open()
        self._check_values()
        edits = {"said": change.file_quantity}
        if not same_number(self.quantity, change.file_quantity):
            edits["quantity"] = self.quantity
        if self.date_start != change.file_date:
            edits["date_start"] = fields.Date.to_string(self.date_start)
        if self.changes_price and not same_number(
            self.price_unit, self._get_old_price()
        ):
            edits["price_unit"] = self.price_unit
        if edits.keys() == {"said"}:
            raise UserError(
                self.env._("This is what the file says. Change something, or discard.")
            )
        change._system_write(
            {
                "edits": edits,
                "edit_reason": self.reason,
                "edited_by_id": self.env.uid,
            }
        )
        return change._prepare_again()

    def _get_old_price(self):
        """Return the price that holds without the edit."""
        change = self.change_id
        if change.kind == "begin":
            is_edited = change.price_source == "edited"
            return 0.0 if is_edited else change.price_unit
        return change.position_id._line_on(change.date_start).price_unit

    def _check_values(self):
        change, env = self.change_id, self.env
        if change.is_missing:
            raise UserError(
                env._(
                    "%s is not in the file: end it, leave it out, or enter a version.",
                    change.summary,
                )
            )
        if self.quantity < 0 or self.price_unit < 0:
            raise UserError(env._("Quantity and price are not negative."))
        if change.kind == "begin" and self.changes_price and not self.price_unit:
            raise UserError(env._("Nothing begins for a price of 0."))
        if not self.date_start:
            raise UserError(env._("Enter the first day from which the change holds."))
        if error := describe_implausible(env, self.date_start):
            raise UserError(error)
        siblings = change.search(
            [
                ("import_id", "=", change.import_id.id),
                ("subscription_id", "=", change.subscription_id),
                ("sku_id", "=", change.sku_id),
                ("share_id", "=", change.share_id.id),
                ("id", "!=", change.id),
            ]
        )
        for other in siblings:
            is_before = other.file_date < change.file_date
            if is_before != (other.date_start < self.date_start):
                raise UserError(
                    env._(
                        "The file says something else of the subscription from "
                        "%(day)s on. Choose a day %(side)s that.",
                        day=format_date(env, other.date_start),
                        side=env._("after") if is_before else env._("before"),
                    )
                )


class MspImportExclude(models.TransientModel):
    """Leave proposed changes out, with a reason."""

    _name = "msp.import.exclude"
    _description = "Leave proposed changes out"

    change_ids = fields.Many2many("msp.import.change", required=True)
    change_count = fields.Integer("Changes", compute="_compute_change_count")
    reason = fields.Char(required=True)

    @api.depends("change_ids")
    def _compute_change_count(self):
        for wizard in self:
            wizard.change_count = len(wizard.change_ids)

    def action_exclude(self):
        self.ensure_one()
        self.change_ids._exclude(self.reason)
        return {"type": "ir.actions.act_window_close"}


class MspImportChange(models.Model):
    _inherit = "msp.import.change"

    def action_edit(self):
        """Open the question what shall hold instead of what the file says."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import.edit",
            "name": self.env._("Edit Change"),
            "view_mode": "form",
            "target": "new",
            "context": {"default_change_id": self.id},
        }

    def action_ask_exclude(self):
        """Open the question why changes are left out."""
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import.exclude",
            "name": self.env._("Leave Out"),
            "view_mode": "form",
            "target": "new",
            "context": {"default_change_ids": [(6, 0, self.ids)]},
        }
