from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendForm(PricingCommon):
    """What the wizard keeps and says while one types."""

    def _form(self, contract):
        return self._dialog(contract.action_amend())

    def test_another_day_keeps_what_was_entered(self):
        contract = self._contract(
            day(1), [(self.seats, 10, 12.50), (self.backup, 5, 30.0)]
        )
        seats, backup = contract.position_ids
        self._set(seats, day(6), quantity=14)
        self._end(backup, day(8))
        form = self._form(contract)
        form.date_start = day(5)
        with form.line_ids.edit(0) as line:
            line.price_unit = 11.0
            line.rule_id = self._rule(billing_decrease="never")
        with form.line_ids.edit(1) as line:
            line.quantity = 6
        with form.line_ids.new() as line:
            line.product_id = self.work
            line.quantity = 3
            line.price_unit = 80.0
        form.date_start = day(7)
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.quantity, line.price_unit), (14, 11.0))
            self.assertTrue(line.rule_id)
        form.date_start = day(9)
        self.assertEqual(len(form.line_ids), 2, "the backup has ended by then")
        amend = form.save()
        form = Form(amend)
        form.date_start = day(10)
        form.save().action_apply()
        version = contract.version_ids.sorted("number")[-1]
        self.assertRecordValues(
            version.change_ids,
            [
                {"action": "set", "quantity_mode": False, "price_unit": 11.0},
                {"action": "begin", "quantity_mode": "set", "price_unit": 80.0},
            ],
        )
        self.assertEqual(version.change_ids[1].quantity, 3)

    def test_another_day_keeps_the_terms_that_were_entered(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        terms = {"action": "terms", "anchor_date": day(1), "billing_lead_days": 5}
        self._version(contract, day(7), [{**terms, "billing_timing": "arrears"}])
        form = self._form(contract)
        form.date_start = day(5, 20)
        form.changes_terms = True
        form.billing_unit = "quarter"
        form.date_start = day(7)
        self.assertEqual(form.billing_unit, "quarter", "entered")
        self.assertEqual(form.billing_lead_days, 5, "not entered: as of that day")
        form.save().action_apply()
        self.assertRecordValues(
            contract.terms_ids[-1],
            [{"billing_unit": "quarter", "billing_timing": "arrears"}],
        )

    def test_prices_per_period_do_not_follow_a_new_rhythm(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        self._begin(contract, day(1), self.backup, 1, 30.0, interval="1")
        form = self._form(contract)
        self.assertFalse(form.price_warning)
        form.changes_terms = True
        self.assertFalse(form.price_warning)
        form.billing_unit = "quarter"
        self.assertIn("stay the same", form.price_warning)
        self.assertIn("Business Premium", form.price_warning)
        self.assertNotIn("Backup", form.price_warning)
        form.billing_unit = "month"
        form.billing_every = 3
        form.billing_timing = "arrears"
        self.assertTrue(form.price_warning)
        with form.line_ids.edit(0) as line:
            line.price_interval = "1"
        self.assertFalse(form.price_warning)


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestAmendmentConflicts(PricingCommon):
    def test_two_prices_for_one_position_are_refused(self):
        contract = self._contract(day(1), [(self.seats, 10, 12.50)])
        position = {"msp_position_id": contract.position_ids.id}
        order = self._amendment(
            contract,
            (self.seats, 1, {"price_unit": 10.0, **position}),
            (self.seats, 2, {"price_unit": 9.0, **position}),
        )
        self.assertIn("different prices", order.msp_contract_error)
        with self.assertRaisesRegex(UserError, "hold for the whole position"):
            order.action_confirm()
        order.order_line[1].price_unit = 10.0
        self.assertFalse(order.msp_contract_error)
        order.action_confirm()
        line = contract.line_ids.sorted("date_start")[-1]
        self.assertEqual((line.quantity, line.price_unit), (13, 10.0))

    def test_price_per_dozen_is_readable_as_price_per_unit(self):
        contract, _order = self._confirm((self.seats, 24), msp_date_start=day(5))
        dozen = self.env.ref("uom.product_uom_dozen")
        position = {"msp_position_id": contract.position_ids.id}
        values = {"product_uom_id": dozen.id, "price_unit": 100.0, **position}
        order = self._amendment(
            contract, (self.seats, 1, values), msp_date_start=day(6)
        )
        self.assertIn("24 → 36", order.order_line.msp_effect)
        self.assertTrue(order.order_line.msp_effect.endswith("→ $8.333333"))
        order.action_confirm()
        self.assertEqual(self._amounts_due(contract, day(6)), [300.0, 300.0])
