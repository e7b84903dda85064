"""`python -m billing quote CASE.json`: what is due, and why, without Odoo."""

import argparse
import json
import sys
from decimal import Decimal
from pathlib import Path

from .case import parse_case
from .errors import BillingError
from .explanation import reason
from .rounding import exact_sum, plain
from .settlement import Charge, settle


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

    :raise BillingError: one sentence on what is wrong with the case
    """
    try:
        data = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise BillingError(f"The case is not valid JSON: {error}.") from error
    case = parse_case(data)
    charges = settle(case.history, case.claims, case.until, case.digits)
    total = exact_sum(charge.amount for charge in charges)
    return {
        "charges": [charge_to_dict(charge, case.digits) for charge in charges],
        "total": f"{total:.{case.digits}f}",
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="billing", description="Compute the charges of a contract without Odoo."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("quote", help="print the charges due, as JSON")
    command.add_argument("case", help="JSON file with history and claims; - for stdin")
    options = parser.parse_args(arguments)
    try:
        if options.case == "-":
            text = sys.stdin.read()
        else:
            text = Path(options.case).read_text(encoding="utf-8-sig")
        result = quote(text)
    except OSError as error:
        print(f"{options.case}: {error.strerror}.", file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print(f"{options.case}: found bytes that are not UTF-8.", file=sys.stderr)
        return 2
    except BillingError as error:
        print(error, file=sys.stderr)
        return 2
    # ASCII, so that no terminal or pipe with another encoding can spoil it.
    json.dump(result, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
