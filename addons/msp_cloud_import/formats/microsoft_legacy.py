"""Microsoft Partner Center: licence-based reconciliation file before new commerce.

Source: page "Microsoft Partner Center – legacy reconciliation files", part A. Such
files come for old periods and for some offers; they name no invoice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .exact import EXACT, with_sign
from .lacking import NO_AMOUNT, NO_CUSTOMER, NO_FIRST_DAY, NO_PRODUCT
from .layout import Format, normalised
from .microsoft_legacy_columns import (
    COLUMNS,
    DATES,
    EVENTS,
    IDS,
    KEY_COLUMNS,
    NUMBERS,
    REQUIRED,
)
from .oddities import (
    NO_CHARGE_END,
    NO_CUSTOMER_ID,
    total_oddity,
    unknown_charge_type,
)
from .period_text import day_after
from .provider_charge import ProviderCharge, charge_category, flagged, plain
from .row_by_row import RowByRow
from .row_key import sign
from .sentence import _
from .terms import plan_of_words
from .typed_row import TypedRow


@dataclass(slots=True)
class LegacyRow(TypedRow):
    """The cells of one row by name."""

    AMOUNT = "Subtotal"
    CURRENCY = "Currency"

    def customer(self) -> str:
        """Return the id of the customer, else domain, else name."""
        return (
            self.word("CustomerId")
            or self.cell("DomainName")
            or self.cell("CustomerName")
        )

    def subscription(self) -> str | None:
        """Return the id that portal and interface show, else that of billing."""
        names = ("SyndicationPartnerSubscriptionNumber", "SubscriptionId")
        return self.uniform_id(*names)

    def offer(self) -> str | None:
        """Return the id of the price list's offer, else that of billing."""
        return self.uniform_id("DurableOfferId", "OfferId")


class LegacyReader(RowByRow[LegacyRow]):
    """Reads the rows of one file."""

    def _line(self, row: int, cells: Sequence[str]) -> LegacyRow:
        return LegacyRow(self._layout, row, cells)

    def _checked(self, row: int, cells: Sequence[str]) -> LegacyRow:
        line = self._line(row, cells)
        line.read_numbers(NUMBERS)
        line.read_days(DATES)
        line.check_ids(IDS)
        line.check_lengths(("CustomerName", "DomainName", "OfferName"))
        line.currency = line.currency_code()
        line.event = EVENTS.get(normalised(line.cell("ChargeType")), "unknown")
        _check(line)
        return line

    def _charge(self, line: LegacyRow) -> ProviderCharge:
        numbers, days, text = line.numbers, line.days, line.text
        subtotal, start = numbers["Subtotal"], days["ChargeStartDate"]
        assert subtotal is not None and start is not None  # checked by _check
        price, quantity = numbers["UnitPrice"], numbers["Quantity"]
        if quantity and subtotal:
            quantity = with_sign(quantity, subtotal < 0)
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
            subscription_id=line.subscription(),
            sku_id=line.offer(),
            service_name=text("OfferName"),
            publisher_name="Microsoft",
            charge_description=text("SubscriptionDescription"),
            event=line.event,
            charge_type=line.cell("ChargeType"),
            charge_category=charge_category(line.event),
            quantity=numbers["Quantity"],
            pricing_quantity=quantity,
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
            flags=_flags(line),
            raw=self._raw(line),
        )

    def _oddities(self, line: LegacyRow) -> Iterator[tuple[str, str]]:
        numbers = line.numbers
        yield from total_oddity(
            numbers["Subtotal"], numbers["Tax"], numbers["TotalForCustomer"]
        )
        if line.event == "unknown":
            yield unknown_charge_type(line.cell("ChargeType"))
        if not line.word("CustomerId"):
            yield NO_CUSTOMER_ID
        if line.days["ChargeEndDate"] is None and numbers["Subtotal"]:
            yield NO_CHARGE_END
        amount, discount = numbers["Amount"], numbers["TotalOtherDiscount"]
        net = numbers["Subtotal"]
        if amount is None or discount is None or net is None:
            return
        if EXACT.subtract(amount, discount) != net:
            yield (
                "arithmetic",
                _(
                    "amount %(amount)s less discount %(discount)s is not the net amount "
                    "%(net)s; the net amount counts",
                    amount=plain(amount),
                    discount=plain(discount),
                    net=plain(net),
                ),
            )


def _check(line: LegacyRow) -> None:
    line.require("Subtotal", NO_AMOUNT)
    line.check_currency()
    line.require("ChargeStartDate", NO_FIRST_DAY)
    line.check_order("ChargeStartDate", "ChargeEndDate")
    if not line.customer():
        line.bad.append(("CustomerName", "", NO_CUSTOMER))
    if not line.offer() and not line.text("OfferName"):
        line.bad.append(("OfferName", "", NO_PRODUCT))


def _flags(line: LegacyRow) -> tuple[str, ...]:
    subtotal, quantity = line.numbers["Subtotal"], line.numbers["Quantity"]
    flags = {
        "unknown_charge_type": line.event == "unknown",
        "no_customer_id": not line.word("CustomerId"),
        "no_charge_end": line.days["ChargeEndDate"] is None and bool(subtotal),
        "zero_amount": not subtotal,
        "zero_quantity": quantity is not None and not quantity,
    }
    return flagged(flags)


MICROSOFT_LEGACY = Format(
    id="microsoft_legacy",
    title=_("Microsoft Partner Center, licence reconciliation before new commerce"),
    columns=COLUMNS,
    aliases={"Tier2MpnId": "ResellerMpnId"},
    required=REQUIRED,
    number_columns=NUMBERS,
    date_columns=DATES,
    identity_columns=("CustomerId", "SyndicationPartnerSubscriptionNumber", "OfferId"),
    sum_columns=("Subtotal", "Tax", "TotalForCustomer"),
    reader=LegacyReader,
)
