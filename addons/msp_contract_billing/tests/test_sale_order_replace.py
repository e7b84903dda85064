from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .pricing_common import PricingCommon


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestReplace(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seats.lst_price = 15.00
        cls.annual = cls._product(
            "Business Premium, annual", 150.00, msp_recurring=True
        )
        cls.annual.msp_price_interval = "12"
        cls.contract, cls.first = cls._confirm(
            (cls.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        cls.premium = cls.contract.position_ids

    def _swap(self, *lines, **values):
        """Return an amendment; `lines` are (product, quantity, values)."""
        return self._amendment(self.contract, *lines, **values)

    def _replacing(self, quantity, **values):
        return (self.annual, quantity, {"msp_replaces_id": self.premium.id, **values})

    def _contents(self):
        return self._content(self.contract)

    def test_old_ends_the_day_before_the_new_begins(self):
        order = self._swap(self._replacing(10))
        line = order.order_line
        self.assertEqual(line.msp_replaced_qty, 10)
        self.assertEqual(line.msp_effect, "New position, instead of Business Premium")
        order.action_confirm()
        self.assertEqual(len(order.msp_version_ids), 1)
        self.assertEqual(
            self._contents(),
            [
                (
                    "Business Premium",
                    date(2026, 1, 1),
                    date(2026, 11, 21),
                    10,
                    15.0,
                ),
                ("Business Premium, annual", date(2026, 11, 22), False, 10, 150.0),
            ],
        )

    def test_pitfall_053_monthly_becomes_annual_and_nothing_is_billed_twice(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        rule = self._rule(billing_unit="year")
        order = self._swap(self._replacing(10, msp_rule_id=rule.id))
        order.action_confirm()
        credit = self._run(date(2026, 11, 22), "differential", self.contract)
        # 150.00 x 9 / 30 of November go back.
        self.assertEqual(credit.move_ids.mapped("move_type"), ["out_refund"])
        self.assertEqual(credit.move_ids.amount_untaxed, 45.0)
        regular = self._run(date(2026, 12, 1), contracts=self.contract)
        # 1,500.00 x 40 / 365 until the end of the year, and no December.
        self.assertEqual(regular.move_ids.amount_untaxed, 164.38)
        self.assertSettled(self.contract, date(2026, 12, 1))
        next_year = self._run(date(2027, 1, 1), contracts=self.contract)
        self.assertEqual(next_year.move_ids.amount_untaxed, 1500.0)
        self.assertSettled(self.contract, date(2027, 12, 1))

    def test_part_of_the_seats_is_replaced(self):
        order = self._swap(self._replacing(3))
        self.assertEqual(order.order_line.msp_replaced_qty, 3)
        self.assertEqual(
            order.order_line.msp_effect,
            "New position, instead of 3 of 10 Business Premium",
        )
        order.action_confirm()
        self.assertEqual(
            [item[1:4] for item in self._contents()],
            [
                (date(2026, 1, 1), date(2026, 11, 21), 10),
                (date(2026, 11, 22), False, 7),
                (date(2026, 11, 22), False, 3),
            ],
        )

    def test_fewer_units_may_replace_all(self):
        order = self._swap(self._replacing(3, msp_replaced_qty=10))
        order.action_confirm()
        self.assertEqual(self.premium.date_end, date(2026, 11, 21))

    def test_two_products_share_what_one_was(self):
        order = self._swap(
            self._replacing(6), (self.backup, 4, {"msp_replaces_id": self.premium.id})
        )
        order.action_confirm()
        self.assertEqual(self.premium.date_end, date(2026, 11, 21))
        self.assertEqual(len(self.contract.position_ids), 3)

    def test_replaced_units_can_join_a_position_there_is(self):
        self._swap((self.annual, 2)).action_confirm()
        order = self._swap(self._replacing(3))
        self.assertEqual(
            order.order_line.msp_effect,
            "Business Premium, annual: 2 → 5, instead of 3 of 10 Business Premium",
        )
        order.action_confirm()
        self.assertEqual(len(self.contract.position_ids), 2)
        self.assertEqual(self.premium._line_on(date(2026, 11, 22)).quantity, 7)

    def test_same_product_at_another_price_replaces_itself_by_a_new_position(self):
        line = {"msp_replaces_id": self.premium.id, "price_unit": 14}
        order = self._swap((self.seats, 10, line))
        order.action_confirm()
        self.assertEqual(
            [item[1:] for item in self._contents()],
            [
                (date(2026, 1, 1), date(2026, 11, 21), 10, 15.0),
                (date(2026, 11, 22), False, 10, 14.0),
            ],
        )

    def test_quantity_is_that_of_what_is_replaced(self):
        order = self._swap((self.annual, 1))
        with Form(order) as form, form.order_line.edit(0) as line:
            line.msp_replaces_id = self.premium
            self.assertEqual(line.product_uom_qty, 10)
            self.assertEqual(line.msp_replaced_qty, 10)
        made = self.env["sale.order.line"].create(
            {
                "order_id": self._swap().id,
                "product_id": self.annual.id,
                "msp_replaces_id": self.premium.id,
            }
        )
        self.assertEqual(made.product_uom_qty, 10)

    def test_temporary_replacement_goes_back_by_itself(self):
        self._swap((self.annual, 2)).action_confirm()
        order = self._swap(
            self._replacing(3, msp_until="date", msp_until_date=date(2026, 12, 31))
        )
        order.action_confirm()
        self.assertEqual(self.premium._line_on(date(2026, 12, 31)).quantity, 7)
        self.assertEqual(self.premium._line_on(date(2027, 1, 1)).quantity, 10)

    def test_units_that_change_later_are_not_replaced_before(self):
        order = self._swap(self._replacing(3), msp_date_start=date(2026, 12, 8))
        order.action_confirm()
        # 3 of the 10 would be replaced twice, and 13 be billed.
        order = self._swap(self._replacing(10), msp_date_start=date(2026, 12, 1))
        self.assertEqual(
            order.msp_contract_error,
            f"Version 2 of contract {self.contract.name} changes the quantity of "
            f"Business Premium on 12/08/2026, but {order.name} replaces all of it "
            "before. Replace it from that day on, or withdraw that version first.",
        )
        with self.assertRaisesRegex(UserError, "Version 2 of contract"):
            order.action_confirm()
        order.write({"msp_date_start": date(2026, 12, 8)})
        order.order_line.write({"product_uom_qty": 7, "msp_replaced_qty": 7})
        self.assertFalse(order.msp_contract_error)
        order.action_confirm()
        self.assertEqual(self.premium.date_end, date(2026, 12, 7))

    def test_cancelled_swap_is_taken_back(self):
        order = self._swap(self._replacing(10))
        order.action_confirm()
        order.action_cancel()
        self.assertEqual(len(self.contract.line_ids), 1)
        self.assertFalse(self.premium.date_end)

    def test_outlook_tells_what_goes_and_what_comes(self):
        self._run(date(2026, 11, 1), contracts=self.contract)
        rule = self._rule(billing_unit="year")
        order = self._swap(self._replacing(10, msp_rule_id=rule.id))
        name = self.contract.name
        blocks = order._msp_get_outlook_blocks(order._msp_get_outlook())
        less = "Until 11/30/2026: $45.00 less, credited where it is billed already"
        first = "First invoice on 11/22/2026 for 11/22/2026 – 12/31/2026: $164.38"
        self.assertEqual(
            blocks,
            [
                (
                    f"Contract {name} · Monthly, in advance · Business Premium",
                    [
                        less,
                        "From 12/01/2026: $0.00 per month instead of $150.00",
                    ],
                ),
                (
                    f"Contract {name} · Yearly, in advance · Business Premium, annual",
                    [
                        first,
                        "Then $1,500.00 per year",
                        "Next invoice on 01/01/2027: $1,500.00",
                    ],
                ),
            ],
        )

    def _assert_refused(self, order, sentence):
        self.assertIn(sentence, order.msp_contract_error)
        with self.assertRaisesRegex(UserError, sentence):
            order.action_confirm()

    def test_what_cannot_be_replaced_is_refused(self):
        foreign, _order = self._confirm((self.backup, 1))
        theirs = {"msp_replaces_id": foreign.position_ids.id}
        itself = {
            "msp_replaces_id": self.premium.id,
            "msp_position_id": self.premium.id,
        }
        cases = [
            ("does not belong to", self._swap((self.annual, 1, theirs))),
            ("cannot replace itself", self._swap((self.seats, 1, itself))),
            (
                "Let each unit be replaced once",
                self._swap(self._replacing(10), self._replacing(1)),
            ),
            (
                "Let each unit be replaced once",
                self._swap(self._replacing(6), self._replacing(6)),
            ),
            (
                "replaces 11 of position",
                self._swap(self._replacing(10, msp_replaced_qty=11)),
            ),
            ("is replaced on", self._swap(self._replacing(10), (self.seats, 2))),
            ("has only 10", self._swap(self._replacing(8), (self.seats, -3))),
            (
                "nothing to replace",
                self._order(self._replacing(10)),
            ),
        ]
        for sentence, order in cases:
            with self.subTest(sentence=sentence):
                self._assert_refused(order, sentence)
        self._end(self.premium, date(2026, 11, 1))
        order = self._swap(self._replacing(10, msp_replaced_qty=10))
        self._assert_refused(order, "does not contain")


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestCoTerm(PricingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.first = cls._confirm(
            (cls.seats, 10), msp_date_start=date(2026, 1, 1)
        )

    def _until(self, day):
        return {"msp_until": "date", "msp_until_date": day}

    def test_pitfall_032_line_ends_with_the_contract_or_on_its_day(self):
        cases = [
            ({}, False),
            (self._until(date(2027, 6, 30)), date(2027, 6, 30)),
            ({"msp_until": "months", "msp_until_months": 3}, date(2027, 2, 21)),
        ]
        for values, last in cases:
            with self.subTest(values=values):
                line = {"msp_new_position": True, **values}
                order = self._amendment(self.contract, (self.backup, 1, line))
                self.assertEqual(order.order_line.msp_last_day, last)
                order.action_confirm()
                self.assertEqual(order.order_line.msp_position_id.date_end, last)
                causes = set(order.msp_version_ids.mapped("cause"))
                self.assertEqual(causes, {"order"})

    def test_pitfall_032_with_a_contract_that_ends(self):
        self._version(self.contract, date(2027, 3, 16), [{"action": "terminate"}])
        order = self._amendment(self.contract, (self.backup, 1))
        self.assertEqual(order.order_line.msp_last_day, date(2027, 3, 15))
        name = self.contract.name
        [(title, sentences)] = order._msp_get_outlook_blocks(order._msp_get_outlook())
        self.assertEqual(title, f"Contract {name} · Monthly, in advance")
        # 30.00 x 9 / 30 and 155.00 x 15 / 31; 125.00 x 15 / 31 without it. Nothing
        # is billed yet of 11 months.
        self.assertEqual(
            sentences,
            [
                "Until 11/30/2026: $9.00 more, once",
                "From 12/01/2026: $155.00 per month instead of $125.00",
                "03/01/2027 – 03/15/2027: $75.00 instead of $60.48",
                "Next invoice on 11/22/2026: $1,384.00",
                "The contract ends on 03/15/2027",
            ],
        )

    def test_units_added_for_some_time_go_by_themselves(self):
        order = self._amendment(
            self.contract, (self.seats, 2, self._until(date(2026, 12, 31)))
        )
        self.assertEqual(
            order.order_line.msp_effect, "Business Premium: 10 → 12, until 12/31/2026"
        )
        order.action_confirm()
        self.assertEqual(order.msp_version_ids.date_end, date(2026, 12, 31))
        position = self.contract.position_ids
        self.assertEqual(position._line_on(date(2026, 12, 31)).quantity, 12)
        self.assertEqual(position._line_on(date(2027, 1, 1)).quantity, 10)

    def test_line_of_a_new_contract_with_an_end_of_its_own(self):
        contract, order = self._confirm(
            (self.seats, 10), (self.backup, 1, self._until(date(2027, 1, 31)))
        )
        self.assertFalse(contract.date_end)
        backup = self._position(contract, self.backup)
        self.assertEqual(backup.date_end, date(2027, 1, 31))
        order.action_cancel()
        self.assertFalse(contract.line_ids)

    def test_bad_ends_are_refused(self):
        month = {"msp_until": "months"}
        cases = [
            (self._until(False), "enter its last day"),
            (self._until(date(2026, 11, 21)), "before it begins"),
            (self._until(date(2926, 11, 21)), "too far off"),
            ({**month, "msp_until_months": 0}, "1 to 120 months"),
            ({**month, "msp_until_months": -3}, "1 to 120 months"),
            ({**month, "msp_until_months": 2000000000}, "1 to 120 months"),
        ]
        for values, sentence in cases:
            with self.subTest(sentence=sentence):
                order = self._amendment(self.contract, (self.backup, 1, values))
                self.assertIn(sentence, order.msp_contract_error)
                self.assertTrue(order.order_line.msp_effect)
                with self.assertRaisesRegex(UserError, sentence):
                    order.action_confirm()

    def test_units_added_to_a_position_end_with_it(self):
        line = self._until(date(2027, 1, 31))
        contract, _order = self._confirm((self.seats, 1), (self.backup, 5, line))
        order = self._amendment(contract, (self.backup, 2))
        self.assertEqual(
            order.order_line.msp_effect, "Backup: 5 → 7, all end on 01/31/2027"
        )
        self.assertEqual(order.order_line.msp_last_day, date(2027, 1, 31))
        order.order_line.write(self._until(date(2027, 6, 30)))
        self.assertIn("position Backup ends on 01/31/2027", order.msp_contract_error)

    def test_fewer_than_there_are_on_a_later_day_is_refused_on_the_quotation(self):
        line = {"msp_until": "months", "msp_until_months": 1}
        self._amendment(self.contract, (self.seats, 5, line)).action_confirm()
        # 15 until 21 December, 10 afterwards
        order = self._amendment(self.contract, (self.seats, -12))
        self.assertIn("would fall below 0", order.msp_contract_error)
        order.order_line.product_uom_qty = -10
        self.assertFalse(order.msp_contract_error)

    def test_end_after_that_of_the_contract_is_refused(self):
        self._version(self.contract, date(2027, 3, 16), [{"action": "terminate"}])
        line = self._until(date(2027, 3, 31))
        order = self._amendment(self.contract, (self.backup, 1, line))
        self.assertIn("but the contract ends on 03/15/2027", order.msp_contract_error)
        new = self._order((self.backup, 1, line), term_months=3, renewal="end")
        self.assertIn("but the contract ends on 02/21/2027", new.msp_contract_error)
