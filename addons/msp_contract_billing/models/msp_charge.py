from collections import defaultdict
from datetime import date

from odoo import api, fields, models
from odoo.tools import format_date, formatLang

from ..billing import Basis, Claim
from .money import day_after, day_before, to_decimal

KINDS = [
    ("regular", "Regular"),
    ("correction", "Correction"),
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
    _inherit = "msp.derived.mixin"
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
    tax_ids = fields.Many2many("account.tax", string="Taxes")
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

    @api.depends("kind", "is_goodwill", "move_line_id.parent_state")
    def _compute_is_valid(self):
        for charge in self:
            state = charge.move_line_id.parent_state
            if charge.kind == "counter":
                charge.is_valid = state == "posted" and not charge.is_goodwill
            elif charge.kind == "opening":
                charge.is_valid = True
            else:
                charge.is_valid = bool(state) and state != "cancel"

    @api.depends(
        "amount",
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
            counters = claim.counter_ids.filtered("is_valid")
            rest = claim.amount + sum(counters.mapped("amount"))
            # A claim taken back in full leaves its period unclaimed.
            is_taken_back = counters and claim.currency_id.is_zero(rest)
            charge.counts = charge.is_valid and claim.is_valid and not is_taken_back

    def _to_claim(self):
        """Return the `billing.Claim` of this record."""
        self.ensure_one()
        return Claim(
            position=self.position_id.id,
            start=self.date_start,
            end=day_after(self.date_end),
            amount=to_decimal(self.amount),
            settlement=self.settlement,
            basis=self._to_basis(),
            versions=tuple(self.version_numbers or ()),
            key=self.id,
        )

    def _to_basis(self):
        """Return the `billing.Basis` of each slice, None if it is not known."""
        if self.kind in ("counter", "opening"):
            return None
        return tuple(
            Basis(
                date.fromisoformat(start),
                date.fromisoformat(end),
                *(to_decimal(float(value)) for value in values),
            )
            for start, end, *values in self.basis or ()
        )

    @api.model
    def _load_claims(self, contracts):
        """Return the counting `billing.Claim` list of each contract, keyed by id."""
        result = defaultdict(list)
        # sudo: a claim that a record rule hides would be billed again
        charges = self.sudo().search(
            [("contract_id", "in", contracts.ids), ("counts", "=", True)]
        )
        for charge in charges:
            result[charge.contract_id.id].append(charge._to_claim())
        return result

    @api.model
    def _next_settlements(self, position_ids):
        """Return 1 + the highest settlement of each position, released ones too."""
        # sudo: a number that a record rule hides would be given again
        groups = self.sudo()._read_group(
            [("position_id", "in", list(position_ids))],
            ["position_id"],
            ["settlement:max"],
        )
        latest = {position.id: settlement for position, settlement in groups}
        return {key: latest.get(key, 0) + 1 for key in position_ids}

    @api.model
    def _append(self, vals_list):
        """Add rows to the ledger, each with its position's next settlement.

        :param vals_list: values without `settlement` and `sequence`
        """
        settlements = self._next_settlements(
            {vals["position_id"] for vals in vals_list}
        )
        sequences = defaultdict(int)
        for vals in vals_list:
            position = vals["position_id"]
            sequences[position] += 1
            vals["settlement"] = settlements[position]
            vals["sequence"] = sequences[position]
        return self._system_create(vals_list)

    @api.model
    def _prepare_vals(self, contract, charge, taxes_by_position):
        """Return the values of a row for the `billing.Charge` that is due."""
        claims = self.browse([claim.key for claim in charge.claims])
        if claims:
            # A correction keeps the taxes of what it corrects.
            last = claims.sorted(lambda claim: (claim.settlement, claim.sequence))[-1:]
            taxes, fiscal_position = last.tax_ids, last.fiscal_position_id
        else:
            taxes = taxes_by_position[charge.position]
            fiscal_position = contract.fiscal_position_id
        return {
            "contract_id": contract.id,
            "position_id": charge.position,
            "kind": charge.kind,
            "date_start": charge.start,
            "date_end": day_before(charge.end),
            "quantity": float(charge.quantity),
            "price_unit": float(charge.unit_price),
            "discount": float(charge.discount),
            "factor": float(charge.factor),
            "days": charge.days[0],
            "days_of_period": charge.days[1],
            "amount": float(charge.amount),
            "basis": [
                [
                    piece.start.isoformat(),
                    piece.end.isoformat(),
                    str(piece.quantity),
                    str(piece.unit_price),
                    str(piece.discount),
                ]
                for piece in charge.basis
            ],
            "version_numbers": list(charge.versions),
            "tax_ids": [fields.Command.set(taxes.ids)],
            "fiscal_position_id": fiscal_position.id,
            "compared_charge_ids": [fields.Command.set(claims.ids)],
            "name": self._explain(contract, charge, claims),
        }

    @api.model
    def _explain(self, contract, charge, claims):
        """Return the text of an invoice line, in the recipient's language."""
        lang = contract.partner_invoice_id.lang or self.env.lang
        env = self.with_context(lang=lang).env
        position = env["msp.contract.position"].browse(charge.position)
        text = [charge.text or position.name]
        days = self._format_days(env, charge.start, charge.end)
        if charge.kind == "regular":
            used, whole = charge.days
            text.append(
                env._(
                    "%(days)s, contract %(contract)s: %(content)s, "
                    "%(used)s of %(whole)s days",
                    days=days,
                    contract=contract.name,
                    content=self._format_content(env, contract, position, charge),
                    used=used,
                    whole=whole,
                )
            )
            return "\n".join(text)
        text.append(
            env._(
                "Correction %(days)s, contract %(contract)s",
                days=days,
                contract=contract.name,
            )
        )
        text += [
            self._format_difference(env, contract, position, item)
            for item in charge.differences
        ]
        reason = self._explain_reason(env, contract, charge)
        if reason:
            text.append(env._("Reason: %s", reason))
        text += [
            env._(
                "Corrects %(number)s of %(day)s",
                number=move.name,
                day=format_date(env, move.invoice_date),
            )
            for move in self._corrected_moves(claims)
        ]
        return "\n".join(text)

    @api.model
    def _corrected_moves(self, claims):
        """Return the posted invoices that carry `claims`, oldest first."""
        moves = claims.move_id.filtered(lambda move: move.state == "posted")
        return moves.sorted(lambda move: (move.invoice_date, move.id))

    @api.model
    def _explain_reason(self, env, contract, charge):
        """Return why the content differs from what was claimed, in words."""
        seen = {number for claim in charge.claims for number in claim.versions}
        reasons = []
        for version in contract.version_ids.sorted("number"):
            is_new = version.state == "active" and version.number not in seen
            if is_new and version.number in self._causes(contract, charge):
                reasons.append(version.reason)
            elif version.state == "withdrawn" and version.number in seen:
                reasons.append(version.withdraw_reason)
        return "; ".join(dict.fromkeys(filter(None, reasons)))

    @api.model
    def _causes(self, contract, charge):
        """Return the numbers of active versions that touch position and days."""
        return {
            change.version_id.number
            for change in contract.version_ids.change_ids
            if change.position_id.id in (charge.position, False)
            and change.version_id.date_start < charge.end
        }

    @api.model
    def _format_days(self, env, start, end):
        return env._(
            "%(first)s – %(last)s",
            first=format_date(env, start),
            last=format_date(env, day_before(end)),
        )

    @api.model
    def _format_content(self, env, contract, position, content):
        text = env._(
            "%(quantity)s %(unit)s × %(price)s",
            quantity=self._format_number(env, content.quantity),
            unit=position.product_uom_id.name,
            price=self._format_price(env, contract, content.unit_price),
        )
        if content.discount:
            discount = self._format_number(env, content.discount)
            text += env._(" less %s %%", discount)
        return text

    @api.model
    def _format_number(self, env, number, digits=0):
        """Return `number` with all its decimals, and with `digits` at least."""
        own_digits = -number.normalize().as_tuple().exponent
        return formatLang(env, float(number), digits=max(digits, own_digits))

    @api.model
    def _format_price(self, env, contract, price):
        """Return `price` with the currency's digits, or more if it has more."""
        text = self._format_number(env, price, contract.currency_id.decimal_places)
        symbol = contract.currency_id.symbol
        before = contract.currency_id.position == "before"
        return f"{symbol}{text}" if before else f"{text}\N{NO-BREAK SPACE}{symbol}"

    @api.model
    def _format_difference(self, env, contract, position, item):
        def content(side):
            if side is None:
                return env._("nothing")
            return self._format_content(env, contract, position, side)

        return env._(
            "%(old)s → %(new)s, %(days)s",
            old=content(item.old),
            new=content(item.new),
            days=self._format_days(env, item.start, item.end),
        )

    # Release and credit

    def _release(self, reason):
        """Detach charges from invoice lines that are about to be deleted."""
        for charge in self:
            charge._system_write({"move_line_id": False, "release_reason": reason})

    def _still_open(self):
        """Return the part of the claim that no posted credit note has taken back."""
        self.ensure_one()
        taken = self.counter_ids.filtered(
            lambda counter: counter.move_state == "posted"
        ).mapped("amount")
        return self.currency_id.round(self.amount + sum(taken))

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

    def _prepare_moved_vals(self, line):
        """Return the values of the same claim on another invoice line."""
        self.ensure_one()
        return {
            **self._prepare_counter_vals(self.amount),
            "kind": self.kind,
            "origin_charge_id": False,
            "quantity": self.quantity,
            "basis": self.basis,
            "name": self.name,
            "move_line_id": line.id,
            "compared_charge_ids": [fields.Command.set(self.compared_charge_ids.ids)],
        }

    @api.model
    def _held_position_ids(self, contracts):
        """Return the ids of positions with a credit note in draft.

        Their claims are about to change, so they wait until it is posted.
        """
        # sudo: a draft that a record rule hides holds its positions as well
        lines = (
            self.env["account.move.line"]
            .sudo()
            .search(
                [
                    ("parent_state", "=", "draft"),
                    (
                        "msp_origin_line_id.msp_charge_ids.contract_id",
                        "in",
                        contracts.ids,
                    ),
                    ("move_id.reversed_entry_id", "!=", False),
                ]
            )
        )
        return set(lines.msp_origin_line_id.msp_charge_ids.position_id.ids)

    def action_open_invoice(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "view_mode": "form",
        }
