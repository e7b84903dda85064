from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.msp_contract_billing.billing.rounding import allocate

from ..matching.bill_lines import group

# A bill of more lines is no bill that anybody reads, and Odoo takes minutes for it.
MAX_ROW_LINES = 1000
# Digits with which the share of a line is kept; Odoo's percentages have two.
SHARE_DIGITS = 12


class MspImport(models.Model):
    """The lines of a vendor bill."""

    _inherit = "msp.import"

    def _prepare_bill_lines(self, bill):
        """Return the values of the lines, and leave the lines in `bill.lines`."""
        by = self.provider_id.bill_grouping
        if by == "row" and len(bill.costs) > MAX_ROW_LINES:
            raise UserError(
                self.env._(
                    "Invoice %(number)s has %(rows)s rows; a bill with one line per "
                    "row may have %(limit)s. Choose lines per product, customer or "
                    "analytic account under Configuration, Providers, %(provider)s. "
                    "The rows stay behind each line.",
                    number=bill.number,
                    rows=len(bill.costs),
                    limit=MAX_ROW_LINES,
                    provider=self.provider_id.name,
                )
            )
        bill.lines = group(bill.costs, by)
        currency = self.env["res.currency"].browse(bill.currency_id)
        amounts = allocate(
            [Fraction(line.amount) * bill.sign for line in bill.lines],
            currency.decimal_places,
        )
        plans, mapped = self._load_plans(bill.lines), self._map_bookings(bill.lines)
        names = self._load_customers(bill.lines) if by in ("customer", "row") else {}
        return [
            {
                **self._prepare_amount(line, amount, currency),
                **self._prepare_balance(amount * bill.sign, currency),
                **self._prepare_booking(line, mapped),
                **self._prepare_shares(line, plans),
                "name": self._describe_line(line, names),
                "sequence": number,
                "msp_period_start": line.first,
                "msp_period_end": line.last,
                "msp_is_difference": line.is_difference,
                "msp_row_count": line.count,
            }
            for number, (line, amount) in enumerate(
                zip(bill.lines, amounts, strict=True), 1
            )
        ]

    def _prepare_amount(self, line, amount, currency):
        """Return a quantity and a price that are the amount, rounded.

        Seats of part of a month are not worth a unit's price, so the quantity is
        that of the file only where it leads to the cent.
        """
        digits = self.env["decimal.precision"].precision_get("Product Unit")
        quantity = abs(round(line.quantity, digits))
        price = abs(amount) / quantity if quantity else abs(amount)
        places = currency.decimal_places
        if not quantity or round(float(quantity) * float(price), places) != float(
            abs(amount)
        ):
            quantity, price = Decimal(1), abs(amount)
        return {
            "quantity": float(quantity if amount >= 0 else -quantity),
            "price_unit": float(price),
            "discount": 0.0,
        }

    def _prepare_balance(self, amount, currency):
        """Return what the line debits, in the company's own money.

        Odoo finds the same, but writes it three times to each line, one by one.
        """
        if currency != self.company_id.currency_id:
            return {}
        return {"amount_currency": float(amount), "balance": float(amount)}

    def _prepare_booking(self, line, mapped):
        """Return article, account and taxes of a line.

        Articles that are booked alike may share a line, which then names none.
        """
        if line.product is not None:
            product = self.env["product.product"].browse(line.product)
            return {"product_id": product.id, "product_uom_id": product.uom_id.id}
        return mapped.get(line.costs[0].booking, {})

    def _map_bookings(self, lines):
        """Return {booking: account and taxes by the vendor's fiscal position}."""
        position = self._get_fiscal_position()
        mapped = {}
        for booking in {line.costs[0].booking for line in lines} - {None}:
            account = self.env["account.account"].browse(booking[0])
            taxes = self.env["account.tax"].browse(booking[1])
            mapped[booking] = {"tax_ids": position.map_tax(taxes).ids}
            if account:
                mapped[booking]["account_id"] = position.map_account(account).id
        return mapped

    def _get_fiscal_position(self):
        """Return that of the vendor, as Odoo puts it on the bill."""
        positions = self.env["account.fiscal.position"].with_company(self.company_id)
        return positions._get_fiscal_position(self.provider_id.partner_id)

    def _prepare_shares(self, line, plans):
        """Return the analytic distribution: percentages, and the exact shares.

        Odoo keeps percentages with two digits, which is no cent's share of a large
        line; so the shares themselves stand beside them.
        """
        if not line.shares:
            return {}
        by_plan = defaultdict(list)
        for accounts in line.shares:
            by_plan[plans.get(accounts)].append(accounts)
        digits = self.env["decimal.precision"].precision_get("Percentage Analytic")
        distribution = {}
        for keys in by_plan.values():
            parts = allocate([line.shares[key] * 100 for key in keys], digits)
            distribution.update(zip(keys, map(float, parts), strict=True))
        return {
            "analytic_distribution": distribution,
            "msp_cost_shares": {
                "distribution": distribution,
                "shares": {
                    key: str(
                        round(
                            Decimal(share.numerator) / share.denominator, SHARE_DIGITS
                        )
                    )
                    for key, share in line.shares.items()
                },
            },
        }

    def _load_plans(self, lines):
        """Return {key of a distribution: the plans its accounts belong to}."""
        keys = {key for line in lines for key in line.shares}
        ids = {int(number) for key in keys for number in key.split(",")}
        accounts = self.env["account.analytic.account"].browse(ids).exists()
        plans = {account.id: account.root_plan_id.id for account in accounts}
        return {
            key: tuple(sorted(plans.get(int(one), 0) for one in key.split(",")))
            for key in keys
        }

    def _load_customers(self, lines):
        """Return {customer as in a cost: name}."""
        customers = {cost.customer for line in lines for cost in line.costs}
        partners = self.env["res.partner"].browse(
            one for one in customers if isinstance(one, int)
        )
        names = {one: one for one in customers if isinstance(one, str)}
        return {**names, **{partner.id: partner.display_name for partner in partners}}

    def _describe_line(self, line, names):
        """Return the text: what, for whom, and the days that were paid for."""
        cost = line.costs[0]
        product = self.env["product.product"].browse(line.product or ())
        what = product.with_context(display_default_code=False).display_name
        if not product:
            labels = {one.label for one in line.costs}
            what = labels.pop() if len(labels) == 1 else ""
        title = [what] if what else []
        customers = {one.customer for one in line.costs}
        if names and len(customers) == 1 and cost.customer:
            title.insert(0, names[cost.customer])
        elif not what and line.shares:
            title.append(self._describe_accounts(line))
        text = [", ".join(title) or self.provider_id.name]
        if line.first:
            text.append(
                self.env._(
                    "%(first)s – %(last)s, %(rows)s rows",
                    first=format_date(self.env, line.first),
                    last=format_date(self.env, line.last),
                    rows=line.count,
                )
            )
        return "\n".join(text)

    def _describe_accounts(self, line):
        ids = {int(number) for key in line.shares for number in key.split(",")}
        accounts = self.env["account.analytic.account"].browse(sorted(ids)).exists()
        return ", ".join(accounts.mapped("display_name"))
