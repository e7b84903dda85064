from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL, format_date

from odoo.addons.msp_cloud_import.models.msp_import_rates import Rates

from ..matching.invoice_date import invoice_date, is_date_column, is_day_first
from .msp_import_bill_rows import NUMBER

#: So many rows of a file say how it writes dates.
PROOFS = 50


class MspImport(models.Model):
    """Of which day a vendor bill is, and by which rate it is booked."""

    _inherit = "msp.import"

    invoice_date = fields.Date(
        "Date of Invoice",
        help="From the provider's invoice. Empty: as the file states it; a bill that "
        "is posted by itself gets the day of posting if it states none.",
    )

    def _prepare_dates(self, imports, number):
        """Return the bill's date as typed in with one of its files, or read."""
        day = next((one.invoice_date for one in imports if one.invoice_date), None)
        day = day or imports._read_invoice_date(number)
        return {"invoice_date": day} if day else {}

    def _read_invoice_date(self, number):
        """Return the only date of an invoice that the rows' cells state, else None."""
        self.env.flush_all()
        names = self.env.execute_query(
            SQL(
                "SELECT DISTINCT jsonb_object_keys(f.raw) FROM msp_import i "
                "CROSS JOIN LATERAL (SELECT r.raw FROM msp_provider_charge r "
                "WHERE r.import_id = i.id AND jsonb_typeof(r.raw) = 'object' "
                "LIMIT 1) f WHERE i.id = ANY(%s)",
                self.ids,
            )
        )
        names = [name for (name,) in names if is_date_column(name)]
        if not names:
            return None
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT n.name, r.raw ->> n.name FROM msp_provider_charge r "
                "JOIN msp_import i ON i.id = r.import_id "
                "CROSS JOIN unnest(%s) n(name) WHERE r.import_id = ANY(%s) "
                "AND %s = %s",
                names,
                self.ids,
                NUMBER,
                number,
            )
        )
        return invoice_date(({name: cell} for name, cell in rows), self._is_day_first())

    def _is_day_first(self):
        """Return how the files write 3/2/2026, by the days that were read from them."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT f.raw, f.charge_period_start, f.charge_date_end
                  FROM msp_import i
                 CROSS JOIN LATERAL (
                         SELECT r.raw, r.charge_period_start, r.charge_date_end
                           FROM msp_provider_charge r
                          WHERE r.import_id = i.id AND jsonb_typeof(r.raw) = 'object'
                          ORDER BY extract(DAY FROM r.charge_period_start) DESC,
                                   extract(DAY FROM r.charge_date_end) DESC
                          LIMIT %s) f
                 WHERE i.id = ANY(%s)
                """,
                PROOFS,
                self.ids,
            )
        )
        return is_day_first((raw, days) for raw, *days in rows)

    def _prepare_rate(self, imports, bill, currency):
        """Return the rate of a bill in foreign money, by the provider's rule.

        The file's own rate; Odoo's on the last day that was paid for, as customers'
        amounts are converted; or Odoo's on the bill's date. Odoo takes 1 where it
        knows none, so that is said.
        """
        own = self.company_id.currency_id
        if currency == own:
            return {"msp_currency_rate": 0.0, "msp_rate_note": False}
        names = {"own": own.name, "foreign": currency.name}
        rule = self.provider_id.rate_rule
        if rule == "vendor" and (rate := imports._load_file_rate(own, currency)):
            note = self.env._("The provider's file: 1 %(own)s = %(rate)s %(foreign)s")
            return {
                "msp_currency_rate": float(rate),
                "msp_rate_note": note % {**names, "rate": f"{rate:.6f}"},
            }
        rates = Rates(self.env, self.company_id)
        days = [cost.last or cost.first for cost in bill.costs if cost.first]
        last = max(days, default=None) or fields.Date.context_today(self)
        found = rates.find(own, currency, last)
        if not found:
            note = self.env._(
                "No rate of %(foreign)s is known, so Odoo takes 1 for it. Enter the "
                "rate at the currency, or on the bill, before it is posted."
            )
            return {"msp_currency_rate": 0.0, "msp_rate_note": note % names}
        if rule == "fixed":
            return {"msp_currency_rate": 0.0, "msp_rate_note": False}
        note = self.env._("Odoo's rate of %(day)s, the last day that was charged")
        return {
            "msp_currency_rate": float(found.value),
            "msp_rate_note": note % {"day": format_date(self.env, last)},
        }

    def _load_file_rate(self, own, currency):
        """Return units of `currency` per unit of `own` by the files, None if not said.

        Of several rates the one that books the same total.
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT sum(r.billed_cost), sum(r.billed_cost / r.exchange_rate)
                  FROM msp_provider_charge r
                 WHERE r.import_id = ANY(%(ids)s) AND r.currency_id = %(currency)s
                   AND r.exchange_rate > 0 AND r.pricing_currency = %(own)s
                   AND r.billed_cost != 0
                """,
                ids=self.ids,
                own=own.name,
                currency=currency.id,
            )
        )
        foreign, home = rows[0]
        if not (foreign and home):
            return None
        rate = Decimal(foreign) / Decimal(home)
        return round(rate, 12) if rate > 0 else None
