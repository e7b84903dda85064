"""What a provider's interface says of subscriptions, as a file of our own.

Interfaces say how many units there are now, files what a month cost. A state is written
as one JSON line and read as any row, so that what follows from it is the same: the
quantity of its day, without money. `state_lines` writes what `SUBSCRIPTION_STATES` reads.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from .lacking import NO_ARTICLE, NO_CUSTOMER, NO_DAY_OF_STATE, NO_SUBSCRIPTION, NO_UNITS
from .layout import Format
from .oddities import NO_CUSTOMER_ID
from .provider_charge import ProviderCharge, charge_category, flagged, plain
from .row_by_row import RowByRow
from .sentence import _
from .typed_row import TypedRow

ID = "subscription_states"
ENDED = "ended"
_DAY = timedelta(days=1)
_STATUSES = ("active", "suspended", ENDED)
_NUMBERS = ("Units",)
_DAYS = ("StateOn", "TermStart", "TermEnd")
COLUMNS = (
    "StateOn",
    "Status",
    "CustomerId",
    "CustomerName",
    "CustomerDomain",
    "SubscriptionId",
    "SkuId",
    "AvailabilityId",
    "ServiceName",
    "Units",
    "UnitsAre",
    "Term",
    "BillingPlan",
    "TermStart",
    "TermEnd",
    "Trial",
    "Currency",
)


def state_lines(states: Iterable[Mapping[str, object]]) -> Iterator[str]:
    """Yield a JSON line per state, without line end.

    :param states: {one of `COLUMNS`: text, `Decimal`, date, True or None}; ``StateOn``
        is the first day of the state, ``Status`` active, suspended or ended, ``UnitsAre``
        which units are meant (for people), ``TermEnd`` exclusive
    """
    for state in states:
        values = {name: _text(state.get(name)) for name in COLUMNS}
        yield json.dumps(values, ensure_ascii=False)


def _text(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    return "true" if value is True else str(value)


@dataclass(slots=True)
class StateRow(TypedRow):
    """The cells of one line by name."""

    AMOUNT = ""
    CURRENCY = "Currency"

    def is_over(self) -> bool:
        """Return whether the subscription has ended."""
        return self.word("Status") == ENDED


class StateReader(RowByRow[StateRow]):
    """Reads the states of one file."""

    def _line(self, row: int, cells: Sequence[str]) -> StateRow:
        return StateRow(self._layout, row, cells)

    def _checked(self, row: int, cells: Sequence[str]) -> StateRow:
        line = self._line(row, cells)
        line.read_numbers(_NUMBERS)
        line.read_days(_DAYS)
        line.check_ids(("CustomerId", "SubscriptionId", "SkuId"))
        line.check_lengths(("CustomerName", "CustomerDomain", "ServiceName"))
        line.currency = line.currency_code()
        line.event = "cancel" if line.is_over() else "recurring"
        _check(line)
        return line

    def _oddities(self, line: StateRow) -> Iterator[tuple[str, str]]:
        if not line.word("CustomerId"):
            yield NO_CUSTOMER_ID

    def _charge(self, line: StateRow) -> ProviderCharge:
        text, day = line.text, line.days["StateOn"]
        assert day is not None  # checked by _check
        units = Decimal(0) if line.is_over() else line.numbers["Units"]
        flags = {
            "no_customer_id": not line.word("CustomerId"),
            "zero_quantity": not units,
            "trial": line.word("Trial") == "true",
            "count_only": True,
        }
        parts = (
            line.word("CustomerId") or line.cell("CustomerName"),
            line.word("SubscriptionId"),
            line.word("SkuId"),
            day.isoformat(),
        )
        return ProviderCharge(
            row=line.row,
            row_key=self._keys.key(parts),
            invoice_id=self._layout.file_hash,
            sub_account_id=line.uniform_id("CustomerId"),
            sub_account_name=text("CustomerName"),
            customer_domain=text("CustomerDomain"),
            subscription_id=line.uniform_id("SubscriptionId"),
            sku_id=line.word("SkuId") or text("ServiceName"),
            availability_id=line.word("AvailabilityId") or None,
            service_name=text("ServiceName"),
            event=line.event,
            charge_type=line.word("Status"),
            event_date=day,
            charge_category=charge_category(line.event),
            quantity=units,
            pricing_quantity=units,
            pricing_unit=text("UnitsAre"),
            billed_cost=Decimal(0),
            billing_currency=line.currency,
            charge_period_start=day,
            # of later days the next state speaks
            charge_period_end=day + _DAY,
            term=text("Term"),
            billing_plan=text("BillingPlan"),
            term_start=line.days["TermStart"],
            term_end=line.days["TermEnd"],
            flags=flagged(flags),
            raw=self._raw(line),
        )


def _check(line: StateRow) -> None:
    line.require("StateOn", NO_DAY_OF_STATE)
    line.check_currency()
    status = line.word("Status")
    if status not in _STATUSES:
        reason = _(
            "expected one of %(words)s; correct the file or download it again",
            words=", ".join(_STATUSES),
        )
        line.bad.append(("Status", status, reason))
    if not line.is_over():
        line.require("Units", NO_UNITS)
    units = line.numbers["Units"]
    if units is not None and units < 0:
        reason = _("fewer than none; correct the file or download it again")
        line.bad.append(("Units", plain(units), reason))
    if not line.word("SubscriptionId"):
        line.bad.append(("SubscriptionId", "", NO_SUBSCRIPTION))
    if not line.word("SkuId") and not line.text("ServiceName"):
        line.bad.append(("SkuId", "", NO_ARTICLE))
    if not (line.word("CustomerId") or line.text("CustomerName")):
        line.bad.append(("CustomerId", "", NO_CUSTOMER))


SUBSCRIPTION_STATES = Format(
    id=ID,
    title=_("States of subscriptions, as a provider's interface says them"),
    columns=COLUMNS,
    aliases={},
    required=("StateOn", "Status", "SubscriptionId", "SkuId", "Units", "UnitsAre"),
    number_columns=_NUMBERS,
    date_columns=_DAYS,
    identity_columns=("CustomerId", "SubscriptionId", "SkuId"),
    sum_columns=("", "", ""),
    reader=StateReader,
)
