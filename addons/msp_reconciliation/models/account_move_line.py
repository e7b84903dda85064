from fractions import Fraction

from odoo import fields, models


class AccountMoveLine(models.Model):
    """A line of a vendor bill that adds up rows of a provider's file."""

    _inherit = "account.move.line"

    msp_is_difference = fields.Boolean(
        "Beyond the Files",
        copy=False,
        readonly=True,
        help="What the provider's invoice asks for beyond the rows of its files.",
    )
    msp_row_count = fields.Integer(
        "Rows of the File",
        copy=False,
        readonly=True,
        help="How many rows of the provider's file the line adds up.",
    )
    # {"distribution": as it was made, "shares": {analytic accounts: exact share}}
    msp_cost_shares = fields.Json(copy=False, readonly=True, groups="base.group_user")

    def _prepare_analytic_distribution_line(self, distribution, account_ids, *args):
        """Give each customer's account its cost to the cent.

        A percentage of two digits is off by up to 5.00 of 100,000.00. What people
        have changed is distributed by their percentages.
        """
        vals = super()._prepare_analytic_distribution_line(
            distribution, account_ids, *args
        )
        exact = self.msp_cost_shares
        if exact and exact["distribution"] == self.analytic_distribution:
            share = Fraction(exact["shares"][account_ids])
            vals["amount"] = float(-Fraction(self.balance) * share)
        return vals

    def action_view_msp_rows(self):
        """Show the rows of the files that the line adds up."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "msp.provider.charge",
            "name": self.env._("Rows of the Line"),
            "view_mode": "list,form",
            "domain": [("bill_line_id", "=", self.id)],
            "context": {"create": False},
        }
