"""Short ways to write cases and to read what is due in them."""

import copy
import json
from dataclasses import asdict
from datetime import date

from billing import Claim
from billing.__main__ import quote
from billing.pricing_data import to_data

MONTHLY = {
    "every": 1,
    "unit": "month",
    "anchor": "2026-01-01",
    "timing": "advance",
    "day_count": "actual",
}


def line(quantity="10", price="12.50", discount="0", position="seats"):
    return {
        "position": position,
        "quantity": quantity,
        "unit_price": price,
        "discount": discount,
    }


def version(start, *lines, **policy):
    """Return a version; a policy of its own if any of its values is given."""
    found = {"start": start, "lines": list(lines)}
    if policy:
        found["policy"] = {**MONTHLY, **policy}
    return found


def own(line_, **policy):
    return {**line_, "policy": policy}


def dated(*entries, **values):
    """Return a line that bills (day, amount) each; `values` stand beside them."""
    return {
        "position": "seats",
        "pricing": {"model": "amounts", **values},
        "amounts": [
            {
                "start": start,
                "quantity": "-1" if amount.startswith("-") else "1",
                "amount": amount,
                "key": f"{start} {n}",
            }
            for n, (start, amount) in enumerate(entries)
        ],
    }


def claim(start, end, amount, position="seats"):
    return {"position": position, "start": start, "end": end, "amount": amount}


def case(*versions, until="2026-03-01", end=None, claimed=(), digits=2, **policy):
    return {
        "currency_digits": digits,
        "until": until,
        "end": end,
        "policy": {**MONTHLY, **policy},
        "versions": list(versions),
        "claimed": list(claimed),
    }


def quoted(data):
    """Return what the command prints for a case."""
    return quote(json.dumps(data))


def due(data):
    """Return the charges as "start end amount", corrections with a "*" behind."""
    return [
        f"{item['start']} {item['end']} {item['amount']}"
        + ("*" if item["kind"] == "correction" else "")
        for item in quoted(data)["charges"]
    ]


def billed(data):
    """Return `data` after its charges were claimed."""
    after = copy.deepcopy(data)
    after["claimed"] += quoted(data)["charges"]
    return after


def claims_of(charges):
    return [
        Claim(item.position, item.start, item.end, item.amount, basis=item.basis)
        for item in charges
    ]


def case_of(history, claims=(), until=date(2026, 1, 1), digits=2):
    """Return the case that says the same as a folded history."""
    days = {history.start, *(item.start for item in history.terms)}
    for item in history.lines:
        days |= {item.start} | ({item.end} if item.end else set())
    versions = []
    for day in sorted(days):
        [terms] = [item for item in history.terms if _holds(item, day)]
        versions.append(
            {
                "start": str(day),
                "lines": [
                    _line_of(item, history)
                    for item in history.lines
                    if _holds(item, day)
                ],
                "policy": _texts(asdict(terms.policy)),
            }
        )
    return {
        "currency_digits": digits,
        "until": str(until),
        "end": history.end and str(history.end),
        "policy": versions[0]["policy"],
        "versions": versions,
        "claimed": [
            {
                **claim(
                    str(item.start), str(item.end), str(item.amount), item.position
                ),
                **({"kind": "goodwill"} if item.goodwill else {}),
            }
            for item in claims
        ],
    }


def _line_of(item, history):
    found = line(
        str(item.quantity), str(item.unit_price), str(item.discount), item.position
    )
    found["price_months"] = item.price_months
    found["share"] = str(item.share)
    if item.overrides:
        found["policy"] = _texts(dict(item.overrides))
    if item.pricing:
        found["pricing"] = to_data(item.pricing)
        price = {"flat": "amount", "package": "price"}.get(item.pricing.model)
        if price:
            found["pricing"][price] = str(item.unit_price)
    if amounts := history.amounts.get(item.position):
        found["amounts"] = [
            {name: str(value) for name, value in asdict(amount).items()}
            for amount in amounts
        ]
    return found


def _texts(values):
    return {
        name: str(value) if isinstance(value, date) else value
        for name, value in values.items()
    }


def _holds(item, day):
    return item.start <= day and (item.end is None or day < item.end)
