from datetime import date

from odoo import Command
from odoo.tests import freeze_time, tagged

from .common import ReconciliationCommon


@freeze_time("2026-04-10")
@tagged("post_install", "-at_install")
class TestBundleReconciliation(ReconciliationCommon):
    """Ten workplaces at 50.00, each with a seat that the provider bills."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workplace = cls._product(
            "Workplace",
            50.00,
            msp_recurring=True,
            msp_bundle_line_ids=[
                Command.create({"product_id": cls.premium.id, "quantity": 1})
            ],
        )
        cls.contract = cls.env["msp.contract"].create({"partner_id": cls.customer.id})
        cls.bundle = cls.env["msp.contract.position"].create(
            {"contract_id": cls.contract.id, "product_id": cls.workplace.id}
        )
        start = date(2026, 1, 1)
        cls._version(
            cls.contract,
            start,
            [
                {"action": "terms", "anchor_date": start},
                cls.bundle._prepare_begin_vals(10, 50.0, "1"),
            ],
        )
        cls.seat = cls.bundle.component_ids

    def test_component_is_neither_leakage_nor_over_billed(self):
        self._run(date(2026, 1, 1), contracts=self.contract)
        import_ = self._import(self._row(10))
        self.assertEqual(import_.change_ids.position_id, self.seat)
        self.assertEqual(import_.change_ids.state, "no_change")
        one = self._compare()
        self.assertFalse(one.finding_ids)
        # The customer's invoice has the bundle only.
        self.assertEqual((one.amount_billed, one.conservation_rest), (150.0, 0.0))
        self.assertRecordValues(
            one.line_ids.sorted("cost"),
            [
                {
                    "position_id": self.bundle.id,
                    "has_supply": False,
                    "cost": 0.0,
                    "value": 500.0,
                    "billed_value": 500.0,
                    "result": "agrees",
                },
                {
                    "position_id": self.seat.id,
                    "has_supply": True,
                    "cost": 150.0,
                    "value": 0.0,
                    "billed_value": 0.0,
                    "result": "agrees",
                },
            ],
        )
        seat = one.line_ids.filtered("cost")
        self.assertEqual(
            (seat.supplied_quantity, seat.contained_quantity, seat.billed_quantity),
            (10, 10, 10),
        )
        self.assertEqual((one.contract_value, one.billed_value), (500.0, 500.0))

    def test_a_bundle_not_billed_is_found_once(self):
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {"not_billed": 500.0})
        self.assertEqual(one.finding_ids.position_id, self.bundle)

    def test_component_of_a_suspended_bundle_is_in_the_contract(self):
        suspend = {"action": "suspend", "billed_share": 0.0}
        self._version(self.contract, date(2026, 1, 1), [suspend])
        self._run(date(2026, 1, 31), contracts=self.contract)
        self._import(self._row(10))
        one = self._compare()
        self.assertEqual(self._found(one), {})
        seat = one.line_ids.filtered("cost")
        self.assertEqual((seat.supplied_quantity, seat.contained_quantity), (10, 10))

    def test_more_than_the_bundle_is_leakage_whatever_the_component_says(self):
        self._run(date(2026, 1, 1), contracts=self.contract)
        self._import(self._row(10), *self._change(10, 12, 1, 20))
        self.assertEqual(self.seat.quantity, 12)
        self.assertTrue(self.seat.differs_from_bundle)
        one = self._compare()
        # Cost 150.00 + 2 x 5.81 of 10 seats for 31 days and 2 more for 12
        self.assertEqual(self._found(one), {"more_than_bundle": 11.61})
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "direction": "leakage",
                    "is_cost": True,
                    "date_start": date(2026, 1, 20),
                    "supplied_quantity": 12,
                    "contained_quantity": 10,
                    "billed_quantity": 10,
                }
            ],
        )
        self.assertIn("part of Workplace", one.finding_ids.explanation)
        # Nothing is billed for it by itself; two more workplaces settle it.
        self.assertSettled(self.contract, date(2026, 1, 31))
        self._set(self.bundle, date(2026, 1, 20), quantity=12)
        self._run(date(2026, 1, 31), "differential", self.contract)
        self.assertFalse(self.seat.differs_from_bundle)
        one.action_compare()
        self.assertEqual(self._found(one), {})

    def test_fewer_than_the_bundle_are_over_billed(self):
        self._run(date(2026, 1, 1), contracts=self.contract)
        self._import(self._row(8))
        one = self._compare()
        # 2 of 8 seats of 120.00
        self.assertEqual(self._found(one), {"less_than_bundle": 30.0})
        self.assertEqual(one.finding_ids.direction, "overbilled")

    def test_a_component_ended_by_the_file_stays_in_its_bundle_and_is_found(self):
        self._run(date(2026, 2, 1), contracts=self.contract)
        self._import(self._row(10))
        cancel = {"ChargeType": "cancelImmediate", "OrderDate": date(2026, 2, 15)}
        import_ = self._import(
            self._row(10, 2),
            self._row(10, month=2, start=15, price="-7.50", **cancel),
            name="february.csv",
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["no_change", "applied"])
        self.assertFalse(self.seat.date_end)
        self.assertEqual(self.seat._line_on(date(2026, 2, 15)).quantity, 0)
        one = self._compare(2)
        self.assertRecordValues(
            one.finding_ids,
            [
                {
                    "cause": "ended_at_provider",
                    "position_id": self.seat.id,
                    "date_start": date(2026, 2, 15),
                    "contained_quantity": 10,
                    "billed_quantity": 10,
                }
            ],
        )

    def test_a_component_with_nothing_left_needs_no_end(self):
        self._set(self.seat, date(2026, 1, 15), quantity=0)
        cancel = {"ChargeType": "cancelImmediate", "OrderDate": date(2026, 1, 15)}
        import_ = self._import(
            self._row(10), self._row(10, start=15, price="-7.50", **cancel)
        )
        self.assertEqual(import_.change_ids.mapped("state"), ["no_change", "no_change"])

    def test_pitfall_116_bundle_begun_by_a_file(self):
        self._article(self.workplace, "WORKPLACE:0001")
        bundle = {
            "ProductId": "WORKPLACE",
            "SkuId": "0001",
            "SubscriptionId": "5b5b5b5b-0000-4000-8000-000000000009",
        }
        other = self._contract(
            date(2026, 1, 1),
            [(self.backup, 1, 30.0)],
            partner=self.env["res.partner"].create({"name": "Beispiel AG"}),
        )
        self.env["msp.customer.mapping"].search([]).partner_id = other.partner_id
        self._import(self._row(4, **bundle))
        position = other.position_ids.filtered("component_ids")
        self.assertEqual(position.product_id, self.workplace)
        self.assertRecordValues(
            position.component_ids.line_ids,
            [{"product_id": self.premium.id, "quantity": 4.0, "price_unit": 0.0}],
        )
