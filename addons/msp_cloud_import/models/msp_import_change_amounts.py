from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount, format_date

from odoo.addons.msp_contract_billing.models.money import holds_on

from .msp_import_amounts import AMOUNTS_SKU, _covers


class MspImportChange(models.Model):
    """Amounts that a position passes on."""

    _inherit = "msp.import.change"

    kind = fields.Selection(
        selection_add=[("amounts", "Amounts")], ondelete={"amounts": "cascade"}
    )
    date_end = fields.Date("Until")
    dated_amount_ids = fields.One2many("msp.dated.amount", "change_id", "Amounts")
    pricing_id = fields.Many2one("msp.pricing", "Markup", ondelete="set null")
    usage_before = fields.Monetary(
        "Known Before", help="Amounts of these days that are passed on already."
    )
    usage_file = fields.Monetary(
        "In the File", help="In the contract's currency, before the markup."
    )
    usage_after = fields.Monetary(
        "Then", help="Amounts of these days once the file is applied."
    )
    customer_before = fields.Monetary("Customer Pays Now")
    customer_after = fields.Monetary(
        "Customer Pays Then", help="For these days, with the markup of the position."
    )
    rate_note = fields.Char("Exchange Rate")
    is_late = fields.Boolean(
        "Late", help="These days are billed: a differential run bills the difference."
    )

    @api.depends("usage_file", "is_late")
    def _compute_summary(self):
        super()._compute_summary()
        for change in self.filtered(lambda one: one.kind == "amounts"):
            change.summary = self.env._(
                "%(what)s, %(amount)s used from %(first)s to %(last)s",
                what=change.position_id.name or change.product_id.display_name,
                amount=format_amount(
                    self.env,
                    change.usage_file,
                    change.currency_id or change.cost_currency_id,
                ),
                first=format_date(self.env, change.date_start),
                last=format_date(self.env, change.date_end),
            )

    @api.depends("is_late")
    def _compute_note(self):
        super()._compute_note()
        for change in self.filtered("is_late"):
            late = self.env._("Late: these days are billed, the difference comes apart")
            change.note = ". ".join(filter(None, (change.note, late)))

    def _key(self):
        key = super()._key()
        if self.kind != "amounts":
            return key
        return (*key, "amounts", self.partner_id.id, self.cost_currency_id.id)

    def _is_borne_out(self):
        # Amounts say nothing about quantities.
        return self.kind == "amounts" or super()._is_borne_out()

    def _prepare_change_vals(self):
        vals = super()._prepare_change_vals()
        if self.pricing_id:
            vals.update(sets_pricing=True, pricing=self.pricing_id._to_data())
            # sudo: as for the versions that an import makes
            terms = self.contract_id.sudo().terms_ids.filtered(
                lambda terms: holds_on(terms, self.date_start)
            )
            if terms.billing_timing != "arrears":
                # What is used is known afterwards; else all of it came late.
                rules = {"timing": "arrears", **(vals["overrides"] or {})}
                vals.update(sets_overrides=True, overrides=rules)
        return vals

    def action_view_amounts(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.dated.amount",
            "name": self.env._("Amounts of %s", self.summary),
            "view_mode": "list,form,pivot",
            "domain": [("change_id", "=", self.id)],
            "context": {"create": False},
        }

    def _system_unlink(self):
        """Drop the amounts that were proposed; those that are applied stay."""
        proposed = self.dated_amount_ids.filtered(lambda one: not one.is_applied)
        proposed._system_unlink()
        return super()._system_unlink()

    # Apply

    def _apply(self):
        """Make the versions, then pass amounts on."""
        amounts = self.filtered(lambda change: change.kind == "amounts")
        others = self - amounts
        if others:
            super(MspImportChange, others)._apply()
        for changes in amounts.grouped("contract_id").values():
            changes._apply_amounts()

    def _apply_amounts(self):
        """Let the amounts of one contract count from now on."""
        contract = self.contract_id
        contract.ensure_one()
        contract.check_access("read")
        # sudo: whoever may apply imports may pass on what the file says
        contract.sudo()._lock_ledger()
        ready = self.browse()
        for change in self:
            begin = change.begin_change_id
            if begin and begin.state != "applied":
                reason = begin.error or self.env._("Its position has not begun")
                change._system_write({"state": "waiting", "error": reason})
                continue
            position = change.position_id or begin.position_id
            change._check_covered(position)
            change._system_write({"position_id": position.id})
            change.dated_amount_ids._system_write(
                {
                    "contract_id": contract.id,
                    "position_id": position.id,
                    "is_applied": True,
                }
            )
            ready |= change
        self.env["msp.dated.amount"]._settle_lines(ready.dated_amount_ids)
        ready._system_write({"state": "applied", "error": False})
        self.env["msp.position.mapping"]._remember(self.import_id, ready)

    def _check_covered(self, position):
        """Refuse amounts for days on which the position does not bill them any more."""
        self.ensure_one()
        days = position.line_ids._dated() if position else []
        if not _covers(days, self.date_start, self.date_end):
            raise UserError(
                self.env._(
                    "%(position)s does not pass amounts on from %(first)s to %(last)s "
                    "any more. Prepare the import again.",
                    position=position.name or self.product_id.display_name,
                    first=format_date(self.env, self.date_start),
                    last=format_date(self.env, self.date_end),
                )
            )


class MspPositionMapping(models.Model):
    _inherit = "msp.position.mapping"

    @api.constrains("position_id", "subscription_id")
    def _check_one_subscription(self):
        """Amounts of several customers at the provider may go to one position."""
        quantities = self.filtered(
            lambda mapping: not mapping.sku_id.startswith(AMOUNTS_SKU)
        )
        return super(MspPositionMapping, quantities)._check_one_subscription()


class MspImport(models.Model):
    _inherit = "msp.import"

    dated_amount_ids = fields.One2many("msp.dated.amount", "import_id", "Amounts")

    def _withdraw(self, reason):
        """Take back what was passed on; the next differential run credits it."""
        super()._withdraw(reason)
        model = self.env["msp.dated.amount"]
        back = model.search([("taken_back_by_id", "=", self.id)])
        back._system_write({"taken_back_by_id": False})
        self.dated_amount_ids._stop({"is_withdrawn": True})
        model._settle_lines(self.dated_amount_ids | back)

    def _check_access_to_delete(self):
        super()._check_access_to_delete()
        applied = self.dated_amount_ids.filtered("is_applied")
        if applied:
            raise UserError(
                self.env._(
                    "Amounts of import %s are passed on to customers, so it stays as "
                    "their record. Withdraw it instead.",
                    applied[0].import_id.name,
                )
            )

    def unlink(self):
        self._check_access_to_delete()
        self.dated_amount_ids._system_unlink()
        return super().unlink()

    def action_view_amounts(self):
        """Show what the import passes on."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "msp_cloud_import.msp_dated_amount_action"
        )
        return {
            **action,
            "name": self.env._("Amounts of %s", self.name),
            "domain": [("import_id", "=", self.id)],
        }
