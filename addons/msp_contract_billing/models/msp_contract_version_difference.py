from collections import defaultdict
from dataclasses import replace

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

from ..billing import FoldError, compare, content_on
from .wording import to_list
from .wording_difference import (
    describe_comparison,
    describe_line,
    describe_month,
    month_amounts,
    month_total,
)

#: What a version's difference follows from.
SOURCES = (
    "contract_id.version_ids.state",
    "contract_id.version_ids.number",
    "date_start",
    "date_end",
    "change_ids.summary",
)


class MspContractVersion(models.Model):
    """What a version changes: its content compared with the one before it.

    Before is what the versions recorded before it make of its first day, those
    withdrawn left out; after is the same with it. A draft comes after all others.
    """

    _inherit = "msp.contract.version"

    difference = fields.Char("What Changes", compute="_compute_difference")
    difference_html = fields.Html(
        "What Changes on the First Day",
        compute="_compute_difference",
        sanitize=False,
    )
    amount_before = fields.Monetary(
        "Per Month Before",
        compute="_compute_difference",
        help="What the contract came to per month on the version's first day.",
    )
    amount_after = fields.Monetary("Per Month After", compute="_compute_difference")
    amount_difference = fields.Monetary("More per Month", compute="_compute_difference")
    content_html = fields.Html(
        "Content on the First Day", compute="_compute_content_html", sanitize=False
    )

    @api.depends(*SOURCES)
    @api.depends_context("lang")
    def _compute_difference(self):
        compared = self._origin._compare()
        for version in self:
            comparison = compared.get(version._origin.id)
            sentences = version._describe(comparison)
            before = after = 0
            if comparison and not isinstance(comparison, str):
                currency = version.currency_id
                before = float(month_total(comparison.before, currency))
                after = float(month_total(comparison.after, currency))
            version.difference = "; ".join(sentences)
            version.difference_html = to_list(sentences)
            version.amount_before = before
            version.amount_after = after
            version.amount_difference = after - before

    @api.depends(*SOURCES)
    @api.depends_context("lang")
    def _compute_content_html(self):
        compared = self._origin._compare()
        for version in self:
            comparison = compared.get(version._origin.id)
            version.content_html = (
                comparison
                and not isinstance(comparison, str)
                and version._render_content(comparison.after)
            )

    def _compare(self):
        """Return the `billing.Comparison` of each version, by id.

        A sentence instead if its content is impossible. Reads the versions of all
        contracts at once.
        """
        result = {}
        # Read here for all, not one by one.
        self.contract_id.version_ids.change_ids.position_id.mapped("name")
        for contract, versions in self.grouped("contract_id").items():
            recorded = contract._to_plain_versions()
            last = contract._get_latest_number()
            for version in versions:
                plain = recorded.get(version.id) or version._to_plain()
                if not plain.number:
                    plain = replace(plain, number=last + 1)
                earlier = [
                    other for other in recorded.values() if other.number < plain.number
                ]
                replaced = set(version._get_replaced().mapped("number"))
                kept = [other for other in earlier if other.number not in replaced]
                try:
                    result[version.id] = compare(
                        content_on(earlier, plain.start),
                        content_on([*kept, plain], plain.start),
                    )
                except FoldError as error:
                    result[version.id] = contract._explain_fold_error(error)
        return result

    def action_compare(self):
        """Open the comparison of a version with the one before it."""
        self.ensure_one()
        return self._action_ask(
            self.env._("Compare %s", self.display_name),
            "msp.contract.compare",
            {"default_version_id": self.id, "dialog_size": "extra-large"},
        )

    def _describe(self, comparison):
        """Return what a version changes in sentences, first the contract as a whole.

        :param comparison: of `_compare`; None for a version that is not saved
        """
        self.ensure_one()
        if isinstance(comparison, str):
            return [comparison]
        if not comparison:
            return []
        sentences = [
            change.summary
            for change in self.change_ids
            if change.action in ("commitment", "terminate")
        ]
        sentences += describe_comparison(
            self.env, comparison, self._get_names(comparison), self.currency_id
        )
        sentences += [
            self.env._("%s (no effect: not under contract on this day)", change.summary)
            for change in self.change_ids
            if change.is_ineffective
        ]
        return sentences or [self.env._("Nothing differs on the first day")]

    def _get_names(self, comparison):
        """Return the names of the compared positions, by id."""
        ids = [item.position for item in comparison.positions]
        positions = self.env["msp.contract.position"].browse(ids)
        return {position.id: position.name for position in positions}

    def _render_content(self, content):
        """Return a table of what the contract contains, with the money per month."""
        self.ensure_one()
        currency = self.currency_id
        amounts = month_amounts(content, currency)
        positions = self.env["msp.contract.position"].browse(content.lines)
        return self.env["ir.qweb"]._render(
            "msp_contract_billing.version_content",
            {
                "rows": [
                    {
                        "name": position.name,
                        "content": describe_line(
                            self.env, content.lines[position.id], currency
                        ),
                        "amount": float(amounts[position.id] or 0),
                    }
                    for position in positions.sorted()
                ],
                "total": float(month_total(content, currency)),
                "currency": currency,
            },
        )

    def _post_differences(self):
        """Say in each contract's log what its new version changes."""
        compared = self._compare()
        rounds = defaultdict(dict)
        for number, version in self._numbered_by_contract():
            comparison = compared[version.id]
            sentences = version._describe(comparison)
            if not isinstance(comparison, str):
                sentences.append(version._describe_month(comparison))
            title = self.env._(
                "Version %(number)s from %(day)s",
                number=version.number,
                day=format_date(self.env, version.date_start),
            )
            body = Markup("%s%s") % (title, to_list(sentences))
            rounds[number][version.contract_id.id] = body
        # One message per contract at a time: posted alone, each takes five queries.
        for bodies in rounds.values():
            self.contract_id.browse(bodies)._message_log_batch(bodies)

    def _numbered_by_contract(self):
        """Yield versions, with how many of the same contract came before each."""
        counts = defaultdict(int)
        for version in self:
            yield counts[version.contract_id], version
            counts[version.contract_id] += 1

    def _describe_month(self, comparison):
        """Return the money per month before and after, in a sentence."""
        self.ensure_one()
        currency = self.currency_id
        totals = (
            month_total(content, currency)
            for content in (comparison.before, comparison.after)
        )
        return describe_month(self.env, currency, *totals)
