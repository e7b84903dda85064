from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching.bill_document import Document, best, evidence, points
from .account_move import PURCHASES

# What of a bill filling it from a file replaces, and undoing gives back.
KEPT = ("ref", "invoice_origin")
KEPT_LINE = ("name", "quantity", "price_unit", "discount", "sequence", "display_type")
KEPT_IDS = ("product_id", "product_uom_id", "account_id")


class AccountMove(models.Model):
    """A bill that came as a document first: which file is it, and filling it."""

    _inherit = "account.move"

    # What stood on the bill before it was filled from a file
    msp_match_undo = fields.Json(copy=False, readonly=True, groups="base.group_user")
    msp_is_matched = fields.Boolean(compute="_compute_msp_is_matched")
    msp_proposal = fields.Char("Looks Like", compute="_compute_msp_proposal")

    @api.depends("msp_match_undo")
    def _compute_msp_is_matched(self):
        for move in self:
            move.msp_is_matched = bool(move.msp_match_undo)

    @api.depends("ref", "partner_id", "state", "amount_total", "msp_import_ids")
    @api.depends_context("lang")
    def _compute_msp_proposal(self):
        may_look = self.env["msp.import"].has_access("read")
        for move in self:
            found = move._msp_find_proposal() if may_look else None
            move.msp_proposal = found and self.env._(
                "invoice %(number)s of %(imports)s",
                number=found.number,
                imports=", ".join(found.imports.mapped("name")),
            )

    def _msp_is_matchable(self):
        return (
            self.move_type in PURCHASES
            and self.state in ("draft", "posted")
            and self.payment_state != "reversed"
            and not self.msp_import_ids
        )

    def _msp_find_providers(self):
        """Return the providers whose invoice this may be; all if there is no vendor."""
        domain = [
            ("partner_id", "!=", False),
            ("company_id", "in", (False, self.company_id.id)),
        ]
        if vendor := self.commercial_partner_id:
            domain.append(("partner_id.commercial_partner_id", "=", vendor.id))
        return self.env["msp.provider"].search(domain)

    def _msp_find_proposal(self):
        """Return the only unbooked invoice of files that this looks like, or None."""
        if not self._msp_is_matchable() or not self._origin:
            return None
        move = self._origin
        providers = move._msp_find_providers()
        if not providers:
            return None
        unbooked = self.env["msp.import"]._load_unbooked(providers, move.company_id)
        scores = [points(move._msp_weigh(one)) for one in unbooked]
        place = best(scores)
        return None if place is None else unbooked[place]

    def _msp_weigh(self, unbooked):
        """Return what speaks for the bill being an invoice of files."""
        tolerance = to_decimal(unbooked.imports.provider_id[:1].bill_tolerance)
        sign = -1 if self.move_type == "in_refund" else 1
        stated = self._msp_get_stated()
        is_same_money = self.currency_id == unbooked.currency
        document = Document(
            self.ref or "",
            tuple(self.attachment_ids.mapped("name")),
            (sign * stated["net"], sign * stated["total"])
            if stated and is_same_money
            else (),
            self.invoice_date or None,
        )
        return evidence(document, unbooked.listed, tolerance)

    def _msp_get_stated(self):
        """Return the totals that the document states; {} if it has no lines yet."""
        if not any(line.price_subtotal for line in self.invoice_line_ids):
            return {}
        return {
            "net": to_decimal(self.amount_untaxed),
            "total": to_decimal(self.amount_total),
        }

    def _msp_check_accountant(self):
        if not self.env.user.has_group("msp_contract_billing.group_accountant"):
            raise AccessError(
                self.env._("Only an accountant may match vendor bills with files.")
            )
        self.check_access("write")

    def action_match_import(self):
        """Show the files that this bill may be the invoice of."""
        self.ensure_one()
        self._msp_check_accountant()
        return self.env["msp.bill.match"]._open_for_move(self)

    def action_fill_proposed(self):
        """Match with the file that the bill looks like."""
        self.ensure_one()
        self._msp_check_accountant()
        found = self._msp_find_proposal()
        if not found:
            return self.action_match_import()
        found.imports._match_bill(self, found.number, found.currency)
        return True

    def action_undo_match(self):
        """Give the bill back the lines that it had before it was filled."""
        self.ensure_one()
        self._msp_check_accountant()
        if not self.msp_match_undo:
            raise UserError(
                self.env._("%s was not matched with a file.", self.display_name)
            )
        self._msp_undo_match()
        return True

    def _msp_is_only_linked(self):
        """Return whether the bill was linked with its file and kept its lines."""
        return bool(self.msp_match_undo) and not self.msp_match_undo["is_filled"]

    def _msp_undo_match(self):
        undo = self.msp_match_undo
        vals = {
            "msp_import_ids": [Command.clear()],
            "msp_import_shares": False,
            "msp_file_number": False,
            "msp_file_total": 0.0,
            "msp_has_file_tax": False,
            "msp_currency_rate": 0.0,
            "msp_rate_note": False,
            "msp_match_undo": False,
        }
        if undo["is_filled"]:
            if self.state != "draft":
                raise UserError(
                    self.env._(
                        "%s was filled from a file and is posted. Reset it to draft "
                        "first.",
                        self.display_name,
                    )
                )
            self.invoice_line_ids.unlink()
            vals.update(
                undo["values"],
                invoice_line_ids=[Command.create(one) for one in undo["lines"]],
            )
            files = self.env["ir.attachment"].browse(undo["attachment_ids"])
            files.exists().filtered(lambda one: one.res_id == self.id).unlink()
        names = ", ".join(self.msp_import_ids.mapped("name"))
        self._msp_write_tied(vals)
        self.env["msp.provider.charge"].invalidate_model(["bill_line_id"])
        self.message_post(body=self.env._("No longer matched with %s.", names))

    def _msp_remember(self):
        """Return what filling the bill replaces."""
        return {
            "values": {
                **{name: self[name] for name in KEPT},
                "partner_id": self.partner_id.id,
                "currency_id": self.currency_id.id,
                "invoice_date": fields.Date.to_string(self.invoice_date),
            },
            "lines": [
                {
                    **{name: line[name] for name in KEPT_LINE},
                    **{name: line[name].id for name in KEPT_IDS},
                    "tax_ids": [Command.set(line.tax_ids.ids)],
                    "analytic_distribution": line.analytic_distribution,
                }
                for line in self.invoice_line_ids
            ],
        }
