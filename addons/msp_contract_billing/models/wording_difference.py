"""What differs between two contents of a contract, in words a clerk reads."""

from odoo.tools import format_date

from ..billing import PriceIntervalError, monthly_value
from ..billing.history import WHOLE
from ..billing.rounding import to_decimal as round_money
from .msp_content_mixin import pricing_data, to_pricing
from .wording import (
    brings_prices,
    describe_policy,
    describe_price,
    describe_price_change,
    describe_pricing,
    describe_rules,
    format_number,
    format_price,
)


def month_amounts(content, currency):
    """Return what each position of a `billing.Content` costs per month, rounded.

    None where the price cannot be billed in the rhythm.
    """
    digits = currency.decimal_places
    return {
        position: _month_amount(line, content.policy, digits)
        for position, line in content.lines.items()
    }


def _month_amount(line, policy, digits):
    if policy is None:
        return round_money(0, digits)
    try:
        return round_money(monthly_value(line, policy), digits)
    except PriceIntervalError:
        return None


def month_total(content, currency):
    """Return what a `billing.Content` costs per month."""
    amounts = month_amounts(content, currency).values()
    return sum((amount for amount in amounts if amount), round_money(0, 0))


def describe_comparison(env, comparison, names, currency):
    """Return the sentences that say what differs.

    :param comparison: `billing.Comparison`
    :param names: names of the positions, by key
    """
    sentences = []
    if comparison.terms:
        sentences.append(_describe_terms(env, *comparison.terms))
    for item in comparison.differences:
        name = names.get(item.position) or ""
        if item.kind == "set":
            details = ", ".join(_describe_changed(env, item, currency))
            sentences.append(f"{name}: {details}")
            continue
        begins = item.kind == "begin"
        what = describe_line(env, item.after if begins else item.before, currency)
        text = env._("%(position)s begins: %(content)s")
        if not begins:
            text = env._("%(position)s ends: %(content)s")
        sentences.append(text % {"position": name, "content": what})
    return sentences


def describe_line(env, line, currency):
    """Return a line's content, such as "5 × 12.50 € per month, discount 10 %"."""
    parts = [format_number(env, line.quantity)]
    if not brings_prices(line.pricing):
        price = describe_price(env, currency, line.unit_price, line.price_months)
        parts = [f"{parts[0]} × {price}"]
    if line.pricing:
        parts.append(describe_pricing(env, line.pricing, currency))
    if line.discount:
        parts.append(env._("discount %s %%", format_number(env, line.discount)))
    if line.overrides:
        parts.append(describe_rules(env, dict(line.overrides)))
    if line.share != WHOLE:
        parts.append(describe_share(env, line.share))
    return ", ".join(parts)


def describe_share(env, share):
    """Return which share of a price is billed, in words."""
    if share == WHOLE:
        return env._("billed in full again")
    if not share:
        return env._("suspended, nothing is billed")
    return env._("suspended, %s %% are billed", format_number(env, share))


def describe_month(env, currency, before, after):
    """Return the money per month before and after, and the difference."""
    old, new = (format_price(env, currency, amount) for amount in (before, after))
    if before == after:
        return env._("Per month: %s as before", new)
    difference = format_price(env, currency, abs(after - before))
    return env._(
        "Per month: %(old)s → %(new)s (%(sign)s%(difference)s)",
        old=old,
        new=new,
        sign="+" if after > before else "-",
        difference=difference,
    )


def _describe_terms(env, before, after):
    if before is None:
        return env._("Billed: %s", describe_policy(env, after))
    if after is None:
        return env._("No longer said how it is billed")
    old, new = describe_policy(env, before), describe_policy(env, after)
    if old != new:
        return env._("Billed: %(old)s → %(new)s", old=old, new=new)
    anchors = [
        format_date(env, policy.anchor) if policy.anchor else env._("the first day")
        for policy in (before, after)
    ]
    return env._(
        "Billing periods counted from: %(old)s → %(new)s",
        old=anchors[0],
        new=anchors[1],
    )


def _describe_changed(env, item, currency):
    """Yield what differs of a position that goes on."""
    old, new, changed = item.before, item.after, item.changed
    if "quantity" in changed:
        first, second = (format_number(env, value) for value in changed["quantity"])
        moved = new.quantity - old.quantity
        sign = "+" if moved > 0 else ""
        yield f"{sign}{format_number(env, moved)} ({first} → {second})"
    if {"unit_price", "price_months"} & set(changed) and not brings_prices(new.pricing):
        prices = [(line.unit_price, line.price_months) for line in (old, new)]
        yield env._("price %s", describe_price_change(env, currency, *prices))
    if "pricing" in changed:
        schemes = [
            describe_pricing(env, to_pricing(pricing_data(line.pricing)), currency)
            for line in (old, new)
        ]
        yield env._("price scheme %(old)s → %(new)s", old=schemes[0], new=schemes[1])
    if "discount" in changed:
        first, second = (format_number(env, value) for value in changed["discount"])
        yield env._("discount %(old)s %% → %(new)s %%", old=first, new=second)
    if "overrides" in changed:
        rules = [
            describe_rules(env, dict(value)) or env._("as the contract")
            for value in changed["overrides"]
        ]
        yield env._("billing rule: %(old)s → %(new)s", old=rules[0], new=rules[1])
    if "share" in changed:
        yield describe_share(env, new.share)
    if "text" in changed:
        first, second = changed["text"]
        yield env._('description "%(old)s" → "%(new)s"', old=first, new=second)
