from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import day
from .limited_common import LimitedCommon


@freeze_time("2026-03-10 12:00:00")
@tagged("post_install", "-at_install")
class TestRelatedFields(LimitedCommon):
    """What follows from other records, and record rules look at, is not entered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._role_user("manager", "group_account_manager")
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.manager.company_ids = [Command.link(cls.other.id)]

    def _refused(self, call):
        with self.assertRaisesRegex(UserError, "follows from other records"):
            call()

    def test_limited_price(self):
        limited = self._limit(day(3), day(4)).with_user(self.manager)
        stranger = {"company_id": self.other.id}
        for vals in (
            stranger,
            {"recorded": "cancelled"},
            {"user_id": False},
            {"amount_month": 1.0},
        ):
            self._refused(lambda vals=vals: limited.write(vals))
        self._refused(lambda: self._limit(day(6), day(7), **stranger))

    def test_vendor_commitment(self):
        commitments = self.env["msp.vendor.commitment"].with_user(self.manager)
        vals = {"position_id": self.position.id, "date_end": day(12)}
        stranger = {"company_id": self.other.id}
        self._refused(lambda: commitments.create({**vals, **stranger}))
        commitment = commitments.create(vals)
        self.assertEqual(commitment.company_id, self.company)
        self._refused(lambda: commitment.write(stranger))
        self._refused(lambda: commitment.write({"contract_id": False}))

    def test_hold_and_one_off(self):
        values = {
            "msp.hold": {"reason": "Asks"},
            "msp.one.off": {"product_id": self.position.product_id.id},
        }
        for model, vals in values.items():
            with self.subTest(model):
                records = self.env[model].with_user(self.manager)
                vals = {"contract_id": self.contract.id, **vals}
                stranger = {"company_id": self.other.id}
                self._refused(
                    lambda records=records, vals={**vals, **stranger}: records.create(
                        vals
                    )
                )
                record = records.create(vals)
                self.assertEqual(record.company_id, self.company)
                self._refused(
                    lambda record=record, stranger=stranger: record.write(stranger)
                )

    def test_upcoming_of_high_ids(self):
        """Ids of lines grow with each change: 2^31 / 100 are reached."""
        self.env.cr.execute("ALTER SEQUENCE msp_contract_line_id_seq RESTART 30000000")
        limited = self._limit(day(3), day(4))
        rows = self.env["msp.upcoming"].search(
            [("contract_id", "=", self.contract.id), ("kind", "=", "promotion")]
        )
        self.assertEqual(len(limited), 1)
        self.assertEqual(rows.mapped("date"), [day(4).replace(day=2)])
        self.assertGreater(min(rows.ids), 2**31)
