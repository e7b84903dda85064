from odoo import api, fields, models


class MspImport(models.Model):
    """What a file says otherwise than earlier files, in figures."""

    _inherit = "msp.import"

    compared_charge_ids = fields.One2many(
        "msp.provider.charge",
        "import_id",
        "Changed and New Rows",
        domain=[("compare_kind", "in", ("changed", "new"))],
    )
    gone_charge_ids = fields.One2many(
        "msp.provider.charge", "gone_import_id", "Missing Rows"
    )
    is_compared = fields.Boolean(
        readonly=True, help="Rows of this file stood in earlier files."
    )
    compared_names = fields.Char("Compared with", readonly=True)
    same_count = fields.Integer("Same Rows", compute="_compute_comparison")
    changed_count = fields.Integer("Changed Rows", compute="_compute_comparison")
    gone_count = fields.Integer("Missing", compute="_compute_comparison")
    gone_open_count = fields.Integer(
        "Missing Rows to Decide", compute="_compute_comparison"
    )
    new_count = fields.Integer("New Rows", compute="_compute_comparison")
    amount_old = fields.Monetary(
        "Before",
        compute="_compute_comparison",
        help="What earlier files said of these lines and of those that are missing.",
    )
    amount_changed = fields.Monetary(
        "Change of Changed Rows", compute="_compute_comparison"
    )
    amount_new = fields.Monetary("New", compute="_compute_comparison")
    amount_gone = fields.Monetary("Missing Rows' Money", compute="_compute_comparison")
    amount_compared = fields.Monetary(
        "Now",
        compute="_compute_comparison",
        help="Before + change + new - missing: the rows of this file.",
    )

    @api.depends(
        "provider_charge_ids.compare_kind",
        "gone_charge_ids.gone_decision",
        "is_compared",
    )
    def _compute_comparison(self):
        rows = self.env["msp.provider.charge"]
        found, gone = {}, {}
        for import_, kind, currency, count, cost, before in rows._read_group(
            [("import_id", "in", self.ids), ("compare_kind", "!=", False)],
            ["import_id", "compare_kind", "currency_id"],
            ["__count", "billed_cost:sum", "amount_before:sum"],
        ):
            # Rows count in any currency, money in that of the import.
            is_own = currency == import_.currency_id
            known = found.get((import_.id, kind), (0, 0.0, 0.0))
            money = (cost, before) if is_own else known[1:]
            found[import_.id, kind] = (known[0] + count, *money)
        for import_, decision, currency, count, cost in rows._read_group(
            [("gone_import_id", "in", self.ids)],
            ["gone_import_id", "gone_decision", "currency_id"],
            ["__count", "billed_cost:sum"],
        ):
            is_own = currency == import_.currency_id
            known = gone.get((import_.id, decision), (0, 0.0))
            gone[import_.id, decision] = (
                known[0] + count,
                cost if is_own else known[1],
            )
        nothing = (0, 0.0, 0.0)
        for one in self:
            same = found.get((one.id, "same"), nothing)
            changed = found.get((one.id, "changed"), nothing)
            new = found.get((one.id, "new"), nothing)
            missing = [value for key, value in gone.items() if key[0] == one.id]
            one.same_count, one.changed_count = same[0], changed[0]
            one.new_count = new[0]
            one.gone_count = sum(count for count, _cost in missing)
            one.gone_open_count = gone.get((one.id, "open"), (0, 0.0))[0]
            one.amount_changed = changed[1] - changed[2]
            one.amount_new = new[1]
            one.amount_gone = sum(cost for _count, cost in missing)
            one.amount_old = same[2] + changed[2] + one.amount_gone
            one.amount_compared = same[1] + changed[1] + new[1]
