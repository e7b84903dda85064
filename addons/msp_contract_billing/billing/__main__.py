"""`python -m billing quote CASE.json`: what is due, without Odoo; `explain`: why."""

import argparse
import json
import os
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from .case import Case, parse_case
from .catch_up import limit_periods
from .charges import Charge
from .dated import unplaced_amounts
from .errors import BillingError, CaseError
from .explanation import explanation, reason
from .rounding import exact_sum, plain
from .settlement import settle
from .story import story
from .values import show


def charge_to_dict(charge: Charge, digits: int) -> dict[str, str]:
    """Return `charge` with all values as text."""
    return {
        "position": charge.position,
        "start": charge.start.isoformat(),
        "end": charge.end.isoformat(),
        "quantity": f"{charge.quantity:f}",
        "unit_price": f"{charge.unit_price:f}",
        "factor": plain(charge.factor),
        "amount": f"{charge.amount:.{digits}f}",
        "kind": charge.kind,
        "reason": reason(charge),
    }


def quote(text: str) -> dict:
    """Return ``{"charges": [...], "total": "..."}`` for the JSON of a case.

    Beside them ``warnings``, if there are any: what is due and left out.

    :raise BillingError: one sentence on what is wrong with the case
    """
    case = _read(text)
    charges, warnings = _due(case)
    total = exact_sum(charge.amount for charge in charges)
    result = {
        "charges": [charge_to_dict(charge, case.digits) for charge in charges],
        "total": f"{total:.{case.digits}f}",
    }
    return {**result, "warnings": warnings} if warnings else result


def explain(text: str) -> list[dict]:
    """Return the explanation of each charge of a case as data.

    :raise BillingError: one sentence on what is wrong with the case
    """
    case = _read(text)
    return [
        explanation(charge, case.history, case.reasons, case.digits)
        for charge in _due(case)[0]
    ]


def _read(text: str) -> Case:
    try:
        data = json.loads(
            text,
            parse_float=_to_number,
            parse_int=_to_int,
            object_pairs_hook=_to_object,
        )
    except RecursionError as error:
        raise BillingError(
            "The case is not valid JSON: it is nested too deeply."
        ) from error
    except ValueError as error:
        raise BillingError(f"The case is not valid JSON: {error}.") from error
    return parse_case(data)


def _to_int(text: str) -> int | str:
    # Python refuses thousands of digits without saying where they stand.
    return int(text) if len(text) < 100 else text


def _to_number(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:
        # Refused where it stands, with the name of its field.
        return text


def _to_object(pairs: list[tuple[str, object]]) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise CaseError(show(twice), "two values", "each field once")
    return found


def _due(case: Case) -> tuple[list[Charge], list[str]]:
    charges = settle(case.history, case.claims, case.until, case.digits)
    warnings = [
        f"{position}: the amount {item.key} from {item.start} until before "
        f"{item.end} lies on days that no line bills."
        for position, item in unplaced_amounts(case.history)
    ]
    if case.catch_up:
        charges, put_off = limit_periods(charges, case.catch_up)
        warnings += [
            f"{position}: {count} more periods are due; {case.catch_up} at a time "
            "are billed."
            for position, count in put_off.items()
        ]
    return charges, warnings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="billing", description="Compute the charges of a contract without Odoo."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "quote": "print the charges due, as JSON",
        "explain": "tell why each charge is due",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text)
        command.add_argument(
            "case", help="JSON file with history and claims; - for stdin"
        )
        if name == "explain":
            command.add_argument("--json", action="store_true", help="print data")
    options = parser.parse_args(arguments)
    try:
        text = _bytes_of(options.case).decode("utf-8-sig")
        result = explain(text) if options.command == "explain" else quote(text)
    except OSError as error:
        print(f"{options.case}: {error.strerror}.", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print(f"{options.case}: found bytes that are not UTF-8.", file=sys.stderr)
        return 2
    except BillingError as error:
        print(error, file=sys.stderr)
        return 2
    try:
        _print(result, told=options.command == "explain" and not options.json)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read it has seen enough; nor is there anything to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _bytes_of(path: str) -> bytes:
    if path != "-":
        return Path(path).read_bytes()
    # None if the caller has closed it.
    return sys.stdin.buffer.read() if sys.stdin else b""


def _print(result: dict | list, told: bool):
    if not told:
        # ASCII, so that no terminal or pipe with another encoding can spoil it.
        json.dump(result, sys.stdout, indent=1)
        print()
        return
    text = "\n\n".join(map(story, result)) or "Nothing is due."
    # What a terminal's encoding cannot show must not end the story.
    encoding = sys.stdout.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


if __name__ == "__main__":
    sys.exit(main())
