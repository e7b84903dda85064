from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestConfirmedOrder(SaleContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract, cls.order = cls._confirm((cls.seats, 10), (cls.work, 1))
        cls.line, cls.work_line = cls.order.order_line

    def test_recurring_lines_are_read_only(self):
        cases = [
            {"product_id": self.backup.id},
            {"product_uom_qty": 11},
            {"price_unit": 1.0},
            {"discount": 50},
            {"product_uom_id": self.env.ref("uom.product_uom_dozen").id},
            {"tax_ids": [Command.clear()]},
            {"msp_recurring": False},
            {"msp_position_id": False},
        ]
        for vals in cases:
            with (
                self.subTest(vals=vals),
                self.assertRaisesRegex(UserError, self.contract.name),
            ):
                self.line.sudo().write(vals)
            with (
                self.subTest(order=vals),
                self.assertRaisesRegex(UserError, self.contract.name),
            ):
                self.order.write({"order_line": [Command.update(self.line.id, vals)]})

    def test_same_values_are_no_change(self):
        self.line.write(
            {
                "product_uom_qty": 10,
                "product_id": self.seats.id,
                "tax_ids": [Command.set(self.line.tax_ids.ids)],
            }
        )
        self.line.name = "A text of one's own"

    def test_one_time_lines_stay_editable(self):
        self.work_line.product_uom_qty = 2
        self.order.action_update_taxes()
        self.assertEqual(self.work_line.price_subtotal, 200)

    def test_lines_cannot_be_deleted(self):
        self.order.sudo().write({"state": "sale"})
        with self.assertRaises(UserError):
            self.line.unlink()

    def test_recurring_products_cannot_be_slipped_in(self):
        with self.assertRaisesRegex(UserError, "amends the contract"):
            self.order.order_line = [Command.create({"product_id": self.backup.id})]
        with self.assertRaisesRegex(UserError, "amends the contract"):
            self.work_line.product_id = self.backup
        plain = self._order((self.work, 1))
        plain.action_confirm()
        with self.assertRaisesRegex(UserError, "Make a quotation"):
            plain.order_line = [Command.create({"product_id": self.backup.id})]

    def test_state_cannot_be_written_past_the_contract(self):
        for state in ("draft", "cancel"):
            with self.assertRaisesRegex(UserError, "Cancel the order"):
                self.order.state = state

    def test_cancelled_order_withdraws_its_version(self):
        version = self.order.msp_version_id
        self.order.action_cancel()
        self.assertEqual(self.order.state, "cancel")
        self.assertEqual(version.state, "withdrawn")
        self.assertFalse(self.contract.line_ids)
        self.assertFalse(self.line.msp_position_id)
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            self.order.unlink()

    def test_order_confirmed_again_makes_another_contract(self):
        self.order.action_cancel()
        self.order.action_draft()
        self.line.product_uom_qty = 7
        self.order.action_confirm()
        contract = self.order.msp_version_id.contract_id
        self.assertNotEqual(contract, self.contract)
        self.assertEqual(contract.line_ids.quantity, 7)
        self.assertEqual(self.line.msp_position_id, contract.position_ids)

    def test_cancelled_amendment_is_taken_back(self):
        order = self._amendment(self.contract, (self.seats, 2), (self.backup, 1))
        order.action_confirm()
        self.assertEqual(len(self.contract.line_ids), 2)
        order._action_cancel()
        self.assertEqual(self.contract.line_ids.quantity, 10)

    def test_order_that_others_rest_on_is_not_cancelled(self):
        self._amendment(self.contract, (self.seats, 2)).action_confirm()
        with self.assertRaisesRegex(UserError, "version 2 of contract"):
            self.order.action_cancel()

    def test_billed_order_is_not_cancelled(self):
        run = self._run(date(2026, 3, 31), contracts=self.contract)
        self.assertTrue(run.move_ids)
        with self.assertRaisesRegex(UserError, self.contract.name):
            self.order.action_cancel()
        self.assertEqual(self.order.state, "sale")
        self.assertEqual(self.order.msp_version_id.state, "active")

    def test_deleted_drafts_let_the_order_be_cancelled(self):
        run = self._run(date(2026, 3, 31), contracts=self.contract, post=False)
        run.action_delete_drafts()
        self.order.action_cancel()
        self.assertEqual(self.order.msp_version_id.state, "withdrawn")

    def test_amendment_is_cancelled_until_its_days_are_billed(self):
        self._run(date(2026, 3, 31), contracts=self.contract)
        order = self._amendment(
            self.contract, (self.seats, 2), msp_date_start=date(2026, 4, 1)
        )
        order.action_confirm()
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        self._run(date(2026, 4, 30), contracts=self.contract)
        with self.assertRaisesRegex(UserError, self.contract.name):
            order.action_cancel()

    def test_contract_button_opens_the_contract(self):
        action = self.order.action_view_msp_contract()
        self.assertEqual(action["res_id"], self.contract.id)
