"""What `explanation` found, as a person would tell it."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

_COUNTED = {
    "actual": "by the actual days of the period",
    "30/360": "by 30 days per month (30E/360)",
    "actual/30": "by actual days over 30 per month",
    "year_share": "by the days of the year that the price pays for",
    "none": "by whole periods only",
}
_STEPS = {
    "unit": "{quantity} x {price}",
    "flat": "flat {price}",
    "tier": "{quantity} x {price} in this tier",
    "tier_flat": "{price} for entering the tier",
    "package": "{quantity} packages x {price}",
    "included": "{quantity} included",
    "discount": "less {quantity} %",
    "discount_amount": "less a discount",
    "minimum": "raised to the minimum of {price}",
    "maximum": "cut to the maximum of {price}",
}
_ROUNDED = {
    "half_up": "is rounded before it is multiplied",
    "down": "is cut before it is multiplied",
    "down_twice": "is multiplied, then cut, and so is the share for the days",
}
_WAITS = {
    "next_period": "from the next period on",
    "end_of_term": "when the term is over",
    "never": "from the next period on, as nothing is given back within one",
    "none": "from the next period on, as periods are charged whole",
}


def story(data: Mapping) -> str:
    """Return what `explanation` found as a person would tell it, several lines."""
    days = _days(data["start"], data["end"])
    told = [f"{data['position']}, {days}: {data['amount']}"]
    if data["kind"] == "regular":
        told += _tell_regular(data)
    else:
        told += _tell_correction(data)
    for version in data["versions"]:
        because = f" ({version['reason']})" if version["reason"] else ""
        changes = "; ".join(version["changes"])
        told.append(
            f"  Version {version['number']} from {_day(version['start'])}{because}: "
            f"{changes}."
        )
    return "\n".join(told)


def _tell_regular(data: Mapping) -> Iterable[str]:
    rule = data["rule"]
    if "amounts" in data:
        yield _tell_amounts(data["amounts"])
    else:
        steps = ", ".join(_tell_step(step) for step in data["price"])
        whole = "A whole period costs"
        if "instalment" in rule:
            whole = "All instalments together cost"
        elif rule["day_count"] == "year_share":
            whole = "A whole year costs"
        yield f"  {whole} {data['whole_price']}: {steps}."
        yield _tell_days(data)
    if "unit_rounding" in rule and "instalment" not in rule:
        yield f"  The price of one unit {_ROUNDED[rule['unit_rounding']]}."
    if "waits" in data:
        waits = data["waits"]
        agreed = waits["quantity"] or "other terms"
        agreed = "no units" if agreed == "0" else agreed
        yield (
            f"  From {_day(waits['start'])} on {agreed} are agreed; that counts "
            f"{_WAITS[waits['rule']]}."
        )
    if "instalment" in rule:
        number, count = rule["instalment"]
        yield f"  It is instalment {number} of {count} of the price."
    yield f"  It is billed in {rule['timing']}, and nothing was billed for it yet."


def _tell_amounts(amounts: Mapping) -> str:
    count = len(amounts["keys"])
    if not count:
        return "  There are no amounts for these days."
    told = "  One amount" if count == 1 else f"  The sum of {count} amounts"
    markup = amounts["markup"]
    more = "" if markup == "0" else f", changed by {markup} %"
    return f"{told} for these days{more}."


def _tell_days(data: Mapping) -> str:
    rule = data["rule"]
    used, whole = rule["days"]
    period = _days(*rule["period"])
    if [data["start"], data["end"]] == rule["period"] and used == whole:
        return f"  All {whole} days of the period ({period}) are charged."
    if rule["day_count"] == "none" and used == whole:
        return f"  The period ({period}) is charged whole."
    named = "year" if rule["day_count"] == "year_share" else f"period ({period})"
    return (
        f"  {used} of {whole} days of the {named} are charged, "
        f"{_COUNTED[rule['day_count']]}."
    )


def _tell_correction(data: Mapping) -> Iterable[str]:
    claims = data["claims"]
    billed = " and ".join(
        f"{claim['amount']} for {_days(claim['start'], claim['end'])}"
        for claim in claims
    )
    yield f"  Already billed: {billed}."
    if "ends" in data:
        yield f"  From {_day(data['ends'])} on nothing is agreed."
    yield f"  By what is agreed now these days cost {data['entitled']}."
    if data["difference"] != data["amount"]:
        yield (
            f"  Of the difference of {data['difference']} goodwill has left "
            f"{data['amount']} open."
        )
    for item in data["differences"]:
        yield f"  {_days(item['start'], item['end'])}: {item['old']} -> {item['new']}."


def _tell_step(step: Mapping) -> str:
    values = {"quantity": step["quantity"], "price": step["unit_price"]}
    text = _STEPS[step["kind"]].format(**values)
    return text if step["kind"] == "included" else f"{text} = {step['amount']}"


def _days(start: str, end: str) -> str:
    last = date.fromisoformat(end) - timedelta(days=1)
    return f"{_day(start)} to {_day(last.isoformat())}"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B} {day.year}"
