from datetime import date

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendContract(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.first_order = cls._confirm(
            (cls.seats, 10), msp_date_start=date(2026, 1, 1)
        )
        cls.premium = cls.contract.position_ids

    def _quantities(self):
        return [
            (line.date_start, line.quantity, line.price_unit, line.discount)
            for line in self.contract.line_ids.sorted("date_start")
        ]

    def test_upsell_finds_the_position(self):
        order = self._amendment(self.contract, (self.seats, 2))
        self.assertEqual(order.order_line.msp_effect, "Business Premium: 10 → 12")
        order.action_confirm()
        self.assertEqual(order.order_line.msp_position_id, self.premium)
        self.assertEqual(
            self._quantities(),
            [
                (date(2026, 1, 1), 10, 12.5, 0),
                (date(2026, 3, 10), 12, 12.5, 0),
            ],
        )
        self.assertEqual(order.msp_version_id.number, 2)

    def test_downsell_takes_away(self):
        order = self._amendment(
            self.contract, (self.seats, -4), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 4, 1), 6, 12.5, 0))

    def test_new_product_begins_a_position(self):
        order = self._amendment(self.contract, (self.backup, 1), (self.work, 1))
        self.assertEqual(order.order_line[0].msp_effect, "New position")
        order.action_confirm()
        backup = self._position(self.contract, self.backup)
        self.assertEqual(order.order_line[0].msp_position_id, backup)
        self.assertEqual(backup.date_start, date(2026, 3, 10))
        self.assertEqual(self._quantities()[0], (date(2026, 1, 1), 10, 12.5, 0))

    def test_other_price_begins_a_position_and_leaves_the_old_one(self):
        order = self._amendment(self.contract, (self.seats, 2, {"price_unit": 11}))
        order.action_confirm()
        self.assertNotEqual(order.order_line.msp_position_id, self.premium)
        self.assertEqual(len(self.contract.position_ids), 2)
        self.assertEqual(self.premium._line_on(date(2026, 3, 10)).quantity, 10)

    def test_other_price_on_a_chosen_position_holds_for_all_of_it(self):
        order = self._amendment(
            self.contract,
            (
                self.seats,
                2,
                {
                    "price_unit": 11,
                    "discount": 10,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        effect = order.order_line.msp_effect.replace("\xa0", "")
        self.assertEqual(
            effect,
            "Business Premium: 10 → 12, price of all $12.50 → $11.00, "
            "discount of all 0 % → 10 %",
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 12, 11, 10))
        self.assertIn("price", order.msp_version_id.summary)

    def test_choosing_a_position_takes_its_price(self):
        self.seats.lst_price = 14
        order = self._amendment(self.contract, (self.seats, 1))
        with Form(order) as form, form.order_line.edit(0) as line:
            self.assertEqual(line.price_unit, 14)
            line.msp_position_id = self.premium
            self.assertEqual(line.price_unit, 12.5)
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 11, 12.5, 0))

    def test_salesman_may_ask_for_a_new_position(self):
        order = self._amendment(
            self.contract, (self.seats, 2, {"msp_new_position": True})
        )
        order.action_confirm()
        self.assertEqual(len(self.contract.position_ids), 2)

    def test_other_unit_is_converted(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        order = self._amendment(
            self.contract,
            (
                self.seats,
                1,
                {
                    "product_uom_id": dozen.id,
                    "price_unit": 150,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        order.action_confirm()
        self.assertEqual(self._quantities()[-1], (date(2026, 3, 10), 22, 12.5, 0))

    def test_unit_of_another_kind_is_refused(self):
        order = self._amendment(
            self.contract,
            (
                self.seats,
                1,
                {
                    "product_uom_id": self.env.ref("uom.product_uom_hour").id,
                    "msp_position_id": self.premium.id,
                },
            ),
        )
        self._assert_refused(order, "cannot be converted")

    def _assert_refused(self, order, sentence):
        self.assertIn(sentence, order.msp_contract_error)
        with self.assertRaisesRegex(UserError, sentence):
            order.action_confirm()
        self.assertEqual(order.state, "draft")

    def test_what_cannot_be_amended_is_refused(self):
        stranger = self.env["res.partner"].create({"name": "Other"})
        euro = self.setup_other_currency("EUR")
        euro_list = self.env["product.pricelist"].create(
            {"name": "EUR", "currency_id": euro.id}
        )
        foreign, _order = self._confirm((self.backup, 1))
        draft = self.env["msp.contract"].create({"partner_id": self.customer.id})
        seats, amend = (self.seats, 1), {"msp_contract_action": "amend"}
        at_position = {"msp_position_id": self.premium.id}
        cases = [
            ("Choose the contract", self._order(seats, **amend)),
            (
                "another customer",
                self._amendment(self.contract, seats, partner_id=stranger.id),
            ),
            (
                "is in USD",
                self._amendment(self.contract, seats, pricelist_id=euro_list.id),
            ),
            ("does not run on", self._amendment(draft, seats)),
            (
                "does not run on",
                self._amendment(
                    self.contract, seats, msp_date_start=date(2025, 12, 31)
                ),
            ),
            (
                "does not belong to contract",
                self._amendment(foreign, (self.seats, 1, at_position)),
            ),
            (
                "is another product",
                self._amendment(self.contract, (self.backup, 1, at_position)),
            ),
            ("to take from", self._amendment(self.contract, (self.backup, -1))),
            ("has only 10", self._amendment(self.contract, (self.seats, -11))),
            (
                "has only 10",
                self._amendment(self.contract, (self.seats, -6), (self.seats, -6)),
            ),
        ]
        for sentence, order in cases:
            with self.subTest(sentence=sentence):
                self._assert_refused(order, sentence)

    def test_position_that_has_ended_is_refused(self):
        self._end(self.premium, date(2026, 2, 1))
        order = self._amendment(
            self.contract, (self.seats, 1, {"msp_position_id": self.premium.id})
        )
        self._assert_refused(order, "is not part of contract")
        order.order_line.msp_position_id = False
        order.action_confirm()
        self.assertEqual(len(self.contract.position_ids), 2)

    def test_contract_of_another_company_is_refused(self):
        other = self.setup_other_company()
        order = self._order(
            (self.seats, 1, {"tax_ids": False}),
            company_id=other["company"].id,
            msp_contract_action="amend",
        )
        with self.assertRaises(UserError):
            order.msp_contract_id = self.contract

    def test_portal_customer_amends_what_the_quotation_says(self):
        public = self.env.ref("base.public_user")
        order = self._amendment(self.contract, (self.seats, 2))
        order.with_user(public).sudo()._validate_order()
        self.assertEqual(self._quantities()[-1][1], 12)

    def test_copy_forgets_day_and_positions(self):
        order = self._amendment(
            self.contract, (self.seats, 2), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        copy = order.copy()
        self.assertEqual(copy.msp_contract_id, self.contract)
        self.assertFalse(copy.msp_date_start)
        self.assertFalse(copy.msp_version_id)
        self.assertFalse(copy.order_line.msp_position_id)
