from dataclasses import dataclass, field
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from odoo.addons.msp_cloud_import.models.msp_dated_amount_detail_sql import KINDS
from odoo.addons.msp_contract_billing.billing.rounding import exact_sum
from odoo.addons.msp_contract_billing.models.money import to_decimal

from ..matching.bill_lines import Cost

# Days from which on what a row pays for is no month: such lines keep their days.
LONG_DAYS = 32


@dataclass(slots=True)
class Bill:
    """What files say about one invoice, exact and signed as in the files.

    :param costs: `matching.Cost`s, what is to be booked
    :param total: with tax, as far as rows state any
    :param shares: import id -> its part of the net
    :param refilled: account.move in draft that is made anew of all files
    """

    number: str
    currency_id: int
    costs: list = field(default_factory=list)
    total: Decimal = Decimal(0)
    states_tax: bool = False
    shares: dict = field(default_factory=dict)
    refilled: object = None
    lines: list = field(default_factory=list)

    @property
    def key(self):
        return self.number, self.currency_id

    @property
    def net(self):
        return exact_sum(cost.amount for cost in self.costs)

    @property
    def rows(self):
        return sum(cost.count for cost in self.costs)

    @property
    def sign(self):
        return -1 if self.net < 0 else 1

    def add(self, cost, import_id, total):
        self.costs.append(cost)
        self.total += total
        self.shares[import_id] = self.shares.get(import_id, 0) + cost.amount


def booked(import_id, number, currency_id, ignored=()):
    """Return the SQL that says whether an invoice of an import has a bill that stands.

    :param ignored: ids of bills that are about to be made anew
    """
    return SQL(
        """
        EXISTS (SELECT 1 FROM account_move m
                  JOIN account_move_msp_import_rel x ON x.move_id = m.id
                 WHERE x.import_id = %s AND m.msp_file_number = %s
                   AND m.currency_id = %s AND m.state != 'cancel'
                   AND COALESCE(m.payment_state, '') != 'reversed'
                   AND m.id != ALL(%s))
        """,
        import_id,
        number,
        currency_id,
        list(ignored),
    )


# The invoice's number; the name of a file that states none.
NUMBER = SQL(
    "CASE WHEN COALESCE(r.invoice_id, i.sha256) IN ('', i.sha256) "
    "THEN i.file_name ELSE r.invoice_id END"
)
# Of an invoice's sum of usage the detail says which position it is, if it is but one.
WHOSE = SQL(
    """
    COALESCE(r.position_id, CASE WHEN r.event = 'usage' AND i.format_id = %s THEN (
      SELECT CASE WHEN min(d.position_id) = max(d.position_id) THEN min(d.position_id) END
        FROM msp_provider_charge d
       WHERE d.subscription_id = r.subscription_id AND d.company_id = r.company_id
         AND d.invoice_id = r.invoice_id AND d.event = 'usage') END)
    """,
    KINDS[0],
)


class MspImport(models.Model):
    """From rows of files to what is to be booked."""

    _inherit = "msp.import"

    def _bill_number(self, number):
        """Return the invoice number, or the file's name if the file has none."""
        is_number = number and number != self.sha256
        return number if is_number else self.file_name

    def _load_bills(self, refilled=()):
        """Return the `Bill` of each invoice number and currency that is not booked.

        :param refilled: draft bills that are made anew: what is on them is not booked
        """
        bills = {}
        grouping = self.provider_id.bill_grouping
        rows = self._query_bill_rows(grouping == "row", refilled)
        distributions = self._load_distributions(rows)
        bookings = self._load_bookings(rows)
        uses_tax = self.provider_id.bill_tax == "file"
        for row in rows:
            key = (row["number"], row["currency_id"])
            bill = bills.setdefault(key, Bill(*key))
            cost = Cost(
                to_decimal(row["amount"]),
                product=row["product_id"],
                label=row["label"] or "",
                customer=row["partner_id"] or row["customer"] or None,
                booking=bookings.get(row["product_id"]),
                distribution=distributions(row),
                quantity=to_decimal(row["quantity"] or 0),
                count=row["rows"],
                first=row["first"],
                last=row["last"],
                is_apart=row["is_apart"],
                is_taxed=bool(row["is_taxed"]),
                ids=tuple(row["ids"] or ()),
            )
            bill.add(cost, row["import_id"], to_decimal(row["total"]))
            bill.states_tax = bill.states_tax or (uses_tax and row["states_tax"])
        self._add_problems(bills, refilled)
        for bill in bills.values():
            bill.refilled = self._find_refilled(bill, refilled)
        return list(bills.values())

    def _find_refilled(self, bill, refilled):
        return next(
            (
                move
                for move in refilled
                if (move.msp_file_number, move.currency_id.id) == bill.key
            ),
            None,
        )

    def _query_bill_rows(self, is_by_row, refilled):
        """Return the money of the files' rows by what lines are told apart by.

        Whatever becomes of a row here, the provider asks for it. Rows that another
        import has read before are on that import's bill. Credits and corrections
        keep the days they are about, apart from the rest. Of rows that replace what
        stands on an earlier import's bill, only the difference is left to book.
        """
        self.env.flush_all()
        ignored = [move.id for move in refilled]
        self.env.cr.execute(
            SQL(
                """
                SELECT c.number, c.currency_id, c.owner_id AS import_id, c.product_id,
                       CASE WHEN c.product_id IS NULL
                         THEN COALESCE(c.sku_name, c.service_name, c.sku_id) END
                         AS label,
                       c.whose_id AS position_id, c.contract_id, c.partner_id,
                       CASE WHEN c.partner_id IS NULL THEN
                         COALESCE(c.sub_account_name, c.customer_key) END AS customer,
                       c.is_apart, c.is_taxed,
                       sum(c.way * c.billed_cost) AS amount,
                       sum(c.way * CASE WHEN c.total != 0 THEN c.total
                             ELSE c.billed_cost + COALESCE(c.tax, 0) END) AS total,
                       bool_or(c.total != 0 OR c.tax != 0) AS states_tax,
                       sum(c.way * c.pricing_quantity) AS quantity,
                       sum(GREATEST(c.way, 0))::int AS rows,
                       min(c.charge_period_start) AS first,
                       max(c.charge_date_end) AS last,
                       array_agg(c.id) FILTER (WHERE c.way = 1) AS ids
                  FROM (
                    SELECT r.*, %(number)s AS number, 1 AS way,
                           r.import_id AS owner_id, %(is_apart)s AS is_apart,
                           %(is_taxed)s AS is_taxed, %(whose)s AS whose_id
                      FROM msp_provider_charge r
                      JOIN msp_import i ON i.id = r.import_id
                     WHERE r.import_id = ANY(%(ids)s) AND r.known_charge_id IS NULL
                       AND r.superseded_by_id IS NULL AND NOT %(is_booked)s
                       AND NOT %(is_shown_only)s
                    UNION ALL
                    SELECT r.*, %(number)s, -1, r.superseded_by_id,
                           %(is_apart)s, %(is_taxed)s, %(whose)s
                      FROM msp_provider_charge r
                      JOIN msp_import i ON i.id = r.import_id
                     WHERE r.superseded_by_id = ANY(%(ids)s)
                       AND r.known_charge_id IS NULL
                       AND %(is_booked)s AND NOT %(is_settled)s
                  ) c
                 GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
                          date_trunc('month', c.charge_period_start),
                          CASE WHEN c.is_apart THEN c.charge_period_start END,
                          CASE WHEN c.is_apart THEN c.charge_date_end END,
                          CASE WHEN %(is_by_row)s THEN c.id END
                 ORDER BY 1, 2, is_apart, date_trunc('month', c.charge_period_start),
                          label NULLS FIRST, c.product_id, c.partner_id, min(c.row)
                """,
                ids=self.ids,
                number=NUMBER,
                is_apart=SQL(
                    "(COALESCE(r.event, '') = 'credit' "
                    "OR COALESCE(r.charge_class, '') = 'Correction' "
                    "OR COALESCE(r.charge_date_end - r.charge_period_start + 1, 0) "
                    ">= %s)",
                    LONG_DAYS,
                ),
                is_taxed=SQL(
                    "(COALESCE(r.tax, 0) != 0 "
                    "OR COALESCE(r.total, 0) NOT IN (0, r.billed_cost))"
                ),
                is_booked=booked(
                    SQL("r.import_id"), NUMBER, SQL("r.currency_id"), ignored
                ),
                is_settled=booked(
                    SQL("r.superseded_by_id"), NUMBER, SQL("r.currency_id"), ignored
                ),
                is_shown_only=self._query_shown_only(ignored),
                whose=WHOSE,
                is_by_row=is_by_row,
            )
        )
        return self.env.cr.dictfetchall()

    def _add_problems(self, bills, refilled):
        """Add the money of rows that could not be read to the bill of its currency."""
        ignored = {move.id for move in refilled}
        for problem in self.problem_ids:
            if problem.severity != "error" or not problem.amount:
                continue
            currency_id = problem.currency_id.id
            # sudo: whether a file is booked is no secret
            standing = problem.import_id.sudo().bill_ids._msp_stands()
            if standing.filtered(
                lambda move, money=currency_id: (
                    move.currency_id.id == money and move.id not in ignored
                )
            ):
                continue
            bill = next(
                (one for key, one in bills.items() if key[1] == currency_id), None
            )
            if bill is None:
                key = (problem.import_id._bill_number(None), currency_id)
                bill = bills[key] = Bill(*key)
            label = self.env._("Row %s, which could not be read", problem.row)
            amount = to_decimal(problem.amount)
            bill.add(Cost(amount, label=label), problem.import_id.id, amount)

    # What decides accounts and taxes

    def _load_bookings(self, rows):
        """Return {product id: what decides accounts and taxes of its lines}."""
        products = self.env["product.product"].browse(
            {row["product_id"] for row in rows if row["product_id"]}
        )
        return {
            product.id: (
                product.product_tmpl_id.get_product_accounts()["expense"].id,
                tuple(self._get_purchase_taxes(product).ids),
            )
            for product in products.with_company(self.company_id)
        }

    def _get_purchase_taxes(self, product):
        return product.supplier_taxes_id._filter_taxes_by_company(self.company_id)
