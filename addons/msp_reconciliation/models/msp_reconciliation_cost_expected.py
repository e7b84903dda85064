from collections import defaultdict
from fractions import Fraction

from odoo import api, fields, models

from ..matching import expected_cost

COST_REFERENCES = [
    ("price_list", "Vendor's price list"),
    ("last_accepted", "Last accepted price"),
    ("none", "No reference"),
]


class MspReconciliationLine(models.Model):
    """What the rows of a position should have cost."""

    _inherit = "msp.reconciliation.line"

    cost_reference = fields.Selection(
        COST_REFERENCES,
        "Reference of the Cost",
        default="none",
        readonly=True,
        help="What the expected cost rests on. No reference: the article was never "
        "billed before, or its rows state no price.",
    )
    expected_cost = fields.Monetary(
        currency_field="cost_currency_id",
        readonly=True,
        help="What the rows come to at the price that was accepted last, by quantity "
        "and days.",
    )
    cost_difference = fields.Monetary(
        "Beyond Expected",
        compute="_compute_cost_difference",
        currency_field="cost_currency_id",
        help="What the provider asks more than expected.",
    )

    @api.depends("cost", "expected_cost", "cost_reference")
    def _compute_cost_difference(self):
        for line in self:
            has_reference = line.cost_reference not in (False, "none")
            line.cost_difference = has_reference and line.cost - line.expected_cost


class MspReconciliation(models.Model):
    _inherit = "msp.reconciliation"

    def _find_reference_price(self, row, money):
        """Return (price of a cycle, what it rests on) of a `matching.Row`.

        A hook: whoever knows the vendor's dated prices asks these first.

        :return: (None, "none") without any
        """
        for key in ((row.subscription, row.article), (None, row.article)):
            if key in money.before:
                return money.before[key], "last_accepted"
        return None, "none"

    def _add_expected_costs(self, subjects, money):
        """Add to each line what its rows should have cost, where that is known.

        One row without reference leaves the line without.

        :param subjects: (`Line`, values of its findings)
        """
        rows = {row.key: row for row in money.rows}
        for line, _findings in subjects:
            currency = self.env["res.currency"].browse(line.cost_currency_id)
            total, references = Fraction(0), defaultdict(int)
            for row_id in line.row_ids:
                row = rows.get(row_id)
                price, reference = (
                    row
                    and self._find_reference_price(row, money)
                    or (
                        None,
                        "none",
                    )
                )
                expected = None if price is None else expected_cost(row, price)
                if expected is None or row.currency != currency.name:
                    references["none"] += 1
                    continue
                references[reference] += 1
                total += expected
            if references and "none" not in references:
                line.cost_reference = min(references, key=references.get)
                line.expected_cost = currency.round(float(total))
