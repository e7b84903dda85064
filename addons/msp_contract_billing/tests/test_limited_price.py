from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common import day
from .limited_common import LimitedCommon
from .pricing_common import PricingCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPrice(LimitedCommon):
    """Trials, discounts, special prices and grants, through billing runs."""

    def _begin(self, start):
        return self._contract(
            start, [(self.seats, 10, 12.50)], terms={"anchor_date": day(1)}
        )

    def test_trial_of_14_days_then_the_price_in_mid_month(self):
        contract = self._begin(day(1, 10))
        limited = self._limit(day(1, 10), day(1, 23), contract.position_ids)
        self.assertEqual(
            self._prices(contract.position_ids),
            [(day(1, 10), day(1, 23), 12.5, 100), (day(1, 24), False, 12.5, 0)],
        )
        self.assertRecordValues(
            limited,
            [
                {
                    "contract_id": contract.id,
                    "kind": "trial",
                    "state": "future",
                    "recorded": "active",
                    "amount_month": 125.0,
                    "label": "Trial",
                }
            ],
        )
        run = self._run(day(2), contracts=contract)
        # 24 to 31 January: 125.00 x 8 / 31
        self.assertEqual(self._total(contract), 157.26)
        self.assertIn("less 100", " ".join(run.move_ids.line_ids.mapped("name")))
        self.assertSettled(contract, day(2))

    def test_pitfall_020_trial_extended_over_the_month_end(self):
        contract = self._begin(day(1, 10))
        limited = self._limit(day(1, 10), day(1, 23), contract.position_ids)
        self._run(day(1, 10), contracts=contract)
        self.assertEqual(self._total(contract), 32.26)
        self._change(limited, date_end=day(2, 6))
        self.assertEqual(
            self._prices(contract.position_ids),
            [(day(1, 10), day(2, 6), 12.5, 100), (day(2, 7), False, 12.5, 0)],
        )
        self.assertEqual(len(limited.version_ids), 2, "the days that are added")
        run = self._run(day(2), contracts=contract)
        # 7 to 28 February: 125.00 x 22 / 28; January is credited.
        self.assertEqual(len(run.move_ids), 1, "no month without an invoice")
        self._run(day(2), "differential", contract)
        self.assertEqual(self._total(contract), 98.21)
        self._run(day(3), contracts=contract)
        self.assertEqual(self._total(contract), 223.21)
        self.assertSettled(contract, day(3))

    def test_then_stop(self):
        limited = self._limit(
            day(1, 10), day(1, 31), afterwards="stop", kind="discount", discount=50
        )
        self.assertEqual(
            self._prices(),
            [(day(1), day(1, 9), 12.5, 0), (day(1, 10), day(1, 31), 12.5, 50)],
        )
        # It is worth 62.50 a month until then.
        self.assertEqual(limited.amount_month, -62.5)
        self._run(day(4), contracts=self.contract)
        # 125.00 x 9 / 31 + 62.50 x 22 / 31 = 80.645
        self.assertEqual(self._total(), 80.65)
        self.assertSettled(self.contract, day(4))

    def test_then_ask_goes_on_until_somebody_decides(self):
        limited = self._limit(day(2), day(3, 31), kind="grant", afterwards="ask")
        self.assertEqual(limited.amount_month, 125.0)
        self._run(day(4), contracts=self.contract)
        self.assertEqual(self._total(), 125.0)
        with freeze_time("2026-04-02 12:00:00"):
            limited.invalidate_recordset()
            self.assertEqual(limited.state, "to_decide")
            self.assertIn(
                limited,
                limited.search([("state", "=", "to_decide")]),
            )
            self._change(limited, date_end=day(4, 30), afterwards="price")
            self.assertEqual(limited.state, "running")
        self._run(day(5), contracts=self.contract)
        self.assertEqual(self._total(), 250.0)
        self.assertSettled(self.contract, day(5))

    def test_discount_for_3_months(self):
        limited = self._limit(
            day(2), day(4, 30), kind="discount", discount=10, reason="Goodwill"
        )
        self.assertEqual(limited.label, "Discount of 10 %")
        self.assertEqual(limited.version_ids.reason, "Goodwill")
        self.assertEqual(limited.amount_month, 12.5)
        self._run(day(5), contracts=self.contract)
        self.assertEqual(
            self._billed(),
            {
                day(1): 125.0,
                day(2): 112.5,
                day(3): 112.5,
                day(4): 112.5,
                day(5): 125.0,
            },
        )
        self.assertSettled(self.contract, day(5))

    def test_special_price(self):
        limited = self._limit(day(2), day(2, 28), kind="promotion", price_unit=9.0)
        self.assertEqual(limited.label, "Special price $9.00")
        self.assertEqual(limited.amount_month, 35.0)
        self._run(day(3), contracts=self.contract)
        self.assertEqual(self._billed(), {day(1): 125.0, day(2): 90.0, day(3): 125.0})

    def test_pitfall_071_a_new_price_meanwhile_keeps_the_discount(self):
        self._limit(day(2), day(4, 30), kind="discount", discount=10)
        self._set(self.position, day(3), price=20.0)
        self._set(self.position, day(3), move=5)
        self._version(
            self.contract,
            day(4),
            [{"action": "terms", "anchor_date": day(1), "billing_every": 3}],
        )
        self.assertEqual(
            self._prices(),
            [
                (day(1), day(1, 31), 12.5, 0),
                (day(2), day(2, 28), 12.5, 10),
                (day(3), day(4, 30), 20.0, 10),
                (day(5), False, 20.0, 0),
            ],
        )

    def test_the_regular_discount_comes_back(self):
        self._set(self.position, day(1), discount=5)
        limited = self._limit(day(2), day(2, 28), kind="discount", discount=20)
        self.assertEqual(limited.amount_month, 18.75)
        self.assertEqual(
            self._prices(),
            [
                (day(1), day(1, 31), 12.5, 5),
                (day(2), day(2, 28), 12.5, 20),
                (day(3), False, 12.5, 5),
            ],
        )

    def test_pitfall_107_a_vendors_grant_ends(self):
        limited = self._limit(
            day(1),
            day(2, 28),
            side="vendor",
            kind="grant",
            cost_special=0.0,
            cost_regular=8.0,
        )
        self.assertFalse(limited.version_ids)
        self.assertEqual(self._prices(), [(day(1), False, 12.5, 0)])
        self.assertEqual(limited.amount_month, -80.0)
        self._set(self.position, day(3), quantity=12)
        self.assertEqual(limited.amount_month, -96.0)
        limited.write({"cost_regular": 9.0, "note": "Announced in January"})
        self.assertEqual(limited.amount_month, -108.0)
        self._change(limited, date_end=day(6, 30))
        self.assertEqual(limited.date_end, day(6, 30))
        limited.action_cancel()
        self.assertEqual(limited.state, "cancelled")

    def test_vendors_costs_in_another_currency(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": day(1), "rate": 0.5}
        )
        limited = self._limit(
            day(1),
            day(2, 28),
            side="vendor",
            cost_special=1.0,
            cost_regular=3.0,
            cost_currency_id=euro.id,
        )
        # 10 x 2.00 EUR, 2 USD each
        self.assertEqual(limited.amount_month, -40.0)

    def test_more_units_mean_more_money_that_begins(self):
        limited = self._limit(day(2), day(2, 28))
        self._set(self.position, day(2), quantity=20)
        self.assertEqual(limited.amount_month, 250.0)

    def test_dialog(self):
        context = self.contract.action_limit_price()["context"]
        view = "msp_contract_billing.msp_limited_price_view_form_new"
        form = Form(self.env["msp.limited.price"].with_context(**context), view)
        form.position_id = self.position
        form.date_start = day(2)
        form.months = 3
        self.assertEqual(form.date_end, day(4, 30))
        self.assertEqual(form.discount, 100)
        self.assertEqual(form.amount_month, 125.0, "shown before it is recorded")
        form.date_end = day(2, 14)
        self.assertEqual(form.months, 0)
        form.kind = "discount"
        form.discount = 20
        self.assertEqual(form.amount_month, 25.0)
        limited = form.save()
        self.assertEqual(limited.version_ids.state, "active")
        self.assertEqual(self._prices()[1], (day(2), day(2, 14), 12.5, 20))
        self.assertEqual(self.contract.limited_price_count, 1)

    # What is refused

    def test_two_on_the_same_days_are_refused(self):
        self._limit(day(2), day(2, 28))
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            self._limit(day(2, 20), day(3, 31), kind="discount", discount=10)
        self._limit(day(3), day(3, 31), kind="discount", discount=10)

    def test_bad_input_is_refused_with_a_sentence(self):
        with (
            self.assertRaisesRegex(UserError, "is not part of contract .* 12/31/2025"),
            self.env.cr.savepoint(),
        ):
            self._limit(day(12, 31, 2025), day(2, 1))
        with (
            self.assertRaisesRegex(ValidationError, "too far off"),
            self.env.cr.savepoint(),
        ):
            self._limit(day(2), day(2, 28, 9026))
        with (
            self.assertRaisesRegex(ValidationError, "costs more afterwards"),
            self.env.cr.savepoint(),
        ):
            self._limit(day(2), day(2, 28), side="vendor", cost_special=5.0)
        other = self._contract(day(1), [(self.seats, 1, 1.0)])
        with (
            self.assertRaisesRegex(ValidationError, "belongs to contract"),
            self.env.cr.savepoint(),
        ):
            self._limit(day(2), day(2, 28), contract_id=other.id)
        for values in ({"discount": 101}, {"date_end": day(1, 5)}):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._limit(
                    day(2),
                    values.get("date_end", day(2, 28)),
                    kind="discount",
                    discount=values.get("discount", 10),
                )
        self.assertFalse(self.contract.limited_price_ids)

    def test_what_is_recorded_is_not_edited(self):
        limited = self._limit(day(2), day(2, 28))
        for values in ({"date_end": day(3, 31)}, {"discount": 5}, {"version_ids": []}):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "is recorded. Change its last day"),
            ):
                limited.write(values)
        with self.assertRaisesRegex(UserError, "cannot be deleted. Cancel it"):
            limited.unlink()
        limited.write({"note": "Asked for by Ms Muster"})

    def test_roles(self):
        clerk = self._role_user("clerk", "group_billing_clerk")
        manager = self._role_user("manager", "group_account_manager")
        limited = self._limit(day(2), day(2, 28)).with_user(clerk)
        self.assertEqual(limited.label, "Trial")
        with self.assertRaises(AccessError):
            limited.action_cancel()
        with self.assertRaises(AccessError):
            self.env["msp.limited.price"].with_user(clerk).create(
                {"position_id": self.position.id, "date_end": day(2, 28)}
            )
        limited.with_user(manager).action_cancel()
        self.assertEqual(self._prices(), [(day(1), False, 12.5, 0)])


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestLimitedPriceOfSchemes(PricingCommon):
    """Trials and discounts of positions with a price scheme."""

    def _limit(self, scheme, **values):
        contract = self._contract(day(1), [])
        position = self._begin(
            contract, day(1), self.seats, 12, pricing=scheme._to_data()
        )
        return self.env["msp.limited.price"].create(
            {
                "position_id": position.id,
                "date_start": day(2),
                "date_end": day(2, 28),
                **values,
            }
        )

    def test_tiers_and_a_minimum_are_free_as_well(self):
        scheme = self._graduated(minimum=150.0)
        limited = self._limit(scheme)
        due = self._amounts_due(limited.contract_id, day(3))
        # 10 x 10.00 + 2 x 8.00 is less than the least amount.
        self.assertEqual(due, [150.0, 0.0, 150.0])
        self.assertEqual(limited.amount_month, 150.0)

    def test_discount_on_tiers(self):
        limited = self._limit(self._graduated(), kind="discount", discount=50)
        due = self._amounts_due(limited.contract_id, day(3))
        self.assertEqual(due, [116.0, 58.0, 116.0])

    def test_a_special_price_beside_tiers_means_nothing(self):
        with (
            self.assertRaisesRegex(UserError, "Enter a discount"),
            self.env.cr.savepoint(),
        ):
            self._limit(self._graduated(), kind="promotion", price_unit=5.0)
