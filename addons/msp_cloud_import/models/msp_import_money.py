from odoo import api, fields, models
from odoo.tools import format_amount

from .msp_import import BUCKETS


class MspImport(models.Model):
    """Where the money of a file is; no cent of it gets lost."""

    _inherit = "msp.import"

    amount_beyond_file = fields.Monetary(
        "Not in the File",
        compute="_compute_amount_beyond_file",
        help="What the provider's invoice asks for beyond the rows of the file.",
    )
    amount_done = fields.Monetary(
        "In Contracts",
        compute="_compute_amounts",
        help="Rows that contracts carry, or will carry once applied.",
    )
    amount_waiting = fields.Monetary(
        "Waiting",
        compute="_compute_amounts",
        help="Rows with problems, to be assigned, or that fit no contract yet.",
    )
    amount_info = fields.Monetary(
        "No Quantity",
        compute="_compute_amounts",
        help="Usage, credits, taxes: they say nothing about contracts' quantities.",
    )
    amount_ignored = fields.Monetary("Ignored", compute="_compute_amounts")
    amount_unmapped = fields.Monetary("Not Assigned", compute="_compute_amounts")
    amount_lost = fields.Monetary(
        "Unaccounted",
        compute="_compute_amounts",
        help="Read minus all others; always 0, else something went wrong.",
    )
    currency_note = fields.Char(compute="_compute_amounts")

    @api.depends("invoice_amount", "amount_read")
    def _compute_amount_beyond_file(self):
        for one in self:
            difference = one.invoice_amount - one.amount_read
            one.amount_beyond_file = one.invoice_amount and difference

    @api.depends("provider_charge_ids.state", "problem_ids.is_ignored", "amount_read")
    def _compute_amounts(self):
        sums = {}
        for import_, state, currency, amount in self.env[
            "msp.provider.charge"
        ]._read_group(
            [("import_id", "in", self.ids)],
            ["import_id", "state", "currency_id"],
            ["billed_cost:sum"],
        ):
            sums[import_.id, state, currency] = amount
        problems = {}
        for import_, is_ignored, currency, amount in self.env[
            "msp.import.problem"
        ]._read_group(
            [("import_id", "in", self.ids), ("currency_id", "!=", False)],
            ["import_id", "is_ignored", "currency_id"],
            ["amount:sum"],
        ):
            problems[import_.id, is_ignored, currency] = amount
        for one in self:
            own = {key[1:]: value for key, value in sums.items() if key[0] == one.id}
            bad = {key[1:]: v for key, v in problems.items() if key[0] == one.id}
            totals = {
                bucket: sum(own.get((state, one.currency_id), 0.0) for state in states)
                for bucket, states in BUCKETS.items()
            }
            totals["waiting"] += bad.get((False, one.currency_id), 0.0)
            totals["ignored"] += bad.get((True, one.currency_id), 0.0)
            one.amount_done = totals["done"]
            one.amount_waiting = totals["waiting"]
            one.amount_info = totals["info"]
            one.amount_ignored = totals["ignored"]
            one.amount_unmapped = sum(
                own.get((state, one.currency_id), 0.0)
                for state in ("unmapped_customer", "unmapped_product")
            )
            found = one.currency_id.round(sum(totals.values()))
            one.amount_lost = one.amount_read - found
            one.currency_note = one._format_currencies(own, bad)

    def _format_currencies(self, own, bad):
        """Return the total of each currency if there is more than one."""
        totals = {}
        for (_state, currency), amount in (*own.items(), *bad.items()):
            totals[currency] = totals.get(currency, 0.0) + amount
        if len(totals) < 2:
            return False
        return "; ".join(
            format_amount(self.env, amount, currency)
            for currency, amount in sorted(
                totals.items(), key=lambda item: item[0].name or ""
            )
        )
