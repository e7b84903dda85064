from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..matching.bill_total import normal_number
from .account_move import PURCHASES

# As `normal_number` has it: only letters and digits, upper case.
_NORMAL_REF = SQL("upper(regexp_replace(m.ref, '[^[:alnum:]]', '', 'g'))")
_NORMAL_FILE = SQL("upper(regexp_replace(m.msp_file_number, '[^[:alnum:]]', '', 'g'))")


class AccountMove(models.Model):
    """An invoice of a vendor is booked once, however its number is spelt."""

    _inherit = "account.move"

    @api.model
    def _msp_find_number(self, vendor, company, number, types=PURCHASES):
        """Return the bills of a vendor with a number, in any spelling, that stand.

        Vendors with the same tax number are one.
        """
        self.env["account.move"].flush_model()
        vendor = vendor.commercial_partner_id
        normal = normal_number(number)
        if not (vendor and normal):
            return self.browse()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT m.id FROM account_move m
                  JOIN res_partner p ON p.id = m.commercial_partner_id
                 WHERE m.company_id = %s AND m.move_type IN %s
                   AND (p.id = %s OR p.vat != '' AND p.vat = %s)
                   AND (%s = %s OR %s = %s)
                 ORDER BY m.id
                """,
                company.id,
                tuple(types),
                vendor.id,
                vendor.vat or None,
                _NORMAL_REF,
                normal,
                _NORMAL_FILE,
                normal,
            )
        )
        # sudo: a bill that a record rule hides would be booked twice
        return self.sudo().browse(one for (one,) in rows)._msp_stands()

    def _post(self, soft=True):
        self._msp_check_double()
        return super()._post(soft)

    def _msp_check_double(self):
        """Refuse by hand what is booked from a provider's file already."""
        moves = self.filtered(
            lambda one: (
                one.move_type in PURCHASES
                and one.ref
                # sudo: whoever posts a bill may not see providers and files
                and not one.sudo().msp_import_ids
            )
        )
        if not moves:
            return
        # sudo: likewise
        providers = self.env["msp.provider"].sudo()
        vendors = providers.search([("partner_id", "!=", False)]).partner_id
        vendors = vendors.commercial_partner_id
        for move in moves.filtered(lambda one: one.commercial_partner_id in vendors):
            other = self._msp_find_number(
                move.commercial_partner_id,
                move.company_id,
                move.ref,
                (move.move_type,),
            ).filtered("msp_import_ids")[:1]
            if other:
                raise UserError(
                    self.env._(
                        "Invoice %(number)s of %(vendor)s is booked as %(bill)s "
                        "already, from a file of the provider. Delete this one, or "
                        "correct its number.",
                        number=move.ref,
                        vendor=move.commercial_partner_id.display_name,
                        bill=other.name or self.env._("a draft bill"),
                    )
                )


class MspImport(models.Model):
    _inherit = "msp.import"

    def _check_not_booked(self, bill):
        """Refuse an invoice number that the vendor's bills have already."""
        vendor = self.provider_id.partner_id
        others = self.env["account.move"]._msp_find_number(
            vendor, self.company_id, bill.number
        )
        # What a corrected file says otherwise is booked beside the first bill.
        earlier = self | self._find_replaced_imports()
        # An invoice in two currencies is two bills.
        other = others.filtered(
            lambda move: (
                move.id != (bill.refilled.id if bill.refilled else None)
                and not (
                    move.msp_import_ids & self
                    and move.currency_id.id != bill.currency_id
                )
                and not (move.msp_import_ids & (earlier - self))
            )
        )[:1]
        if not other:
            return
        names = {
            "number": bill.number,
            "vendor": vendor.commercial_partner_id.display_name,
            "bill": other.name or self.env._("a draft bill"),
        }
        if other.msp_import_ids:
            raise UserError(
                self.env._(
                    "Invoice %(number)s of %(vendor)s is booked as %(bill)s already, "
                    "from import %(import)s. If this file is another part of that "
                    "invoice, reset the bill to draft and create it again: both files "
                    "make one bill then.",
                    **names,
                    **{"import": ", ".join(other.msp_import_ids.mapped("name"))},
                )
            )
        raise UserError(
            self.env._(
                "Invoice %(number)s of %(vendor)s is booked as %(bill)s already. Press "
                '"Match Bill" to fill or link that bill, or delete or cancel it if it '
                "shall be made from the file.",
                **names,
            )
        )
