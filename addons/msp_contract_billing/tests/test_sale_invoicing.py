from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from odoo.addons.account_payment.tests.common import AccountPaymentCommon
from odoo.addons.http_routing.tests.common import MockRequest

from ..controllers.sale_portal import CustomerPortal
from .sale_common import SaleContractCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestSaleInvoicing(SaleContractCommon):
    """Seats 10 x 12.50 recurring, work 1 x 100.00 once, 15 % tax each."""

    def _wizard(self, order, **values):
        return (
            self.env["sale.advance.payment.inv"]
            .with_context(active_model="sale.order", active_ids=order.ids)
            .create({"sale_order_ids": [Command.set(order.ids)], **values})
        )

    def test_order_invoices_one_time_lines_only(self):
        _contract, order = self._confirm((self.seats, 10), (self.work, 1))
        seats, work = order.order_line
        self.assertRecordValues(
            seats + work,
            [
                {
                    "qty_to_invoice": 0,
                    "untaxed_amount_to_invoice": 0,
                    "amount_to_invoice": 0,
                    "invoice_status": "invoiced",
                },
                {
                    "qty_to_invoice": 1,
                    "untaxed_amount_to_invoice": 100,
                    "amount_to_invoice": 115,
                    "invoice_status": "to invoice",
                },
            ],
        )
        self.assertEqual(order.amount_to_invoice, 115)
        self.assertEqual(order.invoice_status, "to invoice")
        self._wizard(order).create_invoices()
        self.assertRecordValues(
            order.invoice_ids.invoice_line_ids,
            [{"product_id": self.work.id, "quantity": 1, "price_unit": 100}],
        )
        self.assertEqual(order.invoice_status, "invoiced")

    def test_sections_without_one_time_lines_are_not_invoiced(self):
        order = self._order()
        order.order_line = [
            Command.create({"display_type": "line_section", "name": "Monthly"}),
            Command.create({"product_id": self.seats.id}),
            Command.create({"display_type": "line_section", "name": "Once"}),
            Command.create({"product_id": self.work.id}),
        ]
        order.action_confirm()
        invoice = order._create_invoices()
        names = invoice.invoice_line_ids.mapped("name")
        self.assertEqual(names, ["Once", "Migration"])

    def test_recurring_order_is_nothing_to_invoice(self):
        contract, order = self._confirm((self.seats, 10))
        self.assertEqual(order.invoice_status, "invoiced")
        for method in ("delivered", "percentage", "fixed"):
            wizard = self._wizard(
                order, advance_payment_method=method, amount=10, fixed_amount=10
            )
            with (
                self.subTest(method=method),
                self.assertRaisesRegex(UserError, contract.name),
            ):
                wizard.create_invoices()
        self.assertFalse(order.invoice_ids)

    def test_delivered_quantity_changes_nothing(self):
        self.seats.invoice_policy = "delivery"
        _contract, order = self._confirm((self.seats, 10))
        order.order_line.qty_delivered = 12
        self.assertRecordValues(
            order.order_line,
            [{"qty_to_invoice": 0, "invoice_status": "invoiced"}],
        )

    def test_down_payment_of_a_percentage(self):
        _contract, order = self._confirm((self.seats, 10), (self.work, 1))
        self._wizard(
            order, advance_payment_method="percentage", amount=30
        ).create_invoices()
        invoice = order.invoice_ids
        self.assertEqual(invoice.amount_untaxed, 30)
        self.assertEqual(invoice.amount_total, 34.5)
        invoice.action_post()
        self._wizard(order).create_invoices()
        final = order.invoice_ids - invoice
        self.assertEqual(final.amount_untaxed, 70)

    def test_down_payment_of_a_fixed_amount(self):
        no_tax = self._product("Cable", 50.00, taxes_id=[Command.clear()])
        _contract, order = self._confirm((self.seats, 10), (self.work, 1), (no_tax, 1))
        self._wizard(
            order, advance_payment_method="fixed", fixed_amount=33
        ).create_invoices()
        # 33.00 of 165.00 is a fifth of each one-time line.
        self.assertRecordValues(
            order.invoice_ids.invoice_line_ids.filtered("is_downpayment").sorted(
                "price_total"
            ),
            [{"price_total": 10.0}, {"price_total": 23.0}],
        )

    def test_global_discount_is_of_one_time_lines(self):
        order = self._order((self.seats, 10), (self.work, 1))
        self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "so_discount",
                "discount_percentage": 0.1,
            }
        ).action_apply_discount()
        self.assertEqual(order.order_line[-1].price_subtotal, -10)
        self.assertFalse(order.order_line[-1].msp_recurring)

    def test_credit_limit_counts_one_time_lines(self):
        self.env.company.account_use_credit_limit = True
        self._confirm((self.seats, 10), (self.work, 1))
        self._confirm((self.backup, 5))
        self.customer.invalidate_recordset(["credit_to_invoice"])
        self.assertEqual(self.customer.credit_to_invoice, 115)

    def test_contract_invoice_is_not_linked_to_the_order(self):
        contract, order = self._confirm((self.seats, 10), (self.work, 1))
        run = self._run(date(2026, 3, 31), contracts=contract)
        self.assertTrue(run.move_ids.invoice_line_ids)
        self.assertFalse(run.move_ids.invoice_line_ids.sale_line_ids)
        self.assertFalse(order.invoice_ids)
        self.assertEqual(order.order_line[0].qty_invoiced, 0)

    def _combo_order(self, *products):
        combos = self.env["product.combo"].create(
            [
                {
                    "name": product.name,
                    "combo_item_ids": [Command.create({"product_id": product.id})],
                }
                for product in products
            ]
        )
        menu = self.env["product.product"].create(
            {
                "name": "Menu",
                "type": "combo",
                "lst_price": 60,
                "combo_ids": [Command.set(combos.ids)],
            }
        )
        order = self._order((menu, 1))
        for combo in combos:
            item = combo.combo_item_ids
            order.order_line = [
                Command.create(
                    {
                        "product_id": item.product_id.id,
                        "combo_item_id": item.id,
                        "linked_line_id": order.order_line[0].id,
                    }
                )
            ]
        return order

    def test_combo_with_recurring_and_one_time_items(self):
        order = self._combo_order(self.seats, self.work)
        head, seats, work = order.order_line
        self.assertFalse(head.msp_recurring)
        self.assertTrue(seats.msp_recurring)
        order.action_confirm()
        self.assertEqual(seats.msp_position_id.product_id, self.seats)
        self.assertRecordValues(
            order.order_line,
            [
                {"qty_to_invoice": 1, "invoice_status": "to invoice"},
                {"qty_to_invoice": 0, "invoice_status": "invoiced"},
                {"qty_to_invoice": 1, "invoice_status": "to invoice"},
            ],
        )
        invoice = order._create_invoices()
        products = invoice.invoice_line_ids.product_id
        self.assertEqual(products, work.product_id)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_combo_of_recurring_items_only(self):
        order = self._combo_order(self.seats, self.backup)
        order.action_confirm()
        self.assertEqual(order.invoice_status, "invoiced")
        order._force_lines_to_invoice_policy_order()
        self.assertEqual(order.order_line.mapped("qty_to_invoice"), [0, 0, 0])
        with self.assertRaisesRegex(UserError, "recurring products only"):
            order._create_invoices()


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestSalePayment(SaleContractCommon, AccountPaymentCommon):
    """What a customer pays online is for one-time lines."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.env.company.currency_id
        cls.partner = cls.customer
        cls.customer.email = "customer@example.com"
        cls.env["ir.config_parameter"].sudo().set_param(
            "sale.automatic_invoice", "True"
        )

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref("base.group_system")

    def _pay(self, order, amount):
        """Pay `amount` online as the portal does and return the transaction."""
        transaction = self._create_transaction(
            flow="redirect",
            sale_order_ids=[Command.set(order.ids)],
            state="done",
            amount=amount,
        )
        transaction_class = type(self.env["payment.transaction"])
        with (
            mute_logger("odoo.addons.sale.models.payment_transaction"),
            patch.object(transaction_class, "_send_invoice", lambda self: None),
        ):
            transaction._post_process()
        return transaction

    def test_one_time_total_confirms_and_is_invoiced(self):
        self.seats.invoice_policy = "delivery"
        order = self._order(
            (self.seats, 10), (self.work, 1), require_payment=True, prepayment_percent=1
        )
        self.assertEqual(order.amount_total, 258.75)
        self.assertEqual(order._get_prepayment_required_amount(), 115)
        self.assertTrue(order._has_to_be_paid())
        transaction = self._pay(order, 115)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.msp_version_id.state, "active")
        self.assertTrue(order._is_paid())
        self.assertEqual(transaction.invoice_ids, order.invoice_ids)
        self.assertRecordValues(
            order.invoice_ids.invoice_line_ids,
            [{"product_id": self.work.id, "quantity": 1}],
        )
        self.assertEqual(order.order_line[0].qty_to_invoice, 0)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_part_of_it_becomes_a_down_payment(self):
        order = self._order(
            (self.seats, 10),
            (self.work, 1),
            require_payment=True,
            prepayment_percent=0.2,
        )
        self.assertEqual(order._get_prepayment_required_amount(), 23)
        self._pay(order, 23)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.invoice_ids.amount_total, 23)
        self.assertEqual(order._get_default_payment_link_values()["amount_max"], 92)

    def test_more_than_one_time_total_invoices_no_more(self):
        order = self._order((self.seats, 10), (self.work, 1), require_payment=True)
        self._pay(order, 258.75)
        self.assertEqual(order.invoice_ids.amount_total, 115)

    def test_payment_of_recurring_order_invoices_nothing(self):
        order = self._order((self.seats, 10), require_payment=True)
        order.action_confirm()
        transaction = self._pay(order, 50)
        self.assertFalse(transaction.invoice_ids)
        self.assertFalse(order.invoice_ids)

    def test_recurring_order_is_signed_where_nothing_can_be_paid(self):
        order = self._order(
            (self.seats, 10), require_payment=True, require_signature=False
        )
        self.assertEqual(order._get_prepayment_required_amount(), 0)
        self.assertFalse(order._has_to_be_paid())
        self.assertTrue(order._has_to_be_signed())

    def test_payment_link_asks_for_one_time_lines(self):
        order = self._order((self.seats, 10), (self.work, 1))
        values = order._get_default_payment_link_values()
        self.assertEqual((values["amount"], values["amount_max"]), (115, 115))

    def test_portal_charges_one_time_lines(self):
        order = self._order(
            (self.seats, 10),
            (self.work, 1),
            require_payment=True,
            prepayment_percent=0.2,
        )
        portal = CustomerPortal()
        cases = [
            # chosen in the portal, amount of the link, to be paid
            ("full_amount", None, 115),
            ("down_payment", None, 23),
            (None, None, 23),
            (None, 50, 50),
            (None, 115, 115),
            (None, 200, 115),
        ]
        for selection, payment_amount, expected in cases:
            with (
                self.subTest(selection=selection, payment_amount=payment_amount),
                MockRequest(self.env),
            ):
                values = portal._get_payment_values(
                    order,
                    is_down_payment=portal._determine_is_down_payment(
                        order, selection, payment_amount
                    ),
                    payment_amount=payment_amount,
                )
                self.assertEqual(values["amount"], expected)
