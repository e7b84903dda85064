from datetime import date

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged

from .usage_common import UsageCommon, used


@freeze_time("2026-05-20 12:00:00")
@tagged("post_install", "-at_install")
class TestUsageRates(UsageCommon):
    """Amounts in another currency than the contract's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.usd = cls.env.ref("base.USD")
        cls.usd.active = True
        # Rates of other tests' data would decide otherwise.
        cls.env["res.currency.rate"].search([]).unlink()

    def setUp(self):
        super().setUp()
        self.contract = self._usage_contract()
        self._begin(self.contract)

    def _rate(self, day, per_euro, company=None):
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.usd.id,
                "name": day,
                "rate": per_euro,
                "company_id": (company or self.company).id,
            }
        )

    def _dollars(self, cost="100.00", **cells):
        cells = {"BillingCurrency": "USD", "PricingCurrency": "USD", **cells}
        return used(date(2026, 3, 1), cost, **cells)

    def _amounts(self, import_):
        return import_.change_ids.filtered(lambda change: change.kind == "amounts")

    def test_pitfall_084_booked_rate_of_the_last_day(self):
        self._rate(date(2026, 3, 1), 1.60)
        self._rate(date(2026, 3, 31), 1.25)
        self._rate(date(2026, 4, 1), 1.00)
        import_ = self._applied(self._dollars())
        amount = import_.dated_amount_ids
        self.assertEqual(
            (amount.cost, amount.cost_currency_id, amount.amount, amount.currency_id),
            (100.0, self.usd, 80.0, self.eur),
        )
        self.assertEqual((amount.rate, amount.rate_rule), (0.8, "booked"))
        self.assertEqual(amount.rate_date, date(2026, 3, 31))
        self.assertEqual(self._amounts(import_).rate_note, "1 USD = 0.8 EUR")
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 96.0)
        # Another rate later changes nothing that was passed on.
        self._rate(date(2026, 3, 30), 2.00)
        self.env["res.currency.rate"].search([("name", "=", "2026-03-31")]).unlink()
        self.contract._mark_to_settle()
        bill = self._bill(self.contract, date(2026, 4, 1), "differential")
        self.assertAlmostEqual(bill, 0.0)

    def test_pitfall_084_without_a_rate_the_row_waits(self):
        self._rate(date(2026, 4, 15), 1.25)
        import_ = self._prepared(
            self._dollars(), used(date(2026, 3, 1), "10.00", MeterId="m-2")
        )
        waiting = self._amounts(import_).filtered(lambda one: one.state == "waiting")
        self.assertIn("No rate from USD to EUR is known for 03/31/2026", waiting.error)
        self.assertEqual(waiting.provider_charge_ids.mapped("billed_cost"), [100.0])
        # The other row goes on.
        import_.action_apply()
        self.assertEqual(import_.dated_amount_ids.mapped("amount"), [10.0])
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 12.0)
        # Mended where it arises.
        self._rate(date(2026, 3, 1), 1.25)
        import_.action_prepare()
        import_.action_apply()
        self.assertEqual(
            sorted(import_.dated_amount_ids.mapped("amount")), [10.0, 80.0]
        )

    def test_rates_of_other_companies_do_not_count(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._rate(date(2026, 3, 1), 1.25, other)
        import_ = self._prepared(self._dollars())
        self.assertEqual(self._amounts(import_).state, "waiting")

    def test_the_vendors_own_rate(self):
        self.provider.rate_rule = "vendor"
        # Billed in dollars, priced in euros: 1 EUR = 1.25 USD.
        rate = {"PCToBCExchangeRate": "1.25", "PCToBCExchangeRateDate": "03/31/2026"}
        import_ = self._applied(self._dollars(PricingCurrency="EUR", **rate))
        amount = import_.dated_amount_ids
        self.assertEqual((amount.amount, amount.rate_rule), (80.0, "vendor"))
        self.assertEqual(amount.rate_date, date(2026, 3, 31))
        without = self._prepared(self._dollars(MeterId="m-2"))
        self.assertEqual(self._amounts(without).state, "waiting")
        self.assertIn("states no rate", self._amounts(without).error)

    def test_list_price_in_the_pricing_currency(self):
        self.provider.rate_rule = "vendor"
        row = used(
            date(2026, 3, 1),
            "19.20",
            PricingCurrency="USD",
            PCToBCExchangeRate="0.8",
            UnitPrice="1.00",
        )
        import_ = self._read(row)
        self._assign(import_)
        import_.product_mapping_ids.passed_price = "list"
        import_.action_prepare()
        amount = import_.dated_amount_ids
        # 24 x 1.00 USD at 0.8.
        self.assertEqual((amount.cost, amount.cost_currency_id), (24.0, self.usd))
        self.assertAlmostEqual(amount.amount, 19.2)

    def test_pitfall_096_the_rate_agreed_in_the_contract(self):
        self._rate(date(2026, 3, 1), 1.25)
        self.contract.write(
            {
                "usage_rate_rule": "fixed",
                "usage_rate": 0.95,
                "usage_rate_currency_id": self.usd.id,
            }
        )
        import_ = self._applied(self._dollars())
        amount = import_.dated_amount_ids
        self.assertEqual((amount.amount, amount.rate_rule), (95.0, "fixed"))
        # Another rule for what comes later; what was passed on keeps its rate.
        self.contract.usage_rate_rule = "booked"
        later = self._applied(self._dollars(MeterId="m-2"))
        self.assertEqual(later.dated_amount_ids.amount, 80.0)
        self.assertEqual(amount.amount, 95.0)

    def test_a_clerk_does_not_agree_on_rates(self):
        with self.assertRaises(AccessError):
            self.contract.with_user(self.clerk).write({"usage_rate_rule": "vendor"})

    def test_an_agreed_rate_is_entered_in_full(self):
        with self.assertRaisesRegex(ValidationError, "enter the agreed rate"):
            self.contract.usage_rate_rule = "fixed"

    def test_pitfall_096_a_yearly_charge_in_a_monthly_contract(self):
        row = used(
            date(2026, 1, 1),
            "365.00",
            ChargeStartDate=date(2026, 1, 1),
            ChargeEndDate=date(2026, 12, 31),
        )
        import_ = self._applied(row)
        amount = import_.dated_amount_ids
        self.assertEqual(
            (amount.date_start, amount.date_end),
            (date(2026, 1, 1), date(2026, 12, 31)),
        )
        # 31, 28 and 31 days at 1.00, and the markup.
        self.assertAlmostEqual(self._bill(self.contract, date(2026, 4, 1)), 108.0)

    def test_pitfall_096_currencies_of_one_customer_are_not_mixed(self):
        self._rate(date(2026, 3, 1), 1.25)
        import_ = self._prepared(
            self._dollars(), used(date(2026, 3, 1), "10.00", MeterId="m-2")
        )
        changes = self._amounts(import_).sorted("cost")
        self.assertEqual(changes.mapped("cost"), [10.0, 100.0])
        self.assertEqual(changes.cost_currency_id, self.eur | self.usd)
        self.assertEqual(changes.mapped("usage_file"), [10.0, 80.0])
