from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import ImportCommon, seats

MAIL = {
    "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
    "ProductId": "CFQ7TTC0LH18",
    "SkuName": "Contoso Mail",
    "ProductName": "Contoso Mail",
}


@freeze_time("2026-04-20 08:00:00")
@tagged("post_install", "-at_install")
class TestImportLiveOrder(ImportCommon):
    """Orders whose lines wait for their first day at the provider, and files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mail = cls._product("Contoso Mail", 5.0)
        cls.phone = cls._product("Phone", 9.0)
        cls.workplace = cls._product(
            "Workplace",
            50.0,
            msp_bundle_line_ids=[
                Command.create({"product_id": cls.premium.id, "quantity": 1}),
                Command.create({"product_id": cls.mail.id, "quantity": 2}),
            ],
        )
        cls.contract = cls._contract(cls.customer, [(cls.phone, 1, 9.0)])

    def _order(self, product, quantity, contract=None, **values):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "msp_contract_action": "amend",
                "msp_contract_id": (contract or self.contract).id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "msp_begins": "provider",
                            **values,
                        }
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def _components(self, contract):
        """Return the positions of bundle, seats and mailboxes."""
        return (
            contract.position_ids.filtered(lambda one, name=name: one.name == name)
            for name in ("Workplace", "Contoso Business Premium", "Contoso Mail")
        )

    # Bundles

    def test_a_bundle_goes_live_with_the_first_of_its_components(self):
        order = self._order(self.workplace, 10)
        bundle, premium, mail = self._components(self.contract)
        import_ = self._applied(
            seats(10, ChargeStartDate=date(2026, 3, 9), ChargeType="new"),
            seats(20, **MAIL, ChargeType="new"),
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["applied"] * 2)
        self.assertEqual(import_.version_ids, order.msp_version_ids)
        self.assertEqual(self._content(bundle), [(date(2026, 3, 5), 10.0)])
        self.assertEqual(self._content(premium), [(date(2026, 3, 5), 10.0)])
        self.assertEqual(self._content(mail), [(date(2026, 3, 5), 20.0)])

    def test_a_component_that_differs_is_set_beside_its_bundle(self):
        self._order(self.workplace, 10)
        bundle, premium, mail = self._components(self.contract)
        import_ = self._applied(
            seats(9, ChargeType="new"), seats(20, **MAIL, ChargeType="new")
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["applied"] * 2)
        self.assertEqual(self._content(bundle), [(date(2026, 3, 5), 10.0)])
        self.assertEqual(self._content(premium), [(date(2026, 3, 5), 9.0)])
        self.assertEqual(self._content(mail), [(date(2026, 3, 5), 20.0)])

    def test_added_bundles_go_live_with_their_components(self):
        running = self._contract(self.customer, [(self.workplace, 10, 50.0)])
        bundle, premium, mail = self._components(running)
        order = self._order(self.workplace, 2, running)
        import_ = self._prepared(seats(12), seats(24, **MAIL))
        self.assertRecordValues(
            import_.change_ids.sorted("quantity"),
            [
                {"is_awaited": True, "sold_quantity": 12.0, "error": False},
                {"is_awaited": True, "sold_quantity": 24.0, "error": False},
            ],
        )
        self.assertEqual(order.msp_version_ids.provider_seen, date(2026, 3, 5))
        import_.action_apply()
        self.assertEqual(import_.change_ids.mapped("state"), ["applied"] * 2)
        self.assertEqual(import_.version_ids, order.msp_version_ids)
        self.assertEqual(
            [self._content(position)[-1] for position in (bundle, premium, mail)],
            [
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 5), 12.0),
                (date(2026, 3, 5), 24.0),
            ],
        )

    # Taking back

    def test_order_is_cancelled_while_an_import_speaks_of_it(self):
        order = self._order(self.premium, 12)
        import_ = self._prepared(seats(12, ChargeType="new"))
        order._action_cancel()
        self.assertEqual(self.contract.position_ids.product_id, self.phone)
        import_.action_apply()
        self.assertEqual(import_.change_ids.state, "failed")
        self.assertIn("Prepare the import again", import_.change_ids.error)
        self.assertEqual(import_.amount_lost, 0.0)
        import_.action_prepare()
        self.assertFalse(import_.change_ids.is_awaited)

    def test_withdrawn_import_takes_trial_and_end_along(self):
        """Else a customer who is live later has the old trial as well as the new."""
        self._order(
            self.premium,
            12,
            msp_until="months",
            msp_until_months=3,
            msp_limited_kind="trial",
        )
        march = self._applied(seats(12, ChargeType="new"))
        made = self.contract.version_ids.filtered(lambda one: one.number > 1)
        self.assertEqual(made.mapped("state"), ["active"] * 3)
        march._withdraw("wrong file")
        self.assertEqual(made.mapped("state"), ["withdrawn"] * 3)
        limited = self.env["msp.limited.price"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.assertEqual(limited.recorded, "cancelled")
        self._applied(
            seats(
                12,
                ChargeType="new",
                ChargeStartDate=date(2026, 3, 20),
                ChargeEndDate=date(2026, 4, 19),
            ),
            name="right.csv",
        )
        position = self.contract.position_ids - self.contract.position_ids[:1]
        lines = position.line_ids.sorted("date_start")
        self.assertRecordValues(
            lines,
            [
                {
                    "date_start": date(2026, 3, 20),
                    "date_end": date(2026, 4, 19),
                    "discount": 100.0,
                },
                {
                    "date_start": date(2026, 4, 20),
                    "date_end": date(2026, 6, 19),
                    "discount": 0.0,
                },
            ],
        )

    def test_what_stops_with_its_trial_can_be_live_later(self):
        self._order(
            self.premium, 12, msp_limited_kind="trial", msp_limited_afterwards="stop"
        )
        self._applied(seats(12, ChargeType="new"))._withdraw("wrong file")
        april = self._applied(
            seats(
                12,
                ChargeType="new",
                ChargeStartDate=date(2026, 4, 10),
                ChargeEndDate=date(2026, 5, 9),
            ),
            name="right.csv",
        )
        self.assertEqual(april.change_ids.state, "applied")
        self.assertEqual(april.change_ids.position_id.date_end, date(2026, 5, 9))

    def test_a_fixed_end_stays_when_an_import_is_withdrawn(self):
        self._order(
            self.premium, 12, msp_until="date", msp_until_date=date(2026, 12, 31)
        )
        self._applied(seats(12, ChargeType="new"))._withdraw("wrong file")
        again = self._applied(seats(12, ChargeType="new"), name="right.csv")
        self.assertEqual(again.change_ids.position_id.date_end, date(2026, 12, 31))
