from collections import namedtuple

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching.bill_document import Listed
from .account_move import PURCHASES
from .msp_import_bill_rows import NUMBER, booked
from .msp_reconciliation import USABLE

# An invoice of files that no bill books yet.
Unbooked = namedtuple("Unbooked", "number currency imports listed")


class MspImport(models.Model):
    """A bill that came as a document first is filled from, or linked to, its files."""

    _inherit = "msp.import"

    def action_match_bill(self):
        """Show the bills that may be this file's invoice."""
        self.ensure_one()
        self._check_may_book()
        return self.env["msp.bill.match"]._open_for_import(self)

    def _load_unbooked(self, providers=None, company=None):
        """Return the `Unbooked` invoices of these imports, or of all of providers."""
        self.env.flush_all()
        imports = self
        if providers is not None:
            imports = self.search(
                [
                    ("provider_id", "in", providers.ids),
                    ("company_id", "=", company.id),
                    ("state", "in", USABLE),
                ]
            )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %(number)s, r.currency_id, i.provider_id, i.company_id,
                       array_agg(DISTINCT r.import_id), sum(r.billed_cost),
                       sum(CASE WHEN r.total != 0 THEN r.total
                           ELSE r.billed_cost + COALESCE(r.tax, 0) END),
                       min(i.month)
                  FROM msp_provider_charge r JOIN msp_import i ON i.id = r.import_id
                 WHERE r.import_id = ANY(%(ids)s) AND i.state IN %(usable)s
                   AND r.known_charge_id IS NULL AND r.superseded_by_id IS NULL
                   AND NOT %(is_booked)s AND NOT %(is_shown_only)s
                 GROUP BY 1, 2, 3, 4
                 ORDER BY min(i.month) DESC, 1
                """,
                number=NUMBER,
                ids=imports.ids,
                usable=USABLE,
                is_shown_only=imports._query_shown_only(),
                is_booked=booked(SQL("r.import_id"), NUMBER, SQL("r.currency_id")),
            )
        )
        currencies = self.env["res.currency"]
        return [
            Unbooked(
                number,
                currencies.browse(currency_id or ()),
                self.browse(ids),
                Listed(number, (to_decimal(net), to_decimal(gross)), month),
            )
            for number, currency_id, _p, _c, ids, net, gross, month in rows
        ]

    def _find_documents(self):
        """Return the vendor's bills, newest first, that no file is linked with."""
        vendor = self.provider_id.partner_id.commercial_partner_id
        return self.env["account.move"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("move_type", "in", PURCHASES),
                ("state", "!=", "cancel"),
                ("payment_state", "!=", "reversed"),
                ("msp_import_ids", "=", False),
                "|",
                ("commercial_partner_id", "=", vendor.id),
                "&",
                ("partner_id", "=", False),
                ("state", "=", "draft"),
            ],
            order="id desc",
            limit=100,
        )

    def _match_bill(self, move, number, currency, keep_lines=False):
        """Fill a bill from its files, or only link both.

        :param number: of the invoice, as the files have it
        :param keep_lines: leave the bill as it is; a posted one always is
        :raise UserError: they are not one invoice, or differ by more than allowed
        """
        self._lock()
        self._check_matchable(move, number)
        self._check_bill_possible()
        bill = next(
            (one for one in self._load_bills() if one.key == (number, currency.id)),
            None,
        )
        if bill is None:
            raise UserError(
                self.env._("Invoice %s is on a vendor bill already.", number)
            )
        bill.refilled = move
        self._check_not_booked(bill)
        is_refund = move.move_type == "in_refund"
        if is_refund != (bill.sign < 0):
            raise UserError(
                self.env._(
                    "Invoice %(number)s comes to %(net)s in the file, and %(bill)s is "
                    "of the other kind: an invoice asks for money, a refund gives it "
                    "back.",
                    number=number,
                    net=self._format_cost(bill.net, currency),
                    bill=move.display_name,
                )
            )
        stated = move._msp_get_stated()
        if stated:
            self._compare_with_document(bill, move, stated)
        keep_lines = keep_lines or move.state != "draft"
        if keep_lines:
            self._link(move, bill)
        else:
            self._fill(move, bill, stated)
        move.message_post(
            body=self.env._(
                "Matched with invoice %(number)s of %(imports)s: %(what)s.",
                number=number,
                imports=", ".join(self.mapped("name")),
                what=self.env._("the bill's own lines stay")
                if keep_lines
                else self.env._("its lines are those of the file"),
            )
        )
        return move

    def _check_matchable(self, move, number):
        if len(self.provider_id) != 1 or len(self.company_id) != 1:
            raise UserError(
                self.env._("Choose files of one provider and company to match.")
            )
        vendor = self.provider_id.partner_id.commercial_partner_id
        is_theirs = move.commercial_partner_id in (vendor, vendor.browse())
        if (
            move.move_type not in PURCHASES
            or move.company_id != self.company_id
            or not is_theirs
        ):
            raise UserError(
                self.env._(
                    "%(bill)s is no bill of %(vendor)s in %(company)s.",
                    bill=move.display_name,
                    vendor=vendor.display_name or self.provider_id.name,
                    company=self.company_id.name,
                )
            )
        if move.msp_import_ids or not move._msp_stands():
            raise UserError(
                self.env._(
                    "%(bill)s cannot be matched with invoice %(number)s: it is matched "
                    "already, cancelled or reversed. Reload the page.",
                    bill=move.display_name,
                    number=number,
                )
            )

    def _compare_with_document(self, bill, move, stated):
        """Add what the document asks for beyond the file, or refuse it."""
        if move.currency_id.id != bill.currency_id:
            raise UserError(
                self.env._(
                    "%(bill)s is in %(money)s, the file's invoice is not. Correct the "
                    "bill's currency first.",
                    bill=move.display_name,
                    money=move.currency_id.name,
                )
            )
        rest = stated["net"] * bill.sign - bill.net
        if abs(rest) > self._get_tolerance():
            raise UserError(
                self.env._(
                    "%(bill)s comes to %(document)s without tax, the file to %(file)s: "
                    "a difference of %(rest)s; %(tolerance)s may differ. Correct the "
                    "bill, or get the file that belongs to it.",
                    bill=move.display_name,
                    document=self._format_cost(stated["net"], move.currency_id),
                    file=self._format_cost(bill.net * bill.sign, move.currency_id),
                    rest=self._format_cost(rest, move.currency_id),
                    tolerance=self._format_cost(
                        self._get_tolerance(), move.currency_id
                    ),
                )
            )

    def _link(self, move, bill):
        move._msp_write_tied(
            {
                "msp_import_ids": [(6, 0, sorted(bill.shares))],
                "msp_import_shares": {
                    str(key): str(share) for key, share in bill.shares.items()
                },
                "msp_file_number": bill.number,
                "msp_file_total": float(bill.net * bill.sign),
                "msp_has_file_tax": False,
                "msp_match_undo": {"is_filled": False},
            }
        )

    def _fill(self, move, bill, stated):
        """Replace the bill's lines by the file's, so that it can be undone."""
        if stated:
            self._book_difference(bill, stated["net"] * bill.sign - bill.net)
        else:
            self._add_differences([bill])
        before = move._msp_remember()
        vals = self._prepare_bill(bill)
        kept = {"move_type", "company_id"}
        kept.update(
            name
            for name in ("ref", "partner_id", "invoice_date", "invoice_origin")
            if move[name]
        )
        move.invoice_line_ids.unlink()
        move._msp_write_tied(
            {name: value for name, value in vals.items() if name not in kept}
        )
        self._complete(move, bill)
        if stated and abs(to_decimal(move.amount_total) - stated["total"]) > max(
            self._get_tolerance(), to_decimal(move.currency_id.rounding)
        ):
            raise UserError(
                self.env._(
                    "%(bill)s comes to %(document)s with tax, the file's lines to "
                    "%(file)s. Check the purchase taxes of the products and the fiscal "
                    "position of %(vendor)s, or link the bill and keep its lines.",
                    bill=move.display_name,
                    document=self._format_cost(stated["total"], move.currency_id),
                    file=self._format_cost(move.amount_total, move.currency_id),
                    vendor=move.partner_id.display_name,
                )
            )
        files = self.browse(bill.shares)._attach_files(move)
        undo = {
            **before,
            "is_filled": True,
            "is_total_known": bool(stated),
            "attachment_ids": files.ids,
        }
        move._msp_write_tied({"msp_match_undo": undo})
