"""Why money of a provider and money of customers differ, and who loses by it."""

from decimal import Decimal

# leakage: the provider is paid, no customer is asked; overbilled: a customer pays
# for what is not supplied; credit: the provider gave back what the customer still
# pays; cost: the margin changes; timing: the next run settles it by itself.
DIRECTIONS = ("leakage", "overbilled", "credit", "cost", "timing")

#: cause -> direction
CAUSES = {
    "unassigned": "leakage",
    "unreadable": "leakage",
    "not_in_contract": "leakage",
    "seats_missing": "leakage",
    "other_charge": "leakage",
    "more_than_bundle": "leakage",
    "seats_surplus": "overbilled",
    "less_than_bundle": "overbilled",
    "ended_at_provider": "overbilled",
    "only_in_contract": "overbilled",
    "cancellation_missed": "leakage",
    "wrong_plan": "leakage",
    "not_passed_on": "leakage",
    "credit_not_passed_on": "credit",
    "cost_changed": "cost",
    "promotion_ended": "cost",
    "partner_credit_lost": "cost",
    "proration": "cost",
    "rounding": "cost",
    "exchange_rate": "cost",
    "usage_gap": "cost",
    "not_billed": "timing",
    "to_correct": "timing",
    "late_usage": "timing",
    "rerated_usage": "timing",
}

# Neither bills a customer anything: both belong to the provider's own invoice.
_PROVIDERS_OWN = frozenset({"tax", "rounding"})


def cause_of_row(
    event: str | None, is_assigned: bool, amount: Decimal | None
) -> str | None:
    """Return the cause of a row that says nothing about a quantity, None if none.

    :param event: one of the events of a provider charge, None if not known
    :param is_assigned: whether customer and article are known
    :param amount: net, signed as in the file; None if the file states none
    """
    if not amount or event in _PROVIDERS_OWN:
        return None
    if not is_assigned:
        return "unassigned"
    return "credit_not_passed_on" if amount < 0 else "other_charge"
