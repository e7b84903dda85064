"""Why a charge has its amount: in one sentence and as data; `story` tells it.

Odoo says the same in the customer's language from the same data; see
`msp.charge`.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

from .charges import Basis, Charge
from .history import History, Line
from .pricing import Step, steps_of
from .rounding import exact_sum, plain, to_decimal
from .shares import unshared

_BEGINNINGS = {
    "unit": "begins with {quantity} x {price}",
    "flat": "begins, flat {price}",
    "graduated": "begins with {quantity} at graduated prices",
    "volume": "begins with {quantity} at volume prices",
    "package": "begins with {quantity}, a package at {price}",
    "amounts": "begins to bill dated amounts",
    "included": "begins with {quantity}, included in another price",
}
_NAMES = {
    "quantity": "the quantity",
    "unit_price": "the unit price",
    "discount": "the discount",
    "pricing": "the price model",
    "price_months": "the months a price pays for",
    "overrides": "its own rules",
    "share": "the percentage that is billed",
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
            count = len(charge.basis[0].keys)
            text = f"{count} {'amount' if count == 1 else 'amounts'} of {whole} days"
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
        ``reason`` and ``versions`` (number, first day, reason, what each changed);
        of a regular charge ``rule`` (timing, day count, days, factor, natural
        period, unit rounding, instalment), ``price`` (its steps), ``whole_price``, ``amounts`` (keys,
        markup) if it bills those, ``waits`` (what is agreed from a day on and counts
        later); of a correction ``entitled``, ``difference`` (before a cap),
        ``claims``, ``differences`` and ``ends`` (from when on nothing is agreed)
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
        if policy.unit_rounding != "none" and not charge.basis[0].pricing:
            found["rule"]["unit_rounding"] = policy.unit_rounding
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
        pricing = charge.basis[0].pricing
        if pricing and pricing.model == "amounts":
            keys = [str(key) for key in charge.basis[0].keys]
            found["amounts"] = {"keys": keys, "markup": plain(pricing.markup)}
        elif waits := _waits(charge, lines):
            found["waits"] = waits
        return found
    found["entitled"] = f"{charge.entitled:.{digits}f}"
    difference = exact_sum([charge.entitled, charge.claimed.copy_negate()])
    found["difference"] = f"{difference:.{digits}f}"
    if (ends := _ends(charge, lines)) is not None:
        found["ends"] = ends.isoformat()
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


def _steps(charge: Charge) -> tuple[Step, ...]:
    if charge.basis[0].pricing:
        return charge.steps
    return steps_of(charge.quantity, charge.unit_price, charge.discount)


def _waits(charge: Charge, lines: list[Line]) -> dict | None:
    """Return what is agreed from some day of `charge` on, but counts later."""
    charged, policy = charge.basis[0], charge.period.policy
    keeps_price = policy.decrease == "never" or policy.day_count == "none"
    day, first = charge.start, None
    for line in sorted(lines, key=lambda line: line.start):
        if line.end is not None and line.end <= day:
            continue
        if line.start > day:
            break
        first = first or line
        is_other = keeps_price and unshared(line).priced != unshared(first).priced
        if is_other or line.quantity != charged.quantity:
            return _waiting(day, line.quantity, charge)
        day = line.end
        if day is None or day >= charge.end:
            return None
    return _waiting(day, Decimal(0), charge)


def _waiting(day: date, agreed: Decimal, charge: Charge) -> dict:
    charged, policy = charge.basis[0].quantity, charge.period.policy
    rule = policy.decrease
    if policy.day_count == "none":
        rule = "none"
    elif agreed > charged and policy.increase != "at_once":
        rule = policy.increase
    quantity = None if agreed == charged else plain(agreed)
    return {"start": day.isoformat(), "quantity": quantity, "rule": rule}


def _ends(charge: Charge, lines: list[Line]) -> date | None:
    """Return the day of `charge` from which on nothing is agreed any more."""
    before = [line for line in lines if line.start < charge.end]
    ends = [line.end for line in before]
    if None in ends:
        return None
    last = max([charge.start, *ends])
    return last if last < charge.end else None


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
        values = {"quantity": plain(line.quantity), "price": plain(line.unit_price)}
        model = line.pricing.model if line.pricing else "unit"
        yield _BEGINNINGS[model].format(**values)
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
