from datetime import date

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .bundle_common import BundleCommon
from .common import day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestBundleEveryWay(BundleCommon):
    """Pitfall 116: every way to begin a bundle runs the same code."""

    def _check(self, contract, on, count):
        self.assertEqual(
            self._quantities(contract, on),
            {"Workplace": count, "Business Premium": count, "Mailbox": 2 * count},
        )
        bundle = self._position(contract, self.workplace)
        self.assertEqual(bundle.component_ids, contract.position_ids - bundle)
        self.assertEqual(contract.amount_month, 50.0 * count)

    def test_pitfall_116_bundle_by_a_new_order_and_its_upsell(self):
        contract, _order = self._confirm((self.workplace, 3))
        self._check(contract, date(2026, 3, 10), 3)
        order = self._amendment(contract, (self.workplace, 2))
        order.action_confirm()
        self.assertEqual(len(contract.position_ids), 3)
        self._check(contract, date(2026, 3, 10), 5)

    def test_pitfall_116_bundle_by_an_amending_order(self):
        contract = self._contract(day(1), [(self.backup, 1, 30.0)])
        self._amendment(contract, (self.workplace, 2)).action_confirm()
        content = self._quantities(contract, date(2026, 3, 10))
        self.assertEqual(content.pop("Backup"), 1)
        self.assertEqual(content, {"Workplace": 2, "Business Premium": 2, "Mailbox": 4})

    def test_pitfall_116_bundle_by_the_amend_wizard(self):
        contract = self._contract(day(1), [(self.backup, 1, 30.0)])
        form = self._dialog(contract.action_amend())
        with form.line_ids.new() as line:
            line.product_id = self.workplace
            line.quantity = 2
        form.save().action_apply()
        content = self._quantities(contract, date(2026, 3, 10))
        self.assertEqual(
            content,
            {"Backup": 1, "Workplace": 2, "Business Premium": 2, "Mailbox": 4},
        )

    def test_pitfall_116_bundle_by_the_start_wizard(self):
        start = self.env["msp.contract.start"].create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create({"product_id": self.workplace.id, "quantity": 4})
                ],
            }
        )
        contract = self.env["msp.contract"].browse(start.action_start()["res_id"])
        self._check(contract, date(2026, 3, 10), 4)

    def test_pitfall_116_bundle_by_a_version_entered_by_hand(self):
        contract = self._bundle(day(1))
        position = self.env["msp.contract.position"].create(
            {"contract_id": contract.id, "product_id": self.workplace.id}
        )
        self._version(
            contract,
            day(3),
            [
                {
                    "action": "begin",
                    "position_id": position.id,
                    "quantity_mode": "set",
                    "quantity": 1,
                    "sets_price": True,
                    "price_unit": 50.0,
                }
            ],
        )
        self.assertEqual(position.component_ids.line_ids.mapped("quantity"), [1.0, 2.0])

    def test_an_order_cannot_amend_a_component(self):
        contract = self._bundle(day(1))
        mailbox = self._position(contract, self.mailbox)
        order = self._amendment(
            contract, (self.mailbox, 2, {"msp_position_id": mailbox.id})
        )
        with self.assertRaisesRegex(UserError, "is part of bundle Workplace"):
            order.action_confirm()
        # Without a choice it begins on its own, with a price.
        order = self._amendment(contract, (self.mailbox, 2))
        order.action_confirm()
        own = order.order_line.msp_position_id
        self.assertNotEqual(own, mailbox)
        self.assertFalse(own.bundle_id)
        self.assertEqual(own.line_ids.price_unit, 3.0)

    def test_cancelling_the_order_takes_the_components_back(self):
        contract, order = self._confirm((self.workplace, 3))
        order._action_cancel()
        self.assertFalse(contract.line_ids)

    def test_quotation_lists_what_an_unfolded_bundle_consists_of(self):
        order = self._order((self.workplace, 3), (self.seats, 1))
        line, other = order.order_line
        self.assertEqual(line.msp_bundle_label, "3 × Business Premium, 6 × Mailbox")
        self.assertFalse(line.msp_shows_bundle or other.msp_bundle_label)
        html = self._report(order)
        self.assertNotIn("6 × Mailbox", html)
        self.workplace.msp_bundle_display = "unfolded"
        self.assertIn("6 × Mailbox", self._report(order))

    def _report(self, order):
        self.env.invalidate_all()
        report = self.env["ir.actions.report"]
        html, _type = report._render_qweb_html("sale.report_saleorder", order.ids)
        return html.decode()


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestBundleAmendment(BundleCommon):
    """Components of a running bundle in the amend wizard."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._bundle(day(1))
        cls.bundle = cls.contract.position_ids.filtered("component_ids")

    def _form(self):
        return self._dialog(self.contract.action_amend())

    def test_more_bundles_are_more_components(self):
        form = self._form()
        with form.line_ids.edit(0) as line:
            self.assertEqual(line.product_id, self.workplace)
            line.quantity = 12
        form.save().action_apply()
        changes = self.contract.version_ids.sorted("number")[-1].change_ids
        self.assertEqual(changes.position_id, self.bundle)
        self.assertEqual(
            self._quantities(self.contract, date(2026, 3, 10)),
            {"Workplace": 12, "Business Premium": 12, "Mailbox": 24},
        )

    def test_a_component_is_added_to_a_running_bundle(self):
        form = self._form()
        with form.line_ids.new() as line:
            line.product_id = self.backup
            line.bundle_id = self.bundle
            line.bundle_quantity = 0.5
            self.assertEqual((line.quantity, line.price_unit), (5.0, 0.0))
        form.save().action_apply()
        backup = self._position(self.contract, self.backup)
        self.assertRecordValues(
            backup, [{"bundle_id": self.bundle.id, "bundle_quantity": 0.5}]
        )
        self._set(self.bundle, day(6), quantity=20)
        self.assertEqual(self._quantities(self.contract, day(6))["Backup"], 10)
        self.assertEqual(self._amounts_due(self.contract, day(4)), [500.0] * 4)

    def test_a_component_is_taken_out_of_a_running_bundle(self):
        form = self._form()
        with form.line_ids.edit(2) as line:
            self.assertEqual(line.product_id, self.mailbox)
            line.is_ended = True
        form.save().action_apply()
        self._set(self.bundle, day(6), quantity=20)
        self.assertEqual(
            self._quantities(self.contract, day(6)),
            {"Workplace": 20, "Business Premium": 20},
        )

    def test_a_bundle_ended_with_its_components_leaves_no_change_without_effect(self):
        form = self._form()
        for index in range(3):
            with form.line_ids.edit(index) as line:
                line.is_ended = True
        form.save().action_apply()
        changes = self.contract.version_ids.sorted("number")[-1].change_ids
        self.assertEqual(changes.position_id, self.bundle)
        self.assertFalse(self.contract.line_ids._on(date(2026, 3, 10)))

    def test_a_component_cannot_be_added_to_a_bundle_that_has_ended(self):
        self._begin(self.contract, day(1), self.backup, 1, 30.0)
        self._end(self.bundle, day(2))
        form = self._form()
        with form.line_ids.new() as line:
            line.product_id = self.seats
            line.bundle_id = self.bundle
        with self.assertRaisesRegex(UserError, "cannot be added to Workplace"):
            form.save().action_apply()

    def test_adding_to_a_bundle_survives_another_day(self):
        form = self._form()
        with form.line_ids.new() as line:
            line.product_id = self.backup
            line.bundle_id = self.bundle
        form.date_start = day(4)
        amend = form.save()
        self.assertEqual(
            amend.line_ids.filtered("bundle_id").mapped("bundle_quantity"),
            [1.0, 2.0, 1.0],
        )
