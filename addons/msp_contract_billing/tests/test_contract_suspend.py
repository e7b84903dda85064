from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .pricing_common import PricingCommon


@freeze_time("2026-05-14 12:00:00")
@tagged("post_install", "-at_install")
class TestSuspend(PricingCommon):
    """Nothing, or a reduced price, is billed for a while; then all of it again."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(
            day(1), [(cls.seats, 10, 12.50), (cls.backup, 1, 30.0)]
        )

    def _form(self, mode="suspend", contract=None, **values):
        contract = contract or self.contract
        action = (
            contract.action_suspend()
            if mode == "suspend"
            else (contract.action_resume())
        )
        form = self._dialog(action)
        form.reason = "Closed for the season"
        for name, value in values.items():
            form[name] = value
        return form

    def _suspend(self, first, last=False, **values):
        form = self._form(date_start=first, **values)
        if last:
            form.date_end = last
        form.save().action_apply()

    def _resume(self, first, **values):
        self._form("resume", date_start=first, **values).save().action_apply()

    def _amounts(self, until):
        """Return what a regular run bills until a day, by the first day."""
        return [
            (first, amount)
            for _name, first, _end, amount in self._due(self.contract, until)
        ]

    def test_nothing_is_billed_until_it_is_resumed(self):
        self._run(day(5), contracts=self.contract)
        self._suspend(day(6))
        self.assertFalse(self._amounts(day(8)))
        # The 16th to the 31st of August, 16 of 31 days.
        self._resume(day(8, 16))
        self.assertEqual(
            self._amounts(day(9)),
            [(day(8, 16), 64.52), (day(9), 125.0), (day(8, 16), 15.48), (day(9), 30.0)],
        )
        self._run(day(9), contracts=self.contract)
        self.assertSettled(self.contract, day(9))

    def test_temporary_suspension_ends_by_itself(self):
        self._suspend(day(6), day(7, 31))
        self._run(day(8), contracts=self.contract)
        charges = self.contract.charge_ids.filtered(lambda one: one.amount)
        self.assertEqual(
            sorted(set(charges.mapped("date_start"))),
            [day(1), day(2), day(3), day(4), day(5), day(8)],
        )

    def test_reduced_price_of_one_position(self):
        backup = self.contract.position_ids[1]
        form = self._form(date_start=day(6), billed_share=40)
        form.position_ids.add(backup)
        form.save().action_apply()
        self._run(day(5), contracts=self.contract)
        self.assertEqual(self._amounts(day(6)), [(day(6), 125.0), (day(6), 12.0)])
        self.assertEqual(
            self.contract.suspension_label,
            "Backup: suspended since 06/01/2026, no end yet; 40 % are billed.",
        )
        self.assertFalse(self.contract.is_suspended, "not today")
        with freeze_time("2026-06-02 12:00:00"):
            self.contract.invalidate_recordset()
            self.assertTrue(self.contract.is_suspended)
            found = self.env["msp.contract"].search(
                [("is_suspended", "=", True), ("id", "=", self.contract.id)]
            )
            self.assertEqual(found, self.contract)
        self.assertFalse(
            self.env["msp.contract"].search(
                [("is_suspended", "=", True), ("id", "=", self.contract.id)]
            )
        )
        # Only it is resumed; the contract itself was not suspended.
        self._resume(day(7))
        version = self.contract.version_ids.sorted("number")[-1]
        self.assertEqual(version.change_ids.position_id, backup)

    def test_backdated_suspension_is_credited(self):
        self._run(day(5), contracts=self.contract)
        wizard = self._form(date_start=day(4), date_end=day(4, 30)).save()
        wizard.action_preview()
        self.assertIn(
            "The differential run credits $155.00 of what is billed.", wizard.preview
        )
        self.assertIn("The change ends on 04/30/2026.", wizard.preview)
        wizard.action_apply()
        run = self._run(day(5), "differential", self.contract)
        self.assertRecordValues(
            run.move_ids, [{"move_type": "out_refund", "amount_untaxed": 155.0}]
        )
        self.assertSettled(self.contract, day(5))

    def test_price_and_positions_that_come_meanwhile(self):
        self._suspend(day(6))
        self._set(self.contract.position_ids[0], day(7), price=13.0)
        self._begin(self.contract, day(7), self.work, 2, 50.0)
        self._run(day(5), contracts=self.contract)
        self.assertFalse(self._amounts(day(8)), "the new one is suspended as well")
        self._resume(day(9))
        self.assertEqual(
            self._amounts(day(9)),
            [(day(9), 130.0), (day(9), 30.0), (day(9), 100.0)],
        )
        self.assertEqual(
            self.contract.suspension_label,
            "The contract: suspended from 06/01/2026 to 08/31/2026; nothing is billed."
            f"\n{self.work.name}: suspended from 07/01/2026 to 08/31/2026; nothing is "
            "billed.",
        )

    def test_whole_contract_is_one_sentence(self):
        self._suspend(day(6))
        self.assertEqual(
            self.contract.suspension_label,
            "The contract: suspended since 06/01/2026, no end yet; nothing is billed.",
        )

    def test_withdrawn_suspension_was_none(self):
        self._run(day(5), contracts=self.contract)
        self._suspend(day(4))
        self._run(day(5), "differential", self.contract)
        self.contract.version_ids.sorted("number")[-1]._withdraw("A mistake")
        run = self._run(day(5), "differential", self.contract)
        self.assertEqual(run.move_ids.amount_untaxed, 310.0)
        self.assertSettled(self.contract, day(5))

    def test_clerk_suspends_nothing(self):
        clerk = self._role_user("suspend.clerk", "group_billing_clerk")
        with self.assertRaises(AccessError):
            self.env["msp.contract.suspend"].with_user(clerk).create(
                {"contract_id": self.contract.id, "reason": "No"}
            )

    def test_bad_input_is_a_sentence(self):
        with self.assertRaisesRegex(UserError, "last day 05/31/2026 .* 06/01/2026"):
            self._suspend(day(6), day(5, 31))
        for share in (100, 120, -5):
            with self.assertRaisesRegex(UserError, "at least 0 and less than 100"):
                self._suspend(day(6), billed_share=share)
        with self.assertRaisesRegex(UserError, "contains nothing on 12/01/2025"):
            self._suspend(day(12, year=2025))
        with self.assertRaisesRegex(UserError, "Nothing of contract .* is suspended"):
            self._resume(day(6))
        self._suspend(day(6))
        form = self._form("resume", date_start=day(7))
        form.position_ids.add(self.contract.position_ids[1])
        with self.assertRaisesRegex(UserError, "Backup is not suspended by itself"):
            form.save().action_apply()
        wizard = self.env["msp.contract.suspend"].create(
            {
                "contract_id": self.contract.id,
                "date_start": day(6),
                "reason": "A position of another contract",
                "position_ids": self._contract(
                    day(1), [(self.seats, 1, 1.0)]
                ).position_ids.ids,
            }
        )
        with self.assertRaisesRegex(UserError, "does not run on 06/01/2026"):
            wizard.action_apply()
