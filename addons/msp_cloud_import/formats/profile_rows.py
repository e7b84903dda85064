"""Makes the rows of one file read by a column profile, and checks them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from .errors import BadCell
from .exact import with_sign
from .lacking import ENDS_BEFORE_START, NO_AMOUNT, NO_CUSTOMER, NO_FIRST_DAY, NO_PRODUCT
from .layout import Layout, normalised
from .period_text import period_of_text
from .profile import TARGETS, Profile
from .profile_formula import Formula, NoResult
from .profile_row import ProfileRow, exclusive
from .provider_charge import plain
from .sentence import _

# Names that stand in for ids where a file has none.
_KEY_NAMES = ("sub_account_name", "customer_domain", "service_name", "sku_name")
_DIFFERENCES = frozenset({"increase", "decrease", "convert"})
# What money comes back for, where nothing but the kind of charge says so.
TAKEN_BACK = frozenset({"credit", "cancel", "decrease"})
_ZERO = Decimal(0)


class ProfileRows:
    """Makes the rows of one file; knows which targets the file has."""

    def __init__(self, layout: Layout, profile: Profile):
        self.layout, self.profile = layout, profile
        self._events: Mapping[str, str] = profile.events()
        filled = {target for split in profile.splits for target in split.targets()}
        self._columns = {
            kind: [
                target.name
                for target in TARGETS
                if target.kind == kind
                and (target.name in layout.position or target.name in filled)
            ]
            for kind in ("number", "date", "id")
        }
        self._filters = [
            (layout.position[beside(one.column, "filter")], one)
            for one in profile.filters
        ]

    def leaves_out(self, cells: Sequence[str]) -> bool:
        """Return whether a filter of the profile leaves a row out."""
        return any(
            index < len(cells) and one.leaves_out(cells[index])
            for index, one in self._filters
        )

    def unread(self, row: int, cells: Sequence[str]) -> ProfileRow:
        """Return a row as text."""
        currency = (self.profile.currency or "").upper()
        line = ProfileRow(self.layout, row, cells, default_currency=currency)
        line.is_count = self.profile.count_day is not None
        for split in self.profile.splits:
            found = split.parts(line.cell(beside(split.column, "text")))
            for target in split.targets():
                if not line.cell(target):
                    line.origins[target] = split.column
                    line.values[target] = found.get(target, "")
        return line

    def read(self, row: int, cells: Sequence[str]) -> ProfileRow:
        """Return a row with its values read and checked."""
        line = self.unread(row, cells)
        line.read_numbers(self._columns["number"])
        for target, formula in self.profile.computed.items():
            self._compute(line, target, formula)
        line.read_days(self._columns["date"])
        line.check_ids(self._columns["id"])
        line.check_lengths(_KEY_NAMES)
        line.currency = line.currency_code()
        if line.is_count:
            line.numbers |= dict.fromkeys(("billed_cost", "tax", "total"))
            line.numbers["billed_cost"] = _ZERO
            line.start, line.end = self.profile.count_day, None
        else:
            self._read_period(line)
        line.numbers.setdefault("billed_cost", None)
        line.require("billed_cost", NO_AMOUNT)
        line.check_currency()
        _check_who_and_what(line)
        if not line.bad:
            if self.profile.sign_rule == "quantity":
                _take_sign(line, _is_negative(line.numbers.get("pricing_quantity")))
            line.event = self._event(line)
            if self.profile.sign_rule == "event" and line.event in TAKEN_BACK:
                _take_sign(line, is_back=True)
            self._check_direction(line)
        return line

    def _compute(self, line: ProfileRow, target: str, formula: Formula) -> None:
        """Set a number by its formula."""
        numbers: dict[str, Decimal | None] = {}
        for column in formula.columns:
            cell = line.cell(beside(column, "number"))
            try:
                numbers[column] = self.layout.numbers.parse(cell) if cell else None
            except BadCell as error:
                line.bad.append((beside(column, "number"), cell, error.expected))
                return
        line.origins.setdefault(target, formula.columns[0])
        try:
            line.numbers[target] = formula.value(numbers)
        except NoResult:
            line.numbers[target] = None
            reason = _(
                "the formula %(formula)s divides by zero; correct the file or download "
                "it again",
                formula=formula.text,
            )
            line.bad.append((target, "", reason))

    def is_difference(self, line: ProfileRow) -> bool:
        """Return whether the quantity of a row is how many more or fewer."""
        return self.profile.changes_are_differences and line.event in _DIFFERENCES

    def _event(self, line: ProfileRow) -> str:
        word = line.word("charge_type")
        if not word:
            amount = line.numbers["billed_cost"]
            return "credit" if amount and amount < 0 else self.profile.default_event
        event = self._events.get(normalised(word), "unknown")
        is_step = event in ("increase", "decrease")
        if is_step and self.profile.changes_are_differences:
            quantity = line.quantity()
            if quantity:
                return "increase" if quantity > 0 else "decrease"
        return event

    def _check_direction(self, line: ProfileRow) -> None:
        """Refuse "3 fewer" at a positive amount: some print amounts without sign."""
        quantity = line.numbers.get("pricing_quantity")
        amount = line.numbers["billed_cost"]
        if not self.is_difference(line) or not quantity or not amount:
            return
        if quantity < 0 < amount:
            reason = _(
                "but the amount is %(amount)s, so it is unclear whether these are more "
                "or fewer; correct the file or download it again",
                amount=plain(amount),
            )
            line.bad.append(("pricing_quantity", line.cell("pricing_quantity"), reason))

    def _read_period(self, line: ProfileRow) -> None:
        line.start = line.days.get("charge_period_start")
        line.end = exclusive(line.days.get("charge_period_end"), self.profile)
        if line.start is None and not line.is_bad("charge_period_start"):
            self._read_period_text(line)
        if line.start and line.end and line.end <= line.start:
            is_text = line.days.get("charge_period_start") is None
            name = "charge_period_text" if is_text else "charge_period_end"
            line.bad.append((name, line.cell(name), ENDS_BEFORE_START))

    def _read_period_text(self, line: ProfileRow) -> None:
        name = "charge_period_text"
        text = line.cell(name)
        if not text:
            first = "charge_period_start"
            if first in self.layout.position or first in line.origins:
                name = "charge_period_start"
            line.bad.append((name, "", NO_FIRST_DAY))
            return
        try:
            start, end = period_of_text(
                text, self.layout.dates, self.profile.end_is_inclusive
            )
        except BadCell as error:
            line.bad.append((name, text, error.expected))
        else:
            line.start, line.end = start, line.end or end


def _check_who_and_what(line: ProfileRow) -> None:
    if not line.customer_key():
        names = ("sub_account_id", "sub_account_name", "customer_domain")
        line.bad.append((_first(line, names), "", NO_CUSTOMER))
    if not line.sku_key():
        names = ("sku_id", "service_name")
        line.bad.append((_first(line, names), "", NO_PRODUCT))


def beside(column: str, use: str) -> str:
    """Return the name under which a column is known that is no target itself.

    :param use: ``number``, ``text`` or ``filter``
    """
    return f"{column} ({use})"


def _is_negative(number: Decimal | None) -> bool:
    return number is not None and number < 0


def _take_sign(line: ProfileRow, is_back: bool) -> None:
    """Give the amounts of a row the sign that something else says."""
    for name in ("billed_cost", "tax", "total"):
        number = line.numbers.get(name)
        if number:
            line.numbers[name] = with_sign(number, is_back)


def _first(line: ProfileRow, names: Sequence[str]) -> str:
    """Return the first of some targets that the file has a column for."""
    return next((name for name in names if name in line.layout.position), names[0])
