from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .msp_import_bill_rows import NUMBER, booked


class MspImport(models.Model):
    """What the vendor bills of an import come to."""

    _inherit = "msp.import"

    bill_ids = fields.Many2many(
        "account.move",
        "account_move_msp_import_rel",
        "import_id",
        "move_id",
        "Vendor Bills",
    )
    bill_count = fields.Integer("Bills", compute="_compute_bills")
    bill_total = fields.Monetary(
        "On Vendor Bills",
        compute="_compute_bills",
        help="Net total that vendor bills carry of this file, drafts included, with "
        "what the provider's invoice asks for beyond it.",
    )
    bill_difference = fields.Monetary(
        "Not on Bills",
        compute="_compute_bills",
        help="Net total of the file's rows that no vendor bill carries.",
    )
    bill_state = fields.Selection(
        [
            ("nothing", "Nothing to Book"),
            ("none", "No Bill"),
            ("draft", "Draft"),
            ("part", "Not All Rows"),
            ("posted", "Posted"),
        ],
        "Vendor Bill",
        compute="_compute_bills",
        search="_search_bill_state",
    )
    bill_proposal = fields.Char(compute="_compute_bill_proposal")

    @api.depends(
        "amount_read",
        "bill_ids.amount_untaxed",
        "bill_ids.state",
        "bill_ids.payment_state",
        "bill_ids.msp_import_shares",
    )
    def _compute_bills(self):
        known = self._load_known_amounts()
        for one in self:
            # sudo: account managers see whether a file is booked, not the bills
            standing = one.sudo().bill_ids._msp_stands()
            bills = standing.filtered(
                lambda bill, own=one: bill.currency_id == own.currency_id
            )
            one.bill_count = len(one.sudo().bill_ids)
            parts = [bill._msp_get_part(one) for bill in bills]
            one.bill_total = sum(part for part, _beyond in parts)
            beyond = sum(beyond for _part, beyond in parts)
            rest = one.amount_read + beyond - known.get(one.id, 0.0) - one.bill_total
            one.bill_difference = (
                one.currency_id.round(rest) if one.currency_id else rest
            )
            if not standing:
                # Files whose rows all stand in others have nothing of their own.
                one.bill_state = "none" if one.bill_difference else "nothing"
            elif one.bill_difference:
                one.bill_state = "part"
            else:
                is_posted = all(bill.state == "posted" for bill in standing)
                one.bill_state = "posted" if is_posted else "draft"

    @api.depends("bill_difference", "bill_state", "state")
    @api.depends_context("lang")
    def _compute_bill_proposal(self):
        for one in self:
            one.bill_proposal = one._describe_correction()

    def _describe_correction(self):
        """Return the sentence that proposes what a corrected file changes, or False."""
        if self.bill_state not in ("none", "part") or not self.bill_difference:
            return False
        # sudo: whether earlier files are booked is no secret
        earlier = (self._find_replaced_imports() - self).sudo().bill_ids._msp_stands()
        posted = earlier.filtered(lambda move: move.state == "posted")
        if not posted:
            return False
        names = {
            "bills": ", ".join(posted.mapped("name")),
            "difference": self._format_cost(abs(self.bill_difference)),
        }
        if self.bill_difference > 0:
            return self.env._(
                "This file corrects rows that are booked on %(bills)s. It asks for "
                '%(difference)s more: "Create Vendor Bill" makes an additional bill.',
                **names,
            )
        return self.env._(
            "This file corrects rows that are booked on %(bills)s. It gives back "
            '%(difference)s: "Create Vendor Bill" makes a refund.',
            **names,
        )

    def _search_bill_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        # What a bill carries of each file is computed, for as few as possible.
        domain = [("state", "not in", ("new", "columns", "withdrawn"))]
        if {"none", "nothing"}.issuperset(value):
            domain.append(self.env["msp.provider"]._no_bill_leaf())
        usable = self.search(domain)
        found = usable.filtered(lambda one: one.bill_state in value)
        return [("id", "in", found.ids)]

    def _load_known_amounts(self):
        """Return {id: money of rows that another import has read, and books}.

        A row that was booked before a later file replaced it stays on its bill; the
        later import books the difference.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT o.id, sum(o.amount) FROM (
                  SELECT r.import_id AS id, r.billed_cost AS amount
                    FROM msp_provider_charge r JOIN msp_import i ON i.id = r.import_id
                   WHERE r.import_id = ANY(%(ids)s) AND i.state != 'withdrawn'
                     AND r.currency_id = i.currency_id
                     AND (r.known_charge_id IS NOT NULL OR %(is_shown_only)s
                          OR r.superseded_by_id IS NOT NULL AND NOT %(is_booked)s)
                  UNION ALL
                  SELECT s.id, r.billed_cost
                    FROM msp_provider_charge r JOIN msp_import i ON i.id = r.import_id
                    JOIN msp_import s ON s.id = r.superseded_by_id
                   WHERE r.superseded_by_id = ANY(%(ids)s)
                     AND r.currency_id = s.currency_id
                     AND r.known_charge_id IS NULL AND %(is_booked)s
                ) o GROUP BY o.id
                """,
                ids=self.ids,
                is_shown_only=self._query_shown_only(),
                is_booked=booked(SQL("r.import_id"), NUMBER, SQL("r.currency_id")),
            )
        )
        return defaultdict(float, {key: float(amount) for key, amount in rows})

    def _find_replaced_imports(self):
        """Return the imports whose rows these repeat or replace."""
        rows = self.env["msp.provider.charge"].search(
            [
                ("import_id", "in", self.ids),
                "|",
                ("known_charge_id", "!=", False),
                ("previous_charge_id", "!=", False),
            ]
        )
        # A row that is gone has none that follows it.
        gone = self.env["msp.provider.charge"].search(
            [("superseded_by_id", "in", self.ids)]
        )
        first = rows.known_charge_id | rows.previous_charge_id
        return first.import_id | gone.import_id

    def action_view_bills(self):
        action = {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "name": self.env._("Vendor Bills"),
            "view_mode": "list,form",
            "domain": [("msp_import_ids", "in", self.ids)],
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
        self._check_months_open()
        super()._check_access_to_delete()
        self._drop_bills()
        # sudo: a cancelled bill stays in the books, without its import
        self.sudo().bill_ids._msp_write_tied(
            {"msp_import_ids": [Command.unlink(one.id) for one in self]}
        )

    def _drop_bills(self):
        """Delete draft bills, or cancel them where nothing may be deleted.

        A bill that came as a document goes back to what it was.
        """
        # sudo: a draft bill is nothing but what its file says
        for document in self.sudo().bill_ids._msp_stands().filtered("msp_match_undo"):
            document._msp_undo_match()
        drafts = self.sudo().bill_ids.filtered(lambda bill: bill.state == "draft")
        kept = drafts.filtered(
            lambda bill: bill.posted_before and bill.company_id.restrictive_audit_trail
        )
        kept.button_cancel()
        (drafts - kept).unlink()

    def _check_months_open(self):
        """Refuse to delete the rows behind a month that is signed off."""
        # sudo: whoever may not see the month must not take its proof away
        signed = (
            self.env["msp.reconciliation"]
            .sudo()
            .search(
                [
                    ("state", "=", "signed"),
                    ("provider_id", "in", self.provider_id.ids),
                    ("company_id", "in", self.company_id.ids),
                ]
            )
        )
        names = set(map(str, self.ids))
        signed.filtered(
            lambda one: names & one.signed_figures["imports"].keys()
        )._check_open()

    def _check_bills_open(self):
        """Refuse to undo an import whose bill is in the books."""
        # sudo: whoever may not see the bill must not leave it without its import
        bills = self.sudo().bill_ids._msp_stands()
        posted = bills.filtered(
            lambda bill: bill.state == "posted" and not bill._msp_is_only_linked()
        )
        if posted:
            raise UserError(
                self.env._(
                    "Vendor bill %(bill)s was posted from import %(import)s. Reset it "
                    "to draft or reverse it first.",
                    **{
                        "bill": posted[0].name,
                        "import": ", ".join(self.mapped("name")),
                    },
                )
            )
