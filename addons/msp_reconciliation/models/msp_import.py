from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class MspImport(models.Model):
    """What the vendor bills of an import come to."""

    _inherit = "msp.import"

    bill_ids = fields.One2many("account.move", "msp_import_id", "Vendor Bills")
    bill_count = fields.Integer("Bills", compute="_compute_bills")
    bill_total = fields.Monetary(
        "On Vendor Bills",
        compute="_compute_bills",
        help="Net total of the vendor bills made from this file, drafts included.",
    )
    bill_difference = fields.Monetary(
        "Not on Bills",
        compute="_compute_bills",
        help="Net total of the file's rows that no vendor bill carries.",
    )

    @api.depends(
        "amount_read",
        "bill_ids.amount_untaxed",
        "bill_ids.state",
        "bill_ids.payment_state",
    )
    def _compute_bills(self):
        known = self._load_known_amounts()
        for one in self:
            # sudo: account managers see whether a file is booked, not the bills
            bills = one.sudo().bill_ids._msp_stands()
            bills = bills.filtered(
                lambda bill, own=one: bill.currency_id == own.currency_id
            )
            one.bill_count = len(one.sudo().bill_ids)
            one.bill_total = sum(
                -bill.amount_untaxed
                if bill.move_type == "in_refund"
                else bill.amount_untaxed
                for bill in bills
            )
            rest = one.amount_read - known.get(one.id, 0.0) - one.bill_total
            one.bill_difference = (
                one.currency_id.round(rest) if one.currency_id else rest
            )

    def _load_known_amounts(self):
        """Return {id: money of rows that another import has read, and books}.

        A row that was booked before a later file replaced it stays on its bill; the
        later import books the difference.
        """
        rows = self.env["msp.provider.charge"]
        result = defaultdict(float)
        known = rows._read_group(
            [
                ("import_id", "in", self.ids),
                ("import_id.state", "!=", "withdrawn"),
                "|",
                ("known_charge_id", "!=", False),
                ("superseded_by_id", "!=", False),
            ],
            ["import_id", "currency_id", "known_charge_id"],
            ["billed_cost:sum"],
        )
        replaced = rows._read_group(
            [("superseded_by_id", "in", self.ids), ("known_charge_id", "=", False)],
            ["superseded_by_id", "currency_id", "import_id"],
            ["billed_cost:sum"],
        )
        imports = self.union(*(import_ for *_others, import_, _amount in replaced))
        booked = imports._find_booked()
        for one, currency, charge, amount in known:
            if currency == one.currency_id and (charge or one not in booked):
                result[one.id] += amount
        for one, currency, import_, amount in replaced:
            if currency == one.currency_id and import_ in booked:
                result[one.id] += amount
        return result

    def _find_booked(self):
        """Return which of these imports have a vendor bill that stands."""
        # sudo: whoever sees a file sees whether it is booked, not the bill
        return self.sudo().bill_ids._msp_stands().msp_import_id.sudo(False) & self

    def _find_replaced_imports(self):
        """Return the imports whose rows this one repeats or replaces."""
        rows = self.env["msp.provider.charge"].search(
            [
                ("import_id", "in", self.ids),
                "|",
                ("known_charge_id", "!=", False),
                ("previous_charge_id", "!=", False),
            ]
        )
        return (rows.known_charge_id | rows.previous_charge_id).import_id

    def action_view_bills(self):
        action = {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "name": self.env._("Vendor Bills"),
            "view_mode": "list,form",
            "domain": [("msp_import_id", "in", self.ids)],
            "context": {"create": False, "default_move_type": "in_invoice"},
        }
        if len(self.bill_ids) == 1:
            action.update(view_mode="form", res_id=self.bill_ids.id)
        return action

    def _withdraw(self, reason):
        self._check_bills_open()
        self._drop_bills()
        return super()._withdraw(reason)

    def _check_access_to_delete(self):
        self._check_bills_open()
        super()._check_access_to_delete()
        self._drop_bills()
        # sudo: a cancelled bill stays in the books, without its import
        self.sudo().bill_ids.write({"msp_import_id": False})

    def _drop_bills(self):
        """Delete draft bills, or cancel them where nothing may be deleted."""
        # sudo: a draft bill is nothing but what its file says
        drafts = self.sudo().bill_ids.filtered(lambda bill: bill.state == "draft")
        kept = drafts.filtered(
            lambda bill: bill.posted_before and bill.company_id.restrictive_audit_trail
        )
        kept.button_cancel()
        (drafts - kept).unlink()

    def _check_bills_open(self):
        """Refuse to undo an import whose bill is in the books."""
        # sudo: whoever may not see the bill must not leave it without its import
        bills = self.sudo().bill_ids._msp_stands()
        posted = bills.filtered(lambda bill: bill.state == "posted")
        if posted:
            raise UserError(
                self.env._(
                    "Vendor bill %(bill)s was posted from import %(import)s. Reset it "
                    "to draft or reverse it first.",
                    **{"bill": posted[0].name, "import": posted[0].msp_import_id.name},
                )
            )
