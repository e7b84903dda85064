from odoo import api, fields, models
from odoo.tools import format_amount

from .unchecked_links import UncheckedMany2one

# States in which a change counts as what the contract will say.
COUNTED = ("proposed", "failed", "applied")


class MspImportChange(models.Model):
    """What is odd about a proposed change, and what it is worth."""

    _inherit = "msp.import.change"

    # Stored: who filters, groups and adds up, does so over thousands.
    currency_id = UncheckedMany2one(store=True)
    flag_ids = fields.Many2many("msp.import.flag", string="Look At")
    file_quantity = fields.Float(
        "File Said",
        min_display_digits="Product Unit",
        aggregator=None,
        help="What the file says, if somebody has entered something else.",
    )
    file_date = fields.Date(
        "File Said From", help="The first day in the file, if somebody changed it."
    )
    amount_before = fields.Monetary(
        "Before per Month",
        aggregator=None,
        help="What the customer pays per month without the change.",
    )
    amount_file = fields.Monetary("File per Month", aggregator=None)
    amount_after = fields.Monetary(
        "After per Month",
        compute="_compute_amount_change",
        store=True,
        aggregator=None,
        help="What the customer pays per month once the import is applied. What waits "
        "or is left out changes nothing.",
    )
    amount_change = fields.Monetary(
        "More per Month", compute="_compute_amount_change", store=True
    )
    amount_correction = fields.Monetary(
        "Difference Run",
        help="What the next differential run bills, or credits if negative, for days "
        "that are billed already.",
    )
    amount_catch_up = fields.Monetary(
        "Regular Run",
        help="What the next regular run bills for days up to which the contract is "
        "billed already, as the position itself is not.",
    )
    # Of the provider, which may ask for another currency than it bills
    cost_price = fields.Float(
        "Vendor's Price", min_display_digits="Product Price", aggregator=None
    )
    last_cost_price = fields.Float(
        "Vendor's Price Before",
        min_display_digits="Product Price",
        aggregator=None,
        help="The one that was accepted last, by an import that was applied.",
    )
    cost_price_currency = fields.Char("Vendor's Currency")
    odd = fields.Char("What Is Odd", compute="_compute_odd")

    @api.depends("amount_before", "amount_file", "state", "version_id")
    def _compute_amount_change(self):
        for change in self:
            counts = change.state in COUNTED or change.is_asked
            moved = change.amount_file - change.amount_before if counts else 0.0
            change.amount_change = moved
            change.amount_after = change.amount_before + moved

    @api.depends(
        "flag_ids",
        "amount_correction",
        "amount_catch_up",
        "last_cost_price",
        "cost_price",
    )
    @api.depends_context("lang")
    def _compute_odd(self):
        for change in self:
            change.odd = ". ".join(change._describe_odd()) or False

    def _describe_odd(self):
        """Return in sentences what the badges cannot say."""
        self.ensure_one()
        env, sentences = self.env, []
        codes = set(self.flag_ids.mapped("code"))
        if "price" in codes:
            sentences.append(
                env._(
                    "The vendor's price was %(old)s and is %(new)s %(currency)s",
                    old=f"{self.last_cost_price:g}",
                    new=f"{self.cost_price:g}",
                    currency=self.cost_price_currency or "",
                ).strip()
            )
        if self.amount_correction:
            amount = format_amount(env, abs(self.amount_correction), self.currency_id)
            sentences.append(
                env._("The difference run bills %s", amount)
                if self.amount_correction > 0
                else env._("The difference run credits %s", amount)
            )
        if self.amount_catch_up:
            amount = format_amount(env, self.amount_catch_up, self.currency_id)
            sentences.append(
                env._("The next regular run bills %s for days before", amount)
            )
        return sentences

    @api.depends("odd")
    def _compute_note(self):
        super()._compute_note()
        for change in self.filtered("odd"):
            change.note = ". ".join(filter(None, (change.note, change.odd)))
