from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import FoldError, compare, content_on
from ..billing.comparison import Content
from ..models.wording import describe_price, describe_pricing, describe_rules
from ..models.wording_difference import describe_comparison, month_amounts
from .readable import readable

KINDS = [
    ("begin", "Begins"),
    ("set", "Differs"),
    ("end", "Ends"),
    ("same", "As before"),
]


class MspContractCompare(models.TransientModel):
    """The content of a contract by one of its versions, beside another content."""

    _name = "msp.contract.compare"
    _description = "Compare contents of a contract"

    version_id = fields.Many2one("msp.contract.version", "Compared", required=True)
    contract_id = fields.Many2one(related="version_id.contract_id")
    currency_id = fields.Many2one(related="version_id.contract_id.currency_id")
    against = fields.Selection(
        [
            ("previous", "The version before"),
            ("today", "Today"),
            ("day", "Another day"),
            ("version", "Another version"),
        ],
        "Compare With",
        required=True,
        default="previous",
    )
    day = fields.Date(default=fields.Date.context_today)
    other_version_id = fields.Many2one(
        "msp.contract.version",
        "With Version",
        domain="[('contract_id', '=', contract_id), ('id', '!=', version_id)]",
    )
    show_unchanged = fields.Boolean("Show What Stays")
    before_label = fields.Char("Before", compute="_compute_lines", store=True)
    after_label = fields.Char("After", compute="_compute_lines", store=True)
    terms = fields.Char("How It Is Billed", compute="_compute_lines", store=True)
    line_ids = fields.One2many(
        "msp.contract.compare.line",
        "compare_id",
        compute="_compute_lines",
        store=True,
    )
    unchanged_count = fields.Integer(compute="_compute_lines", store=True)
    has_discounts = fields.Boolean(compute="_compute_lines", store=True)
    has_rules = fields.Boolean(compute="_compute_lines", store=True)
    has_suspended = fields.Boolean(compute="_compute_lines", store=True)
    amount_before = fields.Monetary(
        "Per Month Before", compute="_compute_lines", store=True
    )
    amount_after = fields.Monetary(
        "Per Month After", compute="_compute_lines", store=True
    )
    amount_difference = fields.Monetary(
        "Difference per Month", compute="_compute_lines", store=True
    )

    @api.constrains("version_id", "other_version_id")
    def _check_access_to_versions(self):
        for wizard in self:
            readable(wizard.version_id | wizard.other_version_id)

    @api.depends("version_id", "against", "day", "other_version_id", "show_unchanged")
    def _compute_lines(self):
        for wizard in self:
            (before_label, before), (after_label, after) = wizard._get_sides()
            comparison = compare(before, after)
            rows = wizard._prepare_rows(comparison)
            shown = [
                row for row in rows if wizard.show_unchanged or row["kind"] != "same"
            ]
            wizard.before_label, wizard.after_label = before_label, after_label
            wizard.terms = wizard._describe_terms(comparison)
            wizard.line_ids = [Command.clear(), *map(Command.create, shown)]
            wizard.unchanged_count = len([r for r in rows if r["kind"] == "same"])
            wizard.has_discounts = any(
                row["discount_before"] or row["discount_after"] for row in shown
            )
            wizard.has_rules = any(
                row["rule_before"] or row["rule_after"] for row in shown
            )
            wizard.has_suspended = any(
                row["share_before"] < 100 or row["share_after"] < 100 for row in shown
            )
            wizard.amount_before = sum(row["amount_before"] for row in rows)
            wizard.amount_after = sum(row["amount_after"] for row in rows)
            wizard.amount_difference = wizard.amount_after - wizard.amount_before

    def _get_sides(self):
        """Return (label, `billing.Content`) of both sides, the earlier day first."""
        self.ensure_one()
        version = readable(self.version_id)
        nothing = ("", Content())
        if not version:
            return nothing, nothing
        own = self._side_of(version)
        if self.against == "previous":
            before = self._compared(version).before
            return (self.env._("Before %s", version.display_name), before), own[1:]
        if self.against == "version":
            if not self.other_version_id:
                return nothing, nothing
            other = self._side_of(readable(self.other_version_id))
        else:
            today = fields.Date.context_today(self)
            day = today if self.against == "today" else self.day
            if not day:
                return nothing, nothing
            # Of two on one day, the day has the last word.
            other = ((day, 1), *self._side_on(version.contract_id, day))
        first, second = sorted((own, other), key=lambda side: side[0])
        return first[1:], second[1:]

    def _side_of(self, version):
        """Return (order, label, content) of a version on its first day."""
        label = self.env._(
            "%(version)s on %(day)s",
            version=version.display_name,
            day=format_date(self.env, version.date_start),
        )
        order = (version.date_start, 0)
        return order, label, self._compared(version).after

    def _compared(self, version):
        found = version._compare()[version.id]
        if isinstance(found, str):
            raise UserError(found)
        return found

    def _side_on(self, contract, day):
        versions = contract._to_plain_versions()
        try:
            content = content_on(versions.values(), day)
        except FoldError as error:
            raise UserError(contract._explain_fold_error(error)) from error
        return self.env._("Content on %s", format_date(self.env, day)), content

    def _describe_terms(self, comparison):
        if not comparison.terms:
            return False
        only_terms = compare(
            Content(policy=comparison.before.policy),
            Content(policy=comparison.after.policy),
        )
        return "; ".join(describe_comparison(self.env, only_terms, {}, None))

    def _prepare_rows(self, comparison):
        """Return the values of one row per position, in the contract's order."""
        currency = self.currency_id
        amounts = [
            month_amounts(content, currency)
            for content in (comparison.before, comparison.after)
        ]
        items = {item.position: item for item in comparison.positions}
        positions = self.env["msp.contract.position"].browse(items)
        rows = []
        for position in positions.sorted():
            item = items[position.id]
            before, after = (
                self._prepare_side(line, name, found.get(position.id))
                for line, name, found in zip(
                    (item.before, item.after),
                    ("before", "after"),
                    amounts,
                    strict=True,
                )
            )
            row = {"position_id": position.id, "kind": item.kind, **before, **after}
            row["amount_difference"] = row["amount_after"] - row["amount_before"]
            rows.append(row)
        return rows

    def _prepare_side(self, line, side, amount):
        env, currency = self.env, self.currency_id
        values = {
            "quantity": 0.0,
            "price": "",
            "discount": 0.0,
            "rule": "",
            "share": 100.0,
        }
        if line:
            price = describe_price(env, currency, line.unit_price, line.price_months)
            values = {
                "quantity": float(line.quantity),
                "price": describe_pricing(env, line.pricing, currency)
                if line.pricing
                else price,
                "discount": float(line.discount),
                "rule": describe_rules(env, dict(line.overrides)),
                "share": float(line.share),
            }
        values["amount"] = float(amount or 0)
        return {f"{name}_{side}": value for name, value in values.items()}


class MspContractCompareLine(models.TransientModel):
    """One position on both sides."""

    _name = "msp.contract.compare.line"
    _description = "Position in two contents of a contract"

    compare_id = fields.Many2one(
        "msp.contract.compare", required=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="compare_id.currency_id")
    position_id = fields.Many2one("msp.contract.position")
    kind = fields.Selection(KINDS, "What")
    quantity_before = fields.Float("Quantity", min_display_digits="Product Unit")
    quantity_after = fields.Float("→ Quantity", min_display_digits="Product Unit")
    price_before = fields.Char("Price")
    price_after = fields.Char("→ Price")
    discount_before = fields.Float("Discount (%)", min_display_digits="Discount")
    discount_after = fields.Float("→ Discount (%)", min_display_digits="Discount")
    rule_before = fields.Char("Billing Rule")
    rule_after = fields.Char("→ Billing Rule")
    share_before = fields.Float("Billed (%)", min_display_digits="Discount")
    share_after = fields.Float("→ Billed (%)", min_display_digits="Discount")
    amount_before = fields.Monetary("Per Month")
    amount_after = fields.Monetary("→ Per Month")
    amount_difference = fields.Monetary("Difference")
