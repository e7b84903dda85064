from dataclasses import replace
from itertools import count

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..billing import FoldError, fold, monthly_value
from ..billing.rounding import to_decimal as round_money
from .money import day_before
from .msp_content_mixin import price_fits, pricing_data, to_pricing


class MspContract(models.Model):
    """From versions to lines: the fold of the active versions, stored."""

    _inherit = "msp.contract"

    def _rebuild_lines(self):
        """Store the fold of the active versions as lines and terms.

        :raise UserError: the versions have no meaning together
        """
        lines, terms = self.env["msp.contract.line"], self.env["msp.contract.terms"]
        line_vals, terms_vals = [], []
        for contract in self:
            history = contract._fold()
            line_vals += contract._prepare_line_vals(history)
            terms_vals += contract._prepare_terms_vals(history)
            contract._mark_ineffective(history)
            contract._system_write(
                {
                    "date_start": history.start if history else False,
                    "date_end": day_before(history.end) if history else False,
                }
            )
        self.line_ids._system_unlink()
        self.terms_ids._system_unlink()
        # The database refuses overlapping lines at once, so the old ones must be
        # gone before the new ones come.
        self.env.flush_all()
        lines._system_create(line_vals)
        terms._system_create(terms_vals)
        self.invalidate_recordset(["line_ids", "terms_ids"])
        self._mark_to_settle()

    def _fold(self, drafts=None):
        """Return the `billing.History` of the active versions, None without one.

        :param drafts: versions that count as if they were activated now
        :raise UserError: the versions have no meaning together
        """
        self.ensure_one()
        versions = self._to_plain_versions(drafts)
        if not versions:
            return None
        try:
            history = fold(versions.values())
            self._check_prices(history)
        except FoldError as error:
            raise UserError(self._explain_fold_error(error, drafts)) from error
        return history

    def _get_latest_number(self):
        """Return the number of the version recorded last, 0 if there is none."""
        self.ensure_one()
        return max(self.version_ids.mapped("number"), default=0)

    def _to_plain_versions(self, drafts=None):
        """Return the `billing.Version` of each active version and draft, by id.

        Drafts come after all that is recorded, in the order of their first days; what
        they replace is left out.
        """
        self.ensure_one()
        versions = self.version_ids
        recorded = versions.filtered(lambda version: version.state == "active")
        # What is filtered would be read contract by contract.
        recorded = recorded.with_prefetch(versions._prefetch_ids)
        if drafts:
            recorded -= drafts._get_replaced()
        plain = {version.id: version._to_plain() for version in recorded}
        number = self._get_latest_number()
        for draft in (drafts or recorded.browse())._in_order():
            number += 1
            plain[draft.id] = replace(draft._to_plain(), number=number)
        return plain

    def _explain_fold_error(self, error, drafts=None):
        position = self.env["msp.contract.position"].browse(error.position or ())
        values = {
            "contract": self.display_name,
            "version": error.version,
            "position": position.display_name,
        }
        if error.code == "negative_quantity":
            return self.env._(
                "Contract %(contract)s: with version %(version)s the quantity of "
                "%(position)s would fall below 0. Check its first day and quantity.",
                **values,
            )
        if error.code in ("incomplete", "move_before_set"):
            return self.env._(
                "Contract %(contract)s: version %(version)s leaves %(position)s without "
                "a quantity or a price. Let it begin with both.",
                **values,
            )
        return self._explain_missing_terms(drafts)

    def _explain_missing_terms(self, drafts):
        """Return which version holds when nothing says how the contract is billed."""

        def sets_terms(version):
            return "terms" in version.change_ids.mapped("action")

        states = self.version_ids.grouped("state")
        holding = states.get("active", self.version_ids.browse()) | (
            drafts or self.version_ids.browse()
        )
        begins = holding.filtered(sets_terms).mapped("date_start")
        early = holding.filtered(
            lambda version: begins and version.date_start < min(begins)
        )
        if early:
            return self.env._(
                "Contract %(contract)s begins on %(begin)s, but the change holds from "
                "%(day)s on, when nothing says yet how it is billed. Choose %(begin)s "
                "or a later day, or enter as well how it is billed from %(day)s on.",
                contract=self.display_name,
                begin=format_date(self.env, min(begins)),
                day=format_date(self.env, min(early.mapped("date_start"))),
            )
        withdrawn = states.get("withdrawn", self.version_ids.browse())
        if not begins and withdrawn.filtered(sets_terms):
            return self.env._(
                "Contract %(contract)s: without what is withdrawn nothing says how it "
                "is billed, while %(versions)s still hold. Withdraw these as well, the "
                "latest first, or enter a version that says how it is billed.",
                contract=self.display_name,
                versions=", ".join(holding.sorted("number").mapped("display_name")),
            )
        return self.env._(
            "Contract %(contract)s: no active version gives its rhythm on its first "
            "day. Let the first version set the terms.",
            contract=self.display_name,
        )

    def _check_prices(self, history):
        """Refuse prices that cannot be billed in the rhythm of contract or position."""
        for line in history.lines:
            for terms in history.terms:
                if line.end and line.end <= terms.start:
                    continue
                if terms.end and terms.end <= line.start:
                    continue
                policy = replace(terms.policy, **dict(line.overrides))
                if not price_fits(policy, line.price_months, line.pricing):
                    day = max(line.start, terms.start)
                    raise UserError(self._explain_price(line, policy, day))

    def _product_fits(self, product, day):
        """Return whether a product's price can be billed from `day` on."""
        self.ensure_one()
        product = product.with_company(self.company_id)
        overrides = dict(product._msp_get_overrides() or {})
        pricing = to_pricing(product._msp_get_pricing_data())
        months = int(product.msp_price_interval or 0)
        for terms in self.terms_ids:
            if terms.date_end and terms.date_end < day:
                continue
            policy = replace(terms._to_policy(terms.anchor_date), **overrides)
            if not price_fits(policy, months, pricing):
                return False
        return True

    def _explain_price(self, line, policy, day):
        position = self.env["msp.contract.position"].browse(line.position)
        return self.env._(
            "Contract %(contract)s: the price of %(position)s is for %(price)s months, "
            "but it is billed every %(period)s months from %(day)s. Enter the price "
            "per billing period, or choose a rhythm of which the price's time is a "
            "multiple or a part.",
            contract=self.display_name,
            position=position.display_name,
            price=line.price_months,
            period=policy.months or "?",
            day=format_date(self.env, day),
        )

    def _prepare_line_vals(self, history):
        return [
            {
                "contract_id": self.id,
                "position_id": line.position,
                "date_start": line.start,
                "date_end": day_before(line.end),
                "quantity": float(line.quantity),
                "price_unit": float(line.unit_price),
                "price_interval": str(line.price_months),
                "discount": float(line.discount),
                "billed_share": float(line.share),
                "amount_month": self._get_monthly_value(line, history),
                "name": line.text,
                "pricing": pricing_data(line.pricing),
                "overrides": dict(line.overrides) or False,
                "version_numbers": list(line.versions),
            }
            for line in (history.lines if history else ())
        ]

    def _get_monthly_value(self, line, history):
        """Return what a line is worth per month, by the terms on its first day."""
        value = monthly_value(line, history.policy_on(line.start))
        return float(round_money(value, self.currency_id.decimal_places))

    def _prepare_terms_vals(self, history):
        return [
            {
                "contract_id": self.id,
                "date_start": terms.start,
                "date_end": day_before(terms.end),
                "anchor_date": terms.policy.anchor,
                **self.env["msp.contract.terms"]._prepare_policy_vals(terms.policy),
            }
            for terms in (history.terms if history else ())
        ]

    def _mark_ineffective(self, history, drafts=None):
        """Mark the changes without effect of what is recorded, or of `drafts`.

        :param drafts: in order, as `history` was folded with them
        """
        marks = set(history.ineffective) if history else set()
        numbers = count(self._get_latest_number() + 1)
        for version in drafts or self.version_ids.filtered("number"):
            number = version.number or next(numbers)
            for index, change in enumerate(version.change_ids):
                is_ineffective = (number, index) in marks
                if change.is_ineffective != is_ineffective:
                    change._system_write({"is_ineffective": is_ineffective})
