"""Why a charge has its amount, in one English sentence.

Odoo says the same in the customer's language from the same data; see
`msp.charge`.
"""

from .rounding import plain
from .settlement import Basis, Charge


def reason(charge: Charge) -> str:
    """Return why `charge` is due."""
    if charge.kind == "regular":
        used, whole = charge.days
        if charge.factor == 1:
            return f"Full period of {whole} days"
        return f"{used} of {whole} days"
    text = f"Entitled {charge.entitled}, claimed {charge.claimed}"
    changes = "; ".join(
        f"{_content(difference.old)} -> {_content(difference.new)} "
        f"from {difference.start} until before {difference.end}"
        for difference in charge.differences
    )
    return f"{text}: {changes}" if changes else text


def _content(basis: Basis | None) -> str:
    if basis is None:
        return "nothing"
    text = f"{plain(basis.quantity)} x {plain(basis.unit_price)}"
    return f"{text} less {plain(basis.discount)} %" if basis.discount else text
