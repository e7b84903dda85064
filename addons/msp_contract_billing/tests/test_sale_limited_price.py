from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .sale_common import SaleContractCommon


@freeze_time("2026-01-05 12:00:00")
@tagged("post_install", "-at_install")
class TestSaleLimitedPrice(SaleContractCommon):
    """A quotation whose positions begin with a trial or a special price."""

    def _limited(self, kind, **values):
        names = ("count", "unit", "discount", "price", "afterwards")
        vals = {
            f"msp_limited_{name}": values.pop(name) for name in names if name in values
        }
        return {"msp_limited_kind": kind, **vals, **values}

    def _prices(self, contract, product):
        lines = self._position(contract, product).line_ids.sorted("date_start")
        return [
            (line.date_start, line.date_end, line.price_unit, line.discount)
            for line in lines
        ]

    def test_trial_of_14_days(self):
        contract, order = self._confirm(
            (self.seats, 10, self._limited("trial", count=14, unit="day")),
            (self.backup, 1),
            msp_date_start=day(1, 10),
        )
        self.assertEqual(
            self._prices(contract, self.seats),
            [(day(1, 10), day(1, 23), 12.5, 100), (day(1, 24), False, 12.5, 0)],
        )
        self.assertEqual(
            self._prices(contract, self.backup), [(day(1, 10), False, 30.0, 0)]
        )
        limited = contract.limited_price_ids
        self.assertRecordValues(
            limited,
            [
                {
                    "position_id": self._position(contract, self.seats).id,
                    "kind": "trial",
                    "date_end": day(1, 23),
                    "afterwards": "price",
                    "recorded": "active",
                    "amount_month": 125.0,
                }
            ],
        )
        self.assertEqual(limited.version_ids.sale_order_id, order)
        self.assertTrue(limited.version_ids.number > order.msp_version_id.number)
        self._run(day(2), contracts=contract)
        # Seats from 24 January on: 125.00 x 8 / 31 = 32.26; backup 30.00 x 22 / 31.
        self.assertEqual(
            sorted(
                (start, round(amount, 2))
                for start, _end, amount in self._claims(contract)
            ),
            [
                (day(1, 10), 0.0),
                (day(1, 10), 21.29),
                (day(1, 24), 32.26),
                (day(2), 30.0),
                (day(2), 125.0),
            ],
        )
        self.assertSettled(contract, day(2))

    def test_the_quote_shows_what_is_billed_first(self):
        order = self._order(
            (self.seats, 10, self._limited("discount", discount=50, count=1)),
            msp_date_start=day(2),
        )
        self.assertFalse(order.msp_contract_error)
        html = str(order.msp_outlook_html)
        self.assertIn("62.50", html)
        self.assertIn("125.00", html)

    def test_stop_ask_and_special_price(self):
        contract, _order = self._confirm(
            (
                self.seats,
                10,
                self._limited("promotion", price=9.0, count=2, afterwards="stop"),
            ),
            (
                self.backup,
                1,
                self._limited("grant", discount=80, count=3, afterwards="ask"),
            ),
            msp_date_start=day(2),
        )
        self.assertEqual(
            self._prices(contract, self.seats), [(day(2), day(3, 31), 9.0, 0)]
        )
        self.assertEqual(
            self._prices(contract, self.backup), [(day(2), False, 30.0, 80)]
        )
        seats, backup = contract.limited_price_ids.sorted("date_end")
        self.assertEqual(len(seats.version_ids), 2)
        self.assertEqual(backup.amount_month, 24.0)
        backup._change(day(4, 30), "price")
        self.assertEqual(
            self._prices(contract, self.backup),
            [(day(2), day(4, 30), 30.0, 80), (day(5), False, 30.0, 0)],
        )

    def test_cancelling_the_order_takes_it_back(self):
        contract, order = self._confirm(
            (self.seats, 10, self._limited("trial", afterwards="stop"))
        )
        limited = contract.limited_price_ids
        self.assertEqual(limited.recorded, "active")
        order._action_cancel()
        self.assertEqual(limited.recorded, "cancelled")
        self.assertFalse(contract.line_ids)
        self.assertEqual(set(contract.version_ids.mapped("state")), {"withdrawn"})

    def test_what_waits_begins_its_trial_when_it_goes_live(self):
        contract, order = self._confirm(
            (
                self.seats,
                10,
                self._limited("trial", count=1, msp_begins="acceptance"),
            ),
            (self.backup, 1),
            msp_date_start=day(1),
        )
        self.assertFalse(contract.limited_price_ids)
        waiting = order.msp_version_ids.filtered("awaits")
        waiting._go_live(day(1, 15))
        self.assertEqual(
            self._prices(contract, self.seats),
            [(day(1, 15), day(2, 14), 12.5, 100), (day(2, 15), False, 12.5, 0)],
        )
        self.assertEqual(contract.limited_price_ids.version_ids.sale_order_id, order)
        order._action_cancel()
        self.assertEqual(contract.limited_price_ids.recorded, "cancelled")

    def test_amending_begins_a_position_with_a_discount(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        order = self._amendment(
            contract,
            (self.backup, 1, self._limited("discount", discount=50, count=1)),
            msp_date_start=day(2),
        )
        order.action_confirm()
        self.assertEqual(
            self._prices(contract, self.backup),
            [(day(2), day(2, 28), 30.0, 50), (day(3), False, 30.0, 0)],
        )

    def test_what_is_refused(self):
        contract, _order = self._confirm((self.seats, 10), msp_date_start=day(1))
        wrong = (
            (self._limited("trial", count=0), "for 1 to 1000 days"),
            (self._limited("grant", discount=120), "from 0 to 100 percent"),
            (self._limited("promotion", price=-1), "is negative"),
            (
                self._limited("trial", count=3, msp_until="months", msp_until_months=2),
                "ends on 2026-03-04, before its special price",
            ),
            (
                self._limited(
                    "trial", afterwards="stop", msp_until="months", msp_until_months=9
                ),
                "ends with its special price on",
            ),
        )
        for values, sentence in wrong:
            with (
                self.subTest(sentence=sentence),
                self.assertRaisesRegex(UserError, sentence),
            ):
                self._confirm((self.seats, 10, values))
        order = self._amendment(contract, (self.seats, 5, self._limited("trial")))
        self.assertIn("is added to a position", order.msp_contract_error)

    def test_confirmed_it_is_fixed(self):
        _contract, order = self._confirm((self.seats, 10, self._limited("trial")))
        with self.assertRaisesRegex(UserError, "cannot be changed here"):
            order.order_line.msp_limited_count = 3
