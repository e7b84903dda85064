from odoo import api, fields, models
from odoo.tools import SQL

KINDS = [
    ("regular", "Regular"),
    ("correction", "Correction"),
    ("one_off", "One-off"),
    ("counter", "Credit note"),
    ("opening", "Opening claim"),
]


class MspCharge(models.Model):
    """One signed claim on a position for some days: the ledger.

    A row is never changed in what it claims and never deleted. It counts while
    the invoice line that carries it exists and the invoice is not cancelled, and
    until a credit note takes it back in full.
    """

    _name = "msp.charge"
    _description = "Charges"
    _inherit = ["msp.action.mixin", "msp.derived.mixin"]
    _order = "contract_id, position_id, date_start, settlement, sequence"
    _rec_name = "name"

    contract_id = fields.Many2one(
        "msp.contract", required=True, ondelete="restrict", index=True
    )
    position_id = fields.Many2one(
        "msp.contract.position", required=True, ondelete="restrict", index=True
    )
    company_id = fields.Many2one(related="contract_id.company_id", store=True)
    currency_id = fields.Many2one(related="contract_id.currency_id", store=True)
    partner_id = fields.Many2one(related="contract_id.partner_id")
    settlement = fields.Integer(
        required=True,
        aggregator=None,
        help="Number of the computation that made the charge, per position.",
    )
    sequence = fields.Integer(required=True, aggregator=None)
    kind = fields.Selection(KINDS, required=True)
    date_start = fields.Date("First Day", required=True)
    date_end = fields.Date("Last Day", required=True)
    quantity = fields.Float(min_display_digits="Product Unit")
    price_unit = fields.Float("Unit Price", min_display_digits="Product Price")
    discount = fields.Float("Discount (%)", min_display_digits="Discount")
    factor = fields.Float(digits=(16, 12), default=1.0, aggregator=None)
    days = fields.Integer(aggregator=None)
    days_of_period = fields.Integer(aggregator=None)
    amount = fields.Monetary(help="Signed, in the price terms of the product's taxes.")
    name = fields.Text("Explanation", help="As it stands on the invoice.")
    basis = fields.Json(
        help="[first day, day after, quantity, price, discount] of each slice."
    )
    version_numbers = fields.Json("Rests on Versions")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        # What was billed stays so when the tax is put away.
        context={"active_test": False},
        ondelete="restrict",
    )
    fiscal_position_id = fields.Many2one("account.fiscal.position")
    run_id = fields.Many2one(
        "msp.billing.run", ondelete="set null", index="btree_not_null"
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        "Invoice Line",
        ondelete="restrict",
        index="btree_not_null",
    )
    move_id = fields.Many2one(
        related="move_line_id.move_id",
        string="Invoice",
        store=True,
        index="btree_not_null",
    )
    move_state = fields.Selection(related="move_line_id.parent_state")
    origin_charge_id = fields.Many2one(
        "msp.charge", "Takes Back", ondelete="restrict", index="btree_not_null"
    )
    counter_ids = fields.One2many("msp.charge", "origin_charge_id", "Taken Back By")
    is_goodwill = fields.Boolean(
        help="Credited for good: outside the difference, so it is not billed again."
    )
    compared_charge_ids = fields.Many2many(
        "msp.charge",
        "msp_charge_compared_rel",
        "charge_id",
        "compared_id",
        "Compared With",
        help="The claims that a correction was compared with.",
    )
    is_valid = fields.Boolean(compute="_compute_is_valid", store=True)
    counts = fields.Boolean(compute="_compute_counts", store=True, index=True)
    release_reason = fields.Char(readonly=True)

    _settlement_unique = models.Constraint(
        "UNIQUE (position_id, settlement, sequence)",
        "This position was settled by somebody else at the same moment. Nothing was "
        "billed twice; please start again.",
    )
    _days_check = models.Constraint(
        "CHECK (date_end >= date_start)", "A charge cannot end before it begins."
    )

    @api.depends("kind", "move_line_id.parent_state", "origin_charge_id.kind")
    def _compute_is_valid(self):
        for charge in self:
            state = charge.move_line_id.parent_state
            if charge.kind == "counter":
                # An opening claim has no invoice, so it is taken back without one.
                is_opening = charge.origin_charge_id.kind == "opening"
                charge.is_valid = state == "posted" or is_opening
            elif charge.kind == "opening":
                charge.is_valid = True
            else:
                charge.is_valid = bool(state) and state != "cancel"

    @api.depends(
        "amount",
        "is_goodwill",
        "is_valid",
        "counter_ids.is_valid",
        "counter_ids.amount",
        "origin_charge_id.is_valid",
        "origin_charge_id.amount",
        "origin_charge_id.counter_ids.is_valid",
        "origin_charge_id.counter_ids.amount",
    )
    def _compute_counts(self):
        for charge in self:
            claim = charge.origin_charge_id or charge
            counters = claim.counter_ids.filtered(
                lambda counter: counter.is_valid and not counter.is_goodwill
            )
            rest = claim.amount + sum(counters.mapped("amount"))
            # A claim taken back in full leaves its period unclaimed.
            is_taken_back = counters and claim.currency_id.is_zero(rest)
            charge.counts = (
                charge.is_valid
                and claim.is_valid
                and not charge.is_goodwill
                and not is_taken_back
            )

    def _write_multi(self, vals_list):
        """Mark the contracts of claims that begin or cease to count.

        Every way to delete, cancel, reopen, post or credit an invoice ends here,
        as these fields are computed from the invoice's state.
        """
        contract_ids = self._find_changed_contract_ids(vals_list)
        super()._write_multi(vals_list)
        self.env["msp.contract"].browse(contract_ids)._mark_to_settle()

    def _find_changed_contract_ids(self, vals_list):
        """Return the ids of contracts of rows whose stored mark will differ."""
        changes = [
            SQL(
                "(id IN %s AND %s IS DISTINCT FROM %s)",
                tuple(ids),
                SQL.identifier(name),
                value,
            )
            for name in ("is_valid", "counts")
            for value in (True, False)
            if (
                ids := [
                    charge_id
                    for charge_id, vals in zip(self._ids, vals_list, strict=True)
                    if name in vals and bool(vals[name]) is value
                ]
            )
        ]
        if not changes:
            return []
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT contract_id FROM msp_charge WHERE %s",
                SQL(" OR ").join(changes),
            )
        )
        return [contract_id for (contract_id,) in self.env.cr.fetchall()]

    # Release and credit

    def _release(self, reason):
        """Detach charges from invoice lines that are about to be deleted."""
        for charge in self:
            charge._system_write({"move_line_id": False, "release_reason": reason})

    def _still_open(self, is_goodwill=False, apart_from=()):
        """Return the part of the claim that posted credit notes have not taken back.

        What was given for good is billed again with a period that is taken back as
        a whole, otherwise it would be given twice. So only for goodwill is what was
        granted already no longer open.

        :param apart_from: counter-charges that are left out
        """
        self.ensure_one()
        counters = self.counter_ids.filtered(
            lambda counter: counter.move_state == "posted" and counter not in apart_from
        )
        if not is_goodwill:
            counters = counters.filtered(lambda counter: not counter.is_goodwill)
        rest = self.currency_id.round(self.amount + sum(counters.mapped("amount")))
        return max(rest, 0.0) if self.amount > 0 else min(rest, 0.0)

    def _prepare_counter_vals(self, amount):
        """Return the values of a row that takes `amount` of this claim back."""
        self.ensure_one()
        return {
            "contract_id": self.contract_id.id,
            "position_id": self.position_id.id,
            "kind": "counter",
            "origin_charge_id": self.id,
            "date_start": self.date_start,
            "date_end": self.date_end,
            "price_unit": self.price_unit,
            "discount": self.discount,
            "factor": self.factor,
            "days": self.days,
            "days_of_period": self.days_of_period,
            "amount": self.currency_id.round(amount),
            "version_numbers": self.version_numbers,
            "tax_ids": [fields.Command.set(self.tax_ids.ids)],
            "fiscal_position_id": self.fiscal_position_id.id,
        }

    def _prepare_moved_vals(self, line, amount):
        """Return the values of the claim of `amount` on another invoice line."""
        self.ensure_one()
        return {
            **self._prepare_counter_vals(amount),
            "kind": self.kind,
            "origin_charge_id": False,
            "quantity": self.quantity,
            "basis": self.basis,
            "name": self.name,
            "move_line_id": line.id,
            "compared_charge_ids": [fields.Command.set(self.compared_charge_ids.ids)],
        }

    def _find_successors(self):
        """Return {charge: the charge that took its place on another draft}.

        "Reverse and create invoice" copies the line, and each line knows its origin.
        """
        lines = self.env["account.move.line"].search(
            [("msp_origin_line_id", "in", self.move_line_id.ids)]
        )
        keys = {charge._moved_key(charge.move_line_id): charge for charge in self}
        return {
            keys[key]: moved
            for moved in lines.msp_charge_ids
            if (key := moved._moved_key(moved.move_line_id.msp_origin_line_id)) in keys
        }

    def _moved_key(self, line):
        """Return what a claim keeps when it moves, beside the `line` it came from."""
        self.ensure_one()
        return line, self.position_id, self.kind, self.date_start, self.date_end

    def action_open_invoice(self):
        self.ensure_one()
        return self._action_open(self.move_id)
