from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.msp_contract_billing.models.money import same_number
from odoo.addons.msp_contract_billing.models.msp_contract_line import PRICE_INTERVALS

from .unchecked_links import UncheckedMany2many, UncheckedMany2one

CHANGE_STATES = [
    ("proposed", "To apply"),
    ("waiting", "Waiting"),
    ("failed", "Failed"),
    ("excluded", "Left out"),
    ("no_change", "Contract says so"),
    ("info", "Only shown"),
    ("applied", "Applied"),
]


class MspImportChange(models.Model):
    """What a file says about one subscription from one day on."""

    _name = "msp.import.change"
    _description = "Changes proposed by an import"
    _inherit = ["msp.derived.mixin", "msp.plan.mixin"]
    _order = "import_id desc, partner_id, contract_id, date_start, id"
    _rec_name = "summary"

    # Import and rows keep what has no foreign key here, or `unchecked_targets` does.
    import_id = UncheckedMany2one("msp.import", required=True, index=True)
    company_id = UncheckedMany2one("res.company", required=True)
    provider_charge_ids = UncheckedMany2many(
        "msp.provider.charge",
        "msp_import_change_row_rel",
        "change_id",
        "row_id",
        "Rows of the File",
    )
    rows_label = fields.Char("Rows")
    partner_id = UncheckedMany2one("res.partner", "Customer", index="btree_not_null")
    product_id = UncheckedMany2one("product.product")
    subscription_id = fields.Char()
    sku_id = fields.Char("Article")
    contract_id = UncheckedMany2one("msp.contract", index="btree_not_null")
    position_id = UncheckedMany2one("msp.contract.position", index="btree_not_null")
    # The position of a later day is made by the change that begins it.
    begin_change_id = fields.Many2one(
        "msp.import.change", ondelete="set null", index="btree_not_null"
    )
    candidate_position_ids = fields.Many2many(
        "msp.contract.position", string="Positions That Fit"
    )
    kind = fields.Selection(
        [
            ("begin", "New position"),
            ("set", "Quantity"),
            ("end", "End"),
            ("missing", "Not in the file"),
        ],
        required=True,
    )
    date_start = fields.Date("From", required=True)
    has_content = fields.Boolean()
    content_quantity = fields.Float(min_display_digits="Product Unit")
    old_quantity = fields.Float(
        "Contract Says", min_display_digits="Product Unit", aggregator=None
    )
    quantity = fields.Float(
        "File Says", min_display_digits="Product Unit", aggregator=None
    )
    difference = fields.Float(
        "More or Fewer",
        min_display_digits="Product Unit",
        aggregator=None,
        help="Where the file says how many more or fewer, not how many.",
    )
    currency_id = UncheckedMany2one(related="contract_id.currency_id")
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price")
    price_interval = fields.Selection(PRICE_INTERVALS, "Price Per")
    cost_currency_id = UncheckedMany2one("res.currency")
    cost = fields.Monetary(currency_field="cost_currency_id")
    state = fields.Selection(CHANGE_STATES, required=True)
    error = fields.Char("Why")
    version_id = fields.Many2one(
        "msp.contract.version", ondelete="set null", index="btree_not_null"
    )
    summary = fields.Char(compute="_compute_summary")

    # Of most, the contract says the same.
    _open_index = models.Index("(state) WHERE state NOT IN ('no_change', 'applied')")

    @api.depends(
        "position_id", "product_id", "kind", "quantity", "difference", "date_start"
    )
    @api.depends_context("lang")
    def _compute_summary(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for change in self:
            change.summary = self.env._(
                "%(what)s, %(kind)s %(quantity)s from %(day)s",
                what=change.position_id.name or change.product_id.display_name,
                kind=kinds[change.kind],
                quantity=f"{change.difference:+g}"
                if change.difference
                else f"{change.quantity:g}",
                day=format_date(self.env, change.date_start),
            )

    def _refuse(self):
        raise UserError(
            self.env._(
                "Proposed changes follow from the file and the contracts. Leave one "
                "out, choose its position, or prepare the import again."
            )
        )

    def _key(self):
        """Return what a change is recognised by when it is prepared again."""
        self.ensure_one()
        plan = self.billing_plan or ""
        return (
            self.subscription_id or "",
            self.sku_id or "",
            self.term or "",
            f"{plan}#{self.share_id.id}" if self.share_id else plan,
            self.file_date or self.date_start,
        )

    def _system_unlink(self):
        """Delete changes, and which rows they are made of."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "DELETE FROM msp_import_change_row_rel WHERE change_id = ANY(%s)",
                self.ids,
            )
        )
        return super()._system_unlink()

    # Decisions

    def action_exclude(self):
        """Leave changes out; their rows count as ignored."""
        return self._exclude()

    def _exclude(self, reason=""):
        self.import_id.check_access("write")
        self._check_open()
        later = self.search([("begin_change_id", "in", self.ids)])
        error = self.env._("Left out by %s", self.env.user.name)
        if reason:
            error = self.env._(
                "Left out by %(user)s: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        (self | later)._system_write({"state": "excluded", "error": error})
        for import_ in self.import_id:
            import_._update_rows()
        return True

    def action_include(self):
        """Take back that changes are left out."""
        self.import_id.check_access("write")
        changes = self.filtered(lambda change: change.state == "excluded")
        changes._system_write({"state": "waiting", "error": False})
        for import_ in changes.import_id:
            import_.action_prepare()
        return True

    def action_choose(self):
        """Open the question where subscriptions belong, for one or many."""
        if not self or len(self.import_id) > 1:
            raise UserError(self.env._("Choose for one import at a time."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.import.choose",
            "name": self.env._("Choose Position"),
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_change_id": self[0].id,
                "default_change_ids": [(6, 0, self.ids)],
                "dialog_size": "large",
            },
        }

    def _update_rows(self):
        """Let the rows of these changes follow them."""
        for import_, changes in self.grouped("import_id").items():
            import_._update_rows(changes)

    # Apply

    def _apply(self):
        """Make the versions of some contracts from their proposed changes."""
        self.contract_id.check_access("read")
        # sudo: whoever may apply imports may let contracts follow the file, though
        # only account managers enter versions by hand
        contracts = self.contract_id.sudo()
        contracts._lock_ledger()
        self._check_fresh()
        agreed = self.import_id._find_agreed(contracts, min(self.mapped("date_start")))
        self._go_live()
        versions = contracts.env["msp.contract.version"]
        for contract, changes in self.grouped("contract_id").items():
            versions |= changes._begin_planned(contract.sudo())
        open_changes = self.filtered(lambda change: not change._is_as_sold())
        open_changes._create_positions()
        groups = open_changes.sorted(
            lambda change: (change.contract_id.id, change.date_start, change.id)
        ).grouped(lambda change: (change.contract_id, change.date_start))
        made = versions.create(
            [changes._prepare_version_vals() for changes in groups.values()]
        )
        for version, changes in zip(made, groups.values(), strict=True):
            changes._system_write({"version_id": version.id})
        versions |= made
        waiting = versions._activate_or_ask()
        self._check_effective()
        agreed._look_again(self.import_id, self._get_said())
        asked = self.filtered(lambda change: change.version_id in waiting)
        (self - asked)._system_write({"state": "applied", "error": False})
        asked._wait_for_approval()
        # Those that wait as well: else the next file would begin them once more.
        for import_, changes in self.grouped("import_id").items():
            self.env["msp.position.mapping"]._remember(import_, changes)

    def _check_fresh(self):
        """Refuse what was prepared from another content than there is now."""
        for change in self:
            if not change.position_id:
                continue
            line = change.position_id._line_on(change.date_start)
            is_same = bool(line) == change.has_content and same_number(
                line.quantity, change.content_quantity
            )
            if not is_same:
                raise UserError(
                    self.env._(
                        "Contract %(contract)s has changed since the import was "
                        "prepared: %(position)s contains %(quantity)s on %(day)s. "
                        "Prepare the import again.",
                        contract=change.contract_id.display_name,
                        position=change.position_id.name,
                        quantity=f"{line.quantity:g}",
                        day=format_date(self.env, change.date_start),
                    )
                )
