from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.msp_contract_billing.billing.rounding import exact_sum
from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching.bill_lines import Cost
from ..matching.bill_total import Stated, differences


class MspImport(models.Model):
    """The total that the provider's invoice states, against its files."""

    _inherit = "msp.import"

    def _add_differences(self, bills, refilled=()):
        """Add what the invoice asks for beyond its files as a line of its own.

        :raise UserError: it is more than the provider's tolerance
        """
        wanted = self._find_differences()
        for one in wanted:
            if abs(one.amount) > self._get_tolerance():
                raise UserError(self._explain_difference(one))
        if not wanted:
            return
        currency = self.currency_id[:1]
        rest = exact_sum(one.amount for one in wanted)
        rest -= self._load_booked_differences(refilled)
        of_currency = [bill for bill in bills if bill.currency_id == currency.id]
        if of_currency:
            bill = max(of_currency, key=lambda one: abs(one.net))
            self._book_difference(bill, rest)

    def _book_difference(self, bill, rest):
        """Add money that no file lists to a bill, signed as in the file."""
        currency = self.env["res.currency"].browse(bill.currency_id)
        if currency.is_zero(float(rest)):
            return
        account = self.provider_id.with_company(
            self.company_id
        ).bill_difference_account_id
        if not account:
            raise UserError(
                self.env._(
                    "Invoice %(number)s asks for %(difference)s beyond its files. An "
                    "administrator names the account for such differences under "
                    "Configuration, Providers, %(provider)s.",
                    number=bill.number,
                    difference=self._format_cost(rest, currency),
                    provider=self.provider_id.name,
                )
            )
        label = self.env._("Rounding or fee of invoice %s, in no file", bill.number)
        cost = Cost(
            rest,
            label=label,
            booking=(account.id, ()),
            count=0,
            is_apart=True,
            is_difference=True,
        )
        bill.costs.append(cost)
        bill.total += rest

    def _get_tolerance(self):
        return to_decimal(self.provider_id.bill_tolerance)

    def _find_differences(self):
        """Return what totals differ; a total of 0 is one that nobody has typed in."""
        files = [
            Stated(
                to_decimal(one.invoice_amount) if one.invoice_amount else None,
                to_decimal(one.amount_read),
            )
            for one in self
        ]
        return differences(files, self._load_together(), self._get_tolerance())

    def _load_together(self):
        """Return the net total of all these files, each row once."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(sum(r.billed_cost), 0) FROM msp_provider_charge r
                 WHERE r.import_id = ANY(%(ids)s) AND r.currency_id = %(currency)s
                   AND (r.known_charge_id IS NULL OR NOT EXISTS (
                          SELECT 1 FROM msp_provider_charge k
                           WHERE k.id = r.known_charge_id
                             AND k.import_id = ANY(%(ids)s)))
                   AND (r.superseded_by_id IS NULL
                        OR r.superseded_by_id != ALL(%(ids)s))
                   AND NOT %(is_shown_only)s
                """,
                ids=self.ids,
                is_shown_only=self._query_shown_only(),
                currency=self.currency_id[:1].id or None,
            )
        )
        problems = self.problem_ids.filtered(
            lambda one: (
                one.severity == "error" and one.currency_id == self.currency_id[:1]
            )
        )
        return to_decimal(rows[0][0]) + exact_sum(
            to_decimal(amount) for amount in problems.mapped("amount")
        )

    def _load_booked_differences(self, refilled=()):
        """Return what bills of these files, or those they replace, carry already."""
        imports = self | self._find_replaced_imports()
        # sudo: what is booked counts, whoever may see it
        bills = (
            imports.sudo()
            .bill_ids._msp_stands()
            .filtered(lambda bill: bill.id not in {move.id for move in refilled})
        )
        return exact_sum(
            to_decimal(line.price_subtotal)
            * (-1 if line.move_id.move_type == "in_refund" else 1)
            for line in bills.invoice_line_ids.filtered("msp_is_difference")
        )

    def _explain_difference(self, one):
        """Return the sentence that names both totals and what lies between them."""
        return self.env._(
            "The provider's invoice of %(invoice)s differs from the file's %(file)s by "
            "%(difference)s; %(tolerance)s may differ. Correct the net total you "
            "entered on import %(import)s, or get the complete file. What %(provider)s "
            "may differ by is set under Configuration, Providers.",
            **{
                "invoice": self._format_cost(one.typed),
                "file": self._format_cost(one.read),
                "difference": self._format_cost(one.amount),
                "tolerance": self._format_cost(self._get_tolerance()),
                "import": ", ".join(self.mapped("name")),
                "provider": self.provider_id.name,
            },
        )

    def _is_total_known(self):
        """Return whether somebody has said what these files must come to."""
        return bool(self) and (
            all(self.mapped("invoice_amount"))
            or (len(self) > 1 and any(self.mapped("invoice_amount")))
        )
