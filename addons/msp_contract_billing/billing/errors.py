"""What can be wrong with the input of a computation, as data."""

from datetime import date


class BillingError(Exception):
    """The input cannot be billed; the message is one sentence for a person."""


class CaseError(BillingError):
    """A field of a case file is missing or malformed.

    :param field: path of the field, such as ``versions[1].lines[0].quantity``
    :param found: the value found, as text
    :param expected: what a correct value looks like
    """

    def __init__(self, field: str, found: str, expected: str):
        self.field, self.found, self.expected = field, found, expected
        super().__init__(f"{field}: found {found}, expected {expected}.")


class PriceIntervalError(BillingError):
    """A price per one interval cannot be turned into a price per another.

    :param price_months: months the price is for
    :param period_months: months one billing period lasts, None if it is not
        made of months
    """

    def __init__(self, price_months: int, period_months: int | None):
        self.price_months, self.period_months = price_months, period_months
        period = f"{period_months} months" if period_months else "days or weeks"
        super().__init__(
            f"A price for {price_months} months cannot be billed in periods of "
            f"{period}: one of the two must be a whole multiple of the other."
        )


class PolicyError(BillingError):
    """Rules that hold on the same days contradict each other.

    :param unit: of the periods
    :param day_count: that such periods cannot have
    :param start: first day on which both hold
    """

    def __init__(self, unit: str, day_count: str, start: date):
        self.unit, self.day_count, self.start = unit, day_count, start
        super().__init__(
            f"From {start} on, periods of {unit}s cannot be counted by {day_count}: "
            "expected actual, year_share or none, or periods of months, in the rules of "
            "the contract or of a position that differs from it."
        )


class FoldError(BillingError):
    """A set of changes has no meaning; names the version and the position.

    :param code: ``negative_quantity``, ``move_before_set``, ``incomplete`` (a
        position without quantity or price) or ``no_terms``
    """

    def __init__(self, code: str, message: str, version: int, position=None):
        self.code, self.version, self.position = code, version, position
        super().__init__(message)
