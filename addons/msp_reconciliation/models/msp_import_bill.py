import base64
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from odoo import Command, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, format_amount, format_date

from odoo.addons.msp_contract_billing.billing.rounding import allocate, exact_sum
from odoo.addons.msp_contract_billing.models.money import to_decimal

from .msp_reconciliation import USABLE


@dataclass(slots=True)
class Bill:
    """What a file says about one of its invoices, exact and signed as in the file.

    :param parts: one per line of the bill, with its exact net `amount`
    :param total: with tax, as far as rows state any
    """

    number: str
    currency_id: int
    parts: list = field(default_factory=list)
    total: Decimal = Decimal(0)
    states_tax: bool = False
    rows: int = 0

    @property
    def net(self):
        return exact_sum(part["amount"] for part in self.parts)

    @property
    def sign(self):
        return -1 if self.net < 0 else 1


class MspImport(models.Model):
    """The vendor bill: the same rows, booked as what is owed to the provider."""

    _inherit = "msp.import"

    def action_create_bill(self):
        """Make a draft bill for each invoice of the files; open what was made.

        Of several files one that cannot be booked stops no other, and a message
        names it.

        :raise UserError: there is nothing to book, or the only file does not tie out
        """
        if not self.env.user.has_group("msp_contract_billing.group_accountant"):
            raise AccessError(
                self.env._("Only an accountant may make vendor bills from a file.")
            )
        self.check_access("write")
        self._lock()
        before, failures = self.bill_ids, {}
        for import_ in self.sorted("id"):
            if len(self) == 1:
                import_._create_bills()
            else:
                failed = import_._in_halves(import_, lambda one: one._create_bills())
                failures.update(failed)
        if self.bill_ids == before and not failures:
            raise UserError(
                self.env._(
                    "All rows of %s are on vendor bills already. Open these, or delete "
                    "a draft to make it anew.",
                    ", ".join(self.mapped("name")) or self.env._("no import"),
                )
            )
        return self._tell(failures, self.action_view_bills())

    def _lock(self):
        """Let a second one who books the same files at once fail and start again."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL("UPDATE msp_import SET month = month WHERE id = ANY(%s)", self.ids)
        )

    def _create_bills(self):
        """Make the bills of those invoices of the file that have none that stands."""
        self.ensure_one()
        moves = self.env["account.move"]
        standing = {
            (bill.msp_file_number, bill.currency_id.id)
            for bill in self.bill_ids._msp_stands()
        }
        bills = [
            bill
            for bill in self._load_bills()
            if (bill.number, bill.currency_id) not in standing
        ]
        if not bills:
            return moves
        self._check_state(*USABLE)
        self._check_bill_possible()
        for bill in bills:
            self._check_not_booked(bill)
            move = moves.with_company(self.company_id).create(self._prepare_bill(bill))
            self._add_default_taxes(move, bill)
            self._tie_out(move, bill)
            self._attach_file(move)
            moves |= move
        return moves

    def _check_bill_possible(self):
        if not self.provider_id.partner_id:
            raise UserError(
                self.env._(
                    "Provider %s has no vendor. An administrator enters it under "
                    "Configuration, Providers.",
                    self.provider_id.name,
                )
            )
        if self.amount_beyond_file:
            raise UserError(
                self.env._(
                    "The provider's invoice of %(invoice)s differs from the file's "
                    "%(file)s. Correct the net total you entered on import %(import)s, "
                    "or get the complete file.",
                    **{
                        "invoice": self._format_cost(self.invoice_amount),
                        "file": self._format_cost(self.amount_read),
                        "import": self.name,
                    },
                )
            )

    def _format_cost(self, amount, currency=None):
        return format_amount(self.env, float(amount), currency or self.currency_id)

    # From rows to parts

    def _load_bills(self):
        """Return the `Bill` of each invoice number and currency of the file."""
        bills = {}
        uses_tax = self.provider_id.bill_tax == "file"
        for row in self._query_bill_rows():
            bill = bills.setdefault(
                (self._bill_number(row["number"]), row["currency_id"]),
                Bill(self._bill_number(row["number"]), row["currency_id"]),
            )
            amount = to_decimal(row["amount"])
            bill.parts.append({**row, "amount": amount})
            bill.total += to_decimal(row["total"])
            bill.states_tax = bill.states_tax or (uses_tax and row["states_tax"])
            bill.rows += row["rows"]
        self._add_problems(bills)
        return list(bills.values())

    def _bill_number(self, number):
        """Return the invoice number, or the file's name if the file has none."""
        is_number = number and number != self.sha256
        return number if is_number else self.file_name

    def _query_bill_rows(self):
        """Return the money of the file's rows by what it was asked for.

        Whatever becomes of a row here, the provider asks for it. Rows that another
        import has read before are on that import's bill. Credits and corrections
        keep the days they are about, apart from the rest. Of rows that replace what
        stands on an earlier import's bill, only the difference is left to book.
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT c.invoice_id AS number, c.currency_id, c.product_id,
                       CASE WHEN c.product_id IS NULL
                         THEN COALESCE(c.sku_name, c.service_name, c.sku_id)
                       END AS label,
                       c.event = 'credit' OR c.charge_class = 'Correction'
                         AS is_correction,
                       sum(c.billed_cost) AS amount,
                       sum(CASE WHEN c.total != 0 THEN c.total
                                ELSE c.billed_cost + COALESCE(c.tax, 0) END) AS total,
                       bool_or(c.total != 0 OR c.tax != 0) AS states_tax,
                       bool_or(c.tax != 0 OR c.total NOT IN (0, c.billed_cost))
                         AS is_taxed,
                       sum(c.pricing_quantity) AS quantity, count(*) AS rows,
                       min(c.charge_period_start) AS first,
                       max(c.charge_date_end) AS last
                  FROM msp_provider_charge r
                 CROSS JOIN LATERAL (
                         SELECT CASE WHEN r.import_id = %(id)s THEN 1 ELSE -1 END
                       ) d(way)
                 CROSS JOIN LATERAL (
                         SELECT r.invoice_id, r.currency_id, r.product_id, r.sku_name,
                                r.service_name, r.sku_id, r.event, r.charge_class,
                                d.way * r.billed_cost AS billed_cost,
                                d.way * r.tax AS tax, d.way * r.total AS total,
                                d.way * r.pricing_quantity AS pricing_quantity,
                                r.charge_period_start, r.charge_date_end
                       ) c
                 WHERE r.known_charge_id IS NULL
                   AND (r.import_id = %(id)s AND r.superseded_by_id IS NULL
                        OR r.superseded_by_id = %(id)s AND r.import_id = ANY(%(booked)s))
                 GROUP BY 1, 2, 3, 4, 5
                 ORDER BY 1, 2, is_correction NULLS FIRST, label NULLS FIRST, 3
                """,
                id=self.id,
                booked=self._find_replaced_imports()._find_booked().ids,
            )
        )
        return self.env.cr.dictfetchall()

    def _add_problems(self, bills):
        """Add the money of rows that could not be read to the bill of its currency."""
        for problem in self.problem_ids:
            if problem.severity != "error" or not problem.amount:
                continue
            currency_id = problem.currency_id.id
            bill = next(
                (one for key, one in bills.items() if key[1] == currency_id), None
            )
            if bill is None:
                key = (self._bill_number(None), currency_id)
                bill = bills[key] = Bill(*key)
            bill.rows += 1
            bill.total += to_decimal(problem.amount)
            bill.parts.append(
                {
                    "product_id": None,
                    "label": self.env._("Row %s, which could not be read", problem.row),
                    "amount": to_decimal(problem.amount),
                    "quantity": None,
                    "rows": 1,
                    "first": None,
                    "last": None,
                }
            )

    def _check_not_booked(self, bill):
        """Refuse an invoice number that the vendor's bills have already."""
        vendor = self.provider_id.partner_id.commercial_partner_id
        # sudo: a bill that a record rule hides would be booked twice
        other = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("company_id", "=", self.company_id.id),
                    ("commercial_partner_id", "=", vendor.id),
                    ("move_type", "in", ("in_invoice", "in_refund")),
                    ("ref", "=", bill.number),
                ]
            )
            ._msp_stands()
        )
        # What a corrected file says otherwise is booked beside the first bill.
        earlier = self._find_replaced_imports()
        other = other.filtered(lambda move: move.msp_import_id not in earlier)
        # An invoice in two currencies is two bills.
        other = other.filtered(
            lambda move: (
                move.msp_import_id != self or move.currency_id.id == bill.currency_id
            )
        )[:1]
        if other:
            raise UserError(
                self.env._(
                    "Invoice %(number)s of %(vendor)s is booked as %(bill)s already. "
                    "Delete or cancel that bill if it shall be made from the file.",
                    number=bill.number,
                    vendor=vendor.display_name,
                    bill=other.name or self.env._("a draft bill"),
                )
            )

    # From parts to a bill

    def _prepare_bill(self, bill):
        currency = self.env["res.currency"].browse(bill.currency_id)
        amounts = allocate(
            [Fraction(part["amount"]) * bill.sign for part in bill.parts],
            currency.decimal_places,
        )
        return {
            "move_type": "in_invoice" if bill.sign > 0 else "in_refund",
            "company_id": self.company_id.id,
            "partner_id": self.provider_id.partner_id.id,
            "currency_id": currency.id,
            "ref": bill.number,
            "invoice_origin": self.name,
            "msp_import_id": self.id,
            "msp_file_number": bill.number,
            "msp_has_file_tax": bill.states_tax,
            "msp_file_total": float(
                bill.sign * (bill.total if bill.states_tax else bill.net)
            ),
            "invoice_line_ids": [
                Command.create(self._prepare_bill_line(part, amount, number))
                for number, (part, amount) in enumerate(
                    zip(bill.parts, amounts, strict=True), 1
                )
            ],
        }

    def _prepare_bill_line(self, part, amount, sequence):
        """Return a line whose quantity x price, rounded, is the amount.

        Seats of part of a month are not worth a unit's price, so the quantity is
        that of the file only where it leads to the cent.
        """
        product = self.env["product.product"].browse(part["product_id"])
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        quantity = abs(round(to_decimal(part["quantity"] or 0), digits))
        price = abs(amount) / quantity if quantity else abs(amount)
        if not quantity or round(float(quantity) * float(price), 2) != float(
            abs(amount)
        ):
            quantity, price = Decimal(1), abs(amount)
        vals = {
            "name": self._describe_part(part, product),
            "quantity": float(quantity if amount >= 0 else -quantity),
            "price_unit": float(price),
            "discount": 0.0,
            "sequence": sequence,
            "msp_period_start": part["first"],
            "msp_period_end": part["last"],
        }
        if product:
            vals.update(product_id=product.id, product_uom_id=product.uom_id.id)
        return vals

    def _describe_part(self, part, product):
        name = product.with_context(display_default_code=False).display_name
        text = [name or part["label"] or self.provider_id.name]
        if part["first"]:
            last = part["last"] or part["first"]
            text.append(
                self.env._(
                    "%(first)s – %(last)s, %(rows)s rows",
                    first=format_date(self.env, part["first"]),
                    last=format_date(self.env, last),
                    rows=part["rows"],
                )
            )
        return "\n".join(text)

    def _original(self):
        """Return the file as received."""
        return base64.b64decode(self.with_context(bin_size=False).file)

    def _attach_file(self, move):
        self.env["ir.attachment"].create(
            {
                "name": self.file_name,
                "raw": self._original(),
                "res_model": move._name,
                "res_id": move.id,
            }
        )
