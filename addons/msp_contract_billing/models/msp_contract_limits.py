from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from odoo import fields, models
from odoo.tools import format_date

from ..billing import (
    FoldError,
    PriceIntervalError,
    compare,
    content_on,
    monthly_value,
)
from ..billing.history import WHOLE
from .money import to_decimal
from .wording import format_number, format_price
from .wording_difference import month_total

#: Changes that somebody records within this time count as one.
TOGETHER = timedelta(hours=24)


class MspContractVersion(models.Model):
    """Which limits of its company a draft passes."""

    _inherit = "msp.contract.version"

    def _find_passed_limits(self):
        """Return the limits that drafts pass, as data, by the draft's id.

        Drafts of one contract are looked at together, and with what their author has
        recorded of it on his own within a day: each on its first day, before and after
        all of them, and on later days on which the content changes, so that neither
        small steps nor a trial hide anything.
        """
        result = {}
        for contract, drafts in self.grouped("contract_id").items():
            limits = contract.company_id._get_version_limits()
            if not any(limits.values()):
                continue
            # A sentence says what is wrong before anybody is asked to approve it.
            contract._fold(drafts)
            recorded = contract._to_plain_versions()
            planned = list(contract._to_plain_versions(drafts).values())
            days = drafts._find_days_to_compare([*recorded.values(), *planned])
            for draft in drafts:
                together = draft._find_own_of_the_day()
                before = [
                    version
                    for version_id, version in recorded.items()
                    if version_id not in together._ids
                ]
                passed = list(_pass_backdated(draft, limits["days"]))
                for day in days[draft]:
                    comparison = _compare_on(before, recorded, planned, day)
                    known = {(item["kind"], item.get("position")) for item in passed}
                    passed += (
                        item if day == draft.date_start else {**item, "from": str(day)}
                        for item in (
                            *draft._pass_amounts(comparison, limits, bool(before)),
                            *_pass_prices(comparison, limits["price"]),
                        )
                        if (item["kind"], item.get("position")) not in known
                    )
                if together and {item["kind"] for item in passed} - {"backdated"}:
                    numbers = sorted(together.mapped("number"))
                    passed.append({"kind": "together", "numbers": numbers})
                if passed:
                    result[draft.id] = passed
        return result

    def _find_days_to_compare(self, versions):
        """Return the days on which each draft is compared, its first day first.

        Later ones belong to the draft that begins last before them.

        :param versions: `billing.Version` of all that holds before and with the drafts
        """
        drafts = self._in_order()
        days = {draft: [draft.date_start] for draft in drafts}
        borders = {day for item in versions for day in (item.start, item.end) if day}
        for day in sorted(borders - set(drafts.mapped("date_start"))):
            begun = drafts.filtered(lambda draft, day=day: draft.date_start < day)
            if begun:
                days[begun[-1]].append(day)
        return days

    def _find_own_of_the_day(self):
        """Return what the draft's author has recorded lately without an approval.

        What customers sign with an order is nobody's own.
        """
        self.ensure_one()
        since = fields.Datetime.now() - TOGETHER
        return self.contract_id.version_ids.filtered(
            lambda version: (
                version.state == "active"
                and version.user_id == self.user_id
                and version.activated_at > since
                and not version.approval_state
                and version.cause != "order"
            )
        )

    def _pass_amounts(self, comparison, limits, is_running):
        """Yield the limits of the monthly amount that a comparison passes.

        :param is_running: whether the contract has content already; the first one is
            no change of it in percent
        """
        currency, company = self.currency_id, self.company_id
        before, after = (
            month_total(content, currency)
            for content in (comparison.before, comparison.after)
        )
        moved = abs(after - before)
        sums = {"before": float(before), "after": float(after)}
        percent = limits["percent"]
        if percent and is_running and moved * 100 > percent * abs(before):
            yield {"kind": "percent", **sums, "limit": float(percent)}
        if limits["amount"]:
            converted = currency._convert(
                float(moved),
                company.currency_id,
                company,
                fields.Date.context_today(self),
            )
            if to_decimal(converted) > limits["amount"]:
                yield {"kind": "amount", **sums, "limit": float(limits["amount"])}

    def _describe_limits(self, passed):
        """Return in sentences which limits a draft passes.

        :param passed: data of `_find_passed_limits`
        """
        self.ensure_one()
        texts = {
            "percent": self._describe_amount,
            "amount": self._describe_amount,
            "price": self._describe_price,
            "backdated": self._describe_backdated,
            "together": self._describe_together,
        }
        return [texts[item["kind"]](item) for item in passed]

    def _describe_amount(self, item):
        env, currency, company = self.env, self.currency_id, self.company_id
        before, after = item["before"], item["after"]
        if item["kind"] == "percent":
            limit = env._("%s %%", format_number(env, item["limit"]))
        else:
            limit = format_price(env, company.currency_id, item["limit"])
        return self._say_moved(
            self._say_from(env._("The monthly amount"), item),
            _share_moved(env, before, after)
            if item["kind"] == "percent"
            else format_price(env, currency, abs(after - before)),
            before,
            after,
            limit,
        )

    def _describe_price(self, item):
        env = self.env
        position = env["msp.contract.position"].browse(item["position"])
        return self._say_moved(
            self._say_from(env._("The price of %s per month", position.name), item),
            _share_moved(env, item["before"], item["after"]),
            item["before"],
            item["after"],
            env._("%s %%", format_number(env, item["limit"])),
        )

    def _say_from(self, what, item):
        if "from" not in item:
            return what
        day = format_date(self.env, fields.Date.to_date(item["from"]))
        return self.env._("%(what)s from %(day)s on", what=what, day=day)

    def _describe_together(self, item):
        return self.env._(
            "Together with what %(user)s has recorded within a day: version %(numbers)s",
            user=self.user_id.name,
            numbers=", ".join(map(str, item["numbers"])),
        )

    def _say_moved(self, what, by, before, after, limit):
        env, currency = self.env, self.currency_id
        values = {
            "what": what,
            "by": by,
            "before": format_price(env, currency, before),
            "after": format_price(env, currency, after),
            "limit": limit,
        }
        if not by:
            return env._(
                "%(what)s moves from %(before)s to %(after)s; limit %(limit)s", **values
            )
        if after > before:
            return env._(
                "%(what)s rises by %(by)s (%(before)s → %(after)s); limit %(limit)s",
                **values,
            )
        return env._(
            "%(what)s falls by %(by)s (%(before)s → %(after)s); limit %(limit)s",
            **values,
        )

    def _describe_backdated(self, item):
        return self.env._(
            "It holds from %(day)s on, %(days)s days back; limit %(limit)s days",
            day=format_date(self.env, fields.Date.to_date(item["day"])),
            days=item["days"],
            limit=item["limit"],
        )


def _share_moved(env, before, after):
    """Return by how many percent an amount moves, in words; "" from 0."""
    before, after = to_decimal(before), to_decimal(after)
    if not before:
        return ""
    percent = round(abs(after - before) * 100 / abs(before), 2)
    return env._("%s %%", format_number(env, percent))


def _compare_on(before, recorded, planned, day):
    """Return how the content of a day differs.

    :param before: the versions without those that count with the drafts
    :param recorded: all active versions by id; they count if others rest on what
        `before` leaves out
    """
    try:
        old = content_on(before, day)
    except FoldError:
        old = content_on(recorded.values(), day)
    return compare(old, content_on(planned, day))


def _pass_backdated(draft, limit):
    days = (fields.Date.context_today(draft) - draft.date_start).days
    if limit and days > limit:
        day = fields.Date.to_string(draft.date_start)
        yield {"kind": "backdated", "day": day, "days": days, "limit": limit}


def _pass_prices(comparison, limit):
    """Yield the positions whose price moves by more than `limit` percent.

    The price is that of the quantity before, per unit and month, so that neither
    more units nor another rhythm hide what it does.
    """
    policies = comparison.before.policy, comparison.after.policy
    if not limit or None in policies:
        return
    for item in comparison.positions:
        if not (item.before and item.after):
            continue
        quantity = item.before.quantity or item.after.quantity or Decimal(1)
        lines = (item.before, item.after)
        prices = [
            _price_of(line, policy, quantity)
            for line, policy in zip(lines, policies, strict=True)
        ]
        if None in prices:
            continue
        before, after = prices
        if abs(after - before) * 100 > Fraction(limit) * abs(before):
            yield {
                "kind": "price",
                "position": item.position,
                "before": float(before),
                "after": float(after),
                "limit": float(limit),
            }


def _price_of(line, policy, quantity):
    """Return what one of `quantity` units costs per month, None if it cannot be said."""
    line = replace(line, quantity=quantity, share=WHOLE)
    if line.pricing and line.pricing.model == "amounts":
        # A share of what others charge: 100 is as charged.
        return Fraction((100 + line.pricing.markup) * (100 - line.discount)) / 100
    try:
        return monthly_value(line, policy) / Fraction(quantity)
    except PriceIntervalError:
        return None
