from datetime import date

from odoo.tests import freeze_time, tagged

from .bundle_common import BundleCommon


@freeze_time("2026-11-22 12:00:00")
@tagged("post_install", "-at_install")
class TestBundleOnOrders(BundleCommon):
    def test_bundle_that_waits_goes_live_with_its_components(self):
        contract, order = self._confirm(
            (self.backup, 1), (self.workplace, 10, {"msp_begins": "acceptance"})
        )
        version = order.msp_version_ids.filtered("awaits")
        self.assertEqual(version.sold_amount_month, 500.0)
        version._go_live(date(2026, 12, 1))
        self.assertEqual(
            self._quantities(contract, date(2026, 12, 1)),
            {"Backup": 1, "Workplace": 10, "Business Premium": 10, "Mailbox": 20},
        )

    def test_cancelled_order_leaves_no_components_that_never_were_live(self):
        contract, order = self._confirm(
            (self.backup, 1), (self.workplace, 10, {"msp_begins": "acceptance"})
        )
        order.action_cancel()
        self.assertEqual(contract.position_ids.product_id, self.backup)

    def test_bundle_is_replaced_with_its_components(self):
        contract = self._bundle(date(2026, 1, 1))
        bundle = contract.position_ids.filtered("is_bundle")
        order = self._amendment(
            contract, (self.backup, 4, {"msp_replaces_id": bundle.id})
        )
        order.action_confirm()
        self.assertEqual(
            self._quantities(contract, date(2026, 11, 22)),
            {"Workplace": 6, "Business Premium": 6, "Mailbox": 12, "Backup": 4},
        )
        order = self._amendment(
            contract, (self.backup, 6, {"msp_replaces_id": bundle.id})
        )
        order.action_confirm()
        self.assertEqual(self._quantities(contract, date(2026, 11, 22)), {"Backup": 10})

    def test_component_alone_is_not_replaced(self):
        contract = self._bundle(date(2026, 1, 1))
        mailbox = contract.position_ids.filtered(
            lambda position: position.name == "Mailbox"
        )
        order = self._amendment(
            contract, (self.backup, 4, {"msp_replaces_id": mailbox.id})
        )
        self.assertIn("is part of bundle Workplace", order.msp_contract_error)

    def test_outlook_counts_the_bundle_only(self):
        order = self._order((self.workplace, 10))
        [(_title, sentences)] = order._msp_get_outlook_blocks(order._msp_get_outlook())
        # 500.00 x 9 / 30
        self.assertEqual(
            sentences,
            [
                "First invoice on 11/22/2026 for 11/22/2026 – 11/30/2026: $150.00",
                "Then $500.00 per month",
                "Next invoice on 12/01/2026: $500.00",
            ],
        )
