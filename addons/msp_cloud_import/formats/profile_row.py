"""One row of a file read by a column profile, as typed values, and its checks."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .exact import EXACT, with_sign
from .period_text import day_after
from .profile import Profile
from .terms import plan_of_words, term_of_dates, term_of_words
from .typed_row import TypedRow

_PRICE_PLACES = 6
_ONE = Decimal(1)


@dataclass(slots=True)
class ProfileRow(TypedRow):
    """The cells of one row by target.

    :param start: first day of the charge's period; None only on a bad row
    :param end: exclusive
    :param is_count: states how many there are, without money
    :param origins: target -> column of the file that it was made from
    """

    AMOUNT = "billed_cost"
    CURRENCY = "billing_currency"

    start: date | None = None
    end: date | None = None
    is_count: bool = False
    origins: dict[str, str] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Return the column's name as this file spells it."""
        # super() without arguments does not work in a class with slots
        return self.origins.get(column) or TypedRow.name(self, column)

    def customer_key(self) -> str:
        """Return the id of the customer, else domain, else name."""
        return (
            self.word("sub_account_id")
            or self.cell("customer_domain")
            or self.cell("sub_account_name")
        )

    def sku_key(self) -> str:
        """Return the article number, else product and plan by name."""
        names = (self.cell("service_name"), self.cell("sku_name"))
        return self.word("sku_id") or " / ".join(name for name in names if name)

    def subscription_key(self) -> str:
        """Return the subscription; without one, customer and article stand for it.

        So a file that names no subscriptions has one per customer and article.
        """
        found = self.uniform_id("subscription_id")
        return found or f"{self.customer_key()}/{self.sku_key()}"

    def quantity(self) -> Decimal | None:
        """Return the quantity with the sign of the amount, where there is one.

        If the cell is empty, amount and price say it where they do exactly.
        """
        amount = self.numbers["billed_cost"]
        quantity = self.numbers.get("pricing_quantity")
        if quantity is None and not self.is_count:
            price = self.numbers.get("contracted_unit_price")
            quantity = self._quotient(amount, price)
        if not quantity or not amount:
            return quantity
        return with_sign(quantity, amount < 0)

    def unit_price(self) -> Decimal | None:
        """Return the price without sign; from amount and quantity if exact."""
        price = self.numbers.get("contracted_unit_price")
        if price is None and not self.is_count:
            price = self._quotient(
                self.numbers["billed_cost"], self.numbers.get("pricing_quantity")
            )
        return None if price is None else price.copy_abs()

    def rate(self) -> Decimal | None:
        """Return what turns the price's currency into the amount's, None if unknown."""
        return _ONE if self._is_one_currency() else self.numbers.get("exchange_rate")

    def term_and_plan(self, profile: Profile) -> tuple[str | None, str | None]:
        """Return term and billing plan: what the row says, else the profile."""
        start = self.days.get("term_start")
        end = self.term_end(profile)
        term = term_of_words(self.word("term"))
        if term is None and start and end:
            term = term_of_dates(start, end)
        plan = plan_of_words(self.word("billing_plan"))
        return term or profile.term, plan or profile.billing_plan

    def term_end(self, profile: Profile) -> date | None:
        """Return the first day after the term."""
        return exclusive(self.days.get("term_end"), profile)

    def _is_one_currency(self) -> bool:
        return self.word("pricing_currency").upper() in ("", self.currency)

    def _quotient(self, amount: Decimal | None, by: Decimal | None) -> Decimal | None:
        """Return amount / by, for the share of the period billed, if it is exact.

        Between two currencies nothing is.
        """
        duration = self.numbers.get("duration")
        divisor = EXACT.multiply(
            by or Decimal(0), _ONE if duration is None else duration
        )
        if amount is None or not divisor or not self._is_one_currency():
            return None
        quotient = EXACT.divide(amount, divisor)
        short = EXACT.quantize(quotient, _ONE.scaleb(-_PRICE_PLACES))
        return EXACT.normalize(short).copy_abs() if short == quotient else None


def exclusive(last_day: date | None, profile: Profile) -> date | None:
    """Return the first day that no longer counts."""
    return day_after(last_day) if profile.end_is_inclusive else last_day
