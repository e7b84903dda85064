from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import ImportCommon, seats


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 10:00:00")
class TestImportWaiting(ImportCommon):
    """What an unfinished import is about to change waits for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(cls.customer, [(cls.premium, 10, 20.0)])

    def _due(self):
        return self.contract._compute_due(date(2026, 3, 31), "regular")[
            self.contract.id
        ]

    def test_proposed_change_holds_its_position(self):
        self.assertTrue(self._due().charges)
        import_ = self._prepared(seats(12))
        due = self._due()
        self.assertFalse(due.charges)
        self.assertEqual({held.waiting.code for held in due.held}, {"import"})
        self.assertIn(import_.name, due.held[0].waiting.reason)

        import_.change_ids.action_exclude()
        self.assertTrue(self._due().charges)

    def test_applied_change_is_billed(self):
        import_ = self._prepared(seats(12))
        import_.action_apply()
        self.assertEqual(import_.state, "applied")
        due = self._due()
        self.assertTrue(due.charges)
        self.assertFalse(due.held)

    def test_a_run_names_the_import(self):
        self._prepared(seats(12))
        self.env["account.journal"].create(
            {"name": "Customer Invoices", "code": "CINV", "type": "sale"}
        )
        run = self.env["msp.billing.run"].create({"date_until": "2026-03-31"})
        run.action_preview()
        line = run.line_ids.filtered(lambda one: one.contract_id == self.contract)
        self.assertEqual(line.exception_ids.mapped("code"), ["import"])
