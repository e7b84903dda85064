from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .bill_common import BillCommon


@freeze_time("2026-04-10 08:00:00")
@tagged("post_install", "-at_install")
class TestMergedAndDeleted(BillCommon):
    """What a month rests on is merged or deleted afterwards."""

    def setUp(self):
        super().setUp()
        self.contract = self._seats_contract(8)
        self.import_ = self._import(self._row(10), apply=False)
        self.one = self._compare(user=self.clerk)
        self.one.with_user(self.accountant)._draw_sample()
        self.import_.with_user(self.accountant).action_create_bill()
        self.missing = self.one.finding_ids.filtered(
            lambda one: one.cause == "seats_missing"
        )
        self.missing.with_user(self.accountant)._close("ignored", "agreed so")

    def _merge(self, partner):
        into = partner.copy({"name": "Merged"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((into | partner).ids, into)
        self.env.invalidate_all()
        self.assertFalse(partner.exists())
        return into

    def test_merged_customers_keep_lines_findings_and_decisions(self):
        before = [
            len(self.one.line_ids),
            len(self.one.finding_ids),
            len(self.one.sample_ids),
        ]
        into = self._merge(self.customer)
        after = [
            len(self.one.line_ids),
            len(self.one.finding_ids),
            len(self.one.sample_ids),
        ]
        self.assertEqual(before, after)
        self.assertEqual(self.one.line_ids.partner_id, into)
        self.assertEqual(self.missing.partner_id, into)
        self.one.with_user(self.clerk).action_compare()
        self.assertEqual(self.missing.state, "ignored")
        self.assertEqual(len(self.one.finding_ids), before[1])

    def test_merged_vendors_keep_bill_and_matching(self):
        into = self._merge(self.vendor)
        self.assertEqual(self.provider.partner_id, into)
        self.assertEqual(self.import_.bill_ids.partner_id, into)
        self._post(self.import_.bill_ids)
        self.assertEqual(self.import_.bill_state, "posted")

    def test_provider_with_a_month_is_archived_not_deleted(self):
        with self.assertRaises(UserError):
            self.provider.unlink()
        self.assertTrue(self.provider.exists())
