from odoo import fields, models

GROUPING_NAMES = [
    ("product", "One line per product"),
    ("analytic", "One line per analytic account"),
    ("customer", "One line per customer"),
    ("row", "One line per row of the file"),
]
AUTO_NAMES = [
    ("draft", "Make a draft once the file is applied"),
    ("post", "Make it, and post it if the invoice's total agrees"),
]


class MspProvider(models.Model):
    """How vendor bills are made from a provider's files."""

    _inherit = "msp.provider"

    bill_tax = fields.Selection(
        [
            ("file", "As the file states it"),
            ("odoo", "By our purchase taxes"),
        ],
        "Tax on Vendor Bills",
        default="file",
        required=True,
        help="As the file states it: the bill's total is the file's total with tax, and "
        "a bill whose taxes come to another sum is refused. Files without tax are "
        "taxed by our purchase taxes.",
    )
    bill_grouping = fields.Selection(
        GROUPING_NAMES,
        "Lines of Vendor Bills",
        default="product",
        required=True,
        help="Rows share a line only if account, taxes and month are the same; credits "
        "and corrections keep the days they are about. The rows stay behind each line. "
        "One line per row is possible up to 1,000 rows.",
    )
    bill_tolerance = fields.Float(
        "Invoice May Differ By",
        digits=(16, 2),
        default=0.0,
        help="By so much, in the file's currency, the net total of the provider's "
        "invoice may differ from its files: the difference becomes a line of its own. "
        "More stops the bill.",
    )
    bill_difference_account_id = fields.Many2one(
        "account.account",
        "Account for Differences",
        company_dependent=True,
        check_company=True,
        domain="[('account_type', 'in', ('expense', 'expense_other', "
        "'expense_direct_cost', 'income_other'))]",
        help="Where rounding and fees are booked that the invoice asks for and no file "
        "lists.",
    )
    bill_auto_post = fields.Selection(
        AUTO_NAMES,
        "Make Vendor Bills",
        company_dependent=True,
        help="A bill is posted by itself only if the net total of the provider's "
        "invoice was entered with the import, or came with the document, and differs "
        "by no more than allowed. Empty: by hand.",
    )

    _bill_tolerance_positive = models.Constraint(
        "CHECK (bill_tolerance >= 0)",
        "By how much an invoice may differ is 0 or more.",
    )
