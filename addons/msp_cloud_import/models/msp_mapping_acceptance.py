from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

TARGETS = {
    "msp.customer.mapping": ("customer_mapping_id", "partner_id"),
    "msp.product.mapping": ("product_mapping_id", "product_id"),
}


class MspMappingAcceptance(models.Model):
    """What was assigned in one go, and what stood there before.

    No constraint contains a partner: merging partners would delete the rows.
    """

    _name = "msp.mapping.acceptance"
    _description = "Assignments made in one go"
    _inherit = "msp.derived.mixin"
    _order = "id desc"
    _rec_name = "label"

    company_id = fields.Many2one("res.company", required=True, index=True)
    import_id = fields.Many2one(
        "msp.import", ondelete="cascade", index="btree_not_null"
    )
    user_id = fields.Many2one("res.users", "By", required=True, ondelete="restrict")
    accepted_at = fields.Datetime("At", required=True)
    is_undone = fields.Boolean("Taken Back")
    line_ids = fields.One2many(
        "msp.mapping.acceptance.line", "acceptance_id", "Assignments"
    )
    label = fields.Char(compute="_compute_label")

    @api.depends("line_ids", "user_id", "accepted_at")
    @api.depends_context("lang", "tz")
    def _compute_label(self):
        for one in self:
            names = [line.label for line in one.line_ids[:3]]
            if len(one.line_ids) > len(names):
                names.append(
                    self.env._("%s more", len(one.line_ids) - len(names)),
                )
            one.label = self.env._(
                "%(names)s (%(user)s, %(time)s)",
                names=", ".join(names),
                user=one.user_id.name,
                time=format_datetime(self.env, one.accepted_at, dt_format="short"),
            )

    @api.model
    def _begin(self, company, import_):
        """Return a new one, without lines.

        :param import_: import on whose form it is assigned, or an empty recordset
        """
        return self._system_create(
            [
                {
                    "company_id": company.id,
                    "import_id": import_.id if import_.company_id == company else False,
                    "user_id": self.env.uid,
                    "accepted_at": fields.Datetime.now(),
                }
            ]
        )

    def _remember(self, targets):
        """Keep what mappings are assigned to, before they become `targets`.

        :param targets: {mapping: record}, all of one model
        """
        self.ensure_one()
        vals_list = []
        for mapping, target in targets.items():
            name, field = TARGETS[mapping._name]
            before = field.removesuffix("_id") + "_before_id"
            vals_list.append(
                {
                    "acceptance_id": self.id,
                    name: mapping.id,
                    before: mapping[field].id,
                    field: target.id,
                }
            )
        self.line_ids._system_create(vals_list)
        self.invalidate_recordset(["line_ids"])

    @api.model
    def _find_last(self, domain):
        """Return the newest one that can be taken back."""
        return self.search([*domain, ("is_undone", "=", False)], limit=1)

    def _action_ask(self):
        """Return the dialog that names what would be taken back."""
        if not self:
            raise UserError(
                self.env._("Nothing was assigned that could be taken back.")
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "name": self.env._("Undo Last Acceptance"),
            "view_mode": "form",
            "target": "new",
        }

    def action_undo(self):
        """Let everything be assigned as it was before."""
        self.ensure_one()
        mappings = (self.line_ids.customer_mapping_id, self.line_ids.product_mapping_id)
        for records in mappings:
            records.check_access("write")
        if self.is_undone:
            raise UserError(self.env._("This was taken back already. Reload the page."))
        self._check_not_applied()
        for records in mappings:
            name, field = TARGETS[records._name]
            before = field.removesuffix("_id") + "_before_id"
            lines = self.line_ids.filtered(name)
            # What somebody has assigned anew since stays.
            same = lines.filtered(
                lambda line, name=name, field=field: line[name][field] == line[field]
            )
            records._set_targets({line[name]: line[before].exists() for line in same})
        self._system_write({"is_undone": True})
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _check_not_applied(self):
        """Refuse if contracts follow one of the assignments already."""
        for name, field in TARGETS.values():
            lines = self.line_ids.filtered(lambda line, name=name: line[name])
            charge = self.env["msp.provider.charge"].search(
                [
                    (name, "in", lines[name].ids),
                    (field, "in", lines[field].ids),
                    ("state", "=", "applied"),
                ],
                limit=1,
            )
            if charge:
                raise UserError(
                    self.env._(
                        "%(row)s was applied with %(mapping)s as %(target)s. Withdraw "
                        "import %(import)s first, or assign it anew.",
                        **{
                            "row": charge.row_label,
                            "mapping": charge[name].display_name,
                            "target": charge[field].display_name,
                            "import": charge.import_id.name,
                        },
                    )
                )


class MspMappingAcceptanceLine(models.Model):
    """One assignment and what stood there before."""

    _name = "msp.mapping.acceptance.line"
    _description = "Assignment made in one go"
    _inherit = "msp.derived.mixin"
    _order = "acceptance_id, id"
    _rec_name = "label"

    acceptance_id = fields.Many2one(
        "msp.mapping.acceptance", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="acceptance_id.company_id")
    customer_mapping_id = fields.Many2one(
        "msp.customer.mapping", ondelete="cascade", index="btree_not_null"
    )
    product_mapping_id = fields.Many2one(
        "msp.product.mapping", ondelete="cascade", index="btree_not_null"
    )
    partner_before_id = fields.Many2one(
        "res.partner", "Customer Before", ondelete="set null"
    )
    partner_id = fields.Many2one("res.partner", "Customer", ondelete="set null")
    product_before_id = fields.Many2one("product.product", ondelete="set null")
    product_id = fields.Many2one("product.product", ondelete="set null")
    label = fields.Char("At the Provider", compute="_compute_label")
    before = fields.Char(compute="_compute_label")
    after = fields.Char("Assigned To", compute="_compute_label")

    @api.depends("customer_mapping_id", "product_mapping_id")
    def _compute_label(self):
        for line in self:
            mapping = line.customer_mapping_id or line.product_mapping_id
            line.label = mapping.display_name
            line.before = (
                line.partner_before_id.display_name
                or line.product_before_id.display_name
            )
            line.after = line.partner_id.display_name or line.product_id.display_name
