"""Microsoft Partner Center: licence-based reconciliation file before new commerce.

Source: page "Microsoft Partner Center – legacy reconciliation files", part A. Such
files come for old periods and for some offers; they name no invoice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from .layout import Format, Layout, normalised
from .microsoft_arithmetic import EXACT, total_oddity
from .microsoft_legacy_columns import (
    COLUMNS,
    DATES,
    EVENTS,
    IDS,
    KEY_COLUMNS,
    NUMBERS,
    REQUIRED,
)
from .period_text import day_after
from .problem import Notice, Problem, shown
from .provider_charge import ProviderCharge, charge_category, plain
from .row_key import RowKeys, sign
from .terms import plan_of_words
from .typed_row import TypedRow, is_currency

_MISSING = "is missing; download the file again"


@dataclass(slots=True)
class LegacyRow(TypedRow):
    """The cells of one row by name."""

    AMOUNT: ClassVar[str] = "Subtotal"
    CURRENCY: ClassVar[str] = "Currency"

    def customer(self) -> str:
        """Return the id of the customer, else domain, else name."""
        return (
            self.word("CustomerId")
            or self.cell("DomainName")
            or self.cell("CustomerName")
        )

    def subscription(self) -> str:
        """Return the id that portal and interface show, else that of billing."""
        names = ("SyndicationPartnerSubscriptionNumber", "SubscriptionId")
        return self.uniform_id(*names) or ""

    def offer(self) -> str:
        """Return the id of the price list's offer, else that of billing."""
        return self.uniform_id("DurableOfferId", "OfferId") or ""


class LegacyReader:
    """Reads the rows of one file, see `RowReader`."""

    def __init__(self, layout: Layout):
        self._layout = layout
        self._keys = RowKeys()
        self._notices: list[Notice] = []

    def use(self, layout: Layout) -> None:
        """Read the rows that follow by another header."""
        self._layout = layout

    def leaves_out(self, cells: Sequence[str]) -> bool:
        """Return False: every row counts."""
        return False

    def read(self, row: int, cells: Sequence[str]) -> ProviderCharge | Problem:
        """Return the charge of a row, or what is wrong with the row."""
        line = LegacyRow(self._layout, row, cells)
        line.read_numbers(NUMBERS)
        line.read_days(DATES)
        line.check_ids(IDS)
        line.check_lengths(("CustomerName", "DomainName", "OfferName"))
        line.currency = line.currency_code()
        line.event = EVENTS.get(normalised(line.cell("ChargeType")), "unknown")
        _check(line)
        if line.bad:
            return line.problem()
        self._notice_oddities(line)
        return self._charge(line)

    def take_notices(self) -> list[Notice]:
        """Return what was odd about the rows read since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def money(
        self, row: int, cells: Sequence[str]
    ) -> tuple[Decimal | None, str | None]:
        """Return net amount and currency of a row that cannot be read."""
        return LegacyRow(self._layout, row, cells).money()

    def _charge(self, line: LegacyRow) -> ProviderCharge:
        numbers, days, text = line.numbers, line.days, line.text
        subtotal, start = numbers["Subtotal"], days["ChargeStartDate"]
        assert subtotal is not None and start is not None  # checked by _check
        price = numbers["UnitPrice"]
        price = None if price is None else price.copy_abs()
        parts = [line.word(name) for name in KEY_COLUMNS]
        parts += [start.isoformat(), sign(subtotal)]
        return ProviderCharge(
            row=line.row,
            row_key=self._keys.key(parts),
            invoice_id=self._layout.file_hash,
            sub_account_id=line.uniform_id("CustomerId"),
            sub_account_name=text("CustomerName"),
            customer_domain=text("DomainName"),
            subscription_id=line.subscription() or None,
            sku_id=line.offer() or None,
            service_name=text("OfferName"),
            publisher_name="Microsoft",
            charge_description=text("SubscriptionDescription"),
            event=line.event,
            charge_type=line.cell("ChargeType"),
            charge_category=charge_category(line.event),
            quantity=numbers["Quantity"],
            pricing_quantity=_signed(numbers["Quantity"], subtotal),
            list_unit_price=price,
            # a discount is an amount of the row, not of a unit
            contracted_unit_price=None if numbers["TotalOtherDiscount"] else price,
            billed_cost=subtotal,
            tax=numbers["Tax"],
            total=numbers["TotalForCustomer"],
            billing_currency=line.currency,
            charge_period_start=start,
            charge_period_end=day_after(days["ChargeEndDate"]),
            billing_plan=plan_of_words(line.word("BillingCycleType")),
            # nobody is bound until SubscriptionEndDate, so it ends no term
            term_start=days["SubscriptionStartDate"],
            flags=tuple(_flags(line)),
            raw=dict(zip(self._layout.header, line.cells, strict=False)),
        )

    def _notice_oddities(self, line: LegacyRow) -> None:
        found = _oddities(line)
        self._notices += [Notice(line.row, code, reason) for code, reason in found]


def _oddities(line: LegacyRow) -> Iterator[tuple[str, str]]:
    """Yield notice code and sentence of what is odd about a row."""
    numbers = line.numbers
    yield from total_oddity(
        numbers["Subtotal"], numbers["Tax"], numbers["TotalForCustomer"]
    )
    if line.event == "unknown":
        name = shown(line.cell("ChargeType"))
        reason = f"charge type “{name}” is not known; decide by hand what it means"
        yield "unknown_charge_type", reason
    if not line.word("CustomerId"):
        reason = "the customer id is empty; check the customer by domain and name"
        yield "no_customer_id", reason
    amount, discount = numbers["Amount"], numbers["TotalOtherDiscount"]
    net = numbers["Subtotal"]
    if amount is None or discount is None or net is None:
        return
    if EXACT.subtract(amount, discount) != net:
        reason = f"amount {plain(amount)} less discount {plain(discount)} is not the "
        reason += f"net amount {plain(net)}; the net amount counts"
        yield "arithmetic", reason


def _check(line: LegacyRow) -> None:
    unreadable = {name for name, _, _ in line.bad}
    if line.numbers["Subtotal"] is None and "Subtotal" not in unreadable:
        line.bad.append(("Subtotal", "", f"the net amount {_MISSING}"))
    if not is_currency(line.currency):
        advice = "expected a currency code of three letters such as EUR; correct the "
        advice += "file or download it again"
        line.bad.append(("Currency", line.cell("Currency"), advice))
    start, end = line.days["ChargeStartDate"], line.days["ChargeEndDate"]
    if start is None and "ChargeStartDate" not in unreadable:
        line.bad.append(("ChargeStartDate", "", f"the charge's first day {_MISSING}"))
    if start and end and end < start:
        advice = "the charge ends before it starts; correct the file or download it "
        line.bad.append(("ChargeEndDate", line.cell("ChargeEndDate"), f"{advice}again"))
    if not line.customer():
        line.bad.append(("CustomerName", "", f"the customer {_MISSING}"))
    if not line.offer() and not line.text("OfferName"):
        line.bad.append(("OfferName", "", f"the product {_MISSING}"))


def _signed(quantity: Decimal | None, subtotal: Decimal) -> Decimal | None:
    """Return the quantity with the sign of the money."""
    if not quantity or not subtotal:
        return quantity
    size = quantity.copy_abs()
    return size.copy_negate() if subtotal < 0 else size


def _flags(line: LegacyRow) -> list[str]:
    subtotal, quantity = line.numbers["Subtotal"], line.numbers["Quantity"]
    flags = {
        "unknown_charge_type": line.event == "unknown",
        "no_customer_id": not line.word("CustomerId"),
        "no_charge_end": line.days["ChargeEndDate"] is None and bool(subtotal),
        "zero_amount": not subtotal,
        "zero_quantity": quantity is not None and not quantity,
    }
    return [name for name, is_set in flags.items() if is_set]


MICROSOFT_LEGACY = Format(
    id="microsoft_legacy",
    title="Microsoft Partner Center, licence reconciliation before new commerce",
    columns=COLUMNS,
    aliases={"Tier2MpnId": "ResellerMpnId"},
    required=REQUIRED,
    number_columns=NUMBERS,
    date_columns=DATES,
    identity_columns=("CustomerId", "SyndicationPartnerSubscriptionNumber", "OfferId"),
    sum_columns=("Subtotal", "Tax", "TotalForCustomer"),
    reader=LegacyReader,
)
