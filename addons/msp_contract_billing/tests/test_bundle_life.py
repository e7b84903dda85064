from odoo.tests import freeze_time, tagged

from .bundle_common import BundleCommon
from .common import day


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestBundleLife(BundleCommon):
    """A bundle ends and is suspended as a whole, and its vendors are asked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._bundle(day(1))
        cls.bundle = cls.contract.position_ids.filtered("component_ids")
        cls.other = cls._begin(cls.contract, day(1), cls.backup, 1, 30.0)

    def test_a_part_that_ends_is_a_bundle_not_a_component(self):
        reason = self.env["msp.churn.reason"].search([], limit=1)
        form = self._dialog(self.contract.action_terminate())
        form.scope = "part"
        form.date_last = day(3, 31)
        form.churn_reason_id = reason
        wizard = form.save()
        self.assertEqual(wizard.line_ids.position_id, self.bundle + self.other)
        line = wizard.line_ids.filtered(lambda one: one.position_id == self.bundle)
        line.is_ended = True
        wizard.action_apply()
        self.assertEqual(self._quantities(self.contract, day(4)), {"Backup": 1})
        self.assertEqual(self.bundle.component_ids.mapped("date_end"), [day(3, 31)] * 2)
        upcoming = self.env["msp.upcoming"].search(
            [("contract_id", "=", self.contract.id)]
        )
        self.assertRecordValues(
            upcoming,
            [
                {
                    "kind": "position",
                    "position_id": self.bundle.id,
                    "date": day(3, 31),
                    "amount_month": -500.0,
                }
            ],
        )

    def test_a_bundle_is_suspended_and_resumed_as_a_whole(self):
        form = self._dialog(self.contract.action_suspend())
        form.date_start = day(4)
        form.reason = "Building site closed"
        form.position_ids.add(self.bundle)
        wizard = form.save()
        self.assertEqual(wizard.running_ids, self.bundle + self.other)
        wizard.action_apply()
        shares = {
            line.product_id.name: line.billed_share
            for line in self.contract.line_ids._on(day(4))
        }
        self.assertEqual(
            shares,
            {"Workplace": 0, "Business Premium": 0, "Mailbox": 0, "Backup": 100},
        )
        form = self._dialog(self.contract.action_resume())
        form.date_start = day(5)
        form.reason = "Open again"
        form.save().action_apply()
        lines = self.contract.line_ids._on(day(5))
        self.assertEqual(set(lines.mapped("billed_share")), {100.0})

    def test_fewer_bundles_warn_of_what_vendors_of_components_still_charge(self):
        mailbox = self._position(self.contract, self.mailbox)
        self._vendor_commitment(mailbox, 20)
        warnings = self.bundle._get_vendor_warnings({self.bundle: 7}, day(3, 15))
        # 3 bundles of 2 mailboxes: 6 x 18.00 for 2 months
        self.assertEqual(len(warnings), 1)
        self.assertIn("Mailbox: Microsoft still charges 6", warnings[0])
        self.assertIn("216.00", warnings[0])
        positions = self.bundle + mailbox
        both = dict.fromkeys(positions, 0.0)
        self.assertEqual(len(positions._get_vendor_warnings(both, day(3, 15))), 1)
        self.assertFalse(
            self.bundle._get_vendor_warnings({self.bundle: 10}, day(3, 15))
        )
