"""Numbers, price schemes and rules in words, in the language of an environment."""

from markupsafe import Markup

from odoo.tools import format_date, formatLang

from ..billing import Pricing
from ..billing.pricing import TIERED
from ..billing.rounding import to_decimal as round_money
from ..takeover import is_plausible
from .money import to_decimal


def format_number(env, number, digits=0):
    """Return `number` with all its decimals, and with `digits` at least."""
    number = to_decimal(number)
    own_digits = -number.normalize().as_tuple().exponent
    return formatLang(env, float(number), digits=max(digits, own_digits))


def format_price(env, currency, price):
    """Return `price` with the currency's digits, or up to 6 if it has more."""
    price = to_decimal(price)
    if price.as_tuple().exponent < -6:
        # A price per dozen has no end as a price per unit.
        price = round(price, 6)
    text = format_number(env, price, currency.decimal_places)
    if not currency:
        return text
    symbol = currency.symbol
    if currency.position == "before":
        return f"{symbol}{text}"
    return f"{text}\N{NO-BREAK SPACE}{symbol}"


def describe_price(env, currency, price, months):
    """Return a price and the time it is for, such as "12.50 € per month".

    :param months: that the price is for; 0: a billing period
    """
    times = {
        0: env._("%s per billing period"),
        1: env._("%s per month"),
        3: env._("%s per quarter"),
        12: env._("%s per year"),
    }
    text = format_price(env, currency, price)
    if months in times:
        return times[months] % text
    return env._("%(price)s per %(count)s months", price=text, count=months)


def describe_price_change(env, currency, old, new):
    """Return two prices, with the times they are for where these differ.

    :param old: (price, months that it is for)
    """
    if old[1] == new[1]:
        prices = [format_price(env, currency, price) for price, _months in (old, new)]
    else:
        prices = [describe_price(env, currency, *price) for price in (old, new)]
    return " → ".join(prices)


def describe_policy(env, policy):
    """Return a `billing.Policy` in words: rhythm, timing and what is not as usual."""
    terms = env["msp.contract.terms"]
    terms = terms.new(terms._prepare_policy_vals(policy))
    return "; ".join(
        filter(None, (terms._get_rhythm_label(), terms._get_rules_label()))
    )


def describe_pricing(env, pricing, currency):
    """Return a price scheme in words, such as "graduated: up to 10 at 12.00 €, ..."

    :param pricing: `billing.Pricing`; None stands for a price per unit
    """
    pricing = pricing or Pricing()
    parts = [_describe_model(env, pricing, currency)]
    if pricing.included:
        parts.append(env._("%s included", format_number(env, pricing.included)))
    amounts = (
        (env._("less %s"), pricing.discount_amount),
        (env._("at least %s"), pricing.minimum),
        (env._("at most %s"), pricing.maximum),
    )
    parts += [
        text % format_price(env, currency, amount) for text, amount in amounts if amount
    ]
    return "; ".join(parts)


def _describe_model(env, pricing, currency):
    if pricing.model == "unit":
        return env._("per unit")
    if pricing.model == "flat":
        return env._("flat amount")
    if pricing.model == "package":
        text = env._("per package of %s", format_number(env, pricing.size))
        if pricing.free:
            free = format_number(env, pricing.free)
            text = env._("%(package)s, %(free)s free", package=text, free=free)
        return text
    if pricing.model == "included":
        return env._("included in another price")
    if pricing.model == "amounts":
        text = env._("amounts as charged by others")
        if pricing.markup:
            markup = format_number(env, pricing.markup)
            text = env._("%(amounts)s plus %(markup)s %%", amounts=text, markup=markup)
        return text
    names = {"graduated": env._("graduated"), "volume": env._("volume")}
    tiers = ", ".join(
        _describe_tier(env, tier, currency, len(pricing.tiers) == 1)
        for tier in pricing.tiers
    )
    return f"{names[pricing.model]}: {tiers}"


def _describe_tier(env, tier, currency, is_only):
    price = format_price(env, currency, tier.unit_price)
    if tier.up_to is not None:
        quantity = format_number(env, tier.up_to)
        text = env._("up to %(quantity)s at %(price)s", quantity=quantity, price=price)
    elif is_only:
        text = env._("at %s", price)
    else:
        text = env._("above at %s", price)
    if tier.flat:
        flat = format_price(env, currency, tier.flat)
        text = env._("%(tier)s plus %(flat)s", tier=text, flat=flat)
    return text


def describe_steps(env, steps, currency):
    """Return how a price comes about, such as "10 × 12.00 €, 2 × 8.00 €".

    :param steps: of the price, as `billing.pricing.steps_of` returns them
    """
    return ", ".join(
        _describe_step(env, step, currency)
        for step in steps
        if step.quantity or step.amount
    )


def _describe_step(env, step, currency):
    quantity = format_number(env, step.quantity)
    price = format_price(env, currency, step.unit_price)
    if step.kind in ("unit", "tier"):
        return f"{quantity} × {price}"
    if step.kind == "package":
        return env._("%(count)s packages × %(price)s", count=quantity, price=price)
    if step.kind in ("flat", "tier_flat"):
        return env._("flat %s", price)
    if step.kind == "included":
        return env._("%s included", quantity)
    if step.kind == "discount":
        return env._("less %s %%", quantity)
    limits = {"minimum": env._("at least %s"), "maximum": env._("at most %s")}
    if step.kind in limits:
        return limits[step.kind] % price
    discount = round_money(-step.amount, currency.decimal_places)
    return env._("less %s", format_price(env, currency, discount))


def describe_components(env, quantity, components):
    """Return what bundles consist of, such as "10 × Backup, 20 × Mailbox".

    :param quantity: of bundles
    :param components: (name, quantity per bundle) of each
    """
    count = to_decimal(quantity)
    return ", ".join(
        f"{format_number(env, count * to_decimal(per_bundle))} × {name}"
        for name, per_bundle in components
    )


def brings_prices(pricing):
    """Return whether a scheme needs no unit price, as it has prices of its own."""
    return bool(pricing) and pricing.model in (*TIERED, "amounts", "included")


def describe_months(env, count):
    """Return a number of months, such as "1 month"."""
    return env._("1 month") if count == 1 else env._("%s months", count)


def describe_rhythm(env, every, unit):
    """Return how often something is billed, such as "Every 3 months"."""
    units = {
        "day": (env._("Daily"), env._("Every %s days")),
        "week": (env._("Weekly"), env._("Every %s weeks")),
        "month": (env._("Monthly"), env._("Every %s months")),
        "quarter": (env._("Quarterly"), env._("Every %s quarters")),
        "year": (env._("Yearly"), env._("Every %s years")),
    }
    one, many = units[unit]
    return one if every == 1 else many % every


def describe_per(env, every, unit):
    """Return what an amount is for, such as "per month" or "per 6 months"."""
    if unit == "month" and every in (3, 12):
        every, unit = 1, {3: "quarter", 12: "year"}[every]
    units = {
        "day": (env._("per day"), env._("per %s days")),
        "week": (env._("per week"), env._("per %s weeks")),
        "month": (env._("per month"), env._("per %s months")),
        "quarter": (env._("per quarter"), env._("per %s quarters")),
        "year": (env._("per year"), env._("per %s years")),
    }
    one, many = units[unit]
    return one if every == 1 else many % every


def describe_timing(env, timing):
    timings = {"advance": env._("in advance"), "arrears": env._("in arrears")}
    return timings[timing]


def _in_sentence(label):
    # Only the first letter: German nouns keep theirs.
    return label[:1].lower() + label[1:]


def describe_rules(env, rules):
    """Return policy fields in words, such as "in arrears; fewer units: never ..."

    :param rules: values by the names of `billing.Policy`; those left out are not
        spoken of
    """
    parts = []
    if "unit" in rules:
        rhythm = describe_rhythm(env, rules.get("every", 1), rules["unit"])
        parts.append(_in_sentence(rhythm))
    if "timing" in rules:
        parts.append(describe_timing(env, rules["timing"]))
    if "lead_days" in rules:
        parts.append(env._("billed %s days before", rules["lead_days"]))
    labelled = (
        ("day_count", "billing_day_count", env._("part periods: %s")),
        ("increase", "billing_increase", env._("more units: %s")),
        ("decrease", "billing_decrease", env._("fewer units: %s")),
        ("unit_rounding", "billing_unit_rounding", env._("rounding: %s")),
    )
    for name, field, text in labelled:
        if name in rules:
            selection = env["msp.contract.terms"]._fields[field]
            label = dict(selection._description_selection(env))[rules[name]]
            parts.append(text % _in_sentence(label))
    if "term_months" in rules:
        parts.append(env._("term of %s months", rules["term_months"]))
    if "instalments" in rules:
        parts.append(env._("%s instalments", rules["instalments"]))
    if rules.get("own_start"):
        parts.append(env._("periods from the position's first day"))
    if rules.get("re_anchor"):
        parts.append(env._("a change begins a new period"))
    if rules.get("credit_cap"):
        parts.append(env._("credits are capped"))
    return "; ".join(parts)


def describe_implausible(env, day):
    """Return that nobody can mean `day`, False if somebody can."""
    return not is_plausible(day) and env._(
        "%s is too far off. Check the year.", format_date(env, day)
    )


def to_list(sentences):
    """Return sentences as an HTML list."""
    items = Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences)
    return Markup('<ul class="mb-0 ps-3">%s</ul>') % items
