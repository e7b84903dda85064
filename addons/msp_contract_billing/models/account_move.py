from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .account_move_line import READERS

CREDIT_MODES = [
    ("auto", "Bill again what is credited in full"),
    ("again", "Bill again"),
    ("final", "Final (goodwill)"),
]


class AccountMove(models.Model):
    _inherit = "account.move"

    msp_contract_ids = fields.Many2many(
        "msp.contract",
        compute="_compute_msp_contract_ids",
        string="Contracts",
        groups=READERS,
    )
    msp_contract_count = fields.Integer(compute="_compute_msp_contract_count")
    msp_run_id = fields.Many2one(
        "msp.billing.run",
        "Billing Run",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    msp_corrected_move_ids = fields.Many2many(
        "account.move",
        "msp_account_move_corrected_rel",
        "move_id",
        "corrected_id",
        "Corrects",
        copy=False,
        readonly=True,
    )
    msp_credit_mode = fields.Selection(
        CREDIT_MODES,
        "After Crediting",
        default="auto",
        copy=False,
        help="Whether the credited periods are billed again by the next run. Lines "
        "credited in full are billed again, lines changed by hand are goodwill.",
    )
    msp_credits_charges = fields.Boolean(compute="_compute_msp_credits_charges")
    msp_has_deviation = fields.Boolean(compute="_compute_msp_has_deviation")

    @api.depends("invoice_line_ids.msp_contract_id")
    def _compute_msp_contract_ids(self):
        for move in self:
            move.msp_contract_ids = move.invoice_line_ids.msp_contract_id

    @api.depends("invoice_line_ids.msp_contract_id")
    def _compute_msp_contract_count(self):
        for move in self:
            move.msp_contract_count = len(move.invoice_line_ids.msp_contract_id)

    def _compute_payment_count(self):
        # Odoo's form of an invoice counts payments for salespeople too, who may not
        # read them: what they have just invoiced would open with an error.
        if self.env["account.payment"].has_access("read"):
            return super()._compute_payment_count()
        self.payment_count = 0
        return None

    @api.depends("invoice_line_ids.msp_origin_line_id", "move_type")
    def _compute_msp_credits_charges(self):
        for move in self:
            # sudo: the question is asked for whoever may see the credit note
            origins = move.sudo().invoice_line_ids.msp_origin_line_id
            move.msp_credits_charges = bool(
                move.move_type == "out_refund" and origins.msp_charge_ids
            )

    @api.depends("invoice_line_ids.msp_deviation")
    def _compute_msp_has_deviation(self):
        for move in self:
            deviations = move.invoice_line_ids.mapped("msp_deviation")
            move.msp_has_deviation = any(
                not move.currency_id.is_zero(value) for value in deviations
            )

    # What a document with charges may not become

    def write(self, vals):
        if {"msp_run_id", "msp_corrected_move_ids"} & vals.keys():
            raise UserError(
                self.env._(
                    "Of which run a document is and what it corrects follows from the "
                    "run and cannot be changed."
                )
            )
        fixed = {"partner_id", "company_id", "currency_id", "move_type"} & set(vals)
        recurs = vals.get("auto_post", "no") not in ("no", "at_date")
        if fixed or recurs or "journal_id" in vals:
            for move in self._msp_with_charges():
                implied = move._msp_implied_by_journal(vals)
                move._msp_check_fixed({**implied, **vals}, fixed | implied.keys())
        return super().write(vals)

    def _msp_implied_by_journal(self, vals):
        """Return the currency and company that another journal brings with it.

        Odoo computes them, so no write of these fields is seen.
        """
        self.ensure_one()
        journal = self.env["account.journal"].browse(vals.get("journal_id"))
        implied = {}
        if journal.currency_id:
            implied["currency_id"] = journal.currency_id.id
        if journal and journal.company_id not in self.company_id.parent_ids:
            implied["company_id"] = journal.company_id.id
        return implied

    def _msp_with_charges(self):
        """Return those of `self` that carry charges, without their rights."""
        # sudo: the guard holds for users without rights on contracts as well
        lines = self.sudo().line_ids.filtered("msp_charge_ids")
        return lines.move_id.sudo(self.env.su)

    def _msp_check_fixed(self, vals, fixed):
        self.ensure_one()
        # sudo: names only, for users without rights on contracts
        contracts = ", ".join(self.sudo().msp_contract_ids.mapped("name"))
        changed = []
        for name in sorted(fixed):
            field = self._fields[name]
            current = self[name].id if field.type == "many2one" else self[name]
            if current != vals[name]:
                changed.append(field._description_string(self.env))
        if changed:
            raise UserError(
                self.env._(
                    "%(document)s carries charges of contract %(contracts)s, so its "
                    "%(fields)s cannot be changed. Delete or credit it and bill the "
                    "contract again.",
                    document=self._msp_label(),
                    contracts=contracts,
                    fields=", ".join(changed),
                )
            )
        if vals.get("auto_post", "no") not in ("no", "at_date"):
            raise UserError(
                self.env._(
                    "%(document)s carries charges of contract %(contracts)s and cannot "
                    "recur: the contract itself is billed each period.",
                    document=self._msp_label(),
                    contracts=contracts,
                )
            )

    def _msp_label(self):
        """Return the document's number, or what it is while it has none."""
        self.ensure_one()
        return self.name or self.env._("The draft invoice of %s", self.partner_id.name)

    def button_draft(self):
        for move in self:
            move._msp_check_not_billed_meanwhile()
        return super().button_draft()

    def button_cancel(self):
        for move in self.filtered(lambda move: move.state == "posted"):
            move._msp_check_not_billed_meanwhile()
        self.line_ids._msp_check_not_taken_back()
        return super().button_cancel()

    def _msp_check_not_billed_meanwhile(self):
        """Refuse to revive claims whose days another document claims by now."""
        self.ensure_one()
        # sudo: the guard holds for users without rights on contracts as well
        charges = self.sudo().line_ids.msp_charge_ids
        counters = charges.filtered(lambda charge: charge.kind == "counter")
        revived = counters.origin_charge_id
        if self.state == "cancel":
            revived |= charges - counters
        self._msp_check_revived(revived)

    def _msp_check_revived(self, revived):
        """Refuse that `revived` count again if another document claims their days.

        :param revived: as superuser; those that count all the time do not matter
        """
        self.ensure_one()
        for charge in revived.filtered(lambda charge: not charge.counts):
            # A correction and what it corrects stand side by side.
            known = revived | charge.compared_charge_ids
            other = charge.search(
                [
                    ("position_id", "=", charge.position_id.id),
                    ("counts", "=", True),
                    ("kind", "!=", "counter"),
                    ("id", "not in", known.ids),
                    ("compared_charge_ids", "not in", charge.ids),
                    ("date_start", "<=", charge.date_end),
                    ("date_end", ">=", charge.date_start),
                ],
                limit=1,
            )
            if other:
                raise UserError(
                    self.env._(
                        "%(document)s cannot claim its days again: %(position)s was "
                        "billed for %(start)s to %(end)s by %(other)s meanwhile. Credit "
                        "that document first.",
                        document=self._msp_label(),
                        position=charge.position_id.name,
                        start=format_date(self.env, charge.date_start),
                        end=format_date(self.env, charge.date_end),
                        other=other.move_id.name
                        or self.env._("draft invoice %s", other.move_id.id),
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if not (default or {}).get("debit_origin_id"):
            return vals_list
        # A debit note copies the business fields but takes nothing back.
        for vals in vals_list:
            for _command, _id, line_vals in vals.get("line_ids", ()):
                for name in list(line_vals or ()):
                    if name.startswith("msp_"):
                        line_vals.pop(name)
        return vals_list

    def action_view_msp_contracts(self):
        contracts = self.msp_contract_ids
        action = {
            "type": "ir.actions.act_window",
            "res_model": "msp.contract",
            "name": self.env._("Contracts"),
            "view_mode": "list,form",
            "domain": [("id", "in", contracts.ids)],
        }
        if len(contracts) == 1:
            action.update(view_mode="form", res_id=contracts.id)
        return action
