from bisect import bisect_right
from collections import defaultdict
from decimal import Decimal
from typing import NamedTuple

from odoo import models
from odoo.tools import SQL, format_date

# Digits of a rate that is a quotient.
RATE_DIGITS = 12
_ONE = Decimal(1)


class Rate(NamedTuple):
    """What one unit of a provider's currency is in the contract's.

    :param rule: as `rate_rule` of msp.dated.amount
    :param day: of the rate, None if it has none
    """

    value: Decimal
    rule: str
    day: object = None


class Rates:
    """Odoo's rates of one company, loaded once.

    Odoo itself takes 1 where no rate is known, which would bill dollars as euros.
    """

    def __init__(self, env, company):
        self._company = company
        self._days = defaultdict(list)
        self._values = defaultdict(list)
        env["res.currency.rate"].flush_model()
        rows = env.execute_query(
            SQL(
                "SELECT currency_id, company_id IS NOT NULL, name, rate::text "
                "FROM res_currency_rate WHERE company_id IS NULL OR company_id = %s "
                "ORDER BY name",
                company.root_id.id,
            )
        )
        for currency_id, is_own, day, rate in rows:
            self._days[currency_id, is_own].append(day)
            self._values[currency_id, is_own].append(Decimal(rate))

    def find(self, source, target, day):
        """Return the `Rate` from one currency to another on a day, None if unknown."""
        from_, to = self._on(source, day), self._on(target, day)
        if not from_ or not to or not from_[0]:
            return None
        value = round(to[0] / from_[0], RATE_DIGITS)
        days = [known for _value, known in (from_, to) if known]
        return Rate(value, "booked", max(days, default=None))

    def _on(self, currency, day):
        """Return (rate, its day) of a currency against the company's, or None."""
        for is_own in (True, False):
            key = (currency.id, is_own)
            index = bisect_right(self._days.get(key, ()), day)
            if index:
                return self._values[key][index - 1], self._days[key][index - 1]
        return (_ONE, None) if currency == self._company.currency_id else None


class MspImport(models.Model):
    """In which money amounts are passed on."""

    _inherit = "msp.import"

    def _find_rate(self, row, exchange_rate, source, contract, rates):
        """Return the `Rate` for an amount, or the sentence why there is none.

        :param exchange_rate: pricing to billing currency, as the file says; 0: it
            does not say
        :param source: currency of the amount
        """
        target = contract.currency_id
        if source == target:
            return Rate(_ONE, "same")
        rule = contract.usage_rate_rule or self.provider_id.rate_rule
        names = {
            "money": source.name,
            "target": target.name,
            "contract": contract.display_name,
        }
        if rule == "fixed":
            if contract.usage_rate > 0 and contract.usage_rate_currency_id == source:
                return Rate(Decimal(repr(contract.usage_rate)), "fixed")
            return self.env._(
                "Contract %(contract)s has no agreed rate from %(money)s to "
                "%(target)s. Enter it there, or choose another rule.",
                **names,
            )
        if rule == "vendor":
            pair = (row.pricing_currency, row.currency_id.name)
            if exchange_rate and pair == (source.name, target.name):
                return Rate(exchange_rate, "vendor", row.exchange_rate_date or None)
            if exchange_rate and pair == (target.name, source.name):
                value = round(_ONE / exchange_rate, RATE_DIGITS)
                return Rate(value, "vendor", row.exchange_rate_date or None)
            return self.env._(
                "The file states no rate from %(money)s to %(target)s, the currency "
                "of contract %(contract)s. Choose another rule for the exchange rate.",
                **names,
            )
        day = row.charge_date_end or row.charge_period_start
        return rates.find(source, target, day) or self.env._(
            "No rate from %(money)s to %(target)s is known for %(day)s. Enter it at "
            "the currency, then prepare the import again.",
            day=format_date(self.env, day),
            **names,
        )
