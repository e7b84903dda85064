"""Why a charge has its amount: in one sentence, as data, and as a person tells it.

Odoo says the same in the customer's language from the same data; see
`msp.charge`.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from .history import History, Line
from .pricing import TIERED, Step, steps_of
from .rounding import plain, to_decimal
from .settlement import Basis, Charge

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
_NAMES = {
    "quantity": "the quantity",
    "unit_price": "the unit price",
    "discount": "the discount",
    "pricing": "the price model",
    "price_months": "the months a price pays for",
    "overrides": "its own rules",
}


def reason(charge: Charge) -> str:
    """Return why `charge` is due, in one sentence."""
    if charge.kind == "regular":
        used, whole = charge.days
        text = f"{used} of {whole} days"
        if used == whole:
            text = f"Full period of {whole} days"
        if charge.instalment:
            number, count = charge.instalment
            text += f", instalment {number} of {count}"
        if charge.basis and charge.basis[0].keys:
            text = f"{len(charge.basis[0].keys)} amounts of {whole} days"
        return text
    text = f"Entitled {charge.entitled}, claimed {charge.claimed}"
    changes = "; ".join(
        f"{_content(difference.old)} -> {_content(difference.new)} "
        f"from {difference.start} until before {difference.end}"
        for difference in charge.differences
    )
    return f"{text}: {changes}" if changes else text


def explanation(
    charge: Charge, history: History | None, reasons: Mapping[int, str], digits: int
) -> dict:
    """Return why `charge` is due, as data.

    :param reasons: by number of a version, why it was made
    :return: JSON-safe: ``position``, ``start``, ``end``, ``amount``, ``kind``,
        ``rule`` (timing, day count, days, factor, instalment), ``price`` (its
        steps), ``whole_price``, ``versions`` (number, first day, reason, what each changed),
        ``differences`` and ``claims`` of a correction
    """
    all_lines = history.lines if history else ()
    lines = [line for line in all_lines if line.position == charge.position]
    found = {
        "position": charge.position,
        "start": charge.start.isoformat(),
        "end": charge.end.isoformat(),
        "amount": f"{charge.amount:.{digits}f}",
        "kind": charge.kind,
        "reason": reason(charge),
        "versions": list(_versions(charge, lines, reasons)),
    }
    if charge.kind == "regular":
        policy = charge.period.policy
        found["rule"] = {
            "timing": policy.timing,
            "day_count": policy.day_count,
            "days": list(charge.days),
            "factor": plain(charge.factor),
            "period": [
                charge.period.natural_start.isoformat(),
                charge.period.natural_end.isoformat(),
            ],
        }
        if charge.instalment:
            found["rule"]["instalment"] = list(charge.instalment)
        found["price"] = [
            {
                "kind": step.kind,
                "quantity": plain(step.quantity),
                "unit_price": plain(step.unit_price),
                "amount": _money(step.amount, digits),
            }
            for step in _steps(charge)
        ]
        whole = sum((step.amount for step in _steps(charge)), Fraction(0))
        found["whole_price"] = _money(whole, digits)
        if charge.basis[0].keys:
            found["amounts"] = [str(key) for key in charge.basis[0].keys]
        return found
    found["entitled"] = f"{charge.entitled:.{digits}f}"
    found["claims"] = [
        {
            "start": claim.start.isoformat(),
            "end": claim.end.isoformat(),
            "amount": f"{claim.amount:.{digits}f}",
        }
        for claim in charge.claims
    ]
    found["differences"] = [
        {
            "start": item.start.isoformat(),
            "end": item.end.isoformat(),
            "old": _content(item.old),
            "new": _content(item.new),
        }
        for item in charge.differences
    ]
    return found


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
    if data.get("amounts"):
        yield f"  The sum of {len(data['amounts'])} amounts for these days."
    elif data["price"]:
        steps = ", ".join(_tell_step(step) for step in data["price"])
        yield f"  A whole period costs {data['whole_price']}: {steps}."
    used, whole = rule["days"]
    period = _days(*rule["period"])
    if used == whole:
        yield f"  All {whole} days of the period ({period}) are charged."
    else:
        counted = _COUNTED[rule["day_count"]]
        yield f"  {used} of {whole} days of the period ({period}) are charged, {counted}."
    if "instalment" in rule:
        number, count = rule["instalment"]
        yield f"  It is instalment {number} of {count} of the price."
    when = {
        "advance": "before the period begins",
        "arrears": "when the period is over",
    }
    yield f"  It is billed {when[rule['timing']]}, and nothing was billed for it yet."


def _tell_correction(data: Mapping) -> Iterable[str]:
    claims = data["claims"]
    billed = " and ".join(
        f"{claim['amount']} for {_days(claim['start'], claim['end'])}"
        for claim in claims
    )
    yield f"  Already billed: {billed}."
    yield f"  By what is agreed now these days cost {data['entitled']}."
    for item in data["differences"]:
        yield f"  {_days(item['start'], item['end'])}: {item['old']} -> {item['new']}."


def _tell_step(step: Mapping) -> str:
    values = {"quantity": step["quantity"], "price": step["unit_price"]}
    text = _STEPS[step["kind"]].format(**values)
    return text if step["kind"] == "included" else f"{text} = {step['amount']}"


def _steps(charge: Charge) -> tuple[Step, ...]:
    if charge.steps or charge.basis[0].keys:
        return charge.steps
    return steps_of(charge.quantity, charge.unit_price, charge.discount)


def _versions(
    charge: Charge, lines: list[Line], reasons: Mapping[int, str]
) -> Iterable[dict]:
    """Yield the versions a charge rests on, each with what it changed."""
    before = None
    for line in sorted(lines, key=lambda line: line.start):
        ends = line.end is not None and line.end <= charge.start
        if line.start < charge.end and not ends:
            for number in line.versions[-1:]:
                yield {
                    "number": number,
                    "start": line.start.isoformat(),
                    "reason": reasons.get(number, ""),
                    "changes": list(_changes(before, line)),
                }
        before = line


def _changes(before: Line | None, line: Line) -> Iterable[str]:
    if before is None or before.end != line.start:
        price = plain(line.unit_price)
        if line.pricing and line.pricing.model in (*TIERED, "amounts"):
            price = f"the price model {line.pricing.model}"
        yield f"begins with {plain(line.quantity)} x {price}"
        return
    same = True
    for name, label in _NAMES.items():
        old, new = getattr(before, name), getattr(line, name)
        if old != new:
            same = False
            if name in ("pricing", "overrides"):
                yield f"changes {label}"
            else:
                yield f"{label} {plain(Decimal(old))} -> {plain(Decimal(new))}"
    if same:
        yield "says the same as before"


def _money(amount: Fraction, digits: int) -> str:
    """Return `amount` with the currency's digits, or with more if it has more."""
    rounded = to_decimal(amount, digits)
    return str(rounded) if rounded == amount else plain(amount)


def _content(basis: Basis | None) -> str:
    if basis is None:
        return "nothing"
    text = f"{plain(basis.quantity)} x {plain(basis.unit_price)}"
    return f"{text} less {plain(basis.discount)} %" if basis.discount else text


def _days(start: str, end: str) -> str:
    last = date.fromisoformat(end) - timedelta(days=1)
    return f"{_day(start)} to {_day(last.isoformat())}"


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B} {day.year}"
